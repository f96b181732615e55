"""Durations: written as text, sampled from a seeded stream."""

from collections.abc import Sequence
from statistics import mean, median, quantiles
from typing import Any

import pytest

from eventsim.chance import Chance
from eventsim.errors import ConfigurationError
from eventsim.function.duration import (
    Constant,
    DurationModel,
    Empirical,
    Exponential,
    LogNormal,
    Measured,
    Uniform,
    parse_duration,
    sampler,
    scaled_to_cpu_share,
)

TEXTS: dict[str, tuple[str | float | list[str | float], DurationModel]] = {
    "constant": ("20 ms", Constant(20_000)),
    "compound": ("1 s 500 ms", Constant(1_500_000)),
    "number of seconds": (0.25, Constant(250_000)),
    "uniform": ("uniform 10 ms 50 ms", Uniform(10_000, 50_000)),
    "exponential": ("exponential 30 ms", Exponential(30_000)),
    "lognormal": ("lognormal  20 ms  p99 200 ms", LogNormal(20_000, 200_000)),
    "list": (["10 ms", 0.012, "80 ms"], Empirical((10_000, 12_000, 80_000))),
    "measured": ("measured", Measured()),
}


@pytest.mark.parametrize(("text", "model"), TEXTS.values(), ids=TEXTS)
def test_a_text_means_a_model(text: str | float | list[str | float], model: DurationModel) -> None:
    """All six models can be written in a scenario."""
    assert parse_duration(text) == model


NONSENSE = {
    "word": ("fast", "'fast' is not a duration; write `20 ms`"),
    "backwards": ("uniform 50 ms 10 ms", "must not be the longer one"),
    "p99 below median": ("lognormal 20 ms p99 10 ms", "not above p99"),
    "zero median": ("lognormal 0 ms p99 10 ms", "above zero"),
    "empty list": ([], "list at least one"),
    "negative": (-1, "not a span of time"),
}


@pytest.mark.parametrize(("text", "message"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_with_its_key(text: str | float | list[str | float], message: str) -> None:
    """The error names the setting and shows what can be written."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_duration(text, key="functions.f.duration")

    assert caught.value.key == "functions.f.duration"


def _draw(model: DurationModel, count: int = 20_000) -> Sequence[int]:
    sample = sampler(model, lambda: Chance(1).stream("test"))
    return [sample() for _ in range(count)]


def test_uniform_stays_between_its_ends() -> None:
    """Both ends can come."""
    spans = _draw(Uniform(10, 13))

    assert set(spans) == {10, 11, 12, 13}


def test_exponential_has_its_mean() -> None:
    """And a median of ln 2 times that."""
    spans = _draw(Exponential(30_000))

    assert mean(spans) == pytest.approx(30_000, rel=0.03)
    assert median(spans) == pytest.approx(20_794, rel=0.05)


def test_lognormal_has_its_median_and_its_99th_percentile() -> None:
    """The two numbers by which people know their latencies."""
    spans = _draw(LogNormal(20_000, 200_000))

    assert median(spans) == pytest.approx(20_000, rel=0.05)
    assert quantiles(spans, n=100)[98] == pytest.approx(200_000, rel=0.15)


def test_a_list_is_chosen_from() -> None:
    """Nothing else comes."""
    assert set(_draw(Empirical((1, 5, 9)))) == {1, 5, 9}


def test_the_same_stream_gives_the_same_durations() -> None:
    """Chance comes only through the stream."""
    assert _draw(LogNormal(20_000, 200_000), 50) == _draw(LogNormal(20_000, 200_000), 50)


@pytest.mark.parametrize("model", [Constant(7), Measured()], ids=["constant", "measured"])
def test_what_needs_no_luck_asks_for_none(model: DurationModel) -> None:
    """A stream costs microseconds; a constant does not pay for it."""

    def no_luck() -> Any:
        raise AssertionError("luck must not be asked")

    assert sampler(model, no_luck)() in (7, 0)


@pytest.mark.parametrize(
    ("memory_mb", "span_us"), [(128, 13_820), (1_769, 1_000), (10_240, 1_000)], ids=["small", "one CPU", "large"]
)
def test_measured_time_is_stretched_to_the_share_of_a_cpu(memory_mb: int, span_us: int) -> None:
    """1,769 MB are one CPU (documented); more do not make one thread faster."""
    assert scaled_to_cpu_share(1_000, memory_mb) == span_us
