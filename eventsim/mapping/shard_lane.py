"""How do the records of one lane reach the function? One batch after another, in order; `progress` says what follows.

A shard has one lane, or several between which keys are shared out. A lane has one batch in flight, or waiting for its
next attempt; until that is out of the way nothing else of the lane goes out. While a lane is closed (its mapping was
disabled or changed) a batch in flight ends as it ends, and whatever is not done by then is read anew later.
"""

import collections
from collections.abc import Sequence
from functools import partial
from typing import Protocol, assert_never

from eventsim.errors import ApiError
from eventsim.invocation import Invocation
from eventsim.mapping.batch import ENVELOPE_BYTES
from eventsim.mapping.progress import (
    RETENTION,
    SUCCEEDED,
    Cut,
    Discard,
    Done,
    End,
    Failed,
    FailedFrom,
    NotRun,
    RetryIn,
    Split,
    Succeeded,
    TooLarge,
    end_of,
    failed_count,
)
from eventsim.mapping.shard_work import Work, size_of
from eventsim.mapping.stream_post import OK, PROBLEM, StreamPost
from eventsim.mapping.tumbling import NO_STATE, Window, is_too_large, read_state, window_of
from eventsim.outcome import Attempt, Success
from eventsim.polled import StreamRecord

_US_PER_S = 1_000_000


class Keeper(Protocol):
    """Who keeps account of a shard for its lanes."""

    def pass_on(self, cause: int) -> None:
        """Note that some records are out of the way."""

    def take_back(self, offset: int) -> None:
        """Note that what begins here is to be read again."""

    def look(self) -> None:
        """See whether there is something to do: a lane may have room again."""


class ShardLane:
    """One lane of a shard.

    Attributes:
        is_open: whether new batches may go out.
        is_at_end: whether nothing more will come: the shard is closed and read to its end.
    """

    def __init__(self, post: StreamPost, shard: str, keeper: Keeper) -> None:
        self.is_open = True
        self.is_at_end = False
        self._post = post
        self._shard = shard
        self._keeper = keeper
        self._waiting: collections.deque[StreamRecord] = collections.deque()
        self._waiting_bytes = 0
        self._todo: list[Work] = []
        """What is left of a batch that was cut or split, the next one last."""
        self._current: Work | None = None
        self._is_in_flight = False
        self._is_going = False
        self._due_us: int | None = None
        """When the batching window ends, None while there is none."""
        self._window: Window | None = None
        self._state = NO_STATE
        self._silence_awaited: Window | None = None

    # --- what the keeper asks --------------------------------------------------------------------------

    @property
    def waiting_count(self) -> int:
        """How many records wait for their batch."""
        return len(self._waiting)

    @property
    def is_hungry(self) -> bool:
        """Whether another record would go into the very next batch."""
        return self.is_open and self._current is None and not self._todo and not self._is_full()

    @property
    def is_in_flight(self) -> bool:
        """Whether an outcome is awaited."""
        return self._is_in_flight

    @property
    def is_idle(self) -> bool:
        """Whether everything it was given is out of the way, its tumbling window too."""
        return self._current is None and not self._todo and not self._waiting and self._window is None

    def lowest(self) -> int | None:
        """Return the offset of the first record that is not out of the way, None if all are."""
        for work in (self._current, *reversed(self._todo)):
            if work is not None and work.records:
                return work.records[0].offset
        return self._waiting[0].offset if self._waiting else None

    def accept(self, records: Sequence[StreamRecord]) -> None:
        """Take records; `go` sends them when their batch is due."""
        self._waiting.extend(records)
        self._waiting_bytes += size_of(records)

    def close(self) -> int | None:
        """Let go of everything that is not in flight; return from which offset on it must be read again."""
        self.is_open = self.is_at_end = False
        in_flight = self._current if self._is_in_flight else None
        if in_flight is not None:
            self._current = None
        lowest = self.lowest()
        self._current = in_flight
        self._todo.clear()
        self._waiting.clear()
        self._waiting_bytes = 0
        self._due_us = None
        return lowest

    # --- batches ---------------------------------------------------------------------------------------

    def go(self) -> None:
        """Send for as long as a batch is due and nothing is in its way."""
        if self._is_going:  # an invocation that ends at once comes back here; the loop below goes on
            return
        self._is_going = True
        while self._current is None and self.is_open:
            work = self._todo.pop() if self._todo else self._next()
            if work is None:
                self._await_silence()
                break
            self._current = work
            self._send(work)
        self._is_going = False

    def _next(self) -> Work | None:
        span_us = self._post.settings.tumbling_us
        window = window_of(self._epoch_us(self._waiting[0].born_us), span_us) if span_us and self._waiting else None
        if self._window is not None and self._is_window_over(window):
            return self._end_of(self._window)
        if not self._waiting or not self._is_due():
            return None
        if self._window is not None:  # a record that comes late joins the window that is open
            window = self._window
        return self._take_batch(window)

    def _is_full(self) -> bool:
        policy = self._post.settings.batch
        return len(self._waiting) >= policy.size_max or self._waiting_bytes > policy.bytes_max - ENVELOPE_BYTES

    def _is_due(self) -> bool:
        """Tell whether what waits goes out; the first record that waits begins the batching window."""
        window_us = self._post.settings.batch.window_us
        now_us = self._post.clock.now_us
        if self._due_us is None:
            self._due_us = now_us + window_us
            if window_us and not self._is_full():
                self._post.clock.at(self._due_us, self._end_batching, self._due_us)
        return now_us >= self._due_us or self._is_full()

    def _end_batching(self, due_us: int) -> None:
        if due_us == self._due_us:
            self._continue()

    def _take_batch(self, window: Window | None) -> Work:
        policy, waiting = self._post.settings.batch, self._waiting
        self._due_us = None
        if window is None and policy.is_whole(policy.size_max, self._waiting_bytes):  # they fit, however many they are
            records = [waiting.popleft() for _ in range(min(len(waiting), policy.size_max))]
            size_bytes = size_of(records) if waiting else self._waiting_bytes
            self._waiting_bytes -= size_bytes
            return Work(self._post, self._shard, records, window, size_bytes=size_bytes)
        records = []
        size_bytes = 0
        while waiting and policy.fits(len(records), size_bytes, waiting[0].size_bytes):
            if window is not None and self._epoch_us(waiting[0].born_us) >= window.end_us:
                break
            record = waiting.popleft()
            records.append(record)
            size_bytes += record.size_bytes
        self._waiting_bytes -= size_bytes
        return Work(self._post, self._shard, records, window, size_bytes=size_bytes)

    def _continue(self) -> None:
        self.go()
        self._keeper.look()

    # --- an attempt ------------------------------------------------------------------------------------

    def _send(self, work: Work) -> None:
        if not self._shed_aged(work):
            return
        post, settings = self._post, self._post.settings
        if not work.subject:
            work.begin()
        work.request_id = post.request_id()
        now_us = post.clock.now_us
        age_us = now_us - work.last_born_us
        entry = post.tell_of_age(work.subject, work.cause, age_us, work.records)
        event: dict[str, object] = post.event(work.records)
        size_bytes = ENVELOPE_BYTES + work.size_bytes
        if work.window is not None:
            event |= self._window_members(work, work.window)
            size_bytes += len(self._state)
        invocation = Invocation(
            function=settings.function,
            request_id=work.request_id,
            event=event,
            mode="polled",
            qualifier=settings.qualifier,
            subject=work.subject,
            cause=entry,
            size_bytes=size_bytes,  # loop detection does not see through streams, so there is no lineage (documented)
        )
        self._is_in_flight = True
        count = len(work.records)  # before anything is made of them
        try:
            post.invoke(invocation, partial(self._end, work))
        except ApiError as error:  # no such function any more, or an event too large for it
            detail = {"reason": str(error)}
            entry = post.trace.record(post.kinds.uninvokable, work.subject, post.place, entry, detail=detail)
            self._conclude(work, TooLarge() if error.status == 413 else NotRun(str(error)), entry)
            return
        if post.count is not None and count:
            post.count.invoked(count)

    def _end(self, work: Work, attempt: Attempt) -> None:
        settings = self._post.settings
        reports = settings.reports_item_failures
        identifiers = [record.identifier for record in work.records] if reports else ()
        end = end_of(attempt.outcome, identifiers, reports_item_failures=reports)
        if work.window is not None and isinstance(attempt.outcome, Success):
            end = self._read_state(work, end, attempt.outcome.payload)
        entry = attempt.entry
        if isinstance(end, Failed) and isinstance(attempt.outcome, Success):
            kinds, detail = self._post.kinds, {"reason": end.reason}
            entry = self._post.trace.record(kinds.misreported, work.subject, self._post.place, entry, detail=detail)
        if not isinstance(end, NotRun):
            work.attempts += 1
            work.attempt = attempt
        self._conclude(work, end, entry)
        self._continue()

    def _conclude(self, work: Work, end: End, entry: int) -> None:
        """Do what the policy decides."""
        post = self._post
        self._is_in_flight = False
        work.throttles = work.throttles + 1 if isinstance(end, NotRun) else 0
        work.cause = entry
        post.last_result = OK if isinstance(end, Succeeded) else PROBLEM
        size = len(work.records)
        if post.count is not None and (failed := failed_count(end, size)):
            post.count.failed(failed)
        decision = post.settings.policy.decide(end, size=size, attempts=work.attempts, throttles=work.throttles)
        match decision:
            case Done():
                self._leave(work)
            case Discard(condition=condition):
                work.give_up(size, condition)
                self._leave(work)
            case Cut(at=at):
                detail = {"sequence": work.records[at].identifier}
                work.cause = post.trace.record(
                    post.kinds.cut, work.subject, post.place, entry, size - at, detail=detail
                )
                self._divide(work, [work.records[at:]])
                self._keeper.pass_on(work.cause)
            case Split(at=at):
                work.cause = post.trace.record(post.kinds.split, work.subject, post.place, entry, at)
                self._divide(work, [work.records[:at], work.records[at:]])
            case RetryIn(delay_us=delay_us):
                self._retry_later(work, end, delay_us)
            case _:
                assert_never(decision)

    def _leave(self, work: Work) -> None:
        """Be through with a batch, or with a window."""
        self._current = None
        if work.is_final:
            self._window, self._state = None, NO_STATE
        self._keeper.pass_on(work.cause)

    def _divide(self, work: Work, parts: list[list[StreamRecord]]) -> None:
        """Go on with parts of a batch, each of them counted anew."""
        self._current = None
        if self.is_open:
            for records in reversed(parts):
                size_bytes = size_of(records)
                part = Work(self._post, self._shard, records, work.window, size_bytes=size_bytes, cause=work.cause)
                self._todo.append(part)
            self._todo += self._early_end()
        else:
            self._keeper.take_back(parts[0][0].offset)

    def _retry_later(self, work: Work, end: End, delay_us: int) -> None:
        post = self._post
        if not self.is_open:
            self._current = None
            if work.records:
                self._keeper.take_back(work.records[0].offset)
            return
        reason = end.reason if isinstance(end, Failed | NotRun) else "the first record failed"
        age_us = post.clock.now_us - work.births_us()[0]
        record = post.trace.name_of(work.records[0].subject) if work.records else "the end of a window"
        detail = {"shard": self._shard, "record": record, "reason": reason, "age_s": age_us / _US_PER_S}
        work.cause = post.trace.record(post.kinds.blocked, work.subject, post.place, work.cause, delay_us, detail)
        post.clock.at(post.clock.now_us + delay_us, self._retry, work)

    def _retry(self, work: Work) -> None:
        if work is self._current and not self._is_in_flight:
            self._send(work)
            self._continue()

    # --- given up --------------------------------------------------------------------------------------

    def _shed_aged(self, work: Work) -> bool:
        """Give up the records that are too old; tell whether anything is left to send."""
        post = self._post
        policy, now_us = post.settings.policy, post.clock.now_us
        while (aged := policy.find_aged(work.births_us(), now_us)) is not None:
            if work.is_final:
                work.give_up(0, aged.condition or "older than the source keeps records")
                self._leave(work)
                return False
            if aged.condition == RETENTION:
                work.lose(aged.count)
            else:
                work.give_up(aged.count, aged.condition)
            work.drop(aged.count)
            self._keeper.pass_on(work.cause)
        if not work.records and not work.is_final:
            self._current = None
            return False
        return True

    # --- tumbling windows ------------------------------------------------------------------------------

    def _epoch_us(self, at_us: int) -> int:
        return self._post.clock.start_epoch_us + at_us

    def _window_members(self, work: Work, window: Window) -> dict[str, object]:
        """Return what the event of a batch says of its window; its first batch opens it."""
        if not work.is_final and self._window != window:
            self._window, self._state = window, NO_STATE
        return window.members(
            state=self._state,
            shard=self._shard,
            arn=self._post.source.arn,
            is_final=work.is_final,
            is_early=work.is_early,
        )

    def _read_state(self, work: Work, end: End, payload: str) -> End:
        """Keep the state that a function hands on; a response without one is a failure (documented)."""
        if work.is_final or not (isinstance(end, Succeeded) or (isinstance(end, FailedFrom) and end.at)):
            return end
        state = read_state(payload)
        if state is None:
            return Failed("there is no state in it")
        self._state = state
        if is_too_large(state) and end == SUCCEEDED:
            self._todo += self._early_end()
        return end

    def _early_end(self) -> list[Work]:
        """Return the call that ends a window whose state has grown too large, if it has."""
        if self._window is None or not is_too_large(self._state):
            return []
        return [self._end_of(self._window, is_early=True)]

    def _end_of(self, window: Window, *, is_early: bool = False) -> Work:
        """Return the call that ends a window; its limits of age count from now."""
        now_us = self._post.clock.now_us
        return Work(self._post, self._shard, [], window, is_final=True, is_early=is_early, born_us=now_us)

    def _is_window_over(self, next_window: Window | None) -> bool:
        """Tell whether the open window is over, given the window of the next record, if there is one."""
        window = self._window
        if window is None:
            return False
        if next_window is not None:
            return next_window.start_us > window.start_us
        return self.is_at_end or self._post.clock.epoch_us() >= window.silent_at_us

    def _await_silence(self) -> None:
        """Look again when the open window has been silent for so long that it is over."""
        window = self._window
        if window is None or self._silence_awaited == window:
            return
        self._silence_awaited = window
        clock = self._post.clock
        clock.at(max(window.silent_at_us - clock.start_epoch_us, clock.now_us), self._see_silence, window)

    def _see_silence(self, window: Window) -> None:
        if self._silence_awaited == window:
            self._silence_awaited = None
        self._continue()
