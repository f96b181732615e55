"""Who is who in a world? Its sources by name and by ARN, and the targets that others name."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, cast, runtime_checkable

from eventsim.envelope import Envelope
from eventsim.errors import ApiError, ConfigurationError
from eventsim.function.function import Functions
from eventsim.mapping.mapping import Polled
from eventsim.polled import Pollable, Sharded
from eventsim.source import Source
from eventsim.spelling import did_you_mean
from eventsim.subscription import TOPIC_DESTINATION, Subscribable
from eventsim.target import Shelf, Target

_NO_CLUSTER = "there is no cluster of Kafka; declare one: `clusters: {shop: {}}`"


@runtime_checkable
class Mailbox(Protocol):
    """A source that one can send a message to."""

    def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
    ) -> object:
        """Send a message.

        Raises:
            ApiError: it is refused.
        """


@runtime_checkable
class Producible(Protocol):
    """A cluster whose topics take records."""

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        timestamp_ms: int | None = None,
    ) -> object:
        """Append a record to a topic.

        Raises:
            ApiError: it is refused.
        """


class TopicShelf:
    """A topic of Kafka as a destination."""

    def __init__(self, cluster: Producible, topic: str) -> None:
        self._cluster = cluster
        self._topic = topic

    def accept_as(self, key: str, envelope: Envelope) -> None:  # noqa: ARG002 - a topic has no such keys
        """Append what failed to the topic.

        Raises:
            ApiError: there is no such topic.
        """
        self._cluster.produce(self._topic, envelope.body.encode())


@runtime_checkable
class Sendable(Protocol):
    """A broker whose queues take messages."""

    def send_to(self, queue: str, data: bytes, *, virtual_host: str = "/") -> object:
        """Send a message to a queue.

        Raises:
            ApiError: it is refused.
        """


@runtime_checkable
class Changeable(Protocol):
    """A database whose documents can be changed."""

    def change(self, collection: str, operation: str, document: Mapping[str, object]) -> object:
        """Make a change.

        Raises:
            ApiError: it is refused.
        """


class Directory:
    """All sources of a world, and its functions as targets.

    Args:
        target_of: gives the target that stands for a function, by name and qualifier.

    Attributes:
        open_to_all: ARNs of sources that the scenario itself makes, which need no policy to let services in.
    """

    def __init__(self, functions: Functions, target_of: Callable[[str, str], Target]) -> None:
        self.open_to_all: set[str] = set()
        self._functions = functions
        self._target_of = target_of
        self._sources: dict[str, dict[str, Source]] = {}
        self._by_arn: dict[str, Source] = {}
        self._mailboxes: dict[str, Mailbox] = {}
        self._nicknames: dict[str, dict[str, str]] = {}
        self._gone: dict[tuple[str, str], Source] = {}

    def add(self, source: Source) -> None:
        """Make a source known under its name and its ARN."""
        self._sources.setdefault(source.kind, {})[source.name] = source
        self._by_arn[source.arn] = source

    def remove(self, arn: str) -> None:
        """Forget the source with this ARN."""
        self.open_to_all.discard(arn)
        source = self._by_arn.pop(arn, None)
        if source is not None:
            del self._sources[source.kind][source.name]
            self._mailboxes.clear()
            if source.name in self._nicknames.get(source.kind, {}).values():  # a stack may go on speaking of it
                self._gone[source.kind, source.name] = source

    # --- names -----------------------------------------------------------------------------------------

    def nickname(self, section: str, nickname: str, name: str) -> None:
        """Let a source or a function be found under another name, too: its logical id in a template."""
        self._nicknames.setdefault(section, {})[nickname] = name

    def named(self, section: str, name: str) -> str:
        """Return the name of what is known under this one or a nickname."""
        of_section = self._nicknames.get(section)
        return name if of_section is None or name in self._sources.get(section, ()) else of_section.get(name, name)

    def known(self, section: str) -> list[str]:
        """Return by which names the sources of a section are found; logical ids, which people wrote, first."""
        return [*self._nicknames.get(section, ()), *self._sources.get(section, ())]

    def names(self) -> list[str]:
        """Return the names of all sources, section by section."""
        return [name for of_kind in self._sources.values() for name in of_kind]

    # --- sources ---------------------------------------------------------------------------------------

    def all(self) -> list[Source]:
        """Return all sources, section by section."""
        return [source for of_kind in self._sources.values() for source in of_kind.values()]

    def sources(self, kind: str) -> Mapping[str, Source]:
        """Return all sources of a kind (`queues`, `buckets`), by name, in order of creation: now and later."""
        return MappingProxyType(self._sources.setdefault(kind, {}))

    def source(self, section: str, name: str) -> Source | None:
        """Return the source of this name or nickname, if there is one."""
        return self._sources.get(section, {}).get(self.named(section, name))

    def source_or_what_was(self, section: str, name: str) -> Source | None:
        """Return the source of this name or nickname; if it has been removed, the one that had the nickname."""
        return self.source(section, name) or self._gone.get((section, self.named(section, name)))

    def source_at(self, arn: str) -> Source | None:
        """Return the source with this ARN, if there is one."""
        return self._by_arn.get(arn)

    def mailbox(self, queue: str) -> Mailbox:
        """Return the queue of this name or nickname, or with this URL or ARN, to send to.

        Raises:
            ConfigurationError: there is none.
        """
        known = self._mailboxes.get(queue)
        if known is not None:
            return known
        name = queue.rpartition("/")[2] if "://" in queue else queue
        source = self.source_at(queue) or self.source("queues", name)
        if not isinstance(source, Mailbox):
            hint = did_you_mean(queue, self.known("queues"))
            raise ConfigurationError(f"there is no queue {queue!r}{hint}")
        self._mailboxes[queue] = source
        return source

    def cluster(self, name: str) -> Producible:
        """Return the cluster of this name, the only one for "", to produce to.

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        known = self._sources.get("clusters", {})
        if not name and len(known) != 1:
            message = f"say to which cluster of Kafka: there are {', '.join(known)}" if known else _NO_CLUSTER
            raise ConfigurationError(message)
        source = self.source("clusters", name or next(iter(known)))
        if not isinstance(source, Producible):
            hint = did_you_mean(name, self.known("clusters"))
            raise ConfigurationError(f"there is no cluster of Kafka {name!r}{hint}")
        return source

    def broker(self, name: str) -> Sendable:
        """Return the broker of this name, to send to.

        Raises:
            ConfigurationError: there is none.
        """
        source = self.source("brokers", name)
        if not isinstance(source, Sendable):
            raise ConfigurationError(f"there is no broker {name!r}{did_you_mean(name, self.known('brokers'))}")
        return source

    def document_database(self, name: str) -> Changeable:
        """Return the cluster of DocumentDB of this name, the only one for "".

        Raises:
            ConfigurationError: there is none, or there are several.
        """
        section = "document_databases"
        known = self._sources.get(section, {})
        only = next(iter(known)) if len(known) == 1 else ""
        source = self.source(section, name or only)
        if not isinstance(source, Changeable):
            hint = did_you_mean(name, self.known(section)) if name else f"; there are {', '.join(known) or 'none'}"
            raise ConfigurationError(f"there is no document database {name!r}{hint}")
        return source

    def pollable(self, name: str) -> Polled | Subscribable | None:
        """Return the queue, the stream or the cluster of this name or ARN; a table's name stands for its stream."""
        for source in self._known_as(name):
            if isinstance(source, Pollable | Sharded | Subscribable):
                return source
        clusters = (source for source in self.all() if isinstance(source, Subscribable))
        return next((cluster for cluster in clusters if cluster.answers_to(name)), None)

    # --- targets ---------------------------------------------------------------------------------------

    def target(self, arn: str) -> Target | None:
        """Return the target with this ARN, if there is one."""
        source = self._by_arn.get(arn)
        if source is not None:
            return cast("Target", source) if hasattr(source, "accept") else None
        if ":function:" not in arn:
            return None
        try:
            name = self._functions.parse_name(arn)
            self._functions.resolve(name.name, name.qualifier, float)
        except ApiError:
            return None
        return self._target_of(name.name, name.qualifier)

    def find(self, name: str) -> Target | None:
        """Return the target that a scenario or an API call names: an ARN, or the name of a source or a function."""
        if name.startswith("arn:"):
            return self.target(name)
        for sources in self._sources.values():
            target = self.target(sources[name].arn) if name in sources else None
            if target is not None:  # a table of that name is none
                return target
        return self.target(self._functions.arn(name))

    def find_destination(self, name: str) -> Target | Shelf | None:
        """Return whom a destination names: a target, or a bucket, which keeps what failed under a key.

        A topic of Kafka is named with its cluster, `kafka://failed@CLUSTER`; it is told as much as a bucket.
        """
        if name.startswith(TOPIC_DESTINATION):
            topic, _, cluster = name.removeprefix(TOPIC_DESTINATION).partition("@")
            found = self.pollable(cluster)
            return TopicShelf(found, topic) if isinstance(found, Producible) else None
        return self.find(name) or next((source for source in self._known_as(name) if isinstance(source, Shelf)), None)

    def _known_as(self, name: str) -> list[Source]:
        found = [self._by_arn.get(name), *(of_kind.get(name) for of_kind in self._sources.values())]
        return [source for source in found if source is not None]
