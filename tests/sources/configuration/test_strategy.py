"""How a deployment grows, as a table."""

import pytest

from eventsim_sources.configuration.strategy import PREDEFINED, Strategy


def minutes(strategy: Strategy) -> list[tuple[float, float]]:
    return [(after_us / 60_000_000, share) for after_us, share in strategy.steps()]


def strategy(factor: float, *, growth_type: str = "LINEAR", duration_min: int = 15) -> Strategy:
    return Strategy(identifier="s", name="s", duration_min=duration_min, growth_factor=factor, growth_type=growth_type)


def test_a_linear_one_grows_by_the_same_share() -> None:
    """Recorded in AWS's own example: 25 % in 15 minutes."""
    assert minutes(strategy(25)) == [(3, 25), (6, 50), (9, 75), (12, 100)]


def test_an_exponential_one_doubles() -> None:
    """G*2^N, until all have it."""
    steps = minutes(strategy(10, growth_type="EXPONENTIAL", duration_min=12))

    assert steps == [(2, 10), (4, 20), (6, 40), (8, 80), (10, 100)]


@pytest.mark.parametrize(
    ("elapsed_us", "percentage"), [(0, 1), (179_999_999, 1), (180_000_000, 25), (720_000_000, 100)]
)
def test_a_share_is_reached_at_the_end_of_its_step(elapsed_us: int, percentage: float) -> None:
    assert strategy(25).percentage(elapsed_us) == percentage


def test_a_factor_need_not_divide_a_hundred() -> None:
    assert [share for _, share in strategy(40).steps()] == [40, 80, 100]


def test_all_at_once_takes_no_time() -> None:
    assert PREDEFINED["AppConfig.AllAtOnce"].steps() == [(0, 100)]
