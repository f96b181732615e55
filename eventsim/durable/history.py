"""How is a durable execution's history told? One event for each thing that happened, in the shape of the API."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim.durable.operation import SECOND_US, ErrorObject, Operation, Update

_NOUNS = {
    "CONTEXT": "Context",
    "STEP": "Step",
    "WAIT": "Wait",
    "CALLBACK": "Callback",
    "CHAINED_INVOKE": "ChainedInvoke",
}
_VERBS = {
    "STARTED": "Started",
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
    "TIMED_OUT": "TimedOut",
    "STOPPED": "Stopped",
}
_PAYLOADS = ("Input", "Result", "Error", "Reason")
_INSTANTS = (
    *("ScheduledEndTimestamp", "StartTimestamp", "EndTimestamp", "PauseRequestTimestamp", "ResumeRequestTimestamp"),
)


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a durable execution.

    Attributes:
        kind: `EventType`, such as `StepStarted`.
        at_us: when, in microseconds since 1970.
        names: `Id`, `Name`, `ParentId` and `SubType` of the operation, as far as it has them.
        details: what else is to say; payloads and errors as they are, instants in microseconds since 1970.
    """

    kind: str
    at_us: int
    names: Mapping[str, str] = {}
    details: Mapping[str, Any] = {}

    def describe(self, number: int, at: Callable[[int], Any], *, has_data: bool) -> dict[str, Any]:
        """Return it in the shape of the API.

        Args:
            number: its place in the history, counted from 1.
            at: writes an instant.
            has_data: whether payloads and errors are told.
        """
        details: dict[str, Any] = {}
        for name, value in self.details.items():
            if name in _PAYLOADS:
                is_told = has_data and value is not None
                details[name] = {**({"Payload": value} if is_told else {}), "Truncated": not has_data}
            elif name in _INSTANTS:
                details[name] = at(value)
            else:
                details[name] = value
        return {
            "EventType": self.kind,
            "EventId": number,
            "EventTimestamp": at(self.at_us),
            **self.names,
            f"{self.kind}Details": details,
        }


def execution_started(operation: Operation, timeout_s: int) -> Event:
    """Tell of the beginning."""
    details = {"Input": operation.input, "ExecutionTimeout": timeout_s}
    return Event(kind="ExecutionStarted", at_us=operation.started_us, names=_names(operation), details=details)


def execution_ended(operation: Operation, now_us: int) -> Event:
    """Tell of the end."""
    kind = f"Execution{_VERBS[operation.status]}"
    said = {"Result": operation.result} if operation.status == "SUCCEEDED" else {"Error": operation.error}
    return Event(kind=kind, at_us=now_us, names=_names(operation), details=said)


def invocation_completed(request_id: str, started_us: int, ended_us: int, error: ErrorObject | None) -> Event:
    """Tell that the function was run once."""
    failed = {} if error is None else {"Error": error}
    details = {"StartTimestamp": started_us, "EndTimestamp": ended_us, "RequestId": request_id, **failed}
    return Event(kind="InvocationCompleted", at_us=ended_us, details=details)


def changed(operation: Operation, now_us: int, update: Update | None = None) -> Event:
    """Tell of an operation that has begun or ended, or of a step's attempt that has ended.

    Args:
        update: what has changed it, None for time or somebody else.
    """
    status = operation.status
    if status == "PENDING":  # an attempt has ended, and another will follow
        status = "FAILED" if operation.error is not None else "SUCCEEDED"
    kind = f"{_NOUNS[operation.type]}{_VERBS[status]}"
    details = _details(operation, status, update)
    return Event(kind=kind, at_us=now_us, names=_names(operation), details=details)


def _details(operation: Operation, status: str, update: Update | None) -> dict[str, Any]:
    begins = status == "STARTED"
    match operation.type:
        case "WAIT":
            due_us = operation.due_us or operation.started_us
            duration = {"Duration": (due_us - operation.started_us) // SECOND_US}
            if begins:
                return {**duration, "ScheduledEndTimestamp": due_us}
            return duration if status == "SUCCEEDED" else {"Error": operation.error}
        case "CALLBACK" if begins:
            options = (update or {}).get("CallbackOptions") or {}
            timeouts = {"Timeout": "TimeoutSeconds", "HeartbeatTimeout": "HeartbeatTimeoutSeconds"}
            told = {name: options[member] for name, member in timeouts.items() if options.get(member)}
            return {"CallbackId": operation.callback_id, **told}
        case "CHAINED_INVOKE" if begins:
            tenant = {"TenantId": operation.tenant_id} if operation.tenant_id else {}
            return {"FunctionName": operation.callee, **tenant, "Input": operation.input}
    if begins:
        return {}
    outcome = {"Result": operation.result} if status == "SUCCEEDED" else {"Error": operation.error}
    if operation.type != "STEP":
        return outcome
    retry: dict[str, Any] = {"CurrentAttempt": operation.attempt}
    if operation.status == "PENDING" and update is not None:
        retry["NextAttemptDelaySeconds"] = update["StepOptions"]["NextAttemptDelaySeconds"]
    return {**outcome, "RetryDetails": retry}


def _names(operation: Operation) -> dict[str, str]:
    named = {
        "Id": operation.id,
        "Name": operation.name,
        "ParentId": operation.parent_id,
        "SubType": operation.sub_type,
    }
    return {name: value for name, value in named.items() if value}
