"""What may Lambda do in the name of a function's role? Poll, send what came of events, and write logs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation
from eventsim.mapping.spec import MappingSpec

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
STREAM_ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
LOGGING = "AWSLambdaBasicExecutionRole"
PUTTING = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
POLLING = "AWSLambdaSQSQueueExecutionRole"


def take(event: Any, _context: object) -> None:
    print(len(event["Records"]))


def fail(_event: Any, _context: object) -> None:
    raise ValueError("no")


@contextmanager
def world_with(policies: Sequence[Any], permissions: Any = "enforced", handler: Any = take) -> Iterator[SyncSimulation]:
    """Lend a world with a queue, a stream and a function that has these policies."""
    with SyncSimulation(permissions=permissions) as world:
        world.add_source("queues", "orders")
        world.add_source("streams", "clicks")
        world.add_function("fn", handler, policies=list(policies))
        yield world


def details(world: SyncSimulation, kind: str) -> list[Any]:
    """Return the details of all entries of a kind."""
    return [entry.detail for entry in world.trace.entries((kind,))]


def refusal(world: SyncSimulation, operation: str, **parameters: Any) -> str:
    """Return in which words Lambda refuses a call, "" if it does not."""
    try:
        world.request("lambda", operation, parameters)
    except ApiError as error:
        return error.message
    return ""


def create_mapping(world: SyncSimulation, arn: str, **more: Any) -> str:
    return refusal(world, "CreateEventSourceMapping", FunctionName="fn", EventSourceArn=arn, **more)


# --- polling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([], "ReceiveMessage"),
        (["sqs:ReceiveMessage"], "DeleteMessage"),
        (["sqs:ReceiveMessage", "sqs:DeleteMessage"], "GetQueueAttributes"),
    ],
)
def test_a_mapping_of_a_queue_needs_three_actions(allowed: list[str], missing: str) -> None:
    """Lambda names the first one that is missing."""
    policies = [{"Effect": "Allow", "Action": allowed, "Resource": QUEUE_ARN}] if allowed else []
    with world_with(policies) as world:
        words = f"The provided execution role does not have permissions to call {missing} on SQS"
        assert create_mapping(world, QUEUE_ARN) == words


def test_a_mapping_of_a_stream_is_refused_in_aws_s_words() -> None:
    """All actions at once, whichever is missing."""
    with world_with([LOGGING]) as world:
        assert create_mapping(world, STREAM_ARN, StartingPosition="LATEST") == (
            f"Cannot access stream {STREAM_ARN}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, ListShards, and ListStreams Actions on your stream in IAM."
        )


@pytest.mark.parametrize(
    ("policy", "arn", "more"),
    [(POLLING, QUEUE_ARN, {}), ("AWSLambdaKinesisExecutionRole", STREAM_ARN, {"StartingPosition": "LATEST"})],
)
def test_the_managed_policies_are_enough(policy: str, arn: str, more: dict[str, str]) -> None:
    """AWS has made them for this."""
    with world_with([policy]) as world:
        assert create_mapping(world, arn, **more) == ""


def test_a_scenario_s_mapping_is_refused_where_it_stands() -> None:
    """If the function says what its role may do."""
    with world_with([LOGGING]) as world:
        world.add_mapping(source="orders", function="fn")

        with pytest.raises(ConfigurationError, match="to call ReceiveMessage on SQS"):
            world.until_idle()


def test_what_a_mapping_lacks_is_only_told_once() -> None:
    """Each action by itself; the messages are taken."""
    with world_with([LOGGING], "told") as world:
        world.add_mapping(source="orders", function="fn")
        for body in ("1", "2"):
            world.send("orders", body)
            world.until_idle()

        told = [detail["action"] for detail in details(world, "permission missing")]
        assert told == ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        assert world.numbers("queues", "orders")["deleted"] == 2  # type: ignore[index]  # it is there


def test_what_polling_needs_is_part_of_the_least_policy() -> None:
    """Who writes the role from it can deploy the mapping."""
    with world_with([], "noted") as world:
        world.add_mapping(source="orders", function="fn")
        world.until_idle()

        (statement,) = world.permissions_needed()["fn"]["Statement"]
        assert statement["Action"] == ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        assert statement["Resource"] == [QUEUE_ARN]


# --- while a mapping polls -------------------------------------------------------------------------------------

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "worker",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Code": {"ZipFile": "def handler(event, context): print(len(event['Records']))"},
    },
}


def stack_of(source_arn: str, *actions: str, **more: Any) -> str:
    """Return a template: a function with a role that may do this, and its mapping."""
    statement = {"Effect": "Allow", "Action": [*actions, "logs:*"], "Resource": "*"}
    role = {
        "AssumeRolePolicyDocument": {},
        "Policies": [{"PolicyName": "all", "PolicyDocument": {"Statement": [statement]}}],
    }
    mapping = {"FunctionName": {"Ref": "Fn"}, "EventSourceArn": source_arn, "BatchSize": 1, **more}
    return json.dumps(
        {
            "Resources": {
                "Role": {"Type": "AWS::IAM::Role", "Properties": role},
                "Fn": FUNCTION,
                "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
            }
        }
    )


def change(world: SyncSimulation, operation: str, template: str) -> None:
    given = {"StackName": "shop", "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]}
    world.request("cloudformation", operation, given)
    world.until_idle()


def result(world: SyncSimulation) -> str:
    """Return the last result of the only mapping."""
    mappings: Any = world.request("lambda", "ListEventSourceMappings", {})["EventSourceMappings"]
    return str(mappings[0].get("LastProcessingResult"))


def invocations(world: SyncSimulation) -> int:
    numbers: Any = world.numbers("functions", "worker")
    return int(numbers["invocations"])


def test_a_queue_is_left_alone_while_the_role_may_not_poll_it() -> None:
    """The mapping tells of it, and goes on by itself once it may again."""
    with SyncSimulation(permissions="enforced") as world:
        world.add_source("queues", "orders")
        change(world, "CreateStack", stack_of(QUEUE_ARN, "sqs:*"))
        change(world, "UpdateStack", stack_of(QUEUE_ARN, "sqs:SendMessage"))
        for body in ("1", "2"):
            world.send("orders", body)
            world.until_idle()

        words = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
        assert (invocations(world), result(world)) == (0, f"PROBLEM: {words}")
        (refused,) = details(world, "polling refused")
        assert refused == {"source": QUEUE_ARN, "reason": words}

        change(world, "UpdateStack", stack_of(QUEUE_ARN, "sqs:*"))
        world.advance("1 minute")
        world.until_idle()

        assert (invocations(world), result(world)) == (2, "None")


def test_a_stream_is_left_alone_while_the_role_may_not_poll_it() -> None:
    """What was put meanwhile is read from where reading had stopped."""
    more = {"StartingPosition": "TRIM_HORIZON"}
    with SyncSimulation(permissions="enforced") as world:
        world.add_source("streams", "clicks")
        change(world, "CreateStack", stack_of(STREAM_ARN, "kinesis:*", **more))
        change(world, "UpdateStack", stack_of(STREAM_ARN, "kinesis:ListStreams", **more))
        for data in (b"1", b"2"):
            world.request("kinesis", "PutRecord", {"StreamName": "clicks", "Data": data, "PartitionKey": "k"})
            world.until_idle()

        assert invocations(world) == 0
        assert result(world).startswith(f"PROBLEM: Cannot access stream {STREAM_ARN}. Please ensure the role can")

        change(world, "UpdateStack", stack_of(STREAM_ARN, "kinesis:*", **more))
        world.advance("1 minute")
        world.until_idle()

        assert (invocations(world), result(world)) == (2, "OK")


def test_a_mapping_that_there_was_before_is_there_again() -> None:
    """Under a new server it polls once its role may."""
    with world_with([LOGGING]) as world:
        spec = MappingSpec(source=QUEUE_ARN, function="fn")

        assert world.mappings.refusal(spec) is not None
        assert world.mappings.refusal(spec, is_kept=True) is None
        assert world.mappings.create("again", spec, uuid="1-2-3").uuid == "1-2-3"


def test_a_stack_whose_role_may_not_poll_cannot_be_made() -> None:
    """The mapping fails as on AWS, and with it the stack."""
    with SyncSimulation(permissions="enforced") as world:
        world.add_source("queues", "orders")
        change(world, "CreateStack", stack_of(QUEUE_ARN, "sqs:SendMessage"))

        events: Any = world.request("cloudformation", "DescribeStackEvents", {"StackName": "shop"})["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        assert [event["LogicalResourceId"] for event in failed] == ["Mapping"]
        assert "to call ReceiveMessage on SQS" in failed[0]["ResourceStatusReason"]


# --- what came of events ---------------------------------------------------------------------------------------


def test_a_dead_letter_queue_needs_a_role_that_may_send_there() -> None:
    """Lambda looks when the setting is made."""
    words = "The provided execution role does not have permissions to call SendMessage on SQS"
    with world_with([LOGGING], handler=fail) as world:
        config = {"FunctionName": "fn", "DeadLetterConfig": {"TargetArn": QUEUE_ARN}}
        assert refusal(world, "UpdateFunctionConfiguration", **config) == words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TracingConfig": {"Mode": "Active"}}, "PutTraceSegments on XRAY"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "CreateNetworkInterface on EC2"),
    ],
)
def test_traces_and_networks_need_a_role_that_may_have_them(settings: Any, words: str) -> None:
    """Lambda looks when the setting is made, and managed policies are enough."""
    managed = ["AWSXRayDaemonWriteAccess", "AWSLambdaVPCAccessExecutionRole"]
    refused = f"The provided execution role does not have permissions to call {words}"
    for policies, expected in (([LOGGING], refused), (managed, "")):
        with world_with(policies) as world:
            assert refusal(world, "UpdateFunctionConfiguration", FunctionName="fn", **settings) == expected


def test_a_stack_s_function_needs_a_role_that_may_send_to_its_dead_letter_queue() -> None:
    """The function cannot be made, and nothing of it is left."""
    template = json.loads(stack_of(QUEUE_ARN, "sqs:ReceiveMessage"))
    properties = {**FUNCTION["Properties"], "DeadLetterConfig": {"TargetArn": QUEUE_ARN}}  # type: ignore[dict-item]
    template["Resources"]["Fn"] = {**FUNCTION, "Properties": properties}
    with SyncSimulation(permissions="enforced") as world:
        world.add_source("queues", "orders")
        change(world, "CreateStack", json.dumps(template))

        events: Any = world.request("cloudformation", "DescribeStackEvents", {"StackName": "shop"})["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "Fn"]
        assert any("to call SendMessage on SQS" in reason for reason in reasons)
        assert world.request("lambda", "ListFunctions", {})["Functions"] == []


def test_a_destination_needs_a_role_that_may_send_there() -> None:
    """Words unconfirmed."""
    config = {"FunctionName": "fn", "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}}}
    with world_with([LOGGING]) as world:
        assert refusal(world, "PutFunctionEventInvokeConfig", **config) == (
            f"The function's execution role does not have permissions to call SendMessage on {QUEUE_ARN}"
        )


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({"on_failure": "orders"}, "destination delivery failed"), ({"dead_letter": "orders"}, "dead letter failed")],
)
@pytest.mark.parametrize(
    ("permissions", "arrived"), [("enforced", 0), ("told", 1), ("ignored", 1)], ids=["enforced", "told", "ignored"]
)
def test_what_the_role_may_not_send_is_lost(
    settings: dict[str, str], kind: str, permissions: Any, arrived: int
) -> None:
    """The reason is the refusal."""
    with SyncSimulation(permissions=permissions) as world:
        world.add_source("queues", "orders")
        world.add_function("fn", fail, policies=[LOGGING], maximum_retry_attempts=0, **settings)
        world.request("lambda", "Invoke", {"FunctionName": "fn", "InvocationType": "Event", "Payload": b"{}"})
        world.until_idle()

        numbers: Any = world.numbers("queues", "orders")
        assert numbers["visible"] == arrived
        reasons = [detail["reason"] for detail in details(world, kind)]
        words = "not authorized to perform: sqs:sendmessage"
        assert [words in reason for reason in reasons] == [True] * (1 - arrived)


# --- logs ------------------------------------------------------------------------------------------------------


def logged(world: SyncSimulation) -> list[str]:
    """Return what CloudWatch Logs has of the function, but for Lambda's own lines."""
    try:
        found: Any = world.request("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/fn"})
    except ApiError:  # there is no such group
        return []
    return [each["message"].strip() for each in found["events"] if each["message"].strip() == "1"]


@pytest.mark.parametrize(
    ("policies", "permissions", "kept"),
    [
        ([], "enforced", []),
        ([], "told", ["1"]),
        ([LOGGING], "enforced", ["1"]),
        (
            [PUTTING],
            "enforced",
            [],
        ),
    ],
    ids=["nothing", "told", "all", "no new group"],
)
def test_lines_reach_their_group_if_the_role_lets_them(policies: list[Any], permissions: Any, kept: list[str]) -> None:
    """Who may not is not told of it by anybody on AWS; the trace has the lines anyhow."""
    with world_with(policies, permissions) as world:
        world.invoke("fn", {"Records": [1]})
        world.invoke("fn", {"Records": [1]})

        assert set(logged(world)) == set(kept)
        assert world.trace.count("logged") >= 2
        assert len(details(world, "logs lost")) == (not kept)


def test_a_group_that_is_there_need_not_be_made() -> None:
    """A template that declares it gives the role two actions only."""
    with world_with([PUTTING]) as world:
        world.request("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/fn"})
        world.invoke("fn", {"Records": [1]})

        assert logged(world) == ["1"]


# --- roles of IAM ----------------------------------------------------------------------------------------------


def test_what_a_client_tells_iam_counts_from_then_on() -> None:
    """A mapping that was refused is made once the role has its policy, and stops polling when that is gone."""
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    of_lambda = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    policy = {"RoleName": "worker", "PolicyName": "p"}
    with world_with([], "enforced") as world:
        made: Any = world.request("iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": of_lambda})
        world.add_function("worker", take)
        config = {"FunctionName": "worker", "Role": made["Role"]["Arn"]}
        world.request("lambda", "UpdateFunctionConfiguration", config)
        mapping = {"FunctionName": "worker", "EventSourceArn": QUEUE_ARN}
        assert "to call ReceiveMessage" in refusal(world, "CreateEventSourceMapping", **mapping)

        world.request("iam", "PutRolePolicy", {**policy, "PolicyDocument": everything})
        assert refusal(world, "CreateEventSourceMapping", **mapping) == ""
        world.send("orders", "1")
        world.until_idle()
        world.request("iam", "DeleteRolePolicy", policy)
        world.send("orders", "2")
        world.until_idle()

        assert invocations(world) == 1
        assert "to call ReceiveMessage" in result(world)
