"""What has X-Ray been told? The segments of all sampled traces, for thirty days and within a bound of memory.

Services put their segments here themselves. User code sends its own to X-Ray's daemon, which hands them on; the daemon
is `take_datagram`. Nothing is worked out before somebody asks: traces are put together by who reads them.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.limits import SEGMENTS_KEPT_US
from eventsim.trace import Trace
from eventsim.trace_header import TraceHeader, is_trace_id, read_header

if TYPE_CHECKING:
    from eventsim.segment import Document, UnfitSegment

DAEMON_HOST, DAEMON_PORT = "169.254.100.1", 2000
"""Where a function finds the daemon (recorded)."""

BYTES_MAX = 256 * 1024 * 1024
"""So much of segments is kept, then the oldest traces are forgotten."""
BYTES_MAX_LIVE = 32 * 1024 * 1024
"""On a server."""


class TraceSegments:
    """The segments of one trace, by id, in the order in which they came.

    Attributes:
        trace_id: as `1-581cf771-a006649127e371903a2de979`.
        since_us, updated_us: when the first of them came, and the last.
        size_bytes: how large they are together.
    """

    __slots__ = ("_texts", "since_us", "size_bytes", "trace_id", "updated_us")

    def __init__(self, trace_id: str, since_us: int) -> None:
        self.trace_id = trace_id
        self.since_us = self.updated_us = since_us
        self.size_bytes = 0
        self._texts: dict[str, bytes] = {}

    def put(self, document: "Document") -> int:
        """Add a document, in the place of an earlier one of the same segment; return by how much the trace grew."""
        text = msgspec.json.encode(document)
        grown = len(text) - len(self._texts.get(document["id"], b""))
        self._texts[document["id"]] = text
        self.size_bytes += grown
        return grown

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents, fresh and owned by the caller."""
        return [msgspec.json.decode(text) for text in self._texts.values()]


class Opened(Struct, frozen=True, kw_only=True):
    """The part of one service in a request, as it begins.

    Attributes:
        header: what goes on to whoever the service calls.
        segment: the ids of its segment, None if the trace is not sampled.
    """

    header: str
    segment: dict[str, Any] | None = None


class Segments:
    """The segments of one world.

    Args:
        bytes_max: how much of them is kept.
    """

    def __init__(self, *, clock: Clock, chance: Chance, trace: Trace, bytes_max: int = BYTES_MAX) -> None:
        self._clock = clock
        self._chance = chance
        self._trace = trace
        self._bytes_max = bytes_max
        self._bytes = 0
        self._traces: dict[str, TraceSegments] = {}
        """By id, in the order in which they began."""
        self._has_told_of_forgetting = False

    @cached_property
    def new_id(self) -> Callable[[], str]:
        """Returns the id of a new segment."""
        return self._chance.hex_ids(16, "segment")

    @staticmethod
    def header_of(trace_header: str) -> TraceHeader | None:
        """Return what a header says if its trace is sampled, so that there are segments to write; else None."""
        header = read_header(trace_header)
        return header if header.sampled and is_trace_id(header.trace_id) else None

    def open(self, upstream: str, samples: Callable[[], bool]) -> Opened:
        """Begin the part of a service that traces.

        Args:
            upstream: the header of whoever asked for it, "" for none: then a trace begins here.
            samples: decides whether the trace is sampled if nobody has.
        """
        before = read_header(upstream)
        trace_id = before.trace_id or self._new_trace_id()
        if before.sampled is False or not is_trace_id(trace_id):
            return Opened(header=upstream)
        if before.sampled is None and not samples():
            return Opened(header=f"Root={trace_id};Sampled=0")
        segment = {"id": self.new_id(), "trace_id": trace_id}
        if before.parent_id:
            segment["parent_id"] = before.parent_id
        return Opened(header=f"Root={trace_id};Parent={segment['id']};Sampled=1", segment=segment)

    def take(self, text: str) -> "UnfitSegment | None":
        """Take the text of a document, or return why it is not taken."""
        from eventsim.segment import UnfitSegment, read_segment  # only who traces needs it

        try:
            self.put(read_segment(text))
        except UnfitSegment as error:
            return error
        return None

    def put(self, document: "Document") -> None:
        """Take a document that is fit."""
        trace_id = document["trace_id"]
        segments = self._traces.get(trace_id)
        if segments is None:
            segments = self._traces[trace_id] = TraceSegments(trace_id, self._clock.now_us)
        segments.updated_us = self._clock.now_us
        self._bytes += segments.put(document)
        while self._bytes > self._bytes_max and len(self._traces) > 1:
            self._tell_of_forgetting()
            self._forget_oldest()

    def take_datagram(self, datagram: bytes) -> None:
        """Take what somebody sent to the daemon: a line that says what follows, and a document."""
        header, _, text = datagram.decode("utf-8", "replace").partition("\n")
        is_for_daemon = header.replace(" ", "") == '{"format":"json","version":1}'
        refusal = self.take(text if is_for_daemon else "")
        if refusal is not None:
            kind = self._trace.kind("segment refused", "X-Ray does not take a segment from the daemon: {reason}")
            place = self._trace.subject("service", "xray")
            self._trace.record(kind, place, place, detail={"reason": refusal.code, "segment": refusal.segment_id})

    def traces(self) -> Iterator[TraceSegments]:
        """Return all traces that are kept, in the order in which they began."""
        self._forget_old()
        return iter(self._traces.values())

    def trace(self, trace_id: str) -> TraceSegments | None:
        """Return the segments of one trace, None if there is none."""
        self._forget_old()
        return self._traces.get(trace_id)

    def _new_trace_id(self) -> str:
        return f"1-{self._clock.epoch_us() // 1_000_000:08x}-{self._new_root()}"

    @cached_property
    def _new_root(self) -> Callable[[], str]:
        return self._chance.hex_ids(24, "trace of services")

    def _forget_old(self) -> None:
        before_us = self._clock.now_us - SEGMENTS_KEPT_US
        while self._traces and next(iter(self._traces.values())).since_us < before_us:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        (trace_id,) = islice(self._traces, 1)
        self._bytes -= self._traces.pop(trace_id).size_bytes

    def _tell_of_forgetting(self) -> None:
        if not self._has_told_of_forgetting:
            self._has_told_of_forgetting = True
            kind = self._trace.kind("segments forgotten", "there are too many segments, so the oldest are forgotten")
            place = self._trace.subject("service", "xray")
            self._trace.record(kind, place, place)
