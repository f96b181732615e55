"""What a shard and its meters decide, as values."""

from itertools import pairwise

import pytest

from eventsim_sources.meter import Meter
from eventsim_sources.stream.demand import Demand
from eventsim_sources.stream.sequence import number_at, offset_of, prefix_of
from eventsim_sources.stream.shard import HashRange, Shard, behind_ms

SECOND = 1_000_000
PREFIX = prefix_of(1_767_225_600_000, 3)


def shard_with(*born_s: int) -> Shard:
    """Return a shard with records that arrived then."""
    shard = Shard(3, HashRange(0, 9), born_us=0, prefix=PREFIX)
    for at_s in born_s:
        shard.put("k", b"data", at_s * SECOND)
    return shard


@pytest.mark.parametrize(
    ("taken", "then_us", "count", "fits"),
    [
        (0, 0, 10, True),
        (0, 0, 11, True),
        (10, 0, 1, False),
        (9, 0, 1, True),
        (9, 0, 2, False),
        (10, SECOND // 10, 1, True),
        (10, SECOND // 10, 2, False),
        (10, SECOND, 10, True),
        (30, 2 * SECOND, 1, False),
        (30, 3 * SECOND, 99, True),
    ],
)
def test_a_meter_holds_one_second(taken: int, then_us: int, count: int, fits: bool) -> None:
    """It fills up as time passes; what is larger passes when it is full, and is paid off."""
    meter = Meter(10)
    if taken:
        meter.take(taken, 0)

    assert meter.try_take(count, then_us) == fits


@pytest.mark.parametrize("offset", [-1, 0, 1, 10**9])
def test_a_number_tells_its_place(offset: int) -> None:
    """And one of another shard tells none."""
    number = number_at(PREFIX, offset)

    assert (len(number), offset_of(PREFIX, number)) == (56, offset)
    assert offset_of(prefix_of(1_767_225_600_000, 4), number) is None


@pytest.mark.parametrize("number", ["0", "1", "9" * 56, "9" * 128, PREFIX])
def test_any_other_number_is_no_place(number: str) -> None:
    """However long it is."""
    assert offset_of(PREFIX, number) is None


def test_a_shard_forgets_from_the_front() -> None:
    """Offsets stay what they were; a reader who is late goes on with the oldest that is left."""
    shard = shard_with(1, 2, 2, 3)

    counts = [shard.trim(at_s * SECOND) for at_s in (0, 2, 2)]

    assert (counts, len(shard), shard.first_offset) == ([0, 3, 0], 1, 3)
    assert [record.offset for record in shard.read(0, 10)] == [3]
    assert shard.trim(9 * SECOND) == 1
    assert shard.read(0, 10) == []
    assert shard.put("k", b"", 9 * SECOND).offset == 4


@pytest.mark.parametrize(("at_s", "offset"), [(0, 0), (1, 0), (2, 1), (3, 3), (4, 4)])
def test_an_instant_has_a_place(at_s: int, offset: int) -> None:
    """That of the first record that arrived then or later."""
    assert shard_with(1, 2, 2, 3).offset_at(at_s * SECOND) == offset


def test_a_read_has_a_bound_in_bytes() -> None:
    """But the first record always fits."""
    shard = shard_with(1, 1, 1)

    assert [len(shard.read_within(0, 9, size)[0]) for size in (1, 5, 9, 10, 15, 99)] == [1, 1, 1, 2, 3, 3]
    assert [shard.read_within(0, 9, size)[1:] for size in (5, 99)] == [(5, True), (15, False)]


def test_who_has_not_read_all_is_behind() -> None:
    """By a millisecond at least, even in the instant of arrival."""
    shard = shard_with(1, 1)
    (first,) = shard.read(0, 1)

    assert behind_ms(shard, 1, SECOND, first) == 1
    assert behind_ms(shard, 1, 3 * SECOND, first) == 2_000
    assert behind_ms(shard, 0, 3 * SECOND, None) == 2_000
    assert behind_ms(shard, 2, 3 * SECOND, first) == 0


def test_a_closed_shard_has_an_ending_number() -> None:
    """It is behind all records."""
    shard = shard_with(1, 2)
    open_number = shard.ending_number
    shard.close(3 * SECOND)

    numbers = [shard.starting_number, *(record.identifier for record in shard.read(0, 9)), str(shard.ending_number)]
    assert open_number is None
    assert all(int(first) < int(second) for first, second in pairwise(numbers))


@pytest.mark.parametrize(
    ("records_per_s", "mebibytes_per_s", "shards"),
    [(10, 1, 4), (1_000, 2, 4), (1_000, 3, 6), (2_500, 1, 5), (9_000, 1, 8), (0, 99, 8)],
)
def test_an_on_demand_stream_wants_twice_its_busiest_minute(
    records_per_s: int, mebibytes_per_s: int, shards: int
) -> None:
    """By records or by bytes, at most twofold, and never less than it has."""
    demand = Demand(0)
    demand.note(60 * records_per_s, 60 * mebibytes_per_s << 20)

    assert demand.shards_wanted(4, 60 * SECOND - 1) == 4
    assert demand.shards_wanted(4, 60 * SECOND) == shards


def test_an_on_demand_stream_grows_once_in_fifteen_minutes() -> None:
    """However much comes."""
    demand = Demand(0)
    wanted = []
    for minute in range(1, 18):
        demand.note(0, 6_000 << 20)
        wanted.append(demand.shards_wanted(4, minute * 60 * SECOND))

    assert wanted == [8, *[4] * 14, 8, 4]
