"""May a role read a source, or deliver to a target? Asked where a service does so without a call as that role."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim import Caller, World

_OF_SHARDS: Final = ("DescribeStream", "GetShardIterator", "GetRecords")


def check_delivery(world: World, arn: str, caller: Caller) -> None:
    """See that the role of a caller may deliver to a target.

    Args:
        arn: the target's; of a bus there is no saying without the event.

    Raises:
        ApiError: it may not.
    """
    if caller.role_arn and world.permissions != "ignored":
        stands_for = _call(arn)
        if stands_for is not None:
            service, operation, parameters = stands_for
            world.authorize(service, operation, parameters, caller)


def check_reading(world: World, arn: str, caller: Caller) -> None:
    """See that the role of a caller may poll a queue or a stream; that of a broker is not looked at.

    Raises:
        ApiError: it may not.
    """
    if caller.role_arn and world.permissions != "ignored":
        for service, operation, parameters in _readings(arn):
            world.authorize(service, operation, parameters, caller)


def _readings(arn: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return the calls by which a source is polled (documented)."""
    _, _, service, region, account_id, resource = (arn.split(":", 5) + [""] * 6)[:6]
    match service:
        case "sqs":
            queue = {"QueueUrl": f"https://sqs.{region}.amazonaws.com/{account_id}/{resource}"}
            return [(service, name, queue) for name in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")]
        case "kinesis":
            stream = {"StreamName": resource.rpartition("/")[2], "StreamARN": arn}
            return [(service, name, stream) for name in (*_OF_SHARDS, "ListShards")]
        case "dynamodb":
            stream = {"StreamArn": arn, "ShardIterator": f"{arn}|"}
            return [("dynamodbstreams", name, stream) for name in _OF_SHARDS]
        case _:
            return []


def _call(arn: str) -> tuple[str, str, Mapping[str, Any]] | None:
    """Return the call that a delivery stands for: service, operation and parameters; None if it needs no role."""
    _, _, service, region, account_id, resource = (arn.split(":", 5) + [""] * 6)[:6]
    match service:
        case "lambda":
            return service, "Invoke", {"FunctionName": arn, "InvocationType": "Event"}
        case "sqs":
            url = f"https://sqs.{region}.amazonaws.com/{account_id}/{resource}"
            return service, "SendMessage", {"QueueUrl": url}
        case "sns":
            return service, "Publish", {"TopicArn": arn}
        case "kinesis":
            return service, "PutRecord", {"StreamName": resource.rpartition("/")[2], "StreamARN": arn}
        case "firehose":
            return service, "PutRecord", {"DeliveryStreamName": resource.rpartition("/")[2]}
        case "states":
            return "stepfunctions", "StartExecution", {"stateMachineArn": arn}
        case "events" if "api-destination/" in resource:
            return service, "InvokeApiDestination", {"Arn": arn}
        case "execute-api":
            return service, "Invoke", {"Arn": arn}
        case _:
            return None
