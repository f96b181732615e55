"""How long does a handler take? Models of duration, written in a scenario as text and sampled from a seeded stream.

    20 ms                         always the same
    uniform 10 ms 50 ms           anything between
    exponential 30 ms             this mean, memoryless
    lognormal 20 ms p99 200 ms    this median, and one in a hundred takes longer than p99: the shape of real latencies
    [10 ms, 12 ms, 80 ms]         one of these, each as likely as another
    measured                      what the code really took here, slowed down to the function's share of a CPU

The sampled duration is spent after the handler's own code and before its answer leaves, on top of whatever virtual
time the code itself waited. So side effects happen, and a timeout loses the answer.
"""

import math
import re
from collections.abc import Callable, Sequence
from itertools import repeat
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Annotated, assert_never

from msgspec import Meta, Struct

from eventsim.errors import ConfigurationError
from eventsim.limits import MEMORY_MB_OF_ONE_CPU
from eventsim.quantity import duration_us

DurationText = Annotated[
    str | int | float | list[str | int | float],
    Meta(
        description="How long it takes: `20 ms`, `uniform 10 ms 50 ms`, `exponential 30 ms`, "
        "`lognormal 20 ms p99 200 ms` (the median and the 99th percentile), a list to choose from, or `measured`.",
        examples=["20 ms", "uniform 10 ms 50 ms", "lognormal 20 ms p99 200 ms"],
    ),
]

P99_DEVIATIONS = 2.3263478740408408
"""The 99th percentile of a normal distribution lies this many standard deviations above its middle."""


class Constant(Struct, frozen=True, gc=False):
    """Always the same."""

    span_us: int


class Uniform(Struct, frozen=True, gc=False):
    """Anything from low to high, all equally likely."""

    low_us: int
    high_us: int


class Exponential(Struct, frozen=True, gc=False):
    """Memoryless, with this mean."""

    mean_us: int


class LogNormal(Struct, frozen=True, gc=False):
    """Half take less than the median, one in a hundred takes more than p99."""

    median_us: int
    p99_us: int


class Empirical(Struct, frozen=True):
    """One of these, each as likely as another."""

    spans_us: tuple[int, ...]


class Measured(Struct, frozen=True, gc=False):
    """What the code really took on this machine: the one model that is not deterministic."""


DurationModel = Constant | Uniform | Exponential | LogNormal | Empirical | Measured

_SPAN = r"\d+(?:\.\d+)?\s*[A-Za-zµ]+"
_UNIFORM = re.compile(rf"uniform\s+({_SPAN})\s+({_SPAN})")
_EXPONENTIAL = re.compile(rf"exponential\s+({_SPAN})")
_LOGNORMAL = re.compile(rf"lognormal\s+({_SPAN})\s+p99\s+({_SPAN})")


def parse_duration(value: str | float | Sequence[str | float], *, key: str = "") -> DurationModel:
    """Return the model that the text of a scenario means.

    Raises:
        ConfigurationError: it is none; `key` is carried along.
    """
    if isinstance(value, str):
        return _parse_text(" ".join(value.split()), key)
    if isinstance(value, Sequence):
        if not value:
            raise ConfigurationError("an empty list says nothing about a duration; list at least one", key=key)
        return Empirical(tuple(duration_us(span, key=key) for span in value))
    return Constant(duration_us(value, key=key))


def _parse_text(text: str, key: str) -> DurationModel:
    if text == "measured":
        return Measured()
    if match := _UNIFORM.fullmatch(text):
        low_us, high_us = duration_us(match[1], key=key), duration_us(match[2], key=key)
        if low_us > high_us:
            raise ConfigurationError(f"{text!r}: the first duration must not be the longer one", key=key)
        return Uniform(low_us, high_us)
    if match := _EXPONENTIAL.fullmatch(text):
        return Exponential(duration_us(match[1], key=key))
    if match := _LOGNORMAL.fullmatch(text):
        median_us, p99_us = duration_us(match[1], key=key), duration_us(match[2], key=key)
        if not 0 < median_us <= p99_us:
            raise ConfigurationError(f"{text!r}: the median must be above zero and not above p99", key=key)
        return LogNormal(median_us, p99_us)
    try:
        return Constant(duration_us(text, key=key))
    except ConfigurationError:
        raise ConfigurationError(
            f"{text!r} is not a duration; write `20 ms`, `uniform 10 ms 50 ms`, `exponential 30 ms`, "
            "`lognormal 20 ms p99 200 ms`, a list of durations, or `measured`",
            key=key,
        ) from None


def sampler(model: DurationModel, luck: Callable[[], Random]) -> Callable[[], int]:
    """Return a function that gives one duration in microseconds after another; `luck` is asked for a stream if need be.

    A measured duration adds nothing of its own: whoever runs the code measures it.
    """
    match model:
        case Constant(span_us):
            return repeat(span_us).__next__  # the usual model, and asked for every invocation
        case Measured():
            return lambda: 0
        case Uniform(low_us, high_us):
            randint = luck().randint
            return lambda: randint(low_us, high_us)
        case Exponential(mean_us):
            random = luck().random
            return lambda: round(-math.log(1.0 - random()) * mean_us)
        case LogNormal(median_us, p99_us):
            gauss = luck().normalvariate
            sigma = math.log(p99_us / median_us) / P99_DEVIATIONS
            return lambda: round(median_us * math.exp(sigma * gauss(0.0, 1.0)))
        case Empirical(spans_us):
            choice = luck().choice
            return lambda: choice(spans_us)
        case _:
            assert_never(model)


def scaled_to_cpu_share(real_us: int, memory_mb: int) -> int:
    """Return how long work takes with this much memory that takes `real_us` on one whole CPU."""
    return real_us if memory_mb >= MEMORY_MB_OF_ONE_CPU else real_us * MEMORY_MB_OF_ONE_CPU // memory_mb
