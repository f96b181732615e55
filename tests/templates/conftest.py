"""A world for templates, and the small applications that are deployed into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

APPLICATIONS = Path(__file__).parent / "applications"
collect_ignore_glob = ["published/*"]  # suites of applications run in a process of their own


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """An open simulation whose paths begin among the applications."""
    with SyncSimulation(folder=APPLICATIONS) as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def cloudformation(world: SyncSimulation) -> Any:
    """A client of CloudFormation in that world."""
    return sdk.client("cloudformation")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Clients outside handlers need keys, and the cache of translations its own place."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
