"""Whatever the event: a pattern made from it matches it, and `explain` and `matches` agree with the definition."""

import itertools
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim.pattern import BUS, compile_pattern

KEYS = st.sampled_from(["a", "b", "c", "a.b"])
VALUES = st.sampled_from(["x", "y", 1, 2.5, None, True])
NODES = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
EVENTS = st.dictionaries(KEYS, NODES, min_size=1, max_size=3)
ELEMENTS = VALUES | st.sampled_from([{"exists": True}, {"exists": False}, {"anything-but": "x"}])
LEAVES = st.lists(ELEMENTS, min_size=1, max_size=2)
PATTERNS = st.dictionaries(st.sampled_from(["a", "a.a", "a.b", "a.c", "b", "b.a", "b.a.b"]), LEAVES, min_size=1)

Place = dict[tuple[object, ...], int]


def fields(
    node: object, path: str = "", place: Place | None = None, location: tuple[object, ...] = ()
) -> Iterator[tuple[str, object, Place]]:
    """Flatten an event as the definition says: path, value, and the index taken in each array."""
    place = place or {}
    if isinstance(node, dict):
        for key, value in node.items():
            yield from fields(value, f"{path}.{key}" if path else key, place, (*location, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            inner = {**place, location: index} if isinstance(value, dict | list) else place
            yield from fields(value, path, inner, (*location, index))
    else:
        yield path, node, place


def accepts(element: object, value: object) -> bool:
    """Tell whether one element accepts one value."""
    match element:
        case {"exists": bool(wanted)}:
            return wanted
        case {"anything-but": unwanted}:
            return bool(value != unwanted)
        case _:
            return value == element and isinstance(value, bool) == isinstance(element, bool)


def holds(pattern: list[tuple[str, list[object]]], event: dict[str, object], place: Place) -> bool:
    """Tell whether the paths that are left can be satisfied, trying every choice."""
    if not pattern:
        return True
    (path, elements), *rest = pattern
    consistent = [
        (value, taken)
        for name, value, taken in fields(event)
        if name == path and all(taken.get(array, index) == index for array, index in place.items())
    ]
    if not consistent and {"exists": False} in elements:
        return holds(rest, event, place)
    return any(
        holds(rest, event, {**place, **taken})
        for (value, taken), element in itertools.product(consistent, elements)
        if accepts(element, value)
    )


@given(EVENTS, PATTERNS)
@settings(max_examples=300, deadline=None)
def test_matching_is_what_the_definition_says(event: dict[str, object], pattern: dict[str, list[object]]) -> None:
    """The quick walk and the search together answer as trying everything does."""
    compiled = compile_pattern(pattern, BUS)

    expected = holds(sorted(pattern.items()), event, {})

    assert compiled.matches(event) is expected
    assert compiled.explain(event).matched is expected


@given(EVENTS)
@settings(deadline=None)
def test_a_pattern_made_from_an_event_matches_it(event: dict[str, object]) -> None:
    """Asking for one element's own values is asking for nothing else."""
    chosen: dict[str, list[object]] = {}
    kept: Place = {}
    for path, value, place in fields(event):
        if path not in chosen and all(place.get(array, index) == index for array, index in kept.items()):
            chosen[path] = [value]
            kept |= place

    assert not chosen or compile_pattern(chosen, BUS).matches(event)


@given(EVENTS, PATTERNS)
@settings(deadline=None)
def test_an_explanation_is_always_one_line(event: dict[str, object], pattern: dict[str, list[object]]) -> None:
    """It names a key of the pattern if anything failed."""
    explanation = compile_pattern(pattern, BUS).explain(event)

    assert len(str(explanation).splitlines()) == 1
    assert explanation.matched or explanation.key in pattern
