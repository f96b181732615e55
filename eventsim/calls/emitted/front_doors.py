"""What do front doors emit? REST APIs by their name, HTTP APIs by their id, with the stage or without."""

from collections.abc import Callable

from eventsim.calls.metric import Metric, Place, Point, by_detail, detail_of, one
from eventsim.trace import Entry

_REST_API = by_detail("api", ("ApiName",), ("ApiName", "Stage"))
_HTTP_API = by_detail("api", ("ApiId",), ("ApiId", "Stage"))
_ANSWERS = ("request answered", "request refused")
_NAMESPACE = "AWS/ApiGateway"


def _is_of_class(hundreds: int) -> Callable[[Entry], Point]:
    """Return what tells of a request whether its status is of a class: 1, or 0, so that the average is a rate."""
    return lambda entry: Point(entry.at_us, float(entry.value // 100 == hundreds))


def _milliseconds_of(name: str) -> Callable[[Entry], Point | None]:
    """Return what tells of a request how long something took, nothing of a request for which that was not done."""

    def point(entry: Entry) -> Point | None:
        taken_us = detail_of(entry).get(name)
        return None if taken_us is None else Point(entry.at_us, taken_us / 1000)

    return point


def _is_cached(wanted: bool) -> Callable[[Entry], Point | None]:
    """Return what counts the requests that a cache answered, or those that it did not."""
    return lambda entry: one(entry) if detail_of(entry).get("is_cached") is wanted else None


def _of_api(place: Place, client_errors: str, server_errors: str) -> tuple[Metric, ...]:
    return (
        Metric(_NAMESPACE, "Count", "Count", _ANSWERS, place, one),
        Metric(_NAMESPACE, client_errors, "Count", _ANSWERS, place, _is_of_class(4)),
        Metric(_NAMESPACE, server_errors, "Count", _ANSWERS, place, _is_of_class(5)),
        Metric(_NAMESPACE, "Latency", "Milliseconds", _ANSWERS, place, _milliseconds_of("taken_us")),
        Metric(_NAMESPACE, "IntegrationLatency", "Milliseconds", _ANSWERS, place, _milliseconds_of("integration_us")),
    )


METRICS = (
    *_of_api(_REST_API, "4XXError", "5XXError"),
    Metric(_NAMESPACE, "CacheHitCount", "Count", _ANSWERS, _REST_API, _is_cached(True)),
    Metric(_NAMESPACE, "CacheMissCount", "Count", _ANSWERS, _REST_API, _is_cached(False)),
    *_of_api(_HTTP_API, "4xx", "5xx"),
)
