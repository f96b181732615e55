"""Which operation does a subtype of an integration mean? `SQS-SendMessage` and its like, with their parameters."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct


class Subtype(Struct, frozen=True):
    """An operation of a service, and how its parameters are made of the mapped ones."""

    service: str
    operation: str
    make: Callable[[Mapping[str, str]], dict[str, Any]]


def _plain(given: Mapping[str, str]) -> dict[str, Any]:
    return {name: _number(name, value) for name, value in given.items() if name != "Region"}


def _number(name: str, value: str) -> Any:
    is_number = name in ("DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds")
    return int(value) if is_number and value.isdecimal() else value


def _send_message(given: Mapping[str, str]) -> dict[str, Any]:
    made = _plain(given)
    for name in ("MessageAttributes", "MessageSystemAttributes"):
        if name in made:
            made[name] = json.loads(made[name])
    return made


def _receive_message(given: Mapping[str, str]) -> dict[str, Any]:
    made = _plain(given)
    for name in ("AttributeNames", "MessageAttributeNames"):
        if name in made:
            made[name] = json.loads(made[name])
    return made


def _put_events(given: Mapping[str, str]) -> dict[str, Any]:
    entry = _plain(given)
    if "Resources" in entry:
        entry["Resources"] = json.loads(entry["Resources"])
    return {"Entries": [entry]}


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
    "SQS-ReceiveMessage": Subtype("sqs", "ReceiveMessage", _receive_message),
    "SQS-SendMessage": Subtype("sqs", "SendMessage", _send_message),
    "StepFunctions-StartExecution": Subtype("stepfunctions", "StartExecution", _execution),
    "StepFunctions-StartSyncExecution": Subtype("stepfunctions", "StartSyncExecution", _execution),
    "StepFunctions-StopExecution": Subtype("stepfunctions", "StopExecution", _execution),
}
"""All but `AppConfig-GetConfiguration`, which nobody here has."""
