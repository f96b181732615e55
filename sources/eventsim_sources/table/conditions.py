"""Does a condition or a filter hold for an item?"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, assert_never

from eventsim_sources.table.expression.condition_text import read_condition
from eventsim_sources.table.expression.errors import invalid, operand_type
from eventsim_sources.table.expression.operands import Getter, Operands
from eventsim_sources.table.expression.path import DocumentPath, shown_path
from eventsim_sources.table.expression.tree import (
    Between,
    Call,
    Comparison,
    Junction,
    Membership,
    Negation,
    Operand,
    Path,
    Test,
)
from eventsim_sources.table.names import Names
from eventsim_sources.table.value import ORDERED, TYPES, AttributeValue, Item, compare, equal, kind_of, shown

Predicate: TypeAlias = Callable[[Item], bool]

_NOTHING: Final[Item] = {}
_TEXTS: Final = frozenset({"S", "B"})
_HOLDERS: Final = frozenset({"S", "B", "SS", "NS", "BS", "L"})
_ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


class Condition:
    """A condition with its names and values.

    Attributes:
        paths: the document paths it speaks of.
    """

    __slots__ = ("_predicate", "paths")

    def __init__(self, predicate: Predicate, paths: tuple[DocumentPath, ...]) -> None:
        self._predicate = predicate
        self.paths = paths

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes it speaks of."""
        return frozenset(str(path[0]) for path in self.paths)

    def holds(self, item: Item | None) -> bool:
        """Tell whether the condition is true of the item, or of there being none."""
        return self._predicate(_NOTHING if item is None else item)


def parse_condition(text: str, names: Names, what: str = "ConditionExpression") -> Condition:
    """Read a condition.

    Args:
        what: the parameter that holds it, such as `FilterExpression`.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    names.begin()
    test = read_condition(text, what)
    return _lone(text, what) if _stands_alone(test) else bound(test, names, what)


def bound(test: Test, names: Names, what: str) -> Condition:
    """Give a tree its names and values.

    Raises:
        ApiError: ValidationException, when one is not defined or of a wrong type.
    """
    binder = _Binder(Operands(names, what))
    predicate = binder.predicate(test)
    return Condition(predicate, tuple(binder.operands.paths))


@lru_cache(maxsize=1024)
def _lone(text: str, what: str) -> Condition:
    return bound(read_condition(text, what), Names(), what)


def _stands_alone(test: Test) -> bool:
    """Tell whether a condition is one existence check without aliases, so that it can be kept as it is."""
    return isinstance(test, Call) and all(isinstance(each, Path) and each.plain for each in test.operands)


class _Binder:
    """Turns trees into predicates."""

    def __init__(self, operands: Operands) -> None:
        self.operands = operands
        self._what = operands.what

    def predicate(self, test: Test) -> Predicate:
        match test:
            case Junction("AND", parts):
                return every(tuple(map(self.predicate, parts)))
            case Junction(_, parts):
                return some(tuple(map(self.predicate, parts)))
            case Negation(part):
                inner = self.predicate(part)
                return lambda item: not inner(item)
            case Comparison():
                return self._comparison(test)
            case Between():
                return self._between(test)
            case Membership(operand, choices):
                self._check_distinct("IN", operand, *choices)
                get, among = self.operands.getter(operand), tuple(map(self.operands.getter, choices))
                return lambda item: one_of(get(item), among, item)
            case Call():
                return _FUNCTIONS[test.function](self, test.operands)
        assert_never(test)

    def _comparison(self, test: Comparison) -> Predicate:
        operator = test.operator
        self._check_distinct(operator, test.left, test.right)
        if operator in _ORDERS:
            for operand in (test.left, test.right):
                self.operands.check_kind(operator, operand, ORDERED)
        left, right = self.operands.getter(test.left), self.operands.getter(test.right)
        if operator == "=":
            return lambda item: same(left(item), right(item))
        if operator == "<>":
            return lambda item: not same(left(item), right(item))
        return lambda item: ordered(operator, left(item), right(item))

    def _between(self, test: Between) -> Predicate:
        self._check_distinct("BETWEEN", test.operand, test.low, test.high)
        for operand in (test.operand, test.low, test.high):
            self.operands.check_kind("BETWEEN", operand, ORDERED)
        check_bounds(self.operands.constant(test.low), self.operands.constant(test.high), self._what)
        get, low, high = map(self.operands.getter, (test.operand, test.low, test.high))

        def holds(item: Item) -> bool:
            value = get(item)
            return ordered(">=", value, low(item)) and ordered("<=", value, high(item))

        return holds

    def exists(self, operands: tuple[Operand, ...]) -> Predicate:
        get = self.operands.getter(operands[0])
        return lambda item: get(item) is not None

    def not_exists(self, operands: tuple[Operand, ...]) -> Predicate:
        get = self.operands.getter(operands[0])
        return lambda item: get(item) is None

    def has_type(self, operands: tuple[Operand, ...]) -> Predicate:
        self.operands.check_kind("attribute_type", operands[1], frozenset({"S"}))
        wanted = self.operands.constant(operands[1])
        if wanted is None:
            raise operand_type(self._what, "attribute_type", "PATH")
        kind = wanted["S"]
        if kind not in TYPES:
            raise invalid(
                self._what,
                f"Invalid attribute type name found; type: {kind}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}",
            )
        get = self.operands.getter(operands[0])
        return lambda item: kind in (get(item) or ())

    def begins(self, operands: tuple[Operand, ...]) -> Predicate:
        for operand in operands:
            self.operands.check_kind("begins_with", operand, _TEXTS)
        self._check_distinct("begins_with", *operands)
        get, start = map(self.operands.getter, operands)
        return lambda item: begins_with(get(item), start(item))

    def holds_within(self, operands: tuple[Operand, ...]) -> Predicate:
        self.operands.check_kind("contains", operands[0], _HOLDERS)
        self._check_distinct("contains", *operands)
        get, part = map(self.operands.getter, operands)
        return lambda item: contains(get(item), part(item))

    def _check_distinct(self, operator: str, first: Operand, *others: Operand) -> None:
        if isinstance(first, Path) and first in others:
            raise invalid(
                self._what,
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {operator}, first operand: {shown_path(self.operands.path(first))}",
            )


_FUNCTIONS: Final[Mapping[str, Callable[[_Binder, tuple[Operand, ...]], Predicate]]] = {
    "attribute_exists": _Binder.exists,
    "attribute_not_exists": _Binder.not_exists,
    "attribute_type": _Binder.has_type,
    "begins_with": _Binder.begins,
    "contains": _Binder.holds_within,
}


def every(predicates: Sequence[Predicate]) -> Predicate:
    """Return what tells whether all hold."""

    def all_hold(item: Item) -> bool:
        for holds in predicates:  # noqa: SIM110 - a filter sees every item, and a generator takes twice as long
            if not holds(item):
                return False
        return True

    return all_hold


def some(predicates: Sequence[Predicate]) -> Predicate:
    """Return what tells whether one holds."""

    def one_holds(item: Item) -> bool:
        for holds in predicates:  # noqa: SIM110 - as above
            if holds(item):
                return True
        return False

    return one_holds


def one_of(value: AttributeValue | None, choices: Sequence[Getter], item: Item) -> bool:
    """Tell whether a value exists and equals one of several."""
    return value is not None and any(same(value, choice(item)) for choice in choices)


def same(a: AttributeValue | None, b: AttributeValue | None) -> bool:
    """Tell whether both exist and are equal."""
    return a is not None and b is not None and equal(a, b)


def ordered(operator: str, a: AttributeValue | None, b: AttributeValue | None) -> bool:
    """Tell whether both exist, have one type that has an order, and stand in that order (`<`, `<=`, `>`, `>=`)."""
    if a is None or b is None:
        return False
    kind = kind_of(a)
    return kind in ORDERED and kind in b and _ORDERS[operator](compare(a, b))


def begins_with(value: AttributeValue | None, start: AttributeValue | None) -> bool:
    """Tell whether both are texts or both binaries and the one begins with the other."""
    if value is None or start is None:
        return False
    kind = kind_of(value)
    return kind in _TEXTS and kind in start and value[kind].startswith(start[kind])


def contains(value: AttributeValue | None, part: AttributeValue | None) -> bool:
    """Tell whether a text or binary holds another, or a set or list holds an element."""
    if value is None or part is None:
        return False
    [(kind, content)] = value.items()
    if kind in _TEXTS:
        return kind in part and part[kind] in content
    if kind == "L":
        return any(equal(element, part) for element in content)
    return kind in ("SS", "NS", "BS") and kind[0] in part and part[kind[0]] in content


def check_bounds(low: AttributeValue | None, high: AttributeValue | None, what: str) -> None:
    """Check the bounds of BETWEEN, as far as they are known.

    Raises:
        ApiError: ValidationException, when their types differ or the lower one is the greater.
    """
    if low is None or high is None:
        return
    bounds = f"lower bound operand: {shown(low)}, upper bound operand: {shown(high)}"
    if kind_of(low) != kind_of(high):
        raise invalid(what, f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}")
    if compare(low, high) > 0:
        raise invalid(
            what, f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {bounds}"
        )
