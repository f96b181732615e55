"""What does a Task do? Its resource names a function, an activity, or an operation of a service."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from eventsim import load_json
from eventsim_sources import universal
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow.failure import RUNTIME, StateFailed

Pattern = Literal["", "sync", "sync:2", "waitForTaskToken"]

_TEXT_MEMBERS = {
    ("sqs", "SendMessage"): ("MessageBody",),
    ("sns", "Publish"): ("Message",),
    ("stepfunctions", "StartExecution"): ("Input",),
    ("stepfunctions", "StartSyncExecution"): ("Input",),
}
"""Members that may be given as JSON and travel as text."""


_INTEGRATED = frozenset(
    {
        *("apigateway", "athena", "aws-sdk", "batch", "bedrock", "codebuild", "databrew", "dynamodb", "ecs", "eks"),
        *("elasticmapreduce", "emr-containers", "emr-serverless", "events", "glue", "http", "lambda"),
        *("mediaconvert", "sagemaker", "sns", "sqs", "states"),
    }
)
"""Services in ARNs of integrations (documented)."""
_ANSWER, _TOKEN = ("",), ("", "waitForTaskToken")
_OPTIMISED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dynamodb": dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), _ANSWER),
    "events": {"putEvents": _TOKEN},
    "http": {"invoke": _ANSWER},
    "apigateway": {"invoke": _TOKEN},
    "lambda": {"invoke": _TOKEN},
    "sns": {"publish": _TOKEN},
    "sqs": {"sendMessage": _TOKEN},
    "states": {"startExecution": (*_TOKEN, "sync", "sync:2")},
}
"""Service → operation → how one may wait for it, of the integrations that are simulated (documented)."""
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "dynamodb:updateItem": ("TableName", "Key"),
    "dynamodb:deleteItem": ("TableName", "Key"),
    "events:putEvents": ("Entries",),
    "apigateway:invoke": ("ApiEndpoint", "Method"),
    "http:invoke": ("ApiEndpoint", "Method"),
    "lambda:invoke": ("FunctionName",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}
"""What parameters an integration cannot do without."""


class Resource(Struct, frozen=True, kw_only=True):
    """What a Task asks for.

    Attributes:
        kind: a function's ARN, an activity's ARN, an optimised integration, or any operation of the SDK.
        type, name: as the history calls them: `lambda`, `invoke.waitForTaskToken`.
    """

    kind: Literal["function", "activity", "optimised", "sdk"]
    arn: str
    service: str = ""
    operation: str = ""
    pattern: Pattern = ""
    type: str = ""
    name: str = ""


def is_known(arn: str) -> bool:
    """Tell whether a Task's resource is such as the service knows: anything but an integration that there is not."""
    parts = arn.split(":")
    if len(parts) <= 5 or parts[2] != "states" or parts[3:5] != ["", ""]:
        return True
    service = parts[5]
    if service == "aws-sdk":
        if len(parts) < 8 or not parts[7][:1].islower():
            return False
        action = parts[7].partition(".")[0]
        return universal.is_operation(universal.service_named(parts[6]), universal.operation_named(action))
    verb, _, pattern = ":".join(parts[6:]).partition(".")
    offered = _OPTIMISED.get(service)
    return service in _INTEGRATED and (offered is None or pattern in offered.get(verb, ()))


def missing_parameters(arn: str, given: Mapping[str, Any]) -> list[str]:
    """Return which parameters an integration lacks; one may be given by a path."""
    name = ":".join(arn.split(":")[5:7]).partition(".")[0]
    return [each for each in _REQUIRED.get(name, ()) if each not in given and f"{each}.$" not in given]


def parse_resource(arn: str) -> Resource:
    """Read a Task's resource.

    Raises:
        StateFailed: it is none.
    """
    parts = arn.split(":")
    if len(parts) > 5 and parts[2] == "lambda":
        return Resource(kind="function", arn=arn, service="lambda", operation="Invoke")
    if len(parts) > 5 and parts[2] == "states" and parts[5] == "activity":
        return Resource(kind="activity", arn=arn)
    is_sdk = len(parts) >= 8 and parts[5] == "aws-sdk"
    rest = parts[6:] if is_sdk else parts[5:]
    if len(parts) < 7 or parts[2] != "states" or len(rest) < 2:
        raise StateFailed(RUNTIME, f"The resource provided {arn} is not recognized.")
    name = ":".join(rest[1:])
    verb, _, pattern = name.partition(".")
    if pattern not in ("", "sync", "sync:2", "waitForTaskToken"):
        raise StateFailed(RUNTIME, f"The resource provided {arn} is not recognized.")
    return Resource(
        kind="sdk" if is_sdk else "optimised",
        arn=arn,
        service=universal.service_named(rest[0]),
        operation=universal.operation_named(verb),
        pattern=pattern,  # type: ignore[arg-type]  # checked above
        type=f"aws-sdk:{rest[0]}" if is_sdk else rest[0],
        name=name,
    )


def request_of(resource: Resource, parameters: Any) -> dict[str, Any]:
    """Return the parameters of the operation, in botocore's shape."""
    given = dict(parameters) if isinstance(parameters, dict) else {}
    for name in _TEXT_MEMBERS.get((resource.service, resource.operation), ()):
        if name in given and not isinstance(given[name], str):
            given[name] = json_text(given[name])
    given = universal.as_given(resource.service, given)
    match resource.service, resource.operation:
        case "lambda", "Invoke" if "Payload" in given:
            given["Payload"] = json_text(given["Payload"]).encode()
        case "events", "PutEvents":
            given["Entries"] = [_entry(each) for each in given.get("Entries", [])]
        case "s3", "PutObject" if "Body" in given:
            body = given["Body"]
            given["Body"] = (body if isinstance(body, str) else json_text(body)).encode()
    return given


def _entry(given: Mapping[str, Any]) -> dict[str, Any]:
    entry = dict(given)
    if "Detail" in entry and not isinstance(entry["Detail"], str):
        entry["Detail"] = json_text(entry["Detail"])
    if isinstance(entry.get("Time"), str):
        entry["Time"] = datetime.fromisoformat(entry["Time"])
    return entry


def result_of(resource: Resource, answer: Mapping[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    """Return an operation's answer as a state gets it.

    Args:
        new_id: gives the id of a request that has none.

    Raises:
        StateFailed: the answer tells of a failure, as that of `PutEvents` may.
    """
    metadata = answer.get("ResponseMetadata", {})
    told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    result = universal.as_told(resource.service, _plain(told, is_sdk=resource.kind == "sdk"))
    if resource.operation == "Invoke" and resource.service == "lambda":
        result["Payload"] = _parsed(result.get("Payload", ""))
        result.setdefault("ExecutedVersion", "$LATEST")
    if resource.service == "events" and resource.operation == "PutEvents" and result.get("FailedEntryCount"):
        raise StateFailed("EventBridge.FailedEntry", json_text(result), is_task=True)
    if resource.kind == "optimised":
        request_id = metadata.get("RequestId") or new_id()
        result["SdkHttpMetadata"] = {"AllHttpHeaders": {}, "HttpHeaders": {}, "HttpStatusCode": 200}
        result["SdkResponseMetadata"] = {"RequestId": request_id}
    return result


def _plain(value: Any, *, is_sdk: bool) -> Any:
    """Return a value of botocore's as JSON has it; optimised integrations tell instants in milliseconds."""
    if isinstance(value, dict):
        return {name: _plain(each, is_sdk=is_sdk) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, is_sdk=is_sdk) for each in value]
    if isinstance(value, datetime):
        told = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds").replace("+00:00", "Z")
        return told if is_sdk else round(value.timestamp() * 1000)
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace")
    if hasattr(value, "read"):
        return _plain(value.read(), is_sdk=is_sdk)
    return value


def _parsed(text: Any) -> Any:
    try:
        return load_json(text) if isinstance(text, str) and text else text
    except ValueError:
        return text
