"""Executions that go on from where they failed."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.workflow.conftest import MACHINE, ROLE, ended, passing

DOOR = {"open": False}
CALLS: list[str] = []


@pytest.fixture(autouse=True)
def _closed() -> None:
    """Have the door closed and nobody called."""
    DOOR["open"] = False
    CALLS.clear()


def guarded(event: Any, context: Any) -> Any:
    """Fail while the door is closed."""
    CALLS.append(event["who"])
    if event["who"] == "late" and not DOOR["open"]:
        raise ValueError("closed")
    return event["who"]


def call(who: str) -> dict[str, Any]:
    """Return a state that calls the function."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "guarded", "Payload": {"who": who}},
        "OutputPath": "$.Payload",
    }


def made(world: SyncSimulation, sfn: Any, states: dict[str, Any]) -> None:
    """Make the machine `m`, whose first state is the first one given."""
    world.add_function("guarded", handler=guarded)
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)


def redriven(world: SyncSimulation, sfn: Any, execution: Any) -> Any:
    """Open the door and go on."""
    DOOR["open"] = True
    sfn.redrive_execution(executionArn=execution["executionArn"])
    world.until_idle()
    return sfn.describe_execution(executionArn=execution["executionArn"])


def test_an_execution_goes_on_with_the_state_that_failed(world: SyncSimulation, sfn: Any) -> None:
    """What has succeeded is not done again; the history goes on."""
    made(world, sfn, {"A": {**call("early"), "Next": "B"}, "B": {**call("late"), "End": True}})

    failed = ended(world, sfn, MACHINE)
    after = redriven(world, sfn, failed)

    events = sfn.get_execution_history(executionArn=failed["executionArn"])["events"]
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    assert (after["status"], after["output"], after["redriveCount"]) == ("SUCCEEDED", '"late"', 1)
    assert CALLS == ["early", "late", "late"]
    assert [each["type"] for each in events[-7:]] == [
        "ExecutionFailed",
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_branches_that_have_succeeded_are_kept(world: SyncSimulation, sfn: Any) -> None:
    """Of a Parallel state only the branches that failed or were cancelled run again."""
    branches = [{"StartAt": who, "States": {who: {**call(who), "End": True}}} for who in ("early", "late")]
    branches[1] = {
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "late"}, **branches[1]["States"]},  # type: ignore[dict-item]
    }
    made(world, sfn, {"P": {"Type": "Parallel", "Branches": branches, "End": True}})

    after = redriven(world, sfn, ended(world, sfn, MACHINE))

    assert (after["status"], after["output"]) == ("SUCCEEDED", '["early","late"]')
    assert CALLS == ["early", "late", "late"]


def test_iterations_that_have_succeeded_are_kept(world: SyncSimulation, sfn: Any) -> None:
    """Of a Map state only the iterations that failed or were cancelled run again."""
    task = {**call(""), "Parameters": {"FunctionName": "guarded", "Payload": {"who.$": "$"}}, "End": True}
    processor = {"StartAt": "T", "States": {"T": task}}
    each = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": processor, "End": True}
    made(world, sfn, {"M": each})

    after = redriven(world, sfn, ended(world, sfn, MACHINE, {"items": ["a", "late", "b"]}))

    assert (after["status"], after["output"]) == ("SUCCEEDED", '["a","late","b"]')
    assert CALLS == ["a", "late", "late", "b"]


def test_what_has_not_failed_is_not_redriven(world: SyncSimulation, sfn: Any) -> None:
    """A success stays one, and filters tell who was redriven."""
    sfn.create_state_machine(name="m", definition=passing(1), roleArn=ROLE)
    execution = ended(world, sfn, MACHINE)

    code, message = refusal(sfn.redrive_execution, executionArn=execution["executionArn"])

    assert (code, message) == ("ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven")
    assert execution["redriveStatusReason"] == message
    assert sfn.list_executions(stateMachineArn=MACHINE, redriveFilter="REDRIVEN")["executions"] == []
    assert len(sfn.list_executions(stateMachineArn=MACHINE, redriveFilter="NOT_REDRIVEN")["executions"]) == 1
