"""What do the functions of a query give? Of one event each; what sums up many events is in `stats`."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from eventsim.calls.insights.reader import QueryMistake

Value = str | float | bool | None
"""None is a field that an event does not have."""

_UNITS_MS: Mapping[str, int] = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "msec": 1,
    "sec": 1_000,
    "min": 60_000,
    "minute": 60_000,
    "minutes": 60_000,
    "hr": 3_600_000,
    "hour": 3_600_000,
    "hours": 3_600_000,
    "day": 86_400_000,
    "days": 86_400_000,
    "week": 7 * 86_400_000,
    "weeks": 7 * 86_400_000,
}
"""Milliseconds of the units of a period; months, quarters and years are not simulated."""


def period_ms(number: float, unit: str, at: int) -> int:
    """Return a period such as `5m` in milliseconds.

    Raises:
        QueryMistake: nobody knows its unit.
    """
    if unit not in _UNITS_MS:
        raise QueryMistake(f"a period in {unit} is not simulated", at)
    return int(number * _UNITS_MS[unit])


def number_of(value: Value) -> float | None:
    """Return a value as a number, None if it is none."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None if value is None else float(value)


def text_of(value: Value) -> str:
    """Return a value as an answer shows it: whole numbers without a point, others to four places (unconfirmed)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(round(number, 4))


def instant(at_ms: float) -> str:
    """Return an instant as answers show it: `2026-01-01 00:00:00.000`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def instant_ms(value: Value) -> float | None:
    """Return an instant that a field shows, or milliseconds, as milliseconds; None if it is none."""
    if isinstance(value, str) and "-" in value[1:]:
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000
        except ValueError:
            return None
    return number_of(value)


def _numeric(function: Callable[[float], float]) -> Callable[..., Value]:
    def apply(value: Value) -> Value:
        number = number_of(value)
        try:
            return None if number is None else function(number)
        except ValueError:
            return None

    return apply


def _textual(function: Callable[..., Value]) -> Callable[..., Value]:
    def apply(value: Value, *more: Value) -> Value:
        return None if value is None else function(text_of(value), *more)

    return apply


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., Value]:
    def apply(*values: Value) -> Value:
        numbers = [number for number in map(number_of, values) if number is not None]
        return choose(numbers) if numbers else None

    return apply


def _substring(text: str, start: Value, length: Value = None) -> Value:
    begin = int(number_of(start) or 0)
    return text[begin:] if length is None else text[begin : begin + int(number_of(length) or 0)]


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": _numeric(abs),
    "ceil": _numeric(math.ceil),
    "floor": _numeric(math.floor),
    "log": _numeric(math.log),
    "sqrt": _numeric(math.sqrt),
    "greatest": _extreme(max),
    "least": _extreme(min),
    "ispresent": lambda value: value is not None,
    "isempty": lambda value: value is None or value == "",
    "isblank": lambda value: value is None or not text_of(value).strip(),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "concat": lambda *values: "".join(map(text_of, values)),
    "strlen": _textual(len),
    "strcontains": _textual(lambda text, part: text_of(part) in text),
    "toupper": _textual(str.upper),
    "tolower": _textual(str.lower),
    "trim": _textual(lambda text, characters=None: text.strip(characters)),
    "ltrim": _textual(lambda text, characters=None: text.lstrip(characters)),
    "rtrim": _textual(lambda text, characters=None: text.rstrip(characters)),
    "substr": _textual(_substring),
    "replace": _textual(lambda text, old, new: text.replace(text_of(old), text_of(new))),
    "tomillis": instant_ms,
    "frommillis": lambda value: None if number_of(value) is None else instant(number_of(value) or 0),
}
"""Function → what it gives; names know no case."""
