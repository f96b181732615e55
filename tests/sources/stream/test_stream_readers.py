"""What do mappings and others who read the same shard take from one another, where reads are counted?"""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.stream.conftest import data, iterator

THROTTLED = "ProvisionedThroughputExceededException"


@pytest.fixture
def counting(world: SyncSimulation, new_stream: Callable[..., Any]) -> SyncSimulation:
    """A world that throttles, with a stream of one shard."""
    world.throttles = True
    new_stream("orders", consumers=["audit"])
    return world


def map_to(world: SyncSimulation, *names: str, source: str = "orders", **settings: Any) -> dict[str, list[float]]:
    """Let functions of these names read a stream; return when each is given records."""
    given: dict[str, list[float]] = {name: [] for name in names}
    for name in names:

        def handler(event: Any, context: Any, name: str = name) -> None:
            given[name] += [world.now_s] * len(event["Records"])

        world.add_function(name, handler=handler)
        world.add_mapping(source=source, function=name, starting_position="TRIM_HORIZON", **settings)
    return given


def put(kinesis: Any, count: int = 1, size: int = 1) -> None:
    """Put records, each of so many bytes."""
    for _ in range(count):
        kinesis.put_record(StreamName="orders", PartitionKey="x", Data=b"x" * size)


def test_a_consumer_beside_a_mapping_has_four_reads_left(counting: SyncSimulation, kinesis: Any) -> None:
    """A shard is read five times a second, whoever reads it."""
    map_to(counting, "count")
    counting.advance(0.5)
    put(kinesis)
    counting.advance(0.6)
    place = iterator(kinesis)
    for _ in range(4):
        kinesis.get_records(ShardIterator=place)

    code, _ = refusal(kinesis.get_records, ShardIterator=place)
    counting.advance(1)

    assert code == THROTTLED
    assert len(kinesis.get_records(ShardIterator=place)["Records"]) == 1


def test_the_sixth_mapping_of_a_shard_falls_behind(counting: SyncSimulation, kinesis: Any) -> None:
    """Six poll at the same instant: one of them finds the rate used up, and comes again a second later."""
    given = map_to(counting, "a", "b", "c", "d", "e", "f")
    counting.advance(0.5)
    put(kinesis)

    counting.until_idle()

    assert sorted(int(at_s) for (at_s,) in given.values()) == [1, 1, 1, 1, 1, 2]
    assert counting.trace.count("read throttled") == 1


def test_what_a_mapping_reads_counts_in_bytes(counting: SyncSimulation, kinesis: Any) -> None:
    """After four MiB at once nobody reads for a second: 2 MiB are read in each."""
    counting.throttles = False
    for _ in range(4):
        put(kinesis, size=1_000_000)
        counting.advance(1)
    counting.throttles = True
    map_to(counting, "count", batch_size=1)
    counting.advance(0.1)

    code, _ = refusal(kinesis.get_records, ShardIterator=iterator(kinesis))
    counting.advance(1)

    assert code == THROTTLED
    assert len(data(kinesis)) == 4


def test_enhanced_fan_out_takes_nothing_from_others(counting: SyncSimulation, kinesis: Any) -> None:
    """That is what it is paid for."""
    consumer = counting.sources("stream_consumers")["orders/audit"].arn
    given = map_to(counting, "audit", source=consumer)
    put(kinesis)
    counting.advance(0.5)

    place = iterator(kinesis)
    for _ in range(5):
        kinesis.get_records(ShardIterator=place)

    assert len(given["audit"]) == 1


def test_nothing_is_lost_when_a_throttled_shard_is_split(counting: SyncSimulation, kinesis: Any) -> None:
    """What is left of a closed shard is given, rate or not."""
    given = map_to(counting, "a", "b", "c", "d", "e", "f")
    counting.advance(0.5)
    put(kinesis)
    kinesis.split_shard(StreamName="orders", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))

    counting.until_idle()

    assert [len(records) for records in given.values()] == [1] * 6
    assert counting.trace.count("records lost") == 0


def test_mappings_read_at_their_own_pace_otherwise(
    world: SyncSimulation, new_stream: Callable[..., Any], kinesis: Any
) -> None:
    """Unless the simulation throttles."""
    new_stream("orders")
    given = map_to(world, "a", "b", "c", "d", "e", "f")
    put(kinesis)
    world.advance(2)

    place = iterator(kinesis)
    for _ in range(5):
        kinesis.get_records(ShardIterator=place)

    assert all(len(records) == 1 for records in given.values())
