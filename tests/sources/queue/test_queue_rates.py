"""How many requests does a FIFO queue take in a second?"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk

HIGH = {"deduplication_scope": "messageGroup", "throughput_limit": "perMessageGroupId"}


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """An open simulation without anything in it."""
    with SyncSimulation(seed=1) as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def sqs(world: SyncSimulation) -> Any:
    """A client of SQS in a world that throttles."""
    world.throttles = True
    return sdk.client("sqs", world.region)


def added(world: SyncSimulation, name: str = "jobs.fifo", **settings: Any) -> str:
    """Add a queue and return its URL."""
    queue: Any = world.add_source("queues", name, **settings)
    return str(queue.url)


def send(sqs: Any, url: str, count: int, group: str = "g") -> None:
    """Send so many messages, one by one."""
    for number in range(count):
        identifier = f"{group}-{number}"
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=group, MessageDeduplicationId=identifier)


def test_a_fifo_queue_takes_300_calls_of_an_action_a_second(world: SyncSimulation, sqs: Any) -> None:
    """A batch is one of them; other actions have calls of their own."""
    url = added(world, content_based_deduplication=True)
    send(sqs, url, 299)
    batch = [{"Id": str(number), "MessageBody": str(number), "MessageGroupId": "b"} for number in range(10)]
    sqs.send_message_batch(QueueUrl=url, Entries=batch)

    with pytest.raises(ClientError) as caught:
        send(sqs, url, 1)
    with pytest.raises(sqs.exceptions.RequestThrottled):
        sqs.send_message_batch(QueueUrl=url, Entries=batch)
    received = sqs.receive_message(QueueUrl=url)["Messages"]
    world.advance(0.004)
    send(sqs, url, 1, group="later")

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "RequestThrottled"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert len(received) == 1
    assert [entry.detail for entry in world.trace.entries(["request throttled"])] == [{"action": "SendMessage"}] * 2


def test_receives_and_deletions_are_counted_too(world: SyncSimulation, sqs: Any) -> None:
    """Whether they find anything or not."""
    url = added(world)
    send(sqs, url, 1)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    for _ in range(299):
        sqs.receive_message(QueueUrl=url)
    for _ in range(150):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)
        entries = [{"Id": "x", "ReceiptHandle": handle, "VisibilityTimeout": 60}]
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    for _ in range(150):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "x", "ReceiptHandle": handle}])

    for operation in (
        lambda: sqs.receive_message(QueueUrl=url),
        lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60),
        lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=handle),
    ):
        with pytest.raises(sqs.exceptions.RequestThrottled):
            operation()


def test_high_throughput_counts_by_message_group(world: SyncSimulation, sqs: Any) -> None:
    """A group that is busy does not hinder others, except in the same batch."""
    url = added(world, **HIGH)
    send(sqs, url, 300, group="star")

    with pytest.raises(sqs.exceptions.RequestThrottled):
        send(sqs, url, 1, group="star")
    send(sqs, url, 1, group="ann")
    entries = [
        {"Id": group, "MessageBody": "x", "MessageGroupId": group, "MessageDeduplicationId": "d"}
        for group in ("bob", "star")
    ]
    with pytest.raises(sqs.exceptions.RequestThrottled):
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    for _ in range(301):
        sqs.receive_message(QueueUrl=url)


def test_nothing_is_counted_unless_it_is_asked_for(world: SyncSimulation, sqs: Any) -> None:
    """And a standard queue takes any number anyway."""
    standard, fifo = added(world, "jobs"), added(world)
    for _ in range(301):
        sqs.send_message(QueueUrl=standard, MessageBody="x")

    world.throttles = False

    send(sqs, fifo, 301)


def test_the_sdk_of_a_function_tries_again(world: SyncSimulation, sqs: Any) -> None:
    """So a function gets through, and that takes time."""
    url = added(world)
    send(sqs, url, 300, group="others")

    def handler(event: Any, context: Any) -> None:
        send(sdk.client("sqs"), url, 31, group="mine")

    world.add_function("send", handler=handler)
    world.invoke("send")

    assert world.numbers("queues", "jobs.fifo")["sent"] == 331
    assert world.trace.count("request throttled") > 0
