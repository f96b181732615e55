"""Which of many patterns match this event?

Most patterns name a string that a field must have: a source, a detail type, the name of a bucket. Of those that one
alternative of a pattern names, the index takes the path whose strings are the rarest among all patterns, and keeps the
pattern under these strings. An event looks its own strings up and meets few patterns; only these, and those that name
no string at all, are tried. What is found is what trying all of them would find, in the order in which they were put.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from eventsim.pattern.compiled import Pattern
from eventsim.pattern.search import Condition, Event

K = TypeVar("K")


class _Shelf(Struct):
    """Patterns that are kept under the strings of one path.

    Attributes:
        strings_at: returns an event's strings at the path.
        places: string → where the patterns stand in the order.
    """

    strings_at: Callable[[Event], Sequence[object]]
    places: defaultdict[str, list[int]]


class PatternIndex(Generic[K]):
    """Patterns of a dialect that reads documents, each under a key, made ready for one event after another."""

    def __init__(self) -> None:
        self._patterns: dict[K, Pattern] = {}
        self._entries: list[tuple[K, Pattern]] = []
        self._shelves: list[_Shelf] = []
        self._loose: list[int] = []
        self._is_ready = True

    def __len__(self) -> int:
        return len(self._patterns)

    def put(self, key: K, pattern: Pattern) -> None:
        """Add a pattern, or replace the one under this key, which keeps its place in the order."""
        self._patterns[key] = pattern
        self._is_ready = False

    def remove(self, key: K) -> None:
        """Forget the pattern under this key, if there is one."""
        if self._patterns.pop(key, None) is not None:
            self._is_ready = False

    def matching(self, event: Event) -> list[K]:
        """Return the keys of the patterns that match an event, given as decoded JSON."""
        return [key for key, pattern in self._tried(event) if pattern.matches(event)]

    def near(self, event: Event) -> list[K]:
        """Return the keys of the patterns that are tried: those that match, and those that nearly do."""
        return [key for key, _ in self._tried(event)]

    def _tried(self, event: Event) -> list[tuple[K, Pattern]]:
        if not self._is_ready:
            self._make_ready()
        places = set(self._loose)
        for shelf in self._shelves:
            for value in shelf.strings_at(event):
                if type(value) is str and value in shelf.places:
                    places.update(shelf.places[value])
        return [self._entries[place] for place in sorted(places)]

    def _make_ready(self) -> None:
        self._entries = list(self._patterns.items())
        named = [
            (place, [condition for condition in alternative if condition.leaf.strings])
            for place, (_, pattern) in enumerate(self._entries)
            for alternative in pattern.alternatives
        ]
        counts = Counter(
            (condition.path, string)
            for _, choices in named
            for condition in choices
            for string in condition.leaf.strings
        )

        def crowd(condition: Condition) -> tuple[int, int, str]:
            """The fewer patterns share its strings, and the shallower it lies, the better."""
            shared = sum(counts[condition.path, string] for string in condition.leaf.strings)
            return shared, len(condition.keys), condition.path

        shelves: dict[str, _Shelf] = {}
        loose: dict[int, None] = {}
        for place, choices in named:
            if not choices:
                loose[place] = None
                continue
            best = min(choices, key=crowd)
            shelf = shelves.setdefault(best.path, _Shelf(_reader(best), defaultdict(list)))
            for string in best.leaf.strings:
                shelf.places[string].append(place)
        self._shelves, self._loose = list(shelves.values()), list(loose)
        self._is_ready = True


def _reader(condition: Condition) -> Callable[[Event], Sequence[object]]:
    """Return what reads the values at a condition's path; a plain walk where no array and no dotted key is on it."""
    fields = condition.fields
    steps = [(step[0][0], tuple(key for key, _ in step[1:])) for step in condition.keys if step]

    def read(event: Event) -> Sequence[object]:
        node: object = event
        for key, spanning_keys in steps:
            if type(node) is not dict:
                return [value for value, _ in fields(event)]
            for spanning_key in spanning_keys:
                if spanning_key in node:
                    return [value for value, _ in fields(event)]
            node = node.get(key)
        return [value for value, _ in fields(event)] if isinstance(node, list) else (node,)

    return read
