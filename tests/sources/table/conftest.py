"""Tables of a simulation, and a boto3 client that uses them."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from eventsim import SyncSimulation
from tests import sdk


@pytest.fixture
def dynamodb(world: SyncSimulation) -> Any:
    """Return a boto3 client for DynamoDB."""
    return sdk.client("dynamodb", world.region)


@pytest.fixture
def streams(world: SyncSimulation) -> Any:
    """Return a boto3 client for the streams of tables."""
    return sdk.client("dynamodbstreams", world.region)


@pytest.fixture
def new_table(world: SyncSimulation) -> Callable[..., Any]:
    """Return what makes a table as a scenario does, and gives boto3's resource of it."""

    def make(name: str = "orders", key: Any = "id", **settings: Any) -> Any:
        world.add_source("tables", name, key=key, **settings)
        return boto3.resource("dynamodb", **{**sdk.KEYS, "region_name": world.region}).Table(name)

    return make
