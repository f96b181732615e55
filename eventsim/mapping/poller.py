"""How does a mapping take what lies in a queue? Receive, filter, gather a batch, send it when there is a lane.

- A receive gives up to ten messages. Those that the filter does not match are settled at once, as on AWS (recorded).
- The others make a batch. It goes out when `batch` says that it is due and a lane is free; `scaling` says how many
  lanes there are. What becomes of it then stands in `lanes`.

Nobody polls in a loop: the source says when there may be something. Long polls that come back empty are arithmetic.
"""

import collections
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.limits import RECEIVE_COUNT_MAX
from eventsim.mapping.access import Access
from eventsim.mapping.batch import BatchPolicy
from eventsim.mapping.event_count import EventCount
from eventsim.mapping.lanes import Batch, Invoke, Lanes
from eventsim.mapping.scaling import Scaling, ScalingPolicy
from eventsim.pattern import FilterCriteria
from eventsim.polled import Pollable, Taken
from eventsim.trace import Trace


class PollerSettings(Struct, frozen=True, kw_only=True):
    """What a poller does with what it takes.

    Attributes:
        criteria: what to take, None for everything.
        payload_key: where in a record the filter finds the payload.
        hidden_us: how long messages stay hidden from their receive on, None for as long as the source says.
        counts_events: whether its metrics are kept.
    """

    function: str
    qualifier: str = ""
    batch: BatchPolicy = BatchPolicy()
    scaling: ScalingPolicy = ScalingPolicy()
    criteria: FilterCriteria | None = None
    payload_key: str = "body"
    reports_item_failures: bool = False
    hidden_us: int | None = None
    counts_events: bool = False


class Poller:
    """Feeds one function from one source.

    Args:
        name, uuid: the mapping's.
        invoke: runs the function once.

    Attributes:
        source: what it takes from.
        receives: receives that gave messages.
        access: asked before each poll; None if it may always.
    """

    access: Access | None = None

    def __init__(
        self,
        name: str,
        uuid: str,
        settings: PollerSettings,
        *,
        source: Pollable,
        invoke: Invoke,
        clock: Clock,
        chance: Chance,
        trace: Trace,
    ) -> None:
        self.source = source
        self.receives = 0
        self._uuid = uuid
        self._count: EventCount | None = None
        self._clock = clock
        self._trace = trace
        self._place = trace.subject("mapping", name)
        self._polled = trace.kind("polled", "{place} received {value} messages", value="count", is_summed=True)
        self._filtered = trace.kind("filtered out", "{place} deleted {subject} unread: {reason}")
        self._scaling = Scaling(settings.scaling)
        self._lanes = Lanes(
            settings.function,
            settings.qualifier,
            place=self._place,
            source=source,
            invoke=invoke,
            clock=clock,
            trace=trace,
            uuid=chance.uuids("mapping", name),
            freed=self._pull,
            troubled=self._see_trouble,
        )
        self._gathered: Batch | None = None
        self._due: collections.deque[Batch] = collections.deque()
        self._is_polling = False
        self._is_listening = False
        self._is_pulling = False
        self._is_rise_awaited = False
        self._allowed = 0
        """How many batches may be in flight now."""
        self.configure(settings)

    # --- on and off ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take."""
        self._is_polling = True
        self._pull()

    def stop(self) -> None:
        """Take no more; what was taken goes its way."""
        self._is_polling = False
        self._scaling.stop(self._clock.now_us)

    def finish(self) -> None:
        """Take no more, and send what was taken without waiting for more: nobody will be here to do it later."""
        self.stop()
        if self._gathered is not None:
            self._due.append(self._gathered)
            self._gathered = None
        self._pull()

    @property
    def is_busy(self) -> bool:
        """Whether something that was taken is still on its way."""
        return bool(self._lanes.busy or self._due or self._gathered)

    def configure(self, settings: PollerSettings) -> None:
        """Go on with other settings; batches in flight are not touched."""
        self.settings = settings
        self._scaling.configure(settings.scaling)
        self._lanes.function, self._lanes.qualifier = settings.function, settings.qualifier
        self._lanes.reports_item_failures = settings.reports_item_failures
        self._count = EventCount(self._trace, self._place, self._uuid) if settings.counts_events else None
        self._lanes.count = self._count

    def empty_polls(self) -> int:
        """Return how many long polls have come back empty so far."""
        return self._scaling.empty_polls(self._clock.now_us)

    def requests(self) -> int:
        """Return how many requests to the source AWS would charge so far: receives, empty or not, and deletes."""
        return self.receives + self.empty_polls() + self._lanes.deletes

    # --- taking ----------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._is_listening = False
        self._pull()

    def _pull(self) -> None:
        """Send and take for as long as there is a lane, and something for it."""
        if self._is_pulling:  # an invocation that ends at once comes back here; the loop below goes on
            return
        self._is_pulling = True
        lanes, due = self._lanes, self._due
        now_us = self._clock.loop.now_us
        self._allowed = self._scaling.allowed(now_us)
        while lanes.busy < self._allowed:
            if not due and (self._is_listening or not self._is_polling or not self._take(now_us)):
                break
            if due:
                lanes.send(due.popleft())
        else:
            if not self._is_rise_awaited:
                self._await_rise(now_us)
        self._is_pulling = False

    def _take(self, now_us: int) -> bool:
        """Receive once; without messages listen for them, and say so."""
        settings, access = self.settings, self.access
        if access is not None and not access.is_granted(settings.function, self.source.arn, self._wake):
            self._is_listening = True
            return False
        room = settings.batch.size_max - (len(self._gathered.taken) if self._gathered else 0)
        taken = self.source.take(min(room, RECEIVE_COUNT_MAX), hidden_us=settings.hidden_us)
        if self._count is not None:
            self._count.polled(len(taken))
        if not taken:
            self._scaling.see_nothing(now_us)
            self._is_listening = True
            self.source.when_ready(self._wake)
            return False
        if self._scaling.rising_since_us is None:
            self._scaling.see_messages(now_us)
        self.receives += 1
        records = self.source.records(taken)
        if self._gathered is None and settings.criteria is None:
            size_bytes, count = 0, len(taken)
            for item in taken:
                size_bytes += item.size_bytes
            # If the trace tells of them in a row, the first and their count name them all.
            follow_one_another = taken[-1].entry - taken[0].entry == count - 1
            if follow_one_another and settings.batch.is_whole(count, size_bytes):
                self._due.append(Batch(list(taken), records, size_bytes))
                return True
        entry = self._trace.record(self._polled, self._place, self._place, 0, len(taken))
        if settings.criteria is not None:
            taken, records = self._filter(settings.criteria, taken, records, entry)
        if taken:
            self._gather(taken, records)
        return True

    def _await_rise(self, now_us: int) -> None:
        """Look again when more lanes are allowed; there may be messages that wait for one."""
        if not self._is_polling:
            return
        rises_at_us = self._scaling.rises_at_us(now_us)
        if rises_at_us is not None:
            self._is_rise_awaited = True
            self._clock.at(rises_at_us, self._rise, None)

    def _see_trouble(self) -> None:
        now_us = self._clock.loop.now_us
        self._scaling.see_trouble(now_us)
        self._allowed = self._scaling.allowed(now_us)

    def _rise(self, _: None) -> None:
        self._is_rise_awaited = False
        self._pull()

    def _filter(
        self, criteria: FilterCriteria, taken: Sequence[Taken], records: list[dict[str, Any]], cause: int
    ) -> tuple[list[Taken], list[dict[str, Any]]]:
        """Return what matches; settle the rest."""
        payload_key = self.settings.payload_key
        kept, kept_records, unmatched = [], [], []
        for item, record in zip(taken, records, strict=True):
            if criteria.matches(record, payload_key):
                kept.append(item)
                kept_records.append(record)
            else:
                unmatched.append(item)
                detail = {"reason": str(criteria.explain(record, payload_key))}
                self._trace.record(self._filtered, item.subject, self._place, cause, detail=detail)
        if unmatched:
            if self._count is not None:
                self._count.filtered_out(len(unmatched))
            self._lanes.settle(unmatched, cause)
        return kept, kept_records

    # --- batching --------------------------------------------------------------------------------------

    def _gather(self, taken: Sequence[Taken], records: list[dict[str, Any]]) -> None:
        policy = self.settings.batch
        for item, record in zip(taken, records, strict=True):
            batch = self._gathered
            if batch is None or not policy.fits(len(batch.taken), batch.size_bytes, item.size_bytes):
                batch = self._begin()
            batch.taken.append(item)
            batch.records.append(record)
            batch.size_bytes += item.size_bytes
        batch = self._gathered
        if batch is not None and policy.is_due(len(batch.taken), 0):
            self._due.append(batch)
            self._gathered = None

    def _begin(self) -> Batch:
        """Begin a batch with its window; the one before goes out as it is."""
        if self._gathered is not None:
            self._due.append(self._gathered)
        batch = self._gathered = Batch([], [], 0, is_gathered=True)
        window_us = self.settings.batch.window_us
        if window_us:
            self._clock.at(self._clock.now_us + window_us, self._end_window, batch)
        return batch

    def _end_window(self, batch: Batch) -> None:
        if batch is self._gathered:
            self._due.append(batch)
            self._gathered = None
            self._pull()
