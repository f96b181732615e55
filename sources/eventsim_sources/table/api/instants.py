"""Which instant does a parameter name?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventsim import Clock
from eventsim_sources.table import errors
from eventsim_sources.timestamp import read_timestamp


def read_instant(parameters: Mapping[str, Any], name: str) -> datetime | None:
    """Return the instant that a parameter names, None if it is not given.

    Raises:
        ApiError: it is none.
    """
    value = parameters.get(name)
    try:
        return None if value is None else read_timestamp(value)
    except (ValueError, OverflowError, OSError):
        raise errors.parameters_invalid(f"{name} is no timestamp: {value!r}") from None


def read_instant_us(clock: Clock, parameters: Mapping[str, Any], name: str) -> int | None:
    """Return the same in microseconds since the run began.

    Raises:
        ApiError: it is none.
    """
    at = read_instant(parameters, name)
    return None if at is None else round((at - clock.start_at).total_seconds() * 1_000_000)
