"""A stream as the core knows it: target, sharded source, and section of the scenario."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim import (
    ApiError,
    ConfigurationError,
    Envelope,
    Lineage,
    Sharded,
    ShardPosition,
    StreamRecord,
    SyncSimulation,
)
from eventsim_sources.stream.source import Stream
from tests.sdk import refusal
from tests.sources.stream.conftest import FIRST, data

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
TRIM_HORIZON = ShardPosition(type="TRIM_HORIZON")
LATEST = ShardPosition(type="LATEST")


@pytest.fixture
def stream(new_stream: Callable[..., Any]) -> Stream:
    """Return a stream of two shards with a consumer."""
    made = new_stream(shards=2, consumers=["fast"])
    assert isinstance(made, Stream)
    return made


def test_an_event_becomes_a_record(stream: Stream, world: SyncSimulation) -> None:
    """Its group is the partition key, its body the data; its cause and its lineage are kept."""
    lineage = Lineage({"f": 1})
    target = world.target(ARN)
    assert target is not None

    target.accept(Envelope(body='{"a": "ü"}', group="a", cause=7, lineage=lineage))

    (record,) = stream.read(FIRST, 0, 10)
    (entry,) = world.trace.entries(["record put"])
    assert (record.key, record.data, record.lineage) == ("a", '{"a": "ü"}'.encode(), lineage)
    assert (entry.cause, entry.subject, entry.place, entry.detail) == (
        7,
        "record r1",
        "stream orders",
        {"shard": FIRST},
    )


def test_an_event_without_a_group_gets_a_key_of_its_own(stream: Stream) -> None:
    """So that such events spread over the shards, by the seed."""
    for _ in range(20):
        stream.accept(Envelope(body="{}"))

    ends = [shard.end for shard in stream.store.open_shards]
    assert sum(ends) == 20
    assert all(ends)


def test_an_event_that_does_not_fit_is_refused(stream: Stream) -> None:
    """So that whoever delivers it can try again."""
    for _ in range(1_000):
        stream.accept(Envelope(body="{}", group="a"))

    with pytest.raises(ApiError) as caught:
        stream.accept(Envelope(body="{}", group="a"))

    assert caught.value.code == "ProvisionedThroughputExceededException"


def test_a_record_is_told_as_lambda_tells_it(stream: Stream, world: SyncSimulation) -> None:
    """Member for member, in AWS's order."""
    world.advance("987 ms")
    stream.accept(Envelope(body="Hello, this is a test.", group="a"))
    (record,) = stream.read(FIRST, 0, 1)

    (told,) = stream.records([record])

    assert told == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "a",
            "sequenceNumber": record.identifier,
            "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
            "approximateArrivalTimestamp": 1767225600.987,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{FIRST}:{record.identifier}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/eventsim",
        "awsRegion": "us-east-1",
        "eventSourceARN": ARN,
    }
    assert list(told) == [
        *("kinesis", "eventSource", "eventVersion", "eventID", "eventName", "invokeIdentityArn", "awsRegion"),
        "eventSourceARN",
    ]
    assert abs(record.size_bytes - len(json.dumps(told, separators=(",", ":")))) < 20


@pytest.mark.parametrize("source", ["orders", "orders/fast"])
def test_an_aggregated_record_reaches_its_function_as_it_is(
    source: str, stream: Stream, world: SyncSimulation, kinesis: Any
) -> None:
    """What the Kinesis Producer Library put together is one record, whose bytes nobody touches."""
    records = b"\x0a\x01a\x0a\x01b" + b"\x1a\x07\x08\x00\x1a\x03one" + b"\x1a\x07\x08\x01\x1a\x03two"
    aggregate = b"\xf3\x89\x9a\xc2" + records + hashlib.md5(records).digest()
    given: list[Any] = []
    world.add_function("reader", handler=lambda event, context: given.extend(event["Records"]))
    world.add_mapping(source=source, function="reader", starting_position="TRIM_HORIZON", parallelization_factor=2)

    kinesis.put_record(StreamName="orders", Data=aggregate, PartitionKey="a")
    world.until_idle()

    (record,) = given
    assert b64decode(record["kinesis"]["data"]) == aggregate
    assert record["kinesis"]["partitionKey"] == "a"


def test_stream_and_consumer_fit_the_door(stream: Stream, world: SyncSimulation) -> None:
    """A consumer is the same data under another ARN, and is pushed."""
    stream.accept(Envelope(body="{}", group="a"))
    consumer = world.sources("stream_consumers")["orders/fast"]
    assert isinstance(stream, Sharded)
    assert isinstance(consumer, Sharded)
    record: StreamRecord = stream.read(FIRST, 0, 1)[0]

    told = consumer.records(consumer.read(FIRST, consumer.begin(FIRST, TRIM_HORIZON), 10))

    assert (record.offset, record.key, record.born_us) == (0, "a", 0)
    assert told[0]["eventSourceARN"] == f"{ARN}/consumer/fast:1767225600"
    assert (stream.is_pushed, stream.service, stream.consumers["fast"].is_pushed) == (False, "kinesis", True)


def test_a_reader_begins_where_it_says(stream: Stream, world: SyncSimulation) -> None:
    """At the oldest, behind the newest, or at an instant."""
    for _ in range(3):
        stream.accept(Envelope(body="{}", group="a"))
        world.advance("10 s")
    at = ShardPosition(type="AT_TIMESTAMP", at=datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC))

    assert [stream.begin(FIRST, position) for position in (TRIM_HORIZON, LATEST, at)] == [0, 3, 1]
    assert [record.offset for record in stream.read(FIRST, 1, 1)] == [1]
    assert stream.read(FIRST, 3, 10) == []


def test_a_reader_is_woken_when_there_is_more(stream: Stream, world: SyncSimulation) -> None:
    """Once, in a step of its own; at once if there is something already."""
    woken: list[str] = []
    stream.when_more(FIRST, 0, lambda: woken.append("first"))

    stream.accept(Envelope(body="{}", group="b"))  # for the other shard
    world.until_idle()
    before = list(woken)
    for _ in range(2):
        stream.accept(Envelope(body="{}", group="a"))
    during = list(woken)
    stream.when_more(FIRST, 1, lambda: woken.append("second"))
    world.until_idle()

    assert (before, during, woken) == ([], [], ["first", "second"])


def test_a_reshard_wakes_readers(stream: Stream, world: SyncSimulation, kinesis: Any) -> None:
    """Those of the closed shard, and those who wait for others; parents stand before their children."""
    woken: list[str] = []
    stream.when_more(FIRST, 0, lambda: woken.append("more"))
    stream.when_resharded(lambda: woken.append("resharded"))
    stream.accept(Envelope(body="{}", group="b"))

    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")
    world.until_idle()

    listed = [(shard.identifier[-1], [parent[-1] for parent in shard.parents]) for shard in stream.shards()]
    assert sorted(woken) == ["more", "resharded"]
    assert (stream.end(FIRST), stream.end("shardId-000000000001")) == (0, None)
    assert listed == [("0", []), ("1", []), ("2", ["0"]), ("3", ["0"])]


def test_an_expired_parent_holds_up_nobody(stream: Stream, world: SyncSimulation, kinesis: Any) -> None:
    """It is no longer listed, nor named by its children."""
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")
    world.advance("24 hours")

    assert [(shard.identifier[-1], shard.parents) for shard in stream.shards()] == [("1", ()), ("2", ()), ("3", ())]


def test_a_deleted_stream_has_no_shards(stream: Stream, world: SyncSimulation, kinesis: Any) -> None:
    """Its readers are woken to see it, and that nothing will come any more."""
    woken: list[str] = []
    stream.when_more(FIRST, 0, lambda: woken.append("more"))
    stream.when_resharded(lambda: woken.append("resharded"))
    consumer = stream.consumers["fast"]
    stream.accept(Envelope(body="{}", group="a"))

    kinesis.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)
    world.until_idle()

    assert sorted(woken) == ["more", "resharded"]
    assert (stream.shards(), consumer.shards()) == ((), ())
    assert [(each.read(FIRST, 0, 1), each.end(FIRST)) for each in (stream, consumer)] == [((), 1), ((), 1)]
    with pytest.raises(ApiError, match="not found"):
        stream.accept(Envelope(body="{}"))


def test_a_record_can_be_read_after_its_latency(
    kinesis: Any, world: SyncSimulation, new_stream: Callable[..., Any]
) -> None:
    """By GetRecords, and by a mapping when it next polls."""
    seen_s: list[float] = []
    world.add_function("f", handler=lambda _, __: seen_s.append(world.now_s))
    stream = new_stream(latency="200 ms")
    world.add_mapping(source="orders", function="f", starting_position="TRIM_HORIZON")
    stream.accept(Envelope(body="{}", group="a"))

    at_once = data(kinesis)
    world.advance("199 ms")
    shortly_before, seen_before = data(kinesis), [*seen_s]
    world.advance("1 ms")

    assert (at_once, shortly_before, data(kinesis)) == ([], [], [b"{}"])
    world.until_idle()
    assert (seen_before, seen_s) == ([], [1.1])  # one poll a second, and a cold start


def test_nothing_is_lost_in_a_shard_that_is_split_before_its_records_can_be_read(
    kinesis: Any, world: SyncSimulation, new_stream: Callable[..., Any]
) -> None:
    """It is over once its last record could be read, and only then its children are."""
    seen: list[str] = []
    world.add_function("f", handler=lambda event, _: seen.extend(each["eventID"] for each in event["Records"]))
    stream = new_stream(latency="200 ms")
    world.add_mapping(source="orders", function="f", starting_position="TRIM_HORIZON")
    stream.accept(Envelope(body="{}", group="a"))

    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey=str(1 << 127))
    stream.accept(Envelope(body="{}", group="a"))
    world.until_idle()

    assert [each.partition(":")[0] for each in seen] == [FIRST, "shardId-000000000001"]


def test_memory_is_given_back(world: SyncSimulation, new_stream: Callable[..., Any]) -> None:
    """What a shard holds is about what has not expired, however much went through it."""
    stream = new_stream(throughput="unlimited")
    for _ in range(50):
        for _ in range(100):
            stream.accept(Envelope(body="{}", group="a"))
        world.advance("12 hours")

    (shard,) = stream.store.open_shards
    assert (shard.end, len(shard)) == (5_000, 200)
    assert len(shard._records) < 2_500


@pytest.mark.parametrize(
    ("name", "settings", "key"),
    [
        ("a b", {}, ""),
        ("orders", {"shards": 0}, "shards"),
        ("orders", {"shards": 10_001}, "shards"),
        ("orders", {"shards": 2, "mode": "on_demand"}, "shards"),
        ("orders", {"retention": "23 hours"}, "retention"),
        ("orders", {"retention": "366 days"}, "retention"),
        ("orders", {"retention": "24.5 hours"}, "retention"),
        ("orders", {"record_size": "11 MB"}, "record_size"),
        ("orders", {"consumers": ["a", "a"]}, "consumers"),
        ("orders", {"consumers": ["a/b"]}, "consumers"),
        ("orders", {"consumers": [f"c{number}" for number in range(21)]}, "consumers"),
    ],
)
def test_what_a_scenario_may_not_say(
    new_stream: Callable[..., Any], name: str, settings: dict[str, Any], key: str
) -> None:
    """The error names the key."""
    with pytest.raises(ConfigurationError) as caught:
        new_stream(name, **settings)

    assert caught.value.key == f"streams.{name}.{key}".rstrip(".")


def test_what_a_scenario_may_say(new_stream: Callable[..., Any], kinesis: Any) -> None:
    """The API sees it."""
    new_stream(shards=3, retention="7 days", record_size="2 MB", consumers=["fast"], tags={"a": "b"})

    summary = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]

    assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (3, 168)
    assert (summary["MaxRecordSizeInKiB"], summary["ConsumerCount"]) == (2_048, 1)


def test_a_transition_of_a_scenario_is_for_later_changes(
    new_stream: Callable[..., Any], kinesis: Any, world: SyncSimulation
) -> None:
    """The stream itself is there from the beginning."""
    new_stream(transition="30 s")
    split = {"StreamName": "orders", "ShardToSplit": FIRST, "NewStartingHashKey": "5"}

    kinesis.split_shard(**split)
    busy = refusal(kinesis.split_shard, **{**split, "ShardToSplit": "shardId-000000000002"})
    world.advance("30 s")
    kinesis.split_shard(**{**split, "ShardToSplit": "shardId-000000000002", "NewStartingHashKey": "50"})

    assert busy[1] == "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING"
