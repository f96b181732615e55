"""May the role of a pipe read its source and reach its target?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.roles import make_role, missing, unknown
from tests.sources.pipe.conftest import SQS

ROLE = "arn:aws:iam::123456789012:role/pipe"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
READ = {f"sqs:{name}": SQS + "in" for name in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
SEND = {"sqs:SendMessage": SQS + "out"}
WHO = "User: arn:aws:sts::123456789012:assumed-role/pipe/p is not authorized to perform: "


@contextmanager
def world_with(actions: dict[str, Any], permissions: Any = "enforced", **given: Any) -> Iterator[SyncSimulation]:
    """Lend a world in which a pipe from a queue to another has had a message."""
    with SyncSimulation(permissions=permissions) as world:
        make_role(world, "pipe", actions)
        for name in ("in", "out"):
            world.request("sqs", "CreateQueue", {"QueueName": name})
        world.add_function("same", handler=lambda events, _context: events)
        settings = {"Source": SQS + "in", "Target": SQS + "out", "RoleArn": ROLE}
        world.request("pipes", "CreatePipe", {"Name": "p", **settings, **given})
        world.request("sqs", "SendMessage", {"QueueUrl": URL + "in", "MessageBody": "1"})
        world.advance("20 s")
        yield world


def count(world: SyncSimulation) -> int:
    """Return how many messages are in the queue behind the pipe."""
    return len(world.request("sqs", "ReceiveMessage", {"QueueUrl": URL + "out"}).get("Messages", []))  # type: ignore[arg-type]


def described(world: SyncSimulation) -> Any:
    """Return what is told of the pipe."""
    return world.request("pipes", "DescribePipe", {"Name": "p"})


def test_a_pipe_does_what_its_role_allows() -> None:
    """Three actions for a queue to read, and one for the target."""
    with world_with({**READ, **SEND}) as world:
        assert count(world) == 1
        assert described(world)["CurrentState"] == "RUNNING"


def test_a_pipe_that_may_not_read_does_not_start() -> None:
    """Its state tells why."""
    with world_with(SEND) as world:
        told = described(world)

        assert (told["DesiredState"], told["CurrentState"]) == ("RUNNING", "CREATE_FAILED")
        assert told["StateReason"].startswith(f"{WHO}sqs:receivemessage on resource: {SQS}in because")
        assert count(world) == 0


def test_a_pipe_may_be_started_once_its_role_may_read() -> None:
    """The role is looked at anew."""
    with world_with(SEND) as world:
        role_arn = make_role(world, "better", {**READ, **SEND})
        world.request("pipes", "UpdatePipe", {"Name": "p", "RoleArn": role_arn})
        world.request("pipes", "StartPipe", {"Name": "p"})
        world.advance("1 min")

        assert count(world) == 1
        assert "StateReason" not in described(world)


def test_a_batch_fails_that_the_target_may_not_get() -> None:
    """It goes back to the queue from which it came."""
    with world_with(READ) as world:
        (failed, *_) = world.trace.entries(("pipe failed",))

        assert f"{WHO}sqs:sendmessage on resource: {SQS}out" in failed.detail["reason"]
        assert count(world) == 0


def test_an_enrichment_is_asked_in_the_role() -> None:
    """A function needs the role's permission, no policy of its own."""
    with world_with({**READ, **SEND}, Enrichment="arn:aws:lambda:us-east-1:123456789012:function:same") as world:
        (failed, *_) = world.trace.entries(("pipe failed",))

        assert f"{WHO}lambda:Invoke" in failed.detail["reason"]


@pytest.mark.parametrize("service", ["kinesis", "dynamodb"])
def test_a_stream_needs_four_actions_or_three(service: str) -> None:
    """Those by which its shards are found and read."""
    with SyncSimulation(permissions="noted") as world:
        stream = {"StreamName": "s", "ShardCount": 1}
        keys = {
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        }
        spec = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        table = {"TableName": "table", **keys, "BillingMode": "PAY_PER_REQUEST", "StreamSpecification": spec}
        if service == "kinesis":
            world.request("kinesis", "CreateStream", stream)
            arn, name = "arn:aws:kinesis:us-east-1:123456789012:stream/s", "KinesisStreamParameters"
        else:
            made: Any = world.request("dynamodb", "CreateTable", table)
            arn, name = made["TableDescription"]["LatestStreamArn"], "DynamoDBStreamParameters"
        world.request("sqs", "CreateQueue", {"QueueName": "out"})
        world.until_idle()
        parameters = {name: {"StartingPosition": "LATEST"}}
        given = {"Source": arn, "Target": SQS + "out", "RoleArn": ROLE, "SourceParameters": parameters}
        world.request("pipes", "CreatePipe", {"Name": "p", **given})

        (statement,) = world.permissions_needed()["pipe"]["Statement"]
        names = ["DescribeStream", "GetRecords", "GetShardIterator", *(["ListShards"] if service == "kinesis" else [])]
        assert statement["Action"] == [f"{service}:{each}" for each in names]


def test_what_is_only_told_is_done() -> None:
    """A role that lacks everything, and a pipe that works."""
    with world_with({}, "told") as world:
        assert count(world) == 1
        actions = [action for action, _ in missing(world)]
        assert actions == [*READ, "sqs:SendMessage"]
        assert unknown(world) == []
