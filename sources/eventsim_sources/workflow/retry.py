"""What follows a failure in a state? A retry after a delay, a catcher, or the end."""

from collections.abc import Mapping, Sequence
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any

from msgspec import Struct

from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.limits import RETRY_ATTEMPTS_MAX, RETRY_BACKOFF_RATE, RETRY_INTERVAL_S

_DELAY_S_MAX = 31_622_400


class RetryIn(Struct, frozen=True):
    """Try again after a delay; `retrier` is the one that says so, by its place."""

    delay_us: int
    retrier: int


class Caught(Struct, frozen=True):
    """Go on where a catcher says."""

    catcher: Mapping[str, Any]


def decide(
    failure: StateFailed,
    *,
    retriers: Sequence[Mapping[str, Any]],
    catchers: Sequence[Mapping[str, Any]],
    attempts: Mapping[int, int],
    luck: Random,
) -> RetryIn | Caught | None:
    """Decide what follows a failure; None for the end.

    Args:
        attempts: retries so far, by the place of the retrier: each counts its own.
    """
    for place, retrier in enumerate(retriers):
        if not failure.is_one_of(retrier["ErrorEquals"]):
            continue
        made = attempts.get(place, 0)
        if made < retrier.get("MaxAttempts", RETRY_ATTEMPTS_MAX):
            return RetryIn(_delay_us(retrier, made, luck), place)
        break
    for catcher in catchers:
        if failure.is_one_of(catcher["ErrorEquals"]):
            return Caught(catcher)
    return None


def _delay_us(retrier: Mapping[str, Any], made: int, luck: Random) -> int:
    rate = retrier.get("BackoffRate", RETRY_BACKOFF_RATE)
    most_s = retrier.get("MaxDelaySeconds", _DELAY_S_MAX)
    try:
        delay_s = min(retrier.get("IntervalSeconds", RETRY_INTERVAL_S) * rate**made, most_s)
    except OverflowError:
        delay_s = most_s
    delay_us = round(delay_s * 1_000_000)
    return luck.randint(0, delay_us) if retrier.get("JitterStrategy") == "FULL" else delay_us
