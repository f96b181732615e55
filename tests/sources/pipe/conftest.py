"""A world for pipes: two queues, and a third for dead letters."""

from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

SQS = "arn:aws:sqs:us-east-1:123456789012:"


def client(world: SyncSimulation, service: str) -> Any:
    """Return a client."""
    return sdk.client(service, world.region)


@pytest.fixture
def pipes(world: SyncSimulation) -> Any:
    """Return a boto3 client for Pipes, in a world with two queues."""
    world.add_source("queues", "in", dead_letter={"queue": "dead", "max_receive_count": 2})
    for name in ("out", "dead"):
        world.add_source("queues", name)
    return client(world, "pipes")
