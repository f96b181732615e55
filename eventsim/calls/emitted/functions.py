"""What do functions and their mappings emit?

Errors count at the start of their invocation, as on AWS (documented). A mapping emits only if it is asked to.
"""

from eventsim.calls.metric import Metric, Point, by_detail, by_name, counted, milliseconds, value
from eventsim.trace import Entry

_FUNCTION = by_name("function", "FunctionName", of_account=True)
_MAPPING = by_detail("mapping", ("EventSourceMappingUUID",))
_NAMESPACE = "AWS/Lambda"
_ENDS = ("succeeded", "failed", "timed out")
_DURABLE_ENDS = ("durable succeeded", "durable failed", "durable timed out", "durable stopped")


def _one_at_start(entry: Entry) -> Point:
    return Point(entry.at_us - entry.value, 1)


def _milliseconds_at_start(entry: Entry) -> Point:
    return Point(entry.at_us - entry.value, entry.value / 1000)


_COUNTS = {
    "PolledEventCount": "events polled",
    "FilteredOutEventCount": "events filtered out",
    "InvokedEventCount": "events invoked",
    "FailedInvokeEventCount": "events failed",
    "DeletedEventCount": "events deleted",
    "CommittedEventCount": "events committed",
    "DroppedEventCount": "events dropped",
    "OnFailureDestinationDeliveredEventCount": "events delivered",
}
"""Metric of a mapping → kind of entry."""

METRICS = (
    *(Metric(_NAMESPACE, name, "Count", (kind,), _MAPPING, value) for name, kind in _COUNTS.items()),
    Metric(_NAMESPACE, "Errors", "Count", ("failed", "timed out"), _FUNCTION, _one_at_start),
    Metric(_NAMESPACE, "Duration", "Milliseconds", _ENDS, _FUNCTION, _milliseconds_at_start),
    Metric(_NAMESPACE, "AsyncEventAge", "Milliseconds", ("attempted",), _FUNCTION, milliseconds),
    Metric(_NAMESPACE, "DurableExecutionDuration", "Milliseconds", _DURABLE_ENDS, _FUNCTION, milliseconds),
    Metric(_NAMESPACE, "IteratorAge", "Milliseconds", ("handed over",), _FUNCTION, milliseconds),
    Metric(_NAMESPACE, "OffsetLag", "Count", ("handed on",), _FUNCTION, value),
    *counted(
        _NAMESPACE,
        _FUNCTION,
        {
            "Invocations": "started",
            "Throttles": "throttled",
            "RecursiveInvocationsDropped": "recursion stopped",
            "ProvisionedConcurrencySpilloverInvocations": "spilled over",
            "AsyncEventsReceived": "queued",
            "AsyncEventsDropped": "event dropped",
            "DeadLetterErrors": "dead letter failed",
            "DestinationDeliveryFailures": "destination delivery failed",
            "DurableExecutionStarted": "durable begun",
            "DurableExecutionSucceeded": "durable succeeded",
            "DurableExecutionFailed": "durable failed",
            "DurableExecutionTimedOut": "durable timed out",
            "DurableExecutionStopped": "durable stopped",
        },
    ),
)
