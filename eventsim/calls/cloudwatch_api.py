"""What does CloudWatch answer? Metrics that the run emits and metrics that user code puts; alarms stand beside it."""

import base64
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from eventsim.api import Operation, Request, Result
from eventsim.calls import alarms_api, dashboards_api
from eventsim.calls.alarm_states import Alarms
from eventsim.calls.alarms import Alarm
from eventsim.calls.gauges import Gauges, is_gauge
from eventsim.calls.inert import Inert, Offer, not_simulated, offer, operations
from eventsim.calls.log_filters import MetricValue
from eventsim.calls.metric_data import check_data, points_of_datum
from eventsim.calls.metric_math import ExpressionMistake, evaluate
from eventsim.calls.metrics import CONCURRENCY, Dimensions, Point, Series, is_emitted, series_of
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.target import Target
from eventsim.trace import Trace

LISTED_MAX = 500
"""Metrics in one answer of ListMetrics (documented)."""
DATAPOINTS_MAX = 1_440
"""Data points in one answer of GetMetricStatistics (documented)."""
RESULTS_MAX = 100_800
"""Values in one answer of GetMetricData (documented)."""
DIMENSIONS_MAX = 30
"""Dimensions of one metric (documented)."""
HIGH_RESOLUTIONS_S = (1, 5, 10, 20, 30)
"""Periods below a minute (documented); longer ones are whole minutes."""

_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_US_PER_S = 1_000_000
_WITHOUT_EFFECT = {
    "IncludeLinkedAccounts": "there is one account",
    "OwningAccount": "there is one account",
    "LabelOptions": "labels have no dates",
    "StrictEntityValidation": "entities are not kept",
}


class CloudWatchApi:
    """CloudWatch's metrics, alarms and dashboards of one simulation.

    Args:
        call: carries out operations of other services.
        find: returns the target with an ARN, None if there is none.
        permits: tells whether a target lets a service send to it for a source.
        read_logs: takes the metrics out of what functions have logged since it was called last.

    Attributes:
        tags: ARN of an alarm or a dashboard → its tags.
        dashboards: name → body and instant of the last change.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        trace: Trace,
        region: str,
        account_id: str,
        call: Callable[..., Any],
        find: Callable[[str], Target | None],
        permits: Callable[[str, str, str], bool],
        read_logs: Callable[[], object],
    ) -> None:
        self.clock = clock
        self._read_logs = read_logs
        self.trace = trace
        self.inert = Inert(trace, _WITHOUT_EFFECT)
        self.alarms = Alarms(trace, account_id, region, call, find, permits)
        self.gauges = Gauges(clock, lambda queue: find(f"arn:aws:sqs:{region}:{account_id}:{queue}"))
        self.dashboards: dict[str, tuple[str, int]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self._put: dict[tuple[str, str, Dimensions, str], list[Point]] = {}

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return operations(self, {**OFFERS, **alarms_api.OFFERS, **dashboards_api.OFFERS}, self.inert)

    def arn(self, resource: str) -> str:
        """Return the ARN of an alarm or a dashboard; a dashboard's has no region (documented)."""
        region = "" if resource.startswith("dashboard/") else self.alarms.region
        return f"arn:aws:cloudwatch:{region}:{self.alarms.account_id}:{resource}"

    def put(self, namespace: str, name: str, dimensions: Dimensions, unit: str, points: Iterable[Point]) -> None:
        """Keep data points that user code measured."""
        self._put.setdefault((namespace, name, dimensions, unit), []).extend(points)

    def put_value(self, value: MetricValue) -> None:
        """Keep a value that stood in a log."""
        point = Point(value.at_ms * 1000 - self.clock.start_epoch_us, value.value)
        self.put(value.namespace, value.name, value.dimensions, value.unit, [point])

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return what was emitted or put, of one namespace or name or all."""
        self._catch_up(namespace)
        put = [
            Series(*key, points)
            for key, points in sorted(self._put.items())
            if namespace in ("", key[0]) and name in ("", key[1])
        ]
        return [*series_of(self.trace, namespace, name), *self.gauges.series(namespace, name), *put]

    def watch(self, alarm: Alarm) -> bool:
        """Have the metric of an alarm measured; return whether anybody may emit it."""
        metric = _, name, dimensions = metric_of(alarm.settings)
        if is_gauge(*metric):
            self.gauges.watch(name, dimensions)
        return is_measured(*metric)

    def points_of(self, alarm: Alarm) -> list[Point]:
        """Return the data points that an alarm watches, as far back as it looks; what it has read it keeps."""
        key, unit = metric_of(alarm.settings), alarm.settings.get("Unit")
        if is_gauge(*key):
            return self.gauges.points(*key[1:])
        self._catch_up(key[0])
        if key[:2] == CONCURRENCY:
            alarm.points.clear()
        emitted = series_of(self.trace, *key[:2], after=alarm.read_count)
        alarm.read_count = len(self.trace)
        alarm.points += [point for series in emitted if series.dimensions == key[2] for point in series.points]
        since_us = self.clock.now_us - alarm.window_us - alarm.period_us
        alarm.points = [point for point in alarm.points if point.at_us >= since_us]
        put = [
            point
            for place, points in self._put.items()
            if place[:3] == key and unit in (None, place[3])
            for point in points
            if point.at_us >= since_us
        ]
        return [*alarm.points, *put]

    def _catch_up(self, namespace: str) -> None:
        """Read the logs, unless no metric of theirs can be of this namespace."""
        if not namespace.startswith("AWS/"):
            self._read_logs()

    def statistic(self, points: list[Point], statistic: str) -> float:
        """Return what a statistic says of data points, at least one."""
        return statistic_of(points, statistic)

    def us(self, at: datetime) -> int:
        """Return a date as microseconds since the run began; a date without a zone is in UTC, as in botocore."""
        start = self.clock.start_at if at.tzinfo else self.clock.start_at.replace(tzinfo=None)
        return (at - start) // timedelta(microseconds=1)


def put_metric_data(cloudwatch: CloudWatchApi, request: Request) -> Result:
    """Keep what user code measured."""
    given: Any = request.parameters
    namespace = given["Namespace"]
    if namespace.startswith("AWS/"):
        raise _invalid("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")  # unconfirmed
    data = given.get("MetricData") or []
    if not data and not given.get("EntityMetricData"):
        raise _invalid("MissingParameter", "The parameter MetricData is required.")
    check_data(data)
    for datum in data:
        at: datetime | None = datum.get("Timestamp")
        at_us = cloudwatch.clock.now_us if at is None else cloudwatch.us(at)
        points = points_of_datum(datum, at_us)
        dimensions = _dimensions(datum.get("Dimensions") or [])
        cloudwatch.put(namespace, datum["MetricName"], dimensions, datum.get("Unit") or "None", points)
    return {}


def list_metrics(cloudwatch: CloudWatchApi, request: Request) -> Result:
    """List metrics that have data."""
    given: Any = request.parameters
    if given.get("RecentlyActive") not in (None, "PT3H"):
        raise not_simulated(request, f"RecentlyActive={given['RecentlyActive']}")
    filters = given.get("Dimensions") or []
    now_us = cloudwatch.clock.now_us
    keys = {
        (series.namespace, series.name, series.dimensions): None
        for series in cloudwatch.series(given.get("Namespace") or "", given.get("MetricName") or "")
        if all(_has_dimension(series, each) for each in filters)
        and (not given.get("RecentlyActive") or now_us - series.points[-1].at_us < 3 * 3600 * _US_PER_S)
    }
    items, more = _page(list(keys), given, LISTED_MAX)
    metrics = [
        {"Namespace": namespace, "MetricName": name, "Dimensions": _described(dimensions)}
        for namespace, name, dimensions in items
    ]
    return {"Metrics": metrics, **more}


def _has_dimension(series: Series, wanted: Mapping[str, str]) -> bool:
    return any(name == wanted["Name"] and wanted.get("Value") in (None, value) for name, value in series.dimensions)


def get_metric_statistics(cloudwatch: CloudWatchApi, request: Request) -> Result:
    """Sum up one metric by periods."""
    given: Any = request.parameters
    statistics = [*(given.get("Statistics") or []), *(given.get("ExtendedStatistics") or [])]
    if not statistics:
        raise _invalid("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    found = _find(cloudwatch, request, given, given.get("Unit"))
    datapoints = []
    for begin_us, points in _by_period(cloudwatch, found.points, given, given["Period"]):
        datapoint: dict[str, Any] = {"Timestamp": cloudwatch.clock.date(begin_us), "Unit": found.unit}
        for statistic in given.get("Statistics") or []:
            datapoint[statistic] = statistic_of(points, statistic)
        if given.get("ExtendedStatistics"):
            datapoint["ExtendedStatistics"] = {
                statistic: statistic_of(points, statistic) for statistic in given["ExtendedStatistics"]
            }
        datapoints.append(datapoint)
    if len(datapoints) > DATAPOINTS_MAX:
        raise _invalid(
            "InvalidParameterCombination",
            f"You have requested up to {len(datapoints)} datapoints, which exceeds the limit of {DATAPOINTS_MAX}. You "
            "may reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )
    return {"Label": given["MetricName"], "Datapoints": datapoints}


def get_metric_data(cloudwatch: CloudWatchApi, request: Request) -> Result:
    """Sum up several metrics by periods, and work out expressions over them."""
    given: Any = request.parameters
    queries = given["MetricDataQueries"]
    known: dict[str, dict[int, float]] = {}
    for query in queries:
        if query.get("MetricStat") is not None:
            known[query["Id"]] = _values(cloudwatch, request, query["MetricStat"])
    periods = [query["MetricStat"]["Period"] for query in queries if query.get("MetricStat") is not None]
    metrics = dict(known)
    for query in queries:
        if query.get("MetricStat") is None:
            grid = _grid(cloudwatch, given, query.get("Period") or max(periods, default=60))
            try:
                known[query["Id"]] = evaluate(str(query.get("Expression") or ""), known, metrics, grid)
            except ExpressionMistake as mistake:
                raise not_simulated(request, str(mistake)) from mistake
    results = [_result(cloudwatch, given, query, known) for query in queries if query.get("ReturnData") is not False]
    if sum(len(result["Values"]) for result in results) > (given.get("MaxDatapoints") or RESULTS_MAX):
        raise not_simulated(request, "an answer in several pages, with more than MaxDatapoints values,")
    return {"MetricDataResults": results, "Messages": []}


def _values(cloudwatch: CloudWatchApi, request: Request, asked: Mapping[str, Any]) -> dict[int, float]:
    found = _find(cloudwatch, request, asked["Metric"], asked.get("Unit"))
    periods = _by_period(cloudwatch, found.points, request.parameters, asked["Period"])
    return {begin_us: statistic_of(points, asked["Stat"]) for begin_us, points in periods}


def _grid(cloudwatch: CloudWatchApi, given: Mapping[str, Any], period_s: int) -> list[int]:
    """Return the beginnings of all periods that are asked for, of as many as may be told."""
    period_us, start_us = period_s * _US_PER_S, cloudwatch.us(given["StartTime"])
    first_us = start_us - (start_us + cloudwatch.clock.start_epoch_us) % period_us
    return list(range(first_us, cloudwatch.us(given["EndTime"]), period_us)[:RESULTS_MAX])


def _result(
    cloudwatch: CloudWatchApi, given: Mapping[str, Any], query: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    asked = query.get("MetricStat")
    values = sorted(known[query["Id"]].items(), reverse=given.get("ScanBy") != "TimestampAscending")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or (query["Id"] if asked is None else asked["Metric"]["MetricName"]),
        "Timestamps": [cloudwatch.clock.date(begin_us) for begin_us, _ in values],
        "Values": [value for _, value in values],
        "StatusCode": "Complete",
    }


def statistic_of(points: Sequence[Point], statistic: str) -> float:
    """Return what a statistic says of some points, at least one.

    Raises:
        ApiError: nobody knows it.
    """
    count = sum(point.count for point in points)
    total = sum(point.value * point.count for point in points)
    match statistic:
        case "SampleCount":
            return float(count)
        case "Sum":
            return float(total)
        case "Average":
            return total / count
        case "Minimum":
            return float(min(point.value for point in points))
        case "Maximum":
            return float(max(point.value for point in points))
    if statistic[:1] == "p" and _is_percentage(statistic[1:]):
        return _percentile(points, float(statistic[1:]))
    raise _invalid("InvalidParameterValue", f"The value {statistic} for parameter Stat is invalid.")


def _is_percentage(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and 0 <= float(text) <= 100


def _percentile(points: Sequence[Point], percentage: float) -> float:
    """Return the least value that at least so many percent of all do not exceed (unconfirmed: AWS interpolates)."""
    ordered = sorted(points, key=lambda point: point.value)
    wanted = math.ceil(sum(point.count for point in ordered) * percentage / 100)
    seen = 0.0
    for point in ordered:
        seen += point.count
        if seen >= wanted:
            return float(point.value)
    return float(ordered[-1].value)


def _find(cloudwatch: CloudWatchApi, request: Request, metric: Mapping[str, Any], unit: str | None) -> Series:
    """Return all points of one metric with exactly these dimensions, an empty series if there are none.

    Raises:
        ApiError: AWS emits this metric, and nobody here does.
    """
    namespace, name = metric["Namespace"], metric["MetricName"]
    dimensions = _dimensions(metric.get("Dimensions") or [])
    found = [
        series
        for series in cloudwatch.series(namespace, name)
        if series.dimensions == dimensions and unit in (None, series.unit)
    ]
    if not found and namespace.startswith("AWS/") and not is_emitted(namespace, name, dimensions):
        shown = "".join(f" by {dimension}" for dimension, _ in dimensions)
        unless = ", unless an alarm watches it," if is_gauge(namespace, name, dimensions) else ""
        raise not_simulated(request, f"the metric {namespace} {name}{shown}{unless}")
    if not found:
        return Series(namespace, name, dimensions, unit or "None", [])
    return structs.replace(found[0], points=[point for series in found for point in series.points])


def _by_period(
    cloudwatch: CloudWatchApi, points: Sequence[Point], given: Mapping[str, Any], period_s: int
) -> list[tuple[int, list[Point]]]:
    """Return the periods that have points, with their beginnings, in order of time."""
    if period_s not in HIGH_RESOLUTIONS_S and (period_s < 60 or period_s % 60):
        message = f"The parameter Period must be a multiple of 60, or one of {', '.join(map(str, HIGH_RESOLUTIONS_S))}"
        raise _invalid("InvalidParameterValue", message)
    start_us, end_us = cloudwatch.us(given["StartTime"]), cloudwatch.us(given["EndTime"])
    if start_us >= end_us:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise _invalid("InvalidParameterValue", message)
    epoch_us, period_us = cloudwatch.clock.start_epoch_us, period_s * _US_PER_S
    start_us -= (start_us + epoch_us) % min(period_us, 60 * _US_PER_S)  # a start is rounded down (documented)
    periods: dict[int, list[Point]] = {}
    for point in points:
        if start_us <= point.at_us < end_us:
            periods.setdefault(point.at_us - (point.at_us + epoch_us) % period_us, []).append(point)
    return sorted(periods.items())


def is_measured(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether there may be data of a metric: user code's own, or one of AWS's that is emitted here."""
    is_aws = namespace.startswith("AWS/")
    return not is_aws or is_emitted(namespace, name, dimensions) or is_gauge(namespace, name, dimensions)


def metric_of(settings: Mapping[str, Any]) -> tuple[str, str, Dimensions]:
    """Return namespace, name and dimensions of what an alarm over one metric watches."""
    return settings.get("Namespace") or "", settings["MetricName"], _dimensions(settings.get("Dimensions") or [])


def _dimensions(given: Sequence[Mapping[str, str]]) -> Dimensions:
    if len(given) > DIMENSIONS_MAX:
        raise _invalid("InvalidParameterValue", f"A metric has at most {DIMENSIONS_MAX} dimensions.")
    return tuple(sorted((each["Name"], each["Value"]) for each in given))


def _described(dimensions: Dimensions) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions]


def _page(items: Sequence[Any], given: Mapping[str, Any], items_max: int) -> tuple[Sequence[Any], dict[str, str]]:
    begin = 0
    if given.get("NextToken"):
        try:
            begin = int(base64.b64decode(given["NextToken"], validate=True))
        except ValueError as error:
            raise _invalid("InvalidParameterValue", "The value for parameter NextToken is invalid.") from error
    end = begin + items_max
    return items[begin:end], {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}


def _invalid(code: str, message: str) -> ApiError:
    return ApiError(code, message)


OFFERS: Mapping[str, Offer] = {
    "GetMetricData": offer(get_metric_data, "MetricDataQueries StartTime EndTime ScanBy MaxDatapoints"),
    "GetMetricStatistics": offer(
        get_metric_statistics,
        "Namespace MetricName Dimensions StartTime EndTime Period Statistics ExtendedStatistics Unit",
    ),
    "ListMetrics": offer(list_metrics, "Namespace MetricName Dimensions NextToken RecentlyActive"),
    "PutMetricData": offer(put_metric_data, "Namespace MetricData"),
}
