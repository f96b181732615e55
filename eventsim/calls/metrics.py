"""Which numbers does a run emit, in AWS's names? Data points of functions, queues, …, worked out from the trace.

Each metric is some kinds of entry and what a data point says of one; the tables stand in `emitted`. Every point is told
by all the dimensions of the place where it was.
"""

from collections import Counter
from collections.abc import Iterator

from eventsim.calls.emitted import deliveries, events, front_doors, functions, messaging, pipes, records, workflows
from eventsim.calls.log_metrics import PARSING_ERRORS, VALIDATION_ERRORS
from eventsim.calls.metric import Dimensions, Home, Metric, Point, Series
from eventsim.trace import Entry, Trace

_TABLES = (functions, messaging, records, deliveries, events, pipes, workflows, front_doors)
METRICS = tuple(metric for table in _TABLES for metric in table.METRICS)
"""What one entry tells."""

CONCURRENCY = ("AWS/Lambda", "ConcurrentExecutions")
_US_PER_MINUTE = 60_000_000


def is_emitted(namespace: str, name: str, dimensions: Dimensions) -> bool:
    """Tell whether runs emit this metric with dimensions of these names, whether anybody watches it or not."""
    names = tuple(dimension for dimension, _ in dimensions)
    if (namespace, name) == CONCURRENCY:
        return names in ((), ("FunctionName",))
    if (namespace, name) in (PARSING_ERRORS, VALIDATION_ERRORS):
        return names == ("LogGroupName",)
    return any(
        (namespace, name) == (metric.namespace, metric.name) and names in metric.place.told_by and not metric.is_watched
        for metric in METRICS
    )


def series_of(trace: Trace, home: Home, namespace: str = "", name: str = "", *, after: int = 0) -> list[Series]:
    """Return all that a run has emitted so far, or what it has of one namespace or name.

    Args:
        after: how many entries of the trace are known already; what is counted from them is left out, except for
            `ConcurrentExecutions`, which is always told from the beginning.
    """
    wanted = [metric for metric in METRICS if namespace in ("", metric.namespace) and name in ("", metric.name)]
    of_kind: dict[str, list[Metric]] = {}
    for metric in wanted:
        for kind in (*metric.kinds, metric.undone_by):
            of_kind.setdefault(kind, []).append(metric)
    collected = _Collected(home)
    for entry in trace.entries(list(of_kind), after=after):
        for metric in of_kind[entry.kind]:
            collected.add(metric, entry)
    series = [each for each in collected.series.values() if each.points]
    if namespace in ("", CONCURRENCY[0]) and name in ("", CONCURRENCY[1]):
        series += _concurrency(trace)
    return sorted(series, key=lambda each: (each.namespace, each.name, each.dimensions))


class _Collected:
    """The series that entries make, one entry after another."""

    def __init__(self, home: Home) -> None:
        self.series: dict[tuple[str, str, Dimensions], Series] = {}
        self._home = home

    def add(self, metric: Metric, entry: Entry) -> None:
        """Have an entry tell of a metric, or take back what the one before it told."""
        is_undone = entry.kind == metric.undone_by
        point = None if is_undone else metric.point(entry)
        if point is None and not is_undone:
            return
        for dimensions in metric.place.dimensions(entry, self._home):
            key = metric.namespace, metric.name, dimensions
            if key not in self.series:
                self.series[key] = Series(*key, metric.unit, [])
            points = self.series[key].points
            if point is not None:
                points.append(point)
            elif points:
                points.pop()


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
