"""What did the request say? Blobs, dates, and whether all of it is heeded."""

from datetime import datetime
from typing import Any, Final

from eventsim import Request
from eventsim_sources.stream import errors
from eventsim_sources.timestamp import read_timestamp
from eventsim_sources.without_effect import not_simulated

METRICS: Final = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)
"""Shard-level metrics, in AWS's order."""


def check_taken(request: Request, taken: frozenset[str]) -> None:
    """See that nothing is asked for that would be ignored in silence.

    Raises:
        ApiError: a parameter is not simulated.
    """
    for name, value in request.parameters.items():
        if name not in taken and value is not None:
            raise not_simulated(request, name)


def blob(value: Any) -> bytes:
    """Return bytes as a client gave them: a text stands for its UTF-8."""
    return value.encode() if isinstance(value, str) else bytes(value)


def instant(value: Any) -> datetime | None:
    """Return a date as a client gave it, None if it was not given; one without a zone is in UTC.

    Raises:
        ApiError: it is none.
    """
    try:
        return None if value is None else read_timestamp(value)
    except (ValueError, OverflowError, OSError):
        raise errors.argument_invalid(f"{value!r} is no timestamp.") from None
