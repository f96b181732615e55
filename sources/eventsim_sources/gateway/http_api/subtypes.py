"""Which operation does a subtype of an integration mean? `SQS-SendMessage` and its like, with their parameters."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim import load_json


class Subtype(Struct, frozen=True):
    """An operation of a service, and how its parameters are made of the mapped ones."""

    service: str
    operation: str
    make: Callable[[Mapping[str, str]], dict[str, Any]]


_NUMBERS = ("DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds")
_JSON = ("AttributeNames", "MessageAttributeNames", "MessageAttributes", "MessageSystemAttributes", "Resources")
"""Parameters that are lists and structures, which come as JSON."""


def _plain(given: Mapping[str, str]) -> dict[str, Any]:
    return {name: _value(name, text) for name, text in given.items() if name != "Region"}


def _value(name: str, text: str) -> Any:
    if name in _JSON:
        return load_json(text)
    return int(text) if name in _NUMBERS and text.isdecimal() else text


def _put_events(given: Mapping[str, str]) -> dict[str, Any]:
    return {"Entries": [_plain(given)]}


def _put_record(given: Mapping[str, str]) -> dict[str, Any]:
    made = _plain(given)
    made["Data"] = made.get("Data", "").encode()
    return made


def _execution(given: Mapping[str, str]) -> dict[str, Any]:
    return {f"{name[0].lower()}{name[1:]}": value for name, value in _plain(given).items()}


SUBTYPES: Final[Mapping[str, Subtype]] = {
    "EventBridge-PutEvents": Subtype("events", "PutEvents", _put_events),
    "Kinesis-PutRecord": Subtype("kinesis", "PutRecord", _put_record),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", _plain),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", _plain),
    "SQS-ReceiveMessage": Subtype("sqs", "ReceiveMessage", _plain),
    "SQS-SendMessage": Subtype("sqs", "SendMessage", _plain),
    "StepFunctions-StartExecution": Subtype("stepfunctions", "StartExecution", _execution),
    "StepFunctions-StartSyncExecution": Subtype("stepfunctions", "StartSyncExecution", _execution),
    "StepFunctions-StopExecution": Subtype("stepfunctions", "StopExecution", _execution),
}
"""All but `AppConfig-GetConfiguration`, whose answer is the configuration itself."""
