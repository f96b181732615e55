"""Which schedule expressions are legal, and what do they mean? Tables."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from eventsim_sources.schedule.expression import RULE, SCHEDULER, Dialect, ExpressionError, parse_expression

START = datetime(2025, 1, 1, tzinfo=UTC)


def firings(text: str, *, start: datetime = START, zone: str = "UTC", dialect: Dialect = SCHEDULER):
    """Yield the instants at which an expression fires."""
    expression, at = parse_expression(text, dialect=dialect), start
    while (following := expression.next_after(at, ZoneInfo(zone))) is not None:
        at = following
        yield at


def days(text: str, count: int, **options: object) -> list[str]:
    """Return the first dates on which an expression fires."""
    return [f"{at:%Y-%m-%d}" for at in islice(firings(text, **options), count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 2 ? * SAT *)",
        "cron(0 12 * * ? *)",
        "cron(5,35 14 * * ? *)",
        "cron(15 10 ? * 6L 2002-2005)",
        "cron(0 2 ? * SAT#3 *)",
        "cron(0/5 5 ? JAN 1-5 2022)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "cron(0-59/10 0-23/2 ? * * *)",
        "rate(1 minute)",
        "rate(10 minutes)",
        "rate(1 hour)",
        "rate(7 days)",
    ],
)
def test_what_aws_takes_for_a_rule_is_legal(text: str) -> None:
    """Recorded."""
    parse_expression(text, dialect=RULE)


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 1 * * * *)",
        "cron(0 1 ? * ? *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron(0 12 * * ?)",
        "cron()",
        "rate(10 seconds)",
        "rate(1 minutes)",
        "rate(10 minute)",
        "rate(0 minutes)",
        "rate(10 MINUTES)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "rate()",
        "rate(10)",
        "at(2026-01-01T00:00:00)",
    ],
)
def test_what_aws_refuses_for_a_rule_is_refused(text: str) -> None:
    """Recorded."""
    with pytest.raises(ExpressionError):
        parse_expression(text, dialect=RULE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate",
        "rate(-5 minutes)",
        "rate(1.5 hours)",
        "rate(99999999999999 days)",
        "rate(5 minutes)\n",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 24 1 * ? *)",
        "cron(0 0 1 13 ? *)",
        "cron(0 0 1 * ? 2200)",
        "cron(0 0 1 * ? 1969)",
        "cron(0/0 0 1 * ? *)",
        "cron(30-10 0 1 * ? *)",
        "cron(? 0 1 * ? *)",
        "cron(0 0 ? * SAT#6 *)",
        "cron(0 0 ? * SAT#1,SUN#2 *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 L-3 * ? *)",
        "cron(0 0 1, * ? *)",
        "cron(٣ 0 1 * ? *)",
        "cron(0 0 1 * ? *" + " " * 300 + ")",
        "at(2026-01-01T00:00:00Z)",
        "at(2026-01-01)",
        "at(2026-13-01T00:00:00)",
        "at()",
    ],
)
def test_nonsense_is_refused_in_every_dialect(text: str) -> None:
    """What is out of a field's bounds, or no expression at all."""
    with pytest.raises(ExpressionError):
        parse_expression(text, dialect=SCHEDULER)


def test_an_error_names_the_field_and_what_it_may_hold() -> None:
    """People learn what is wrong, even where AWS does not tell."""
    with pytest.raises(ExpressionError, match="minutes field cannot be '71'; it has 0 to 59"):
        parse_expression("cron(71 8 1 * ? *)", dialect=RULE)


def test_a_schedule_may_write_the_unit_either_way() -> None:
    """Unconfirmed: never seen refused."""
    one = parse_expression("rate(1 hours)", dialect=SCHEDULER)

    assert one == parse_expression("rate(1 hour)", dialect=RULE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cron(0 0 L * ? *)", ["2025-01-31", "2025-02-28", "2025-03-31"], id="last day"),
        pytest.param("cron(0 0 ? * 6L *)", ["2025-01-31", "2025-02-28", "2025-03-28"], id="last Friday"),
        pytest.param("cron(0 0 ? * FRIL *)", ["2025-01-31", "2025-02-28", "2025-03-28"], id="last Friday by name"),
        pytest.param("cron(0 0 ? * L *)", ["2025-01-04", "2025-01-11", "2025-01-18"], id="L alone is Saturday"),
        pytest.param("cron(0 0 ? * 1 *)", ["2025-01-05", "2025-01-12", "2025-01-19"], id="1 is Sunday"),
        pytest.param("cron(0 0 ? * 2#5 *)", ["2025-03-31", "2025-06-30", "2025-09-29"], id="fifth Monday"),
        pytest.param("cron(0 0 ? * SAT#3 *)", ["2025-01-18", "2025-02-15", "2025-03-15"], id="third Saturday"),
        pytest.param("cron(0 10 15W 6 ? *)", ["2025-06-16", "2026-06-15", "2027-06-15"], id="Sunday goes to Monday"),
        pytest.param("cron(0 0 1W 2-3 ? *)", ["2025-02-03", "2025-03-03", "2026-02-02"], id="never a month earlier"),
        pytest.param("cron(0 0 31W * ? *)", ["2025-01-31", "2025-03-31", "2025-05-30"], id="nor where it is not"),
        pytest.param("cron(0 0 30W 11 ? *)", ["2025-11-28", "2026-11-30", "2027-11-30"], id="never a month later"),
        pytest.param("cron(0 0 LW * ? *)", ["2025-01-31", "2025-02-28", "2025-03-31"], id="last weekday"),
        pytest.param("cron(0 0 ? * fri-mon *)", ["2025-01-03", "2025-01-04", "2025-01-05"], id="names wrap"),
        pytest.param("cron(0 0 29 2 ? *)", ["2028-02-29", "2032-02-29", "2036-02-29"], id="leap years"),
        pytest.param("cron(0 0 30 2 ? *)", [], id="never"),
        pytest.param("cron(15 10 ? * 6L 2002-2005)", [], id="years past"),
        pytest.param("cron(0 0 1 1 ? 2198/1)", ["2198-01-01", "2199-01-01"], id="to the end of the calendar"),
        pytest.param("at(2025-02-03T04:05:06)", ["2025-02-03"], id="once"),
        pytest.param("at(2024-02-03T04:05:06)", [], id="past"),
    ],
)
def test_an_expression_fires_on_these_days(text: str, expected: list[str]) -> None:
    """The words that AWS adds to cron."""
    assert days(text, 3) == expected


def test_steps_begin_anew_in_every_hour() -> None:
    """`0/25` is 0, 25 and 50; the span to the next hour is shorter."""
    found = [f"{at:%H:%M}" for at in islice(firings("cron(0/25 * * * ? *)"), 4)]

    assert found == ["00:25", "00:50", "01:00", "01:25"]


def test_the_thirty_first_comes_seven_times_a_year() -> None:
    """A month without the day is skipped."""
    end = datetime(2026, 1, 1, tzinfo=UTC)

    assert sum(at < end for at in islice(firings("cron(0 0 31 * ? *)"), 10)) == 7


def test_a_time_that_clocks_skip_is_skipped() -> None:
    """Documented for Scheduler: 2:30 does not exist in Paris on 2025-03-30."""
    start = datetime(2025, 3, 29, 12, tzinfo=UTC)

    assert days("cron(30 2 * * ? *)", 2, start=start, zone="Europe/Paris") == ["2025-03-31", "2025-04-01"]


def test_a_time_that_comes_twice_fires_once() -> None:
    """Documented for Scheduler: 2:30 comes twice in Paris on 2025-10-26; the first one counts."""
    start = datetime(2025, 10, 25, 12, tzinfo=UTC)

    found = list(islice(firings("cron(30 2 * * ? *)", start=start, zone="Europe/Paris"), 2))

    assert found == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 27, 1, 30, tzinfo=UTC)]


def test_a_day_of_a_rate_has_24_hours_whatever_clocks_do() -> None:
    """Documented: a rate is elapsed time."""
    start = datetime(2025, 3, 29, 12, tzinfo=UTC)

    (found,) = islice(firings("rate(1 day)", start=start, zone="Europe/Paris"), 1)

    assert found - start == timedelta(days=1)


@pytest.mark.parametrize("text", ["rate(9999999 days)", "cron(0 0 1 * ? *)", "at(9999-12-31T23:59:59)"])
def test_the_calendar_ends_without_trouble(text: str) -> None:
    """Nothing follows after the last years."""
    expression = parse_expression(text, dialect=SCHEDULER)

    assert expression.next_after(datetime(9999, 12, 30, tzinfo=UTC), ZoneInfo("America/New_York")) is None
