"""Does a picture of a run show who was where, from when to when?"""

from typing import Any

import pytest

from eventsim.report.timeline import CALLS, ROWS_MAX, Timeline, Track, timeline
from tests.core.test_report_story import S, Tale


def tell(tale: Tale, at_us: int, kind: str, subject: str, place: str, **more: Any) -> int:
    """Record a fact whose words do not matter."""
    return tale.happens(at_us, kind, "", subject, place, **more)


def track(drawn: Timeline, place: str) -> Track:
    """Return the track of a place."""
    return next(track for track in drawn.tracks if track.place == place)


def stays(drawn: Timeline, place: str) -> list[tuple[Any, ...]]:
    """Return what is drawn of those who stay at a place: who, what they do, columns, row."""
    return [(stay.subject, stay.does, stay.begin, stay.end, stay.row) for stay in track(drawn, place).stays]


@pytest.fixture
def tale() -> Tale:
    """A message is received at once, fails, and is received again a minute later; then it is deleted."""
    tale = Tale()
    tell(tale, 0, "mapping changed", "mapping q -> f", "mapping q -> f")
    tell(tale, 0, "called", "caller outside", "operation sqs.SendMessage")
    tell(tale, 0, "sent", "message m1", "queue q")
    tell(tale, S, "received", "message m1", "queue q")
    tell(tale, S, "started", "invocation i1", "function f")
    tell(tale, 2 * S, "failed", "invocation i1", "function f")
    tell(tale, 61 * S, "visible again", "message m1", "queue q")
    tell(tale, 61 * S, "received", "message m1", "queue q")
    tell(tale, 61 * S, "started", "invocation i2", "function f")
    tell(tale, 62 * S, "succeeded", "invocation i2", "function f")
    tell(tale, 62 * S, "deleted", "message m1", "queue q")
    return tale


def test_each_instant_is_a_column(tale: Tale) -> None:
    """However far they are apart: the clock jumped."""
    assert timeline(tale.trace).instants_us == [0, S, 2 * S, 61 * S, 62 * S]


def test_tracks_stand_in_the_order_in_which_somebody_came(tale: Tale) -> None:
    """A mapping that nobody has come to yet stands last, though it was told of first."""
    assert [track.place for track in timeline(tale.trace).tracks] == [CALLS, "queue q", "function f", "mapping q -> f"]


def test_a_message_waits_and_is_in_flight_in_one_row(tale: Tale) -> None:
    """Its visits follow one another without a break."""
    assert stays(timeline(tale.trace), "queue q") == [
        ("message m1", "waiting", 0, 1, 0),
        ("message m1", "in flight", 1, 3, 0),
        ("message m1", "waiting", 3, 3, 0),
        ("message m1", "in flight", 3, 4, 0),
    ]


def test_only_what_ends_in_trouble_is_trouble(tale: Tale) -> None:
    """The first invocation failed."""
    drawn = track(timeline(tale.trace), "function f")

    assert [stay.is_trouble for stay in drawn.stays] == [True, False]
    assert [(mark.column, mark.numbers) for mark in drawn.marks if mark.is_trouble] == [(2, (6,))]


def test_whoever_is_there_at_once_stands_in_rows_of_their_own() -> None:
    """And a row is used again by whoever comes when its last one has gone."""
    tale = Tale()
    for subject, kind, at_s in [("i1", "started", 0), ("i2", "started", 1), ("i1", "succeeded", 2)]:
        tell(tale, at_s * S, kind, f"invocation {subject}", "function f")
    tell(tale, 3 * S, "started", "invocation i3", "function f")

    drawn = timeline(tale.trace)

    assert stays(drawn, "function f") == [
        ("invocation i1", "running", 0, 2, 0),
        ("invocation i2", "running", 1, 3, 1),
        ("invocation i3", "running", 3, 3, 0),
    ]
    assert track(drawn, "function f").rows == 2


def test_those_for_whom_there_is_no_row_are_counted() -> None:
    """Nobody vanishes in silence, and how many are there is right all the same."""
    tale = Tale()
    for number in range(ROWS_MAX + 5):
        tell(tale, 0, "sent", f"message m{number}", "queue q")

    drawn = track(timeline(tale.trace), "queue q")

    assert (len(drawn.stays), drawn.undrawn_count) == (ROWS_MAX, 5)
    assert drawn.counts == [(0, {"waiting": ROWS_MAX + 5})]


def test_how_many_do_what_is_told_for_every_instant(tale: Tale) -> None:
    """At its end: what begins and ends at one instant was nothing."""
    assert track(timeline(tale.trace), "queue q").counts == [
        (0, {"waiting": 1}),
        (1, {"in flight": 1}),
        (3, {"in flight": 1}),
        (4, {}),
    ]


def test_what_means_the_same_at_the_same_instant_is_one_mark() -> None:
    """A thousand messages sent at once are one dot, and know who they are."""
    tale = Tale()
    numbers = [tell(tale, 0, "sent", f"message m{number}", "queue q") for number in range(100)]

    (mark,) = track(timeline(tale.trace), "queue q").marks

    assert mark.numbers == tuple(numbers)


def test_a_part_of_a_run_knows_who_was_there_before(tale: Tale) -> None:
    """The message was received before the picture begins, and is still in flight."""
    drawn = timeline(tale.trace, since_us=2 * S, until_us=30 * S)

    assert [entry.number for entry in drawn.entries] == [6]
    assert stays(drawn, "queue q") == [("message m1", "in flight", 0, 0, 0)]
    assert stays(drawn, "function f") == [("invocation i1", "running", 0, 0, 0)]


def test_what_was_over_before_is_not_drawn(tale: Tale) -> None:
    """Only the second invocation is in the picture."""
    drawn = timeline(tale.trace, since_us=60 * S)

    assert [name for name, *_ in stays(drawn, "function f")] == ["invocation i2"]
    assert track(drawn, "function f").counts == [(0, {"running": 1}), (1, {})]


def test_a_picture_has_an_end_however_long_the_run(tale: Tale) -> None:
    """The page tells how many entries are missing."""
    assert len(timeline(tale.trace, entries_max=4).entries) == 4


def test_nothing_is_a_picture_too() -> None:
    """Of a scenario without a workload."""
    drawn = timeline(Tale().trace)

    assert (drawn.instants_us, drawn.tracks) == ([], [])
