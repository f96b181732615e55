"""Which numbers does a run emit, in AWS's names? Data points of functions, queues, …, worked out from the trace.

Each metric is one kind of entry and what a data point says of it. Errors count at the start of their invocation, as on
AWS (documented). Every point is emitted for its function or queue; functions emit for the account as well.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

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


class Home(Struct, frozen=True):
    """Whose metrics they are: where ARNs in dimensions lie."""

    region: str
    account_id: str


class Place(Struct, frozen=True):
    """What sort of place entries name, and by which dimension its metrics are told.

    Attributes:
        kind: the words before its name: `function`, `state machine`.
        of_account: whether metrics are told for all places together, too.
        beside: another dimension, by which they are told once more; both are what entries say, not the place.
    """

    kind: str
    dimension: str
    of_account: bool = False
    beside: str = ""

    def named(self) -> list[list[str]]:
        """Return by which dimensions its metrics are told."""
        named = [[self.dimension]]
        if self.of_account:
            named.append([])
        if self.beside:
            named.append(sorted([self.dimension, self.beside]))
        return named


FUNCTION = Place("function", "FunctionName", of_account=True)
QUEUE, TOPIC = Place("queue", "QueueName"), Place("topic", "TopicName")
STREAM, TABLE = Place("stream", "StreamName"), Place("table", "TableName")
MACHINE = Place("state machine", "StateMachineArn")
REST_API, HTTP_API = Place("api", "ApiName", beside="Stage"), Place("api", "ApiId", beside="Stage")


class Metric(Struct, frozen=True):
    """A metric that is counted from entries of some kinds.

    Attributes:
        point: makes a data point of an entry.
    """

    namespace: str
    name: str
    unit: str
    kinds: tuple[str, ...]
    place: Place
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


def _is_of_class(hundreds: int) -> Callable[[Entry], Point]:
    """Return what tells of a request whether its status is of a class: 1, or 0, so that the average is a rate."""
    return lambda entry: Point(entry.at_us, float(entry.value // 100 == hundreds))


def _latency(entry: Entry) -> Point:
    detail: Any = entry.detail
    return Point(entry.at_us, detail["taken_us"] / 1000)


def _of_api(place: Place, client_errors: str, server_errors: str) -> tuple[Metric, ...]:
    kinds = ("request answered", "request refused")
    return (
        Metric("AWS/ApiGateway", "Count", "Count", kinds, place, _one),
        Metric("AWS/ApiGateway", client_errors, "Count", kinds, place, _is_of_class(4)),
        Metric("AWS/ApiGateway", server_errors, "Count", kinds, place, _is_of_class(5)),
        Metric("AWS/ApiGateway", "Latency", "Milliseconds", kinds, place, _latency),
    )


def _counted(namespace: str, place: Place, kinds: Mapping[str, str]) -> tuple[Metric, ...]:
    """Return the metrics that count entries, by the kind of each."""
    return tuple(Metric(namespace, name, "Count", (kind,), place, _one) for name, kind in kinds.items())


_ENDS = ("succeeded", "failed", "timed out")
_LAMBDA, _STATES = "AWS/Lambda", "AWS/States"
METRICS = (
    Metric(_LAMBDA, "Errors", "Count", ("failed", "timed out"), FUNCTION, _one_at_start),
    Metric(_LAMBDA, "Duration", "Milliseconds", _ENDS, FUNCTION, _milliseconds_at_start),
    Metric(_LAMBDA, "AsyncEventAge", "Milliseconds", ("attempted",), FUNCTION, _milliseconds),
    Metric(_LAMBDA, "IteratorAge", "Milliseconds", ("handed over",), FUNCTION, _milliseconds),
    *_counted(
        _LAMBDA,
        FUNCTION,
        {
            "Invocations": "started",
            "Throttles": "throttled",
            "RecursiveInvocationsDropped": "recursion stopped",
            "ProvisionedConcurrencySpilloverInvocations": "spilled over",
            "AsyncEventsReceived": "queued",
            "AsyncEventsDropped": "event dropped",
            "DeadLetterErrors": "dead letter failed",
            "DestinationDeliveryFailures": "destination delivery failed",
        },
    ),
    Metric("AWS/SQS", "SentMessageSize", "Bytes", ("sent",), QUEUE, _value),
    *_counted(
        "AWS/SQS",
        QUEUE,
        {
            "NumberOfMessagesSent": "sent",
            "NumberOfMessagesReceived": "received",
            "NumberOfMessagesDeleted": "deleted",
            "NumberOfDeduplicatedSentMessages": "duplicate refused",
        },
    ),
    Metric("AWS/SNS", "PublishSize", "Bytes", ("message published",), TOPIC, _value),
    *_counted(
        "AWS/SNS",
        TOPIC,
        {
            "NumberOfMessagesPublished": "message published",
            "NumberOfNotificationsDelivered": "message delivered",
            "NumberOfNotificationsFailed": "message given up",
            "NumberOfNotificationsFilteredOut": "message filtered out",
            "NumberOfNotificationsRedrivenToDlq": "message dead-lettered",
            "NumberOfNotificationsFailedToRedriveToDlq": "message dead letter lost",
        },
    ),
    Metric(
        _STATES,
        "ExecutionTime",
        "Milliseconds",
        tuple(f"execution {end}" for end in ("succeeded", "failed", "timed out", "aborted")),
        MACHINE,
        _milliseconds,
    ),
    *_counted(
        _STATES,
        MACHINE,
        {
            "ExecutionsStarted": "execution started",
            "ExecutionsSucceeded": "execution succeeded",
            "ExecutionsFailed": "execution failed",
            "ExecutionsTimedOut": "execution timed out",
            "ExecutionsAborted": "execution aborted",
        },
    ),
    Metric("AWS/Kinesis", "IncomingBytes", "Bytes", ("record put",), STREAM, _value),
    *_counted("AWS/Kinesis", STREAM, {"IncomingRecords": "record put"}),
    *_counted(
        "AWS/DynamoDB",
        TABLE,
        {"ConditionalCheckFailedRequests": "condition failed", "TimeToLiveDeletedItemCount": "item expired"},
    ),
    *_of_api(REST_API, "4XXError", "5XXError"),
    *_of_api(HTTP_API, "4xx", "5xx"),
)
"""What one entry tells."""

CONCURRENCY = ("AWS/Lambda", "ConcurrentExecutions")


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
    return any(
        (namespace, name) == (metric.namespace, metric.name) and names in metric.place.named() for metric in METRICS
    )


def series_of(trace: Trace, home: Home, namespace: str = "", name: str = "", *, after: int = 0) -> list[Series]:
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
        for metric in of_kind[entry.kind]:
            called = _called(entry, metric.place, home)
            if called:
                point = metric.point(entry)
                add(metric, ((metric.place.dimension, called),), point)
                if metric.place.of_account:
                    add(metric, (), point)
                if metric.place.beside:
                    detail: Any = entry.detail
                    beside = (metric.place.beside, detail[metric.place.beside])
                    add(metric, tuple(sorted([(metric.place.dimension, called), beside])), point)
    series = list(found.values())
    if namespace in ("", CONCURRENCY[0]) and name in ("", CONCURRENCY[1]):
        series += _concurrency(trace)
    return sorted(series, key=lambda each: (each.namespace, each.name, each.dimensions))


def _called(entry: Entry, place: Place, home: Home) -> str:
    """Return what an entry's place is called in the dimension of metrics, "" if it is a place of another kind."""
    if not entry.place.startswith(f"{place.kind} "):
        return ""
    if place.beside:
        detail: Any = entry.detail or {}
        return str(detail.get(place.dimension, ""))
    if place is not MACHINE:
        return entry.place.removeprefix(f"{place.kind} ")
    machine = entry.subject.removeprefix("execution ").partition(":")[0]  # a child of a distributed Map has one, too
    return f"arn:aws:states:{home.region}:{home.account_id}:stateMachine:{machine}"


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
