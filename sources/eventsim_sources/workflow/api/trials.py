"""The operation that tries one state."""

from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Request, Result, load_json
from eventsim_sources.json_text import json_text
from eventsim_sources.parameters import text
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.flow import State
from eventsim_sources.workflow.machine import Machines, check_input
from eventsim_sources.workflow.trial import Trial, carry_out, check_configuration, is_work, state_of
from eventsim_sources.workflow.visit import Mock

_AS_THEY_ARE = ("errorDetails", "maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
"""What of an inspection is no JSON text."""
_DEFAULT_ROLE = "arn:aws:iam::{account}:role/eventsim"


async def test_state(machines: Machines, request: Request) -> Result:
    """Try a state on its own."""
    world, given = machines.world, request.parameters
    name, input_text = text(request, "stateName"), text(request, "input") or "{}"
    check_input(input_text)
    settings: Any = given.get("stateConfiguration") or {}
    retried = int(settings.get("retrierRetryCount") or 0)
    state = state_of(text(request, "definition"), name)
    check_configuration(state, settings)
    trial = Trial(
        name=name or "StateName",
        state=state,
        value=load_json(input_text),
        variables=_object(text(request, "variables"), "variables"),
        role_arn=text(request, "roleArn") or _DEFAULT_ROLE.format(account=world.account_id),
        mock=_mock(given.get("mock"), settings, state),
        context=_object(text(request, "context"), "context"),
        retried=dict.fromkeys(range(len(state.get("Retry", ()))), retried),
    )
    told, inspected = await carry_out(world, trial, machines.trial_luck)
    if text(request, "inspectionLevel") in ("DEBUG", "TRACE"):
        told["inspectionData"] = {
            stage: value if stage in _AS_THEY_ARE else json_text(value) for stage, value in inspected.items()
        }
    return told


def _object(given: str, what: str) -> dict[str, Any]:
    found = _parsed(given, what) if given else {}
    if not isinstance(found, dict):
        raise ApiError("ValidationException", f"The {what} are not a JSON object")
    return found


def _mock(given: Any, settings: Mapping[str, Any], state: State) -> Mock | None:
    if given is None:
        return None
    failed = given.get("errorOutput")
    if failed is not None:
        error = str(failed.get("error") or "States.TaskFailed")
        is_task = is_work(state, str(settings.get("errorCausedByState") or ""))
        return Mock(failure=StateFailed(error, failed.get("cause"), is_task=is_task))
    return Mock(
        result=_parsed(given.get("result") or "null", "mock result"),
        iterations_failed=int(settings.get("mapIterationFailureCount") or 0),
        read=settings.get("mapItemReaderData"),
    )


def _parsed(given: str, what: str) -> Any:
    try:
        return load_json(given)
    except ValueError as error:
        raise ApiError("ValidationException", f"The {what} is not valid JSON: {error}") from error
