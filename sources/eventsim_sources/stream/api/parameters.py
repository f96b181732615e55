"""What did the request say? Typed looks into its parameters, and the bounds that no client library has checked."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from eventsim import ApiError, Request
from eventsim_sources.stream import errors
from eventsim_sources.stream.limits import KEY_LENGTH_MAX, LIST_MAX, NAME_LENGTH_MAX, PUT_RECORDS_MAX
from eventsim_sources.stream.names import NAME_PATTERN
from eventsim_sources.timestamp import read_timestamp

_HASH_KEY = r"0|([1-9]\d{0,38})"
_SEQUENCE_NUMBER = r"0|([1-9]\d{0,128})"
_ITERATOR_LENGTH_MAX = 512

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

Check = Callable[[Any], str]
"""Returns which constraint a value violates, in the framework's words, or ""."""


def _pattern(pattern: str, length_max: int = 0) -> Check:
    compiled = re.compile(pattern)

    def check(value: Any) -> str:
        if length_max and len(value) > length_max:
            return f"Member must have length less than or equal to {length_max}"
        return "" if compiled.fullmatch(value) else f"Member must satisfy regular expression pattern: {pattern}"

    return check


def _range(least: int, most: int) -> Check:
    def check(value: Any) -> str:
        if value < least:
            return f"Member must have value greater than or equal to {least}"
        return f"Member must have value less than or equal to {most}" if value > most else ""

    return check


def _length(most: int) -> Check:
    return lambda value: f"Member must have length less than or equal to {most}" if len(value) > most else ""


def _enum(*values: str) -> Check:
    return lambda value: "" if value in values else f"Member must satisfy enum value set: [{', '.join(values)}]"


_NAME = _pattern(NAME_PATTERN, NAME_LENGTH_MAX)
_CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(
        (
            *("StreamName", "ConsumerName", "ShardId", "ShardToSplit", "ShardToMerge", "AdjacentShardToMerge"),
            *("ExclusiveStartShardId", "ExclusiveStartStreamName"),
        ),
        _NAME,
    ),
    "ExplicitHashKey": _pattern(_HASH_KEY),
    "NewStartingHashKey": _pattern(_HASH_KEY),
    "StartingSequenceNumber": _pattern(_SEQUENCE_NUMBER),
    "SequenceNumberForOrdering": _pattern(_SEQUENCE_NUMBER),
    "PartitionKey": _length(KEY_LENGTH_MAX),
    "ShardIterator": _length(_ITERATOR_LENGTH_MAX),
    "Records": _length(PUT_RECORDS_MAX),
    "Limit": _range(1, LIST_MAX),
    "MaxResults": _range(1, LIST_MAX),
    "ShardIteratorType": _enum("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
    "ScalingType": _enum("UNIFORM_SCALING"),
    "EncryptionType": _enum("NONE", "KMS"),
    "RecordDistributionStrategy": _enum("AUTO", "USER_PARTITION_KEY"),
    "MaxRecordSizeInKiB": _range(1_024, 10_240),
}


def check_bounds(request: Request) -> None:
    """Check what the service's model says of values.

    Raises:
        ApiError: a value is out of bounds.
    """
    for name, value in request.parameters.items():
        check = _CHECKS.get(name)
        if check is not None and value is not None:
            check_value(name, value, check)


def check_value(member: str, value: Any, check: Check | None = None) -> None:
    """Check one value of the model.

    Raises:
        ApiError: it is out of bounds.
    """
    violated = (check or _CHECKS[member])(value)
    if violated:
        shown = f"[{len(value)} members]" if isinstance(value, list) else value
        raise errors.constraint_violated(shown, member[0].lower() + member[1:], violated)


def check_enum(member: str, value: str, *values: str) -> None:
    """Check one of a set of words.

    Raises:
        ApiError: it is none of them.
    """
    check_value(member, value, _enum(*values))


def check_taken(request: Request, taken: frozenset[str]) -> None:
    """See that nothing is asked for that would be ignored in silence.

    Raises:
        ApiError: a parameter is not simulated.
    """
    for name, value in request.parameters.items():
        if name not in taken and value is not None:
            raise ApiError(
                "NotImplemented",
                f"{request.service}.{request.operation}: {name} is not simulated. Leave it out, or answer the "
                f'operation by a stub: simulation.stub("{request.service}", "{request.operation}", result={{...}}).',
                status=501,
            )


def text(request: Request, name: str) -> str:
    """Return a text, "" if it was not given."""
    return str(request.parameters.get(name) or "")


def number(request: Request, name: str) -> int | None:
    """Return a number, None if it was not given."""
    value = request.parameters.get(name)
    return None if value is None else int(str(value))


def mapping(request: Request, name: str) -> dict[str, Any]:
    """Return a structure or a map, empty if it was not given."""
    value: Any = request.parameters.get(name) or {}
    return dict(value)


def listed(request: Request, name: str) -> list[Any]:
    """Return a list, empty if it was not given."""
    value: Any = request.parameters.get(name) or []
    return list(value)


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
