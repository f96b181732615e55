"""What did the request say of tags, machines and pages?"""

from collections.abc import Sequence
from typing import Any

from eventsim import ApiError, Request
from eventsim_sources import paging
from eventsim_sources.parameters import text
from eventsim_sources.workflow.execution import Plan
from eventsim_sources.workflow.limits import PAGE_SIZE
from eventsim_sources.workflow.machine import Machines, StateMachine
from eventsim_sources.workflow.version import Alias, Version

_PARTS_MIN = 6
"""Of an ARN before its name."""


def tags_in(request: Request) -> dict[str, str]:
    """Return the tags that a request gives.

    Raises:
        ApiError: one has no key, which the model does not demand.
    """
    given: Any = request.parameters.get("tags") or ()
    for number, each in enumerate(given, 1):
        if "key" not in each:  # unconfirmed wording
            where = f"Value null at 'tags.{number}.member.key' failed to satisfy constraint: Member must not be null"
            raise ApiError("ValidationException", f"1 validation error detected: {where}")
    return {each["key"]: each.get("value", "") for each in given}


def wants_data(request: Request) -> bool:
    """Tell whether the answer is to have what may be encrypted: definitions, inputs, outputs."""
    return text(request, "includedData") != "METADATA_ONLY"


def check_arn(arn: str, kind: str) -> None:
    """See that an ARN may name a thing of some kind: a `stateMachine`, an `execution`, an `activity`, a `mapRun`.

    Raises:
        ApiError: it may not.
    """
    parts = arn.split(":")
    if parts[0] != "arn" or len(parts) <= _PARTS_MIN:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if parts[5] != kind:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")


def machine_of(machines: Machines, arn: str) -> StateMachine:
    """Return the state machine that has an ARN.

    Raises:
        ApiError: it is no ARN of one, or there is none.
    """
    found = _named(machines, arn)
    if not isinstance(found, StateMachine):
        raise _missing(arn)
    return found


def startable(machines: Machines, arn: str) -> tuple[StateMachine, Plan]:
    """Return the state machine that an ARN means, and what an execution follows: of the machine, a version, an alias.

    Raises:
        ApiError: it is no ARN of one, or there is none.
    """
    found = _named(machines, arn)
    if isinstance(found, StateMachine):
        return found, found.plan()
    if isinstance(found, Version | Alias):
        return found.machine, found.plan()
    raise _missing(arn)


def _named(machines: Machines, arn: str) -> object:
    check_arn(arn, "stateMachine")
    return machines.world.target(arn)


def _missing(arn: str) -> ApiError:
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def page(request: Request, items: Sequence[Any], member: str) -> dict[str, Any]:
    """Return one page of a list, and the token of the next one if there is more.

    Raises:
        ApiError: the token is none of ours.
    """
    refusal = ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
    shown, more = paging.page(items, request.parameters, PAGE_SIZE, refusal, place="nextToken", limit="maxResults")
    return {member: shown, **more}
