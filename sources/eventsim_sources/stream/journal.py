"""What is told of a stream? Every effect goes to the trace, the summary and, if there is one, the mirror."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventsim import World
from eventsim_sources.stream.mirror import Mirror
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.shard import Shard
from eventsim_sources.stream.store import Reshard

if TYPE_CHECKING:
    from eventsim_sources.stream.source import Stream


class Journal:
    """Tells what becomes of one stream's records and shards.

    Attributes:
        mirror: the tables of the simulation, which all its streams share; None without a database.
        put_count, read_count, throttled_count, expired_count: records so far.
    """

    def __init__(self, world: World, stream: "Stream") -> None:
        self.put_count = self.read_count = self.throttled_count = self.expired_count = 0
        self._trace = trace = world.trace
        self._time = world.clock
        self.mirror = None if world.database_path is None else world.share(Mirror)
        self._stream = stream
        self._place = trace.subject("stream", stream.name)
        self._new_subject = trace.subjects("record", "r")
        self._shards: dict[str, dict[str, str]] = {}
        """The detail that names a shard, made once for each."""
        kind = trace.kind
        self._PUT = kind("record put", "{subject} was put into {place}, {shard}", value="size_bytes", is_summed=True)
        self._RESTORED = kind("restored", "{subject} was left in {place} by an earlier server")
        self._THROTTLED = kind("put throttled", "{place} refused a record: the rate of {shard} is used up")
        self._READ = kind("records read", "{subject} of {place} gave {value} records", value="count")
        self._READ_THROTTLED = kind("read throttled", "{place} refused a read: the rate of {shard} is used up")
        self._NOT_BEGUN = kind("iterator throttled", "{place} refused an iterator: the rate of {shard} is used up")
        self._EXPIRED = kind("records expired", "{value} records of {subject} were too old for {place}", value="count")
        self._SPLIT = kind("shard split", "{subject} of {place} was split into {children}")
        self._MERGED = kind("shards merged", "{subject} and {other} of {place} were merged into {child}")
        self._SUBSCRIBED = kind("subscribed", "{consumer} subscribed to {subject} of {place}")
        self._INERT = kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")

        self.note()
        for shard in stream.store.all_shards:
            self._note_shard(shard)

    def put(self, shard: Shard, record: Record, cause: int) -> None:
        """Give a new record its subject, and tell of it."""
        detail = self._shards.get(shard.identifier) or self._detail(shard.identifier)
        size_bytes = len(record.data)
        record.subject = subject = self._new_subject()
        record.entry = self._trace.record(self._PUT, subject, self._place, cause, size_bytes, detail)
        self.put_count += 1
        if self.mirror is not None:
            self.mirror.note_record(self._stream, shard, record)

    def restored(self, records: Sequence[Record]) -> None:
        """Give the records that an earlier server left their subjects, and tell of them."""
        for record in records:
            record.subject = self._new_subject()
            record.entry = self._trace.record(self._RESTORED, record.subject, self._place)

    def throttled(self, shard: Shard, cause: int) -> None:
        """Tell of a record that was not stored."""
        self.throttled_count += 1
        detail = self._detail(shard.identifier)
        self._trace.record(self._THROTTLED, self._place, self._place, cause, detail=detail)

    def read(self, shard: Shard, records: Sequence[Record], cause: int, *, consumer: str = "") -> None:
        """Tell of a read that found something.

        Args:
            consumer: with enhanced fan-out, who was given it.
        """
        self.read_count += len(records)
        detail = {"age_us": self._time.now_us - records[-1].born_us, **({"consumer": consumer} if consumer else {})}
        self._trace.record(self._READ, self._subject(shard.identifier), self._place, cause, len(records), detail)

    def read_throttled(self, shard: Shard, cause: int) -> None:
        """Tell of a read that was refused."""
        detail = self._detail(shard.identifier)
        self._trace.record(self._READ_THROTTLED, self._place, self._place, cause, detail=detail)

    def iterator_throttled(self, shard: Shard, cause: int) -> None:
        """Tell of an iterator that was refused."""
        detail = self._detail(shard.identifier)
        self._trace.record(self._NOT_BEGUN, self._place, self._place, cause, detail=detail)

    def expired(self, shard: Shard, count: int) -> None:
        """Tell of records that were too old, when somebody looked."""
        self.expired_count += count
        if self.mirror is not None:
            self.mirror.note_expired(self._stream, shard)
        self._trace.record(self._EXPIRED, self._subject(shard.identifier), self._place, value=count)

    def resharded(self, reshard: Reshard, cause: int) -> None:
        """Tell what a shard was split into, or which two were merged."""
        for shard in (*reshard.parents, *reshard.children):
            self._note_shard(shard.identifier)
        first, *others = reshard.parents
        subject = self._subject(first.identifier)
        if others:
            detail = {"other": others[0].identifier, "child": reshard.children[0].identifier}
            self._trace.record(self._MERGED, subject, self._place, cause, detail=detail)
        else:
            detail = {"children": " and ".join(child.identifier for child in reshard.children)}
            self._trace.record(self._SPLIT, subject, self._place, cause, detail=detail)

    def subscribed(self, shard: Shard, consumer: str, cause: int) -> None:
        """Tell that a consumer is given what comes."""
        detail = {"consumer": consumer}
        self._trace.record(self._SUBSCRIBED, self._subject(shard.identifier), self._place, cause, detail=detail)

    def inert(self, parameter: str, reason: str, cause: int) -> None:
        """Tell of what is kept and given back, and does nothing."""
        detail = {"parameter": parameter, "reason": reason}
        self._trace.record(self._INERT, self._place, self._place, cause, detail=detail)

    def note(self) -> None:
        """Have what is set on the stream written down, if there is a database."""
        if self.mirror is not None and not self._stream.is_deleted:
            self.mirror.note(self._stream)

    def deleted(self) -> None:
        """Have everything about the stream forgotten, if there is a database."""
        if self.mirror is not None:
            self.mirror.forget(self._stream)

    def _note_shard(self, shard: str) -> None:
        if self.mirror is not None:
            self.mirror.note_shard(self._stream, shard)

    def _detail(self, shard: str) -> dict[str, str]:
        detail = self._shards.get(shard)
        if detail is None:
            detail = self._shards[shard] = {"shard": shard}
        return detail

    def _subject(self, shard: str) -> int:
        return self._trace.subject("shard", f"{self._stream.name}/{shard}")
