"""A file is looked at once it is at rest."""

import pytest

from eventsim_sources.bucket.unrest import OPEN_STILL_US, QUIET_US, STILL_US, Noise, Unrest


@pytest.mark.parametrize(
    ("noises", "rest_us"),
    [
        pytest.param(["made", "opened", "written", "closed"], QUIET_US, id="a copy that is finished"),
        pytest.param(["made", "opened", "written"], OPEN_STILL_US, id="a copy that goes on"),
        pytest.param(["made", "opened", "opened", "closed"], OPEN_STILL_US, id="a reader looks at a copy that goes on"),
        pytest.param(["made"], STILL_US, id="a file from elsewhere, of which no more is told"),
        pytest.param(["gone"], QUIET_US, id="a file that is deleted"),
        pytest.param(["opened", "written", "gone"], QUIET_US, id="a file that is deleted while open"),
    ],
)
def test_a_file_is_due_when_it_is_at_rest(noises: list[Noise], rest_us: int) -> None:
    """Soon if nobody has it open, late if somebody does."""
    unrest = Unrest()

    for noise in noises:
        unrest.hear(noise, "a", 0)

    assert unrest.next_us() == rest_us
    assert unrest.due(rest_us - 1) == ([], [])
    assert unrest.due(rest_us) == (["a"], [])
    assert unrest.next_us() is None


def test_who_only_reads_disturbs_nothing() -> None:
    """Opening and closing changes no file."""
    unrest = Unrest()

    unrest.hear("opened", "a", 0)
    unrest.hear("closed", "a", 0)

    assert unrest.next_us() is None


def test_every_noise_puts_the_look_off() -> None:
    """A file that is written again and again is one file."""
    unrest = Unrest()

    for at_us in range(0, 1_000_000, QUIET_US // 2):
        unrest.hear("moved", "a", at_us)

    assert unrest.due(1_000_000) == ([], [])


def test_a_file_that_is_renamed_while_open_is_still_open() -> None:
    """Its writer goes on under the new name."""
    unrest = Unrest()
    for noise in ("made", "opened", "written"):
        unrest.hear(noise, "a.part", 0)  # type: ignore[arg-type]

    unrest.hear_move("a.part", "a", 0)

    assert unrest.due(QUIET_US) == (["a.part"], [])
    assert unrest.next_us() == OPEN_STILL_US


def test_after_very_many_noises_everything_is_looked_through() -> None:
    """Some of them may have been dropped on the way."""
    unrest = Unrest(noises_max=10)

    for number in range(10):
        unrest.hear("moved", f"{number}", 0)
    unrest.due(QUIET_US)

    assert unrest.due(STILL_US) == ([], [""])
