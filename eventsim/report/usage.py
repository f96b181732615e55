"""What did a run use that AWS would bill? Counted from the trace alone.

- Lambda: every attempt that ran, its billed milliseconds times its memory; for an asynchronous event each 64 KB
  beyond 256 KB is one more request (documented).
- Calls: one request each. A queue counts 64 KB as a request (documented), so larger sends and batches count more.
- Mappings: each receive that gave messages (one that was a batch by itself has no other entry), each ten messages that
  they deleted together, and the long polls that came back empty: 5 pollers that ask every 20 s (documented; how many
  there are while idle is unconfirmed).
- Events on a bus: each 64 KB of one counts; those of AWS's own services cost nothing (documented).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from eventsim.limits import POLLERS_AT_START
from eventsim.report.saved import Happenings
from eventsim.trace import Entry

CHUNK_BYTES = 64 * 1024
ASYNC_REQUEST_BYTES = 256 * 1024
LONG_POLL_US = 20_000_000
DELETED_TOGETHER_MAX = 10

KINDS = ("called", "sent", "deleted", "polled", "batched", "queued", "reported", "mapping changed", "event put")


@dataclass(slots=True)
class Usage:
    """What a run used.

    Attributes:
        attempts: attempts that ran, by function.
        mb_ms: memory times billed duration, by function.
        billed_ms: billed duration, by function.
        further_requests: what large asynchronous events count beyond the attempts.
        calls: API calls, by `service.Operation`.
        queue_requests: what queues did without a call, or beyond the calls, by `queue NAME` or `mapping NAME`.
        empty_polls: long polls without a message.
        events: what came to buses, in chunks of 64 KB.
    """

    attempts: Counter[str] = field(default_factory=Counter)
    mb_ms: Counter[str] = field(default_factory=Counter)
    billed_ms: Counter[str] = field(default_factory=Counter)
    further_requests: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    queue_requests: Counter[str] = field(default_factory=Counter)
    empty_polls: int = 0
    events: int = 0


def count_usage(happenings: Happenings, ended_us: int) -> Usage:
    """Return what a run used until it ended."""
    counting = _Counting(ended_us)
    for entry in happenings.entries(KINDS):
        counting.count(entry)
    return counting.finish()


class _Counting:
    """Goes through the entries once. What one call or one batch did stands together in the trace."""

    def __init__(self, ended_us: int) -> None:
        self._usage = Usage()
        self._ended_us = ended_us
        self._last_call = 0
        self._group: tuple[str, str, int] = ("", "", 0)
        self._group_size = 0
        self._is_group_called = False
        self._enabled_since: dict[str, int] = {}
        self._polled_us = 0

    def count(self, entry: Entry) -> None:
        usage = self._usage
        match entry.kind:
            case "called":
                self._last_call = entry.number
                usage.calls[entry.place.partition(" ")[2]] += 1
            case "sent" | "deleted":
                self._join(entry)
            case "batched" if entry.detail is not None:
                pass  # gathered from receives that have entries of their own
            case "polled" | "batched":
                usage.queue_requests[entry.place] += 1
            case "queued":
                usage.further_requests += _ceiling(max(0, entry.value - ASYNC_REQUEST_BYTES), CHUNK_BYTES)
            case "reported":
                self._count_report(entry)
            case "event put":
                is_free = str(entry.detail["source"]).startswith("aws.")
                usage.events += 0 if is_free else max(1, _ceiling(entry.value, CHUNK_BYTES))
            case _:
                self._count_polling(entry)

    def _count_report(self, entry: Entry) -> None:
        function = entry.place.partition(" ")[2]
        memory_mb = entry.detail["memory_mb"]
        self._usage.attempts[function] += 1
        self._usage.billed_ms[function] += entry.value
        self._usage.mb_ms[function] += memory_mb * entry.value

    def _join(self, entry: Entry) -> None:
        group = (entry.kind, entry.place, entry.cause)
        if group != self._group or not entry.cause:
            self._end_group()
            self._group = group
            self._is_group_called = 0 < entry.cause == self._last_call
        self._group_size += entry.value if entry.kind == "sent" else 1

    def _end_group(self) -> None:
        kind, place, _ = self._group
        if kind:
            at_once = CHUNK_BYTES if kind == "sent" else DELETED_TOGETHER_MAX
            requests = max(1, _ceiling(self._group_size, at_once)) - self._is_group_called
            if requests:
                self._usage.queue_requests[place] += requests
        self._group_size = 0

    def _count_polling(self, entry: Entry) -> None:
        detail = entry.detail if isinstance(entry.detail, Mapping) else {}
        since_us = self._enabled_since.pop(entry.place, None)
        if since_us is not None:
            self._polled_us += entry.at_us - since_us
        if str(detail.get("state", "")).casefold() == "enabled" and "service" not in detail:  # streams cost no polls
            self._enabled_since[entry.place] = entry.at_us

    def finish(self) -> Usage:
        self._end_group()
        self._polled_us += sum(self._ended_us - since_us for since_us in self._enabled_since.values())
        self._usage.empty_polls = POLLERS_AT_START * self._polled_us // LONG_POLL_US
        return self._usage


def _ceiling(amount: int, size: int) -> int:
    return -(-amount // size)
