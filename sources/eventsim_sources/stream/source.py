"""Where do records wait in order? A stream as the core knows it: a target, a source, a section of the scenario."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from msgspec.structs import replace

from eventsim import Envelope, Lineage, ShardPosition, World
from eventsim import Shard as ShardName
from eventsim_sources.arns import arn_of
from eventsim_sources.stream import errors
from eventsim_sources.stream.consumer import Consumer
from eventsim_sources.stream.daily import Daily
from eventsim_sources.stream.demand import Demand
from eventsim_sources.stream.errors import Where
from eventsim_sources.stream.event import EventWriter
from eventsim_sources.stream.incoming import Incoming, Throttled
from eventsim_sources.stream.journal import Journal
from eventsim_sources.stream.limits import (
    GET_BYTES_MAX,
    HOUR_US,
    KEYS_PER_DAY_MAX,
    KIBIBYTE,
    MODES_PER_DAY_MAX,
    ON_DEMAND_SHARDS,
    SCALINGS_PER_DAY_MAX,
)
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.settings import Settings, Status
from eventsim_sources.stream.shard import Shard
from eventsim_sources.stream.spec import StreamSpec, build_settings, shard_count
from eventsim_sources.stream.store import Reshard, Store, hash_of
from eventsim_sources.stream.waiters import Waiters

_MICROSECOND = timedelta(microseconds=1)


class Stream:
    """A stream: its shards, its consumers, who waits for it, and what is told of it."""

    kind: ClassVar[str] = "streams"
    service: ClassVar[str] = "kinesis"
    is_pushed: ClassVar[bool] = False

    def __init__(
        self, world: World, name: str, settings: Settings, *, shard_count: int, tags: Mapping[str, str] | None = None
    ) -> None:
        clock = world.clock
        self.name = name
        self.arn = arn_of(world, "stream", name)
        self.where = Where(name, world.account_id)
        self.created_ms = clock.epoch_ms()
        self.settings = settings
        self.tags = dict(tags or {})
        self.policy = ""
        self.is_deleted = False
        self.consumers: dict[str, Consumer] = {}
        self.store = Store(clock.start_epoch_us)
        self.store.begin(shard_count, clock.now_us)
        self.journal = Journal(world, self)
        self.waiters = Waiters(clock)
        self._world = world
        self._clock = clock
        self._status: Status = "ACTIVE"
        self._busy_until_us = 0
        self._today = {
            "been scaled": Daily(SCALINGS_PER_DAY_MAX),
            "been given a key": Daily(KEYS_PER_DAY_MAX),
            "lost its key": Daily(KEYS_PER_DAY_MAX),
            "changed its mode": Daily(MODES_PER_DAY_MAX),
        }
        self._demand = Demand(clock.now_us)
        birth = name, clock.epoch_us() if world.is_live else clock.now_us
        self._new_key = world.chance.uuids("stream", *birth, "keys")
        self._spread = world.chance.stream("stream", *birth, "spread")
        self._silence = world.chance.stream("stream", *birth, "empty reads")
        self._events = EventWriter(
            self.arn, region=world.region, account_id=world.account_id, start_epoch_us=clock.start_epoch_us
        )

    # What the core asks of a source

    def summary(self) -> Mapping[str, int]:
        """Return how many records were put, throttled and expired, and how many there are now in how many shards."""
        journal = self.journal
        shards = [self._fresh(shard) for shard in self.store.all_shards.values()]
        return {
            "put": journal.put_count,
            "throttled": journal.throttled_count,
            "expired": journal.expired_count,
            "records": sum(map(len, shards)),
            "open_shards": len(self.store.open_shards),
        }

    def accept(self, envelope: Envelope) -> None:
        """Take an event as a record; its group is the partition key, and one without any gets a key of its own.

        Raises:
            ApiError: It is too large, its shard's rate is used up, or the stream was deleted.
        """
        incoming = self.checked(envelope.group or self._new_key(), envelope.body.encode())
        (placed,) = self.put((incoming,), cause=envelope.cause, lineage=envelope.lineage)
        if isinstance(placed, Throttled):
            raise errors.rate_exceeded(placed.shard, self.where)

    # What a mapping asks of a stream

    @property
    def retention_us(self) -> int:
        """How long a record can be read after it arrived."""
        return self.settings.retention_h * HOUR_US

    def shards(self) -> Sequence[ShardName]:
        """Return every shard from which something may still be read, parents before their children."""
        if self.is_deleted:
            return ()
        listed = list(self.store.listed(self.trimmed_us))
        there = {shard.identifier for shard in listed}
        return [
            ShardName(identifier=shard.identifier, parents=tuple(name for name in shard.parents if name in there))
            for shard in listed
        ]

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the offset at which a reader with this position begins in a shard."""
        found = self._fresh(self.store.all_shards[shard])
        match position.type:
            case "LATEST":
                return found.end
            case "AT_TIMESTAMP":
                assert position.at is not None, "this position has an instant"
                return found.offset_at((position.at - self._clock.start_at) // _MICROSECOND)
            case _:
                return found.first_offset

    def end(self, shard: str, *, is_pushed: bool = False) -> int | None:
        """Return the offset after the last record of a closed shard, None while there may be more to read.

        When the stream is deleted all are closed.
        """
        found = self.store.all_shards[shard]
        if self.is_deleted:
            return found.end
        is_over = found.closed_us is not None and found.end_at(self.ripe_us(is_pushed=is_pushed)) == found.end
        return found.end if is_over else None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[Record]:
        """Return up to `count_max` records from this offset on, those left out that expired or just came.

        If the world wants reads to be counted there are none while the shard's rate is used up; whoever polls comes
        again. Of a closed shard none would mean that it is at its end, so what is left of it is always given.
        """
        records = self._readable(shard, offset, count_max, self.ripe_us())
        if not records or not self._world.throttles or not self.settings.has_limits:
            return records
        found, now_us = self.store.all_shards[shard], self._clock.now_us
        if not found.try_call(now_us) and found.closed_us is None:
            self.journal.read_throttled(found, 0)
            return ()
        records, size_bytes, is_full = found.read_within(offset, count_max, GET_BYTES_MAX, self.ripe_us())
        found.gave(size_bytes, now_us, is_full=is_full)
        return records

    def pushed(self, shard: str, offset: int, count_max: int) -> Sequence[Record]:
        """Return records for who has a throughput of its own: nothing is counted, and they come sooner."""
        return self._readable(shard, offset, count_max, self.ripe_us(is_pushed=True))

    def _readable(self, shard: str, offset: int, count_max: int, ripe_us: int) -> Sequence[Record]:
        return () if self.is_deleted else self._fresh(self.store.all_shards[shard]).read(offset, count_max, ripe_us)

    def ripe_us(self, *, is_pushed: bool = False) -> int:
        """Return the instant until which a record must have come to be readable by now."""
        settings = self.settings
        return self._clock.now_us - (settings.push_latency_us if is_pushed else settings.latency_us)

    def records(self, read: Sequence[Record]) -> list[dict[str, Any]]:
        """Build the elements of `Records`."""
        return self._events.write(read)

    def when_more(self, shard: str, offset: int, wake: Callable[[], None], *, is_pushed: bool = False) -> None:
        """Call `wake` once, as soon as `read` has something here or the shard is closed."""
        found = self.store.all_shards[shard]
        unread = () if self.is_deleted else found.read(offset, 1)
        unripe_us = unread[0].born_us - self.ripe_us(is_pushed=is_pushed) if unread else 0
        if unripe_us > 0:
            self.waiters.wake_at(self._clock.now_us + unripe_us, wake)
        elif found.end > offset or found.closed_us is not None or self.is_deleted:
            self.waiters.wake_soon(wake)
        else:
            self.waiters.await_records(shard, wake)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there are other shards."""
        self.waiters.await_shards(wake)

    # What an operation asks

    @property
    def status(self) -> Status:
        """What the stream is doing; it is worked out when somebody looks."""
        is_busy = self._status == "DELETING" or self._clock.now_us < self._busy_until_us
        return self._status if is_busy else "ACTIVE"

    @property
    def trimmed_us(self) -> int:
        """Whatever arrived, or was closed, at this instant or before is gone."""
        return self._clock.now_us - self.retention_us

    def is_silent(self) -> bool:
        """Tell whether a GetRecords gives nothing this time, whatever there is."""
        return self.settings.empty_reads > 0 and self._silence.random() < self.settings.empty_reads

    def fresh(self, shard: str) -> Shard | None:
        """Return a shard without what has expired, None if there is none of this id."""
        found = self.store.all_shards.get(shard)
        return None if found is None else self._fresh(found)

    def find_shard(self, shard: str) -> Shard:
        """Return a shard without what has expired.

        Raises:
            ApiError: there is none of this id.
        """
        found = self.fresh(shard)
        if found is None:
            raise errors.shard_missing(shard, self.where)
        return found

    def _fresh(self, shard: Shard) -> Shard:
        expired = shard.trim(self.trimmed_us)
        if expired:
            self.journal.expired(shard, expired)
        return shard

    def check_active(self) -> None:
        """See that the stream may be changed.

        Raises:
            ApiError: it is being changed.
        """
        status = self.status
        if status != "ACTIVE":
            raise errors.not_active(self.where, status)

    # What an operation does

    def checked(self, key: str, data: bytes, hash_key: int | None = None, nth: int = 0) -> Incoming:
        """Return a record that may be put.

        Args:
            hash_key: instead of that of the key.
            nth: which one of its request it is, counted from 1; 0 if it is the only one.

        Raises:
            ApiError: it is too large.
        """
        key_bytes = key.encode("utf-8", "surrogatepass")
        size_bytes = len(key_bytes) + len(data)
        size_bytes_max = self.settings.record_kib_max * KIBIBYTE
        if size_bytes > size_bytes_max:
            raise errors.record_too_large(size_bytes_max, f"records.{nth}.member.data" if nth else "data")
        return Incoming(key, data, hash_of(key_bytes) if hash_key is None else hash_key, size_bytes)

    def put(
        self, incoming: Iterable[Incoming], *, cause: int = 0, lineage: Lineage | None = None
    ) -> list[Record | Throttled]:
        """Put records, each into its shard if that has rate left for it.

        Raises:
            ApiError: The stream was deleted, or is not there yet.
        """
        if self.is_deleted or self.status == "CREATING":
            raise errors.stream_missing(self.where)
        settings, journal = self.settings, self.journal
        now_us = self._clock.now_us
        if settings.mode == "ON_DEMAND":
            self._grow(now_us, cause)
        is_spread, has_limits = settings.distribution == "AUTO", settings.has_limits
        is_encrypted = bool(settings.key_id)
        fresh: set[Shard] = set()
        placed: list[Record | Throttled] = []
        for each in incoming:
            shard = self.store.route(self._spread.getrandbits(128) if is_spread else each.hash_key)
            if shard not in fresh:
                fresh.add(self._fresh(shard))
            if has_limits and not shard.try_write(each.size_bytes, now_us):
                journal.throttled(shard, cause)
                placed.append(Throttled(shard.identifier))
                continue
            record = shard.put(each.key, each.data, now_us, is_encrypted=is_encrypted, lineage=lineage)
            journal.put(shard, record, cause)
            self.waiters.tell_records(shard.identifier)
            self._demand.note(1, each.size_bytes)
            placed.append(record)
        return placed

    def _grow(self, now_us: int, cause: int) -> None:
        """Have more shards if the last minute wants them."""
        shards = len(self.store.open_shards)
        wanted = self._demand.shards_wanted(shards, now_us)
        if wanted > shards:
            self._resharded(self.store.rescale(wanted, now_us), cause)

    def split(self, shard: Shard, start: int, cause: int) -> None:
        """Split a shard."""
        self._resharded([self.store.split(shard, start, self._clock.now_us)], cause)

    def merge(self, shard: Shard, adjacent: Shard, cause: int) -> None:
        """Merge two shards."""
        self._resharded([self.store.merge(shard, adjacent, self._clock.now_us)], cause)

    def rescale(self, count: int, cause: int) -> None:
        """Split and merge until there are so many equal shards.

        Raises:
            ApiError: that was done ten times within a day.
        """
        self._once_more("been scaled")
        self._resharded(self.store.rescale(count, self._clock.now_us), cause)

    def warm(self, mib: int, cause: int) -> None:
        """Be ready for so many MiB a second, each of which takes a shard."""
        self.change(warm_mib=mib)
        self._resharded(self.store.rescale(max(mib, ON_DEMAND_SHARDS), self._clock.now_us), cause)

    def _resharded(self, steps: Iterable[Reshard], cause: int) -> None:
        closed: list[Shard] = []
        for step in steps:
            self.journal.resharded(step, cause)
            closed += step.parents
        self.be("UPDATING")
        for shard in closed:
            self.waiters.tell_records(shard.identifier)
        self.waiters.tell_shards()

    def be(self, status: Status) -> None:
        """Be busy for as long as a change takes."""
        self._status = status
        self._busy_until_us = self._clock.now_us + self.settings.transition_us

    def _once_more(self, what: str) -> None:
        """Count what may be done so often within a day only.

        Raises:
            ApiError: it was done that often (words unconfirmed).
        """
        daily = self._today[what]
        if not daily.try_once(self._clock.now_us):
            raise errors.limit_exceeded(
                f"{self.where.at_the_beginning} has {what} {daily.count_max} times within 24 hours."
            )

    def encrypt(self, key_id: str) -> None:
        """Say of records from now on that they are encrypted with a key, "" for none.

        Raises:
            ApiError: that was said 25 times within a day.
        """
        self._once_more("been given a key" if key_id else "lost its key")
        self.change(key_id=key_id)
        self.be("UPDATING")

    def change_mode(self, mode: str) -> None:
        """Change who chooses the number of shards.

        Raises:
            ApiError: that was done twice within a day.
        """
        self._once_more("changed its mode")
        self.change(mode=mode, distribution="USER_PARTITION_KEY")
        self.be("UPDATING")

    def change(self, **changes: Any) -> None:
        """Take other settings; what had expired by the old ones stays gone."""
        for shard in self.store.all_shards.values():
            self._fresh(shard)
        self.settings = replace(self.settings, **changes)
        self.journal.note()

    def retag(self, tags: Mapping[str, str]) -> None:
        """Take other tags."""
        self.tags = dict(tags)
        self.journal.note()

    def keep_policy(self, policy: str) -> None:
        """Keep a resource policy, "" for none."""
        self.policy = policy
        self.journal.note()

    def register(self, label: str, *, tags: Mapping[str, str] | None = None, born_s: int | None = None) -> Consumer:
        """Register a consumer."""
        born_s = self._clock.epoch_ms() // 1_000 if born_s is None else born_s
        consumer = self.consumers[label] = Consumer(self._world, self, label, born_s=born_s, tags=tags)
        self._world.add(consumer)
        self.journal.note()
        return consumer

    def reregister(self, label: str, *, born_s: int, tags: Mapping[str, str], policy: str) -> None:
        """Register a consumer as an earlier server had it."""
        if label in self.consumers:
            self.deregister(self.consumers[label])
        self.register(label, tags=tags, born_s=born_s).keep_policy(policy)

    def resume(self, left: Sequence[tuple[Shard, Sequence[Record]]], *, created_ms: int) -> None:
        """Go on as the stream of this name that an earlier server had: its iterators are honoured."""
        self.created_ms = created_ms
        self.store.restore(shard for shard, _ in left)
        for shard, records in left:
            self.journal.restored(records)
            self._fresh(shard)
        self.waiters.tell_all()

    def deregister(self, consumer: Consumer) -> None:
        """Forget a consumer."""
        del self.consumers[consumer.label]
        self._world.remove(consumer.arn)
        self.journal.note()
        self.waiters.tell_all()

    def delete(self) -> None:
        """Be gone, records and all, as soon as that is done."""
        self.be("DELETING")
        if self.settings.transition_us:
            self._clock.at(self._busy_until_us, Stream._end, self)
        else:
            self._end()

    def _end(self) -> None:
        self.is_deleted = True
        for consumer in list(self.consumers.values()):
            self.deregister(consumer)
        self._world.remove(self.arn)
        self.journal.deleted()
        self.waiters.tell_all()


class StreamKind:
    """The section `streams:` of a scenario."""

    section: ClassVar[str] = "streams"
    spec: ClassVar[type[StreamSpec]] = StreamSpec

    def create(self, world: World, name: str, spec: StreamSpec) -> Stream:
        """Build a stream.

        Raises:
            ConfigurationError: A name or a value is out of AWS's bounds.
        """
        settings = build_settings(name, spec)
        stream = Stream(world, name, settings, shard_count=shard_count(spec), tags=spec.tags)
        for consumer in spec.consumers:
            stream.register(consumer)
        return stream

    def connect(self, world: World, source: Stream, spec: StreamSpec) -> None:
        """Do nothing: a stream names nobody else."""

    def restore(self, world: World) -> None:
        """Bring back the streams that an earlier server left in the database.

        Raises:
            ConfigurationError: Another server has it.
            StorageError: It cannot be read.
        """
        if world.database_path is not None:
            from eventsim_sources.stream.restore import restore  # it builds streams, and only servers need it

            restore(world)
