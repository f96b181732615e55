"""Which way does a Choice state go? Its rules, tried in order."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from eventsim_sources.json_path import PathError
from eventsim_sources.workflow.failure import RUNTIME, StateFailed
from eventsim_sources.workflow.scope import Scope

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _truth(value: Any) -> Any:
    return value if isinstance(value, bool) else None


def timestamp(value: Any) -> datetime | None:
    """Return an instant, None if a value is none: RFC 3339 with `T` and with `Z` or an offset."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "String": _text,
    "Numeric": _number,
    "Boolean": _truth,
    "Timestamp": timestamp,
}
COMPARISONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], bool]]] = {
    f"{kind}{order}": (read, compare)
    for kind, read in _TYPES.items()
    for order, compare in _ORDERS.items()
    if kind != "Boolean" or order == "Equals"
}
_IS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
OPERATORS = frozenset(
    {*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *_IS, "IsPresent", "StringMatches", "And", "Or", "Not"}
)


def fits(operator: str, wanted: Any) -> bool:
    """Tell whether an operator compares with this: `NumericEquals` with a number, `NumericEqualsPath` with a path."""
    if operator in _IS or operator == "IsPresent":
        return isinstance(wanted, bool)
    if operator == "StringMatches":
        return isinstance(wanted, str)
    if operator.endswith("Path"):
        return isinstance(wanted, str) and wanted.startswith("$")
    read, _ = COMPARISONS[operator]
    return read(wanted) is not None


def holds(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Tell whether a rule holds.

    Raises:
        StateFailed: its variable is not there.
    """
    if "And" in rule:
        return all(holds(each, scope) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, scope) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    variable = str(rule["Variable"])
    if "IsPresent" in rule:
        return _is_present(variable, scope) is bool(rule["IsPresent"])
    value = _find(variable, scope)
    name, wanted = next((name, wanted) for name, wanted in rule.items() if name in OPERATORS)
    if name in _IS:
        return _IS[name](value) is bool(wanted)
    if name == "StringMatches":
        return isinstance(value, str) and _matches(value, str(wanted))
    if name.endswith("Path"):
        name, wanted = name.removesuffix("Path"), _find(str(wanted), scope)
    read, compare = COMPARISONS[name]
    left, right = read(value), read(wanted)
    return left is not None and right is not None and compare(left, right)


def _is_present(variable: str, scope: Scope) -> bool:
    try:
        return scope.leads_somewhere(variable)
    except PathError:
        return False


def _find(path: str, scope: Scope) -> Any:
    try:
        return scope.find(path)
    except PathError as error:
        raise StateFailed(
            RUNTIME, f"Invalid path '{path}': The choice state's condition path references an invalid value."
        ) from error


def _matches(text: str, pattern: str) -> bool:
    """Tell whether `*` as any run of characters, `\\*` and `\\\\` as themselves, make this text."""
    pieces = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern)
    return (
        re.fullmatch("".join(".*" if each == "*" else re.escape(_plain(each)) for each in pieces), text, re.DOTALL)
        is not None
    )


def _plain(piece: str) -> str:
    return piece[1] if len(piece) == 2 and piece[0] == "\\" else piece
