"""Where in a bucket does an object of a delivery stream lie? Prefixes with their expressions; pure."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from eventsim import ApiError

DEFAULT = "!{timestamp:yyyy/MM/dd/HH}/"
_EXPRESSION = re.compile(r"!\{([a-zA-Z]+):([^}]*)\}")
_LETTERS = re.compile(r"y+|M+|d+|H+|m+|s+|'[^']*'")
_FORMATS = {"y": "%Y", "M": "%m", "d": "%d", "H": "%H", "m": "%M", "s": "%S"}


PARTITIONS = frozenset({"partitionKeyFromLambda", "partitionKeyFromQuery"})
"""The namespaces of dynamic partitioning."""


def namespaces(prefix: str) -> frozenset[str]:
    """Return the namespaces of the expressions in a prefix."""
    return frozenset(namespace for namespace, _ in _EXPRESSION.findall(prefix))


def names_of(prefix: str, namespace: str) -> frozenset[str]:
    """Return the names that a prefix has of one namespace."""
    return frozenset(name for each, name in _EXPRESSION.findall(prefix) if each == namespace)


def check(prefix: str, *, is_of_errors: bool = False) -> None:
    """See that a prefix holds expressions only that Firehose knows.

    Raises:
        ApiError: it does not.
    """
    known = {"timestamp", "firehose", *(() if is_of_errors else PARTITIONS)}
    for namespace, name in _EXPRESSION.findall(prefix):
        if namespace not in known:
            raise ApiError("InvalidArgumentException", f"Unknown namespace {namespace} in the prefix")
        if namespace == "firehose" and name not in ("random-string", "error-output-type"):
            raise ApiError("InvalidArgumentException", f"Unknown expression {name} in the prefix")


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
            return _LETTERS.sub(lambda found: _formatted(found[0], at), name)
        if namespace == "firehose":
            return error if name == "error-output-type" else random()
        return (keys or {}).get(name, "")

    made = _EXPRESSION.sub(replaced, prefix)
    has_time = any(namespace == "timestamp" for namespace, _ in _EXPRESSION.findall(prefix))
    return made if has_time or error or keys else made + evaluated(DEFAULT, at, random=random)


def _formatted(letters: str, at: datetime) -> str:
    if letters.startswith("'"):
        return letters[1:-1]
    made = at.strftime(_FORMATS[letters[0]])
    return made[-2:] if letters == "yy" else made
