"""SubscribeToShard: events come in virtual time, as somebody goes through them."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim_sources.stream.source import Stream
from tests.sdk import refusal
from tests.sources.stream.conftest import FIRST

MEBIBYTE = 1 << 20


@pytest.fixture
def stream(new_stream: Callable[..., Any]) -> Stream:
    """Return a stream of one shard with a consumer."""
    made = new_stream(consumers=["fast"])
    assert isinstance(made, Stream)
    return made


def subscribe(kinesis: Any, stream: Stream, type_: str = "LATEST", **position: Any) -> Any:
    """Return the event stream of a new subscription."""
    arn = stream.consumers["fast"].arn
    answer = kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=FIRST, StartingPosition={"Type": type_, **position})
    return answer["EventStream"]


def told(event: Any) -> list[bytes]:
    """Return the data of an event's records."""
    return [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]]


def put(kinesis: Any, data: bytes) -> str:
    """Put a record and return its number."""
    return str(kinesis.put_record(StreamName="orders", Data=data, PartitionKey="k")["SequenceNumber"])


def test_records_come_when_they_are_put(kinesis: Any, stream: Stream, world: SyncSimulation) -> None:
    """Without a poll in between; what was put before LATEST does not come."""
    put(kinesis, b"before")
    events = iter(subscribe(kinesis, stream))
    world.clock.at(2_500_000, lambda _: stream.put([stream.checked("k", b"after")]), None)

    event = next(events)

    assert (told(event), world.now_s) == ([b"after"], 2.5)
    assert event["SubscribeToShardEvent"]["MillisBehindLatest"] == 0


def test_records_are_pushed_after_their_latency(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """That of pushes is another one than that of reads."""
    stream = new_stream(consumers=["fast"], latency="200 ms", push_latency="70 ms")
    events = iter(subscribe(kinesis, stream, "TRIM_HORIZON"))
    put(kinesis, b"a")

    event = next(events)

    assert (told(event), world.now_s) == ([b"a"], 0.07)


def test_a_subscription_without_records_shows_that_it_lives(
    kinesis: Any, stream: Stream, world: SyncSimulation
) -> None:
    """Every five seconds, for five minutes; then it is over."""
    number = put(kinesis, b"a")

    events = list(subscribe(kinesis, stream))

    assert (len(events), world.now_s) == (60, 300)
    assert all(told(event) == [] for event in events)
    assert events[-1]["SubscribeToShardEvent"]["ContinuationSequenceNumber"] == number


def test_a_subscription_goes_on_where_the_last_one_was(kinesis: Any, stream: Stream, world: SyncSimulation) -> None:
    """Its last number is the place from which to go on."""
    for data in (b"a", b"b", b"c"):
        put(kinesis, data)
    first = next(iter(subscribe(kinesis, stream, "TRIM_HORIZON")))
    world.advance("5 s")
    put(kinesis, b"d")

    number = first["SubscribeToShardEvent"]["ContinuationSequenceNumber"]
    second = next(iter(subscribe(kinesis, stream, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)))

    assert (told(first), told(second)) == ([b"a", b"b", b"c"], [b"d"])


def test_a_second_subscription_waits_five_seconds_and_takes_over(
    kinesis: Any, stream: Stream, world: SyncSimulation
) -> None:
    """Before, it is refused; afterwards the first one ends."""
    first = subscribe(kinesis, stream)
    arn = stream.consumers["fast"].arn

    early = refusal(kinesis.subscribe_to_shard, ConsumerARN=arn, ShardId=FIRST, StartingPosition={"Type": "LATEST"})
    world.advance("5 s")
    second = subscribe(kinesis, stream)

    assert early[0] == "ResourceInUseException"
    assert list(first) == []
    assert len(list(islice(second, 2))) == 2


def test_the_last_event_of_a_shard_names_its_children(kinesis: Any, stream: Stream) -> None:
    """And nothing comes after it."""
    put(kinesis, b"a")
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")

    (event,) = subscribe(kinesis, stream, "TRIM_HORIZON")

    children = event["SubscribeToShardEvent"]["ChildShards"]
    assert (told(event), [child["ShardId"][-1] for child in children]) == ([b"a"], ["1", "2"])


def test_two_mebibytes_come_in_a_second(kinesis: Any, stream: Stream, world: SyncSimulation) -> None:
    """Each consumer has them for itself: reads of others do not count."""
    for _ in range(6):
        put(kinesis, bytes(MEBIBYTE - 1))
        world.advance("1 s")
    began_s = world.now_s

    events = [
        (len(told(event)), world.now_s - began_s) for event in islice(subscribe(kinesis, stream, "TRIM_HORIZON"), 3)
    ]

    assert events == [(2, 0.0), (2, 1.0), (2, 2.0)]


def test_a_deregistered_consumer_is_told_no_more(kinesis: Any, stream: Stream) -> None:
    """Its subscriptions end."""
    events = subscribe(kinesis, stream)
    kinesis.deregister_stream_consumer(ConsumerARN=stream.consumers["fast"].arn)

    assert list(events) == []


def test_a_subscription_that_nobody_reads_keeps_no_run_going(
    kinesis: Any, stream: Stream, world: SyncSimulation
) -> None:
    """It waits for whoever asks for its next event."""
    subscribe(kinesis, stream).close()
    subscribe_late = stream.consumers["fast"].arn

    world.until_idle()

    assert world.now_s == 0
    refused = refusal(
        kinesis.subscribe_to_shard, ConsumerARN=subscribe_late, ShardId="x", StartingPosition={"Type": "LATEST"}
    )
    assert refused[0] == "ResourceNotFoundException"
