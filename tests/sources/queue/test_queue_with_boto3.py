"""Queues as users' code sees them: through boto3's clients, resources and exceptions, in one simulation."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """An open simulation without anything in it."""
    with SyncSimulation(seed=1) as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def sqs(simulation: SyncSimulation) -> Any:
    """A client of SQS in that simulation."""
    return sdk.new_client("sqs")


def test_a_message_goes_through_boto3(sqs: Any) -> None:
    """Send, receive with everything, delete; botocore's own validation and parsing included."""
    url = sqs.create_queue(QueueName="orders", tags={"team": "a"})["QueueUrl"]
    attributes = {"b": {"DataType": "Binary", "BinaryValue": b"\x01"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="body", MessageAttributes=attributes)

    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    assert message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x01"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_resource_finds_its_queue(simulation: SyncSimulation) -> None:
    """Queues and messages as objects."""
    resource = boto3.resource("sqs", **sdk.KEYS)
    resource.create_queue(QueueName="orders")
    queue = resource.get_queue_by_name(QueueName="orders")
    queue.send_message(MessageBody="body")

    (message,) = queue.receive_messages(AttributeNames=["All"])
    message.delete()

    assert message.attributes["ApproximateReceiveCount"] == "1"
    assert queue.attributes["ApproximateNumberOfMessages"] == "0"


def test_a_paginator_lists_all_queues(sqs: Any) -> None:
    """Page by page, by token."""
    urls = [sqs.create_queue(QueueName=f"orders-{number}")["QueueUrl"] for number in range(5)]

    pages = list(sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert [url for page in pages for url in page["QueueUrls"]] == urls


@pytest.mark.parametrize(
    ("operation", "parameters", "exception", "code"),
    [
        (
            "get_queue_url",
            {"QueueName": "none"},
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
        (
            "create_queue",
            {"QueueName": "orders", "Attributes": {"DelaySeconds": "9"}},
            "QueueNameExists",
            "QueueAlreadyExists",
        ),
        (
            "delete_message",
            {"QueueUrl": "orders", "ReceiptHandle": "garbage"},
            "ReceiptHandleIsInvalid",
            "ReceiptHandleIsInvalid",
        ),
        (
            "send_message_batch",
            {"QueueUrl": "orders", "Entries": []},
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
        ),
    ],
    ids=["no queue", "other attributes", "bad handle", "empty batch"],
)
def test_errors_are_botocores_exceptions(
    sqs: Any, operation: str, parameters: dict[str, Any], exception: str, code: str
) -> None:
    """The class follows the model's name, the code is the one that users know."""
    sqs.create_queue(QueueName="orders")

    with pytest.raises(getattr(sqs.exceptions, exception)) as caught:
        getattr(sqs, operation)(**parameters)

    assert isinstance(caught.value, ClientError)
    assert caught.value.response["Error"]["Code"] == code


def test_a_long_poll_takes_virtual_time(simulation: SyncSimulation, sqs: Any) -> None:
    """Twenty seconds pass, and no real one."""
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    assert simulation.now_s == 20.0


def test_a_poison_message_is_tried_and_then_put_aside(simulation: SyncSimulation) -> None:
    """Counts 1 and 2 at the function, then the dead-letter queue, at the instants that the rules give (recorded)."""
    simulation.add_source("queues", "dead")
    dead_letter = {"queue": "dead", "max_receive_count": 2}
    simulation.add_source("queues", "orders", visibility_timeout="30 s", dead_letter=dead_letter)
    seen: list[tuple[float, str]] = []

    def handler(event: dict[str, Any], context: object) -> None:
        count = event["Records"][0]["attributes"]["ApproximateReceiveCount"]
        seen.append((simulation.now_s, count))
        raise ValueError("poison")

    simulation.add_function("charge", handler=handler, init_duration="100 ms")
    simulation.add_mapping(function="charge", source="orders")
    simulation.send("orders", "poison")

    simulation.until_idle()

    assert seen == [(0.1, "1"), (30.0, "2")]
    assert simulation.now_s == 60.0
    assert simulation.sources("queues")["orders"].summary()["dead_lettered"] == 1
    assert simulation.sources("queues")["dead"].summary()["visible"] == 1
