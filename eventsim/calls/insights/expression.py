"""What does an expression come to? Arithmetic, comparisons, `like`, `in`, `and`, `or`, `not`, and functions.

    @duration / 1000 > 2 and not status in [200, 204]
    @message like /(?i)time.?out/ or level = "ERROR"

A field that an event does not have equals nothing. Texts that are numbers compare as numbers.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from eventsim.calls.insights.functions import FUNCTIONS, Value, instant, instant_ms, number_of, period_ms, text_of
from eventsim.calls.insights.reader import QueryMistake, Reader

Row = Mapping[str, Value]
Expression = Callable[[Any], Value]
"""Of a row; of many rows in `stats`."""

TIMESTAMP = "@timestamp"
_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": operator.pow,
}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_ROUNDED = {"bin": math.floor, "datefloor": math.floor, "dateceil": math.ceil}


def is_true(value: Value) -> bool:
    """Tell whether a value lets an event pass a filter."""
    return value is not None and value not in ("", 0, False)


class ExpressionReader:
    """Reads an expression; what stands alone in it is a field of a row."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def expression(self) -> Expression:
        """Read one.

        Raises:
            QueryMistake: none comes next.
        """
        left = self._all()
        while self._reader.took("or"):
            left = _either(left, self._all())
        return left

    def _all(self) -> Expression:
        left = self._not()
        while self._reader.took("and"):
            left = _both(left, self._not())
        return left

    def _not(self) -> Expression:
        if self._reader.took("not"):
            inner = self._not()
            return lambda row: not is_true(inner(row))
        return self._comparison()

    def _comparison(self) -> Expression:
        reader, left = self._reader, self._sum()
        is_negated = bool(reader.took("not"))
        if reader.took("like", "=~"):
            return _negated(_searched(left, self._pattern()), is_negated=is_negated)
        if reader.took("in"):
            return _negated(_among(left, self._list()), is_negated=is_negated)
        if is_negated:
            raise reader.mistake("expected like or in")
        sign = reader.took(*_COMPARISONS)
        return _compared(sign, left, self._sum()) if sign else left

    def _pattern(self) -> re.Pattern[str]:
        regular, text = self._reader.regular(), self._reader.quoted()
        if regular is None and text is None:
            raise self._reader.mistake("expected a text or a regular expression")
        return regular if regular is not None else re.compile(re.escape(text or ""))

    def _list(self) -> list[Expression]:
        self._reader.want("[")
        items: list[Expression] = []
        while not self._reader.took("]"):
            if items:
                self._reader.want(",")
            items.append(self._sum())
        return items

    def _sum(self) -> Expression:
        left = self._product()
        while sign := self._reader.took("+", "-"):
            left = _worked_out(sign, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._power()
        while sign := self._reader.took("*", "/", "%"):
            left = _worked_out(sign, left, self._power())
        return left

    def _power(self) -> Expression:
        if self._reader.took("-"):
            return _worked_out("-", lambda _: 0.0, self._power())
        base = self._single()
        return _worked_out("^", base, self._power()) if self._reader.took("^") else base

    def _single(self) -> Expression:
        reader = self._reader
        if reader.took("("):
            inner = self.expression()
            reader.want(")")
            return inner
        constant: Value = reader.quoted()
        if constant is None:
            constant = reader.number()
        if constant is not None:
            return lambda _: constant
        for word, truth in (("true", True), ("false", False)):
            if reader.took(word):
                return lambda _, truth=truth: truth  # type: ignore[misc]  # the loop's value of now
        at, name = reader.at, reader.name()
        return self._called(name.lower(), at) if reader.took("(") else self._field(name, at)

    def _field(self, name: str, at: int) -> Expression:  # noqa: ARG002 - stats says where the mistake is
        return lambda row: row.get(name)

    def _called(self, name: str, at: int) -> Expression:
        """Read the arguments of a function, whose name and parenthesis were taken."""
        if name in _ROUNDED:
            return self._rounded(name, at)
        function = FUNCTIONS.get(name)
        if function is None:
            raise QueryMistake(f"the function {name} is not simulated", at)
        given = self._arguments()

        def apply(row: Any) -> Value:
            try:
                return function(*(each(row) for each in given))
            except TypeError as error:
                raise QueryMistake(f"the function {name} does not take {len(given)} arguments", at) from error

        return apply

    def _arguments(self) -> list[Expression]:
        given: list[Expression] = []
        while not self._reader.took(")"):
            if given:
                self._reader.want(",")
            given.append(self.expression())
        return given

    def _rounded(self, name: str, at: int) -> Expression:
        """Read `bin(5m)`, or `datefloor(@timestamp, 1h)`: an instant without the rest of its period."""
        source: Expression = _timestamp
        if name != "bin":
            source = self.expression()
            self._reader.want(",")
        number = self._reader.number()
        if number is None:
            raise self._reader.mistake("expected a period such as 5m")
        span_ms, to_whole = period_ms(number, self._reader.name(), at), _ROUNDED[name]
        self._reader.want(")")

        def apply(row: Any) -> Value:
            at_ms = instant_ms(source(row))
            return None if at_ms is None else instant(to_whole(at_ms / span_ms) * span_ms)

        return apply


def _timestamp(row: Row) -> Value:
    return row.get(TIMESTAMP)


def _either(left: Expression, right: Expression) -> Expression:
    return lambda row: is_true(left(row)) or is_true(right(row))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda row: is_true(left(row)) and is_true(right(row))


def _negated(test: Expression, *, is_negated: bool) -> Expression:
    return (lambda row: not test(row)) if is_negated else test


def _searched(left: Expression, pattern: re.Pattern[str]) -> Expression:
    def test(row: Any) -> Value:
        value = left(row)
        return value is not None and pattern.search(text_of(value)) is not None

    return test


def _among(left: Expression, items: list[Expression]) -> Expression:
    return lambda row: any(_compare("=", left(row), item(row)) for item in items)


def _compared(sign: str, left: Expression, right: Expression) -> Expression:
    return lambda row: _compare(sign, left(row), right(row))


def _compare(sign: str, left: Value, right: Value) -> bool:
    if left is None or right is None:
        return False
    first, second = number_of(left), number_of(right)
    if first is None or second is None:
        return _COMPARISONS[sign](text_of(left), text_of(right))
    return _COMPARISONS[sign](first, second)


def _worked_out(sign: str, left: Expression, right: Expression) -> Expression:
    def apply(row: Any) -> Value:
        first, second = number_of(left(row)), number_of(right(row))
        if first is None or second is None:
            return None
        try:
            return float(_SIGNS[sign](first, second))
        except (ArithmeticError, ValueError, TypeError):
            return None

    return apply
