"""Does a server with a database go on with what the executions of its state machines did?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies
from tests.live.test_durability import restarted
from tests.live.test_kept_calls import MACHINE, QUEUE, ROLE, told
from tests.patience import until

Serve = Callable[..., Served]

WAITING = json.dumps(
    {
        "StartAt": "First",
        "States": {"First": {"Type": "Pass", "Next": "Wait"}, "Wait": {"Type": "Wait", "Seconds": 900, "End": True}},
    }
)
FAILING = json.dumps({"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Mine", "Cause": "why"}}})


def started(states: Any, name: str, definition: str, **settings: Any) -> str:
    """Make a state machine and start an execution of it; return the execution's ARN."""
    machine = states.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    return str(states.start_execution(stateMachineArn=machine, name="one", **settings)["executionArn"])


def machine_of(execution: str) -> str:
    """Return the ARN of the state machine of an execution."""
    return execution.replace(":execution:", ":stateMachine:").removesuffix(":one")


def await_event(states: Any, execution: str, kind: str) -> None:
    """Wait until something has happened in an execution."""

    def kinds() -> list[str]:
        return [each["type"] for each in states.get_execution_history(executionArn=execution)["events"]]

    until(kinds, lambda found: kind in found)


def test_an_execution_that_has_ended_can_be_described(serve: Serve, tmp_path: Path) -> None:
    """With its history; its name is taken; it is listed until its machine is deleted."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    states = first.client("stepfunctions")
    good, bad = started(states, "good", MACHINE, input='{"a": "ä"}'), started(states, "bad", FAILING)
    await_event(states, good, "ExecutionSucceeded")
    await_event(states, bad, "ExecutionFailed")

    def all_of(states: Any) -> list[str]:
        answers = [
            answer
            for each in (good, bad)
            for answer in (
                states.get_execution_history(executionArn=each),
                states.describe_state_machine_for_execution(executionArn=each),
                states.list_executions(stateMachineArn=machine_of(each)),
            )
        ]
        return [told(each) for each in [*answers, states.describe_execution(executionArn=good)]]

    before = all_of(states)
    second = restarted(serve, first, path)
    states = second.client("stepfunctions")
    after = all_of(states)
    described = states.describe_execution(executionArn=bad)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=machine_of(good), name="one")
    states.delete_state_machine(stateMachineArn=machine_of(good))
    states = restarted(serve, second, path).client("stepfunctions")

    assert after == before
    assert (described["status"], described["error"], described["cause"]) == ("FAILED", "Mine", "why")
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        states.describe_execution(executionArn=good)


def test_an_execution_that_was_running_is_aborted(serve: Serve, tmp_path: Path) -> None:
    """It says why, in its history too; the bus is told; it is aborted once, and can be redriven."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    states, events = first.client("stepfunctions"), first.client("events")
    first.client("sqs").create_queue(QueueName="jobs")
    pattern = json.dumps({"source": ["aws.states"], "detail": {"status": ["ABORTED"]}})
    events.put_rule(Name="aborted", EventPattern=pattern)
    events.put_targets(Rule="aborted", Targets=[{"Id": "1", "Arn": QUEUE, "InputPath": "$.detail.executionArn"}])
    execution = started(states, "slow", WAITING)
    await_event(states, execution, "WaitStateEntered")

    second = restarted(serve, first, path)
    told_of = bodies(second.client("sqs"), "jobs")
    third = restarted(serve, second, path)
    states = third.client("stepfunctions")
    described = states.describe_execution(executionArn=execution)
    history = [each["type"] for each in states.get_execution_history(executionArn=execution)["events"]]

    assert (described["status"], described["redriveStatus"]) == ("ABORTED", "REDRIVABLE")
    assert "server that ran this execution has ended" in described["cause"]
    assert history == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "WaitStateEntered",
        "ExecutionAborted",
    ]
    assert told_of == [f'"{execution}"']


def test_an_execution_that_was_aborted_goes_on_where_it_was(serve: Serve, tmp_path: Path) -> None:
    """A redrive keeps what branches have done and variables hold, and does the last step of the others again."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    states = first.client("stepfunctions")
    activity = states.create_activity(name="ask")["activityArn"]
    quick = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "quick", "End": True}}}
    slow = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    assign = {"Type": "Pass", "Assign": {"who": "Ann"}, "Next": "Both"}
    both = {"Type": "Parallel", "Branches": [quick, slow], "Next": "Tell"}
    tell = {"Type": "Pass", "Parameters": {"who.$": "$who", "did.$": "$"}, "End": True}
    definition = {"StartAt": "First", "States": {"First": assign, "Both": both, "Tell": tell}}
    execution = started(states, "both", json.dumps(definition))
    await_event(states, execution, "ActivityScheduled")

    states = restarted(serve, first, path).client("stepfunctions")
    states.redrive_execution(executionArn=execution)
    token = states.get_activity_task(activityArn=activity)["taskToken"]
    states.send_task_success(taskToken=token, output='"slow"')
    await_event(states, execution, "ExecutionSucceeded")

    kinds = [each["type"] for each in states.get_execution_history(executionArn=execution)["events"]]
    output = json.loads(states.describe_execution(executionArn=execution)["output"])
    assert output == {"who": "Ann", "did": ["quick", "slow"]}
    assert (kinds.count("PassStateEntered"), kinds.count("ActivityScheduled")) == (3, 2)
