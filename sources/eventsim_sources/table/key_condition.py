"""Which partition does a query ask for, and which sort keys within it?"""

from collections.abc import Callable, Iterable
from typing import Final

from eventsim_sources.table.conditions import begins_with, check_bounds, ordered, same
from eventsim_sources.table.expression.condition_text import read_condition
from eventsim_sources.table.expression.errors import operand_type, refused
from eventsim_sources.table.expression.tree import (
    Between,
    Call,
    Comparison,
    Junction,
    Membership,
    Negation,
    Operand,
    Parameter,
    Path,
    Test,
)
from eventsim_sources.table.names import Names
from eventsim_sources.table.value import ORDERED, AttributeValue, kind_of

_WHAT: Final = "KeyConditionExpression"
_MISPLACED: Final = "Invalid condition in KeyConditionExpression: "
_CONDITIONS_MAX: Final = 2


class KeyCondition:
    """A partition and a range of sort keys.

    Attributes:
        hash_value: the value of the partition key.
        operator: how the sort key is compared: `=`, `<`, `<=`, `>`, `>=`, `BETWEEN`, `begins_with`; None for all.
        operands: what it is compared with: none, one, or the two bounds of BETWEEN.
    """

    __slots__ = ("_holds", "hash_value", "operands", "operator")

    def __init__(
        self, hash_value: AttributeValue, operator: str | None = None, operands: tuple[AttributeValue, ...] = ()
    ) -> None:
        self.hash_value = hash_value
        self.operator = operator
        self.operands = operands
        self._holds = _range_test(operator, operands)

    def holds(self, range_value: AttributeValue | None) -> bool:
        """Tell whether a sort key is within the range; None is the sort key of a table that has none."""
        return self.operator is None or (range_value is not None and self._holds(range_value))

    def check_types(self, hash_type: str, range_type: str | None) -> None:
        """Check that the values have the types of the keys (`S`, `N`, `B`).

        Raises:
            ApiError: ValidationException, when one has another.
        """
        wanted = [(self.hash_value, hash_type), *((operand, range_type) for operand in self.operands)]
        if any(kind_of(value) != kind for value, kind in wanted):
            raise refused(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )
        if self.operator == "begins_with" and range_type == "N":
            raise operand_type(_WHAT, "begins_with", "N")


def parse_key_condition(text: str, names: Names, hash_name: str, range_name: str | None) -> KeyCondition:
    """Read a key condition for a table or index with these keys.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    names.begin()
    parts = [_part(test, names) for test in _conjuncts(read_condition(text, _WHAT))]
    return chosen(parts, hash_name, range_name)


def chosen(
    parts: list[tuple[str, str, tuple[AttributeValue, ...]]], hash_name: str, range_name: str | None
) -> KeyCondition:
    """Make a key condition of attribute names with their operators and operands.

    Raises:
        ApiError: ValidationException, when they do not name a partition and at most one range.
    """
    by_name = {name: (operator, operands) for name, operator, operands in parts}
    if len(by_name) < len(parts):
        raise refused("KeyConditionExpressions must only contain one condition per key")
    if len(parts) > _CONDITIONS_MAX:
        raise refused("Conditions can be of length 1 or 2 only")
    if hash_name not in by_name:
        raise refused(f"Query condition missed key schema element: {hash_name}")
    operator, operands = by_name.pop(hash_name)
    if operator != "=":
        raise refused("Query key condition not supported")
    if not by_name:
        return KeyCondition(operands[0])
    if range_name is None:
        raise refused("Query key condition not supported")
    if range_name not in by_name:
        raise refused(f"Query condition missed key schema element: {range_name}")
    range_operator, range_operands = by_name[range_name]
    return KeyCondition(operands[0], range_operator, range_operands)


def _conjuncts(test: Test) -> Iterable[Test]:
    match test:
        case Junction("AND", parts):
            for part in parts:
                yield from _conjuncts(part)
        case Junction():
            raise _operator_invalid("OR")
        case Negation():
            raise _operator_invalid("NOT")
        case _:
            yield test


def _part(test: Test, names: Names) -> tuple[str, str, tuple[AttributeValue, ...]]:
    match test:
        case Comparison(operator, left, right):
            operands: tuple[Operand, ...] = (left, right)
        case Between(operand, low, high):
            operator, operands = "BETWEEN", (operand, low, high)
        case Call(operator, operands):
            pass
        case Membership():
            raise _operator_invalid("IN")
        case _:
            raise AssertionError(test)
    if operator == "<>" or (isinstance(test, Call) and operator != "begins_with"):
        raise _operator_invalid(operator)
    name = _key_name(operator, operands, names)
    values = tuple(names.value(each, _WHAT) for each in operands[1:] if isinstance(each, Parameter))
    for value in values:
        if kind_of(value) not in (ORDERED if operator != "begins_with" else ("S", "B")):
            raise operand_type(_WHAT, operator, kind_of(value))
    if operator == "BETWEEN":
        check_bounds(values[0], values[1], _WHAT)
    return name, operator, values


def _key_name(operator: str, operands: tuple[Operand, ...], names: Names) -> str:
    """Return the one attribute that a condition is about; check that all other operands are values."""
    if any(isinstance(operand, Call) for operand in operands):
        raise refused("KeyConditionExpressions cannot contain nested operations")
    paths = [names.path(operand, _WHAT) for operand in operands if isinstance(operand, Path)]
    if not paths:
        raise refused(f"{_MISPLACED}No key attribute specified")
    if len(paths) > 1:
        raise refused(f"{_MISPLACED}Multiple attribute names used in one condition")
    if not isinstance(operands[0], Path):
        raise refused(f"{_MISPLACED}{operator} operator must have the key attribute as its first operand")
    if len(paths[0]) > 1:
        raise refused("KeyConditionExpressions cannot have conditions on nested attributes")
    return str(paths[0][0])


def _operator_invalid(operator: str) -> Exception:
    return refused(f"Invalid operator used in KeyConditionExpression: {operator}")


def _range_test(operator: str | None, operands: tuple[AttributeValue, ...]) -> Callable[[AttributeValue], bool]:
    match operator:
        case None:
            return lambda _: True
        case "=":
            return lambda value: same(value, operands[0])
        case "BETWEEN":
            return lambda value: ordered(">=", value, operands[0]) and ordered("<=", value, operands[1])
        case "begins_with":
            return lambda value: begins_with(value, operands[0])
    return lambda value: ordered(operator, value, operands[0])
