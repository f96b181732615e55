"""What does a statistic say of data points? Sums and averages, percentiles, and what is left when some are trimmed.

    p99                   a percentile
    tm90, TM(10%:90%)     the mean of those between two percentiles, or, `TM(5:100)`, two values; IQM is the middle half
    wm90, WM(…)           the same, with those outside taken for the bound that they pass
    tc90, ts90            how many there are, and their sum
    PR(100:2000)          how many percent lie there

A lower bound is no part of what lies between, an upper one is (documented).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from eventsim.calls.metric import Point
from eventsim.errors import ApiError

_SHORT = re.compile(r"(tm|wm|tc|ts)(\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(TM|WM|TC|TS|PR)\((\d*(?:\.\d+)?)(%?):(\d*(?:\.\d+)?)(%?)\)")
_INTERQUARTILE = "TM(25%:75%)"


def statistic_of(points: Sequence[Point], statistic: str) -> float:
    """Return what a statistic says of some points, at least one.

    Raises:
        ApiError: nobody knows it.
    """
    plain = _PLAIN.get(statistic)
    if plain is not None:
        return plain(points)
    if statistic[:1] == "p" and _is_percentage(statistic[1:]):
        return _percentile(points, float(statistic[1:]))
    trim = _read_trim(_INTERQUARTILE if statistic == "IQM" else statistic)
    if trim is None:
        message = f"The value {statistic} for parameter Stat is invalid."
        raise ApiError("InvalidParameterValue", message)
    return _trimmed(points, trim)


def check_statistic(statistic: str) -> None:
    """See that somebody knows a statistic.

    Raises:
        ApiError: nobody does.
    """
    statistic_of([Point(0, 0)], statistic)


def _count(points: Sequence[Point]) -> float:
    return float(sum(point.count for point in points))


def _sum(points: Sequence[Point]) -> float:
    return float(sum(point.value * point.count for point in points))


_PLAIN: Mapping[str, Callable[[Sequence[Point]], float]] = {
    "SampleCount": _count,
    "Sum": _sum,
    "Average": lambda points: _sum(points) / _count(points),
    "Minimum": lambda points: float(min(point.value for point in points)),
    "Maximum": lambda points: float(max(point.value for point in points)),
}


def _is_percentage(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and 0 <= float(text) <= 100


def _percentile(points: Sequence[Point], percentage: float) -> float:
    """Return the least value that at least so many percent of all do not exceed (unconfirmed: AWS interpolates)."""
    ordered = sorted(points, key=lambda point: point.value)
    wanted = math.ceil(_count(ordered) * percentage / 100)
    seen = 0.0
    for point in ordered:
        seen += point.count
        if seen >= wanted:
            return float(point.value)
    return float(ordered[-1].value)


class _Trim(Struct, frozen=True):
    """What is left of points, and what is told of it; the bounds are percentages of the points, or values."""

    kind: str
    low: float
    high: float
    is_percent: bool


def _read_trim(statistic: str) -> _Trim | None:
    short = _SHORT.fullmatch(statistic)
    if short is not None:
        high = float(short[2])
        return _Trim(short[1].upper(), 0, high, is_percent=True) if high <= 100 else None
    found = _RANGE.fullmatch(statistic)
    if found is None or not (found[2] or found[4]):
        return None
    signs = {sign for bound, sign in ((found[2], found[3]), (found[4], found[5])) if bound}
    is_percent = signs == {"%"}
    low = float(found[2]) if found[2] else 0.0 if is_percent else -math.inf
    high = float(found[4]) if found[4] else 100.0 if is_percent else math.inf
    if len(signs) > 1 or (is_percent and found[1] == "PR") or low >= high:
        return None
    return _Trim(found[1], low, high, is_percent)


def _trimmed(points: Sequence[Point], trim: _Trim) -> float:
    low, high = trim.low, trim.high
    if trim.is_percent:
        kept = _between_ranks(points, low, high)
        low, high = kept[0].value, kept[-1].value
    else:
        kept = [point for point in points if low < point.value <= high]
    match trim.kind:
        case "TC":
            return _count(kept)
        case "TS":
            return _sum(kept)
        case "PR":
            return 100 * _count(kept) / _count(points)
        case "TM":
            return _sum(kept) / _count(kept) if kept else math.nan
        case _:
            return sum(min(max(point.value, low), high) * point.count for point in points) / _count(points)


def _between_ranks(points: Sequence[Point], low: float, high: float) -> list[Point]:
    """Return what lies between two percentiles, at least a part of one point; a point that lies on one is cut."""
    ordered = sorted(points, key=lambda point: point.value)
    first, last = (_count(ordered) * bound / 100 for bound in (low, high))
    kept, seen = list[Point](), 0.0
    for point in ordered:
        count = min(seen + point.count, last) - max(seen, first)
        if count > 0:
            kept.append(Point(point.at_us, point.value, count))
        seen += point.count
    return kept
