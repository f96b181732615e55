"""Which operation does a universal target name, and in which shape does it take its parameters?

State machines (`arn:aws:states:::aws-sdk:sqs:sendMessage`) and schedules (`arn:aws:scheduler:::aws-sdk:…`) may call any
operation of any service. They write every member with a capital, whatever the service's model does.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

_SERVICES = {
    "states": "stepfunctions",
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
    "elasticmapreduce": "emr",
    "bedrock": "bedrock-runtime",
    "bedrockruntime": "bedrock-runtime",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
}
"""Names in ARNs → botocore's, where they differ."""
_SMALL = frozenset({"stepfunctions", "logs", "apigateway", "ecs", "batch", "codebuild", "bedrock-runtime", "iot"})
"""Services whose members begin with a small letter."""


def service_named(name: str) -> str:
    """Return botocore's name of a service."""
    return _SERVICES.get(name.lower(), name.lower())


def operation_named(action: str) -> str:
    """Return the operation that an action names: `sendMessage` is `SendMessage`."""
    return action[:1].upper() + action[1:]


def as_given(service: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as the service's model names them."""
    given: dict[str, Any] = _renamed(dict(parameters), str.lower) if service in _SMALL else dict(parameters)
    return given


def as_told(service: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with capitals."""
    told: dict[str, Any] = _renamed(dict(answer), str.upper) if service in _SMALL else dict(answer)
    return told


def _renamed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(name[:1]) + name[1:]: _renamed(each, change) for name, each in value.items()}
    return [_renamed(each, change) for each in value] if isinstance(value, list) else value


# --- types -------------------------------------------------------------------------------------------------

_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "structure": ("an object", (dict,)),
    "map": ("an object", (dict,)),
    "list": ("a list", (list,)),
    "string": ("a text", (str,)),
    "character": ("a text", (str,)),
    "boolean": ("true or false", (bool,)),
    "integer": ("a whole number", (int,)),
    "long": ("a whole number", (int,)),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
    "timestamp": ("a date", (str, int, float)),
    "blob": ("a text", (str, bytes)),
}
"""Types of the models → how they are told, and what they are in JSON; bytes are what is made of a payload."""


def misfit(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return which parameter is not of the type that the service's model says, "" for none.

    Without botocore, which has the models, nothing is looked at.
    """
    model = model_of(service)
    known = model.get("operations", {}).get(operation, {}).get("input")
    return _misfit(model["shapes"], known["shape"], parameters, "") if known else ""


def is_operation(service: str, operation: str) -> bool:
    """Tell whether a service has an operation; one whose model is not here may have any."""
    model = model_of(service)
    return not model or operation in model["operations"]


@functools.cache
def model_of(service: str) -> Mapping[str, Any]:
    """Return botocore's model of a service, empty if it has none or is not installed."""
    if find_spec("botocore") is None:
        return {}
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    try:
        model: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return {}
    return model


def _misfit(shapes: Mapping[str, Any], name: str, value: Any, path: str) -> str:
    shape = shapes[name]
    kind = shape["type"]
    if value is None or shape.get("document"):
        return ""
    told, types = _TYPES[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
        return f"{path} must be {told}."
    faults = (_misfit(shapes, of, each, where.lstrip(".")) for of, each, where in _held(shape, value, path))
    return next(filter(None, faults), "")


def _held(shape: Mapping[str, Any], value: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """Yield what a value holds that the model knows: the name of its shape, itself, and where it is."""
    match shape["type"]:
        case "structure":
            members = shape["members"]
            yield from ((members[name]["shape"], value[name], f"{path}.{name}") for name in value if name in members)
        case "map":
            yield from ((shape["value"]["shape"], value[key], f"{path}.{key}") for key in value)
        case "list":
            yield from ((shape["member"]["shape"], each, f"{path}[{number}]") for number, each in enumerate(value))
