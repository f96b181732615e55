"""Do calls of AWS fail when they shall, as the service would have it?"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation


def client(service: str, region: str = "us-east-1") -> Any:
    """Return a client of a service."""
    return boto3.client(service, region_name=region)


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A world with a queue."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "orders")
        yield simulation


def refusal(call: Any, **given: Any) -> tuple[int, str, str]:
    """Return how a call is refused: status, code and words; zero and nothing if it is not."""
    try:
        call(**given)
    except ClientError as error:
        told = error.response
        return told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"], told["Error"]["Message"]
    return 0, "", ""


@pytest.mark.parametrize(
    ("service", "operation", "settings", "told"),
    [
        ("sqs", "list_queues", {"throttle": True}, (400, "RequestThrottled", "Rate exceeded")),
        ("s3", "list_buckets", {"throttle": True}, (503, "SlowDown", "Rate exceeded")),
        ("lambda", "list_functions", {"throttle": True}, (429, "TooManyRequestsException", "Rate exceeded")),
        ("sns", "list_topics", {"error": True}, (500, "InternalError", "a fault of the scenario")),
        ("ssm", "describe_parameters", {"error": True}, (500, "InternalServerError", "a fault of the scenario")),
        ("events", "list_rules", {"throttle": True}, (400, "ThrottlingException", "Rate exceeded")),
        (
            "lambda",
            "list_functions",
            {"error": "ServiceException"},
            (500, "ServiceException", "a fault of the scenario"),
        ),
        ("sqs", "list_queues", {"error": "Odd", "message": "so it is", "status": 418}, (418, "Odd", "so it is")),
    ],
)
def test_a_call_fails_as_the_service_has_it(
    world: SyncSimulation, service: str, operation: str, settings: dict[str, Any], told: tuple[int, str, str]
) -> None:
    """With the code and the status that its model has, unless a fault says otherwise."""
    world.add_service_fault(service=service, **settings)

    assert refusal(getattr(client(service), operation)) == told


def test_only_calls_that_are_meant_suffer(world: SyncSimulation) -> None:
    """By service, operation, text and time; of several, the first that strikes decides."""
    sqs, sns = client("sqs"), client("sns")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    world.add_service_fault(service="sqs", operation="SendMessage", contains="poison", error="First")
    world.add_service_fault(service="sqs", operation="SendMessage", error="Second", **{"from": "1 minute"})
    world.add_service_fault(error="All", **{"from": "2 minutes", "until": "3 minutes"})

    def send(body: str) -> str:
        return refusal(sqs.send_message, QueueUrl=url, MessageBody=body)[1]

    at_first = send("plain"), send("poison")
    world.advance("1 minute")
    later = send("plain"), send("poison"), refusal(sqs.list_queues)[1], refusal(sns.list_topics)[1]
    world.advance("1 minute")
    in_the_end = refusal(sqs.list_queues)[1], refusal(sns.list_topics)[1]
    world.advance("1 minute")

    assert at_first == ("", "First")
    assert later == ("Second", "First", "", "")
    assert in_the_end == ("All", "All")
    assert refusal(sns.list_topics)[1] == ""


def test_the_sdk_of_a_function_tries_again_in_virtual_time(world: SyncSimulation) -> None:
    """A handler that meets throttles takes longer, and the trace tells of each."""

    def sends(event: Any, context: Any) -> int:
        sqs = client("sqs")
        answer = sqs.get_queue_url(QueueName="orders")
        return int(answer["ResponseMetadata"]["RetryAttempts"])

    world.add_function("f", handler=sends, timeout=60)
    world.add_service_fault(service="sqs", error=True, until=0.15)

    attempts = world.invoke("f")

    assert attempts >= 1
    suffered = [entry.detail["fault"] for entry in world.trace.entries(("fault injected",))]
    assert suffered == ["InternalFailure"] * attempts


def test_a_call_takes_longer(world: SyncSimulation) -> None:
    """For a handler as for a client outside; an error comes only then."""
    taken_ms = []

    def asks(event: Any, context: Any) -> None:
        left_ms = context.get_remaining_time_in_millis()
        client("sqs").list_queues()
        taken_ms.append(left_ms - context.get_remaining_time_in_millis())

    world.add_function("f", handler=asks, timeout=60)
    world.add_service_fault(service="sqs", latency="800 ms")
    world.add_service_fault(service="sns", latency="2 s", error="Late", status=400)

    world.invoke("f")
    before_s = world.now_s
    told = refusal(client("sns").list_topics)

    assert taken_ms == [800]
    assert (told[1], round(world.now_s - before_s, 3)) == ("Late", 2.0)


def test_luck_follows_from_the_seed() -> None:
    """And is the fault's own."""

    def run(seed: int) -> list[str]:
        with SyncSimulation(seed=seed) as world:
            world.add_service_fault(service="sqs", error="Odd", probability=0.5)
            return [refusal(client("sqs").list_queues)[1] for _ in range(20)]

    assert run(1) == run(1) != run(2)
    assert 5 <= run(1).count("Odd") <= 15


def test_a_region_goes_dark(world: SyncSimulation) -> None:
    """A fault is of the account and region that has it."""
    world.elsewhere("eu-west-1").add_service_fault(error=True)

    assert refusal(client("sqs", "eu-west-1").list_queues)[0] == 500
    assert refusal(client("sqs").list_queues)[0] == 0


@pytest.mark.parametrize(
    ("settings", "words", "key"),
    [
        ({"service": "sqs"}, "the fault does nothing", "service_faults[0]"),
        ({"throttle": True, "error": True}, "leave `error` out", "service_faults[0]"),
        ({"operation": "PutItem", "error": True}, "whose operation is it", "service_faults[0].operation"),
        ({"service": "sqss", "error": True}, "did you mean `sqs`", "service_faults[0].service"),
        ({"service": "sqs", "operation": "Send", "error": True}, "no operation", "service_faults[0].operation"),
        ({"error": True, "from": 5, "until": 5}, "ends before it begins", "service_faults[0]"),
        ({"latency": "soon"}, "soon", "service_faults[0].latency"),
    ],
)
def test_a_fault_without_sense_is_refused(
    world: SyncSimulation, settings: dict[str, Any], words: str, key: str
) -> None:
    """And nothing of it stays."""
    with pytest.raises(ConfigurationError) as error:
        world.add_service_fault(**settings)

    assert words in str(error.value)
    assert error.value.key == key
    assert refusal(client("sqs").list_queues)[0] == 0
