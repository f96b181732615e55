"""May the role of a rule's target do what reaches it?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.roles import make_role, missing, unknown

ROLE = "arn:aws:iam::123456789012:role/events"
HERE = "us-east-1:123456789012"
DEAD = f"arn:aws:sqs:{HERE}:dead"
MACHINE = f"arn:aws:states:{HERE}:stateMachine:m"
STREAM = f"arn:aws:kinesis:{HERE}:stream/s"
FIREHOSE = f"arn:aws:firehose:{HERE}:deliverystream/d"
BUS = f"arn:aws:events:{HERE}:event-bus/other"
NEEDED = {
    STREAM: "kinesis:PutRecord",
    MACHINE: "states:StartExecution",
    FIREHOSE: "firehose:PutRecord",
    BUS: "events:PutEvents",
}


@contextmanager
def world_with(target: str, actions: dict[str, Any], permissions: Any = "enforced") -> Iterator[SyncSimulation]:
    """Lend a world in which a rule has had an event for its target."""
    with SyncSimulation(permissions=permissions) as world:
        ask = world.request
        make_role(world, "events", actions)
        rules = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Statement": {**rules, "Resource": DEAD}})
        ask("sqs", "CreateQueue", {"QueueName": "dead", "Attributes": {"Policy": policy}})
        ask("kinesis", "CreateStream", {"StreamName": "s", "ShardCount": 1})
        ask("events", "CreateEventBus", {"Name": "other"})
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        unnamed = "arn:aws:iam::123456789012:role/eventsim"
        ask("stepfunctions", "CreateStateMachine", {"name": "m", "definition": definition, "roleArn": unnamed})
        destination = {"RoleARN": unnamed, "BucketARN": "arn:aws:s3:::records"}
        ask("s3", "CreateBucket", {"Bucket": "records"})
        ask(
            "firehose",
            "CreateDeliveryStream",
            {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": destination},
        )
        destination_arn = _api_destination(world)
        world.until_idle()
        arn = destination_arn if target == "api" else target
        ask("events", "PutRule", {"Name": "r", "EventPattern": '{"source": ["shop"]}'})
        given = {"Id": "t", "Arn": arn, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": DEAD}}
        ask("events", "PutTargets", {"Rule": "r", "Targets": [given]})
        ask("events", "PutEvents", {"Entries": [{"Source": "shop", "DetailType": "paid", "Detail": "{}"}]})
        world.until_idle()
        yield world


def _api_destination(world: SyncSimulation) -> str:
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}
    connection = {"Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": auth}
    arn = world.request("events", "CreateConnection", connection)["ConnectionArn"]
    world.stub_http("example.com", body={})
    given = {"Name": "a", "ConnectionArn": arn, "InvocationEndpoint": "https://example.com/", "HttpMethod": "POST"}
    made: str = world.request("events", "CreateApiDestination", given)["ApiDestinationArn"]
    return made


def letters(world: SyncSimulation) -> list[dict[str, str]]:
    """Return what dead letters tell."""
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/dead"
    found: Any = world.request("sqs", "ReceiveMessage", {"QueueUrl": url, "MessageAttributeNames": ["All"]})
    return [
        {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
        for letter in found.get("Messages", [])
    ]


@pytest.mark.parametrize("target", [*NEEDED, "api"])
def test_a_target_gets_what_its_role_allows(target: str) -> None:
    """The action is that of the call which EventBridge makes."""
    with world_with(target, {NEEDED.get(target, "events:InvokeApiDestination"): "*"}) as world:
        assert letters(world) == []
        assert unknown(world) == [] or target == FIREHOSE


@pytest.mark.parametrize("target", [*NEEDED, "api"])
def test_what_the_role_does_not_allow_is_a_dead_letter(target: str) -> None:
    """It is not tried again; the letter says that permissions lack."""
    action = NEEDED.get(target, "events:InvokeApiDestination")
    with world_with(target, {}) as world:
        (letter,) = letters(world)

        assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
        who = "arn:aws:sts::123456789012:assumed-role/events/r"
        assert letter["ERROR_MESSAGE"].startswith(f"User: {who} is not authorized to perform: {action} on resource: ")
        assert "RETRY_ATTEMPTS" not in letter


def test_what_is_only_told_is_delivered() -> None:
    """The trace says what would have been refused."""
    with world_with(STREAM, {}, "told") as world:
        assert letters(world) == []
        assert [action for action, _ in missing(world)] == ["kinesis:PutRecord"]
