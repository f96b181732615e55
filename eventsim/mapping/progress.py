"""What follows an attempt at a batch of an ordered source? The rules of shards, as decisions.

A shard goes on only when its batch is out of the way. So there are five ways to get it out of the way:

    success                               done
    partial failure, not at the first     cut: what stands before is done, the rest is a batch of its own, counted anew
    failure, bisecting, more than one     split: first half, then second half; it uses up no retry
    failure, retries used up              discard, with a record to the destination
    record too old                        discard those that are, before every attempt; the others go on
    anything else                         the same batch again, later

What did not reach the function (throttled, no such function) is tried again for as long as the records live: it never
uses up a retry. Records that outlive the source's retention are lost, and no destination hears of them (documented).
"""

from collections.abc import Sequence
from typing import assert_never

from msgspec import Struct

from eventsim.limits import SHARD_RETRY_DELAY_US_MAX, SHARD_RETRY_DELAY_US_MIN
from eventsim.mapping.batch import AllFailed, AllSucceeded, SomeFailed, decide_failures
from eventsim.outcome import Failure, Outcome, Refused, Success, Throttled

RETRIES, AGE, SIZE = "RetryAttemptsExhausted", "RecordAgeExceeded", "MaximumPayloadSizeExceeded"
"""Why records are given up, in AWS's words."""
RETENTION = ""
"""Why records are lost without a word."""

_DOUBLINGS_MAX = 32


# --- what came of an attempt -------------------------------------------------------------------------------


class Succeeded(Struct, frozen=True, gc=False):
    """Every record was processed."""


class FailedFrom(Struct, frozen=True, gc=False):
    """The function reported failures; the first of them stands at index `at` of the batch."""

    at: int


class Failed(Struct, frozen=True, gc=False):
    """The whole batch failed; `reason` says why if the function did not raise it."""

    reason: str = ""


class NotRun(Struct, frozen=True, gc=False):
    """It did not reach the function."""

    reason: str


class TooLarge(Struct, frozen=True, gc=False):
    """It will never reach the function: the event is larger than an invocation may be."""


End = Succeeded | FailedFrom | Failed | NotRun | TooLarge

SUCCEEDED = Succeeded()


def end_of(outcome: Outcome, identifiers: Sequence[str], *, reports_item_failures: bool) -> End:
    """Tell what an attempt did to its batch.

    Args:
        identifiers: the sequence numbers, in order.
    """
    match outcome:
        case Success(payload=payload):
            return _reported(payload, identifiers) if reports_item_failures else SUCCEEDED
        case Failure(error_type=error_type):
            return Failed(error_type)
        case Throttled(reason=reason):
            return NotRun(reason)
        case Refused(code=code):
            return Failed(code)
        case _:
            assert_never(outcome)


def _reported(payload: str, identifiers: Sequence[str]) -> End:
    verdict = decide_failures(payload, set(identifiers))
    match verdict:
        case AllSucceeded():
            return SUCCEEDED
        case SomeFailed(identifiers=failed):
            return FailedFrom(next(at for at, identifier in enumerate(identifiers) if identifier in failed))
        case AllFailed(reason=reason):
            return Failed(reason)
        case _:
            assert_never(verdict)


def failed_count(end: End, size: int) -> int:
    """Return how many records of a batch of some size were not processed; what follows a failed one was not."""
    match end:
        case Succeeded():
            return 0
        case FailedFrom(at=at):
            return size - at
        case Failed() | NotRun() | TooLarge():
            return size
        case _:
            assert_never(end)


# --- what follows ------------------------------------------------------------------------------------------


class Done(Struct, frozen=True, gc=False):
    """The batch is out of the way."""


class Cut(Struct, frozen=True, gc=False):
    """Those before index `at` are done; the others are a batch of their own."""

    at: int


class Split(Struct, frozen=True, gc=False):
    """Try the first `at` records, then the others."""

    at: int


class RetryIn(Struct, frozen=True, gc=False):
    """Try the same batch again."""

    delay_us: int


class Discard(Struct, frozen=True, gc=False):
    """Give the batch up."""

    condition: str


Decision = Done | Cut | Split | RetryIn | Discard


class Aged(Struct, frozen=True, gc=False):
    """The first `count` records are too old; `condition` is `RETENTION` if they are lost without a word."""

    count: int
    condition: str


class ShardPolicy(Struct, frozen=True, kw_only=True, gc=False):
    """How a mapping gets failing batches out of a shard's way.

    Attributes:
        retention_us: how long the source keeps a record.
        retries_max: attempts after the first, None for as long as the records live.
        age_max_us: how old a record may grow, None for as long as it lives.
        is_bisecting: whether a failing batch is split in two.
        delay_min_us, delay_max_us: between attempts; it doubles in between.
    """

    retention_us: int
    retries_max: int | None = None
    age_max_us: int | None = None
    is_bisecting: bool = False
    delay_min_us: int = SHARD_RETRY_DELAY_US_MIN
    delay_max_us: int = SHARD_RETRY_DELAY_US_MAX

    def decide(self, end: End, *, size: int, attempts: int, throttles: int) -> Decision:
        """Decide what follows an attempt.

        Args:
            size: records in the batch.
            attempts: how often the function has run with this very batch, this time included.
            throttles: how often in a row it was not reached, this time included.
        """
        match end:
            case Succeeded():
                return Done()
            case FailedFrom(at=at) if at:
                return Cut(at)
            case FailedFrom() | Failed():
                if self.is_bisecting and size > 1:
                    return Split(size // 2)
                if self.retries_max is not None and attempts > self.retries_max:
                    return Discard(RETRIES)
                return RetryIn(self._delay_us(attempts))
            case NotRun():
                return RetryIn(self._delay_us(throttles))
            case TooLarge():
                return Split(size // 2) if size > 1 else Discard(SIZE)
            case _:
                assert_never(end)

    def _delay_us(self, times: int) -> int:
        return min(self.delay_min_us << min(max(times - 1, 0), _DOUBLINGS_MAX), self.delay_max_us)

    def find_aged(self, births_us: Sequence[int], now_us: int) -> Aged | None:
        """Return how many of the leading records are too old for an attempt, and by which rule; None if none is."""
        if not births_us:
            return None
        condition = self._condition(now_us - births_us[0])
        if condition is None:
            return None
        count = 1
        while count < len(births_us) and self._condition(now_us - births_us[count]) == condition:
            count += 1
        return Aged(count, condition)

    def _condition(self, age_us: int) -> str | None:
        if self.age_max_us is not None and age_us > self.age_max_us:
            return AGE
        return RETENTION if age_us > self.retention_us else None
