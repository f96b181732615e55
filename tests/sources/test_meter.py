"""How are many counted, each for itself?"""

from eventsim_sources.meter import KEPT_MIN, Counters, Meter, Meters

SECOND = 1_000_000


def test_each_has_a_rate_of_its_own() -> None:
    """A request that is about several passes if it may for all of them, and counts for none otherwise."""
    meters = Meters(2)

    together = meters.try_take(("a", "b"), 1, 0)
    alone = meters.try_take(("a",), 1, 0)
    refused = meters.try_take(("a", "b"), 1, 0)
    other = meters.try_take(("b",), 1, 0)

    assert (together, alone, refused, other) == (True, True, False, True)


def test_who_has_paid_everything_off_is_forgotten() -> None:
    """So memory holds those that were counted lately, however many there are in a run."""
    counters = Counters(lambda _: Meter(1))
    busy = counters.of("busy", 0)
    busy.take(100, 0)
    for number in range(2 * KEPT_MIN - 1):
        counters.of(number, 0).take(1, 0)

    before = len(counters)
    counters.of("later", 2 * SECOND)

    assert before == 2 * KEPT_MIN
    assert len(counters) == 2
    assert counters.find("busy") is busy
