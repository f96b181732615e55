"""Which partition does a query ask for, and which sort keys within it?"""

from collections.abc import Callable, Iterable, Mapping
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
from eventsim_sources.table.schema import Key
from eventsim_sources.table.value import ORDERED, AttributeValue, kind_of

_WHAT: Final = "KeyConditionExpression"
_MISPLACED: Final = "Invalid condition in KeyConditionExpression: "
_CONDITIONS_MAX: Final = 2
"""Unless the key has more attributes."""


_UNSUPPORTED: Final = "Query key condition not supported"

Part = tuple[str, str, tuple[AttributeValue, ...]]
"""An attribute, how it is compared, and with what."""


class KeyCondition:
    """A partition and a range of sort keys.

    Attributes:
        hash_values: the values of the attributes of the partition key.
        operator: how the sort key is compared: `=`, `<`, `<=`, `>`, `>=`, `BETWEEN`, `begins_with`; None for all.
        operands: what it is compared with: none, one, or the two bounds of BETWEEN.
        leading: the values of the sort attributes before the one that is compared.
    """

    __slots__ = ("_holds", "hash_values", "leading", "operands", "operator")

    def __init__(
        self,
        hash_values: tuple[AttributeValue, ...],
        operator: str | None = None,
        operands: tuple[AttributeValue, ...] = (),
        *,
        leading: tuple[AttributeValue, ...] = (),
    ) -> None:
        self.hash_values = hash_values
        self.operator = operator
        self.operands = operands
        self.leading = leading
        self._holds = _range_test(operator, operands)

    @property
    def hash_value(self) -> AttributeValue:
        """The value of the partition key, or of its first attribute."""
        return self.hash_values[0]

    def holds(self, *range_values: AttributeValue) -> bool:
        """Tell whether sort attributes are within the range."""
        if self.operator is None:
            return True
        at = len(self.leading)
        is_there = all(same(value, wanted) for value, wanted in zip(range_values, self.leading, strict=False))
        return is_there and self._holds(range_values[at])

    def wanted(self, key: Key) -> list[tuple[str, AttributeValue]]:
        """Return which attributes of a key are compared with which values."""
        at = len(self.leading)
        names = [*key.range_names[:at], *key.range_names[at : at + 1] * len(self.operands)]
        return list(zip((*key.hash_names, *names), (*self.hash_values, *self.leading, *self.operands), strict=True))

    def check_types(self, key: Key, types: Mapping[str, str]) -> None:
        """Check that the values have the types of the key's attributes (`S`, `N`, `B`).

        Raises:
            ApiError: ValidationException, when one has another.
        """
        wanted = self.wanted(key)
        if any(kind_of(value) != types[name] for name, value in wanted):
            raise refused(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )
        if self.operator == "begins_with" and types[wanted[-1][0]] == "N":
            raise operand_type(_WHAT, "begins_with", "N")


def parse_key_condition(text: str, names: Names, key: Key) -> KeyCondition:
    """Read a key condition for a table or index with this key.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    names.begin()
    parts = [_part(test, names) for test in _conjuncts(read_condition(text, _WHAT))]
    return chosen(parts, key)


def chosen(parts: list[Part], key: Key) -> KeyCondition:
    """Make a key condition of attribute names with their operators and operands.

    All hash attributes must be equal to something. Of the range attributes, those from the left may be; the last that
    is named may be compared in another way (documented; the words are those for a single one).

    Raises:
        ApiError: ValidationException, when they do not name a partition and at most one range.
    """
    by_name = {name: (operator, operands) for name, operator, operands in parts}
    if len(by_name) < len(parts):
        raise refused("KeyConditionExpressions must only contain one condition per key")
    if len(parts) > max(_CONDITIONS_MAX, len(key.names)):
        raise refused("Conditions can be of length 1 or 2 only")
    hash_values = tuple([_equal(by_name, name) for name in key.hash_names])
    leading: list[AttributeValue] = []
    for name in key.range_names if by_name else ():
        if name not in by_name:
            raise _missed(name)
        operator, operands = by_name.pop(name)
        if not by_name:
            return KeyCondition(hash_values, operator, operands, leading=tuple(leading))
        if operator != "=":
            raise refused(_UNSUPPORTED)
        leading.append(operands[0])
    if by_name:
        raise refused(_UNSUPPORTED)
    return KeyCondition(hash_values)


def _equal(by_name: dict[str, tuple[str, tuple[AttributeValue, ...]]], name: str) -> AttributeValue:
    """Return what a hash attribute shall be equal to."""
    if name not in by_name:
        raise _missed(name)
    operator, operands = by_name.pop(name)
    if operator != "=":
        raise refused(_UNSUPPORTED)
    return operands[0]


def _missed(name: str) -> Exception:
    return refused(f"Query condition missed key schema element: {name}")


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
