"""Does this number lie within those bounds?  Numbers are compared as IEEE-754 doubles."""

import operator
from collections.abc import Callable, Sequence
from typing import Final

from eventsim.pattern.notation import NUMBER_TYPES, Fault, Members, Number, as_double, in_json

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_numeric(argument: object) -> tuple[Callable[[object], bool], str]:
    """Compile `["=", 5]`, `["<", 5]` or a range, a lower bound and then an upper one; also put it in words."""
    if not isinstance(argument, list) or isinstance(argument, Members):
        raise Fault("Value of numeric must be an array.")
    name, *rest = argument or [None]
    if not isinstance(name, str):
        raise Fault(f"Invalid member in numeric match: {_token(argument, 0)}")
    if name not in _COMPARISONS:
        raise Fault(f"Unrecognized numeric range operator: {name}")
    bound = _bound(name, rest)
    bounds = [(name, bound)]
    if len(rest) > 1:
        if name not in {">", ">="}:
            raise Fault("Too many elements in numeric expression")
        bounds.append(_upper_bound(argument))
        if bound.value >= bounds[1][1].value:
            raise Fault("Bottom must be less than top")
    words = " and ".join(f"{sign} {number.text}" for sign, number in bounds)
    return _compared(bounds), f"a number {words}"


def _upper_bound(argument: Sequence[object]) -> tuple[str, Number]:
    name = argument[2]
    if not isinstance(name, str):
        raise Fault(f"Bad value in numeric range: {_token(argument, 2)}")
    if name not in {"<", "<="}:
        raise Fault(f"Bad numeric range operator: {name}")
    bound = _bound(name, argument[3:])
    if len(argument) > 4:
        raise Fault("Too many terms in numeric range expression")
    return name, bound


def _bound(name: str, rest: Sequence[object]) -> Number:
    number = rest[0] if rest else None
    if not isinstance(number, Number) or abs(number.value) == float("inf"):
        raise Fault(f"Value of {'equals' if name == '=' else name} must be numeric")
    return number


def _compared(bounds: Sequence[tuple[str, Number]]) -> Callable[[object], bool]:
    (compare, limit), *more = ((_COMPARISONS[name], number.value) for name, number in bounds)
    if not more:
        return lambda value: type(value) in NUMBER_TYPES and compare(as_double(value), limit)
    ((compare_top, top),) = more
    return lambda value: (
        type(value) in NUMBER_TYPES and compare(as_double(value), limit) and compare_top(as_double(value), top)
    )


def _token(values: Sequence[object], index: int) -> str:
    """Show a list's element as AWS's parser does: the token that begins it, or the bracket that ends the list."""
    if index >= len(values):
        return "]"
    match values[index]:
        case Number(text=text):
            return text
        case Members():
            return "{"
        case list():
            return "["
        case value:
            return in_json(value)
