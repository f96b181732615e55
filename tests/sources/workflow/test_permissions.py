"""May a machine's role do what its tasks ask for?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from tests.roles import make_role, missing, unknown

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
SEND = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": QUEUE_URL, "MessageBody": "1"},
    "End": True,
}
REFUSED = "arn:aws:sts::123456789012:assumed-role/worker/e is not authorized to perform: "


@contextmanager
def world_with(actions: dict[str, str], permissions: Any = "enforced") -> Iterator[SyncSimulation]:
    """Lend a world with a queue and a role."""
    with SyncSimulation(permissions=permissions) as world:
        world.request("sqs", "CreateQueue", {"QueueName": "orders"})
        make_role(world, "worker", actions)
        yield world


def create(world: SyncSimulation, state: Any, name: str = "m", role: str = "worker", kind: str = "STANDARD") -> None:
    """Make a machine of one state."""
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    role_arn = f"arn:aws:iam::123456789012:role/{role}"
    parameters = {"name": name, "definition": definition, "roleArn": role_arn, "type": kind}
    world.request("stepfunctions", "CreateStateMachine", parameters)


def ended(world: SyncSimulation, state: Any, role: str = "worker") -> Any:
    """Make a machine of one state, execute it, and describe the execution."""
    create(world, state, role=role)
    started = world.request("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE, "name": "e"})
    world.until_idle()
    return world.request("stepfunctions", "DescribeExecution", {"executionArn": started["executionArn"]})


def test_a_task_does_what_the_role_of_its_machine_allows() -> None:
    """The policy is the role's, whoever starts the execution."""
    with world_with({"sqs:SendMessage": QUEUE_ARN}) as world:
        assert ended(world, SEND)["status"] == "SUCCEEDED"


def test_a_task_fails_with_the_words_of_the_service_that_refuses() -> None:
    """The SDK's general error of SQS, as it has none for a refusal."""
    with world_with({}) as world:
        execution = ended(world, SEND)

    assert execution["error"] == "SQS.AmazonSQSException"
    assert execution["cause"].startswith(
        f"User: {REFUSED}sqs:sendmessage on resource: {QUEUE_ARN} because no identity-based policy allows the "
        "sqs:sendmessage action (Service: AmazonSQS; Status Code: 403; Error Code: AccessDenied; Request ID: "
    )


def test_what_is_only_told_is_done() -> None:
    """The trace says what would have been refused."""
    with world_with({}, "told") as world:
        assert ended(world, SEND)["status"] == "SUCCEEDED"
        assert missing(world) == [("sqs:SendMessage", QUEUE_ARN)]


def test_a_machine_of_a_role_that_nobody_knows_is_not_checked() -> None:
    """The trace says so."""
    with world_with({}) as world:
        assert ended(world, SEND, role="other")["status"] == "SUCCEEDED"
        assert unknown(world) == ["the role other is not there"]


def test_a_function_is_invoked_in_the_role() -> None:
    """A Task that names a function by its ARN asks for it as any other does."""
    with world_with({}) as world:
        world.add_function("f", lambda _event, _context: None)
        task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}
        execution = ended(world, task)

    assert execution["error"] == "Lambda.AWSLambdaException"
    assert f"{REFUSED}lambda:InvokeFunction on resource: {task['Resource']} because" in execution["cause"]


def test_an_express_execution_has_the_role_too() -> None:
    """Its answer tells of the refusal."""
    with world_with({}) as world:
        create(world, SEND, kind="EXPRESS")

        answer = world.request("stepfunctions", "StartSyncExecution", {"stateMachineArn": MACHINE, "name": "e"})

        assert (answer["status"], answer["error"]) == ("FAILED", "SQS.AmazonSQSException")


def test_credentials_name_the_role_that_counts() -> None:
    """The machine's must be allowed to assume it."""
    with world_with({"sts:AssumeRole": "arn:aws:iam::123456789012:role/sender"}) as world:
        make_role(world, "sender", {"sqs:SendMessage": QUEUE_ARN})
        credentials = {"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/sender"}}

        assert ended(world, SEND | credentials)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(("agreed", "status"), [(MACHINE, "SUCCEEDED"), (f"{MACHINE}2", "FAILED")])
def test_a_role_of_credentials_may_trust_one_machine_only(agreed: str, status: str) -> None:
    """The machine's ARN is the external id under which Step Functions assumes it (its guide, on other accounts)."""
    condition = {"StringEquals": {"sts:ExternalId": agreed}}
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    sender = "arn:aws:iam::123456789012:role/sender"
    with world_with({"sts:AssumeRole": sender}) as world:
        given = {"RoleName": "sender", "AssumeRolePolicyDocument": json.dumps({"Statement": [trust]})}
        world.request("iam", "CreateRole", given)
        document = json.dumps({"Version": "2012-10-17", "Statement": send})
        world.request("iam", "PutRolePolicy", {"RoleName": "sender", "PolicyName": "own", "PolicyDocument": document})

        assert ended(world, SEND | {"Credentials": {"RoleArn": sender}})["status"] == status


def test_a_role_that_may_not_be_assumed_fails_the_task() -> None:
    """`States.Permissions` stands for work without the privileges that it needs."""
    with world_with({"sqs:SendMessage": QUEUE_ARN}) as world:
        make_role(world, "sender", {"sqs:SendMessage": QUEUE_ARN})
        credentials = {"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/sender"}}
        execution = ended(world, SEND | credentials)

    assert execution["error"] == "States.Permissions"
    assert f"{REFUSED}sts:AssumeRole" in execution["cause"]


DISTRIBUTED = {
    "Type": "Map",
    "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "items", "Key": "items.json"}},
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    },
    "End": True,
}


@pytest.mark.parametrize(
    ("actions", "error", "action"),
    [
        ({"states:StartExecution": MACHINE}, "States.ItemReaderFailed", "s3:GetObject"),
        ({"s3:GetObject": "*"}, "Sfn.SfnException", "states:StartExecution"),
    ],
    ids=["its items", "its children"],
)
def test_a_distributed_map_needs_more(actions: dict[str, str], error: str, action: str) -> None:
    """The role must be allowed to read the items, and to start the machine itself."""
    with world_with(actions) as world:
        world.request("s3", "CreateBucket", {"Bucket": "items"})
        world.request("s3", "PutObject", {"Bucket": "items", "Key": "items.json", "Body": b"[1]"})
        execution = ended(world, DISTRIBUTED)

    assert execution["error"] == error
    assert f"{REFUSED}{action} on resource" in execution["cause"]


def test_a_machine_that_waits_for_executions_needs_a_rule() -> None:
    """Nobody makes it whose role does not let Step Functions make that."""
    child = {"Resource": "arn:aws:states:::states:startExecution.sync:2", "Parameters": {"StateMachineArn": MACHINE}}
    with world_with({"states:StartExecution": "*"}) as world, pytest.raises(ApiError) as caught:
        create(world, SEND | child, "parent")

    assert caught.value.code == "AccessDeniedException"
    assert caught.value.message == ("'arn:aws:iam::123456789012:role/worker' is not authorized to create managed-rule.")


def test_an_api_answers_who_may_not_call_it() -> None:
    """A Task that signs its request meets the API's own refusal."""
    given = {"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "GET", "Stage": "s", "Path": "/p"}
    task = {"Resource": "arn:aws:states:::apigateway:invoke", "Parameters": {**given, "AuthType": "IAM_ROLE"}}
    with world_with({}) as world:
        execution = ended(world, SEND | task)

    assert execution["error"] == "ApiGateway.403"
    assert (
        "execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:123456789012:abc/s/GET/p" in execution["cause"]
    )


def test_an_api_that_is_called_without_a_stage_is_asked_about_at_its_default_one() -> None:
    """An HTTP API has the stage `$default`; the first part of the path is none."""
    given = {"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "GET", "Path": "/orders/7"}
    task = {"Resource": "arn:aws:states:::apigateway:invoke", "Parameters": {**given, "AuthType": "IAM_ROLE"}}
    with world_with({}) as world:
        execution = ended(world, SEND | task)

    assert "arn:aws:execute-api:us-east-1:123456789012:abc/$default/GET/orders/7" in execution["cause"]


def test_an_http_task_needs_its_connection() -> None:
    """The role sends the request and reads what the connection keeps."""
    with world_with({}, "noted") as world:
        auth = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}
        settings = {"Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": auth}
        connection = world.request("events", "CreateConnection", settings)["ConnectionArn"]
        world.stub_http("example.com", body={})
        given = {"ApiEndpoint": "https://example.com/a", "Method": "GET"}
        given["Authentication"] = {"ConnectionArn": connection}
        ended(world, SEND | {"Resource": "arn:aws:states:::http:invoke", "Parameters": given})
        statements = world.permissions_needed()["worker"]["Statement"]

    assert {action for each in statements for action in each["Action"]} == {
        "events:RetrieveConnectionCredentials",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "states:InvokeHTTPEndpoint",
    }
