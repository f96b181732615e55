"""Who has a throughput of its own? A consumer with enhanced fan-out: the same records under an ARN of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventsim import Shard as ShardName
from eventsim import ShardPosition, World
from eventsim_sources.stream.event import EventWriter
from eventsim_sources.stream.limits import SUBSCRIBE_AGAIN_US
from eventsim_sources.stream.record import Record

if TYPE_CHECKING:
    from eventsim_sources.stream.source import Stream


class Consumer:
    """One consumer of a stream; a mapping may read it as it reads the stream.

    Attributes:
        is_pushed: records are pushed to whoever reads it, and reading takes nothing from the stream's throughput.
        label: the consumer's name among those of its stream; `name` is its name in the simulation.
        born_us: when it was registered; `born_s` is the same in seconds since 1970.
    """

    kind: ClassVar[str] = "stream_consumers"
    service: ClassVar[str] = "kinesis"
    is_pushed: ClassVar[bool] = True

    def __init__(
        self, world: World, stream: "Stream", label: str, *, born_s: int, tags: Mapping[str, str] | None = None
    ) -> None:
        self.stream = stream
        self.label = label
        self.name = f"{stream.name}/{label}"
        self.born_us = world.clock.now_us
        self.born_s = born_s
        self.arn = f"{stream.arn}/consumer/{label}:{born_s}"
        self.tags = dict(tags or {})
        self.policy = ""
        self._world = world
        self._subscribed_us: dict[str, int] = {}
        self._events = EventWriter(
            self.arn, region=world.region, account_id=world.account_id, start_epoch_us=world.clock.start_epoch_us
        )

    @property
    def status(self) -> str:
        """CREATING, and then ACTIVE."""
        is_ready = self._world.clock.now_us >= self.born_us + self.stream.settings.transition_us
        return "ACTIVE" if is_ready else "CREATING"

    def summary(self) -> Mapping[str, int]:
        """Return nothing: the stream tells of its records."""
        return {}

    def retag(self, tags: Mapping[str, str]) -> None:
        """Take other tags."""
        self.tags = dict(tags)
        self.stream.journal.note()

    def keep_policy(self, policy: str) -> None:
        """Keep a resource policy, "" for none."""
        self.policy = policy
        self.stream.journal.note()

    def try_subscribe(self, shard: str) -> int | None:
        """Begin a subscription to a shard in place of the last one; None if that began less than five seconds ago.

        Returns:
            when it began.
        """
        now_us = self._world.clock.now_us
        last_us = self._subscribed_us.get(shard)
        if last_us is not None and now_us < last_us + SUBSCRIBE_AGAIN_US:
            return None
        self._subscribed_us[shard] = now_us
        return now_us

    def is_subscribed_since(self, shard: str, began_us: int) -> bool:
        """Tell whether the subscription that began then has not been replaced."""
        return self._subscribed_us.get(shard) == began_us and self._is_registered

    @property
    def _is_registered(self) -> bool:
        return self.stream.consumers.get(self.label) is self

    # What a mapping asks

    @property
    def retention_us(self) -> int:
        """How long a record can be read."""
        return self.stream.retention_us

    def shards(self) -> Sequence[ShardName]:
        """Return every shard from which something may still be read."""
        return self.stream.shards() if self._is_registered else ()

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the offset at which a reader begins."""
        return self.stream.begin(shard, position)

    def end(self, shard: str) -> int | None:
        """Return the offset after the last record of a closed shard; to who is deregistered all are closed."""
        return (
            self.stream.end(shard, is_pushed=True) if self._is_registered else self.stream.store.all_shards[shard].end
        )

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[Record]:
        """Return records from this offset on."""
        return self.stream.pushed(shard, offset, count_max) if self._is_registered else ()

    def records(self, read: Sequence[Record]) -> list[dict[str, Any]]:
        """Build the elements of `Records`, which name the consumer's ARN."""
        return self._events.write(read)

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there is more to read."""
        self.stream.when_more(shard, offset, wake, is_pushed=True)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there are other shards."""
        self.stream.when_resharded(wake)
