"""What do many events come to? The functions of `stats`: counts, sums, averages, percentiles, extremes."""

import math
from collections.abc import Callable, Mapping, Sequence

from eventsim.calls.insights.expression import TIMESTAMP, Expression, ExpressionReader, Row
from eventsim.calls.insights.functions import Value, number_of, text_of
from eventsim.calls.insights.reader import QueryMistake

Rows = Sequence[Row]


class StatsReader(ExpressionReader):
    """Reads an expression over many rows: arithmetic over functions that sum up."""

    def _field(self, name: str, at: int) -> Expression:
        raise QueryMistake(f"{name} stands outside of a function of stats", at)

    def _called(self, name: str, at: int) -> Expression:
        if name == "count" and self._reader.took("*"):
            self._reader.want(")")
            return _count_all
        if name == "count" and self._reader.took(")"):
            return _count_all
        if name not in (*_OF_VALUES, *_OF_TIME, *_PERCENTILES):
            raise QueryMistake(f"the function {name} is not simulated in stats", at)
        field = ExpressionReader(self._reader).expression()
        if name in _PERCENTILES:
            return self._percentile(field)
        self._reader.want(")")
        if name in _OF_TIME:
            return _by_time(field, is_latest=name == "latest")
        function = _OF_VALUES[name]
        return lambda rows: function([value for row in rows if (value := field(row)) is not None])

    def _percentile(self, field: Expression) -> Expression:
        self._reader.want(",")
        percentage = self._reader.number()
        if percentage is None or not 0 <= percentage <= 100:
            raise self._reader.mistake("expected a percentage")
        self._reader.want(")")
        return lambda rows: _percentile(_as_numbers([field(row) for row in rows]), percentage)


def _count_all(rows: Rows) -> Value:
    return float(len(rows))


def _as_numbers(values: Sequence[Value]) -> list[float]:
    return [number for value in values if (number := number_of(value)) is not None]


def _percentile(numbers: list[float], percentage: float) -> Value:
    """Return the least value that at least so many percent do not exceed (unconfirmed: AWS approximates)."""
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(len(ordered) * percentage / 100) - 1)] if ordered else None


def _by_time(field: Expression, *, is_latest: bool) -> Expression:
    def choose(rows: Rows) -> Value:
        present = [row for row in rows if field(row) is not None]
        pick = max if is_latest else min
        return field(pick(present, key=lambda row: text_of(row.get(TIMESTAMP)))) if present else None

    return choose


def _of_numbers(function: Callable[[list[float]], float]) -> Callable[[list[Value]], Value]:
    def apply(values: list[Value]) -> Value:
        numbers = _as_numbers(values)
        return function(numbers) if numbers else None

    return apply


def _deviation(numbers: list[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))


_OF_VALUES: Mapping[str, Callable[[list[Value]], Value]] = {
    "count": lambda values: float(len(values)),
    "count_distinct": lambda values: float(len({text_of(value) for value in values})),
    "sum": _of_numbers(sum),
    "avg": _of_numbers(lambda numbers: sum(numbers) / len(numbers)),
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "stddev": _of_numbers(_deviation),
    "sortsfirst": lambda values: min(map(text_of, values), default=None),
    "sortslast": lambda values: max(map(text_of, values), default=None),
}
"""Function → what it gives of the values that are there."""
_OF_TIME = ("earliest", "latest")
_PERCENTILES = ("pct", "percentile")
