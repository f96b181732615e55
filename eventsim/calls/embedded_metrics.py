"""Which metrics does a log event in the embedded metric format hold, and what of it does CloudWatch not take?

Such an event is one JSON object whose member `_aws` says which of its other members are metrics and dimensions:

    {"_aws": {"Timestamp": 1767225600000, "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [["service"], []], "Metrics": [{"Name": "ms", "Unit": "Milliseconds"}]}]},
     "service": "cart", "ms": [12, 15.5]}

Every set of dimensions makes a metric of its own of each definition. What is wrong in the document as a whole is a
fault of parsing, and nothing is taken out of it. All other faults are of validation: each takes away what it is about,
be it a directive, a set of dimensions or a metric, and nothing else. The rules are those of AWS's specification and its
JSON schema, and those of PutMetricData for what a metric may be; which faults leave the rest alone is unconfirmed.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from msgspec import Struct

from eventsim.calls.log_filters import MetricValue
from eventsim.json_text import load_json

T = TypeVar("T")

EVENT_BYTES_MAX = 1_048_576
"""One event of a log (documented); what is longer is no whole document."""
DEFINITIONS_MAX = 100
"""Metrics in one directive (documented)."""
DIMENSIONS_MAX = 30
"""Dimensions in one set (documented)."""
VALUES_MAX = 100
"""Values of one metric (documented)."""
NAME_CHARACTERS_MAX = 255
"""Of a namespace and of a metric (documented: PutMetricData; the schema of the format says 1,024)."""
DIMENSION_NAME_CHARACTERS_MAX, DIMENSION_VALUE_CHARACTERS_MAX = 250, 1_024
"""Of a dimension (documented: the schema of the format)."""
VALUE_MAX = 2.0**360
"""Of a number, and of its negative (documented: MetricDatum)."""
OLDEST_MS, LATEST_MS = 14 * 24 * 3_600_000, 2 * 3_600_000
"""How far in the past and ahead of the event's arrival the instant of metrics may be (documented: MetricDatum)."""
RESOLUTIONS_S = (1, 60)
"""In which metrics may be stored (documented)."""

_AMOUNTS = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_RATED = (*_AMOUNTS, *(each.replace("ytes", "its") for each in _AMOUNTS), "Count")
UNITS = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "None", *_RATED, *(f"{each}/Second" for each in _RATED)}
)
"""Which a metric may have (documented)."""

SHOWN_CHARACTERS_MAX = 60
"""Of a value that is told of as wrong."""

_CONSOLE_PREFIX = re.compile(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[^\t]*\t[A-Z]+\t")
"""What Node.js's `console` puts before a line in Lambda's text format; libraries rely on its being passed over
(aws-embedded-metrics for Node.js; the specification says that nothing may stand there)."""

_METADATA, _DIRECTIVES = '"_aws"', '"CloudWatchMetrics"'
"""What stands in every such document, even if it cannot be read."""


class EmbeddedMetrics(Struct, frozen=True):
    """What came of a log event.

    Attributes:
        parsing_fault: why nothing could be taken out of it, "" if something could, or if it is no such document.
        validation_faults: what was not taken, and why.
    """

    values: Sequence[MetricValue] = ()
    parsing_fault: str = ""
    validation_faults: Sequence[str] = ()


NOTHING = EmbeddedMetrics()


class _Fault(ValueError):  # noqa: N818 - a fact, as its text says it
    """CloudWatch does not take this."""


class _Definition(Struct, frozen=True):
    """A metric of a document, with its values."""

    name: str
    unit: str
    resolution_s: int
    values: Sequence[float]


def embedded_metrics(message: str, now_ms: int) -> EmbeddedMetrics:
    """Return the metrics that a log event holds, none if it is not in the embedded metric format.

    Args:
        now_ms: when the event arrives, since 1970.
    """
    if _METADATA not in message or _DIRECTIVES not in message:
        return NOTHING
    try:
        members = _parsed(message)
        about = members.get("_aws")
        if not isinstance(about, dict) or "CloudWatchMetrics" not in about:
            return NOTHING
        at_ms, directives = _instant(about), _list(about["CloudWatchMetrics"], "_aws.CloudWatchMetrics")
    except _Fault as fault:
        return EmbeddedMetrics(parsing_fault=str(fault))
    if not now_ms - OLDEST_MS <= at_ms <= now_ms + LATEST_MS:
        far = "more than two weeks in the past" if at_ms < now_ms else "more than two hours in the future"
        return EmbeddedMetrics(validation_faults=[f"_aws.Timestamp is {far}: {at_ms}"])
    document = _Document(members, at_ms)
    for directive in directives:
        document.take(directive)
    return EmbeddedMetrics(document.values, validation_faults=document.faults)


def _parsed(message: str) -> Mapping[str, Any]:
    """Return the members of a document, none if it is no object."""
    if len(message.encode(errors="replace")) > EVENT_BYTES_MAX:
        raise _Fault(f"it has more than {EVENT_BYTES_MAX:,} bytes")
    try:
        found = load_json(_CONSOLE_PREFIX.sub("", message, count=1), parse_constant=_refuse)
    except ValueError as error:
        raise _Fault(f"it is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _refuse(constant: str) -> NoReturn:
    """Take neither NaN nor Infinity, which Python prints and reads: JSON has none."""
    raise ValueError(f"{constant} is no number of JSON")


def _instant(about: Mapping[str, Any]) -> int:
    at_ms: Any = about.get("Timestamp")
    if not _is_number(at_ms) or abs(at_ms) == math.inf:  # JSON has numbers that no float holds
        raise _Fault(f"_aws.Timestamp must be a number of milliseconds since 1970, and is {_shown(at_ms)}")
    return int(at_ms)


class _Document:
    """A document, and what has been taken out of it.

    Attributes:
        faults: why other things were not.
    """

    def __init__(self, members: Mapping[str, Any], at_ms: int) -> None:
        self.values: list[MetricValue] = []
        self.faults: list[str] = []
        self._members = members
        self._at_ms = at_ms

    def take(self, directive: object) -> None:
        """Take all metrics of a directive by all its sets of dimensions."""
        try:
            namespace, sets, definitions = _opened(directive)
        except _Fault as fault:
            self.faults.append(str(fault))
            return
        found = list(self._sound(self._definition, definitions))
        for dimensions in self._sound(self._dimensions, sets):
            self.values += [
                MetricValue(namespace, each.name, dimensions, each.unit, value, self._at_ms, each.resolution_s)
                for each in found
                for value in each.values
            ]

    def _sound(self, read: Callable[[object], T], items: Sequence[object]) -> Iterator[T]:
        """Yield what is read of those items in which nothing is wrong."""
        for item in items:
            try:
                yield read(item)
            except _Fault as fault:
                self.faults.append(str(fault))

    def _dimensions(self, names: object) -> tuple[tuple[str, str], ...]:
        keys = [
            _name(name, "a dimension", DIMENSION_NAME_CHARACTERS_MAX) for name in _list(names, "a set of dimensions")
        ]
        if len(keys) > DIMENSIONS_MAX:
            raise _Fault(f"a set of dimensions has {len(keys)} of them, and at most {DIMENSIONS_MAX} are taken")
        return tuple(sorted({key: self._dimension(key) for key in keys}.items()))

    def _dimension(self, name: str) -> str:
        """Return the value of a dimension (its form is that of MetricDatum)."""
        value = self._target(name, "dimension")
        if not isinstance(value, str):
            raise _Fault(f'the dimension "{name}" must be a string, and is {_shown(value)}')
        if not value.strip() or not value.isascii() or not value.isprintable():
            raise _Fault(f'the dimension "{name}" must be of visible ASCII characters, and is {_shown(value)}')
        if len(value) > DIMENSION_VALUE_CHARACTERS_MAX:
            raise _Fault(f'the dimension "{name}" has more than {DIMENSION_VALUE_CHARACTERS_MAX:,} characters')
        return value

    def _definition(self, given: object) -> _Definition:
        if not isinstance(given, dict):
            raise _Fault(f"a definition of a metric must be an object, and is {_shown(given)}")
        name = _name(given.get("Name"), "a metric", NAME_CHARACTERS_MAX)
        unit, resolution_s = given.get("Unit", "None"), given.get("StorageResolution", 60)
        if not isinstance(unit, str) or unit not in UNITS:
            raise _Fault(f'the metric "{name}" has the unit {_shown(unit)}, which CloudWatch does not know')
        if resolution_s not in RESOLUTIONS_S or isinstance(resolution_s, bool):
            raise _Fault(f'the metric "{name}" has a StorageResolution that is not 1 or 60: {_shown(resolution_s)}')
        return _Definition(name, unit, resolution_s, self._values(name))

    def _values(self, name: str) -> Sequence[float]:
        """Return the numbers that a metric's member is, or has."""
        target = self._target(name, "metric")
        numbers = target if isinstance(target, list) else [target]
        if len(numbers) > VALUES_MAX:
            raise _Fault(f'the metric "{name}" has {len(numbers)} values, and at most {VALUES_MAX} are taken')
        for number in numbers:
            if not _is_number(number):
                raise _Fault(f'the metric "{name}" must be a number or an array of numbers, and is {_shown(target)}')
            if abs(number) > VALUE_MAX:
                raise _Fault(f'the metric "{name}" must be from -2^360 to 2^360, and is {_shown(number)}')
        return [float(number) for number in numbers]

    def _target(self, name: str, sort: str) -> Any:
        """Return the member of the root that is named; what is nested in others cannot be (documented)."""
        if name not in self._members:
            raise _Fault(f'the {sort} "{name}" is no member of the event itself')
        return self._members[name]


def _opened(directive: object) -> tuple[str, Sequence[object], Sequence[object]]:
    """Return a directive's namespace, sets of dimensions and definitions of metrics."""
    if not isinstance(directive, dict):
        raise _Fault(f"a directive must be an object, and is {_shown(directive)}")
    namespace = _name(directive.get("Namespace"), "a namespace", NAME_CHARACTERS_MAX)
    if namespace.startswith((":", "AWS/")):  # the latter is unconfirmed; PutMetricData refuses it
        raise _Fault(f"no namespace of yours may begin so: {_shown(namespace)}")
    sets = _list(directive.get("Dimensions"), f'Dimensions of "{namespace}"')
    definitions = _list(directive.get("Metrics"), f'Metrics of "{namespace}"')
    if not sets:
        raise _Fault(f'Dimensions of "{namespace}" must have at least one set; [[]] is for metrics without dimensions')
    if len(definitions) > DEFINITIONS_MAX:
        raise _Fault(f'"{namespace}" has {len(definitions)} metrics, and at most {DEFINITIONS_MAX} are taken')
    return namespace, sets, definitions


def _name(given: object, sort: str, characters_max: int) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > characters_max:
        raise _Fault(f"the name of {sort} must be a string of 1 to {characters_max} characters, and is {_shown(given)}")
    return given


def _list(given: object, name: str) -> Sequence[object]:
    if not isinstance(given, list):
        raise _Fault(f"{name} must be an array, and is {_shown(given)}")
    return given


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _shown(given: object) -> str:
    """Return a value as JSON, its beginning if it is long."""
    text = "missing" if given is None else json.dumps(given)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"
