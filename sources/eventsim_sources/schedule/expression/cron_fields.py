"""What do the six fields of a cron expression say?

minutes, hours, day of the month, month, day of the week (1 is Sunday), year. Exactly one of the two fields for days is
`?`. Beyond what AWS's pages say, names may be in lower case, ranges of names may wrap (`FRI-MON`), `L` and `W` may
stand in lists, and `LW` is the last weekday: unconfirmed, all of them.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import product

from msgspec import Struct

from eventsim_sources.schedule.expression.cron import Cron
from eventsim_sources.schedule.expression.fault import ExpressionError
from eventsim_sources.schedule.expression.month_days import DaysOfMonth, DaysOfWeek


class Field(Struct, frozen=True, kw_only=True):
    """One field: its name for people, its bounds, and names for its values."""

    name: str
    least: int
    most: int
    names: Mapping[str, int] = {}


def _numbered(names: str) -> Mapping[str, int]:
    return {name: number for number, name in enumerate(names.split(), 1)}


MINUTES = Field(name="minutes", least=0, most=59)
HOURS = Field(name="hours", least=0, most=23)
DAY_OF_MONTH = Field(name="day-of-month", least=1, most=31)
MONTH = Field(name="month", least=1, most=12, names=_numbered("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"))
DAY_OF_WEEK = Field(name="day-of-week", least=1, most=7, names=_numbered("SUN MON TUE WED THU FRI SAT"))
YEAR = Field(name="year", least=1970, most=2199)

_NONE = "?"
_SATURDAY = "7"


def parse_cron(text: str) -> Cron:
    """Read what stands in the parentheses.

    Raises:
        ExpressionError: it names the field at fault.
    """
    fields = re.split(" +", text)
    if len(fields) != 6:
        raise ExpressionError(
            "a cron expression has six fields (minutes, hours, day-of-month, month, day-of-week, year), "
            f"not {len(fields)}: {text!r}"
        )
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == _NONE) == (day_of_week == _NONE):
        raise ExpressionError(f"exactly one of day-of-month and day-of-week must be `?` in {text!r}")
    days = _days_of_week(day_of_week) if day_of_month == _NONE else _days_of_month(day_of_month)
    times = product(sorted(_values(hours, HOURS)), sorted(_values(minutes, MINUTES)))
    return Cron(
        times=tuple(hour * 60 + minute for hour, minute in times),
        days=days,
        months=tuple(sorted(_values(month, MONTH))),
        years=tuple(sorted(_values(year, YEAR))),
    )


def _days_of_month(text: str) -> DaysOfMonth:
    plain, nearest = [], set()
    parts = text.split(",")
    for part in parts:
        number = part.removesuffix("W")
        if number != part and number.isdecimal():
            nearest.add(_value(number, DAY_OF_MONTH))
        elif part not in ("L", "LW"):
            plain.append(part)
    return DaysOfMonth(
        days=_union(plain, DAY_OF_MONTH),
        nearest=frozenset(nearest),
        is_last="L" in parts,
        is_last_weekday="LW" in parts,
    )


def _days_of_week(text: str) -> DaysOfWeek:
    if "#" in text:  # documented: only one in the field
        weekday, _, nth = text.partition("#")
        if nth not in ("1", "2", "3", "4", "5"):
            raise _wrong(text, DAY_OF_WEEK)
        return DaysOfWeek(nth=(_value(weekday, DAY_OF_WEEK), int(nth)))
    plain, last = [], set()
    for part in text.split(","):
        if part == "L":
            plain.append(_SATURDAY)
        elif part.endswith("L"):
            last.add(_value(part.removesuffix("L"), DAY_OF_WEEK))
        else:
            plain.append(part)
    return DaysOfWeek(weekdays=_union(plain, DAY_OF_WEEK), last=frozenset(last))


def _values(text: str, field: Field) -> frozenset[int]:
    return _union(text.split(","), field)


def _union(parts: Iterable[str], field: Field) -> frozenset[int]:
    return frozenset(value for part in parts for value in _range(part, field))


_STEPPED = re.compile(r"([^/]*)(?:/([0-9]{1,4}))?")


def _range(text: str, field: Field) -> list[int]:
    """Read `5`, `*`, `1-5`, or one of them with a step: `10/15` goes on to the end of the field."""
    form = _STEPPED.fullmatch(text)
    if form is None:
        raise _wrong(text, field)
    base, step = form[1], int(form[2] or 1)
    if step < 1:
        raise _wrong(text, field)
    if base == "*":
        return list(range(field.least, field.most + 1, step))
    first, dash, last = base.partition("-")
    begin = _value(first, field)
    if not dash:
        return [begin] if form[2] is None else list(range(begin, field.most + 1, step))
    end = _value(last, field)
    if begin <= end:
        return list(range(begin, end + 1, step))
    if not first.isalpha() or not last.isalpha():
        raise ExpressionError(f"the {field.name} field says {text!r}, which goes backwards")
    return _around(begin, end, field)[::step]  # unconfirmed that AWS reads `FRI-MON` so


def _around(begin: int, end: int, field: Field) -> list[int]:
    return [*range(begin, field.most + 1), *range(field.least, end + 1)]


def _value(text: str, field: Field) -> int:
    value = field.names.get(text.upper())  # unconfirmed that lower case will do
    if value is None and re.fullmatch(r"[0-9]{1,4}", text):
        value = int(text)
    if value is None or not field.least <= value <= field.most:
        raise _wrong(text, field)
    return value


def _wrong(text: str, field: Field) -> ExpressionError:
    names = f" or {', '.join(field.names)}" if field.names else ""
    return ExpressionError(f"the {field.name} field cannot be {text!r}; it has {field.least} to {field.most}{names}")
