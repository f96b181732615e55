"""What does a metric expression come to? Arithmetic, comparisons and functions over series of values by period.

(m1 + m2) * 100                  where both have a value
IF(m1 > 5 AND m2, m1, 0)         comparisons come to 1 or 0
SUM(METRICS('err'))              of all metrics whose id has this in it, period by period
SUM(m1)                          of all periods, a number
FILL(m1, 0), RATE(m1), SORT(METRICS(), MAX, DESC, 3)
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from eventsim.calls.metric_functions import (
    ALONG,
    BY_DATE,
    CHOOSING,
    OF_EACH,
    OVER_MANY,
    Grid,
    Labelled,
    Series,
    Value,
    chosen,
    filled,
    over_many,
)

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z]\w*)|('[^']*'|\"[^\"]*\")|(==|!=|<=|>=|&&|\|\||[-+*/^()\[\],<>!]))"
)
_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan,
    "^": lambda a, b: math.nan if (a < 0 and b % 1) or (not a and b < 0) else a**b,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    "<=": lambda a, b: float(a <= b),
    ">": lambda a, b: float(a > b),
    ">=": lambda a, b: float(a >= b),
    "AND": lambda a, b: float(bool(a and b)),
    "OR": lambda a, b: float(bool(a or b)),
}
_WORDS = {"&&": "AND", "||": "OR", "and": "AND", "or": "OR"}
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_SETTINGS = ("REPEAT", "LINEAR", "ASC", "DESC", *OVER_MANY)
"""Words that are arguments."""
_EXPONENT_MAX = 64


class ExpressionMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The expression is not one, or not one that is simulated; the text tells which."""


class UnknownId(ExpressionMistake):
    """The expression names what no query has as its id; the text is that name."""


def evaluate(expression: str, known: Mapping[str, Value], metrics: Mapping[str, Series], grid: Grid) -> list[Labelled]:
    """Return what an expression comes to, period by period: one series, or several.

    Args:
        known: id → series of the metrics and expressions that it may name.
        metrics: those of them that are metrics, which `METRICS()` means.
        grid: the periods that were asked for.

    Raises:
        ExpressionMistake: it makes no sense here.
    """
    try:
        value = _Reader(expression, known, metrics, grid).all()
    except RecursionError as error:
        raise ExpressionMistake("the expression is nested too deeply") from error
    match value:
        case str():
            raise ExpressionMistake(f"this is no expression that is simulated: {expression}")
        case float():
            several = [Labelled("", dict.fromkeys(grid.begins, value))]
        case dict():
            several = [Labelled("", value)]
        case _:
            several = value
    return [Labelled(each.label, _finite(each.series)) for each in several]


def _finite(series: Series) -> Series:
    return {at: value for at, value in series.items() if math.isfinite(value)}


class _Reader:
    """Reads an expression, and works it out on the way, from what joins least to what stands alone."""

    def __init__(self, text: str, known: Mapping[str, Value], metrics: Mapping[str, Series], grid: Grid) -> None:
        self._known, self._metrics, self._grid = known, metrics, grid
        self._tokens: list[str] = []
        place, text = 0, text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ExpressionMistake(f"this expression is not simulated: {text}")
            token = match[match.lastindex or 0]
            self._tokens.append(_WORDS.get(token, token))
            place = match.end()
        self._text = text

    def all(self) -> Value:
        """Read all of it."""
        value = self._any()
        if self._tokens:
            raise self._mistake()
        return value

    def _any(self) -> Value:
        return self._joined_by(("OR",), self._both)

    def _both(self) -> Value:
        return self._joined_by(("AND",), self._comparison)

    def _comparison(self) -> Value:
        return self._joined_by(_COMPARISONS, self._sum)

    def _sum(self) -> Value:
        return self._joined_by(("+", "-"), self._product)

    def _product(self) -> Value:
        return self._joined_by(("*", "/"), self._power)

    def _joined_by(self, signs: Sequence[str], part: Callable[[], Value]) -> Value:
        value = part()
        while self._tokens and self._tokens[0] in signs:
            value = self._joined(self._tokens.pop(0), value, part())
        return value

    def _power(self) -> Value:
        if self._took("-"):
            return self._joined("*", -1.0, self._power())
        if self._took("!") or self._took("NOT"):
            return self._joined("==", self._power(), 0.0)
        value = self._single()
        return self._joined("^", value, self._power()) if self._took("^") else value

    def _single(self) -> Value:
        if not self._tokens:
            raise self._mistake()
        word = self._tokens.pop(0)
        if word == "(":
            value = self._any()
            self._want(")")
            return value
        if word == "[":
            return [Labelled("", self._series(each)) for each in self._items("]")]
        if word[0].isdigit() or word[0] == ".":
            return float(word)
        if word[0] in "'\"":
            return word[1:-1]
        if self._took("("):
            return self._called(word.upper(), self._items(")"))
        if word in self._known:
            return self._known[word]
        if word in _SETTINGS:
            return word
        raise UnknownId(word)

    def _items(self, end: str) -> list[Value]:
        items: list[Value] = []
        while not self._took(end):
            if items:
                self._want(",")
            items.append(self._any())
        return items

    # --- functions -----------------------------------------------------------------------------------------

    def _called(self, name: str, given: list[Value]) -> Value:
        value = self._source(name, given)
        if value is None and given:
            value = self._function(name, given[0], given[1:])
        if value is None:
            raise ExpressionMistake(f"{name} with these arguments is not simulated: {self._text}")
        return value

    def _source(self, name: str, given: Sequence[Value]) -> Value | None:
        """Return what a function gives that is not about a series."""
        match name, given:
            case "METRICS", []:
                return [Labelled(identifier, series) for identifier, series in self._metrics.items()]
            case "METRICS", [str(part)]:
                return [Labelled(key, series) for key, series in self._metrics.items() if part in key]
            case "TIME_SERIES", [float(number)]:
                return dict.fromkeys(self._grid.begins, number)
            case "IF", [condition, then]:
                return self._if(condition, then, {})
            case "IF", [condition, then, otherwise]:
                return self._if(condition, then, otherwise)
        return None

    def _function(self, name: str, first: Value, more: Sequence[Value]) -> Value | None:
        if name in OVER_MANY and not more:
            return over_many(OVER_MANY[name], first)
        if isinstance(first, list) and name in CHOOSING:
            return chosen(name, first, more)
        if isinstance(first, list):
            return [Labelled(each.label, self._series(self._function(name, each.series, more))) for each in first]
        if name in OF_EACH and not more:
            return self._of_each(OF_EACH[name], first)
        if not isinstance(first, dict):
            return None
        if name == "FILL" and len(more) == 1 and not isinstance(more[0], list):
            return filled(first, more[0], self._grid)
        if name == "PERIOD" and not more:
            return float(self._grid.period_s)
        if name in ALONG and not more:
            return ALONG[name](first)
        if name in BY_DATE and not more:
            return {at: float(BY_DATE[name](self._grid.date(at))) for at in first}
        return None

    def _of_each(self, function: Callable[[float], float], value: Value) -> Value | None:
        if isinstance(value, dict):
            return {at: float(function(each)) for at, each in value.items()}
        return float(function(value)) if isinstance(value, float) else None

    def _if(self, condition: Value, then: Value, otherwise: Value) -> Value | None:
        if isinstance(condition, float):
            return then if condition else otherwise
        if not isinstance(condition, dict) or isinstance(then, list | str) or isinstance(otherwise, list | str):
            return None
        yes, no = self._spread(then, condition), self._spread(otherwise, condition)
        chosen_ones = {at: (yes if holds else no) for at, holds in condition.items()}
        return {at: series[at] for at, series in chosen_ones.items() if at in series}

    # --- arithmetic ----------------------------------------------------------------------------------------

    def _joined(self, sign: str, left: Value, right: Value) -> Value:
        if isinstance(left, str) or isinstance(right, str):
            raise self._mistake()
        if isinstance(left, list) and isinstance(right, list):
            raise ExpressionMistake(f"arithmetic over several series at once is not simulated: {self._text}")
        if isinstance(left, list):
            return [Labelled(each.label, self._series(self._joined(sign, each.series, right))) for each in left]
        if isinstance(right, list):
            return [Labelled(each.label, self._series(self._joined(sign, left, each.series))) for each in right]
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

    def _series(self, value: Value | None) -> Series:
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
