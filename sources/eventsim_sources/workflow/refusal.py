"""What does the refusal of an operation mean to a state? An error's name and a cause, as AWS's SDK for Java gives them.

Optimised integrations speak of errors as version 1 of that SDK, those of `aws-sdk` as version 2. An error that the
service's model does not know has the service's name: `DynamoDb.DynamoDbException`, `DynamoDB.AmazonDynamoDBException`.
"""

import functools
import re
from typing import Any

from msgspec import Struct

from eventsim import ApiError, load_json
from eventsim_sources.json_text import json_text
from eventsim_sources.universal import model_of
from eventsim_sources.workflow.failure import RUNTIME, StateFailed
from eventsim_sources.workflow.resource import Resource

_UNKNOWN_MEMBER = re.compile(r"Unknown parameter in input: '([^']+)'")
_MISTYPED = re.compile(
    r"Invalid type for parameter (?:[^,]*[.\]])?(\w+)(?:\[\d+\])*, .*valid types: <class '(\w+)'>", re.DOTALL
)
_KINDS = {"bool": "BOOLEAN", "dict": "MAP", "float": "DOUBLE", "int": "INTEGER", "list": "LIST", "str": "STRING"}
"""What values must be (`STRING` as users report it, the others unconfirmed)."""


class _Titles(Struct, frozen=True):
    """What a service is called: before the dot of an error's name, its general error, and in the cause."""

    error: str
    general: str
    cause: str


_OPTIMISED = {
    "batch": _Titles("Batch", "AWSBatchException", "AWSBatch"),
    "dynamodb": _Titles("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2"),
    "ecs": _Titles("ECS", "AmazonECSException", "AmazonECS"),
    "events": _Titles("EventBridge", "AmazonEventBridgeException", "AmazonEventBridge"),
    "glue": _Titles("Glue", "AWSGlueException", "AWSGlue"),
    "lambda": _Titles("Lambda", "AWSLambdaException", "AWSLambda"),
    "sns": _Titles("SNS", "AmazonSNSException", "AmazonSNS"),
    "sqs": _Titles("SQS", "AmazonSQSException", "AmazonSQS"),
    "stepfunctions": _Titles("StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions"),
}
_SDK_NAMES = {
    "dynamodb": "DynamoDb",
    "stepfunctions": "Sfn",
    "events": "EventBridge",
    "secretsmanager": "SecretsManager",
    "logs": "CloudWatchLogs",
    "bedrock-runtime": "BedrockRuntime",
}
"""Where the SDK calls a service by another name than its own with a capital."""


def failure_of(resource: Resource, error: ApiError, given: Any, request_id: str) -> StateFailed:
    """Return what the refusal of an operation means to a state (names documented, the cause's forms recorded)."""
    flaw = _flaw(error.message)
    if flaw:
        told = json_text(given)
        return StateFailed(RUNTIME, f"The Parameters '{told}' could not be used to start the Task: [{flaw}]")
    titles = None if resource.kind == "sdk" else _OPTIMISED.get(resource.service)
    if titles is None:
        title = _SDK_NAMES.get(resource.service, resource.service[:1].upper() + resource.service[1:])
        name = _name(resource.service, error, f"{title}Exception")
        cause = f"{error.message} (Service: {title}, Status Code: {error.status}, Request ID: {request_id})"
        return StateFailed(f"{title}.{name}", cause, is_task=True)
    name = _name(resource.service, error, titles.general)
    about = f"Service: {titles.cause}; Status Code: {error.status}; Error Code: {error.code}"
    cause = f"{error.message} ({about}; Request ID: {request_id}; Proxy: null)"
    return StateFailed(f"{titles.error}.{name}", cause, is_task=True)


def _flaw(message: str) -> str:
    """Return why parameters are not even sent, "" if they were: a state's input, where there are none, is anything."""
    unknown = _UNKNOWN_MEMBER.match(message)
    if unknown is not None:
        return f"The field '{unknown[1]}' is not supported by Step Functions"
    mistyped = _MISTYPED.match(message)
    return "" if mistyped is None else f"The value for the field '{mistyped[1]}' must be a {_KINDS[mistyped[2]]}"


def _name(service: str, error: ApiError, general: str) -> str:
    known = _errors(service)
    if known and not known & {error.shape, error.code}:
        return general
    return error.shape if error.shape.endswith("Exception") else f"{error.shape.removesuffix('Fault')}Exception"


@functools.cache
def _errors(service: str) -> frozenset[str]:
    """Return names and codes of the errors that a service's model knows, none where botocore is not installed."""
    shapes = model_of(service).get("shapes", {})
    errors = {name: shape.get("error", {}).get("code") for name, shape in shapes.items() if shape.get("exception")}
    return frozenset(errors) | frozenset(filter(None, errors.values()))


def function_failure(payload: str) -> StateFailed:
    """Return what a function's error object means: its type and, as cause, itself (recorded)."""
    try:
        parsed = load_json(payload)
    except ValueError:
        parsed = payload
    error = parsed.get("errorType") if isinstance(parsed, dict) else None
    return StateFailed(str(error or "Lambda.Unknown"), payload, is_task=True)
