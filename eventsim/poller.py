"""How does a function get what lies in a queue? Take, filter, batch, invoke, settle.

- A receive gives up to ten messages. Those that the filter does not match are settled at once, as on AWS (recorded).
- The others make a batch. It goes out when `batch` says that it is due and a lane is free; each batch in flight has a
  lane, and `scaling` says how many there are.
- Success settles the batch. After a failure nothing is done: each message comes back by itself when its visibility
  timeout ends (recorded). A partial batch response settles those that it does not name.
- A throttled batch is kept and tried again until the visibility of its first message ends; then it is let go. So
  throttling alone can bring messages to a dead-letter queue (documented).

Nobody polls in a loop: the source says when there may be something. Long polls that come back empty are arithmetic.
"""

import collections
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, assert_never

from msgspec import Struct

from eventsim.batch import AllFailed, AllSucceeded, BatchPolicy, SomeFailed, decide_failures
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.errors import ApiError
from eventsim.invocation import Invocation
from eventsim.limits import RECEIVE_COUNT_MAX, THROTTLED_BATCH_DELAY_S_MAX, THROTTLED_BATCH_DELAY_S_MIN
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.pattern import FilterCriteria
from eventsim.scaling import Scaling, ScalingPolicy
from eventsim.source import Pollable, Taken
from eventsim.trace import Trace

_US_PER_S = 1_000_000
_DOUBLINGS_MAX = 16

Invoke = Callable[[Invocation, Callable[[Attempt], None]], None]
"""The door of `Dispatch.invoke`."""


class PollerSettings(Struct, frozen=True, kw_only=True):
    """What a poller does with what it takes.

    Attributes:
        criteria: what to take, None for everything.
        payload_key: where in a record the filter finds the payload.
        hidden_us: how long messages stay hidden from their receive on, None for as long as the source says.
    """

    function: str
    qualifier: str = ""
    batch: BatchPolicy = BatchPolicy()
    scaling: ScalingPolicy = ScalingPolicy()
    criteria: FilterCriteria | None = None
    payload_key: str = "body"
    reports_item_failures: bool = False
    hidden_us: int | None = None


class Poller:
    """Feeds one function from one source.

    Args:
        name: the mapping's name.
        invoke: runs the function once.

    Attributes:
        receives: receives that gave messages.
        in_flight: batches that wait for an outcome.
    """

    def __init__(
        self,
        name: str,
        settings: PollerSettings,
        *,
        source: Pollable,
        invoke: Invoke,
        clock: Clock,
        chance: Chance,
        trace: Trace,
    ) -> None:
        self.settings = settings
        self.receives = 0
        self.in_flight = 0
        self._source = source
        self._invoke = invoke
        self._clock = clock
        self._trace = trace
        self._uuid = chance.uuids("mapping", name)
        self._place = trace.subject("mapping", name)
        self._kinds = _Kinds(trace)
        self._scaling = Scaling(settings.scaling)
        self._gathered: _Batch | None = None
        self._due: collections.deque[_Batch] = collections.deque()
        self._is_polling = False
        self._is_listening = False
        self._is_pulling = False
        self._is_rise_awaited = False

    # --- on and off ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take."""
        self._is_polling = True
        self._pull()

    def stop(self) -> None:
        """Take no more; what was taken goes its way."""
        self._is_polling = False
        self._scaling.stop(self._clock.now_us)

    def configure(self, settings: PollerSettings) -> None:
        """Go on with other settings; batches in flight are not touched."""
        if settings.scaling != self.settings.scaling:
            self._scaling = Scaling(settings.scaling)
        self.settings = settings

    def empty_polls(self) -> int:
        """Return how many long polls have come back empty so far."""
        return self._scaling.empty_polls(self._clock.now_us)

    # --- taking ----------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._is_listening = False
        self._pull()

    def _pull(self) -> None:
        """Take and send for as long as there is something to take and a lane for it."""
        if self._is_pulling:  # an invocation that ends at once comes back here; the loop below goes on
            return
        self._is_pulling = True
        while self._step():
            pass
        self._is_pulling = False

    def _step(self) -> bool:
        """Send a batch that is due, or take once; tell whether there may be more to do."""
        now_us = self._clock.now_us
        if self.in_flight >= self._scaling.allowed(now_us):
            self._await_rise(now_us)
            return False
        if self._due:
            self._send(self._due.popleft())
            return True
        if not self._is_polling or self._is_listening:
            return False
        settings = self.settings
        room = settings.batch.size_max - (len(self._gathered.taken) if self._gathered else 0)
        taken = self._source.take(min(room, RECEIVE_COUNT_MAX), hidden_us=settings.hidden_us)
        if not taken:
            self._scaling.see_nothing(now_us)
            self._is_listening = True
            self._source.when_ready(self._wake)
            return False
        self._scaling.see_messages(now_us)
        self.receives += 1
        entry = self._trace.record(self._kinds.polled, self._place, self._place, 0, len(taken))
        records = self._source.records(taken)
        if settings.criteria is not None:
            taken, records = self._filter(settings.criteria, taken, records, entry)
        if taken:
            self._gather(taken, records, entry)
        return True

    def _await_rise(self, now_us: int) -> None:
        """Look again when more lanes are allowed; there may be messages that wait for one."""
        rises_at_us = self._scaling.rises_at_us(now_us)
        if rises_at_us is not None and not self._is_rise_awaited and self._is_polling:
            self._is_rise_awaited = True
            self._clock.at(rises_at_us, self._rise, None)

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
                self._trace.record(self._kinds.filtered, item.subject, self._place, cause, detail=detail)
        if unmatched:
            self._source.settle(unmatched, cause)
        return kept, kept_records

    # --- batching --------------------------------------------------------------------------------------

    def _gather(self, taken: Sequence[Taken], records: list[dict[str, Any]], cause: int) -> None:
        policy = self.settings.batch
        for item, record in zip(taken, records, strict=True):
            batch = self._gathered
            size_bytes = item.size_bytes
            if batch is None or not policy.fits(len(batch.taken), batch.size_bytes, size_bytes):
                if batch is not None:
                    self._due.append(batch)
                batch = self._gathered = _Batch(cause)
                if policy.window_us:
                    self._clock.at(self._clock.now_us + policy.window_us, self._end_window, batch)
            batch.taken.append(item)
            batch.records.append(record)
            batch.size_bytes += size_bytes
        batch = self._gathered
        if batch is not None and policy.is_due(len(batch.taken), 0):
            self._due.append(batch)
            self._gathered = None

    def _end_window(self, batch: "_Batch") -> None:
        if batch is self._gathered:
            self._due.append(batch)
            self._gathered = None
            self._pull()

    # --- invoking --------------------------------------------------------------------------------------

    def _send(self, batch: "_Batch") -> None:
        self.in_flight += 1
        trace, place, function = self._trace, self._place, self.settings.function
        record, joined = trace.record, self._kinds.joined
        subject = trace.new_subject("invocation", "i")
        entry = record(self._kinds.batched, subject, place, batch.cause, len(batch.taken))
        lineage: Lineage | None = None
        for item in batch.taken:
            record(joined, item.subject, place, entry)
            of_item = item.lineage
            if of_item is not None and (
                lineage is None or of_item.counts.get(function, 0) > lineage.counts.get(function, 0)
            ):
                lineage = of_item
        batch.invocation = Invocation(
            function=function,
            request_id=self._uuid(),
            event={"Records": batch.records},
            mode="polled",
            qualifier=self.settings.qualifier,
            subject=subject,
            cause=entry,
            lineage=lineage,
            size_bytes=batch.size_bytes,
        )
        self._try(batch)

    def _try(self, batch: "_Batch") -> None:
        try:
            self._invoke(batch.invocation, partial(self._end, batch))
        except ApiError as error:  # no such function any more, or an event too large for it
            detail = {"reason": str(error)}
            invocation = batch.invocation
            entry = self._trace.record(
                self._kinds.uninvokable, invocation.subject, self._place, invocation.cause, detail=detail
            )
            self._scaling.see_trouble(self._clock.now_us)
            self._leave(batch.taken, entry)

    def _end(self, batch: "_Batch", attempt: Attempt) -> None:
        match attempt.outcome:
            case Success(payload=payload):
                if self.settings.reports_item_failures:
                    self._settle_partly(batch, payload, attempt.entry)
                else:
                    self._source.settle(batch.taken, attempt.entry)
                    self.in_flight -= 1
                    self._pull()
            case Throttled():
                self._scaling.see_trouble(self._clock.now_us)
                self._keep(batch, attempt.entry)
            case Failure() | Refused():
                self._scaling.see_trouble(self._clock.now_us)
                self._leave(batch.taken, attempt.entry)
            case _:
                assert_never(attempt.outcome)

    def _settle_partly(self, batch: "_Batch", payload: str, cause: int) -> None:
        """Settle what a partial batch response does not name; leave the rest to its visibility timeout."""
        failed: Sequence[Taken] = ()
        verdict = decide_failures(payload, {item.identifier for item in batch.taken})
        match verdict:
            case AllSucceeded():
                self._source.settle(batch.taken, cause)
            case SomeFailed(identifiers=identifiers):
                failed = [item for item in batch.taken if item.identifier in identifiers]
                subject = batch.invocation.subject
                cause = self._trace.record(self._kinds.partly_failed, subject, self._place, cause, len(failed))
                succeeded = [item for item in batch.taken if item.identifier not in identifiers]
                if succeeded:
                    self._source.settle(succeeded, cause)
            case AllFailed(reason=reason):
                failed = batch.taken
                cause = self._trace.record(
                    self._kinds.misreported,
                    batch.invocation.subject,
                    self._place,
                    cause,
                    len(failed),
                    {"reason": reason},
                )
            case _:
                assert_never(verdict)
        self._leave(failed, cause)

    def _leave(self, failed: Sequence[Taken], cause: int) -> None:
        """Free the lane; those that failed come back when their visibility timeout ends."""
        record, left, place = self._trace.record, self._kinds.left, self._place
        for item in failed:
            record(left, item.subject, place, cause, item.hidden_until_us)
        self.in_flight -= 1
        self._pull()

    # --- throttled -------------------------------------------------------------------------------------

    def _keep(self, batch: "_Batch", cause: int) -> None:
        """Keep a throttled batch and its lane for another try, as long as its messages stay hidden."""
        doublings = min(batch.throttles, _DOUBLINGS_MAX)
        delay_us = min(THROTTLED_BATCH_DELAY_S_MIN << doublings, THROTTLED_BATCH_DELAY_S_MAX) * _US_PER_S
        batch.throttles += 1
        now_us = self._clock.now_us
        visible_at_us = min(item.hidden_until_us for item in batch.taken)
        if now_us + delay_us < visible_at_us:
            entry = self._trace.record(self._kinds.kept, batch.invocation.subject, self._place, cause, delay_us)
            self._clock.at(now_us + delay_us, self._try, batch)
        else:
            entry = cause
            self._clock.at(visible_at_us, self._let_go, batch)
        batch.cause = entry

    def _let_go(self, batch: "_Batch") -> None:
        for item in batch.taken:
            self._trace.record(self._kinds.let_go, item.subject, self._place, batch.cause, batch.throttles)
        self.in_flight -= 1
        self._pull()


class _Batch:
    """What one invocation gets."""

    __slots__ = ("cause", "invocation", "records", "size_bytes", "taken", "throttles")

    invocation: Invocation

    def __init__(self, cause: int) -> None:
        self.cause = cause
        self.taken: list[Taken] = []
        self.records: list[dict[str, Any]] = []
        self.size_bytes = 0
        self.throttles = 0


class _Kinds:
    """The kinds of entry that a poller records."""

    __slots__ = (
        "batched",
        "filtered",
        "joined",
        "kept",
        "left",
        "let_go",
        "misreported",
        "partly_failed",
        "polled",
        "uninvokable",
    )

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.polled = kind("polled", "{place} received {value} messages", value="count", is_summed=True)
        self.filtered = kind("filtered out", "{place} deleted {subject} unread: {reason}")
        self.batched = kind("batched", "{place} made a batch of {value} for {subject}", value="count", is_summed=True)
        self.joined = kind("joined batch", "{subject} went into a batch of {place}")
        self.partly_failed = kind(
            "partly failed", "{subject} reported that {value} of its messages failed", value="count", is_summed=True
        )
        self.misreported = kind(
            "misreported",
            "{subject} reported failures in a way that counts as failure of all {value}: {reason}",
            value="count",
        )
        self.uninvokable = kind("not invoked", "{place} could not ask for {subject}: {reason}")
        self.left = kind("left hidden", "{subject} comes back when its visibility timeout ends", value="visible_at_us")
        self.kept = kind("batch kept", "{place} kept the throttled batch of {subject}", value="delay_us")
        self.let_go = kind(
            "let go", "{place} gave up {subject} after {value} throttles: it is visible again", value="throttles"
        )
