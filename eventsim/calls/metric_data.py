"""What did user code measure? The data of PutMetricData, checked as CloudWatch does, as data points."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from eventsim.calls.metric import Point
from eventsim.errors import ApiError

DATA_MAX = 1_000
"""Data in one PutMetricData (documented)."""
OLDEST, LATEST = timedelta(days=14), timedelta(hours=2)
"""How far in the past and ahead data may be (documented)."""


def check_data(data: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """See that there are not too many data, each of a time near now, with values of one sort and numbers to be told.

    Raises:
        ApiError: in AWS's words.
    """
    if len(data) > DATA_MAX:
        message = f"The collection MetricData must not have a size greater than {DATA_MAX}."
        raise ApiError("InvalidParameterValue", message)
    for number, datum in enumerate(data, start=1):
        _check_datum(datum, f"MetricData.member.{number}")
        _check_time(datum.get("Timestamp"), now, f"MetricData.member.{number}")


def _check_datum(datum: Mapping[str, Any], place: str) -> None:
    """See that a datum has values of one sort, and numbers that can be told."""
    sorts = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if len(sorts) > 1:
        both = f"{place}.{sorts[0]} and {place}.{sorts[1]}"
        message = f"The parameters {both} are mutually exclusive and you have specified both."
        raise ApiError("InvalidParameterCombination", message)
    for name, values in (("Value", [datum.get("Value")]), ("Values", datum.get("Values") or [])):
        for value in values:
            if value is not None and not math.isfinite(value):
                shown = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
                raise ApiError("InvalidParameterValue", f"The value {shown} for parameter {place}.{name} is invalid.")
    resolution_s = datum.get("StorageResolution")
    if resolution_s not in (None, 1, 60):
        message = f"The value {resolution_s} for parameter {place}.StorageResolution is invalid."
        raise ApiError("InvalidParameterValue", message)
    counts = datum.get("Counts")
    if counts is not None and len(counts) != len(datum.get("Values") or []):
        message = f"The parameters {place}.Values and {place}.Counts must be of the same size."
        raise ApiError("InvalidParameterValue", message)


def _check_time(at: datetime | None, now: datetime, place: str) -> None:
    """See that a datum is not older than two weeks, and at most two hours ahead (documented; wording unconfirmed)."""
    if at is None:
        return
    at = at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
    if not now - OLDEST <= at <= now + LATEST:
        message = f"The parameter {place}.Timestamp must specify a time no more than two "
        message += "weeks in the past." if at < now else "hours in the future."
        raise ApiError("InvalidParameterValue", message)


def points_of_datum(datum: Mapping[str, Any], at_us: int) -> list[Point]:
    """Return the data points that a datum stands for.

    Raises:
        ApiError: it has no value.
    """
    if datum.get("StatisticValues"):
        return _points_of_set(datum["StatisticValues"], at_us)
    values = datum.get("Values")
    if values is None:
        if datum.get("Value") is None:
            raise ApiError(
                "InvalidParameterCombination", "At least one of the parameters must be specified: Value, Values."
            )
        return [Point(at_us, datum["Value"])]
    counts = datum.get("Counts") or [1] * len(values)
    return [Point(at_us, value, count) for value, count in zip(values, counts, strict=True)]


def _points_of_set(values: Mapping[str, Any], at_us: int) -> list[Point]:
    """Return points with the sum, the count and the extremes of a statistic set."""
    count, total = values["SampleCount"], values["Sum"]
    if count <= 1:
        return [Point(at_us, total, count)]
    least, most = values["Minimum"], values["Maximum"]
    if count == 2:
        return [Point(at_us, least), Point(at_us, most)]
    return [Point(at_us, least), Point(at_us, most), Point(at_us, (total - least - most) / (count - 2), count - 2)]
