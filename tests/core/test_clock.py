"""The clock: virtual time as integers, dates at the edge."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from eventsim.clock import START_AT, Clock
from eventsim.errors import ConfigurationError
from eventsim.loop import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """A loop at time 0."""
    made = VirtualLoop()
    yield made
    made.close()


def test_time_begins_at_zero_on_the_first_of_january(loop: VirtualLoop) -> None:
    """A run begins at 0 µs, on a date that does not depend on today."""
    clock = Clock(loop)

    assert (clock.now_us, clock.date()) == (0, START_AT)
    assert clock.iso_ms() == "2026-01-01T00:00:00.000Z"


def test_a_date_is_the_start_plus_the_time_that_has_passed(loop: VirtualLoop) -> None:
    """Epoch, milliseconds and dates are worked out from the one integer."""
    clock = Clock(loop, datetime(2024, 2, 28, 23, 59, 59, tzinfo=UTC))

    loop.run_until(1_500_999)

    assert clock.date() == datetime(2024, 2, 29, 0, 0, 0, 500_999, tzinfo=UTC)
    assert clock.iso_ms() == "2024-02-29T00:00:00.500Z"
    assert clock.epoch_ms() == clock.epoch_us() // 1000 == 1_709_164_800_500


def test_a_run_may_begin_in_any_time_zone(loop: VirtualLoop) -> None:
    """Dates are told in UTC, wherever it is that the run begins; across a change of the clocks, too."""
    clock = Clock(loop, datetime(2024, 3, 10, 1, 59, 59, tzinfo=ZoneInfo("America/Los_Angeles")))

    assert clock.iso_ms() == "2024-03-10T09:59:59.000Z"
    assert clock.iso_ms(2_000_000) == "2024-03-10T10:00:01.000Z"


def test_a_date_without_a_time_zone_could_be_any_instant(loop: VirtualLoop) -> None:
    """It is refused where it is given, not by some subtraction later."""
    with pytest.raises(ConfigurationError, match=r"2024-03-10 00:00:00 has no time zone; add `tzinfo=UTC`"):
        Clock(loop, datetime(2024, 3, 10))


def test_an_instant_of_the_run_has_a_date_too(loop: VirtualLoop) -> None:
    """Whoever keeps an instant can ask for its date later."""
    clock = Clock(loop)

    assert clock.iso_ms(86_400_000_000) == "2026-01-02T00:00:00.000Z"


def test_what_is_asked_for_at_an_instant_runs_then(loop: VirtualLoop) -> None:
    """`at` takes microseconds since the run began; an instant that has passed means now."""
    clock = Clock(loop)
    seen: list[tuple[str, int]] = []

    clock.at(2_000_000, lambda name: seen.append((name, clock.now_us)), "later")
    clock.at(-1, lambda name: seen.append((name, clock.now_us)), "past")
    clock.soon(lambda name: seen.append((name, clock.now_us)), "soon")
    loop.run_until(None)

    assert seen == [("past", 0), ("soon", 0), ("later", 2_000_000)]


def test_held_time_does_not_pass(loop: VirtualLoop) -> None:
    """While a ticket is open the clock stands, however long the answer takes."""
    clock = Clock(loop)
    seen: list[tuple[str, int]] = []

    clock.at(1, lambda name: seen.append((name, clock.now_us)), "due")
    clock.hold("an answer").post(lambda name: seen.append((name, clock.now_us)), "answer")
    loop.run_until(None)

    assert seen == [("answer", 0), ("due", 1)]
