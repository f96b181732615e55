"""What is an event of a pipe? The record of its source, flat; paths look into the JSON inside of it.

A stream's record has the members of `kinesis` beside the others. Where a path leads into `body`, `data` or `value`,
their text is read as JSON first (documented).
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from eventsim import load_json
from eventsim_sources.bus.event import to_json
from eventsim_sources.bus.json_path import Absent, parse_path, value_at
from eventsim_sources.input_template import MISSING, UnfitInput, filled

PLACEHOLDER: Final = re.compile(r"<(\$[^<>]*|aws\.pipes\.[\w.\-]+)>")
_WHOLE: Final = ("aws.pipes.event", "aws.pipes.event.json")


def elements(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a batch holds: of Kafka and of brokers, each with where it comes from (documented)."""
    if "Records" in event:
        return list(event["Records"])
    told = {"eventSource": event["eventSource"], "eventSourceArn": event.get("eventSourceArn", "")}
    if "messages" in event:
        return [{**told, **message} for message in event["messages"]]
    lanes: Mapping[str, Any] = event["records"] if "records" in event else event["rmqMessagesByQueue"]
    return [{**told, "eventSourceKey": lane, **each} for lane, of_lane in lanes.items() for each in of_lane]


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as pipes have it."""
    inner = record.get("kinesis")
    if not isinstance(inner, dict):
        return dict(record)
    return {**inner, **{name: value for name, value in record.items() if name != "kinesis"}}


def value_of(event: Any, path: str) -> Any:
    """Return what stands at a path of an event, `MISSING` if nothing does.

    Raises:
        UnfitInput: the path cannot be read.
    """
    try:
        steps = parse_path(path)
    except ValueError as error:
        raise UnfitInput(str(error)) from None
    try:
        return value_at(_opened(event, steps), steps)
    except Absent:
        return MISSING


def _opened(event: Any, steps: tuple[Any, ...]) -> Any:
    """Return the event with the JSON read that a path leads into."""
    if len(steps) < 2 or not isinstance(event, dict) or steps[0] not in ("body", "data", "value"):
        return event
    text = event.get(steps[0])
    if not isinstance(text, str):
        return event
    try:
        if steps[0] != "body":
            text = base64.b64decode(text, validate=True).decode()
        return {**event, steps[0]: load_json(text)}
    except (ValueError, binascii.Error):
        return event


def rendered(template: str, event: Any, named: Mapping[str, str]) -> str:
    """Return an event as an input template makes it, as JSON text; without a template as it is.

    Args:
        named: the values of `aws.pipes.pipe-name` and the like.

    Raises:
        UnfitInput: the template makes no JSON of this event.
    """
    if not template:
        return to_json(event)
    return filled(template, _values(event, named), PLACEHOLDER)


def _values(event: Any, named: Mapping[str, str]) -> Callable[[str], Any]:
    def value(name: str) -> Any:
        if name in _WHOLE:
            return event
        return value_of(event, name) if name.startswith("$") else named.get(name, MISSING)

    return value


def dynamic(text: str, event: Any) -> str:
    """Return a parameter of a target: a constant, or what stands at its path of the event.

    Raises:
        UnfitInput: nothing does.
    """
    if not text.startswith("$"):
        return text
    found = value_of(event, text)
    if found is MISSING:
        raise UnfitInput(f"{text} is not in the event")
    return found if isinstance(found, str) else to_json(found)
