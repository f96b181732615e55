"""How full is a queue, a bucket, minute by minute or day by day? What AWS tells of things as they stand.

The trace tells what happens, and a message that becomes visible where nobody looks makes no entry before somebody does.
So these metrics are not worked out from it: each is sampled at the end of every minute, or day, from the moment on at
which an alarm watches it. As alarms themselves, samples keep no run from being idle.

What takes effort to work out, as the capacity that requests to a table consume, is told in the trace from the same
moment on.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, runtime_checkable

from msgspec import Struct

from eventsim.calls.metric import Dimensions, Home, Point, Series
from eventsim.clock import Clock

_MINUTE_US = 60_000_000
_DAY_US = 1_440 * _MINUTE_US

Key = tuple[str, str, Dimensions]
"""Namespace, name and dimensions of a metric."""


class Gauge(Struct, frozen=True):
    """A metric that is sampled, or told in the trace, while somebody watches it.

    Attributes:
        arn: where that is found whose metric it is, by its name and its home.
        named_by: the dimension that is this name.
        beside: other dimensions that it may have, or must have if there is one choice.
        every_us: how often it is sampled.
        is_counted: whether the trace tells of it instead.
    """

    unit: str
    arn: str
    named_by: str
    beside: tuple[tuple[str, ...], ...] = ((),)
    every_us: int = _MINUTE_US
    is_counted: bool = False

    def is_told_by(self, dimensions: Dimensions) -> bool:
        """Tell whether the metric has dimensions of these names."""
        names = sorted(name for name, _ in dimensions)
        return any(names == sorted([self.named_by, *others]) for others in self.beside)


_QUEUE = "arn:aws:sqs:{home.region}:{home.account_id}:{name}"
_TABLE = "arn:aws:dynamodb:{home.region}:{home.account_id}:table/{name}"
_BUCKET = "arn:aws:s3:::{name}"
_OF_INDEX = ((), ("GlobalSecondaryIndexName",))
_OF_STORAGE = (("StorageType",),)

GAUGES: Final[Mapping[tuple[str, str], Gauge]] = {
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): Gauge("Count", _TABLE, "TableName", _OF_INDEX, is_counted=True),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): Gauge("Count", _TABLE, "TableName", _OF_INDEX, is_counted=True),
    ("AWS/DynamoDB", "ProvisionedReadCapacityUnits"): Gauge("Count", _TABLE, "TableName", _OF_INDEX),
    ("AWS/DynamoDB", "ProvisionedWriteCapacityUnits"): Gauge("Count", _TABLE, "TableName", _OF_INDEX),
    ("AWS/S3", "BucketSizeBytes"): Gauge("Bytes", _BUCKET, "BucketName", _OF_STORAGE, _DAY_US),
    ("AWS/S3", "NumberOfObjects"): Gauge("Count", _BUCKET, "BucketName", _OF_STORAGE, _DAY_US),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): Gauge("Seconds", _QUEUE, "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfGroupsWithInflightMessages"): Gauge("Count", _QUEUE, "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesDelayed"): Gauge("Count", _QUEUE, "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): Gauge("Count", _QUEUE, "QueueName"),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): Gauge("Count", _QUEUE, "QueueName"),
}
"""Namespace and name → what is measured while somebody watches."""


@runtime_checkable
class Gauged(Protocol):
    """A source that tells how it stands."""

    def gauge(self, name: str, dimensions: Mapping[str, str]) -> float | None:
        """Return the value of a metric as of now, None if AWS would tell nothing."""


@runtime_checkable
class Metered(Protocol):
    """A source that can tell more than it does."""

    def meter(self) -> None:
        """Tell the trace from now on of what takes effort to work out."""


def is_gauge(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether a metric is one that is measured while somebody watches it."""
    gauge = GAUGES.get((namespace, name))
    return gauge is not None and gauge.is_told_by(dimensions)


def is_sampled(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether a metric is one of which there are samples, and nothing in the trace."""
    return is_gauge(namespace, name, dimensions) and not GAUGES[namespace, name].is_counted


class Gauges:
    """The samples of one simulation.

    Args:
        find: returns the source with an ARN, None if there is none.
    """

    def __init__(self, clock: Clock, home: Home, find: Callable[[str], object]) -> None:
        self._clock = clock
        self._home = home
        self._find = find
        self._samples: dict[Key, list[Point]] = {}

    def watch(self, key: Key) -> None:
        """Measure a metric from now on, if that is not done already."""
        if key not in self._samples:
            self._samples[key] = []
            self._meter(key)
            self._wait(key)

    def _meter(self, key: Key) -> None:
        """Have the source tell of what is counted; there may be another one of its name than a minute ago."""
        if GAUGES[key[:2]].is_counted:
            source = self._source(key)
            if isinstance(source, Metered):
                source.meter()

    def _source(self, key: Key) -> object:
        gauge = GAUGES[key[:2]]
        return self._find(gauge.arn.format(home=self._home, name=dict(key[2])[gauge.named_by]))

    def _wait(self, key: Key) -> None:
        clock, every_us = self._clock, GAUGES[key[:2]].every_us
        clock.by_calendar(clock.now_us + every_us - clock.epoch_us() % every_us, self._end, key)

    def _end(self, key: Key) -> None:
        self._sample(key)
        self._meter(key)
        self._wait(key)

    def _sample(self, key: Key) -> None:
        """Tell the value at the end of the minute or day that is over, unless that has been done."""
        clock, points, gauge = self._clock, self._samples[key], GAUGES[key[:2]]
        at_us = clock.now_us - clock.epoch_us() % gauge.every_us - 1
        if gauge.is_counted or (points and points[-1].at_us >= at_us):
            return
        source = self._source(key)
        if isinstance(source, Gauged):
            value = source.gauge(key[1], dict(key[2]))
            if value is not None:
                points.append(Point(at_us, value))

    def points(self, key: Key) -> list[Point]:
        """Return the samples of a metric that is watched; at the end of a minute or a day, its own is among them."""
        if self._clock.epoch_us() % GAUGES[key[:2]].every_us == 0:
            self._sample(key)
        return self._samples[key]

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return all samples, or those of one namespace or name; what is watched may have none yet."""
        return [
            Series(*key, GAUGES[key[:2]].unit, points)
            for key, points in sorted(self._samples.items())
            if namespace in ("", key[0]) and name in ("", key[1])
        ]
