"""What does a pipe emit? Its metrics, as EventBridge tells them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from eventsim import SyncSimulation
from tests.sources.pipe.test_pipes import LAMBDA, make

START_AT = datetime(2026, 1, 1, tzinfo=UTC)


def told(world: SyncSimulation, name: str, statistic: str = "Sum", dimension: str = "PipeName") -> float | None:
    """Return one statistic of a metric of the pipe `p`, or of the account, over a day; None without data."""
    asked = {
        "Namespace": "AWS/EventBridge/Pipes",
        "MetricName": name,
        "Dimensions": [{"Name": dimension, "Value": "p" if dimension == "PipeName" else world.account_id}],
        "Statistics": [statistic],
        "Period": 86_400,
        "StartTime": START_AT,
        "EndTime": START_AT + timedelta(days=1),
    }
    answer: Any = world.request("cloudwatch", "GetMetricStatistics", asked)
    return next((point[statistic] for point in answer["Datapoints"]), None)


def test_a_pipe_counts_batches_and_events(world: SyncSimulation, pipes: Any) -> None:
    """Three messages at once are one batch."""
    make(pipes)
    for number in range(3):
        world.send("in", str(number))
    world.until_idle()

    assert [told(world, name) for name in ("Invocations", "EventCount", "ExecutionFailed")] == [1, 3, None]
    assert told(world, "Invocations", dimension="AwsAccountId") == 1
    assert told(world, "Duration") == 0


def test_stages_tell_how_long_they_take(world: SyncSimulation, pipes: Any) -> None:
    """The whole takes as long as its stages; what an enrichment leaves out skips the target."""

    def keep(events: Any, context: Any) -> Any:
        return [event for event in events if event["body"] != "no"]

    world.add_function("keep", handler=keep, duration="200 ms")
    world.add_function("f", handler=lambda events, context: None, duration="300 ms")
    make(pipes, target=LAMBDA + "f", Enrichment=LAMBDA + "keep")
    world.send("in", "yes")
    world.until_idle()
    world.send("in", "no")
    world.until_idle()

    stages = [told(world, f"{stage}StageDuration", "Minimum") for stage in ("Enrichment", "Target")]
    assert stages[0] is not None
    assert stages[1] is not None
    assert 200 <= stages[0] < stages[1]
    assert told(world, "Duration", "SampleCount") == 2
    assert told(world, "TargetStageSkipped") == 1


def test_failures_are_told_by_their_stage(world: SyncSimulation, pipes: Any) -> None:
    """A batch that comes back fails again."""

    def fail(events: Any, context: Any) -> Any:
        raise ValueError("no")

    world.add_function("fail", handler=fail)
    make(pipes, Enrichment=LAMBDA + "fail")
    world.send("in", "x")
    world.until_idle()

    names = ("ExecutionFailed", "EnrichmentStageFailed", "TargetStageFailed", "ExecutionPartiallyFailed")
    assert [told(world, name) for name in names] == [2, 2, None, None]


def test_a_part_that_fails_is_told_apart(world: SyncSimulation, pipes: Any) -> None:
    """The target names what it could not take."""

    def handler(events: Any, context: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": e["messageId"]} for e in events if e["body"] == '"bad"']}

    world.add_function("f", handler=handler)
    make(pipes, target=LAMBDA + "f")
    for text in ("a", "bad"):
        world.send("in", json.dumps(text))
    world.until_idle()

    names = ("ExecutionPartiallyFailed", "TargetStagePartiallyFailed", "ExecutionFailed")
    assert [told(world, name) for name in names] == [2, 2, None]
