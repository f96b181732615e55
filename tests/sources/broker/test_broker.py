"""How does a function get the messages of a broker? In batches, again when it fails; what is processed is gone."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation

Batch = list[tuple[str, bool]]
"""The data of messages, and whether they were delivered before."""


class Worker:
    """A function that notes what it is given, and fails where it is told to."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.events: list[dict[str, Any]] = []
        self.at_s: list[float] = []
        self.fails: Callable[[Batch], bool] = lambda _: False

    def __call__(self, event: Any, context: Any) -> None:
        self.events.append(event)
        self.at_s.append(self.simulation.now_s)
        if self.fails(batch_of(event)):
            raise ValueError("no")

    @property
    def batches(self) -> list[Batch]:
        """Return what was in each batch."""
        return [batch_of(event) for event in self.events]


def batch_of(event: Any) -> Batch:
    """Return the messages of an event."""
    messages = event.get("messages") or [each for of_one in event["rmqMessagesByQueue"].values() for each in of_one]
    return [(base64.b64decode(each["data"]).decode(), each["redelivered"]) for each in messages]


@pytest.fixture
def broker(world: SyncSimulation) -> Callable[..., Worker]:
    """Return what makes a broker with a mapping of its queue `jobs`."""

    def make(engine: str = "activemq", *, duration: str = "1 ms", **settings: Any) -> Worker:
        worker = Worker(world)
        world.add_source("brokers", "mq", engine=engine)
        world.add_function("work", handler=worker, duration=duration, timeout="1 minute")
        world.add_mapping(source="mq", queue="jobs", function="work", **settings)
        world.until_idle()
        return worker

    return make


def test_a_message_of_activemq_is_as_lambda_hands_it_over(broker: Any, world: SyncSimulation) -> None:
    """Its data is base64, its dates are milliseconds."""
    work = broker()
    identifier = world.send("jobs", {"job": 1}, broker="mq")
    world.until_idle()

    (event,) = work.events
    (message,) = event["messages"]
    assert (event["eventSource"], event["eventSourceArn"]) == ("aws:mq", world.directory.sources("brokers")["mq"].arn)
    assert message["messageID"] == identifier
    assert message["destination"] == {"physicalName": "jobs"}
    assert base64.b64decode(message["data"]) == b'{"job": 1}'
    assert (message["timestamp"], message["brokerOutTime"]) == (1767225600000, 1767225600500)
    assert world.numbers("brokers", "mq") == {"sent": 1, "settled": 1, "messages": 0}


def test_a_message_of_rabbitmq_stands_under_its_queue(broker: Any, world: SyncSimulation) -> None:
    """With its virtual host."""
    work = broker("rabbitmq", virtual_host="shop")
    world.send("jobs", "elsewhere", broker="mq")
    world.send("jobs", "here", broker="mq", virtual_host="shop")
    world.until_idle()

    (event,) = work.events
    assert event["eventSource"] == "aws:rmq"
    assert list(event["rmqMessagesByQueue"]) == ["jobs::shop"]
    assert work.batches == [[("here", False)]]


@pytest.mark.parametrize(("engine", "at_once"), [("activemq", 5), ("rabbitmq", 1)])
def test_a_mapping_has_so_many_batches_in_flight(broker: Any, world: SyncSimulation, engine: str, at_once: int) -> None:
    """Five of ActiveMQ, one of RabbitMQ, whatever the function may (documented)."""
    work = broker(engine, duration="10 s", batch_size=2, batching_window=0)
    for number in range(12):
        world.send("jobs", str(number), broker="mq")
    world.advance("9 s")
    begun = len(work.events)
    world.until_idle()

    assert begun == at_once
    assert sorted(int(data) for batch in work.batches for data, _ in batch) == list(range(12))
    assert {len(batch) for batch in work.batches} == {2}


def test_a_batch_fills_before_another_begins(broker: Any, world: SyncSimulation) -> None:
    """A consumer that waits for more is given it first."""
    work = broker(batch_size=3, batching_window="5 s")
    for number in range(4):
        world.send("jobs", str(number), broker="mq")
        world.advance("1 s")
    world.until_idle()

    assert work.batches == [[("0", False), ("1", False), ("2", False)], [("3", False)]]


def test_a_batch_that_fails_is_delivered_again(broker: Any, world: SyncSimulation) -> None:
    """Until it succeeds; its messages tell of it, and stay in the queue until then."""
    work = broker("rabbitmq", batch_size=1, batching_window=0)
    work.fails = lambda batch: len(work.events) < 3
    world.send("jobs", "a", broker="mq")
    world.send("jobs", "b", broker="mq")
    waiting = world.numbers("brokers", "mq")["messages"]
    world.until_idle()

    assert work.batches == [[("a", False)], [("a", True)], [("a", True)], [("b", False)]]
    assert (waiting, world.numbers("brokers", "mq")["messages"]) == (2, 0)


def test_a_message_that_nobody_can_process_expires(broker: Any, world: SyncSimulation) -> None:
    """After a week, so that a run has an end (ours: brokers keep messages as long as they are told to)."""
    work = broker("rabbitmq")
    work.fails = lambda batch: True
    world.send("jobs", "poison", broker="mq")
    world.until_idle()

    (lost,) = world.trace.entries(["records lost"])
    assert lost.at_us // 86_400_000_000 == 7


def test_what_a_filter_does_not_match_is_acknowledged(broker: Any, world: SyncSimulation) -> None:
    """A filter sees the data decoded; what is no JSON goes past a filter that asks for it."""
    work = broker(filters=[{"data": {"kind": ["job"]}}])
    for text in ('{"kind": "job"}', '{"kind": "talk"}', "plain"):
        world.send("jobs", text, broker="mq")
    world.until_idle()

    assert work.batches == [[('{"kind": "job"}', False), ("plain", False)]]
    assert world.numbers("brokers", "mq")["settled"] == 3


def test_two_functions_share_the_messages_of_a_queue(broker: Any, world: SyncSimulation) -> None:
    """Each message goes to one of them; one whose mapping is disabled takes none."""
    work = broker("rabbitmq", batch_size=1, batching_window=0)
    other = Worker(world)
    world.add_function("other", handler=other)
    world.add_mapping(source="mq", queue="jobs", function="other", batch_size=1, batching_window=0)
    world.until_idle()
    for number in range(4):
        world.send("jobs", str(number), broker="mq")
    world.until_idle()
    shared = len(work.events), len(other.events)
    mappings: Any = world.request("lambda", "ListEventSourceMappings", {"FunctionName": "work"})["EventSourceMappings"]
    world.request("lambda", "UpdateEventSourceMapping", {"UUID": mappings[0]["UUID"], "Enabled": False})
    world.until_idle()
    world.send("jobs", "4", broker="mq")
    world.until_idle()

    assert shared == (2, 2)
    assert other.batches[-1] == [("4", False)]


@pytest.mark.parametrize("is_in_flight", [False, True])
def test_what_a_mapping_took_goes_back_when_it_is_deleted(
    broker: Any, world: SyncSimulation, is_in_flight: bool
) -> None:
    """A batch in flight ends as it ends; if it fails, others have its messages."""
    work = broker("rabbitmq", duration="10 s", batch_size=2, batching_window=0 if is_in_flight else "1 minute")
    work.fails = lambda batch: True
    sent = ("a", "b") if is_in_flight else ("a",)
    for text in sent:
        world.send("jobs", text, broker="mq")
    world.advance("5 s")
    mappings: Any = world.request("lambda", "ListEventSourceMappings", {})["EventSourceMappings"]
    world.request("lambda", "DeleteEventSourceMapping", {"UUID": mappings[0]["UUID"]})
    other = Worker(world)
    world.add_function("other", handler=other)
    world.add_mapping(source="mq", queue="jobs", function="other")
    world.until_idle()

    assert len(work.events) == is_in_flight
    assert [data for batch in other.batches for data, _ in batch] == list(sent)
    assert world.numbers("brokers", "mq")["messages"] == 0


def test_a_broker_with_queues_has_no_others(world: SyncSimulation) -> None:
    """Nor is there a broker that nobody declared."""
    world.add_source("brokers", "mq", queues=["jobs"])

    with pytest.raises(ApiError, match="The broker mq has jobs, and no job"):
        world.send("job", "x", broker="mq")
    with pytest.raises(ConfigurationError, match="there is no broker 'm'"):
        world.send("jobs", "x", broker="m")
