"""At which instants does a feed act?"""

from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest

from eventsim.chance import Chance
from eventsim.errors import ConfigurationError
from eventsim.workload import arrivals

S = 1_000_000
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "per_s"),
    [(10, 10.0), ("10/s", 10.0), ("600 per minute", 10.0), ("36000/h", 10.0), ("0.5/s", 0.5), ("864000/day", 10.0)],
    ids=str,
)
def test_a_rate_says_its_span(value: str | float, per_s: float) -> None:
    """A bare number counts a second."""
    assert arrivals.rate_per_s(value) == per_s


@pytest.mark.parametrize("value", ["fast", "10/fortnight", "-1/s", "10", -1], ids=str)
def test_what_is_no_rate_is_refused(value: str | float) -> None:
    """The message shows how a rate is written."""
    with pytest.raises(ConfigurationError, match="is not a rate; write it like `10/s`"):
        arrivals.rate_per_s(value)


def test_a_burst_over_a_span_is_spread_evenly() -> None:
    """The first comes at its beginning, the end of the span is left out."""
    assert list(arrivals.burst(5 * S, 4, 2 * S)) == [5 * S, 5_500_000, 6 * S, 6_500_000]


def test_even_arrivals_do_not_drift() -> None:
    """Every instant is worked out from the beginning, not from the one before."""
    instants = arrivals.at_rate(arrivals.evenly(), 3, 3, 0, from_us=S)

    assert list(islice(instants, 3001))[::1000] == [S, S + 333_333_333, S + 666_666_667, S + 1_000_000_000]


def test_a_ramp_has_as_many_arrivals_as_the_area_under_it() -> None:
    """From 0 to 10 a second in 10 s makes 50; afterwards there are 10 a second."""
    instants = list(islice(arrivals.at_rate(arrivals.evenly(), 0, 10, 10 * S, from_us=0), 61))

    assert instants[50] == 10 * S
    assert instants[60] - instants[50] == S
    assert instants == sorted(instants)


def test_a_ramp_to_nothing_ends() -> None:
    """From 10 a second to none in 10 s makes 50 gaps; then nothing comes any more."""
    instants = list(arrivals.at_rate(arrivals.evenly(), 10, 0, 10 * S, from_us=0))

    assert len(instants) == 50
    assert instants[-1] < 10 * S


def test_poisson_arrivals_have_their_rate_and_are_irregular() -> None:
    """10,000 memoryless gaps of 10 ms take about 100 s; their spread is as large as their mean."""
    luck = Chance(7).stream("arrivals", "test")

    instants = list(islice(arrivals.at_rate(arrivals.poisson(luck), 100, 100, 0, from_us=0), 10_000))

    gaps = [later - earlier for earlier, later in pairwise(instants)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(10_000, rel=0.05)
    assert deviation == pytest.approx(mean, rel=0.05)


def test_cron_counts_in_utc_and_includes_its_beginning() -> None:
    """A run that begins at midnight sees the midnight line fire at 0 s."""
    assert list(islice(arrivals.cron("0 */12 * * *", MONDAY, 0), 3)) == [0, 43_200 * S, 86_400 * S]


def test_cron_may_begin_later() -> None:
    """What would have been before `from` is left out."""
    assert next(arrivals.cron("*/5 * * * *", MONDAY, 301 * S)) == 600 * S


@pytest.mark.parametrize("expression", ["every day", "61 * * * *", "* * *", "0 0 31 2 *"])
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    """So is a date that never comes."""
    with pytest.raises(ConfigurationError, match="is not a cron expression"):
        arrivals.cron(expression, MONDAY, 0, key="workload[0].cron")
