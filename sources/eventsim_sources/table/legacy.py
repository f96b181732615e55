"""What do the parameters say that are older than expressions?

Expected, QueryFilter, ScanFilter, KeyConditions, AttributeUpdates and AttributesToGet become the same values as the
expressions that took their place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from eventsim import ApiError
from eventsim_sources.table.conditions import Condition, Predicate, begins_with, contains, every, ordered, same, some
from eventsim_sources.table.expression.errors import refused
from eventsim_sources.table.key_condition import KeyCondition, chosen
from eventsim_sources.table.projection import Projection
from eventsim_sources.table.schema import Key
from eventsim_sources.table.update import Change, Update, added, deleted
from eventsim_sources.table.value import SETS, TYPES, AttributeValue, checked, checked_name, compare, kind_of

_INVALID: Final = "One or more parameter values were invalid: "
_MISMATCH: Final = "Type mismatch for attribute to update"
_ORDERS: Final = {"LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_KEY_OPERATORS: Final = {"EQ": "=", **_ORDERS, "BETWEEN": "BETWEEN", "BEGINS_WITH": "begins_with"}
_COUNTS: Final = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}
"""How many values an operator takes; IN takes one or more, all others one."""

_SCALARS: Final = frozenset({"S", "N", "B"})
_KINDS: Final = {
    **dict.fromkeys((*_ORDERS, "BETWEEN", "IN"), _SCALARS),
    **dict.fromkeys(("CONTAINS", "NOT_CONTAINS"), _SCALARS | {"BOOL", "NULL"}),
    "BEGINS_WITH": frozenset({"S", "B"}),
}
"""The types of value that an operator takes; EQ and NE take all."""


def check_unmixed(parameters: Mapping[str, object], expressions: Iterable[str], legacy: Iterable[str]) -> None:
    """Check that a request does not use both expressions and older parameters.

    Args:
        parameters: the request's; those that are None count as absent.
        expressions: the names of the operation's expression parameters.
        legacy: the names of its older ones.

    Raises:
        ApiError: ValidationException, naming what was used of both.
    """
    new = [name for name in expressions if parameters.get(name) is not None]
    old = [name for name in legacy if parameters.get(name) is not None]
    if new and old:
        raise refused(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
        )


def expected_condition(expected: Mapping[str, Mapping[str, Any]] | None, operator: str | None = None) -> Condition:
    """Read Expected and ConditionalOperator (`AND`, `OR`).

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    return _joined({name: _expectation(name, given) for name, given in (expected or {}).items()}, operator)


def filter_condition(filters: Mapping[str, Mapping[str, Any]] | None, operator: str | None = None) -> Condition:
    """Read QueryFilter or ScanFilter, and ConditionalOperator (`AND`, `OR`).

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    return _joined({name: _comparison(name, given) for name, given in (filters or {}).items()}, operator)


def key_conditions(conditions: Mapping[str, Mapping[str, Any]], key: Key) -> KeyCondition:
    """Read KeyConditions for a table or index with this key.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    parts = []
    for name, given in conditions.items():
        operator, values = _operator_and_values(given)
        if operator not in _KEY_OPERATORS:
            raise refused("Attempted conditional constraint is not an indexable operation")
        parts.append((name, _KEY_OPERATORS[operator], tuple(values)))
    return chosen(parts, key)


def attribute_updates(updates: Mapping[str, Mapping[str, Any]]) -> Update:
    """Read AttributeUpdates.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    return Update([_change(name, given) for name, given in updates.items()])


def attributes_to_get(names: Sequence[str]) -> Projection:
    """Read AttributesToGet.

    Raises:
        ApiError: ValidationException, when a name stands there twice.
    """
    for index, name in enumerate(names):
        if name in names[:index]:
            raise refused(f"{_INVALID}Duplicate value in attribute name: {name}")
    return Projection(tuple((name,) for name in names))


def _joined(predicates: Mapping[str, Predicate], operator: str | None) -> Condition:
    if operator is not None and not predicates:
        raise refused("ConditionalOperator cannot be used without Filter or Expected")
    if operator is not None and len(predicates) == 1:
        raise refused("ConditionalOperator can only be used when Filter or Expected has two or more elements")
    tests = tuple(predicates.values())
    paths = tuple((name,) for name in predicates)
    return Condition(some(tests) if operator == "OR" else every(tests), paths)


def _expectation(name: str, given: Mapping[str, Any]) -> Predicate:
    if given.get("ComparisonOperator") is not None:
        return _compared_expectation(name, given)
    exists, value = given.get("Exists"), given.get("Value")
    if given.get("AttributeValueList") is not None:
        raise _unfit("AttributeValueList can only be used with a ComparisonOperator", name)
    if exists is False:
        if value is not None:
            raise _unfit("Value cannot be used when Exists is set to false", name)
        return lambda item: name not in item
    if value is None:
        raise _unfit(f"Value must be provided when Exists is {'true' if exists else 'null'}", name)
    wanted = checked(value, name)
    return lambda item: same(item.get(name), wanted)


def _compared_expectation(name: str, given: Mapping[str, Any]) -> Predicate:
    operator, value, values = given["ComparisonOperator"], given.get("Value"), given.get("AttributeValueList")
    if given.get("Exists") is not None:
        raise _unfit("Exists and ComparisonOperator cannot be used together", name)
    if value is not None and values is not None:
        raise _unfit("Value and AttributeValueList cannot be used together", name)
    if value is None and values is None and _COUNTS.get(operator) != 0:
        raise _unfit(f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name)
    if values is None:
        values = [] if value is None else [value]
    return _comparison(name, {"ComparisonOperator": operator, "AttributeValueList": values})


def _comparison(name: str, given: Mapping[str, Any]) -> Predicate:
    operator, values = _operator_and_values(given)
    test = _test(operator, values)
    return lambda item: test(item.get(name))


def _operator_and_values(given: Mapping[str, Any]) -> tuple[str, list[AttributeValue]]:
    operator = str(given.get("ComparisonOperator"))
    values = [checked(value) for value in given.get("AttributeValueList") or ()]
    wanted = max(len(values), 1) if operator == "IN" else _COUNTS.get(operator, 1)
    if len(values) != wanted:
        raise refused(f"{_INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")
    for kind in map(kind_of, values):
        if kind not in _KINDS.get(operator, TYPES):
            raise refused(f"{_INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type")
    if len(set(map(kind_of, values))) > 1:
        raise refused(f"{_INVALID}AttributeValues inside AttributeValueList must be of same type")
    if operator == "BETWEEN" and compare(values[0], values[1]) > 0:
        raise refused(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
    return operator, values


def _test(operator: str, values: list[AttributeValue]) -> Callable[[AttributeValue | None], bool]:
    """Return the test that an operator makes of an attribute's value, or of there being none."""
    match operator:
        case "NULL":
            return lambda value: value is None
        case "NOT_NULL":
            return lambda value: value is not None
        case "EQ":
            return lambda value: same(value, values[0])
        case "NE":
            return lambda value: not same(value, values[0])
        case "IN":
            return lambda value: any(same(value, each) for each in values)
        case "BETWEEN":
            return lambda value: ordered(">=", value, values[0]) and ordered("<=", value, values[1])
        case "BEGINS_WITH":
            return lambda value: begins_with(value, values[0])
        case "CONTAINS":
            return lambda value: contains(value, values[0])
        case "NOT_CONTAINS":
            return lambda value: not contains(value, values[0])
        case "LT" | "LE" | "GT" | "GE":
            return lambda value: ordered(_ORDERS[operator], value, values[0])
    raise refused(f"{_INVALID}ComparisonOperator {operator} is not valid")


def _change(name: str, given: Mapping[str, Any]) -> Change:
    name, action = checked_name(name), given.get("Action") or "PUT"
    if given.get("Value") is None:
        if action != "DELETE":
            raise refused(f"{_INVALID}Only DELETE action is allowed when no attribute value is specified")
        return Change((name,), lambda _item, _old: None)
    value = checked(given["Value"], name)
    kind = kind_of(value)
    if action == "PUT":
        return Change((name,), lambda _item, _old: value)
    if action == "ADD":
        if kind == "L":
            return Change((name,), lambda _, old: _appended(old, value))
        if kind not in SETS | {"N"}:
            raise refused(f"{_INVALID}ADD action is not supported for the type {kind}")
        return Change((name,), lambda _, old: added(old, value, _MISMATCH))
    if kind not in SETS:
        raise refused(f"{_INVALID}DELETE action with value is not supported for the type {kind}")
    return Change((name,), lambda _, old: deleted(old, value, _MISMATCH))


def _appended(old: AttributeValue | None, value: AttributeValue) -> AttributeValue:
    """Add the elements of a list to a list, which ADD of expressions does not."""
    if old is None:
        return value
    if "L" not in old:
        raise refused(_MISMATCH)
    return {"L": [*old["L"], *value["L"]]}


def _unfit(reason: str, name: str) -> ApiError:
    return refused(f"{_INVALID}{reason} for Attribute: {name}")
