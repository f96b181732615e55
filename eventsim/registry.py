"""Which sources and which AWS operations are installed? Entry points, loaded when somebody names them.

A package offers a section of the scenario through the group `eventsim.sources` (`queues = "package.module:QueueKind"`),
the operations of an AWS service through `eventsim.apis` (`sqs = "package.module:operations"`), and what answers HTTP
requests through `eventsim.front_doors` (`apis = "package.module:front_door"`).
"""

import functools
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from eventsim.api import Operations
from eventsim.errors import ConfigurationError
from eventsim.front_door import FrontDoor
from eventsim.source import Keeper, SourceKind, World
from eventsim.spelling import did_you_mean

T = TypeVar("T")

_GROUPS = ("sources", "apis", "front_doors", "keepers")

MakeFrontDoor = Callable[[World], FrontDoor]
MakeKeeper = Callable[[World], Keeper]

_PAPERS = (".dist-info", ".egg-info")
"""Where packages say what they offer."""


class Registry:
    """Kinds of sources by section, and operations by AWS service; each is loaded only if somebody asks for it.

    Args:
        sources: section → loader of its kind.
        apis: botocore's name of the service → loader of its operations.
        front_doors: name → loader of what makes a front door of a world.
        keepers: name → loader of what keeps the database of a world; the first one does.
    """

    def __init__(
        self,
        sources: Mapping[str, Callable[[], SourceKind]],
        apis: Mapping[str, Callable[[], Operations]],
        front_doors: Mapping[str, Callable[[], MakeFrontDoor]] = MappingProxyType({}),
        keepers: Mapping[str, Callable[[], MakeKeeper]] = MappingProxyType({}),
    ) -> None:
        self._source_loaders = dict(sorted(sources.items()))
        self._api_loaders = dict(sorted(apis.items()))
        self._door_loaders = dict(sorted(front_doors.items()))
        self._keeper_loaders = dict(sorted(keepers.items()))
        self._kinds: dict[str, SourceKind] = {}

    @classmethod
    def installed(cls) -> "Registry":
        """Return the registry of everything that is installed.

        Raises:
            ConfigurationError: two packages offer the same section or service.
        """
        kinds, operations, doors, keepers = _offered(
            tuple(_papers_in(folder, _changed_ns(folder)) for folder in sys.path)
        )
        return cls(
            {name: _kind_loader(point) for name, point in kinds.items()},
            {name: point.load for name, point in operations.items()},
            {name: point.load for name, point in doors.items()},
            {name: point.load for name, point in keepers.items()},
        )

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of a scenario that sources stand in, sorted; nothing is loaded."""
        return tuple(self._source_loaders)

    @property
    def services(self) -> tuple[str, ...]:
        """The AWS services that somebody offers operations of, sorted; nothing is loaded."""
        return tuple(self._api_loaders)

    def front_doors(self, world: World) -> Iterable[FrontDoor]:
        """Make every front door that is installed, for one simulation."""
        return [load()(world) for load in self._door_loaders.values()]

    def keeper(self, world: World) -> Keeper | None:
        """Make what keeps the database of a world, None if nobody offers that."""
        return next((load()(world) for load in self._keeper_loaders.values()), None)

    def kind(self, section: str) -> SourceKind:
        """Return the kind of source that stands in a section.

        Raises:
            ConfigurationError: nobody offers it.
        """
        kind = self._kinds.get(section)
        if kind is None:
            kind = self._kinds[section] = _loader(self._source_loaders, section, "section")()
        return kind

    def operations(self, service: str) -> Operations:
        """Return what makes the operations of an AWS service.

        Raises:
            ConfigurationError: nobody offers it.
        """
        return _loader(self._api_loaders, service, "service")()


def _loader(loaders: Mapping[str, Callable[[], T]], name: str, what: str) -> Callable[[], T]:
    loader = loaders.get(name)
    if loader is None:
        raise ConfigurationError(f"no {what} `{name}` is installed{did_you_mean(name, loaders)}", key=name)
    return loader


@functools.lru_cache(maxsize=2)
def _offered(_papers: tuple[object, ...]) -> tuple[Mapping[str, metadata.EntryPoint], ...]:
    """Return what is offered in each group; read anew if a package came or went, as it reads the papers of them all."""
    points: Any = metadata.entry_points()  # until Python 3.12, something else with the same `select`
    return tuple(_by_name(points.select(group=f"eventsim.{group}")) for group in _GROUPS)


def _changed_ns(folder: str) -> int:
    """Return when something was last added to a folder or an archive, or taken away."""
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116 - a dozen of them are asked for each simulation
    except OSError:
        return 0


@functools.lru_cache(maxsize=256)
def _papers_in(folder: str, changed_ns: int) -> tuple[object, ...]:
    """Return what changes when a package comes or goes: tests write files into folders of `sys.path` that hold none."""
    try:
        papers = sorted(name for name in os.listdir(folder or ".") if name.endswith(_PAPERS))  # noqa: PTH208 - as above
    except OSError:
        return (folder, changed_ns)
    return (folder, *((name, _changed_ns(str(Path(folder, name)))) for name in papers))


def _by_name(points: metadata.EntryPoints) -> dict[str, metadata.EntryPoint]:
    found: dict[str, metadata.EntryPoint] = {}
    for point in points:
        first = found.setdefault(point.name, point)
        if first.value != point.value:
            raise ConfigurationError(
                f"two packages offer `{point.name}` in the entry points `{point.group}`: {first.value} and "
                f"{point.value}; uninstall one of them",
                key=point.name,
            )
    return found


def _kind_loader(point: metadata.EntryPoint) -> Callable[[], SourceKind]:
    """Return what makes a kind; the other groups name what they offer as it is."""
    return lambda: point.load()()
