"""Who gets what of the events of a log group? Subscribers those that match, CloudWatch what filters measure in them.

A metric filter makes metrics of the events of one group that match its pattern.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim.calls.log_pattern import Matches, compile_log_pattern, extracting, member_text


class MetricValue(Struct, frozen=True, gc=False):
    """A value of a metric that stood in a log.

    Attributes:
        dimensions: pairs of name and value, sorted.
        at_ms: its instant, since 1970.
        resolution_s: how finely it is stored.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    value: float
    at_ms: int
    resolution_s: int = 60


class SubscriptionFilter(Struct, frozen=True):
    """Events of a group that go to a function or a stream."""

    name: str
    pattern: str
    destination: str
    told: Mapping[str, Any]
    created_ms: int
    matches: Matches


class MetricFilter(Struct, frozen=True):
    """Events of a group that are counted or measured."""

    name: str
    pattern: str
    transformations: tuple[Mapping[str, Any], ...]
    created_ms: int
    matches: Matches
    extract: Callable[[str], dict[str, str]]


def subscription_filter(name: str, pattern: str, destination: str, told: Any, created_ms: int) -> SubscriptionFilter:
    """Return a subscription filter.

    Raises:
        PatternMistake: the pattern makes no sense.
    """
    return SubscriptionFilter(name, pattern, destination, told, created_ms, compile_log_pattern(pattern))


def metric_filter(name: str, pattern: str, transformations: Any, created_ms: int) -> MetricFilter:
    """Return a metric filter.

    Raises:
        PatternMistake: the pattern makes no sense.
    """
    matches, extract = compile_log_pattern(pattern), extracting(pattern)
    return MetricFilter(name, pattern, tuple(transformations), created_ms, matches, extract)


def filtered_values(made: MetricFilter, message: str, at_ms: int) -> Iterator[MetricValue]:
    """Yield what a filter measures of an event that it matches: a number of its own, or one in the event."""
    fields = made.extract(message)
    for each in made.transformations:
        value = _number(_filled(each["metricValue"], message, fields))
        dimensions = {
            name: _filled(selector, message, fields) for name, selector in (each.get("dimensions") or {}).items()
        }
        if value is not None and None not in dimensions.values():
            yield MetricValue(
                each["metricNamespace"],
                each["metricName"],
                tuple(sorted((name, str(text)) for name, text in dimensions.items())),
                each.get("unit") or "None",
                value,
                at_ms,
            )


def _filled(selector: str, message: str, fields: Mapping[str, str]) -> str | None:
    """Return the text that a selector (`1`, `$.ms`, `$bytes`) means in an event."""
    if selector.startswith(("$.", "$[")):
        return member_text(message, selector)
    return fields.get(selector) if selector.startswith("$") else selector


def _number(text: object) -> float | None:
    try:
        return float(text) if isinstance(text, str | int | float) else None
    except ValueError:
        return None
