"""How long, how much? What people write in a scenario (`2 minutes`, `512 MB`) as whole microseconds and bytes."""

import re
from typing import Annotated

from msgspec import Meta

from eventsim.errors import ConfigurationError

Duration = Annotated[
    str | int | float,
    Meta(
        description="A span of time: `30 s`, `2 minutes`, `1.5 h`, `250 ms`, `1 day`; a bare number means seconds.",
        examples=["30 s", "2 minutes", "250 ms"],
    ),
]
Size = Annotated[
    str | int,
    Meta(
        description="An amount of data: `512 MB`, `256 KB`, `10 GB` (1 KB = 1,024 bytes); a bare number is in the unit "
        "that the key names.",
        examples=["512 MB", "256 KB"],
    ),
]

_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "sec": 1_000_000,
    "second": 1_000_000,
    "m": 60_000_000,
    "min": 60_000_000,
    "minute": 60_000_000,
    "h": 3_600_000_000,
    "hour": 3_600_000_000,
    "d": 86_400_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_BYTES = {"b": 1, "byte": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_NUMBER_AND_UNIT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)\s*")


def duration_us(value: str | float, *, key: str = "") -> int:
    """Return a span of time in microseconds.

    Raises:
        ConfigurationError: it is not a span of time; `key` is carried along.
    """
    if isinstance(value, bool):
        raise _not_a_duration(value, key)
    if isinstance(value, int | float):
        if value < 0:
            raise _not_a_duration(value, key)
        return round(value * 1_000_000)
    total = 0
    rest = value
    while rest.strip():
        match = _NUMBER_AND_UNIT.match(rest)
        scale = _US.get(_singular(match[2].replace("µ", "u")) or "s") if match else None
        if match is None or scale is None:
            raise _not_a_duration(value, key)
        total += round(float(match[1]) * scale)
        rest = rest[match.end() :]
    if not value.strip():
        raise _not_a_duration(value, key)
    return total


def wait_us(seconds: float) -> int:
    """Return a wait in whole microseconds, at least one if there is any: who waits for the rest of a span ends it."""
    delay_us = round(seconds * _US["s"])
    return delay_us or int(seconds > 0)


def size_bytes(value: str | int, *, unit: str = "b", key: str = "") -> int:
    """Return an amount of data in bytes; a bare number counts in `unit` (`b`, `kb`, `mb`, `gb`).

    Raises:
        ConfigurationError: it is not an amount of data; `key` is carried along.
    """
    text = f"{value} {unit}" if isinstance(value, int) else value
    match = _NUMBER_AND_UNIT.fullmatch(text)
    scale = _BYTES.get(_singular((match[2] or unit).lower())) if match else None
    if match is None or scale is None:
        raise ConfigurationError(f"{value!r} is not an amount of data; write it like `512 MB` or `256 KB`", key=key)
    return round(float(match[1]) * scale)


def _singular(unit: str) -> str:
    return unit[:-1] if len(unit) > 2 and unit.endswith("s") else unit


def _not_a_duration(value: object, key: str) -> ConfigurationError:
    return ConfigurationError(
        f"{value!r} is not a span of time; write it like `30 s`, `2 minutes` or `250 ms`", key=key
    )
