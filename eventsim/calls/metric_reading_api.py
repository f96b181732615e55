"""How are metrics read? One by its statistics, or several with expressions over them, page by page."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from eventsim.api import Request, Result
from eventsim.calls.inert import Inert, Offer, not_simulated, offer
from eventsim.calls.metric import Point, Series
from eventsim.calls.metric_functions import Labelled
from eventsim.calls.metric_math import ExpressionMistake, UnknownId
from eventsim.calls.metric_reading import Measured, NotEmitted, Span, answers, find_by_unit
from eventsim.calls.statistics import check_statistic, statistic_of
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.page_token import place_of, token_of

DATAPOINTS_MAX = 1_440
"""Data points in one answer of GetMetricStatistics (documented)."""
RESULTS_MAX = 100_800
"""Values in one answer of GetMetricData (documented)."""
HIGH_RESOLUTIONS_S = (1, 5, 10, 20, 30)
"""Periods below a minute (documented); longer ones are whole minutes."""
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_US_PER_S = 1_000_000


class Read(Measured, Protocol):
    """What is read here: `CloudWatchApi`."""

    clock: Clock
    inert: Inert

    def us(self, at: datetime) -> int:
        """Return a date as microseconds since the run began."""


def get_metric_statistics(cloudwatch: Read, request: Request) -> Result:
    """Sum up one metric by periods."""
    given: Any = request.parameters
    statistics = [*(given.get("Statistics") or []), *(given.get("ExtendedStatistics") or [])]
    if not statistics:
        raise _invalid("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    for statistic in statistics:
        check_statistic(statistic)
    span = _span(cloudwatch, given)
    _check_period(given["Period"])
    _check_count(span, given["Period"])
    datapoints = [
        {"Timestamp": cloudwatch.clock.date(begin_us), "Unit": series.unit, **_summed_up(points, given)}
        for series in _found(cloudwatch, request, given)
        for begin_us, points in span.by_period(series.points, given["Period"])
    ]
    return {"Label": given["MetricName"], "Datapoints": datapoints}


def _found(cloudwatch: Read, request: Request, given: Mapping[str, Any]) -> Sequence[Series]:
    """Return the metric that is asked for: what was measured in different units is told apart (documented)."""
    try:
        return find_by_unit(cloudwatch, given, given.get("Unit"))
    except NotEmitted as error:
        raise not_simulated(request, str(error)) from error


def _summed_up(points: Sequence[Point], given: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {statistic: statistic_of(points, statistic) for statistic in given.get("Statistics") or ()}
    if given.get("ExtendedStatistics"):
        told["ExtendedStatistics"] = {each: statistic_of(points, each) for each in given["ExtendedStatistics"]}
    return told


def _check_count(span: Span, period_s: int) -> None:
    """See that there are not more periods than may be told, whether they have points or not (documented)."""
    asked = -(-(span.end_us - span.start_us) // (period_s * _US_PER_S))
    if asked > DATAPOINTS_MAX:
        raise _invalid(
            "InvalidParameterCombination",
            f"You have requested up to {asked:,} datapoints, which exceeds the limit of {DATAPOINTS_MAX:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )


def _span(cloudwatch: Read, given: Mapping[str, Any]) -> Span:
    start_us, end_us = cloudwatch.us(given["StartTime"]), cloudwatch.us(given["EndTime"])
    if start_us >= end_us:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise _invalid("InvalidParameterValue", message)
    return Span(start_us, end_us, cloudwatch.clock.start_epoch_us)


def _check_period(period_s: int) -> None:
    if period_s not in HIGH_RESOLUTIONS_S and (period_s < 60 or period_s % 60):
        message = f"The parameter Period must be a multiple of 60, or one of {', '.join(map(str, HIGH_RESOLUTIONS_S))}"
        raise _invalid("InvalidParameterValue", message)


def get_metric_data(cloudwatch: Read, request: Request) -> Result:
    """Sum up several metrics by periods, and work out expressions over them."""
    given: Any = request.parameters
    queries = given["MetricDataQueries"]
    check_queries(queries)
    if any("${" in (query.get("Label") or "") for query in queries):
        cloudwatch.inert.tell(request, "Label", "what stands in ${…} is told as it is written")
    try:
        found = answers(cloudwatch, queries, _span(cloudwatch, given))
    except UnknownId as mistake:
        raise _invalid("ValidationError", str(mistake)) from mistake  # unconfirmed wording
    except (ExpressionMistake, NotEmitted) as mistake:
        raise not_simulated(request, str(mistake)) from mistake
    is_falling = given.get("ScanBy") != "TimestampAscending"
    results = [
        _result(cloudwatch, query, each, is_falling=is_falling)
        for query in queries
        if query.get("ReturnData") is not False
        for each in found[query["Id"]]
    ]
    return _page(results, given)


def check_queries(queries: Sequence[Mapping[str, Any]]) -> None:
    """See that queries have ids of their own, and each asks either for a metric or for an expression.

    Raises:
        ApiError: in AWS's words.
    """
    for number, query in enumerate(queries, start=1):
        place = f"MetricDataQueries.member.{number}"
        if not _ID.fullmatch(query["Id"]):
            pattern = "^[a-z][a-zA-Z0-9_]*$"
            message = (
                f"The value {query['Id']} for parameter {place}.Id is not matching the expected pattern {pattern}."
            )
            raise _invalid("ValidationError", message)
        asked, expression = query.get("MetricStat"), query.get("Expression")
        if asked is not None and expression is not None:
            both = f"{place}.MetricStat and {place}.Expression"
            message = f"The parameters {both} are mutually exclusive and you have specified both."
            raise _invalid("ValidationError", message)
        if asked is None and expression is None:
            message = f"Either {place}.MetricStat or {place}.Expression must be specified."  # unconfirmed wording
            raise _invalid("ValidationError", message)
        if asked is not None:
            _check_period(asked["Period"])
            check_statistic(asked["Stat"])
    if len({query["Id"] for query in queries}) < len(queries):
        raise _invalid("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")


def _result(cloudwatch: Read, query: Mapping[str, Any], found: Labelled, *, is_falling: bool) -> dict[str, Any]:
    asked = query.get("MetricStat")
    values = sorted(found.series.items(), reverse=is_falling)
    label = query.get("Label") or (query["Id"] if asked is None else asked["Metric"]["MetricName"])
    return {
        "Id": query["Id"],
        "Label": f"{label} {found.label}" if found.label else label,
        "Timestamps": [cloudwatch.clock.date(begin_us) for begin_us, _ in values],
        "Values": [value for _, value in values],
        "StatusCode": "Complete",
    }


def _page(results: Sequence[dict[str, Any]], given: Mapping[str, Any]) -> Result:
    """Return as many values as one answer has, from where the one before has ended; a series may be cut."""
    begin = _begin(given)
    end = begin + min(given.get("MaxDatapoints") or RESULTS_MAX, RESULTS_MAX)
    shown, seen = [], 0
    for result in results:
        count = len(result["Values"])
        first, last = max(begin - seen, 0), min(end - seen, count)
        if first < last or (count == 0 and begin <= seen <= end):
            cut = {name: result[name][first:last] for name in ("Timestamps", "Values")}
            shown.append({**result, **cut, "StatusCode": "Complete" if last == count else "PartialData"})
        seen += count
    more = {"NextToken": token_of(end)} if seen > end else {}
    return {"MetricDataResults": shown, "Messages": [], **more}


def _begin(given: Mapping[str, Any]) -> int:
    return place_of(given.get("NextToken"), _invalid("InvalidNextToken", "The specified next token is not valid."))


def _invalid(code: str, message: str) -> ApiError:
    return ApiError(code, message)


OFFERS: Mapping[str, Offer] = {
    "GetMetricData": offer(get_metric_data, "MetricDataQueries StartTime EndTime ScanBy MaxDatapoints NextToken"),
    "GetMetricStatistics": offer(
        get_metric_statistics,
        "Namespace MetricName Dimensions StartTime EndTime Period Statistics ExtendedStatistics Unit",
    ),
}
