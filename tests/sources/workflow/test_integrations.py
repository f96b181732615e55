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
            {"TableName": "none", "Item": {"id": {"S": "a", "N": "1"}}},
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
            {"TableName": "none", "Item": {"id": {"S": "a", "N": "1"}}},
            "DynamoDB.AmazonDynamoDBException",
            r".*; Error Code: ValidationException; Request ID: [0-9a-f-]{36}; Proxy: null\)",
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
        pytest.param(
            "dynamodb:putItem",
            {"TableName": "none", "Item": {"id": {"N": 5}}},
            "States.Runtime",
            r".*The Parameters '\{.*\}' could not be used to start the Task: "
            r"\[The value for the field 'N' must be a STRING\]",
            id="a value of another type",
        ),
        pytest.param(
            "aws-sdk:sqs:sendMessageBatch",
            {"QueueUrl": "x.y", "Entries": ["a. b"]},
            "States.Runtime",
            r".*: \[The value for the field 'Entries' must be a MAP\]",
            id="an element of another type",
        ),
        pytest.param(
            "aws-sdk:sqs:sendMessage",
            {"QueueUrl": "u", "Body": "b"},
            "States.Runtime",
            r".*: \[The field 'Body' is not supported by Step Functions\]",
            id="an unknown member",
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


CHILD = f"{MACHINE}-child"


def nested(sfn: Any, child: Any, pattern: str) -> dict[str, Any]:
    """Make a machine, and return the Task that runs it."""
    definition = json.dumps({"StartAt": "C", "States": {"C": child}})
    sfn.create_state_machine(name="m-child", definition=definition, roleArn=ROLE)
    parameters = {"StateMachineArn": CHILD, "Input": {"n": 1}, "Name": "c"}
    return {"resource": f"states:startExecution{pattern}", "parameters": parameters}


def test_a_parent_learns_all_of_its_child(world: SyncSimulation, sfn: Any) -> None:
    """By name, with instants in milliseconds; `.sync` gives input and output as texts."""
    task = nested(sfn, {"Type": "Wait", "Seconds": 2, "End": True}, ".sync")

    execution = done(world, sfn, **task)

    assert json.loads(execution["output"]) == {
        "ExecutionArn": f"{CHILD.replace('stateMachine', 'execution')}:c",
        "Input": '{"n":1}',
        "InputDetails": {"Included": True},
        "Name": "c",
        "Output": '{"n":1}',
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": 1767225600000,
        "StateMachineArn": CHILD,
        "Status": "SUCCEEDED",
        "StopDate": 1767225602000,
    }


def test_a_child_that_fails_is_the_cause(world: SyncSimulation, sfn: Any) -> None:
    """The error is `States.TaskFailed`, the cause tells of the child."""
    task = nested(sfn, {"Type": "Fail", "Error": "E", "Cause": "no"}, ".sync:2")

    execution = done(world, sfn, **task)

    told = json.loads(execution["cause"])
    assert execution["error"] == "States.TaskFailed"
    assert (told["Status"], told["Error"], told["Cause"], told["Input"]) == ("FAILED", "E", "no", {"n": 1})


def test_a_child_that_nobody_waits_for_is_aborted(world: SyncSimulation, sfn: Any) -> None:
    """A parent that times out or is stopped stops what it waits for."""
    task = nested(sfn, {"Type": "Wait", "Seconds": 100, "End": True}, ".sync")

    done(world, sfn, **task, TimeoutSeconds=5)

    child = sfn.describe_execution(executionArn=f"{CHILD.replace('stateMachine', 'execution')}:c")
    assert (child["status"], world.now_s) == ("ABORTED", 5)


def test_instants_are_milliseconds_or_texts(world: SyncSimulation, sfn: Any) -> None:
    """Optimised integrations tell them in milliseconds, those of the SDK as texts."""
    task = nested(sfn, {"Type": "Pass", "End": True}, "")
    sdk = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sfn:describeStateMachine", "End": True}
    definition = {"StartAt": "A", "States": {"A": {**sdk, "Parameters": {"StateMachineArn": CHILD}}}}
    told = sfn.create_state_machine(name="sdk", definition=json.dumps(definition), roleArn=ROLE)

    started = json.loads(done(world, sfn, **task)["output"])
    described = json.loads(ended(world, sfn, told["stateMachineArn"])["output"])

    assert (started["StartDate"], described["CreationDate"]) == (1767225600000, "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("is_query", [False, True], ids=["path", "query"])
def test_the_role_of_a_task_is_told(world: SyncSimulation, sfn: Any, is_query: bool) -> None:
    """By the event that schedules it, filled in."""
    world.add_function("echo", handler=lambda event, context: event)
    arn = "arn:aws:states:::lambda:invoke"
    given = {"FunctionName": "echo"}
    pathed = {"Parameters": given, "Credentials": {"RoleArn.$": "$.role"}}
    queried = {"QueryLanguage": "JSONata", "Arguments": given, "Credentials": {"RoleArn": "{% $states.input.role %}"}}
    task = {"Type": "Task", "Resource": arn, "End": True, **(queried if is_query else pathed)}
    sfn.create_state_machine(name="m", definition=json.dumps({"StartAt": "A", "States": {"A": task}}), roleArn=ROLE)

    execution = ended(world, sfn, MACHINE, {"role": f"{ROLE}-2"})

    events = sfn.get_execution_history(executionArn=execution["executionArn"])["events"]
    assert events[2]["taskScheduledEventDetails"]["taskCredentials"] == {"roleArn": f"{ROLE}-2"}
