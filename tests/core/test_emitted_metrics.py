"""Which metrics do services emit? Each as its service tells it on AWS, by its dimensions."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "us-east-1:123456789012"


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


def told(
    simulation: SyncSimulation, namespace: str, name: str, statistic: str = "Sum", **dimensions: str
) -> list[float]:
    """Return one statistic of a metric, minute by minute, over the first day."""
    asked = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
        "Statistics": [statistic],
        "Period": 60,
        "StartTime": START_AT,
        "EndTime": START_AT + timedelta(days=1),
    }
    answer: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
    return [point[statistic] for point in answer["Datapoints"]]


# --- topics ------------------------------------------------------------------------------------------------


def test_a_dead_letter_that_is_lost_was_not_redriven(simulation: SyncSimulation) -> None:
    """It failed to be redriven, and counts once."""
    topic: Any = simulation.request("sns", "CreateTopic", {"Name": "news"})["TopicArn"]
    nobody = f"arn:aws:sqs:{HERE}:nobody"
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": nobody})}
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": nobody, "Attributes": attributes}
    simulation.request("sns", "Subscribe", given)
    simulation.request("sns", "Publish", {"TopicArn": topic, "Message": "1234"})
    simulation.until_idle()

    names = [f"NumberOfNotifications{what}ToDlq" for what in ("Redriven", "FailedToRedrive")]
    assert [told(simulation, "AWS/SNS", name, TopicName="news") for name in names] == [[], [1]]


# --- streams and tables ------------------------------------------------------------------------------------


def put_records(simulation: SyncSimulation, count: int) -> None:
    for _ in range(count):
        record = {"StreamName": "clicks", "Data": b"12345", "PartitionKey": "a"}
        simulation.request("kinesis", "PutRecord", record)


def test_reads_of_a_stream_are_counted_whoever_reads(simulation: SyncSimulation) -> None:
    """With the age of the last record that each read gave (documented)."""
    simulation.add_source("streams", "clicks")
    simulation.add_function("watch", handler=lambda event, context: None)
    simulation.add_mapping(source="clicks", function="watch", starting_position="TRIM_HORIZON")
    simulation.advance("1 minute")
    put_records(simulation, 2)
    simulation.advance("5 s")
    where = {"StreamName": "clicks", "ShardId": "shardId-000000000000"}
    given = simulation.request("kinesis", "GetShardIterator", {**where, "ShardIteratorType": "TRIM_HORIZON"})
    simulation.request("kinesis", "GetRecords", {"ShardIterator": given["ShardIterator"]})

    assert told(simulation, "AWS/Kinesis", "GetRecords.Records", StreamName="clicks") == [4]
    ages = ("GetRecords.IteratorAgeMilliseconds", "Maximum")
    assert told(simulation, "AWS/Kinesis", *ages, StreamName="clicks") == [5_000]
    assert told(simulation, "AWS/Kinesis", "SubscribeToShardEvent.Records", StreamName="clicks", ConsumerName="x") == []


def test_a_consumer_of_its_own_is_told_apart(simulation: SyncSimulation) -> None:
    """What it is given is no read of the stream."""
    simulation.add_source("streams", "clicks", consumers=["fast"])
    simulation.add_function("watch", handler=lambda event, context: None)
    simulation.add_mapping(source="clicks/fast", function="watch", starting_position="TRIM_HORIZON")
    put_records(simulation, 3)
    simulation.advance("1 minute")

    of_consumer = {"ConsumerName": "fast", "StreamName": "clicks"}
    assert told(simulation, "AWS/Kinesis", "SubscribeToShardEvent.Records", **of_consumer) == [3]
    assert told(simulation, "AWS/Kinesis", "GetRecords.Records", StreamName="clicks") == []


def test_what_a_stream_refuses_is_counted(simulation: SyncSimulation) -> None:
    """Five reads a second are given (documented); an iterator that is refused is no read."""
    simulation.add_source("streams", "clicks")
    where = {"StreamName": "clicks", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    given = simulation.request("kinesis", "GetShardIterator", where)
    for operation, parameters in (
        ("GetShardIterator", where),
        ("GetRecords", {"ShardIterator": given["ShardIterator"]}),
    ):
        for _ in range(6):
            with contextlib.suppress(ApiError):
                simulation.request("kinesis", operation, parameters)
    big = {"Data": b"1" * 600_000, "PartitionKey": "a"}
    simulation.request("kinesis", "PutRecords", {"StreamName": "clicks", "Records": [big, big]})

    assert told(simulation, "AWS/Kinesis", "ReadProvisionedThroughputExceeded", StreamName="clicks") == [1]
    assert told(simulation, "AWS/Kinesis", "WriteProvisionedThroughputExceeded", StreamName="clicks") == [1]


def test_mistakes_in_requests_to_tables_are_counted(simulation: SyncSimulation) -> None:
    """For the account; a condition that does not hold is counted of its table alone (documented)."""
    simulation.add_source("tables", "carts", key="id")
    item = {"TableName": "carts", "Item": {"id": {"S": "1"}}}
    for mistake in ({"Item": {"name": {"S": "no key"}}}, {"ConditionExpression": "attribute_exists(id)"}):
        with contextlib.suppress(ApiError):
            simulation.request("dynamodb", "PutItem", {**item, **mistake})

    assert told(simulation, "AWS/DynamoDB", "UserErrors") == [1]
    assert told(simulation, "AWS/DynamoDB", "ConditionalCheckFailedRequests", TableName="carts") == [1]


# --- rules and schedules -----------------------------------------------------------------------------------


def put_rule(simulation: SyncSimulation, name: str, bus: str, **targets: str) -> None:
    """Make a rule for everything from `shop`; each target is an ARN, and may have a dead-letter queue."""
    request = simulation.request
    request("events", "PutRule", {"Name": name, "EventBusName": bus, "EventPattern": '{"source": ["shop"]}'})
    given = [
        {"Id": target, "Arn": arn, "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HERE}:{target}-dead"}}
        for target, arn in targets.items()
    ]
    request("events", "PutTargets", {"Rule": name, "EventBusName": bus, "Targets": given})


def put_event(simulation: SyncSimulation, bus: str, source: str = "shop") -> None:
    entry = {"EventBusName": bus, "Source": source, "DetailType": "Order", "Detail": "{}"}
    simulation.request("events", "PutEvents", {"Entries": [entry]})


def test_rules_have_metrics(simulation: SyncSimulation) -> None:
    """Those of the default bus are told by their name; what fails for good counts when it is given up."""
    simulation.add_source("queues", "jobs")
    simulation.add_source("queues", "gone-dead")
    put_rule(simulation, "all", "default", well=f"arn:aws:sqs:{HERE}:jobs", gone=f"arn:aws:sqs:{HERE}:gone")
    put_event(simulation, "default")
    put_event(simulation, "default", source="bank")
    simulation.until_idle()

    names = ("MatchedEvents", "TriggeredRules", "Invocations", "FailedInvocations", "InvocationsSentToDlq")
    assert [told(simulation, "AWS/Events", name, RuleName="all") for name in names] == [[1], [1], [2], [1], [1]]
    attempts = [f"{what}InvocationAttempts" for what in ("Successful", "Retry")]
    assert [told(simulation, "AWS/Events", name, RuleName="all") for name in attempts] == [[1], []]


def test_rules_of_other_buses_have_metrics_of_their_own(simulation: SyncSimulation) -> None:
    """They are told by their bus and their name (documented); a name alone means the default bus."""
    simulation.add_source("queues", "jobs")
    simulation.add_source("buses", "shop")
    for bus in ("default", "shop"):
        put_rule(simulation, "all", bus, well=f"arn:aws:sqs:{HERE}:jobs")
    put_event(simulation, "shop")
    put_event(simulation, "shop")
    put_event(simulation, "default")
    simulation.until_idle()

    assert told(simulation, "AWS/Events", "Invocations", EventBusName="shop", RuleName="all") == [2]
    assert told(simulation, "AWS/Events", "Invocations", RuleName="all") == [1]
    assert told(simulation, "AWS/Events", "Invocations") == [3]


def test_an_event_that_two_rules_take_matched_once(simulation: SyncSimulation) -> None:
    """For the account events count, and for each rule what it took."""
    simulation.add_source("queues", "jobs")
    for name in ("one", "two"):
        put_rule(simulation, name, "default", well=f"arn:aws:sqs:{HERE}:jobs")
    put_event(simulation, "default")
    simulation.until_idle()

    assert told(simulation, "AWS/Events", "MatchedEvents") == [1]
    assert told(simulation, "AWS/Events", "TriggeredRules") == [2]
    assert [told(simulation, "AWS/Events", "MatchedEvents", RuleName=name) for name in ("one", "two")] == [[1], [1]]


def test_schedules_have_metrics(simulation: SyncSimulation) -> None:
    """By their group, and for the account; each attempt counts."""
    simulation.request("scheduler", "CreateScheduleGroup", {"Name": "nights"})
    simulation.add_source("queues", "jobs")
    for group, queue in (("nights", "gone"), ("default", "jobs")):
        target = {"Arn": f"arn:aws:sqs:{HERE}:{queue}", "RoleArn": "arn:aws:iam::123456789012:role/r"}
        target["DeadLetterConfig"] = {"Arn": f"arn:aws:sqs:{HERE}:jobs"}  # type: ignore[assignment]
        given = {"Name": "tick", "GroupName": group, "ScheduleExpression": "at(2026-01-01T00:01:00)", "Target": target}
        simulation.request("scheduler", "CreateSchedule", {**given, "FlexibleTimeWindow": {"Mode": "OFF"}})
    simulation.until_idle()

    names = ("InvocationAttemptCount", "TargetErrorCount", "InvocationDroppedCount", "InvocationsSentToDeadLetterCount")
    told_of = [told(simulation, "AWS/Scheduler", name, ScheduleGroup="nights") for name in names]
    assert told_of == [[1], [1], [1], [1]]
    assert told(simulation, "AWS/Scheduler", "InvocationAttemptCount") == [2]
    assert told(simulation, "AWS/Scheduler", "TargetErrorThrottledCount") == []


def test_a_schedule_tells_of_throttles(simulation: SyncSimulation) -> None:
    """What a target refuses for want of capacity is an error, and a throttle besides."""

    def refuse(_: Any) -> None:
        raise ApiError("ThrottlingException", "Rate exceeded")

    simulation.stub("glue", "StartCrawler", refuse)
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:glue:startCrawler",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        "Input": '{"Name": "c"}',
        "RetryPolicy": {"MaximumRetryAttempts": 1},
    }
    given = {"Name": "tick", "ScheduleExpression": "at(2026-01-01T00:01:00)", "Target": target}
    simulation.request("scheduler", "CreateSchedule", {**given, "FlexibleTimeWindow": {"Mode": "OFF"}})
    simulation.until_idle()

    names = ("InvocationAttemptCount", "TargetErrorCount", "TargetErrorThrottledCount", "InvocationDroppedCount")
    assert [sum(told(simulation, "AWS/Scheduler", name)) for name in names] == [2, 2, 2, 1]
