"""What does a mapping count, if it is asked to? Its events, from the poll to the end, as metrics of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import SyncSimulation

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "us-east-1:123456789012"
COUNTED = {"Metrics": ["EventCount"]}
NAMES = ("Polled", "FilteredOut", "Invoked", "FailedInvoke", "Deleted", "Dropped", "OnFailureDestinationDelivered")


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


def map_to(simulation: SyncSimulation, source: str, **settings: Any) -> str:
    """Map a source to the function `f`; return the UUID."""
    given = {"EventSourceArn": f"arn:aws:{source}", "FunctionName": "f", "MetricsConfig": COUNTED, **settings}
    return str(simulation.request("lambda", "CreateEventSourceMapping", given)["UUID"])


def counts(simulation: SyncSimulation, uuid: str) -> dict[str, float]:
    """Return what a mapping has counted within an hour, by the first words of each metric that has data."""
    found: dict[str, float] = {}
    for name in NAMES:
        asked = {
            "Namespace": "AWS/Lambda",
            "MetricName": f"{name}EventCount",
            "Dimensions": [{"Name": "EventSourceMappingUUID", "Value": uuid}],
            "Statistics": ["Sum"],
            "Period": 3600,
            "StartTime": START_AT,
            "EndTime": START_AT + timedelta(hours=1),
        }
        answer: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
        for point in answer["Datapoints"]:
            found[name] = point["Sum"]
    return found


def fail_on(words: str) -> Any:
    """Return a handler that reports the messages with some body as failed."""

    def handler(event: Any, context: Any) -> Any:
        failed = [record["messageId"] for record in event["Records"] if record["body"] == words]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}

    return handler


def test_events_of_a_queue_are_counted(simulation: SyncSimulation) -> None:
    """What fails is polled and invokes again; what is filtered out is not counted as deleted."""
    simulation.add_source("queues", "dead")
    dead_letter = {"queue": "dead", "max_receive_count": 2}
    simulation.add_source("queues", "work", visibility_timeout="30 s", dead_letter=dead_letter)
    simulation.add_function("f", handler=fail_on('{"kind":"bad"}'))
    for kind in ("good", "bad", "other"):
        simulation.send("work", f'{{"kind":"{kind}"}}')
    uuid = map_to(
        simulation,
        f"sqs:{HERE}:work",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"kind": ["good", "bad"]}}'}]},
    )
    simulation.until_idle()

    expected = {"Polled": 4, "FilteredOut": 1, "Invoked": 3, "FailedInvoke": 2, "Deleted": 1}
    assert counts(simulation, uuid) == expected


def test_a_function_that_is_gone_fails_all_events(simulation: SyncSimulation) -> None:
    """They invoked nothing, and nothing of them is deleted."""
    simulation.add_source("queues", "work")
    simulation.add_function("f", handler=fail_on("nothing"))
    uuid = map_to(simulation, f"sqs:{HERE}:work")
    simulation.request("lambda", "DeleteFunction", {"FunctionName": "f"})
    simulation.send("work", "hello")
    simulation.advance("20 s")

    assert counts(simulation, uuid) == {"Polled": 1, "FailedInvoke": 1}


def test_throttled_events_count_as_invoked_each_time(simulation: SyncSimulation) -> None:
    """By automatic retries an event may count several times (documented)."""
    simulation.add_source("queues", "work", visibility_timeout="30 s")
    simulation.add_function("f", handler=fail_on("nothing"), reserved_concurrency=0)
    uuid = map_to(simulation, f"sqs:{HERE}:work")
    simulation.send("work", "hello")
    simulation.advance("20 s")

    told = counts(simulation, uuid)
    assert told["Polled"] == 1
    assert told["Invoked"] == told["FailedInvoke"] > 1
    assert "Deleted" not in told


@pytest.mark.parametrize(
    ("destination", "ends_as"),
    [("", "Dropped"), ("dead", "OnFailureDestinationDelivered"), ("gone", "")],
    ids=["nobody", "a queue", "a queue that is gone"],
)
def test_events_of_a_stream_are_counted(simulation: SyncSimulation, destination: str, ends_as: str) -> None:
    """What is given up is dropped, unless an on-failure destination is told (documented)."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    simulation.add_source("queues", "dead")
    simulation.add_source("streams", "clicks")
    simulation.add_function("f", handler=fail)
    on_failure = {"OnFailure": {"Destination": f"arn:aws:sqs:{HERE}:{destination}"}}
    uuid = map_to(
        simulation,
        f"kinesis:{HERE}:stream/clicks",
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=1,
        FilterCriteria={"Filters": [{"Pattern": '{"data": {"n": [1, 2]}}'}]},
        **({"DestinationConfig": on_failure} if destination else {}),
    )
    for number in range(3):
        record = {"StreamName": "clicks", "Data": f'{{"n": {number}}}'.encode(), "PartitionKey": "a"}
        simulation.request("kinesis", "PutRecord", record)
    simulation.advance("1 minute")

    ends = {ends_as: 2} if ends_as else {}
    assert counts(simulation, uuid) == {"Polled": 3, "FilteredOut": 1, "Invoked": 4, "FailedInvoke": 4, **ends}


def test_an_empty_poll_counts_nothing_as_something(simulation: SyncSimulation) -> None:
    """A poll that found nothing is a zero, so that somebody can be alarmed by it (documented)."""
    simulation.add_source("queues", "work")
    simulation.add_function("f", handler=fail_on("nothing"))
    uuid = map_to(simulation, f"sqs:{HERE}:work")
    simulation.advance("1 minute")

    assert counts(simulation, uuid) == {"Polled": 0}


def test_who_does_not_ask_gets_no_metrics(simulation: SyncSimulation) -> None:
    """Counting ends as it begins: by a change of the mapping."""
    simulation.add_source("queues", "work")
    simulation.add_function("f", handler=fail_on("nothing"))
    uuid = map_to(simulation, f"sqs:{HERE}:work", MetricsConfig=None)
    for metrics in (["EventCount"], []):
        simulation.send("work", "hello")
        simulation.until_idle()
        simulation.request("lambda", "UpdateEventSourceMapping", {"UUID": uuid, "MetricsConfig": {"Metrics": metrics}})
        simulation.until_idle()
    simulation.send("work", "hello")
    simulation.until_idle()

    told = counts(simulation, uuid)
    assert (told["Polled"], told["Deleted"]) == (1, 1)


def test_a_mapping_of_a_scenario_may_count_its_events(simulation: SyncSimulation) -> None:
    """`counts_events` is what `MetricsConfig` says."""
    simulation.add_source("queues", "work")
    simulation.add_function("f", handler=fail_on("nothing"))
    simulation.add_mapping(source="work", function="f", counts_events=True)
    simulation.send("work", "hello")
    simulation.until_idle()

    listed: Any = simulation.request("lambda", "ListEventSourceMappings", {})
    (mapping,) = listed["EventSourceMappings"]
    assert mapping["MetricsConfig"] == COUNTED
    assert counts(simulation, mapping["UUID"])["Deleted"] == 1
