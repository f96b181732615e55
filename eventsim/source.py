"""Where are events born? The doors between the core and a source, and what a source may ask of the world."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.target import Target
from eventsim.trace import Trace

T = TypeVar("T")


class World(Protocol):
    """What a source may ask of the simulation it lives in."""

    clock: Clock
    chance: Chance
    trace: Trace
    region: str
    account_id: str
    folder: Path
    """The folder of the scenario: paths in settings are relative to it."""
    database_path: Path | None
    """Where sources mirror their state, or None."""
    syncs_fully: bool
    """Whether what is written there outlives a loss of power, not only the end of the process."""
    is_live: ClassVar[bool]
    """Whether time is the wall clock's: what an earlier server left goes on, and people may interfere."""
    folders: Mapping[str, Path]
    """Sections, each with the folder whose sub-folders are its sources (`buckets`), by name."""

    def target(self, arn: str) -> Target | None:
        """Return the target with this ARN, if there is one."""

    def add(self, source: "Source") -> None:
        """Make a source known under its ARN: sources that API calls create announce themselves so."""

    def remove(self, arn: str) -> None:
        """Forget the source with this ARN."""

    def sources(self, kind: str) -> Mapping[str, "Source"]:
        """Return all sources of a kind (`queues`, `buckets`), by name, in order of creation."""

    def share(self, make: Callable[["World"], T]) -> T:
        """Return what this makes of the world, the same every time; if it is `Closable`, the world closes it."""


class Source(Protocol):
    """A thing in which events are born. It may also be a `Target` and a `Pollable`."""

    kind: ClassVar[str]
    """The section of the scenario that it stands in: `queues`."""

    @property
    def name(self) -> str:
        """Its name in the scenario."""

    @property
    def arn(self) -> str:
        """The ARN by which others name it."""

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary, as of now."""


@runtime_checkable
class Closable(Protocol):
    """What holds something that must be given back at the end of a run: a source, or what sources share."""

    async def close(self) -> None:
        """Have everything written down, and let go of it.

        Raises:
            StorageError: it could not be written.
        """


@runtime_checkable
class Pollable(Protocol):
    """A source that a mapping may poll. `Taken` items are the source's own objects; the mapping hands them back."""

    @property
    def arn(self) -> str:
        """The ARN of the source."""

    @property
    def is_ordered(self) -> bool:
        """Whether order within a group is promised (a FIFO queue)."""

    @property
    def visibility_timeout_us(self) -> int:
        """How long what is taken stays hidden, unless the mapping asks for more."""

    def take(self, count_max: int, *, hidden_us: int | None = None) -> Sequence["Taken"]:
        """Take up to `count_max` (≤ 10) of what is available now; empty when there is nothing."""

    def records(self, taken: Sequence["Taken"]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them, fresh and owned by the caller."""

    def settle(self, taken: Sequence["Taken"], cause: int) -> None:
        """Forget these for good: they were processed, or filtered out."""

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as `take` may have something to give."""


class Taken(Protocol):
    """One thing taken from a source and not yet settled."""

    @property
    def identifier(self) -> str:
        """What a partial batch response calls it: `messageId`, sequence number."""

    @property
    def subject(self) -> int:
        """Its subject in the trace."""

    @property
    def entry(self) -> int:
        """The trace entry that tells that it was taken."""

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about."""

    @property
    def hidden_until_us(self) -> int:
        """When it becomes visible again if it is not settled."""

    @property
    def lineage(self) -> Lineage | None:
        """The chain of invocations that sent it."""


class SourceKind(Protocol):
    """A section of the scenario: found through the entry-point group `eventsim.sources`."""

    section: ClassVar[str]
    """The section's key, a plural: `queues`."""
    spec: ClassVar[type[Struct]]
    """The settings of one source, as a frozen msgspec Struct whose fields bear descriptions."""

    def create(self, world: World, name: str, spec: Any) -> Source:
        """Build one source from its settings.

        Raises:
            ConfigurationError: a setting is out of bounds; `key` names it.
        """

    def connect(self, world: World, source: Any, spec: Any) -> None:
        """Tie the source to others by name, after all of them exist (redrive, notifications).

        Raises:
            ConfigurationError: a name is not there; `key` names the setting.
        """


@runtime_checkable
class Restorable(Protocol):
    """A kind whose sources outlive the server."""

    def restore(self, world: World) -> None:
        """Bring back what an earlier server left; called once, after the scenario's own sources are made.

        Raises:
            ConfigurationError: another server has it, or it is unfit.
            StorageError: it cannot be read.
        """
