"""Does this pattern match that event, and why (not)?"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from eventsim.pattern.attributes import attribute_values
from eventsim.pattern.dialect import Dialect, Reading
from eventsim.pattern.element import UNREADABLE
from eventsim.pattern.grammar import Alternative, compile_alternatives
from eventsim.pattern.notation import Fault, in_json, read_event, read_pattern
from eventsim.pattern.search import ABSENT, Condition, Event, condition_of, search

_SHOWN_CHARS_MAX: Final = 120
"""An explanation is one sentence: longer values are cut."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a pattern matched an event, or why not.  `str()` says it in one sentence.

    Attributes:
        held: the keys that held, each with the JSON of its value, or "absent".
        key: the first key that failed, or "" if none did.
        found: what stood there: JSON values, or "absent".
        wanted: what the pattern asks of the key, in words.
        is_apart: the key has a wanted value, but not in the array element that the keys before it took.
        choice: which alternative matched or came nearest, counted from 1: a combination of `$or` branches, or a
            filter of a mapping.
        choices: how many alternatives there are.
    """

    matched: bool
    held: tuple[tuple[str, str], ...] = ()
    key: str = ""
    found: str = ""
    wanted: str = ""
    is_apart: bool = False
    choice: int = 1
    choices: int = 1

    def __str__(self) -> str:
        which = f" (alternative {self.choice} of {self.choices})" if self.choices > 1 else ""
        if self.matched:
            facts = " and ".join(f"{key} is {value}" for key, value in self.held) or "the pattern asks for nothing"
            return f"matched{which}: {facts}"
        which = which.replace("(", "(nearest is ")
        if self.is_apart:
            return f"not matched{which}: {self.key} is {self.found}, but in another array element than the keys before"
        return f"not matched{which}: {self.key} is {self.found}, wanted {self.wanted}"


class Pattern:
    """A compiled pattern; `compile_pattern` makes it."""

    __slots__ = ("_dialect", "alternatives", "parents", "paths")

    def __init__(self, alternatives: Sequence[Alternative], dialect: Dialect) -> None:
        self.alternatives: tuple[tuple[Condition, ...], ...] = tuple(map(_conditions, alternatives))
        """What must hold, any of these sets of conditions."""
        self._dialect = dialect
        self.paths: frozenset[str] = frozenset(path for alternative in alternatives for path in alternative)
        """The dotted paths of every key that the pattern asks about."""
        self.parents = frozenset(path.partition(".")[0] for path in self.paths if "." in path)
        """The top keys into which the pattern looks."""

    def matches(self, event: Mapping[str, object] | str) -> bool:
        """Tell whether the event matches.

        Args:
            event: decoded JSON (dicts and lists), or JSON text; for `TOPIC_ATTRIBUTES` the attributes.
                What is no JSON object matches only the empty pattern.
        """
        document = self._read(event)
        return any(_holds(conditions, document) for conditions in self.alternatives)

    def explain(self, event: Mapping[str, object] | str) -> Explanation:
        """Tell why `matches` says what it says; slower."""
        document = self._read(event)
        explanations = [_explain(conditions, document) for conditions in self.alternatives]
        return nearest(explanations)

    def _read(self, event: Mapping[str, object] | str) -> Event | None:
        if self._dialect.reading is Reading.ATTRIBUTES:
            if isinstance(event, str):
                raise TypeError("message attributes are a mapping of names, not text")
            return attribute_values(event)
        if isinstance(event, str):
            try:
                document = read_event(event)
            except ValueError:
                return None
            return document if isinstance(document, dict) else None
        return event if isinstance(event, dict) else dict(event)


def compile_pattern(pattern: str | Mapping[str, object], dialect: Dialect, *, ignored: Collection[str] = ()) -> Pattern:
    """Compile an event pattern, given as JSON text or decoded.

    Args:
        ignored: top keys about which nothing is asked after all.

    Raises:
        PatternError: the pattern is not legal in this dialect.
    """
    try:
        text = pattern if isinstance(pattern, str) else _json_of(pattern)
        alternatives = compile_alternatives(read_pattern(text), dialect)
        if ignored:
            alternatives = tuple(_without(alternative, ignored) for alternative in alternatives)
        return Pattern(alternatives, dialect)
    except RecursionError:
        raise Fault("Document nesting depth exceeds the maximum allowed").told_by(dialect) from None
    except Fault as fault:
        raise fault.told_by(dialect) from None


def nearest(explanations: Sequence[Explanation]) -> Explanation:
    """Choose the first that matched, else the one in which the most keys held."""
    best = max(explanations, key=lambda explanation: (explanation.matched, len(explanation.held)))
    return msgspec.structs.replace(best, choice=explanations.index(best) + 1, choices=len(explanations))


def _without(alternative: Alternative, ignored: Collection[str]) -> Alternative:
    return {path: leaf for path, leaf in alternative.items() if path.partition(".")[0] not in ignored}


def _json_of(pattern: object) -> str:
    try:
        return json.dumps(pattern, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Fault(f"A pattern must be made of JSON values: {error}", is_json=False) from error


def _conditions(alternative: Alternative) -> tuple[Condition, ...]:
    """Compile an alternative; its shallow conditions, which fail fastest, first."""
    conditions = [condition_of(path, leaf) for path, leaf in alternative.items()]
    return tuple(sorted(conditions, key=lambda condition: condition.path.count(".")))


def _in_path_order(conditions: Sequence[Condition]) -> list[Condition]:
    return sorted(conditions, key=lambda condition: condition.path)


def _holds(conditions: Sequence[Condition], document: Event | None) -> bool:
    """Tell whether all conditions hold; search only among those with arrays on their way."""
    if document is None:
        return not conditions
    undecided = []
    for condition in conditions:
        verdict = condition.quick(document)
        if verdict is None:
            undecided.append(condition)
        elif not verdict:
            return False
    return not undecided or len(search(_in_path_order(undecided), document)) == len(undecided)


def _explain(conditions: Sequence[Condition], document: Event | None) -> Explanation:
    if document is None:
        if not conditions:
            return Explanation(matched=True)
        return Explanation(matched=False, key="the event", found="something else", wanted="a JSON object")
    ordered = _in_path_order(conditions)
    values = search(ordered, document)
    if len(values) == len(ordered):
        held = zip(ordered, values, strict=True)
        return Explanation(matched=True, held=tuple((condition.path, _shown(value)) for condition, value in held))
    alone = [(condition, search([condition], document)) for condition in conditions]
    # A key that no element satisfies tells more than the key at which the search ended.
    hopeless = [condition for condition, value in alone if not value and not condition.leaf.accepts_absence]
    failed = hopeless[0] if hopeless else ordered[len(values)]
    return Explanation(
        matched=False,
        held=tuple((condition.path, _shown(*value)) for condition, value in alone if value),
        key=failed.path,
        found=_shown(*(value for value, _ in failed.fields(document))),
        wanted=failed.leaf.wanted,
        is_apart=not hopeless and not failed.leaf.accepts_absence,
    )


def _shown(*values: object) -> str:
    """Put a field's values in words; what has none, an object or an empty array too, counts as absent."""
    return " and ".join(_shown_value(value) for value in values) or "absent"


def _shown_value(value: object) -> str:
    if value is ABSENT:
        return "absent"
    if value is UNREADABLE:
        return "unreadable"
    text = in_json(value)
    return text if len(text) <= _SHOWN_CHARS_MAX else f"{text[:_SHOWN_CHARS_MAX]}…"
