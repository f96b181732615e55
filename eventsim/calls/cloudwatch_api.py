"""What does CloudWatch answer? Metrics that the run emits and metrics that user code puts; alarms stand beside it."""

import json
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from eventsim.api import Operation, Request, Result
from eventsim.calls import alarms_api, dashboards_api, metric_reading_api, metric_settings_api
from eventsim.calls.alarm_states import Alarms
from eventsim.calls.alarms import Alarm, Watched
from eventsim.calls.gauges import GAUGES, Gauges, is_gauge, is_sampled
from eventsim.calls.inert import Inert, Offer, not_simulated, offer, operations
from eventsim.calls.log_filters import MetricValue
from eventsim.calls.log_metrics import PARSING_ERRORS
from eventsim.calls.metric import Dimensions, Home, Point, Series
from eventsim.calls.metric_data import check_data, points_of_datum
from eventsim.calls.metric_math import ExpressionMistake
from eventsim.calls.metric_pages import page
from eventsim.calls.metric_reading import NotEmitted, Span, answers, dimensions_of, is_measured, metric_of
from eventsim.calls.metrics import CONCURRENCY, series_of
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.source import Notebook
from eventsim.target import Target
from eventsim.trace import Trace

LISTED_MAX = 500
"""Metrics in one answer of ListMetrics (documented)."""
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
        source_at: returns the source with an ARN, None if there is none.
        permits: tells whether a target lets a service send to it for a source.
        read_logs: takes the metrics out of what functions have logged since it was called last.
        notebook: in which data points outlive the server, None where nothing does.

    Attributes:
        tags: ARN of an alarm or a dashboard → its tags.
        dashboards: name → body and instant of the last change.
        detectors: what an anomaly detector watches → what is told of it.
        streams: name → what is told of it.
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
        source_at: Callable[[str], object],
        permits: Callable[..., bool],
        read_logs: Callable[[], object],
        notebook: Notebook | None = None,
    ) -> None:
        self.clock = clock
        self._read_logs = read_logs
        self.trace = trace
        self.inert = Inert(trace, _WITHOUT_EFFECT)
        self.alarms = Alarms(clock, trace, account_id, region, call, find, permits)
        self.dashboards: dict[str, tuple[str, int]] = {}
        self.detectors: dict[str, dict[str, Any]] = {}
        self.streams: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self._home = Home(region, account_id)
        self.gauges = Gauges(clock, self._home, source_at)
        self._put: dict[tuple[str, str, Dimensions, str], list[Point]] = {}
        """Namespace, name, dimensions and unit → what was put, in order of time."""
        self._notebook = notebook
        self._is_whole = notebook is None
        """Whether what an earlier server left is among what was put."""

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        others = metric_reading_api, metric_settings_api, alarms_api, dashboards_api
        offers = {name: each for module in others for name, each in module.OFFERS.items()}
        return operations(self, {**OFFERS, **offers}, self.inert)

    def arn(self, resource: str) -> str:
        """Return the ARN of an alarm, a stream or a dashboard; a dashboard's has no region (documented)."""
        region = "" if resource.startswith("dashboard/") else self.alarms.region
        return f"arn:aws:cloudwatch:{region}:{self.alarms.account_id}:{resource}"

    def put(self, namespace: str, name: str, dimensions: Dimensions, unit: str, points: Iterable[Point]) -> None:
        """Keep data points that user code measured."""
        self._bring_back()
        key, measured = (namespace, name, dimensions, unit), list(points)
        self._keep(key, measured)
        if self._notebook is not None:
            dated = [structs.replace(each, at_us=each.at_us + self.clock.start_epoch_us) for each in measured]
            self._notebook.add(json.dumps(key), *dated)

    def _bring_back(self) -> None:
        """Have what an earlier server left, before anything is added to it."""
        if self._is_whole or self._notebook is None or not self._notebook.is_open:
            return
        self._is_whole = True
        for text, point in self._notebook.read(Point):
            namespace, name, dimensions, unit = json.loads(text)
            key = (namespace, name, tuple((each, value) for each, value in dimensions), unit)
            left = structs.replace(point, at_us=point.at_us - self.clock.start_epoch_us)
            self._keep(key, [left])

    def _keep(self, key: tuple[str, str, Dimensions, str], points: Iterable[Point]) -> None:
        """Put points among those of their metric, in order of time: an alarm reads the last ones again and again."""
        kept = self._put.setdefault(key, [])
        for point in points:
            if kept and point.at_us < kept[-1].at_us:
                insort(kept, point, key=_instant_of)
            else:
                kept.append(point)

    def put_value(self, value: MetricValue) -> None:
        """Keep a value that stood in a log."""
        at_us = self.stored_us(value.at_ms * 1000 - self.clock.start_epoch_us, value.resolution_s)
        point = Point(at_us, value.value)
        self.put(value.namespace, value.name, value.dimensions, value.unit, [point])

    def stored_us(self, at_us: int, resolution_s: int) -> int:
        """Return at which instant a data point is stored: the beginning of its minute or second (documented)."""
        return at_us - (at_us + self.clock.start_epoch_us) % (resolution_s * _US_PER_S)

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return what was emitted or put, of one namespace or name or all."""
        self._bring_back()
        self._catch_up(namespace)
        put = [
            Series(*key, points)
            for key, points in sorted(self._put.items())
            if namespace in ("", key[0]) and name in ("", key[1])
        ]
        return [*series_of(self.trace, self._home, namespace, name), *self.gauges.series(namespace, name), *put]

    def watch(self, alarm: Alarm) -> str:
        """Have the metrics of an alarm measured; return what nobody here can tell of them, "" if all is well."""
        metrics = [metric_of(query["MetricStat"]["Metric"]) for query in alarm.queries if query.get("MetricStat")]
        for metric in metrics:
            if is_gauge(*metric):
                self.gauges.watch(metric)
        for namespace, name, dimensions in metrics:
            if not is_measured(namespace, name, dimensions):
                return f"{namespace} {name}"
        try:
            self.values_of(alarm, [self.clock.now_us])
        except ExpressionMistake as mistake:
            alarm.is_understood = False
            return str(mistake)
        return ""

    def values_of(self, alarm: Alarm, begins_us: Sequence[int]) -> list[float | None]:
        """Return what an alarm watches in some periods, given by their beginnings, None where there is no data.

        Raises:
            ExpressionMistake: its expression is not simulated.
        """
        span = Span(begins_us[0], begins_us[-1] + alarm.period_us, self.clock.start_epoch_us)
        try:
            found = answers(_OfAlarm(self, alarm, span.start_us), alarm.queries, span)[alarm.answer_id]
        except NotEmitted:
            return [None] * len(begins_us)
        return [found[0].series.get(begin_us) for begin_us in begins_us]

    def recent(self, watched: Watched, since_us: int) -> list[Series]:
        """Return what there is of one metric since an instant; what was read before is not read again."""
        self._bring_back()
        key = watched.namespace, watched.name, watched.dimensions
        if is_sampled(*key):
            return [Series(*key, GAUGES[key[:2]].unit, self.gauges.points(key))]
        self._catch_up(watched.namespace)
        if key[:2] == CONCURRENCY:
            watched.points.clear()
        for series in series_of(self.trace, self._home, *key[:2], after=watched.read_count):
            if series.dimensions == watched.dimensions:
                watched.unit = series.unit
                watched.points += series.points
        watched.read_count = len(self.trace)
        watched.points = [point for point in watched.points if point.at_us >= since_us]
        put = [
            Series(*place, points[bisect_left(points, since_us, key=_instant_of) :])
            for place, points in self._put.items()
            if place[:3] == key
        ]
        return [Series(*key, watched.unit, watched.points), *put]

    def _catch_up(self, namespace: str) -> None:
        """Read the logs, unless no metric of theirs can be of this namespace."""
        if namespace == PARSING_ERRORS[0] or not namespace.startswith("AWS/"):
            self._read_logs()

    def us(self, at: datetime) -> int:
        """Return a date as microseconds since the run began; a date without a zone is in UTC, as in botocore."""
        start = self.clock.start_at if at.tzinfo else self.clock.start_at.replace(tzinfo=None)
        return (at - start) // timedelta(microseconds=1)


def _instant_of(point: Point) -> int:
    return point.at_us


class _OfAlarm:
    """The metrics that one alarm watches, since an instant."""

    def __init__(self, cloudwatch: CloudWatchApi, alarm: Alarm, since_us: int) -> None:
        self._cloudwatch, self._since_us = cloudwatch, since_us
        for query in alarm.queries:
            if query.get("MetricStat"):
                key = metric_of(query["MetricStat"]["Metric"])
                alarm.watched.setdefault(key, Watched(*key))
        self._watched = alarm.watched.values()

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return what there is of one metric."""
        wanted = [each for each in self._watched if (each.namespace, each.name) == (namespace, name)]
        return [series for each in wanted for series in self._cloudwatch.recent(each, self._since_us) if series.points]


def put_metric_data(cloudwatch: CloudWatchApi, request: Request) -> Result:
    """Keep what user code measured."""
    given: Any = request.parameters
    namespace = given["Namespace"]
    if namespace.startswith("AWS/"):
        raise _invalid("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")  # unconfirmed
    data = given.get("MetricData") or []
    data = [*data, *(datum for each in given.get("EntityMetricData") or () for datum in each.get("MetricData") or ())]
    if not data:
        raise _invalid("MissingParameter", "The parameter MetricData is required.")
    check_data(data, cloudwatch.clock.date())
    for datum in data:
        at: datetime | None = datum.get("Timestamp")
        at_us = cloudwatch.clock.now_us if at is None else cloudwatch.us(at)
        stored_us = cloudwatch.stored_us(at_us, datum.get("StorageResolution") or 60)
        points = points_of_datum(datum, stored_us)
        dimensions = dimensions_of(datum.get("Dimensions") or [])
        cloudwatch.put(namespace, datum["MetricName"], dimensions, datum.get("Unit") or "None", points)
    if given.get("EntityMetricData"):
        cloudwatch.inert.tell(request, "EntityMetricData.Entity", _WITHOUT_EFFECT["StrictEntityValidation"])
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
        if series.points
        and all(_has_dimension(series, each) for each in filters)
        and (not given.get("RecentlyActive") or now_us - series.points[-1].at_us < 3 * 3600 * _US_PER_S)
    }
    items, more = page(list(keys), given, LISTED_MAX)
    metrics = [
        {"Namespace": namespace, "MetricName": name, "Dimensions": _described(dimensions)}
        for namespace, name, dimensions in items
    ]
    return {"Metrics": metrics, **more}


def _has_dimension(series: Series, wanted: Mapping[str, str]) -> bool:
    return any(name == wanted["Name"] and wanted.get("Value") in (None, value) for name, value in series.dimensions)


def _described(dimensions: Dimensions) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions]


def _invalid(code: str, message: str) -> ApiError:
    return ApiError(code, message)


OFFERS: Mapping[str, Offer] = {
    "ListMetrics": offer(list_metrics, "Namespace MetricName Dimensions NextToken RecentlyActive"),
    "PutMetricData": offer(put_metric_data, "Namespace MetricData EntityMetricData"),
}
