"""What do metrics and expressions over them come to, period by period?"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, structs

from eventsim.calls.gauges import is_gauge
from eventsim.calls.metric import Dimensions, Point, Series
from eventsim.calls.metric_functions import Grid, Labelled, Value
from eventsim.calls.metric_functions import Series as Values
from eventsim.calls.metric_math import ExpressionMistake, UnknownId, evaluate
from eventsim.calls.metrics import is_emitted
from eventsim.calls.statistics import statistic_of
from eventsim.errors import ApiError

DIMENSIONS_MAX = 30
"""Dimensions of one metric (documented)."""
PERIODS_MAX = 100_800
"""Periods for which an expression that names no metric is told; as many values as one answer has (documented)."""
_US_PER_S = 1_000_000
_US_PER_MINUTE = 60 * _US_PER_S
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|([A-Za-z]\w*)")


class NotEmitted(ValueError):  # noqa: N818 - a fact, as the field says it
    """AWS emits this metric, and nobody here does; the text names it."""


class Measured(Protocol):
    """Where metrics come from: `CloudWatchApi`."""

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return what was emitted or put, of one namespace or name or all."""


class Span(Struct, frozen=True):
    """From when to before when, in microseconds of the run, which began `epoch_us` after 1970."""

    start_us: int
    end_us: int
    epoch_us: int

    def begin_of(self, at_us: int, period_s: int) -> int:
        """Return the beginning of the period in which an instant lies."""
        return at_us - (at_us + self.epoch_us) % (period_s * _US_PER_S)

    def grid(self, period_s: int) -> Grid:
        """Return all periods, as many as may be told."""
        first_us = self.begin_of(self.start_us, period_s)
        begins = list(range(first_us, self.end_us, period_s * _US_PER_S)[:PERIODS_MAX])
        return Grid(begins, period_s, self.epoch_us)

    def by_period(self, points: Sequence[Point], period_s: int) -> list[tuple[int, list[Point]]]:
        """Return the periods that have points, with their beginnings, in order of time."""
        start_us = self.begin_of(self.start_us, min(period_s, 60))  # a start is rounded down (documented)
        periods: dict[int, list[Point]] = {}
        for point in points:
            if start_us <= point.at_us < self.end_us:
                periods.setdefault(self.begin_of(point.at_us, period_s), []).append(point)
        return sorted(periods.items())


def dimensions_of(given: Sequence[Mapping[str, str]]) -> Dimensions:
    """Return dimensions as pairs.

    Raises:
        ApiError: there are too many.
    """
    if len(given) > DIMENSIONS_MAX:
        raise ApiError("InvalidParameterValue", f"A metric has at most {DIMENSIONS_MAX} dimensions.")
    return tuple(sorted((each["Name"], each["Value"]) for each in given))


def metric_of(settings: Mapping[str, Any]) -> tuple[str, str, Dimensions]:
    """Return namespace, name and dimensions of a metric, as an alarm or a query has it."""
    return settings.get("Namespace") or "", settings["MetricName"], dimensions_of(settings.get("Dimensions") or [])


def is_measured(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether there may be data of a metric: user code's own, or one of AWS's that is emitted here."""
    is_aws = namespace.startswith("AWS/")
    return not is_aws or is_emitted(namespace, name, dimensions) or is_gauge(namespace, name, dimensions)


def find(measured: Measured, metric: Mapping[str, Any], unit: str | None) -> Series:
    """Return all points of one metric with exactly these dimensions, an empty series if there are none.

    Raises:
        NotEmitted: nobody here measures it.
    """
    found = find_by_unit(measured, metric, unit)
    if not found:
        return Series(*metric_of(metric), unit or "None", [])
    return structs.replace(found[0], points=[point for series in found for point in series.points])


def find_by_unit(measured: Measured, metric: Mapping[str, Any], unit: str | None) -> list[Series]:
    """Return the points of one metric with exactly these dimensions, a series for each unit.

    Raises:
        NotEmitted: nobody here measures it.
    """
    namespace, name, dimensions = metric_of(metric)
    found = [
        series
        for series in measured.series(namespace, name)
        if series.dimensions == dimensions and unit in (None, series.unit)
    ]
    if not found and namespace.startswith("AWS/") and not is_emitted(namespace, name, dimensions):
        shown = "".join(f" by {dimension}" for dimension, _ in dimensions)
        unless = ", unless an alarm watches it," if is_gauge(namespace, name, dimensions) else ""
        raise NotEmitted(f"the metric {namespace} {name}{shown}{unless}")
    return found


def answers(measured: Measured, queries: Sequence[Mapping[str, Any]], span: Span) -> dict[str, list[Labelled]]:
    """Return what each query comes to, by its id: one series or several.

    Raises:
        NotEmitted: nobody here measures a metric.
        ExpressionMistake: an expression makes no sense here.
        ApiError: nobody knows a statistic.
    """
    metrics: dict[str, Values] = {}
    for query in queries:
        asked = query.get("MetricStat")
        if asked is not None:
            periods = span.by_period(find(measured, asked["Metric"], asked.get("Unit")).points, asked["Period"])
            metrics[query["Id"]] = {begin: statistic_of(points, asked["Stat"]) for begin, points in periods}
    found = {identifier: [Labelled("", series)] for identifier, series in metrics.items()}
    for query in _in_order([query for query in queries if query.get("MetricStat") is None]):
        known: dict[str, Value] = {key: each[0].series if len(each) == 1 else each for key, each in found.items()}
        grid = span.grid(query.get("Period") or period_of(queries))
        try:
            found[query["Id"]] = evaluate(str(query.get("Expression") or ""), known, metrics, grid)
        except UnknownId as mistake:
            raise UnknownId(f"Error in expression '{query['Id']}': Undefined variable {mistake}") from mistake
    return found


def period_of(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the longest period of metrics, in seconds; a minute if there are none."""
    return max((query["MetricStat"]["Period"] for query in queries if query.get("MetricStat") is not None), default=60)


def _in_order(expressions: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return expressions with each behind those that it names."""
    ordered, waiting = list[Mapping[str, Any]](), list(expressions)
    while waiting:
        names = {query["Id"] for query in waiting}
        ready = [query for query in waiting if names.isdisjoint(_WORD.findall(str(query.get("Expression") or "")))]
        if not ready:
            raise ExpressionMistake(f"these expressions name each other: {', '.join(sorted(names))}")
        ordered += ready
        waiting = [query for query in waiting if query not in ready]
    return ordered
