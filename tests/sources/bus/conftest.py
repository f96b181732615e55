"""A simulation with boto3 clients, a queue, and a function that keeps what it gets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

HERE = "us-east-1:123456789012"
QUEUE_ARN = f"arn:aws:sqs:{HERE}:inbox"


class Bench:
    """A simulation with a queue `inbox`, and the clients of its services."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.events: Any = sdk.client("events")
        self.sqs: Any = sdk.client("sqs")
        self.sqs.create_queue(QueueName="inbox")

    def rule(self, name: str = "r", pattern: object = None, **given: Any) -> str:
        """Put a rule and return its ARN."""
        if pattern is not None:
            given["EventPattern"] = json.dumps(pattern)
        arn: str = self.events.put_rule(Name=name, **given)["RuleArn"]
        return arn

    def target(self, rule: str = "r", arn: str = QUEUE_ARN, *, bus: str = "default", **given: Any) -> None:
        """Give a rule a target."""
        target = {"Id": "t", "Arn": arn, **given}
        self.events.put_targets(Rule=rule, EventBusName=bus, Targets=[target])

    def put(self, detail: object = None, *, source: str = "shop", kind: str = "paid", **given: Any) -> Any:
        """Put an event and run until idle; return the entry of the answer."""
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail or {}), **given}
        (result,) = self.events.put_events(Entries=[entry])["Entries"]
        self.simulation.until_idle()
        return result

    def got(self, queue: str = "inbox") -> list[str]:
        """Take the bodies of all messages that are in a queue."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        bodies: list[str] = []
        while messages := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return bodies

    def messages(self, queue: str) -> list[Any]:
        """Take up to ten messages with their attributes."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(found.get("Messages", []))

    def told(self, kind: str) -> list[Any]:
        """Return the details of the trace's entries of a kind."""
        return [entry.detail for entry in self.simulation.trace.entries([kind])]


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return an open bench."""
    with SyncSimulation(seed=1) as simulation:
        yield Bench(simulation)
    simulation.trace.close()
