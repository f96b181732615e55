"""Where functions that are programs live."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eventsim import SyncSimulation


def writer(folder: Path, index: str) -> Callable[..., str]:
    """Return what writes a file of the code, `index` unless another is named, and returns the code's folder."""

    def write(text: str, name: str = index) -> str:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        return str(folder)

    return write


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A world with a queue."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "jobs")
        yield simulation
