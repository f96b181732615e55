"""A world for sources: clock, chance, trace and a list of what was added, without functions."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

import pytest

from eventsim import Chance, Clock, Source, Target, Trace, VirtualLoop, World

T = TypeVar("T")
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"


class SmallWorld:
    """What sources ask of a simulation, and nothing more."""

    is_live: ClassVar[bool] = False

    def __init__(self, *, seed: int = 1, database_path: Path | None = None) -> None:
        loop = VirtualLoop()
        self.clock = Clock(loop)
        self.chance = Chance(seed)
        self.trace = Trace(loop)
        self.region = REGION
        self.account_id = ACCOUNT_ID
        self.folder = Path.cwd()
        self.database_path = database_path
        self.syncs_fully = False
        self.throttles = False
        self.folders: Mapping[str, Path] = {}
        self._shared: dict[Any, Any] = {}
        self._sources: dict[str, Source] = {}
        self._by_kind: dict[str, dict[str, Source]] = defaultdict(dict)

    def target(self, arn: str) -> Target | None:
        """Return what was added under this ARN."""
        source = self._sources.get(arn)
        return source if source is not None and hasattr(source, "accept") else None  # type: ignore[return-value]

    def add(self, source: Source) -> None:
        """Make a source known."""
        self._sources[source.arn] = self._by_kind[source.kind][source.name] = source

    def remove(self, arn: str) -> None:
        """Forget a source."""
        source = self._sources.pop(arn, None)
        if source is not None:
            del self._by_kind[source.kind][source.name]

    def sources(self, kind: str) -> Mapping[str, Source]:
        """Return the sources of a kind by name, now and later."""
        return MappingProxyType(self._by_kind[kind])

    def share(self, make: Callable[[World], T]) -> T:
        """Return what all sources share."""
        shared: T = self._shared.setdefault(make, None) or make(self)
        self._shared[make] = shared
        return shared

    def transit(self, name: str) -> None:
        """Return nothing: no move task outlives this world."""

    def pass_s(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.clock.loop.run_until(self.clock.now_us + round(seconds * 1_000_000))

    def close(self) -> None:
        """Give back what the operating system lent."""
        self.trace.close()
        self.clock.loop.close()


@pytest.fixture
def new_world() -> Iterator[Callable[..., SmallWorld]]:
    """Build worlds, for tests that need two, or one with a database."""
    worlds: list[SmallWorld] = []

    def build(*, seed: int = 1, database_path: Path | None = None) -> SmallWorld:
        worlds.append(SmallWorld(seed=seed, database_path=database_path))
        return worlds[-1]

    yield build
    for each in worlds:
        each.close()


@pytest.fixture
def world(new_world: Callable[..., SmallWorld]) -> SmallWorld:
    """A small world at the beginning of its time."""
    return new_world()
