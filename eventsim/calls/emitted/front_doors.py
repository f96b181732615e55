"""What do front doors emit? REST APIs by their name, HTTP APIs by their id, with the stage or without."""

from collections.abc import Callable
from typing import Any

from eventsim.calls.metric import Metric, Place, Point, by_detail, one
from eventsim.trace import Entry

_REST_API = by_detail("api", ("ApiName",), ("ApiName", "Stage"))
_HTTP_API = by_detail("api", ("ApiId",), ("ApiId", "Stage"))
_NAMESPACE = "AWS/ApiGateway"


def _is_of_class(hundreds: int) -> Callable[[Entry], Point]:
    """Return what tells of a request whether its status is of a class: 1, or 0, so that the average is a rate."""
    return lambda entry: Point(entry.at_us, float(entry.value // 100 == hundreds))


def _latency(entry: Entry) -> Point:
    detail: Any = entry.detail
    return Point(entry.at_us, detail["taken_us"] / 1000)


def _of_api(place: Place, client_errors: str, server_errors: str) -> tuple[Metric, ...]:
    kinds = ("request answered", "request refused")
    return (
        Metric(_NAMESPACE, "Count", "Count", kinds, place, one),
        Metric(_NAMESPACE, client_errors, "Count", kinds, place, _is_of_class(4)),
        Metric(_NAMESPACE, server_errors, "Count", kinds, place, _is_of_class(5)),
        Metric(_NAMESPACE, "Latency", "Milliseconds", kinds, place, _latency),
    )


METRICS = (*_of_api(_REST_API, "4XXError", "5XXError"), *_of_api(_HTTP_API, "4xx", "5xx"))
