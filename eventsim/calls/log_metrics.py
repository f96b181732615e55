"""What does CloudWatch measure in log events? What stands in them, what filters make of them, and what it cannot take.

An event in the embedded metric format holds metrics of its own, in groups of the standard class only (documented). What
is wrong in one is counted in the namespace AWS/Logs by its group, and told in the trace when metrics are read.
"""

from collections.abc import Callable

from eventsim.calls.embedded_metrics import embedded_metrics
from eventsim.calls.log_book import LogEvent
from eventsim.calls.log_defaults import DefaultValues
from eventsim.calls.log_filters import MetricValue, filtered_values
from eventsim.calls.log_groups import LogGroup
from eventsim.trace import Trace

PARSING_ERRORS = ("AWS/Logs", "EMFParsingErrors")
VALIDATION_ERRORS = ("AWS/Logs", "EMFValidationErrors")
"""Namespace and name of what counts faults, by the dimension `LogGroupName` (documented)."""


class LogMetrics:
    """The metrics in all log groups of one simulation.

    Args:
        put: keeps a value.
    """

    def __init__(self, trace: Trace, put: Callable[[MetricValue], None]) -> None:
        self._trace = trace
        self._put = put
        self._defaults = DefaultValues(put)
        self._faults: list[tuple[str, str]] = []
        """Groups and what is wrong in their events, of which nobody has been told yet."""
        self._refused = trace.kind("metrics refused", "CloudWatch does not take metrics in {place}: {reason}")

    def see(self, group: LogGroup, event: LogEvent) -> None:
        """Take out of an event what it measures."""
        if group.kept.get("logGroupClass", "STANDARD") == "STANDARD":
            self._take_embedded(group.name, event)
        for made in group.metric_filters.values():
            is_matched = made.matches(event.message)
            self._defaults.see(group.name, made, event.at_ms, is_matched=is_matched)
            for value in filtered_values(made, event.message, event.at_ms) if is_matched else ():
                self._put(value)

    def _take_embedded(self, group: str, event: LogEvent) -> None:
        found = embedded_metrics(event.message, event.ingested_ms)
        for value in found.values:
            self._put(value)
        if found.parsing_fault:
            self._count(PARSING_ERRORS, group, found.parsing_fault, event.ingested_ms)
        for fault in found.validation_faults:
            self._count(VALIDATION_ERRORS, group, fault, event.ingested_ms)

    def _count(self, errors: tuple[str, str], group: str, fault: str, at_ms: int) -> None:
        self._put(MetricValue(*errors, (("LogGroupName", group),), "None", 1, at_ms))
        self._faults.append((group, fault))

    def settle(self, now_ms: int) -> None:
        """Keep the default values of the minutes that are over, and tell of what could not be taken."""
        self._defaults.settle(now_ms)
        faults, self._faults = self._faults, []
        for group, fault in faults:
            place = self._trace.subject("log group", group)
            self._trace.record(self._refused, place, place, detail={"reason": fault})
