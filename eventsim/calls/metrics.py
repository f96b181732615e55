"""Which numbers does a run emit, in AWS's names? Data points of `AWS/Lambda` and `AWS/SQS`, worked out from the trace.

Each metric is one kind of entry and what a data point says of it. Errors count at the start of their invocation, as on
AWS (documented). Every point is emitted for its function or queue; functions emit for the account as well.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from eventsim.trace import Entry, Trace

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of name and value, sorted."""

_US_PER_MINUTE = 60_000_000


class Point(Struct, frozen=True, gc=False):
    """A value, `count` times, at an instant of the run."""

    at_us: int
    value: float
    count: float = 1


class Metric(Struct, frozen=True):
    """A metric that is counted from entries of some kinds.

    Attributes:
        place: the kind of place that the entries name, `function` or `queue`.
        point: makes a data point of an entry.
    """

    namespace: str
    name: str
    unit: str
    kinds: tuple[str, ...]
    place: str
    point: Callable[[Entry], Point]


def _one(entry: Entry) -> Point:
    return Point(entry.at_us, 1)


def _one_at_start(entry: Entry) -> Point:
    return Point(entry.at_us - entry.value, 1)


def _value(entry: Entry) -> Point:
    return Point(entry.at_us, entry.value)


def _milliseconds(entry: Entry) -> Point:
    return Point(entry.at_us, entry.value / 1000)


def _milliseconds_at_start(entry: Entry) -> Point:
    return Point(entry.at_us - entry.value, entry.value / 1000)


def _of_functions(name: str, unit: str, point: Callable[[Entry], Point], *kinds: str) -> Metric:
    return Metric("AWS/Lambda", name, unit, kinds, "function", point)


def _of_queues(name: str, unit: str, point: Callable[[Entry], Point], *kinds: str) -> Metric:
    return Metric("AWS/SQS", name, unit, kinds, "queue", point)


METRICS = (
    _of_functions("Invocations", "Count", _one, "started"),
    _of_functions("Errors", "Count", _one_at_start, "failed", "timed out"),
    _of_functions("Throttles", "Count", _one, "throttled"),
    _of_functions("Duration", "Milliseconds", _milliseconds_at_start, "succeeded", "failed", "timed out"),
    _of_functions("RecursiveInvocationsDropped", "Count", _one, "recursion stopped"),
    _of_functions("ProvisionedConcurrencySpilloverInvocations", "Count", _one, "spilled over"),
    _of_functions("AsyncEventsReceived", "Count", _one, "queued"),
    _of_functions("AsyncEventAge", "Milliseconds", _milliseconds, "attempted"),
    _of_functions("AsyncEventsDropped", "Count", _one, "event dropped"),
    _of_functions("IteratorAge", "Milliseconds", _milliseconds, "handed over"),
    _of_functions("DeadLetterErrors", "Count", _one, "dead letter failed"),
    _of_functions("DestinationDeliveryFailures", "Count", _one, "destination delivery failed"),
    _of_queues("NumberOfMessagesSent", "Count", _one, "sent"),
    _of_queues("SentMessageSize", "Bytes", _value, "sent"),
    _of_queues("NumberOfMessagesReceived", "Count", _one, "received"),
    _of_queues("NumberOfMessagesDeleted", "Count", _one, "deleted"),
    _of_queues("NumberOfDeduplicatedSentMessages", "Count", _one, "duplicate refused"),
)
"""What one entry tells."""

CONCURRENCY = ("AWS/Lambda", "ConcurrentExecutions")
_DIMENSION = {"function": "FunctionName", "queue": "QueueName"}


class Series(Struct, frozen=True):
    """The points of one metric with its dimensions."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    points: list[Point]


def is_emitted(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether runs emit this metric with dimensions of these names."""
    names = [dimension for dimension, _ in dimensions]
    if (namespace, name) == CONCURRENCY:
        return names in ([], ["FunctionName"])
    for metric in METRICS:
        if (namespace, name) == (metric.namespace, metric.name):
            return names == [_DIMENSION[metric.place]] or (not names and metric.place == "function")
    return False


def series_of(trace: Trace, namespace: str = "", name: str = "", *, after: int = 0) -> list[Series]:
    """Return all that a run has emitted so far, or what it has of one namespace or name.

    Args:
        after: how many entries of the trace are known already; what is counted from them is left out, except for
            `ConcurrentExecutions`, which is always told from the beginning.
    """
    wanted = [metric for metric in METRICS if namespace in ("", metric.namespace) and name in ("", metric.name)]
    found: dict[tuple[str, str, Dimensions], Series] = {}

    def add(metric: Metric, dimensions: Dimensions, point: Point) -> None:
        key = (metric.namespace, metric.name, dimensions)
        if key not in found:
            found[key] = Series(*key, metric.unit, [])
        found[key].points.append(point)

    of_kind: dict[str, list[Metric]] = {}
    for metric in wanted:
        for kind in metric.kinds:
            of_kind.setdefault(kind, []).append(metric)
    for entry in trace.entries(list(of_kind), after=after):
        place_kind, _, place = entry.place.partition(" ")
        for metric in of_kind[entry.kind]:
            if metric.place == place_kind:
                point = metric.point(entry)
                add(metric, ((_DIMENSION[place_kind], place),), point)
                if place_kind == "function":
                    add(metric, (), point)
    series = list(found.values())
    if namespace in ("", CONCURRENCY[0]) and name in ("", CONCURRENCY[1]):
        series += _concurrency(trace)
    return sorted(series, key=lambda each: (each.namespace, each.name, each.dimensions))


def _concurrency(trace: Trace) -> list[Series]:
    """Return how many ran at once: a point at every change, and one in each minute in which nothing changed."""
    busy: Counter[str] = Counter()
    points: dict[str, list[Point]] = {}
    changed_us: dict[str, int] = {}
    for at_us, place, step in _changes(trace):
        for where in (place, ""):
            while busy[where] and at_us - changed_us[where] >= _US_PER_MINUTE:
                changed_us[where] += _US_PER_MINUTE
                points[where].append(Point(changed_us[where], busy[where]))
            busy[where] += step
            changed_us[where] = at_us
            if step > 0:
                points.setdefault(where, []).append(Point(at_us, busy[where]))
    return [
        Series(*CONCURRENCY, (("FunctionName", place),) if place else (), "Count", of_place)
        for place, of_place in points.items()
    ]


def _changes(trace: Trace) -> Iterator[tuple[int, str, int]]:
    for entry in trace.entries(["started", "reported"]):
        yield entry.at_us, entry.place.partition(" ")[2], 1 if entry.kind == "started" else -1
