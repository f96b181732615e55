"""What stands in the log groups? What functions wrote, read from the trace when somebody asks, and what the API put.

The trace has every event that user code wrote, and the facts of which Lambda's own lines tell; START, END and REPORT
are made of these here, in the words of `environment.logs`. Nothing is kept before the first question.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from eventsim.calls.log_book import LogBook, LogEvent
from eventsim.calls.log_filters import MetricFilter, SubscriptionFilter
from eventsim.clock import Clock
from eventsim.environment.logs import JsonLog, PlatformLog, TextLog, ending
from eventsim.function.function import FunctionVersion
from eventsim.outcome import Failure, Outcome, Report, Success
from eventsim.trace import Entry, Trace

MS_PER_DAY = 86_400_000
_ENDS = ("succeeded", "failed", "timed out")
_KINDS = ("cold start", "started", "logged", *_ENDS, "reported")
_NO_REPORT = Report(duration_us=0, billed_ms=0, memory_mb=0, memory_used_mb=0)


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
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        seen: Callable[[LogGroup, LogStreamContent, LogEvent], None],
        *,
        book: LogBook,
        create: Callable[[str], object] | None = None,
    ) -> None:
        self._seen = seen
        self._clock = clock
        self._trace = trace
        self._groups: dict[str, LogGroup] = {}
        self._reading = _Reading(clock)
        self._read_count = 0
        self._event_count = 0
        self._book = book
        self._create = create

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
        for entry in self._trace.entries(_KINDS, after=before):
            for place, message in self._reading.read(entry):
                at_ms = (self._clock.start_epoch_us + entry.at_us) // 1000
                self._add(place.group, place.stream, at_ms, message, at_ms)
        self._book.write()

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
        event = LogEvent(at_ms, message.rstrip("\n"), ingested_ms, self._event_count)
        stream.events.append(event)
        self._book.note(group_name, stream_name, event)
        self._seen(group, stream, event)


class _Place(Struct, frozen=True, gc=False):
    """Where an environment writes, and in which words Lambda writes there itself."""

    group: str
    stream: str
    log: PlatformLog


class _Running(Struct):
    """An invocation that has started and is not yet reported."""

    place: _Place
    request_id: str
    started_us: int
    duration_us: int = 0
    outcome: Outcome = Success("")


class _Reading:
    """Goes through the trace once and says which events stand in which stream.

    A `logged` entry is caused by the `cold start` or the `started` entry of its environment.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_environment: dict[tuple[str, int], _Place] = {}
        self._of_entry: dict[int, _Place] = {}
        self._running: dict[str, _Running] = {}

    def read(self, entry: Entry) -> Sequence[tuple[_Place, str]]:
        """Return the log events that an entry means."""
        detail: Any = entry.detail or {}
        match entry.kind:
            case "cold start":
                self._open(entry, detail)
            case "started":
                return self._start(entry, detail)
            case "logged":
                place = self._of_entry.get(entry.cause)
                return [] if place is None else [(place, detail["text"])]
            case "reported":
                return self._report(entry, detail)
            case _:
                self._end(entry, detail)
        return []

    def _open(self, entry: Entry, detail: Mapping[str, Any]) -> None:
        function = entry.place.partition(" ")[2]
        version = FunctionVersion(
            function=function,
            version=detail["version"],
            function_arn=detail.get("function_arn", ""),
            handler="",
            system_log_level=detail.get("system_log_level", "INFO"),
        )
        log = JsonLog(version, "", self._clock) if detail.get("log_format") == "JSON" else TextLog(version, "")
        group = detail.get("log_group", f"/aws/lambda/{function}")
        place = _Place(group, detail["log_stream"], log)
        self._of_environment[entry.place, entry.value] = self._of_entry[entry.number] = place

    def _start(self, entry: Entry, detail: Mapping[str, Any]) -> list[tuple[_Place, str]]:
        place = self._of_environment.get((entry.place, entry.value))
        if place is None:
            return []
        self._of_entry[entry.number] = place
        self._running[entry.subject] = _Running(place, detail["request_id"], entry.at_us)
        return [(place, line) for line in self._lines(self._running[entry.subject], _NO_REPORT)[:1]]

    def _end(self, entry: Entry, detail: Mapping[str, Any]) -> None:
        running = self._running.get(entry.subject)
        if running is not None:
            running.duration_us = entry.value
            if entry.kind != "succeeded":
                running.outcome = Failure(
                    error_type=detail["error_type"], message="", payload="", status=detail["status"]
                )

    def _report(self, entry: Entry, detail: Mapping[str, Any]) -> list[tuple[_Place, str]]:
        running = self._running.pop(entry.subject, None)
        if running is None:
            return []
        report = Report(
            duration_us=running.duration_us,
            billed_ms=entry.value,
            memory_mb=detail["memory_mb"],
            memory_used_mb=detail["memory_used_mb"],
            init_us=detail.get("init_us", 0),
        )
        return [(running.place, line) for line in self._lines(running, report)[1:]]

    def _lines(self, running: _Running, report: Report) -> list[str]:
        """Return what Lambda itself writes about an invocation: the first line as it starts, the others at its end."""
        log = running.place.log
        text = log.invocation(running.request_id, running.started_us, "", report, ending(running.outcome))
        return text.splitlines()
