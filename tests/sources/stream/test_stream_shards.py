"""Split, merge and count shards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.stream.conftest import FIRST, iterator

TOP = 2**128 - 1


def shards(kinesis: Any, **more: Any) -> list[str]:
    """Return the last digit of every shard that is listed."""
    listed = kinesis.list_shards(**({} if "NextToken" in more else {"StreamName": "orders"}), **more)["Shards"]
    return [shard["ShardId"][-1] for shard in listed]


def ranges(kinesis: Any) -> list[tuple[int, int]]:
    """Return the ranges of the open shards."""
    listed = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    found = [shard["HashKeyRange"] for shard in listed]
    return sorted((int(each["StartingHashKey"]), int(each["EndingHashKey"])) for each in found)


def test_shards_share_all_hash_keys(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Each of three has a third, and the last what is left over."""
    new_stream(shards=3)

    third = 2**128 // 3
    assert ranges(kinesis) == [(0, third - 1), (third, 2 * third - 1), (2 * third, TOP)]


def test_a_split_closes_the_parent(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """It is readable to its end, where its children are named; new records go to them."""
    new_stream()
    kinesis.put_record(StreamName="orders", Data=b"before", PartitionKey="a")

    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
    put = kinesis.put_record(StreamName="orders", Data=b"after", PartitionKey="a")
    end = kinesis.get_records(ShardIterator=iterator(kinesis))
    parent, lower, upper = kinesis.list_shards(StreamName="orders")["Shards"]

    assert ([record["Data"] for record in end["Records"]], "NextShardIterator" in end) == ([b"before"], False)
    assert [child["ShardId"] for child in end["ChildShards"]] == [lower["ShardId"], upper["ShardId"]]
    assert end["ChildShards"][0]["ParentShards"] == [FIRST]
    assert put["ShardId"] == upper["ShardId"]
    assert lower["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": "999"}
    assert (upper["ParentShardId"], "AdjacentParentShardId" in upper) == (FIRST, False)
    assert int(parent["SequenceNumberRange"]["EndingSequenceNumber"]) > int(end["Records"][0]["SequenceNumber"])
    assert "EndingSequenceNumber" not in upper["SequenceNumberRange"]


def test_a_merge_has_two_parents(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """In the order in which they were named."""
    new_stream(shards=2)

    kinesis.merge_shards(
        StreamName="orders", ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000000"
    )
    child = kinesis.list_shards(StreamName="orders")["Shards"][-1]

    assert (child["ParentShardId"][-1], child["AdjacentParentShardId"][-1]) == ("1", "0")
    assert ranges(kinesis) == [(0, TOP)]


@pytest.mark.parametrize("start", ["0", str(2**127)])
def test_a_split_needs_a_key_within_the_shard(kinesis: Any, new_stream: Callable[..., Any], start: str) -> None:
    """The first key is none: nothing would be left below it."""
    new_stream(shards=2)

    refused = refusal(kinesis.split_shard, StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey=start)

    assert refused[0] == "InvalidArgumentException"
    assert f"NewStartingHashKey {start} used in SplitShard() on shard {FIRST}" in refused[1]


def test_what_may_not_be_resharded(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Neither strangers, nor what is closed, nor shards that do not meet, nor on-demand streams."""
    new_stream(shards=3)
    new_stream("free", mode="on_demand")
    first, second, third = (f"shardId-{number:012d}" for number in range(3))
    apart = {"ShardToMerge": first, "AdjacentShardToMerge": third}

    assert refusal(kinesis.merge_shards, StreamName="orders", **apart)[0] == "InvalidArgumentException"
    split = {"StreamName": "orders", "NewStartingHashKey": "5"}
    assert refusal(kinesis.split_shard, ShardToSplit="x", **split)[0] == "ResourceNotFoundException"
    kinesis.split_shard(ShardToSplit=first, **split)
    assert refusal(kinesis.split_shard, ShardToSplit=first, **split)[0] == "ResourceInUseException"
    assert refusal(kinesis.split_shard, StreamName="free", ShardToSplit=second, NewStartingHashKey="5") == (
        "ValidationException",
        "Request is invalid. Stream free under account 123456789012 is in On-Demand mode.",
    )


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 4), (4, 2), (2, 3), (4, 6), (3, 2), (5, 5)])
def test_as_many_equal_shards_as_one_likes(
    kinesis: Any, new_stream: Callable[..., Any], before: int, after: int
) -> None:
    """Whatever is split and merged on the way, the ranges are those of a new stream."""
    new_stream(shards=before)
    new_stream("other", shards=after)

    answer = kinesis.update_shard_count(StreamName="orders", TargetShardCount=after, ScalingType="UNIFORM_SCALING")

    size = 2**128 // after
    starts = [number * size for number in range(after)]
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (before, after)
    assert ranges(kinesis) == list(zip(starts, [*(start - 1 for start in starts[1:]), TOP], strict=True))


def test_an_on_demand_stream_grows_with_its_traffic(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """A minute with 3 MiB a second wants six shards; the first put after it gets them."""
    stream = new_stream(mode="on_demand")
    records = [{"Data": bytes(1_000_000), "PartitionKey": "k", "ExplicitHashKey": str(n * 2**126)} for n in range(3)]

    for _ in range(60):
        kinesis.put_records(StreamName="orders", Records=records)
        world.advance("1 s")
    before = len(stream.store.open_shards)
    kinesis.put_records(StreamName="orders", Records=records)

    assert (before, len(stream.store.open_shards)) == (4, 6)


def test_scaling_has_bounds(kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation) -> None:
    """At most twice as many, at least half as many, ten times within a day."""
    new_stream(shards=4)
    asked = {"StreamName": "orders", "ScalingType": "UNIFORM_SCALING"}

    up = refusal(kinesis.update_shard_count, TargetShardCount=9, **asked)
    down = refusal(kinesis.update_shard_count, TargetShardCount=1, **asked)
    for number in range(10):
        kinesis.update_shard_count(TargetShardCount=4 + number % 2, **asked)
    often = refusal(kinesis.update_shard_count, TargetShardCount=4, **asked)
    world.advance("24 hours")
    kinesis.update_shard_count(TargetShardCount=4, **asked)

    assert up == (
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 4 "
        "Target shard count: 9",
    )
    assert (down[0], often[0]) == ("LimitExceededException", "LimitExceededException")


def test_shards_are_filtered_by_time(kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation) -> None:
    """0 is split at 10 s into 1 and 2; 1 is split at 20 s into 3 and 4."""
    new_stream()
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    world.advance("10 s")
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
    world.advance("10 s")
    kinesis.split_shard(StreamName="orders", ShardToSplit="shardId-000000000001", NewStartingHashKey="100")
    world.advance("10 s")

    def filtered(type_: str, **more: Any) -> str:
        return "".join(shards(kinesis, ShardFilter={"Type": type_, **more}))

    assert filtered("FROM_TRIM_HORIZON") == "01234"
    assert filtered("AT_TRIM_HORIZON") == "0"
    assert filtered("AT_LATEST") == "234"
    assert filtered("AFTER_SHARD_ID", ShardId="shardId-000000000002") == "34"
    assert filtered("AT_TIMESTAMP", Timestamp=begun + timedelta(seconds=15)) == "12"
    assert filtered("FROM_TIMESTAMP", Timestamp=begun + timedelta(seconds=15)) == "1234"
    assert "".join(shards(kinesis, ExclusiveStartShardId="shardId-000000000001")) == "234"


def test_a_closed_shard_is_listed_until_it_expires(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """A day after it was closed nothing can be left in it."""
    new_stream()
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
    world.advance("23 hours 59 minutes")
    before = shards(kinesis)
    world.advance("1 minute")

    assert (before, shards(kinesis)) == (["0", "1", "2"], ["1", "2"])


def test_shards_are_listed_page_by_page(kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation) -> None:
    """A token names stream and filter by itself, and is good for five minutes."""
    new_stream(shards=5)

    first = kinesis.list_shards(StreamName="orders", MaxResults=2)
    token = first["NextToken"]
    second = kinesis.list_shards(NextToken=token, MaxResults=2)
    third = kinesis.list_shards(NextToken=second["NextToken"])
    both = refusal(kinesis.list_shards, StreamName="orders", NextToken=token)
    world.advance("301 s")

    assert [len(page["Shards"]) for page in (first, second, third)] == [2, 2, 1]
    assert "NextToken" not in third
    assert both == ("InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
    assert refusal(kinesis.list_shards, NextToken=token)[0] == "ExpiredNextTokenException"
    assert refusal(kinesis.list_shards, NextToken="x")[0] == "InvalidArgumentException"


def test_a_description_holds_a_hundred_shards(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """The rest comes behind the last one."""
    new_stream(shards=150)

    paginator = kinesis.get_paginator("describe_stream")
    pages = [page["StreamDescription"] for page in paginator.paginate(StreamName="orders")]

    assert [(len(page["Shards"]), page["HasMoreShards"]) for page in pages] == [(100, True), (50, False)]
