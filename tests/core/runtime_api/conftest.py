"""Where functions that are programs live."""

from collections.abc import Iterator

import pytest

from eventsim import SyncSimulation


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A world with a queue."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "jobs")
        yield simulation
