"""Do these conditions hold in that event, all in the same elements of its arrays?

An event's arrays are transparent: a condition holds if any element, at any depth, has a field that it accepts. But
two fields under one array must lie in the same element (*consistency*). So a field is a value and a *place*: for each
array passed on the way, the index taken there. A value that lies directly in an array takes no index in it.

Conditions are visited in the order of their paths, as the published engine does. The search keeps every set of places
that the conditions visited so far allow, less the arrays that no later condition meets. A field is absent if no field
of its path is consistent with the places taken before.

Most events have no array on the way. `Condition.quick` answers those in one walk and says None where it cannot.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from eventsim.pattern.element import Leaf

Event = dict[str, object]
Location = tuple[str | int, ...]
"""Where a node stands: the keys and indices from the top."""
Place = frozenset[tuple[Location, int]]
"""The elements a field lies in: an index for each array on the way."""
Field = tuple[object, Place]

ABSENT: Final = object()
"""Stands for the value of a field that is not there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """What a pattern asks of one path.

    Attributes:
        keys: for each step, the keys an event may have there, each with the step it leads to: dots join, so one
            key may span several steps.
        quick: whether the condition holds wherever the arrays' elements are chosen; None if that takes a search.
    """

    path: str
    leaf: Leaf
    keys: tuple[tuple[tuple[str, int], ...], ...]
    quick: Callable[[Event], bool | None]

    def fields(self, event: Event) -> list[Field]:
        """Find every value at the path, in the event's order."""
        found: list[Field] = []
        waiting: list[tuple[object, int, Location, Place]] = [(event, 0, (), frozenset())]
        while waiting:
            node, depth, location, place = waiting.pop()
            inner: list[tuple[object, int, Location, Place]] = []
            if isinstance(node, dict):
                for key, end in self.keys[depth]:
                    if key in node:
                        inner.append((node[key], end, (*location, key), place))
            elif isinstance(node, list):
                for index, element in enumerate(node):
                    is_value = not isinstance(element, dict | list)
                    taken = place if is_value else place | {(location, index)}
                    inner.append((element, depth, (*location, index), taken))
            elif not self.keys[depth]:
                found.append((node, place))
            waiting += reversed(inner)
        return found


def condition_of(path: str, leaf: Leaf) -> Condition:
    """Compile what a pattern asks of one path."""
    segments = path.split(".")
    ends = range(1, len(segments) + 1)
    keys = [tuple((".".join(segments[start:end]), end) for end in ends[start:]) for start in range(len(segments) + 1)]
    quick = _quick_below(keys, leaf) if len(segments) > 1 else _quick_at_top(path, leaf)
    return Condition(path, leaf, tuple(keys), quick)


def _quick_at_top(key: str, leaf: Leaf) -> Callable[[Event], bool | None]:
    test, accepts_absence = leaf.test, leaf.accepts_absence

    def quick(event: Event) -> bool | None:
        value = event.get(key, ABSENT)
        if value is ABSENT or isinstance(value, dict):
            return accepts_absence
        return _quick_in_array(value, leaf) if isinstance(value, list) else test(value)

    return quick


def _quick_below(keys: Sequence[Sequence[tuple[str, int]]], leaf: Leaf) -> Callable[[Event], bool | None]:
    *parents, (last, _) = ((step[0][0], tuple(key for key, _ in step[1:])) for step in keys if step)
    test, accepts_absence = leaf.test, leaf.accepts_absence

    def quick(event: Event) -> bool | None:
        node: object = event
        for key, spanning_keys in parents:
            if not isinstance(node, dict):
                return None if isinstance(node, list) else accepts_absence
            for spanning_key in spanning_keys:
                if spanning_key in node:
                    return None
            node = node.get(key)
        if not isinstance(node, dict):
            return None if isinstance(node, list) else accepts_absence
        value = node.get(last, ABSENT)
        if value is ABSENT or isinstance(value, dict):
            return accepts_absence
        return _quick_in_array(value, leaf) if isinstance(value, list) else test(value)

    return quick


def _quick_in_array(values: Sequence[object], leaf: Leaf) -> bool | None:
    """Decide on a leaf's own array, whose values take no index in it."""
    is_absent = True
    for value in values:
        if isinstance(value, list):
            return None
        if not isinstance(value, dict):
            is_absent = False
            if leaf.test(value):
                return True
    return is_absent and leaf.accepts_absence


def search(conditions: Sequence[Condition], event: Event) -> tuple[object, ...]:
    """Give a value for each condition, in order, as far as they hold together; `ABSENT` where absence was wanted.

    The conditions must be in path order. They all hold if there are as many values as conditions.
    """
    fields = [condition.fields(event) for condition in conditions]
    # Keyed by place, so that equal places are followed once; with the values that led there, to explain.
    frontier: dict[Place, tuple[object, ...]] = {frozenset(): ()}
    for number, condition in enumerate(conditions):
        met_later = {location for later in fields[number + 1 :] for _, place in later for location, _ in place}
        grown: dict[Place, tuple[object, ...]] = {}
        for place, values in frontier.items():
            for value, joined in _choices(condition, fields[number], place):
                kept = frozenset(taken for taken in joined if taken[0] in met_later)
                grown.setdefault(kept, (*values, value))
        if not grown:
            return next(iter(frontier.values()))
        frontier = grown
    return next(iter(frontier.values()))


def _choices(condition: Condition, fields: Sequence[Field], place: Place) -> list[Field]:
    """Choose the fields that the condition accepts and that are consistent with the places taken."""
    consistent = [(value, joined) for value, own in fields if (joined := _join(place, own)) is not None]
    if not consistent and condition.leaf.accepts_absence:
        return [(ABSENT, place)]
    return [(value, joined) for value, joined in consistent if condition.leaf.test(value)]


def _join(place: Place, other: Place) -> Place | None:
    """Take the elements of both, or None if they are different elements of one array."""
    joined = place | other
    return joined if len({location for location, _ in joined}) == len(joined) else None
