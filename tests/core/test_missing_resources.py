"""Is what is not there refused as AWS declares it? Its models name the errors of every operation, and their status."""

from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import ApiError, NotSimulated, SyncSimulation
from eventsim.calls.moto_door import APART
from eventsim.wire.pattern import fits
from tests.sdk import client

ARNS = {
    "apigateway": "arn:aws:apigateway:us-east-1::/restapis/missing",
    "apigatewayv2": "arn:aws:apigateway:us-east-1::/apis/missing",
    "appconfig": "arn:aws:appconfig:us-east-1:123456789012:application/abcdefg",
    "appconfigdata": "",
    "cloudwatch": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:missing",
    "dynamodb": "arn:aws:dynamodb:us-east-1:123456789012:table/missing",
    "dynamodbstreams": "arn:aws:dynamodb:us-east-1:123456789012:table/missing/stream/2026-01-01T00:00:00.000",
    "elbv2": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/missing/0123456789abcdef",
    "events": "arn:aws:events:us-east-1:123456789012:rule/missing",
    "firehose": "arn:aws:firehose:us-east-1:123456789012:deliverystream/missing",
    "kinesis": "arn:aws:kinesis:us-east-1:123456789012:stream/missing",
    "lambda": "arn:aws:lambda:us-east-1:123456789012:function:missing",
    "logs": "arn:aws:logs:us-east-1:123456789012:log-group:missing",
    "pipes": "arn:aws:pipes:us-east-1:123456789012:pipe/missing",
    "scheduler": "arn:aws:scheduler:us-east-1:123456789012:schedule-group/missing",
    "secretsmanager": "arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-abcdef",
    "sns": "arn:aws:sns:us-east-1:123456789012:missing",
    "ssm": "",
    "stepfunctions": "arn:aws:states:us-east-1:123456789012:stateMachine:missing",
    "xray": "arn:aws:xray:us-east-1:123456789012:group/missing/ABC",
}
"""An ARN of nothing, for each service whose models name the errors of its operations."""

NAMES = ("missing", "abcdefg", "200", "11111111-1111-1111-1111-111111111111", "rate(1 hour)", "/missing", "missing:1")
ASKING = (
    "Cancel",
    "Delete",
    "Describe",
    "Disable",
    "Enable",
    "Get",
    "List",
    "Remove",
    "Stop",
    "Tag",
    "Untag",
    "Update",
)
FOR_ALL = ("AccessDeniedException", "ValidationError", "ValidationException")
"""Errors that operations may have which do not declare them (AWS's pages on common errors)."""

UNDECLARED = {
    ("cloudwatch", "DeleteDashboards", "ResourceNotFound"),  # its guide knows DashboardNotFoundError
    ("cloudwatch", "StopMetricStreams", "ResourceNotFoundException"),  # unconfirmed
    ("stepfunctions", "ListStateMachineVersions", "StateMachineDoesNotExist"),  # unconfirmed
}


def smallest(shape: Any, name: str, arn: str) -> Any:
    """Return the smallest value of a shape, whose texts name what is not there."""
    match shape.type_name:
        case "structure":
            return {each: smallest(shape.members[each], each, arn) for each in shape.required_members}
        case "list":
            return [smallest(shape.member, name, arn)]
        case "map":
            return {"key": smallest(shape.value, name, arn)}
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "boolean":
            return True
        case "timestamp":
            return 1767225600
        case "blob":
            return b"x"
        case "string" if not shape.enum:
            pattern = shape.metadata.get("pattern", "")
            fitting = [arn] if "arn" in name.lower() else [each for each in NAMES if not pattern or fits(pattern, each)]
            return (fitting or NAMES)[0].ljust(shape.metadata.get("min", 0), "x")
        case _:
            return shape.enum[0] if getattr(shape, "enum", None) else 1.0


def refusals(simulation: SyncSimulation, service: str, model: Any) -> Iterator[tuple[str, str, int, dict[str, int]]]:
    """Ask for what is not there, and yield each operation that refuses it: code, status, and what it declares."""
    for name in model.operation_names:
        if not name.startswith(ASKING) or any(word in name for word in APART.get(service, ())):
            continue
        operation = model.operation_model(name)
        parameters = smallest(operation.input_shape, "", ARNS[service]) if operation.input_shape else {}
        try:
            simulation.request(service, name, parameters)
        except NotSimulated:
            continue
        except ApiError as error:
            declared = [each.metadata.get("error", {}) | {"name": each.name} for each in operation.error_shapes]
            statuses = {each.get("code", each["name"]): each.get("httpStatusCode", error.status) for each in declared}
            yield name, error.code, error.status, statuses


@pytest.mark.parametrize("service", ARNS)
def test_what_is_not_there_is_refused_as_the_model_says(service: str) -> None:
    """Programs catch the classes of their clients' exceptions, and a code that is not declared has none."""
    with SyncSimulation(seed=1) as simulation:
        wrong = [
            (name, code, status)
            for name, code, status, declared in refusals(simulation, service, client(service).meta.service_model)
            if declared.get(code) != status and code not in FOR_ALL and (service, name, code) not in UNDECLARED
        ]

    assert wrong == []
