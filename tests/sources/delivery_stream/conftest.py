"""A world for delivery streams, at an instant whose parts all differ."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim import SyncSimulation

AT = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[SyncSimulation]:
    """Yield a simulation with a bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with SyncSimulation(start_at=AT) as simulation:
        simulation.request("s3", "CreateBucket", {"Bucket": "lake"})
        yield simulation
    simulation.trace.close()


def objects(world: SyncSimulation) -> dict[str, bytes]:
    """Return what lies in the bucket, keys without the random end."""
    listed: Any = world.request("s3", "ListObjectsV2", {"Bucket": "lake"}).get("Contents", [])
    return {each["Key"][:-37]: world.read("lake", each["Key"]) or b"" for each in listed}
