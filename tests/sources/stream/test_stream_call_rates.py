"""How often may operations be called in a second, where calls are counted?"""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk
from tests.sdk import refusal

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream"


@pytest.fixture
def counting(world: SyncSimulation, new_stream: Callable[..., Any]) -> SyncSimulation:
    """A world that throttles, with two streams."""
    world.throttles = True
    new_stream("orders", consumers=["audit"])
    new_stream("clicks", consumers=["audit"])
    return world


def test_an_account_describes_ten_times_a_second(counting: SyncSimulation, kinesis: Any) -> None:
    """Whichever streams they are; a tenth of a second later it may once more."""
    for number in range(10):
        kinesis.describe_stream(StreamName=("orders", "clicks")[number % 2])

    told = refusal(kinesis.describe_stream, StreamName="orders")
    kinesis.list_shards(StreamName="orders")
    counting.advance(0.1)
    kinesis.describe_stream(StreamName="orders")

    assert told == ("LimitExceededException", "Rate exceeded for stream orders under account 123456789012.")
    (entry,) = counting.trace.entries(["request throttled"])
    assert (entry.place, entry.detail) == ("stream orders", {"action": "DescribeStream"})


def test_an_operation_without_a_stream_is_counted_too(counting: SyncSimulation, kinesis: Any) -> None:
    """One DescribeLimits in a second."""
    kinesis.describe_limits()

    told = refusal(kinesis.describe_limits)

    assert told == ("LimitExceededException", "Rate exceeded for account 123456789012.")


def test_some_rates_are_those_of_each_stream(counting: SyncSimulation, kinesis: Any) -> None:
    """By its ARN, or that of a consumer."""
    (consumer,) = kinesis.list_stream_consumers(StreamARN=f"{ARN}/orders")["Consumers"]
    for _ in range(20):
        kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])

    code, _ = refusal(kinesis.describe_stream_consumer, StreamARN=f"{ARN}/orders", ConsumerName="audit")
    kinesis.describe_stream_consumer(StreamARN=f"{ARN}/clicks", ConsumerName="audit")

    assert code == "LimitExceededException"


def test_calls_are_not_counted_unless_it_is_asked_for(counting: SyncSimulation, kinesis: Any) -> None:
    """A test may make as many streams as it likes."""
    counting.throttles = False

    for number in range(20):
        kinesis.create_stream(StreamName=f"s{number}", ShardCount=1)


def test_functions_get_through(counting: SyncSimulation) -> None:
    """Their SDK tries again, and that takes time."""

    def handler(event: Any, context: Any) -> None:
        client = sdk.client("kinesis")
        for _ in range(12):
            client.describe_stream(StreamName="orders")

    counting.add_function("look", handler=handler)
    counting.invoke("look")

    assert counting.trace.count("request throttled") > 0
    assert counting.clock.now_us > 100_000
