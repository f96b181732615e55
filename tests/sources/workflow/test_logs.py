"""What does a state machine write into its log group? Events of its executions, by its level."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.workflow.conftest import ROLE

GROUP = "/shop/orders"
ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"
DEFINITION = json.dumps(
    {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "No"}, "No": {"Type": "Fail", "Error": "Sold"}}}
)


def logging(level: str, **settings: Any) -> dict[str, Any]:
    """Return settings that write to the group."""
    return {"level": level, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": ARN}}], **settings}


def written(world: SyncSimulation) -> list[dict[str, Any]]:
    """Return what stands in the group."""
    found: Any = world.request("logs", "FilterLogEvents", {"logGroupName": GROUP})["events"]
    return [json.loads(event["message"]) for event in found]


def run(world: SyncSimulation, sfn: Any, settings: dict[str, Any], kind: str = "STANDARD") -> str:
    """Make a machine with a log, and let it run once; return the execution's ARN."""
    made = sfn.create_state_machine(
        name="m", definition=DEFINITION, roleArn=ROLE, type=kind, loggingConfiguration=settings
    )
    started = sfn.start_execution(stateMachineArn=made["stateMachineArn"], input='{"order":1}')
    world.until_idle()
    return str(started["executionArn"])


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("ALL", ["ExecutionStarted", "PassStateEntered", "PassStateExited", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_a_machine_logs_by_its_level(world: SyncSimulation, sfn: Any, level: str, types: list[str]) -> None:
    """From everything to the end of executions that fail (documented)."""
    world.request("logs", "CreateLogGroup", {"logGroupName": GROUP})

    run(world, sfn, logging(level))

    assert [event["type"] for event in written(world)] == types


def test_an_express_machine_tells_in_its_log_alone(world: SyncSimulation, sfn: Any) -> None:
    """It has no history; each line has the event, its execution, and data only if that is asked for."""
    world.request("logs", "CreateLogGroup", {"logGroupName": GROUP})

    arn = run(world, sfn, logging("ALL", includeExecutionData=True), kind="EXPRESS")

    first = written(world)[0]
    (stream,) = world.request("logs", "DescribeLogStreams", {"logGroupName": GROUP})["logStreams"]  # type: ignore[misc]  # a list
    assert first == {
        "id": "1",
        "type": "ExecutionStarted",
        "details": {"input": '{"order":1}', "roleArn": ROLE, "inputDetails": {"truncated": False}},
        "redrive_count": "0",
        "previous_event_id": "0",
        "event_timestamp": "1767225600000",
        "execution_arn": arn,
    }
    assert stream["logStreamName"].startswith("states/m/2026-01-01-00-00/")


def test_data_stays_out_of_the_log(world: SyncSimulation, sfn: Any) -> None:
    """Without `includeExecutionData` inputs and outputs are not written."""
    world.request("logs", "CreateLogGroup", {"logGroupName": GROUP})

    run(world, sfn, logging("ALL"))

    assert all("input" not in event["details"] and "output" not in event["details"] for event in written(world))


def test_a_log_that_is_not_there_harms_no_execution(world: SyncSimulation, sfn: Any) -> None:
    """The trace tells of it once."""
    arn = run(world, sfn, logging("ALL"))

    (told,) = world.trace.entries(["log not written"])
    assert sfn.describe_execution(executionArn=arn)["error"] == "Sold"
    assert told.detail == {"to": GROUP, "reason": "The specified log group does not exist."}


@pytest.mark.parametrize(
    "settings",
    [{"level": "ALL"}, {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "foo"}}]}],
    ids=["nowhere", "no group"],
)
def test_a_log_without_a_group_is_refused(sfn: Any, settings: dict[str, Any]) -> None:
    """Exactly one destination is wanted."""
    code, message = refusal(
        sfn.create_state_machine, name="m", definition=DEFINITION, roleArn=ROLE, loggingConfiguration=settings
    )

    assert (code, message[:31]) == ("InvalidLoggingConfiguration", "Invalid Logging Configuration: ")
