"""What becomes of a batch? Each one in flight has a lane: invoke, settle, or leave to the visibility timeout.

- Success settles the batch. After a failure nothing is done: each message comes back by itself when its visibility
  timeout ends (recorded). A partial batch response settles those that it does not name.
- A throttled batch is kept and tried again until the visibility of its first message ends; then it is let go. So
  throttling alone can bring messages to a dead-letter queue (documented).
- What loop detection refuses counts as failed (documented).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, assert_never

from msgspec import Struct

from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.errors import ApiError
from eventsim.invocation import Invocation
from eventsim.limits import RECEIVE_COUNT_MAX, THROTTLED_BATCH_DELAY_S_MAX, THROTTLED_BATCH_DELAY_S_MIN
from eventsim.mapping.batch import AllFailed, AllSucceeded, SomeFailed, decide_failures
from eventsim.mapping.event_count import EventCount
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.polled import Pollable, Taken
from eventsim.trace import Trace

_US_PER_S = 1_000_000
_DOUBLINGS_MAX = 16

Invoke = Callable[[Invocation, Callable[[Attempt], None]], None]
"""The door of `Dispatch.invoke`."""


class Batch(Struct, eq=False):
    """What one invocation gets.

    Attributes:
        is_gathered: whether it is more, or less, than what one receive gave.
        throttles: how often it was refused.
        cause: the last trace entry about a batch that is kept.
    """

    taken: list[Taken]
    records: list[dict[str, Any]]
    size_bytes: int
    is_gathered: bool = False
    throttles: int = 0
    cause: int = 0
    invocation: Invocation = None  # type: ignore[assignment]  # it has one once it is sent


class Lanes:
    """The batches of one mapping that wait for an outcome.

    Args:
        place: the mapping's subject in the trace.
        uuid: gives request ids.
        freed: told when a lane becomes free.
        troubled: told of errors and throttles, before that.

    Attributes:
        function, qualifier: what runs.
        reports_item_failures: whether its response names what failed.
        count: what counts its events for metrics, None for nothing.
        busy: lanes in use.
        deletes: requests that it took to settle, ten messages at most in each.
    """

    def __init__(
        self,
        function: str,
        qualifier: str,
        *,
        place: int,
        source: Pollable,
        invoke: Invoke,
        clock: Clock,
        trace: Trace,
        uuid: Callable[[], str],
        freed: Callable[[], None],
        troubled: Callable[[], None],
    ) -> None:
        self.function = function
        self.qualifier = qualifier
        self.reports_item_failures = False
        self.count: EventCount | None = None
        self.busy = 0
        self.deletes = 0
        self._place = place
        self._source = source
        self._invoke = invoke
        self._clock = clock
        self._trace = trace
        self._uuid = uuid
        self._freed = freed
        self._troubled = troubled
        self._kinds = _Kinds(trace)
        self._new_subject = trace.subjects("invocation", "i")

    def send(self, batch: Batch) -> None:
        """Invoke the function with a batch; there must be a lane for it."""
        self.busy += 1
        taken = batch.taken
        subject = self._new_subject()
        detail = {"received": [item.entry for item in taken]} if batch.is_gathered else None
        entry = self._trace.record(self._kinds.batched, subject, self._place, taken[0].entry, len(taken), detail)
        function = self.function
        lineage: Lineage | None = None
        for item in taken:
            if item.lineage is not None:
                lineage = _longer_chain(lineage, item.lineage, function)
        if lineage is not None:
            lineage = lineage.under("")  # a batch begins a trace of its own, which X-Ray links to those of its messages
        batch.invocation = Invocation(
            function=function,
            request_id=self._uuid(),
            event={"Records": batch.records},
            mode="polled",
            qualifier=self.qualifier,
            subject=subject,
            cause=entry,
            lineage=lineage,
            size_bytes=batch.size_bytes,
        )
        self._try(batch)

    def settle(self, taken: Sequence[Taken], cause: int) -> None:
        """Tell the source to forget these."""
        self.deletes += (len(taken) + RECEIVE_COUNT_MAX - 1) // RECEIVE_COUNT_MAX
        self._source.settle(taken, cause)

    def _try(self, batch: Batch) -> None:
        try:
            self._invoke(batch.invocation, partial(self._end, batch))
        except ApiError as error:  # no such function any more, or an event too large for it
            detail = {"reason": str(error)}
            invocation = batch.invocation
            entry = self._trace.record(
                self._kinds.uninvokable, invocation.subject, self._place, invocation.cause, detail=detail
            )
            self._troubled()
            self._leave(batch.taken, entry)
            return
        if self.count is not None:
            self.count.invoked(len(batch.taken))

    def _end(self, batch: Batch, attempt: Attempt) -> None:
        match attempt.outcome:
            case Success(payload=payload):
                if self.reports_item_failures:
                    self._settle_partly(batch, payload, attempt.entry)
                else:
                    self._delete(batch.taken, attempt.entry)
                    self._free()
            case Throttled():
                self._troubled()
                self._count_failed(len(batch.taken))
                self._keep(batch, attempt.entry)
            case Failure() | Refused():
                self._troubled()
                self._leave(batch.taken, attempt.entry)
            case _:
                assert_never(attempt.outcome)

    def _settle_partly(self, batch: Batch, payload: str, cause: int) -> None:
        """Settle what a partial batch response does not name; leave the rest to its visibility timeout."""
        failed: Sequence[Taken] = ()
        verdict = decide_failures(payload, {item.identifier for item in batch.taken})
        match verdict:
            case AllSucceeded():
                self._delete(batch.taken, cause)
            case SomeFailed(identifiers=identifiers):
                failed = [item for item in batch.taken if item.identifier in identifiers]
                subject = batch.invocation.subject
                cause = self._trace.record(self._kinds.partly_failed, subject, self._place, cause, len(failed))
                succeeded = [item for item in batch.taken if item.identifier not in identifiers]
                if succeeded:
                    self._delete(succeeded, cause)
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

    def _delete(self, processed: Sequence[Taken], cause: int) -> None:
        """Settle what the function has processed."""
        if self.count is not None:
            self.count.deleted(len(processed))
        self.settle(processed, cause)

    def _count_failed(self, count: int) -> None:
        if self.count is not None and count:
            self.count.failed(count)

    def _leave(self, failed: Sequence[Taken], cause: int) -> None:
        """Free the lane; those that failed come back when their visibility timeout ends."""
        self._count_failed(len(failed))
        facts = [(item.subject, cause, item.hidden_until_us) for item in failed]
        self._trace.record_all(self._kinds.left, self._place, facts)
        self._free()

    # --- throttled -------------------------------------------------------------------------------------

    def _keep(self, batch: Batch, cause: int) -> None:
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

    def _let_go(self, batch: Batch) -> None:
        facts = [(item.subject, batch.cause, batch.throttles) for item in batch.taken]
        self._trace.record_all(self._kinds.let_go, self._place, facts)
        self._free()

    def _free(self) -> None:
        self.busy -= 1
        self._freed()


def _longer_chain(known: Lineage | None, other: Lineage, function: str) -> Lineage:
    """Return the chain in which a function ran more often, the known one if they are equal."""
    if known is None or other.counts.get(function, 0) > known.counts.get(function, 0):
        return other
    return known


class _Kinds:
    """The kinds of entry that tell of a batch in its lane.

    `batched` is caused by the first message's receipt. The receipts of a batch that one receive gave follow one
    another; a gathered one names them all in its detail.
    """

    __slots__ = ("batched", "kept", "left", "let_go", "misreported", "partly_failed", "uninvokable")

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.batched = kind("batched", "{place} made a batch of {value} for {subject}", value="count", is_summed=True)
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
