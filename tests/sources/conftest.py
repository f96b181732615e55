"""A simulation for sources, with destinations that keep what they get."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from eventsim import Inbox, SyncSimulation
from tests import sdk


class Destination(Inbox):
    """A queue or function that only keeps what it is told."""

    kind: ClassVar[str] = "destinations"

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition(":")[2]

    def summary(self) -> Mapping[str, int]:
        """Return nothing worth knowing."""
        return {}


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Ask the database."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def segments_of(simulation: SyncSimulation) -> list[dict[str, Any]]:
    """Return every segment of every trace that X-Ray was told of."""
    return [each for trace in simulation.segments.traces() for each in trace.documents()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SyncSimulation]:
    """Return an open simulation without anything in it, whose folder is temporary."""
    with SyncSimulation(folder=tmp_path, seed=1) as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def s3(world: SyncSimulation) -> Any:
    """Return a boto3 client for S3."""
    return sdk.client("s3", world.region)


@pytest.fixture
def queue(world: SyncSimulation) -> Destination:
    """Return a destination with the ARN of the queue `uploads`."""
    return _added(world, f"arn:aws:sqs:{world.region}:{world.account_id}:uploads")


@pytest.fixture
def function(world: SyncSimulation) -> Destination:
    """Return a destination with the ARN of the function `resize`."""
    return _added(world, f"arn:aws:lambda:{world.region}:{world.account_id}:function:resize")


def _added(world: SyncSimulation, arn: str) -> Destination:
    destination = Destination(arn)
    world.add(destination)
    return destination
