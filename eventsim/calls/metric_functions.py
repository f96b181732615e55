"""What do the functions of metric expressions give? Of numbers, of series by period, of several series at once.

A series has values by the beginning of their period; several of them come of `METRICS()` and of lists.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

Series = dict[int, float]
"""Values by the beginning of their period, in microseconds of the run."""


class Labelled(Struct, frozen=True):
    """One of several series, with the label that its metric has."""

    label: str
    series: Series


Value = float | str | Series | list[Labelled]
"""A text is a name or a word: `'m'`, `REPEAT`."""
_US_PER_S = 1_000_000


class Grid(Struct, frozen=True):
    """The periods that are asked for.

    Attributes:
        begins: their beginnings, in order, in microseconds of the run.
        period_s: how long each is.
        epoch_us: when the run began, since 1970.
    """

    begins: Sequence[int]
    period_s: int
    epoch_us: int = 0

    def date(self, at_us: int) -> datetime:
        """Return an instant of the run as a date."""
        return datetime.fromtimestamp((self.epoch_us + at_us) / _US_PER_S, UTC)


def over_many(function: Callable[[Sequence[float]], float], given: Value) -> float | Series | None:
    """Return a function of one series' values as a number, or of several series period by period; None of a text."""
    match given:
        case str():
            return None
        case dict():
            return float(function(list(given.values()))) if given else math.nan
        case list():
            instants = sorted({at for each in given for at in each.series})
            return {at: float(function([each.series[at] for each in given if at in each.series])) for at in instants}
    return given


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


OVER_MANY: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
    "STDDEV": _deviation,
    "DATAPOINT_COUNT": len,
}


def _logarithm(base: float) -> Callable[[float], float]:
    return lambda value: math.log(value, base) if value > 0 else math.nan


OF_EACH: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": _logarithm(math.e),
    "LOG10": _logarithm(10),
}


# --- of one series as it goes on ---------------------------------------------------------------------------


def _pairs(series: Series) -> list[tuple[int, int]]:
    instants = sorted(series)
    return list(itertools.pairwise(instants))


def _running_sum(series: Series) -> Series:
    total, sums = 0.0, Series()
    for at in sorted(series):
        total += series[at]
        sums[at] = total
    return sums


ALONG: Mapping[str, Callable[[Series], Series]] = {
    "DIFF": lambda series: {at: series[at] - series[before] for before, at in _pairs(series)},
    "DIFF_TIME": lambda series: {at: (at - before) / _US_PER_S for before, at in _pairs(series)},
    "RATE": lambda series: {
        at: (series[at] - series[before]) * _US_PER_S / (at - before) for before, at in _pairs(series)
    },
    "RUNNING_SUM": _running_sum,
}
"""What each period is to those before it."""

BY_DATE: Mapping[str, Callable[[datetime], float]] = {
    "MINUTE": lambda date: date.minute,
    "HOUR": lambda date: date.hour,
    "DAY": lambda date: date.isoweekday(),
    "DATE": lambda date: date.day,
    "MONTH": lambda date: date.month,
    "YEAR": lambda date: date.year,
    "EPOCH": lambda date: date.timestamp(),
}
"""What the clock says at the beginning of each period; Monday is day 1 (documented)."""


def filled(series: Series, by: float | str | Series, grid: Grid) -> Series | None:
    """Return a series with values where it had none: a number, another's, the last one, a line; None if by nothing."""
    match by:
        case float():
            return {**dict.fromkeys(grid.begins, by), **series}
        case dict():
            return {**by, **series}
        case "REPEAT":
            return _repeated(series, grid)
        case "LINEAR":
            return _straight(series, grid)
    return None


def _repeated(series: Series, grid: Grid) -> Series:
    made, last = Series(), math.nan
    for at in sorted({*grid.begins, *series}):
        last = made[at] = series.get(at, last)
    return made


def _straight(series: Series, grid: Grid) -> Series:
    made = Series(series)
    for before, behind in _pairs(series):
        slope = (series[behind] - series[before]) / (behind - before)
        made |= {at: series[before] + slope * (at - before) for at in grid.begins if before < at < behind}
    return made


# --- of several series -------------------------------------------------------------------------------------


def chosen(name: str, several: list[Labelled], given: Sequence[Value]) -> Value | None:
    """Return what a function chooses of several series; None if it takes other arguments."""
    match name, given:
        case "FIRST", []:
            return several[0].series if several else {}
        case "LAST", []:
            return several[-1].series if several else {}
        case "METRIC_COUNT", []:
            return float(len(several))
        case "REMOVE_EMPTY", []:
            return [each for each in several if each.series]
        case "SLICE", [float(first)]:
            return several[int(first) :]
        case "SLICE", [float(first), float(end)]:
            return several[int(first) : int(end)]
        case "SORT", [str(by), "ASC" | "DESC" as order, *more] if by in OVER_MANY and _is_limit(more):
            return _sorted(several, OVER_MANY[by], is_falling=order == "DESC")[: _limit(more)]
    return None


CHOOSING = ("FIRST", "LAST", "METRIC_COUNT", "REMOVE_EMPTY", "SLICE", "SORT")


def _is_limit(more: Sequence[Value]) -> bool:
    return len(more) < 2 and all(isinstance(each, float) for each in more)


def _limit(more: Sequence[Value]) -> int | None:
    return next((int(each) for each in more if isinstance(each, float)), None)


def _sorted(
    several: list[Labelled], function: Callable[[Sequence[float]], float], *, is_falling: bool
) -> list[Labelled]:
    present = [each for each in several if each.series]
    return sorted(present, key=lambda each: function(list(each.series.values())), reverse=is_falling)
