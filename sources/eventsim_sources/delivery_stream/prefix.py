"""Where in a bucket does an object of a delivery stream lie? Prefixes with their expressions; pure."""

import re
from collections.abc import Callable, Mapping, Set
from datetime import datetime

from eventsim import ApiError
from eventsim_sources.delivery_stream import timestamp

DEFAULT = "!{timestamp:yyyy/MM/dd/HH}/"
_ERROR_TYPE = "!{firehose:error-output-type}"
_EXPRESSION = re.compile(r"!\{([a-zA-Z]+):([^}]*)\}")

PARTITIONS = frozenset({"partitionKeyFromLambda", "partitionKeyFromQuery"})
"""The namespaces of dynamic partitioning."""


def namespaces(prefix: str) -> frozenset[str]:
    """Return the namespaces of the expressions in a prefix."""
    return frozenset(namespace for namespace, _ in _EXPRESSION.findall(prefix))


def names_of(prefix: str, namespace: str) -> frozenset[str]:
    """Return the names that a prefix has of one namespace."""
    return frozenset(name for each, name in _EXPRESSION.findall(prefix) if each == namespace)


def check(prefix: str, error_prefix: str) -> None:
    """See that two prefixes hold expressions only that Firehose knows, and go together (documented; words unconfirmed).

    Raises:
        ApiError: they do not.
    """
    _check_expressions("Prefix", prefix, {"timestamp", "firehose", *PARTITIONS})
    _check_expressions("ErrorOutputPrefix", error_prefix, {"timestamp", "firehose"})
    if _ERROR_TYPE in prefix:
        raise _unfit(f"Prefix must not contain {_ERROR_TYPE}")
    if _EXPRESSION.search(prefix) and not error_prefix:
        raise _unfit("ErrorOutputPrefix must be specified when Prefix contains expressions")
    if _EXPRESSION.search(error_prefix) and _ERROR_TYPE not in error_prefix:
        raise _unfit(f"ErrorOutputPrefix must contain {_ERROR_TYPE} when it contains expressions")


def _check_expressions(what: str, prefix: str, known: Set[str]) -> None:
    if "!{" in _EXPRESSION.sub("", prefix):
        raise _unfit(f"{what} must contain !{{ in expressions only: !{{namespace:value}}")
    for namespace, name in _EXPRESSION.findall(prefix):
        if namespace not in known:
            raise _unfit(f"Unknown namespace {namespace} in {what}")
        if namespace == "firehose" and name not in ("random-string", "error-output-type"):
            raise _unfit(f"Unknown expression {name} in {what}")
        if namespace == "timestamp":
            _check_timestamp(what, name)


def _check_timestamp(what: str, pattern: str) -> None:
    if not timestamp.is_pattern(pattern):
        raise _unfit(f"Unterminated quote in the timestamp {pattern} of {what}")
    unknown = timestamp.unknown_letters(pattern)
    if unknown:
        hint = "; the calendar's year is yyyy" if "Y" in unknown else ""
        message = f"firehose: {', '.join(unknown)} in the timestamp {pattern} of {what} is not simulated{hint}"
        raise ApiError("NotImplemented", message, status=501)


def _unfit(message: str) -> ApiError:
    return ApiError("InvalidArgumentException", message)


def evaluated(
    prefix: str, at: datetime, *, random: Callable[[], str], error: str = "", keys: Mapping[str, str] | None = None
) -> str:
    """Return a prefix without expressions; one that says nothing of the time gets year, month, day and hour.

    Args:
        at: when the oldest record of the object arrived, by the clocks of the destination's zone.
        random: gives eleven letters.
        error: `processing-failed` and the like, for what is no ordinary output.
        keys: partition keys by name.
    """
    if not _EXPRESSION.search(prefix):
        own = f"{prefix}{error}/" if error else prefix
        return own + evaluated(DEFAULT, at, random=random)

    def replaced(match: re.Match[str]) -> str:
        namespace, name = match.groups()
        if namespace == "timestamp":
            return timestamp.written(name, at)
        if namespace == "firehose":
            return error if name == "error-output-type" else random()
        return (keys or {}).get(name, "")

    made = _EXPRESSION.sub(replaced, prefix)
    has_time = any(namespace == "timestamp" for namespace, _ in _EXPRESSION.findall(prefix))
    return made if has_time or error or keys else made + evaluated(DEFAULT, at, random=random)
