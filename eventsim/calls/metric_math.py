"""What does a metric expression come to? Arithmetic over series of values by period, and the common functions.

(m1 + m2) * 100      where both have a value
SUM(METRICS())       of all metrics, period by period; SUM(m1) of all periods, as a number
FILL(m1, 0)          a value for every period that has none
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Series = dict[int, float]
"""Values by the beginning of their period, in microseconds of the run."""
Value = float | Series | list[Series]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z]\w*)|([-+*/^()\[\],]))")
_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan,
    "^": lambda a, b: math.nan if (a < 0 and b % 1) or (not a and b < 0) else a**b,
}
_OVER_MANY: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_OF_EACH: Mapping[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_EXPONENT_MAX = 64


class ExpressionMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The expression is not one, or not one that is simulated; the text tells which."""


def evaluate(
    expression: str, known: Mapping[str, Series], metrics: Mapping[str, Series], grid: Sequence[int]
) -> Series:
    """Return what an expression comes to, period by period.

    Args:
        known: id → series of the metrics and expressions that it may name.
        metrics: those of them that are metrics, which `METRICS()` means.
        grid: the beginnings of all periods that were asked for.

    Raises:
        ExpressionMistake: it makes no sense here.
    """
    try:
        value = _Reader(expression, known, metrics, grid).all()
    except RecursionError as error:
        raise ExpressionMistake("the expression is nested too deeply") from error
    if isinstance(value, list):
        raise ExpressionMistake(f"an expression that comes to several series is not simulated: {expression}")
    series = value if isinstance(value, dict) else dict.fromkeys(grid, value)
    return {at: each for at, each in series.items() if math.isfinite(each)}


class _Reader:
    """Reads an expression, and works it out on the way: sums of products of powers of what stands alone."""

    def __init__(
        self, text: str, known: Mapping[str, Series], metrics: Mapping[str, Series], grid: Sequence[int]
    ) -> None:
        self._known, self._metrics, self._grid = known, metrics, grid
        self._tokens: list[str] = []
        place, text = 0, text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ExpressionMistake(f"this expression is not simulated: {text}")
            self._tokens.append(match[match.lastindex or 0])
            place = match.end()
        self._text = text

    def all(self) -> Value:
        """Read all of it."""
        value = self._sum()
        if self._tokens:
            raise self._mistake()
        return value

    def _sum(self) -> Value:
        value = self._product()
        while self._tokens[:1] in (["+"], ["-"]):
            value = self._joined(self._tokens.pop(0), value, self._product())
        return value

    def _product(self) -> Value:
        value = self._power()
        while self._tokens[:1] in (["*"], ["/"]):
            value = self._joined(self._tokens.pop(0), value, self._power())
        return value

    def _power(self) -> Value:
        if self._took("-"):
            return self._joined("*", -1.0, self._power())
        value = self._single()
        return self._joined("^", value, self._power()) if self._took("^") else value

    def _single(self) -> Value:
        if not self._tokens:
            raise self._mistake()
        word = self._tokens.pop(0)
        if word == "(":
            value = self._sum()
            self._want(")")
            return value
        if word == "[":
            return [self._series(each) for each in self._items("]")]
        if word[0].isdigit() or word[0] == ".":
            return float(word)
        if self._took("("):
            return self._called(word.upper(), self._items(")"))
        if word not in self._known:
            raise ExpressionMistake(f"the expression {self._text} names {word}, which no query before it has as its Id")
        return self._known[word]

    def _items(self, end: str) -> list[Value]:
        items: list[Value] = []
        while not self._took(end):
            if items:
                self._want(",")
            items.append(self._sum())
        return items

    def _called(self, name: str, given: list[Value]) -> Value:
        if name == "METRICS" and not given:
            return list(self._metrics.values())
        if name == "FILL" and len(given) == 2 and isinstance(given[1], float):
            return {**dict.fromkeys(self._grid, given[1]), **self._series(given[0])}
        if name in _OF_EACH and len(given) == 1:
            return {at: float(_OF_EACH[name](value)) for at, value in self._series(given[0]).items()}
        if name in _OVER_MANY and len(given) == 1:
            return _over_many(_OVER_MANY[name], given[0])
        raise ExpressionMistake(f"{name} with these arguments is not simulated: {self._text}")

    def _joined(self, sign: str, left: Value, right: Value) -> Value:
        if isinstance(left, list) or isinstance(right, list):
            raise ExpressionMistake(f"arithmetic over several series at once is not simulated: {self._text}")
        if isinstance(left, float) and isinstance(right, float):
            return self._worked_out(sign, left, right)
        first, second = self._spread(left, right), self._spread(right, left)
        return {at: self._worked_out(sign, value, second[at]) for at, value in first.items() if at in second}

    def _worked_out(self, sign: str, left: float, right: float) -> float:
        if sign == "^" and abs(right) > _EXPONENT_MAX:
            raise ExpressionMistake(f"powers above {_EXPONENT_MAX} are not simulated: {self._text}")
        try:
            return float(_SIGNS[sign](left, right))
        except OverflowError:
            return math.inf

    def _spread(self, value: float | Series, other: float | Series) -> Series:
        return value if isinstance(value, dict) else dict.fromkeys(other if isinstance(other, dict) else (), value)

    def _series(self, value: Value) -> Series:
        if isinstance(value, dict):
            return value
        raise self._mistake()

    def _took(self, token: str) -> bool:
        if self._tokens[:1] == [token]:
            del self._tokens[0]
            return True
        return False

    def _want(self, token: str) -> None:
        if not self._took(token):
            raise self._mistake()

    def _mistake(self) -> ExpressionMistake:
        return ExpressionMistake(f"this is no expression that is simulated: {self._text}")


def _over_many(function: Callable[[Sequence[float]], float], given: Value) -> Value:
    """Return a function of one series' values as a number, or of several series period by period (documented)."""
    if isinstance(given, float):
        return given
    if isinstance(given, dict):
        return float(function(list(given.values()))) if given else math.nan
    instants = sorted({at for series in given for at in series})
    return {at: float(function([series[at] for series in given if at in series])) for at in instants}
