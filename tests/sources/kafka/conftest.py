"""A cluster of Kafka, and functions that read its topics."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from eventsim import SyncSimulation

Read = tuple[int, int, str]
"""Partition, offset and value of a record."""


class Reader:
    """A function that notes what it is given, and fails where it is told to."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.at_s: list[float] = []
        self.fails: Callable[[list[Read]], bool] = lambda _: False
        self.answer: Any = None

    def __call__(self, event: Any, context: Any) -> Any:
        self.events.append(event)
        if self.fails(records_of(event)):
            raise ValueError("no")
        return self.answer

    @property
    def batches(self) -> list[list[Read]]:
        """Return what was in each batch."""
        return [records_of(event) for event in self.events]

    @property
    def values(self) -> list[str]:
        """Return every value, in the order in which they came."""
        return [value for batch in self.batches for _, _, value in batch]


def records_of(event: Any) -> list[Read]:
    """Return the records of an event."""
    return [
        (record["partition"], record["offset"], base64.b64decode(record.get("value", "")).decode())
        for records in event["records"].values()
        for record in records
    ]


class Shop:
    """A cluster with the topic `orders`, and what one does with it."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def topic(self, **settings: Any) -> None:
        """Declare the topic."""
        self.simulation.add_source("clusters", "shop", topics={"orders": settings})

    def reader(self, name: str = "book", **settings: Any) -> Reader:
        """Let a function read the topic."""
        reader = Reader()
        self.simulation.add_function(name, handler=reader)
        self.simulation.add_mapping(source="shop", topic="orders", function=name, **settings)
        return reader

    def produce(self, *values: str, **options: Any) -> None:
        """Produce some records."""
        for value in values:
            self.simulation.produce("orders", value, **options)

    def until_idle(self) -> None:
        """Wait until nothing is left to do."""
        self.simulation.until_idle()

    def told(self, kind: str) -> list[Any]:
        """Return the entries of a kind."""
        return list(self.simulation.trace.entries([kind]))


@pytest.fixture
def shop(world: SyncSimulation) -> Shop:
    """Return a cluster to be."""
    return Shop(world)
