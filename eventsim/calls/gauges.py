"""How full is a queue, minute by minute? What `AWS/SQS` tells of messages that wait.

The trace tells what happens, and a message that becomes visible where nobody looks makes no entry before somebody does.
So these metrics are not worked out from it: each is sampled at the end of every minute, from the moment on at which an
alarm watches it. As alarms themselves, samples keep no run from being idle.
"""

from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from eventsim.calls.metric import Dimensions, Point, Series
from eventsim.clock import Clock

GAUGES: Final = {
    "ApproximateAgeOfOldestMessage": "Seconds",
    "ApproximateNumberOfMessagesDelayed": "Count",
    "ApproximateNumberOfMessagesNotVisible": "Count",
    "ApproximateNumberOfMessagesVisible": "Count",
}
"""Metric of `AWS/SQS` → unit."""
_NAMESPACE = "AWS/SQS"
_MINUTE_US = 60_000_000


@runtime_checkable
class Gauged(Protocol):
    """A queue that tells how it stands."""

    def gauge(self, name: str) -> float:
        """Return the value of a metric as of now."""


def is_gauge(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether a metric is one of a queue that can be sampled."""
    return namespace == _NAMESPACE and name in GAUGES and [each for each, _ in dimensions] == ["QueueName"]


class Gauges:
    """The samples of one simulation.

    Args:
        find: returns the queue of a name, None if there is none.
    """

    def __init__(self, clock: Clock, find: Callable[[str], object]) -> None:
        self._clock = clock
        self._find = find
        self._samples: dict[tuple[str, str], list[Point]] = {}

    def watch(self, name: str, dimensions: Dimensions) -> None:
        """Sample a metric of a queue from now on, if that is not done already."""
        key = name, dimensions[0][1]
        if key not in self._samples:
            self._samples[key] = []
            self._wait(key)

    def _wait(self, key: tuple[str, str]) -> None:
        clock = self._clock
        clock.by_calendar(clock.now_us + _MINUTE_US - clock.epoch_us() % _MINUTE_US, self._end_minute, key)

    def _end_minute(self, key: tuple[str, str]) -> None:
        self._sample(key)
        self._wait(key)

    def _sample(self, key: tuple[str, str]) -> None:
        """Tell the value at the end of the minute that is over, unless that has been done."""
        clock, points = self._clock, self._samples[key]
        at_us = clock.now_us - clock.epoch_us() % _MINUTE_US - 1
        queue = self._find(key[1])
        if isinstance(queue, Gauged) and (not points or points[-1].at_us < at_us):
            points.append(Point(at_us, queue.gauge(key[0])))

    def points(self, name: str, dimensions: Dimensions) -> list[Point]:
        """Return the samples of a metric that is watched; at the end of a minute, that minute's is among them."""
        key = name, dimensions[0][1]
        if self._clock.epoch_us() % _MINUTE_US == 0:
            self._sample(key)
        return self._samples[key]

    def series(self, namespace: str = "", name: str = "") -> list[Series]:
        """Return all samples, or those of one namespace or name."""
        return [
            Series(_NAMESPACE, metric, (("QueueName", queue),), GAUGES[metric], points)
            for (metric, queue), points in sorted(self._samples.items())
            if namespace in ("", _NAMESPACE) and name in ("", metric) and points
        ]
