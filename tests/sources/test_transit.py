"""Does what was on its way between two services go on with the next server?"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eventsim import ApiError, Envelope, SyncSimulation
from eventsim.clock import START_AT
from tests.killed import killed
from tests.sources.conftest import Destination

BUSY_ARN = "arn:aws:sqs:us-east-1:123456789012:busy"


class Busy(Destination):
    """A destination that is in trouble."""

    def accept(self, envelope: Envelope) -> None:
        """Refuse the event, but not for good."""
        raise ApiError("ServiceUnavailable", "come back later", status=503)


@contextmanager
def served(path: Path, *, later_s: int = 0) -> Iterator[SyncSimulation]:
    """Open a world on a database, which begins so much later."""
    start_at = START_AT + timedelta(seconds=later_s)
    with SyncSimulation(seed=1, database=path, start_at=start_at) as world, closing(world.trace):
        yield world


def go_on(world: SyncSimulation) -> None:
    """Have a world take over what the last one left."""
    world.connect()
    world.restore()
    world.resume()


def received(world: SyncSimulation, queue: str) -> list[str]:
    """Return the bodies of the messages in a queue."""
    answer: Any = world.call("sqs", "ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10})
    return [message["Body"] for message in answer.get("Messages", [])]


def with_bucket(world: SyncSimulation) -> None:
    """Have a bucket whose notifications take ten seconds to a queue."""
    world.add_source("queues", "uploads")
    rule = {"queue": "uploads", "events": ["s3:ObjectCreated:*"]}
    world.add_source("buckets", "photos", notification_delay="10 s", notifications=[rule])
    go_on(world)


def test_a_notification_of_a_bucket_goes_on(tmp_path: Path) -> None:
    """It comes when it was to come; what has come does not come again."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_bucket(world)
        world.put("photos", "early.jpg", b"x")
        world.advance("15 s")
        world.put("photos", "late.jpg", b"x")
        world.advance("1 s")
        left = killed(path)

    with served(left, later_s=18) as world:
        with_bucket(world)
        world.advance("6 s")
        before = received(world, "uploads")
        world.advance("2 s")
        after = received(world, "uploads")

    keys = [
        [record["s3"]["object"]["key"] for body in each for record in json.loads(body).get("Records", [])]
        for each in (before, after)
    ]
    assert keys == [["early.jpg"], ["late.jpg"]]


def counts(world: SyncSimulation, *kinds: str) -> list[int]:
    """Return how often something happened."""
    return [world.trace.count(kind) for kind in kinds]


def buried(world: SyncSimulation) -> list[dict[str, str]]:
    """Return the attributes of dead letters."""
    parameters = {"QueueUrl": "dead", "MessageAttributeNames": ["All"]}
    answer: Any = world.call("sqs", "ReceiveMessage", parameters)
    return [
        {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
        for message in answer.get("Messages", [])
    ]


def with_rule(world: SyncSimulation) -> None:
    """Have a rule whose target is in trouble, with five retries."""
    world.add(Busy(BUSY_ARN))
    world.add_source("queues", "dead")
    target = {"arn": BUSY_ARN, "retries": 5, "dead_letter": "dead"}
    world.add_source("rules", "orders", pattern={"source": ["shop"]}, targets=[target])
    go_on(world)


def test_retries_of_a_rule_go_on(tmp_path: Path) -> None:
    """All servers together make as many as the target has, and its dead letter tells of all."""
    path, kinds = tmp_path / "state.db", ("event delivery retried", "undelivered event kept")
    with served(path) as world:
        with_rule(world)
        world.put_event("shop", "order placed", {"n": 1})
        world.advance("3 s")
        left, before = killed(path), counts(world, *kinds)

    with served(left, later_s=60) as world:
        with_rule(world)
        world.advance("2 minutes")
        after = counts(world, *kinds)
        (letter,) = buried(world)

    assert before[0] > 0
    assert [sum(each) for each in zip(before, after, strict=True)] == [5, 1]
    assert (letter["RETRY_ATTEMPTS"], letter["EXHAUSTED_RETRY_CONDITION"]) == ("5", "MaximumRetryAttempts")


def test_an_event_whose_rule_is_gone_is_given_up(tmp_path: Path) -> None:
    """The trace tells of it, and a third server does not hear of it any more."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_rule(world)
        world.put_event("shop", "order placed", {"n": 1})
        world.advance("1 s")
        left = killed(path)

    with served(left, later_s=60) as world:
        go_on(world)
        world.advance("1 s")
        given_up = counts(world, "event delivery failed")
        again = killed(left)
    with served(again, later_s=120) as world:
        with_rule(world)
        world.advance("1 minute")

        assert (given_up, counts(world, "event delivery failed", "event delivery retried")) == ([1], [0, 0])


def with_topic(world: SyncSimulation, *, is_busy: bool, is_subscribed: bool = True) -> None:
    """Have a FIFO topic with a subscriber, which is in trouble or not."""
    if is_busy:
        world.add(Busy(f"{BUSY_ARN}.fifo"))
    else:
        world.add_source("queues", "busy.fifo")
    subscriptions = [{"queue": f"{BUSY_ARN}.fifo", "raw": True}] if is_subscribed else []
    world.add_source("topics", "news.fifo", subscriptions=subscriptions)
    go_on(world)


def publish(world: SyncSimulation, text: str) -> None:
    """Publish a message with an attribute of bytes."""
    attributes = {"trace": {"DataType": "Binary", "BinaryValue": text.encode()}}
    world.publish("news.fifo", text, group="g", deduplication_id=text, attributes=attributes)


def test_messages_of_a_topic_go_on_in_order(tmp_path: Path) -> None:
    """Those that waited behind one in trouble, too, with all that was said of them; none comes twice."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_topic(world, is_busy=True)
        for text in ("first", "second", "third"):
            publish(world, text)
        world.advance("5 s")
        left = killed(path)

    with served(left, later_s=60) as world:
        with_topic(world, is_busy=False)
        publish(world, "fourth")
        world.advance("1 hour")
        parameters = {"QueueUrl": "busy.fifo", "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        answer: Any = world.call("sqs", "ReceiveMessage", parameters)
        again = killed(left)
    with served(again, later_s=7_200) as world:
        with_topic(world, is_busy=False)
        world.advance("1 hour")

        assert counts(world, "message delivered") == [0]
    assert [message["Body"] for message in answer["Messages"]] == ["first", "second", "third", "fourth"]
    assert answer["Messages"][1]["MessageAttributes"]["trace"]["BinaryValue"] == b"second"


@pytest.mark.parametrize("has_topic", [pytest.param(True, id="subscription"), pytest.param(False, id="topic")])
def test_a_message_whose_subscriber_is_gone_is_given_up(tmp_path: Path, has_topic: bool) -> None:
    """As it is if he goes meanwhile; the trace says so."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_topic(world, is_busy=True)
        publish(world, "first")
        world.advance("5 s")
        left = killed(path)

    with served(left, later_s=60) as world:
        if has_topic:
            with_topic(world, is_busy=True, is_subscribed=False)
        else:
            go_on(world)
        world.advance("1 s")
        again, given_up = killed(left), counts(world, "message given up")
    with served(again, later_s=120) as world:
        with_topic(world, is_busy=True)

        assert (given_up, counts(world, "restored")) == ([1], [0])


def with_schedule(world: SyncSimulation) -> None:
    """Have a schedule that fires once, whose target is in trouble, with five retries."""
    world.add(Busy(BUSY_ARN))
    world.add_source("queues", "dead")
    settings: dict[str, Any] = {"expression": "at(2026-01-01T00:00:10)", "after_completion": "delete"}
    world.add_source("schedules", "once", arn=BUSY_ARN, input="hello", retries=5, dead_letter="dead", **settings)
    go_on(world)


def test_retries_of_a_schedule_go_on(tmp_path: Path) -> None:
    """With the firing's own id and time; the schedule deletes itself when the last one is over, and fires no more."""
    path, kinds = tmp_path / "state.db", ("schedule fired", "schedule delivery retried", "undelivered firing kept")
    with served(path) as world:
        with_schedule(world)
        world.advance("12 s")
        left, before = killed(path), counts(world, *kinds)

    with served(left, later_s=60) as world:
        with_schedule(world)
        world.advance("2 minutes")
        after = counts(world, *kinds)
        (letter,) = buried(world)
        schedules = world.sources("schedules")

    assert before[1] > 0
    assert [sum(each) for each in zip(before, after, strict=True)] == [1, 5, 1]
    assert (letter["EXECUTION_TIME"], letter["RETRY_ATTEMPTS"]) == ("2026-01-01T00:00:10Z", "5")
    assert not schedules


def test_a_firing_whose_schedule_is_gone_is_given_up(tmp_path: Path) -> None:
    """The trace tells of it."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_schedule(world)
        world.advance("12 s")
        left = killed(path)

    with served(left, later_s=60) as world:
        go_on(world)

        assert counts(world, "schedule delivery failed") == [1]


def with_dead_letters(world: SyncSimulation) -> str:
    """Have a queue and its dead-letter queue; return the ARN of that."""
    world.add_source("queues", "dead")
    world.add_source("queues", "jobs", dead_letter={"queue": "dead", "max_receive_count": 1})
    go_on(world)
    return world.sources("queues")["dead"].arn


def tasks(world: SyncSimulation, arn: str) -> list[tuple[str, int, int]]:
    """Return status, moved and to be moved of the move tasks of a queue."""
    answer: Any = world.call("sqs", "ListMessageMoveTasks", {"SourceArn": arn, "MaxResults": 10})
    counts = "ApproximateNumberOfMessagesMoved", "ApproximateNumberOfMessagesToMove"
    return [(task["Status"], *(task[name] for name in counts)) for task in answer["Results"]]


def test_a_move_task_goes_on(tmp_path: Path) -> None:
    """With its handle, and each message is moved once."""
    path, jobs_arn = tmp_path / "state.db", "arn:aws:sqs:us-east-1:123456789012:jobs"
    with served(path) as world:
        dead_arn = with_dead_letters(world)
        for number in range(6):
            world.send("dead", f"{number}")
        task = {"SourceArn": dead_arn, "DestinationArn": jobs_arn, "MaxNumberOfMessagesPerSecond": 1}
        started: Any = world.call("sqs", "StartMessageMoveTask", task)
        world.advance("1500 ms")
        left, before = killed(path), tasks(world, dead_arn)

    with served(left, later_s=60) as world:
        with_dead_letters(world)
        world.advance("1500 ms")
        cancelled: Any = world.call("sqs", "CancelMessageMoveTask", {"TaskHandle": started["TaskHandle"]})
        world.advance("5 s")
        after, bodies = tasks(world, dead_arn), received(world, "jobs")

    assert (before, after) == ([("RUNNING", 2, 6)], [("CANCELLED", 4, 6)])
    assert cancelled["ApproximateNumberOfMessagesMoved"] == 4
    assert sorted(bodies) == ["0", "1", "2", "3"]
