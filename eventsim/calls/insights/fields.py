"""Which fields does a log event have? Those of every event, members of JSON, and what Lambda's own lines say."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eventsim.calls.insights.functions import Value, instant
from eventsim.calls.log_book import LogEvent
from eventsim.json_text import load_json

MEMBERS_MAX = 1_000
"""Members that are found in one event (documented)."""
_LAMBDA = "/aws/lambda/"
_PLATFORM = re.compile(r"(START|END|REPORT|INIT_START|EXTENSION) ?(?:RequestId: ([0-9a-f-]{36}))?")
_REQUEST = re.compile(r"\t([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\t")
_REPORTED = re.compile(r"(Billed Duration|Init Duration|Duration|Memory Size|Max Memory Used): ([\d.]+) (ms|MB)")
_MEASURES = {
    "Duration": "@duration",
    "Billed Duration": "@billedDuration",
    "Init Duration": "@initDuration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
}
_BYTES_PER_MB = 1_000_000
"""Sizes of memory are in bytes, of which a million make one of Lambda's MB (documented by AWS's sample queries)."""


def fields_of(event: LogEvent, group: str, stream: str, account_id: str, pointer: str) -> dict[str, Value]:
    """Return the fields of an event by name; the pointer is what leads back to it."""
    fields: dict[str, Value] = {
        "@timestamp": instant(event.at_ms),
        "@ingestionTime": instant(event.ingested_ms),
        "@message": event.message,
        "@logStream": stream,
        "@log": f"{account_id}:{group}",
        "@ptr": pointer,
    }
    if group.startswith(_LAMBDA):
        fields |= _of_lambda(event.message)
    return {**_members(event.message), **fields}


def _members(message: str) -> dict[str, Value]:
    text = message.strip()
    if not text.startswith("{"):
        return {}
    try:
        document = load_json(text)
    except ValueError:
        return {}
    found: dict[str, Value] = {}
    for name, value in _flat(document, ""):
        if len(found) == MEMBERS_MAX:
            break
        found[name] = value
    return found


def _flat(value: Any, name: str) -> Iterator[tuple[str, Value]]:
    """Yield members of members as `a.b`, elements of lists as `a.0`; null is a field that is not there."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    elif value is not None:
        yield name, value if isinstance(value, str | bool) else float(value)


def _of_lambda(message: str) -> Mapping[str, Value]:
    platform = _PLATFORM.match(message)
    if platform is None:
        request = _REQUEST.search(message)
        return {} if request is None else {"@requestId": request[1]}
    fields: dict[str, Value] = {"@type": platform[1]}
    if platform[2]:
        fields["@requestId"] = platform[2]
    for name, number, unit in _REPORTED.findall(message) if platform[1] == "REPORT" else ():
        fields[_MEASURES[name]] = float(number) * (_BYTES_PER_MB if unit == "MB" else 1)
    return fields
