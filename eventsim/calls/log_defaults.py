"""In which minutes did a group have events, and none that a metric filter matched? They have its default value.

Nobody knows before a minute is over, so minutes wait here until somebody asks for metrics.
"""

from collections.abc import Callable, Iterator

from eventsim.calls.log_filters import MetricFilter, MetricValue

_MS_PER_MINUTE = 60_000


class DefaultValues:
    """The default values of all metric filters of one simulation.

    Args:
        put: keeps a value.
    """

    def __init__(self, put: Callable[[MetricValue], None]) -> None:
        self._put = put
        self._waiting: dict[tuple[str, str, int], tuple[MetricFilter, bool]] = {}
        """By group, filter and minute: the filter, and whether it has matched an event."""

    def see(self, group: str, made: MetricFilter, at_ms: int, *, is_matched: bool) -> None:
        """Note that a group has got an event, and whether a filter matches it."""
        if any(each.get("defaultValue") is not None for each in made.transformations):
            key = group, made.name, at_ms // _MS_PER_MINUTE
            _, was_matched = self._waiting.get(key, (made, False))
            self._waiting[key] = made, is_matched or was_matched

    def settle(self, now_ms: int) -> None:
        """Keep the default values of the minutes that are over."""
        over = [key for key in self._waiting if key[-1] < now_ms // _MS_PER_MINUTE]
        for key in over:
            made, was_matched = self._waiting.pop(key)
            for value in () if was_matched else _values(made, key[-1] * _MS_PER_MINUTE):
                self._put(value)


def _values(made: MetricFilter, at_ms: int) -> Iterator[MetricValue]:
    for each in made.transformations:
        default = each.get("defaultValue")
        if default is not None:
            unit = each.get("unit") or "None"
            yield MetricValue(each["metricNamespace"], each["metricName"], (), unit, float(default), at_ms)
