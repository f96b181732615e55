"""How many batches a mapping may have in flight."""

import pytest

from eventsim.mapping.scaling import Scaling, ScalingPolicy, provisioned

S = 1_000_000


def test_pollers_grow_by_five_a_second_while_messages_remain() -> None:
    """Five at first, then 300 more a minute, up to 1,250 (documented)."""
    scaling = Scaling(ScalingPolicy())
    scaling.see_messages(0)

    allowed = [scaling.allowed(at_s * S) for at_s in (0, 1, 2, 60, 248, 249, 1_000)]

    assert allowed == [5, 10, 15, 305, 1_245, 1_250, 1_250]


def test_pollers_stop_growing_when_a_receive_gives_nothing() -> None:
    """What has been reached stays, for a while."""
    scaling = Scaling(ScalingPolicy())
    scaling.see_messages(0)

    scaling.see_nothing(10 * S)

    assert [scaling.allowed(at_s * S) for at_s in (10, 69, 70, 309, 310)] == [55, 55, 5, 5, 2]


def test_maximum_concurrency_caps_and_is_not_scaled_down() -> None:
    """With a maximum concurrency the pollers never rest at two (documented)."""
    scaling = Scaling(ScalingPolicy(concurrency_max=7))
    scaling.see_messages(0)
    scaling.see_nothing(10 * S)

    assert [scaling.allowed(at_s * S) for at_s in (10, 70, 9_999)] == [7, 5, 5]


def test_provisioned_pollers_are_ready_and_grow_faster() -> None:
    """Ten batches for each, 1,000 more a minute, up to the most (documented)."""
    scaling = Scaling(provisioned(3, 100))
    scaling.see_messages(0)

    assert [scaling.allowed(at_s * S) for at_s in (0, 1, 60, 61, 1_000)] == [30, 46, 990, 1_000, 1_000]


def test_provisioned_pollers_never_fall_below_the_least() -> None:
    """Neither for want of messages nor in trouble; what an idle mapping costs are its event pollers."""
    idle, troubled, changed = Scaling(provisioned(3, 100)), Scaling(provisioned(3, 100)), Scaling(ScalingPolicy())

    idle.see_nothing(0)
    for at_s in range(10):
        troubled.see_trouble(at_s * S)
    changed.configure(provisioned(3, 100))

    assert [each.allowed(3_600 * S) for each in (idle, troubled, changed)] == [30, 30, 30]
    assert idle.empty_polls(60 * S) == 9


def test_trouble_halves_the_pollers_at_most_once_a_second() -> None:
    """Errors lower the concurrency gradually (unconfirmed numbers)."""
    scaling = Scaling(ScalingPolicy())
    scaling.see_messages(0)

    scaling.see_trouble(7 * S)
    scaling.see_trouble(7 * S + 1)

    assert scaling.allowed(7 * S + 1) == 20
    assert scaling.allowed(8 * S) == 25


def test_trouble_never_goes_below_two() -> None:
    """However many errors, two pollers remain."""
    scaling = Scaling(ScalingPolicy())

    for at_s in range(10):
        scaling.see_trouble(at_s * S)

    assert scaling.allowed(10 * S) == 2


def test_the_next_rise_is_known_while_messages_remain() -> None:
    """Whoever waits for a lane knows when to look again."""
    scaling = Scaling(ScalingPolicy(concurrency_max=12))
    scaling.see_messages(500_000)

    rises = [scaling.rises_at_us(at_us) for at_us in (500_000, 1_400_000, 1_500_000, 2_500_000)]

    assert rises == [1_500_000, 1_500_000, 2_500_000, None]


@pytest.mark.parametrize(("idle_s", "polls"), [(0, 0), (19, 0), (20, 5), (60, 15), (300, 75), (360, 81), (3_600, 405)])
def test_empty_long_polls_are_counted_without_being_made(idle_s: int, polls: int) -> None:
    """Five pollers wait 20 s each, after five minutes two: what an idle mapping costs."""
    scaling = Scaling(ScalingPolicy())
    scaling.see_nothing(0)

    assert scaling.empty_polls(idle_s * S) == polls


def test_a_stopped_mapping_polls_no_more() -> None:
    """What was counted stays counted."""
    scaling = Scaling(ScalingPolicy())
    scaling.see_nothing(0)

    scaling.stop(60 * S)

    assert scaling.empty_polls(9_999 * S) == 15
