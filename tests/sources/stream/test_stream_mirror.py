"""The database shows the streams as they are, and a run with one is the same as without."""

from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from eventsim_sources.stream.restore import restore
from eventsim_sources.stream.source import Stream
from tests import sdk
from tests.sources.conftest import rows

FIRST = "shardId-000000000000"


def client(world: SyncSimulation) -> Any:
    """Return a Kinesis client."""
    return sdk.client("kinesis", world.region)


def lived(path: Path | None) -> tuple[str, list[Any]]:
    """Let a stream live two days; return the digest, and what the database showed after each."""
    shown: list[Any] = []
    statement = "select shard, offset, partition_key, cast(data as text), arrived_at from stream_record order by 1, 2"
    with SyncSimulation(seed=1, database=path) as world:
        world.add_source("streams", "orders", consumers=["fast"])
        kinesis = client(world)
        kinesis.put_record(StreamName="orders", Data=b"a", PartitionKey="k")
        world.advance("23 hours")
        kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
        kinesis.put_record(StreamName="orders", Data=b"b", PartitionKey="k")
        for span in ("1 s", "1 hour"):
            world.advance(span)
            kinesis.get_shard_iterator(StreamName="orders", ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")
            world.advance("1 s")
            shown.append(path and rows(path, statement))
        digest = world.digest()
    world.trace.close()
    return digest, shown


def test_the_tables_always_show_the_stream(tmp_path: Path) -> None:
    """Records until they expire, shards with their ranges, and who is registered."""
    path = tmp_path / "run.db"

    _, (before, after) = lived(path)

    first = (0, 0, "k", "a", "2026-01-01T00:00:00.000000+00:00")
    second = (2, 0, "k", "b", "2026-01-01T23:00:00.000000+00:00")
    assert (before, after) == ([first, second], [second])
    assert rows(path, "select number, starting_hash_key, parents, closed_at, record_count from stream_shard") == [
        (0, "0", "[]", "2026-01-01T23:00:00.000000+00:00", 1),
        (1, "0", f'["{FIRST}"]', None, 0),
        (2, "1000", f'["{FIRST}"]', None, 1),
    ]
    assert rows(path, "select stream, name from stream_consumer") == [("orders", "fast")]


def test_a_run_with_a_database_is_the_same_run(tmp_path: Path) -> None:
    """The trace does not know of the mirror."""
    assert lived(None)[0] == lived(tmp_path / "run.db")[0]


def test_a_deleted_stream_leaves_nothing(tmp_path: Path) -> None:
    """Also if one of its name is made in the same turn."""
    path = tmp_path / "run.db"
    with SyncSimulation(seed=1, database=path) as world:
        kinesis = client(world)
        for name in ("gone", "anew"):
            kinesis.create_stream(StreamName=name, ShardCount=2)
            kinesis.put_record(StreamName=name, Data=b"old", PartitionKey="k")
            kinesis.delete_stream(StreamName=name)
        kinesis.create_stream(StreamName="anew", ShardCount=1)
        kinesis.put_record(StreamName="anew", Data=b"new", PartitionKey="k")
    world.trace.close()

    assert rows(path, "select name from stream") == [("anew",)]
    assert rows(path, "select stream, number from stream_shard") == [("anew", 0)]
    assert rows(path, "select stream, cast(data as text) from stream_record") == [("anew", "new")]


def test_a_stream_of_the_scenario_takes_its_settings_from_there(tmp_path: Path) -> None:
    """And its shards, its records and its consumers from the database."""
    path = tmp_path / "run.db"
    with SyncSimulation(seed=1, database=path) as world:
        world.add_source("streams", "orders", shards=2, consumers=["fast"])
        world.advance("10 s")
        client(world).put_record(StreamName="orders", Data=b"a", PartitionKey="a")
    world.trace.close()

    with SyncSimulation(seed=1, database=path) as again:
        again.advance("20 s")
        stream = again.add_source("streams", "orders", shards=5, retention="48 hours", consumers=["fast"])
        restore(again)

        assert isinstance(stream, Stream)
        records = [record.data for shard in stream.shards() for record in stream.read(shard.identifier, 0, 9)]
        assert (len(stream.shards()), records, stream.settings.retention_h) == (2, [b"a"], 48)
        assert [consumer.born_s for consumer in stream.consumers.values()] == [1_767_225_600]
        assert again.trace.count("restored", "stream orders") == 1
    again.trace.close()
