"""What stands in the log groups? What functions wrote, read from the trace when somebody asks, and what the API put.

Nothing is kept before the first question.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from eventsim.calls.log_book import LogBook, LogEvent
from eventsim.calls.log_filters import MetricFilter, SubscriptionFilter
from eventsim.calls.log_reading import LOG_KINDS, LogReading
from eventsim.clock import Clock
from eventsim.trace import Entry, Trace


class MayLog(Protocol):
    """Says why what a function prints does not reach a group, "" if it does."""

    def __call__(self, function: str, group: str, *, is_new: bool) -> str:
        """Say it; whoever makes a new group needs to be let."""


MS_PER_DAY = 86_400_000


@dataclass(slots=True)
class LogStreamContent:
    """A stream with its events, in order of time.

    Attributes:
        expired_count: how many events it had before these, which the retention of the group has ended.
    """

    name: str
    created_ms: int
    events: list[LogEvent] = field(default_factory=list)
    expired_count: int = 0

    @property
    def sequence_token(self) -> str:
        """What clients once had to put next, and no longer need."""
        return f"49{self.expired_count + len(self.events):054d}"

    def expire(self, before_ms: int) -> int:
        """Forget the events from before an instant; return how many there were."""
        count = bisect_left(self.events, before_ms, key=lambda event: event.at_ms)
        del self.events[:count]
        self.expired_count += count
        return count

    def places(self, start_ms: int | None, end_ms: int | None) -> tuple[int, int]:
        """Return between which places of `events` a span lies: from its start to before its end (documented)."""

        def place(at_ms: int) -> int:
            return bisect_left(self.events, at_ms, key=lambda event: event.at_ms)

        return 0 if start_ms is None else place(start_ms), len(self.events) if end_ms is None else place(end_ms)


@dataclass(slots=True)
class LogGroup:
    """A group with its streams, by name.

    Attributes:
        retention_days: for how long its events are kept, None for ever.
        kept: settings that are only given back: the key, the class, the protection.
    """

    name: str
    created_ms: int
    retention_days: int | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    streams: dict[str, LogStreamContent] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionFilter] = field(default_factory=dict)
    metric_filters: dict[str, MetricFilter] = field(default_factory=dict)


class LogGroups:
    """All log groups of a simulation, as of the moment of the question.

    Args:
        seen: is told of every event as it is read or put.
        book: keeps events for the next server.
        create: makes a group as a client would, so that it outlives the server; None where nothing does.
        may_log: says why what a function prints does not come here; None if everything does.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        seen: Callable[[LogGroup, LogStreamContent, LogEvent], None],
        *,
        book: LogBook,
        create: Callable[[str], object] | None = None,
        may_log: MayLog | None = None,
    ) -> None:
        self._seen = seen
        self._clock = clock
        self._trace = trace
        self._groups: dict[str, LogGroup] = {}
        self._reading = LogReading(clock)
        self._read_count = 0
        self._event_count = 0
        self._book = book
        self._create = create
        self._may_log = may_log
        self._silent: set[str] = set()
        """Functions of which the trace tells that their lines are lost."""

    def all(self) -> Mapping[str, LogGroup]:
        """Return every group, by name."""
        self._catch_up()
        for group in self._groups.values():
            self._expire(group)
        return self._groups

    def _expire(self, group: LogGroup) -> None:
        """Forget the events that are older than the retention lets them be (AWS takes its time for that)."""
        if group.retention_days is None:
            return
        before_ms = self._clock.epoch_ms() - group.retention_days * MS_PER_DAY
        for stream in group.streams.values():
            if stream.expire(before_ms):
                self._book.expire(group.name, stream.name, before_ms)

    def add(self, name: str) -> LogGroup:
        """Make a new group."""
        group = self._groups[name] = LogGroup(name, self._clock.epoch_ms())
        return group

    def remove(self, name: str) -> None:
        """Forget a group and what is in it; a function that writes again makes it anew."""
        self._catch_up()
        group = self._groups.pop(name, None)
        for stream in () if group is None else group.streams:
            self._book.drop(name, stream)

    def remove_stream(self, group: LogGroup, name: str) -> None:
        """Forget a stream and what is in it."""
        del group.streams[name]
        self._book.drop(group.name, name)

    def put(self, group: LogGroup, stream: LogStreamContent, events: Sequence[tuple[int, str]]) -> None:
        """Add events to a stream: when, and what."""
        for at_ms, message in events:
            self._add(group.name, stream.name, at_ms, message, self._clock.epoch_ms())
        self.sort(stream)
        self._book.write()

    def sort(self, stream: LogStreamContent) -> None:
        """Put a stream's events into the order of their times."""
        stream.events.sort(key=lambda event: event.at_ms)

    def _catch_up(self) -> None:
        """Read what an earlier server left, and what the trace has got since the last question."""
        self._bring_back()
        if self._read_count == len(self._trace):
            return
        before, self._read_count = self._read_count, len(self._trace)
        for entry in self._trace.entries(LOG_KINDS, after=before):
            for place, message in self._reading.read(entry):
                if self._may_log is not None and self._is_lost(self._may_log, entry, place.group):
                    continue
                at_ms = (self._clock.start_epoch_us + entry.at_us) // 1000
                self._add(place.group, place.stream, at_ms, message, at_ms)
        self._book.write()

    def _is_lost(self, may_log: MayLog, entry: Entry, group: str) -> bool:
        """Tell whether a line of a function does not come here; the trace says so once for each function."""
        function = entry.place.partition(" ")[2]
        reason = may_log(function, group, is_new=group not in self._groups)
        if reason and function not in self._silent:
            self._silent.add(function)
            lost = self._trace.kind("logs lost", "what {place} prints does not reach {group}: {reason}")
            place = self._trace.subject("function", function)
            self._trace.record(lost, place, place, entry.number, detail={"group": group, "reason": reason})
        return bool(reason)

    def _bring_back(self) -> None:
        """Take over what an earlier server left: nobody is told of it again."""
        streams: dict[tuple[str, str], LogStreamContent] = {}
        for group_name, stream_name, event in self._book.left():
            _, stream = self._place(group_name, stream_name, event.ingested_ms)
            stream.events.append(event)
            self._event_count = max(self._event_count, event.number)
            streams[group_name, stream_name] = stream
        for stream in streams.values():
            self.sort(stream)

    def _place(self, group_name: str, stream_name: str, at_ms: int) -> tuple[LogGroup, LogStreamContent]:
        """Return group and stream of these names, which are made if they are not there."""
        group = self._groups.get(group_name)
        if group is None:
            group = self._groups[group_name] = LogGroup(group_name, at_ms)
        stream = group.streams.get(stream_name)
        if stream is None:
            stream = group.streams[stream_name] = LogStreamContent(stream_name, at_ms)
        return group, stream

    def _add(self, group_name: str, stream_name: str, at_ms: int, message: str, ingested_ms: int) -> None:
        if self._create is not None and group_name not in self._groups:
            self._create(group_name)
        group, stream = self._place(group_name, stream_name, at_ms)
        self._event_count += 1
        event = LogEvent(at_ms, message, ingested_ms, self._event_count)
        stream.events.append(event)
        self._book.note(group_name, stream_name, event)
        self._seen(group, stream, event)
