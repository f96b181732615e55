"""A simulation with clients of SNS and SQS, and what tests of topics ask again and again."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import ApiError, Envelope, SyncSimulation
from tests import sdk

ACCOUNT = "123456789012"


def queue_arn(name: str) -> str:
    """Return the ARN of a queue."""
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def function_arn(name: str) -> str:
    """Return the ARN of a function."""
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


class Troubled:
    """A target that refuses so many times, in a way, and then takes what it is given."""

    kind = "queues"

    def __init__(self, arn: str, times: int, error: ApiError) -> None:
        self.arn = arn
        self.name = arn.rpartition(":")[2]
        self.times = times
        self.error = error
        self.taken: list[Envelope] = []

    def accept(self, envelope: Envelope) -> None:
        """Take it, or refuse."""
        if self.times:
            self.times -= 1
            raise self.error
        self.taken.append(envelope)

    def summary(self) -> dict[str, int]:
        """Return nothing worth knowing."""
        return {}


class Place:
    """A simulation and its clients."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.sns: Any = sdk.client("sns")
        self.sqs: Any = sdk.client("sqs")

    def topic(self, name: str = "t", **attributes: str) -> str:
        """Make a topic and return its ARN."""
        if name.endswith(".fifo"):
            attributes["FifoTopic"] = "true"
        arn: str = self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        return arn

    def queue(self, name: str = "q", **attributes: str) -> str:
        """Make a queue and return its ARN."""
        if name.endswith(".fifo"):
            attributes["FifoQueue"] = "true"
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        return queue_arn(name)

    def subscribe(self, topic: str, endpoint: str, protocol: str = "sqs", **attributes: str) -> str:
        """Subscribe an endpoint and return the subscription's ARN."""
        arn: str = self.sns.subscribe(
            TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        return arn

    def subscribed_queue(self, topic: str, name: str = "q", **attributes: str) -> str:
        """Make a queue, subscribe it, and return the subscription's ARN."""
        return self.subscribe(topic, self.queue(name), **attributes)

    def publish(self, topic: str, message: str = "hello", **more: Any) -> str:
        """Publish a message and return its id."""
        message_id: str = self.sns.publish(TopicArn=topic, Message=message, **more)["MessageId"]
        return message_id

    def messages(self, queue: str = "q") -> list[dict[str, Any]]:
        """Receive and delete what is in a queue."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found: list[dict[str, Any]] = []
        while True:
            given = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not given:
                return found
            for message in given:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found += given

    def bodies(self, queue: str = "q") -> list[str]:
        """Receive and delete what is in a queue, and return the bodies."""
        return [message["Body"] for message in self.messages(queue)]

    def notifications(self, queue: str = "q") -> list[dict[str, Any]]:
        """Receive and delete what is in a queue, and return the notifications in it."""
        return [json.loads(body) for body in self.bodies(queue)]

    def details(self, kind: str) -> list[Any]:
        """Return the details of the trace's entries of a kind."""
        return [entry.detail for entry in self.simulation.trace.entries([kind])]


@pytest.fixture
def place() -> Iterator[Place]:
    """An open simulation without anything in it, and its clients."""
    with SyncSimulation(seed=1) as simulation:
        yield Place(simulation)
    simulation.trace.close()


@pytest.fixture
def zipped() -> bytes:
    """An archive with a function."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    return file.getvalue()
