"""What would one state do? `TestState`: a state on its own, once, with its work done or made up."""

import asyncio
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, World, load_json
from eventsim_sources.arns import arn_of
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import failure as names
from eventsim_sources.workflow.definition import NOWHERE, check_state
from eventsim_sources.workflow.distributed import is_distributed
from eventsim_sources.workflow.execution import Execution, Plan
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.flow import State
from eventsim_sources.workflow.interpreter import Interpreter
from eventsim_sources.workflow.limits import EXPRESS_S_MAX
from eventsim_sources.workflow.machine import Machines
from eventsim_sources.workflow.payload import Luck
from eventsim_sources.workflow.retry import Caught, RetryIn, decide
from eventsim_sources.workflow.visit import Mock, Visit

_NEEDS_MOCK = ("Parallel", "Map")


class Trial(Struct, frozen=True, kw_only=True):
    """What is to be tried.

    Attributes:
        retried: how often each retrier has had the work done again already, by its place.
    """

    name: str
    state: State
    value: Any
    variables: Mapping[str, Any]
    role_arn: str
    mock: Mock | None
    context: Mapping[str, Any]
    retried: Mapping[int, int]

    def __post_init__(self) -> None:
        kind = self.state["Type"]
        if self.mock is None and (kind in _NEEDS_MOCK or _waits(self.state)):
            message = f"State type '{kind}' is not supported when a mock is not specified"
            raise ApiError("ValidationException", message)
        if self.mock is not None and kind not in ("Task", *_NEEDS_MOCK):
            raise ApiError("ValidationException", f"A mock cannot be specified for the state type '{kind}'")
        if self.context and self.mock is None:
            raise ApiError("ValidationException", "The context can only be specified when a mock is specified")


def _waits(state: State) -> bool:
    resource = str(state.get("Resource", ""))
    return ":activity:" in resource or resource.endswith((".sync", ".sync:2", ".waitForTaskToken"))


def state_of(definition: str, name: str) -> State:
    """Return the state that a definition is, or that it has under a name.

    Raises:
        ApiError: it is none.
    """
    try:
        document = load_json(definition)
    except ValueError as error:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from error
    state = document
    if name and isinstance(document, dict):
        state = document.get("States", {}).get(name)
        if isinstance(state, dict) and "QueryLanguage" in document:
            state = {"QueryLanguage": document["QueryLanguage"], **state}
    found = check_state(name or "StateName", state)
    if found:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(map(str, found))}'")
    made: State = state
    return made


def check_configuration(state: State, settings: Mapping[str, Any]) -> None:
    """See that a `stateConfiguration` is about a state of this kind.

    Raises:
        ApiError: it is not; the words are unconfirmed.
    """
    of_map = {"mapIterationFailureCount": is_distributed(state), "mapItemReaderData": "ItemReader" in state}
    allowed = {"retrierRetryCount": True, "errorCausedByState": state["Type"] in _NEEDS_MOCK, **of_map}
    for name in settings:
        if not allowed[name]:
            raise ApiError("ValidationException", f"{name} cannot be specified for this {state['Type']} state")


def is_work(state: State, name: str) -> bool:
    """Tell whether an error in a state is one of work, for which `States.TaskFailed` stands.

    Args:
        name: the state within it that failed, "" if it did itself.

    Raises:
        ApiError: there is none of this name in it; the words are unconfirmed.
    """
    if not name:
        return True
    inner = _inner_states(state)
    if name not in inner:
        raise ApiError("ValidationException", f"State '{name}' does not exist within the state under test")
    return bool(inner[name]["Type"] == "Task")


def _inner_states(state: State) -> dict[str, State]:
    """Return all states within a state, by name: those of branches, of iterations, and theirs."""
    processors = [*state.get("Branches", ()), state.get("ItemProcessor") or state.get("Iterator") or {}]
    found: dict[str, State] = {}
    for processor in processors:
        for name, inner in processor.get("States", {}).items():
            found |= {name: inner, **_inner_states(inner)}
    return found


async def carry_out(world: World, trial: Trial, luck: Luck) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what came of a trial as the API tells it, and what the data became on its way."""
    inspected: dict[str, Any] = {"input": trial.value}
    interpreter = Interpreter(
        _execution(world, trial),
        "TestState",
        work=world.share(Machines).work,
        luck=luck,
        clock=world.clock,
        told=lambda _kind, _state, _detail: None,
        seen=inspected.__setitem__,
    )
    visit = interpreter.alone(trial.state, trial.name, trial.value, trial.variables, trial.mock, trial.context)
    try:
        async with asyncio.timeout(EXPRESS_S_MAX):
            output, then = await interpreter.attempt(visit)
    except TimeoutError:
        return {"status": "FAILED", "error": names.TIMEOUT}, inspected
    except StateFailed as failure:
        told = _failed(trial, failure, luck, interpreter, visit, inspected)
    else:
        told = {"status": "SUCCEEDED", "output": json_text(output), **({} if then is None else {"nextState": then})}
    if visit.line.variables:
        inspected["variables"] = visit.line.variables
    return told, inspected


def _failed(
    trial: Trial,
    failure: StateFailed,
    luck: Luck,
    interpreter: Interpreter,
    visit: Visit,
    inspected: dict[str, Any],
) -> dict[str, Any]:
    """Return what follows a failure: a retry, a catcher, or the end."""
    state = trial.state
    told: dict[str, Any] = {name: value for name, value in failure.named().items() if value}
    follows = decide(
        failure,
        retriers=state.get("Retry", ()),
        catchers=state.get("Catch", ()),
        attempts=trial.retried,
        luck=luck.random,
    )
    match follows:
        case RetryIn(delay_us=delay_us, retrier=retrier):
            inspected["errorDetails"] = {
                "retryIndex": retrier,
                "retryBackoffIntervalSeconds": delay_us // 1_000_000,
            }
            return {"status": "RETRIABLE", **told}
        case Caught(catcher=catcher):
            inspected["errorDetails"] = {"catchIndex": state["Catch"].index(catcher)}
            try:
                output = interpreter.catch(visit, catcher, failure)
            except StateFailed as misfit:
                return {"status": "FAILED", **misfit.named()}
            return {"status": "CAUGHT_ERROR", **told, "output": json_text(output), "nextState": catcher["Next"]}
        case None:
            return {"status": "FAILED", **told}


def _execution(world: World, trial: Trial) -> Execution:
    """Return an execution that nobody will ever find."""
    machine = arn_of(world, "state_machine", "TestState")
    text = json_text(trial.value)
    return Execution(
        arn=machine.replace(":stateMachine:", ":express:") + ":TestState",
        name="TestState",
        machine_arn=machine,
        plan=Plan(definition=NOWHERE, role_arn=trial.role_arn),
        input_text=text,
        is_express=True,
        clock=world.clock,
        subject=world.trace.subject("execution", "TestState"),
        entry=0,
        lineage=None,
    )
