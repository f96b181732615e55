"""Which operation does a universal target name, and in which shape does it take its parameters?

State machines (`arn:aws:states:::aws-sdk:sqs:sendMessage`) and schedules (`arn:aws:scheduler:::aws-sdk:…`) may call any
operation of any service. They write every member with a capital, whatever the service's model does.
"""

from collections.abc import Callable, Mapping
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
