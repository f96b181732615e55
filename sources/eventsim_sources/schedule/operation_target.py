"""Which operation does a universal target call, and with what? Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim import load_json
from eventsim_sources import universal

PREFIX: Final = "arn:aws:scheduler:::aws-sdk:"
"""How the ARNs of universal targets begin."""


class OperationCall(Struct, frozen=True):
    """An operation with its parameters, in botocore's shape."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


def operation_call(arn: str, text: str) -> OperationCall:
    """Return what a universal target calls with an input, "" for none.

    Raises:
        ValueError: the input is no JSON object.
    """
    name, _, action = arn.removeprefix(PREFIX).partition(":")
    service = universal.service_named(name)
    given = load_json(text or "{}")
    if not isinstance(given, dict):
        raise ValueError("the input is no object")
    if service == "lambda" and "Payload" in given:
        payload = given["Payload"]
        given["Payload"] = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    return OperationCall(service, universal.operation_named(action), universal.as_given(service, given))
