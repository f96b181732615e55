"""What is a metric that a run emits? Data points, and which kinds of entry tell of them at which places.

The tables of all metrics stand in `emitted`; who reads the trace by them is `metrics`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim.trace import Entry

Dimensions = tuple[tuple[str, str], ...]
"""Pairs of name and value, sorted."""


class Point(Struct, frozen=True, gc=False):
    """A value, `count` times, at an instant of the run."""

    at_us: int
    value: float
    count: float = 1


class Series(Struct, frozen=True):
    """The points of one metric with its dimensions."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    points: list[Point]


class Home(Struct, frozen=True):
    """Whose metrics they are: where ARNs in dimensions lie."""

    region: str
    account_id: str


class Place(Struct, frozen=True):
    """What sort of place entries name, and by which dimensions its metrics are told.

    Attributes:
        kind: the words before its name: `function`, `state machine`.
        told_by: names of dimensions, sorted; a metric is told once by each of these sets, () is the whole account.
        values: returns the dimensions of an entry by name, none if it is about a place of another sort.
    """

    kind: str
    told_by: tuple[tuple[str, ...], ...]
    values: Callable[[Entry, Home], Mapping[str, str]]

    def dimensions(self, entry: Entry, home: Home) -> list[Dimensions]:
        """Return by which dimensions an entry is told."""
        values = self.values(entry, home) if entry.place.startswith(f"{self.kind} ") else {}
        return [tuple((name, values[name]) for name in names) for names in self.told_by] if values else []


def by_name(kind: str, dimension: str, *, of_account: bool = False) -> Place:
    """Return the sort of place whose name is the value of a dimension.

    Args:
        of_account: whether metrics are told for all places together, too.
    """

    def values(entry: Entry, _: Home) -> Mapping[str, str]:
        return {dimension: entry.place[len(kind) + 1 :]}

    return Place(kind, ((dimension,), ()) if of_account else ((dimension,),), values)


def by_detail(kind: str, *told_by: tuple[str, ...]) -> Place:
    """Return the sort of place for which the details of entries have the dimensions."""
    wanted = {name for names in told_by for name in names}

    def values(entry: Entry, _: Home) -> Mapping[str, str]:
        detail = detail_of(entry)
        return detail if wanted <= detail.keys() else {}

    return Place(kind, told_by, values)


class Metric(Struct, frozen=True):
    """A metric that is counted from entries of some kinds.

    Attributes:
        point: makes a data point of an entry, None of one that does not count.
        undone_by: the kind of entry that says of the point before it that it did not come to be, "" for none.
        is_watched: whether it is emitted only while an alarm watches it.
    """

    namespace: str
    name: str
    unit: str
    kinds: tuple[str, ...]
    place: Place
    point: Callable[[Entry], Point | None]
    undone_by: str = ""
    is_watched: bool = False


def counted(namespace: str, place: Place, kinds: Mapping[str, str | tuple[str, ...]]) -> tuple[Metric, ...]:
    """Return the metrics that count entries, by the kind or the kinds of each."""
    return tuple(
        Metric(namespace, name, "Count", (each,) if isinstance(each, str) else each, place, one)
        for name, each in kinds.items()
    )


def detail_of(entry: Entry) -> Mapping[str, Any]:
    """Return an entry's detail, which is a mapping."""
    detail: Any = entry.detail
    return detail or {}


def one(entry: Entry) -> Point:
    """Count an entry."""
    return Point(entry.at_us, 1)


def value(entry: Entry) -> Point:
    """Tell an entry's number."""
    return Point(entry.at_us, entry.value)


def milliseconds(entry: Entry) -> Point:
    """Tell an entry's number, which is in microseconds."""
    return Point(entry.at_us, entry.value / 1000)
