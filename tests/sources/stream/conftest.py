"""A simulation with a Kinesis client."""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

FIRST = "shardId-000000000000"
"""The first shard of every stream."""


@pytest.fixture
def kinesis(world: SyncSimulation) -> Any:
    """Return a boto3 client for Kinesis."""
    return sdk.client("kinesis", world.region)


@pytest.fixture
def new_stream(world: SyncSimulation) -> Callable[..., Any]:
    """Return what makes a stream of the scenario: `new_stream("orders", shards=2)`."""

    def make(name: str = "orders", **settings: Any) -> Any:
        return world.add_source("streams", name, **settings)

    return make


def iterator(
    kinesis: Any, shard: str = FIRST, type_: str = "TRIM_HORIZON", *, stream: str = "orders", **more: Any
) -> str:
    """Return a shard iterator."""
    answer = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=type_, **more)
    return str(answer["ShardIterator"])


def data(kinesis: Any, shard: str = FIRST, type_: str = "TRIM_HORIZON", **more: Any) -> list[bytes]:
    """Return the data of the records that one read gives."""
    records = kinesis.get_records(ShardIterator=iterator(kinesis, shard, type_, **more))["Records"]
    return [record["Data"] for record in records]
