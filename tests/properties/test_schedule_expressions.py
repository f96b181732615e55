"""Do schedules fire when they should? Against croniter, and against looking at every minute."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import croniter
from hypothesis import given
from hypothesis import strategies as st

from eventsim_sources.schedule.expression import SCHEDULER, parse_expression

TEN_YEARS_S = 10 * 366 * 86_400
MINUTE = timedelta(minutes=1)
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def _field(least: int, most: int) -> st.SearchStrategy[str]:
    value = st.integers(least, most)
    # Never from a value to itself, which croniter takes for every value.
    spans = st.lists(value, min_size=2, max_size=2, unique=True).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.tuples(st.integers(least, most - 1), st.integers(1, most - least)).map(
        lambda pair: f"{pair[0]}-{most}/{pair[1]}"
    )
    lists = st.lists(value, min_size=1, max_size=4).map(lambda values: ",".join(map(str, values)))
    return st.one_of(st.just("*"), spans, steps, lists)


instants = st.integers(0, TEN_YEARS_S).map(lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second))
clocks = st.tuples(_field(0, 59), _field(0, 23))
plain_days = st.tuples(st.one_of(_field(1, 31), st.just("L")), _field(1, 12))
weekdays = st.one_of(
    st.tuples(st.sampled_from(range(7)), st.integers(1, 5)).map(lambda pair: (f"{pair[0]}#{pair[1]}", pair)),
    st.sampled_from(range(7)).map(lambda day: (f"L{day}", (day, 0))),
    st.lists(st.sampled_from(range(7)), min_size=1, max_size=3).map(lambda days: (",".join(map(str, days)), days)),
)


@given(clocks, plain_days, instants)
def test_days_of_the_month_agree_with_croniter(clock: tuple[str, str], day: tuple[str, str], start: datetime) -> None:
    """Where both languages can say the same, both give the same instants, anywhere in ten years."""
    expression = f"{clock[0]} {clock[1]} {day[0]} {day[1]}"

    assert _ours(f"cron({expression} ? *)", start) == _croniters(f"{expression} *", start)


@given(clocks, weekdays, instants)
def test_days_of_the_week_agree_with_croniter(
    clock: tuple[str, str], weekday: tuple[str, Sequence[int]], start: datetime
) -> None:
    """The same, though Sunday is 1 for AWS and 0 for croniter, and the last Friday is `6L` and `L5`."""
    theirs, numbers = weekday
    if "#" in theirs:
        ours = f"{numbers[0] + 1}#{numbers[1]}"
    elif "L" in theirs:
        ours = f"{numbers[0] + 1}L"
    else:
        ours = ",".join(WEEKDAYS[number] for number in numbers)

    assert _ours(f"cron({clock[0]} {clock[1]} ? * {ours} *)", start) == _croniters(
        f"{clock[0]} {clock[1]} * * {theirs}", start
    )


@given(
    st.frozensets(st.integers(0, 59), min_size=1, max_size=5),
    st.frozensets(st.integers(0, 23), min_size=1, max_size=12),
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.sampled_from([(3, 9), (3, 30), (4, 6), (10, 5), (10, 26), (11, 2)]),
)
def test_clock_changes_agree_with_looking_at_every_minute(
    minutes: frozenset[int], hours: frozenset[int], zone_name: str, day: tuple[int, int]
) -> None:
    """What the clock on the wall does not show is skipped; what it shows again is not repeated."""
    zone = ZoneInfo(zone_name)
    start = datetime(2025, *day, tzinfo=UTC) - timedelta(days=1)
    shown: list[datetime] = []
    expected: list[datetime] = []
    for at in (start + number * MINUTE for number in range(1, 3 * 24 * 60)):
        local = at.astimezone(zone).replace(tzinfo=None)
        if local.minute in minutes and local.hour in hours and local not in shown[-100:]:
            shown.append(local)
            expected.append(at)
    text = f"cron({','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * ? *)"

    assert _ours(text, start, count=len(expected), zone=zone) == expected


def _ours(text: str, at: datetime, *, count: int = 12, zone: ZoneInfo | None = None) -> list[datetime]:
    expression = parse_expression(text, dialect=SCHEDULER)
    found = []
    for _ in range(count):
        following = expression.next_after(at, zone or UTC)
        if following is None:
            break
        found.append(at := following)
    return found


def _croniters(text: str, at: datetime, *, count: int = 12) -> list[datetime]:
    dates = croniter.croniter(text, at, ret_type=datetime, max_years_between_matches=200)
    try:
        return [dates.get_next() for _ in range(count)]
    except croniter.CroniterBadDateError:  # no such date: `0 0 30 2 *`
        return []
