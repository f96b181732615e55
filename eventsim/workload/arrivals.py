"""When does the workload do something? Instants in virtual time, as iterators: nobody keeps a million of them.

With a rate, the expected number of events up to an instant is a smooth curve. Even arrivals stand where the curve
passes 0, 1, 2, …; Poisson arrivals stand where it passes the sums of exponential gaps, so a ramp comes for free.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Annotated

from msgspec import Meta

from eventsim.errors import ConfigurationError

Rate = Annotated[
    str | int | float,
    Meta(
        description="How many a span of time: `10/s`, `600 per minute`, `1000/h`; a bare number means a second.",
        examples=["10/s", "600 per minute"],
    ),
]

_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:/|per )\s*(s|second|min|minute|m|h|hour|d|day)\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def rate_per_s(value: str | float, *, key: str = "") -> float:
    """Return a rate as a number a second.

    Raises:
        ConfigurationError: it is not a rate; `key` is carried along.
    """
    if isinstance(value, int | float) and value >= 0:
        return float(value)
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ConfigurationError(f"{value!r} is not a rate; write it like `10/s` or `600 per minute`", key=key)
    return float(match[1]) / _SECONDS[match[2][0]]


def burst(at_us: int, count: int | None, over_us: int = 0) -> Iterator[int]:
    """Yield one instant `count` times (None: for ever), spread evenly over a span if there is one."""
    if count is None:
        return itertools.repeat(at_us)
    return (at_us + over_us * index // count for index in range(count))


def every(gap_us: int, from_us: int) -> Iterator[int]:
    """Yield an instant and then one after every gap, for ever."""
    return itertools.count(from_us, gap_us)


def at_rate(
    expected: Iterator[float], start_per_s: float, end_per_s: float, over_us: int, from_us: int
) -> Iterator[int]:
    """Yield arrivals at a rate that grows (or falls) evenly over a span and then stays as it is.

    Args:
        expected: the numbers at which the curve of expected arrivals is to be cut, rising: `evenly()`, `poisson(…)`.
        over_us: the span of the ramp; 0 for a constant rate, which is then `end_per_s`.
    """
    when_s = _inverse(start_per_s, end_per_s, over_us / 1e6)
    for count in expected:
        at_s = when_s(count)
        if at_s is None:
            return
        yield from_us + round(at_s * 1e6)


def _inverse(start: float, end: float, over_s: float) -> Callable[[float], float | None]:
    """Return the function that tells after how many seconds this many have arrived, None for never."""
    on_ramp = (start + end) / 2 * over_s
    growth = (end - start) / over_s if over_s else 0.0

    def when_s(count: float) -> float | None:
        if count >= on_ramp:
            return over_s + (count - on_ramp) / end if end else None
        if growth == 0 or count == 0:
            return count / start if count else 0.0
        return 2 * count / (start + math.sqrt(start * start + 2 * growth * count))

    return when_s


def evenly() -> Iterator[float]:
    """Yield 0, 1, 2, …: arrivals at equal gaps."""
    return itertools.count(0.0)


def poisson(luck: Random) -> Iterator[float]:
    """Yield the arrivals of a Poisson process with one a unit: sums of memoryless gaps."""
    total = 0.0
    while True:
        total -= math.log(1.0 - luck.random())
        yield total


def cron(expression: str, start_at: datetime, from_us: int, *, key: str = "") -> Iterator[int]:
    """Yield the instants of a cron expression of five fields, in UTC, beginning with `from_us` itself.

    Raises:
        ConfigurationError: it is not a cron expression, or names no date that ever comes; `key` is carried along.
    """
    import croniter  # only scenarios with a cron line pay for it

    start_s = (from_us + 999_999) // 1_000_000
    begin = start_at.timestamp()
    try:
        dates = croniter.croniter(expression, begin + start_s - 1, ret_type=float)
        first = dates.get_next()
    except (croniter.CroniterError, ValueError) as error:
        raise ConfigurationError(
            f"{expression!r} is not a cron expression ({error}); write minute, hour, day of month, month and day of "
            "week, such as `*/5 * * * *`",
            key=key,
        ) from None
    later = (dates.get_next() for _ in itertools.count())
    return (round((when - begin) * 1e6) for when in itertools.chain([first], later))
