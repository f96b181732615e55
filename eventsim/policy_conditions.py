"""Do the conditions of a statement hold? IAM's rules for operators, their keys and many values; pure.

All operators and all their keys must hold, each by one of its texts, a negated one by none of them. A request without
a key meets what is negated, what ends in `IfExists`, and `ForAllValues`. A text with a variable that has no value makes
the statement none (as documented), so that a negated operator does not hold by it either.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from eventsim.policy_operators import COMPARISONS, Comparison, Test
from eventsim.policy_text import Finding, Lookup, contrary, every, is_filled, some

_NULL: Final = "null"
_FOR_ALL: Final = "forallvalues"
_FOR_ANY: Final = "foranyvalue"


class Operator(Struct, frozen=True):
    """What the name of an operator says.

    Attributes:
        comparison: of values with texts.
        is_if_exists: holds where the request has no such key.
        over: how many of a key's values must hold: `forallvalues`, `foranyvalue`, or "".
    """

    comparison: Comparison
    is_if_exists: bool
    over: str


def hold(conditions: Any, values: Lookup, variables: Lookup | None) -> Finding:
    """Tell whether a statement's conditions hold; what is no condition never does.

    Args:
        conditions: operator → key → text or texts; None for no conditions.
        values: of the request's keys.
        variables: of texts, see `form_of`.
    """
    if not _is_well_formed(conditions):
        return False
    return every(
        _is_met(str(name), texts_of(texts), values(str(key)), variables)
        for name, keys in _members(conditions)
        for key, texts in _members(keys)
    )


@lru_cache(256)
def operator_named(name: str) -> Operator | None:
    """Return the operator of a name such as `ForAnyValue:StringLikeIfExists`, None if there is no such."""
    over, _, rest = name.lower().rpartition(":")
    plain = rest.removesuffix("ifexists")
    comparison = next((each for known, each in COMPARISONS.items() if known.lower() == plain), None)
    if comparison is None or over not in ("", _FOR_ALL, _FOR_ANY):
        return None
    return Operator(comparison, plain != rest, over)


def is_operator(name: str) -> bool:
    """Tell whether IAM has an operator of this name."""
    return name.lower() == _NULL or operator_named(name) is not None


def operator_names() -> Iterable[str]:
    """Return the names of all operators, without what they may begin and end with."""
    return [*COMPARISONS, "Null"]


def texts_of(value: Any) -> list[str]:
    """Return what a policy says in one place, once or in a list, as texts."""
    return [_text(each) for each in all_of(value)]


def all_of(value: Any) -> Iterable[Any]:
    """Return what a policy says in one place, once or in a list."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_well_formed(conditions: Any) -> bool:
    if conditions is None:
        return True
    return isinstance(conditions, Mapping) and all(isinstance(keys, Mapping) for keys in conditions.values())


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _is_met(name: str, texts: list[str], values: tuple[str, ...] | None, variables: Lookup | None) -> Finding:
    """Tell whether one key is as one operator wants it."""
    if values is None:
        return None
    if name.lower() == _NULL:
        return ("false" if values else "true") in [text.lower() for text in texts]
    asked = operator_named(name)
    if asked is None:
        return None
    if not values:
        return asked.is_if_exists or asked.over == _FOR_ALL or (asked.comparison.is_negated and not asked.over)
    tests = [asked.comparison.read(text, variables) for text in texts]
    is_met = _is_met_by(values, [test for test in tests if test is not None], asked)
    return every([is_met, *(is_filled(text, variables) for text in texts)]) if asked.comparison.is_negated else is_met


def _is_met_by(values: tuple[str, ...], tests: list[Test], asked: Operator) -> Finding:
    """Tell whether a key's values pass the tests: one of them, all if the operator is negated, or as it says."""
    passed = (some(test(value) for test in tests) for value in values)
    if asked.comparison.is_negated:
        return (some if asked.over == _FOR_ANY else every)(map(contrary, passed))
    return (every if asked.over == _FOR_ALL else some)(passed)
