"""What Tasks get from services, and what their refusals are called."""

import json
import re
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sources.workflow.conftest import MACHINE, ROLE, ended


def done(world: SyncSimulation, sfn: Any, resource: str, parameters: Any, **more: Any) -> Any:
    """Run a machine of one Task; describe the execution."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True, **more}
    definition = json.dumps({"StartAt": "A", "States": {"A": task}})
    sfn.create_state_machine(name="m", definition=definition, roleArn=ROLE)
    return ended(world, sfn, MACHINE)


@pytest.mark.parametrize(
    ("resource", "parameters", "error", "cause"),
    [
        pytest.param(
            "aws-sdk:dynamodb:getItem",
            {"TableName": "none", "Key": {"k": {"S": "1"}}},
            "DynamoDb.ResourceNotFoundException",
            r"Requested resource not found \(Service: DynamoDb, Status Code: 400, Request ID: [0-9a-f-]{36}\)",
            id="SDK",
        ),
        pytest.param(
            "aws-sdk:dynamodb:putItem",
            {"TableName": "none", "Item": "no item"},
            "DynamoDb.DynamoDbException",
            r".* \(Service: DynamoDb, Status Code: 400, Request ID: [0-9a-f-]{36}\)",
            id="SDK, an error that the model has not",
        ),
        pytest.param(
            "dynamodb:getItem",
            {"TableName": "none", "Key": {"k": {"S": "1"}}},
            "DynamoDB.ResourceNotFoundException",
            r"Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400; "
            r"Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)",
            id="optimised",
        ),
        pytest.param(
            "dynamodb:putItem",
            {"TableName": "none", "Item": "no item"},
            "DynamoDB.AmazonDynamoDBException",
            r".*; Error Code: SerializationException; Request ID: [0-9a-f-]{36}; Proxy: null\)",
            id="optimised, an error that the model has not",
        ),
        pytest.param(
            "states:startExecution",
            {"StateMachineArn": f"{MACHINE}-none"},
            "StepFunctions.StateMachineDoesNotExistException",
            r"State Machine Does Not Exist: '.*' \(Service: AWSStepFunctions; Status Code: 400; "
            r"Error Code: StateMachineDoesNotExist; Request ID: [0-9a-f-]{36}; Proxy: null\)",
            id="another machine",
        ),
    ],
)
def test_a_refusal_is_called_as_the_sdk_calls_it(
    world: SyncSimulation, sfn: Any, resource: str, parameters: Any, error: str, cause: str
) -> None:
    """Optimised integrations speak of errors as version 1 of AWS's SDK for Java does, others as version 2."""
    execution = done(world, sfn, resource, parameters)

    assert execution["error"] == error
    assert re.fullmatch(cause, execution["cause"], re.DOTALL)
