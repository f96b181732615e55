"""Which updates may a durable execution save? AWS's refusals, in the words of its testing library."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from eventsim.durable.operation import Operation, Update
from eventsim.errors import ApiError

ERROR_BYTES_MAX = 1_048_576
"""All members of an error together (documented)."""
PAYLOAD_BYTES_MAX = 1_048_576
"""What an operation saves; the result of an execution that somebody waits for may be larger (documented)."""

_ACTIONS: Mapping[str, frozenset[str]] = {
    "STEP": frozenset({"START", "FAIL", "RETRY", "SUCCEED"}),
    "CONTEXT": frozenset({"START", "FAIL", "SUCCEED"}),
    "WAIT": frozenset({"START", "CANCEL"}),
    "CALLBACK": frozenset({"START"}),
    "CHAINED_INVOKE": frozenset({"START"}),
    "EXECUTION": frozenset({"SUCCEED", "FAIL"}),
}
_TARGET_ARN = re.compile(r"arn:[a-zA-Z-]*:lambda:(?P<region>[^:]*):(?P<account>[^:]*):.*")


def check_updates(
    updates: Sequence[Update], operations: Mapping[str, Operation], *, home: tuple[str, str], result_bytes_max: int
) -> None:
    """See that a checkpoint may be taken as a whole.

    Args:
        operations: what was saved so far, by id.
        home: region and account of the function, which functions that it calls must share.
        result_bytes_max: how large the result of the execution may be.

    Raises:
        ApiError: it may not, in AWS's words.
    """
    of_execution = [update for update in updates if update["Type"] == "EXECUTION"]
    if len(of_execution) > 1:
        raise refusal("Cannot checkpoint multiple EXECUTION updates.")
    if of_execution and updates[-1] is not of_execution[0]:
        raise refusal("EXECUTION checkpoint must be the last update.")
    _check_ids(updates, operations)
    for update in updates:
        before = operations.get(update["Id"])
        _check_consistency(update, before)
        _check_sizes(update, result_bytes_max)
        if update["Action"] not in _ACTIONS[update["Type"]]:
            raise refusal("Invalid action for the given operation type.")
        _check_transition(update, before)
        _check_options(update, home)


def _check_ids(updates: Sequence[Update], operations: Mapping[str, Operation]) -> None:
    """See that each operation is updated once (a step or context may begin and end), under a context that is there."""
    last: dict[str, Update] = {}
    contexts = {operation.id for operation in operations.values() if operation.type == "CONTEXT"}
    for update in updates:
        before = last.get(update["Id"])
        if before is not None:
            begins = before["Type"] in ("STEP", "CONTEXT") and before["Action"] == "START"
            if not begins or update["Action"] == "START":
                raise refusal("Cannot checkpoint multiple operations with the same ID.")
        parent = update.get("ParentId")
        if parent and parent not in contexts:
            raise refusal("Invalid parent operation id.")
        if update["Type"] == "CONTEXT" and update["Action"] == "START":
            contexts.add(update["Id"])
        last[update["Id"]] = update


def _check_consistency(update: Update, before: Operation | None) -> None:
    if before is None:
        return
    named = {
        "Type": ("type", before.type),
        "SubType": ("subtype", before.sub_type),
        "Name": ("name", before.name),
        "ParentId": ("", before.parent_id),
    }
    for member, (word, value) in named.items():
        if update.get(member) is not None and update[member] != value:
            raise refusal(f"Inconsistent operation {word}." if word else "Inconsistent parent operation id.")


def _check_sizes(update: Update, result_bytes_max: int) -> None:
    error, payload = update.get("Error"), update.get("Payload")
    if error is not None and len(msgspec.json.encode(error)) > ERROR_BYTES_MAX:
        raise refusal(f"Error object size must be less than {ERROR_BYTES_MAX} bytes.")
    if payload is None:
        return
    size_bytes, kind = len(payload.encode()), update["Type"]
    if kind == "EXECUTION":
        if size_bytes > result_bytes_max:
            raise refusal(too_large("Execution output", result_bytes_max))
    elif size_bytes > PAYLOAD_BYTES_MAX:
        raise refusal(too_large(f"{kind} input" if kind == "CHAINED_INVOKE" else kind, PAYLOAD_BYTES_MAX))


def too_large(what: str, bytes_max: int) -> str:
    """Return the words of AWS about a payload that is too large."""
    return f"{what} payload size must be less than or equal to {bytes_max} bytes."


def _check_transition(update: Update, before: Operation | None) -> None:
    kind, action = update["Type"], update["Action"]
    if action == "START" and before is not None and kind != "STEP":
        if kind == "CHAINED_INVOKE":
            raise refusal("Cannot start a CHAINED_INVOKE operation that already exists.")
        raise refusal(f"Cannot start a {kind} that already exist.")
    if action == "CANCEL" and (before is None or before.status != "STARTED"):
        raise refusal("Cannot cancel a WAIT that does not exist or has already completed.")
    if kind == "STEP" and before is not None:
        _check_step(action, before)
    if kind == "CONTEXT" and action in ("SUCCEED", "FAIL") and before is not None and before.status != "STARTED":
        raise refusal("Invalid current CONTEXT state to close.")
    if action == "FAIL" and update.get("Payload") is not None:
        raise refusal("Cannot provide a Payload for FAIL action.")
    if action == "SUCCEED" and update.get("Error") is not None:
        raise refusal("Cannot provide an Error for SUCCEED action.")


def _check_step(action: str, before: Operation) -> None:
    if action == "START" and before.status != "READY":
        raise refusal("Invalid current STEP state to start.")
    if action in ("SUCCEED", "FAIL") and before.status not in ("STARTED", "READY"):
        raise refusal("Invalid current STEP state to close.")
    if action == "RETRY" and before.status not in ("STARTED", "READY"):
        raise refusal("Invalid current STEP state to re-attempt.")


def _check_options(update: Update, home: tuple[str, str]) -> None:
    kind, action = update["Type"], update["Action"]
    if action == "RETRY":
        if not (update.get("StepOptions") or {}).get("NextAttemptDelaySeconds"):
            raise refusal("Invalid StepOptions for the given action.")
        if update.get("Error") is not None and update.get("Payload") is not None:
            raise refusal("Cannot provide both error and payload to RETRY a STEP.")
    if (kind, action) == ("WAIT", "START") and not (update.get("WaitOptions") or {}).get("WaitSeconds"):
        raise refusal("Invalid WaitOptions for the given action.")  # after the words about StepOptions (unconfirmed)
    if kind == "CHAINED_INVOKE":
        _check_target(update.get("ChainedInvokeOptions"), home)


def _check_target(options: Mapping[str, Any] | None, home: tuple[str, str]) -> None:
    if options is None:
        raise refusal("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")
    match = _TARGET_ARN.fullmatch(options["FunctionName"])
    if match is None:
        return
    region, account = home
    if match["account"] != account:
        raise refusal("Cannot start a CHAINED_INVOKE on a function in another account.")
    if match["region"] != region:
        raise refusal("Cannot start a CHAINED_INVOKE on a function in another region.")


def refusal(message: str) -> ApiError:
    """Return AWS's refusal of what a durable execution is asked to do."""
    return ApiError("InvalidParameterValueException", message, fields={"Type": "User"})
