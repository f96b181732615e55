"""May the roles of a delivery stream, and of who sends to it, do what they do?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from tests.roles import make_role, missing

ROLE = "arn:aws:iam::123456789012:role/delivery"
HERE = "us-east-1:123456789012"
STREAM = f"arn:aws:firehose:{HERE}:deliverystream/d"
ALL = {"s3:PutObject": "*", "lambda:Invoke*": "*"}
PROCESSING = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "Lambda",
            "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": f"arn:aws:lambda:{HERE}:function:same"}],
        }
    ],
}


def same(event: Any, _context: object) -> Any:
    return {"records": [{**each, "result": "Ok"} for each in event["records"]]}


@contextmanager
def world_with(actions: dict[str, Any], permissions: Any = "enforced", **given: Any) -> Iterator[SyncSimulation]:
    """Lend a world with a delivery stream to a bucket."""
    with SyncSimulation(permissions=permissions) as world:
        make_role(world, "delivery", {**actions, "logs:PutLogEvents": "*"})
        world.request("s3", "CreateBucket", {"Bucket": "lake"})
        world.request("logs", "CreateLogGroup", {"logGroupName": "g"})
        world.request("logs", "CreateLogStream", {"logGroupName": "g", "logStreamName": "s"})
        world.add_function("same", handler=same)
        logging = {"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"}
        settings = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "CloudWatchLoggingOptions": logging, **given}
        destination = {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": settings}
        world.request("firehose", "CreateDeliveryStream", destination)
        yield world


def put(world: SyncSimulation) -> None:
    """Put a record and let it be delivered."""
    world.request("firehose", "PutRecord", {"DeliveryStreamName": "d", "Record": {"Data": b"1"}})
    world.until_idle()


def keys(world: SyncSimulation) -> list[str]:
    """Return the keys of the objects in the bucket."""
    found: Any = world.request("s3", "ListObjectsV2", {"Bucket": "lake"})
    return [each["Key"] for each in found.get("Contents", [])]


def errors(world: SyncSimulation) -> list[dict[str, Any]]:
    """Return what the error log says."""
    found: Any = world.request("logs", "GetLogEvents", {"logGroupName": "g", "logStreamName": "s"})
    return [json.loads(each["message"]) for each in found["events"]]


def test_records_go_where_the_role_may_write() -> None:
    """The function in between is invoked in the same role."""
    with world_with(ALL, ProcessingConfiguration=PROCESSING) as world:
        put(world)

        assert len(keys(world)) == 1


def test_a_bucket_that_the_role_may_not_write_to_gets_nothing() -> None:
    """The error log says so in Firehose's words, the trace in IAM's."""
    with world_with({}) as world:
        put(world)

        assert keys(world) == []
        (error,) = errors(world)
        assert error["errorCode"] == "S3.AccessDenied"
        assert error["message"].startswith("Access was denied. Ensure that the trust policy for the provided IAM role")
        assert [action for action, _ in missing(world)] == ["s3:PutObject"]


def test_a_function_that_may_not_be_invoked_leaves_records_as_they_failed() -> None:
    """They lie where errors go."""
    with world_with({"s3:PutObject": "*"}, ProcessingConfiguration=PROCESSING, ErrorOutputPrefix="failed/") as world:
        put(world)

        (key,) = keys(world)
        assert key.startswith("failed/")
        assert errors(world)[0]["errorCode"] == "Lambda.InvokeAccessDenied"


def test_what_is_only_told_is_delivered() -> None:
    """The trace says what would have been refused."""
    with world_with({}, "told") as world:
        put(world)

        assert len(keys(world)) == 1
        assert [action for action, _ in missing(world)] == ["s3:PutObject"]


def test_a_stream_must_be_readable_in_the_role_of_its_source() -> None:
    """Or nobody makes the delivery stream."""
    with world_with(ALL) as world:
        world.request("kinesis", "CreateStream", {"StreamName": "s", "ShardCount": 1})
        world.until_idle()
        arn = f"arn:aws:kinesis:{HERE}:stream/s"
        given = {
            "DeliveryStreamName": "pulled",
            "DeliveryStreamType": "KinesisStreamAsSource",
            "KinesisStreamSourceConfiguration": {"KinesisStreamARN": arn, "RoleARN": ROLE},
            "ExtendedS3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake"},
        }
        with pytest.raises(
            ApiError, match=f"Role {ROLE} is not authorized to perform DescribeStream on resource {arn}"
        ):
            world.request("firehose", "CreateDeliveryStream", given)


@pytest.mark.parametrize(("actions", "count"), [({"firehose:PutRecord": "*"}, 1), ({}, 0)], ids=["may", "may not"])
def test_a_topic_puts_records_in_the_role_of_the_subscription(actions: dict[str, Any], count: int) -> None:
    """Only if that role may."""
    with world_with(ALL) as world:
        role_arn = make_role(world, "topic", actions)
        world.request("sns", "CreateTopic", {"Name": "t"})
        topic = {"TopicArn": f"arn:aws:sns:{HERE}:t"}
        given = {"Protocol": "firehose", "Endpoint": STREAM, "Attributes": {"SubscriptionRoleArn": role_arn}}
        world.request("sns", "Subscribe", {**topic, **given})
        world.request("sns", "Publish", {**topic, "Message": "1"})
        world.until_idle()

        assert len(keys(world)) == count


@pytest.mark.parametrize("actions", [{"firehose:PutRecord": "*"}, {}], ids=["may", "may not"])
def test_a_log_group_sends_in_the_role_of_the_filter(actions: dict[str, Any]) -> None:
    """A message that tries it out shows whether it may."""
    with world_with(ALL) as world:
        role_arn = make_role(world, "logs", actions)
        given = {"logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": STREAM}
        try:
            world.request("logs", "PutSubscriptionFilter", {**given, "roleArn": role_arn})
            refused = ""
        except ApiError as error:
            refused = error.message

        assert refused.startswith("" if actions else "Could not deliver test message to specified Firehose")
        assert bool(refused) is not bool(actions)
