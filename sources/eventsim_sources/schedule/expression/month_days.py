"""On which days of a month does a cron expression fire?

Weekdays count as AWS counts them: 1 is Sunday.
"""

from calendar import monthrange
from functools import lru_cache

from msgspec import Struct

_SUNDAY, _SATURDAY = 1, 7


class DaysOfMonth(Struct, frozen=True, kw_only=True):
    """The day-of-month field.

    Attributes:
        days: plain days.
        nearest: days whose nearest weekday is meant (`15W`).
        is_last: the last day as well (`L`).
        is_last_weekday: the last weekday as well (`LW`).
    """

    days: frozenset[int] = frozenset()
    nearest: frozenset[int] = frozenset()
    is_last: bool = False
    is_last_weekday: bool = False


class DaysOfWeek(Struct, frozen=True, kw_only=True):
    """The day-of-week field.

    Attributes:
        weekdays: each such day.
        last: the last such day of the month (`6L`).
        nth: the nth such day of the month, as (weekday, n) (`7#3`).
    """

    weekdays: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    nth: tuple[int, int] | None = None


@lru_cache(maxsize=4_096)
def days_in(rule: DaysOfMonth | DaysOfWeek, year: int, month: int) -> tuple[int, ...]:
    """Return the days of one month that a field means, in order; there may be none."""
    first, count = monthrange(year, month)
    # Python's 0 is Monday: the weekday of the first day, as AWS counts.
    first_weekday = (first + 1) % 7 + 1
    if isinstance(rule, DaysOfWeek):
        return _by_week(rule, first_weekday, count)
    return _by_month(rule, first_weekday, count)


def _by_week(rule: DaysOfWeek, first_weekday: int, count: int) -> tuple[int, ...]:
    found: set[int] = set()
    for day in range(1, count + 1):
        weekday = _weekday(day, first_weekday)
        is_meant = weekday in rule.weekdays or (weekday in rule.last and day + 7 > count)
        if is_meant or rule.nth == (weekday, (day + 6) // 7):
            found.add(day)
    return tuple(sorted(found))


def _by_month(rule: DaysOfMonth, first_weekday: int, count: int) -> tuple[int, ...]:
    found = {day for day in rule.days if day <= count}
    found |= {_nearest_weekday(day, first_weekday, count) for day in rule.nearest if day <= count}
    if rule.is_last:
        found.add(count)
    if rule.is_last_weekday:
        found.add(_nearest_weekday(count, first_weekday, count))
    return tuple(sorted(found))


def _nearest_weekday(day: int, first_weekday: int, count: int) -> int:
    """Return the nearest Monday to Friday inside the month."""
    weekday = _weekday(day, first_weekday)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < count else day - 2
    return day


def _weekday(day: int, first_weekday: int) -> int:
    return (first_weekday + day - 2) % 7 + 1
