"""A queue as the core knows it: a target, a pollable source, and a section of the scenario."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from eventsim import ApiError, ConfigurationError, Envelope, Lineage, Pollable, Source, Target, World
from eventsim_sources.queue.settings import RedriveAllowPolicy, Settings
from eventsim_sources.queue.source import Queue, QueueKind
from eventsim_sources.queue.spec import DeadLetterSpec, QueueSpec, build_settings

SECOND = 1_000_000


def new_queue(world: World, name: str = "orders", **settings: Any) -> Queue:
    """Build a queue as a scenario does, and tie it to the others."""
    spec = QueueSpec(**settings)
    kind = QueueKind()
    queue = kind.create(world, name, spec)
    world.add(queue)
    kind.connect(world, queue, spec)
    return queue


def pass_s(world: World, seconds: int) -> None:
    """Let virtual time pass."""
    world.clock.loop.run_until(world.clock.now_us + seconds * SECOND)


def kinds(world: World) -> list[tuple[str, str]]:
    """Return what the trace tells, as kinds and subjects."""
    return [(entry.kind, entry.subject) for entry in world.trace.entries()]


def test_a_queue_fits_the_doors_of_the_core(world: World) -> None:
    """It is a source, a target, and pollable."""
    queue = new_queue(world)

    source: Source = queue
    target: Target = queue
    assert isinstance(queue, Pollable)
    assert source.arn == target.arn == "arn:aws:sqs:us-east-1:123456789012:orders"


def test_a_record_is_what_lambda_gets(world: World) -> None:
    """Every member as in the recorded event, in its order."""
    queue = new_queue(world)
    attributes = {
        "Author": {"DataType": "String", "StringValue": "John Grisham"},
        "Title": {"DataType": "String", "StringValue": "The Whistler"},
        "WeeksOn": {"DataType": "Number", "StringValue": "6"},
    }
    queue.accept(Envelope(body='{"order": 1}', attributes=attributes))
    world.clock.loop.run_until(2_500)

    taken = queue.take(10)
    (record,) = queue.records(taken)

    assert record == {
        "messageId": taken[0].identifier,
        "receiptHandle": record["receiptHandle"],
        "body": '{"order": 1}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1767225600000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1767225600002",
        },
        "messageAttributes": {
            name: {
                "stringValue": value["StringValue"],
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in attributes.items()
        },
        "md5OfMessageAttributes": "d25a6aea97eb8f585bfa92d314504a92",
        "md5OfBody": "dc97bbb7eff3689c366f23d88bae9f28",
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": "us-east-1",
    }
    assert record["receiptHandle"].startswith("AQEB")
    assert list(record)[-6:] == [
        "messageAttributes",
        "md5OfMessageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    ]


def test_a_plain_record_has_no_digest_of_attributes(world: World) -> None:
    """`messageAttributes` is empty and `md5OfMessageAttributes` absent (recorded)."""
    queue = new_queue(world)
    queue.send("a")

    (record,) = queue.records(queue.take(1))

    assert record["messageAttributes"] == {}
    assert "md5OfMessageAttributes" not in record
    assert set(record["attributes"]) == {
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    }


def test_a_fifo_record_tells_its_place(world: World) -> None:
    """Sequence number, group and deduplication id stand in `attributes`."""
    queue = new_queue(world, "orders.fifo")
    queue.send("a", group="g", deduplication_id="d")

    (record,) = queue.records(queue.take(1))

    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("g", "d")
    assert len(attributes["SequenceNumber"]) == 20
    assert record["eventSourceARN"].endswith(":orders.fifo")


def test_a_binary_attribute_is_base64_in_a_record(world: World) -> None:
    """`binaryValue` stands in place of `stringValue`."""
    queue = new_queue(world)
    attributes: Any = {"b": {"DataType": "Binary", "BinaryValue": b"\x01\x02"}}
    queue.send("a", attributes=attributes)

    (record,) = queue.records(queue.take(1))

    assert record["messageAttributes"]["b"] == {
        "binaryValue": "AQI=",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "Binary",
    }


def test_one_message_twice_in_a_batch_is_settled_once(world: World) -> None:
    """A long batching window may gather a message from two receives."""
    queue = new_queue(world, visibility_timeout="1 s")
    queue.send("a")
    queue.send("b")
    first = queue.take(10)
    pass_s(world, 1)
    second = queue.take(10)

    queue.settle([*first, *second], cause=0)

    assert queue.summary() == {
        "sent": 2,
        "received": 4,
        "deleted": 2,
        "dead_lettered": 0,
        "visible": 0,
        "in_flight": 0,
        "delayed": 0,
    }


def test_a_body_that_was_fine_is_checked_anew_under_new_settings(world: World) -> None:
    """What was checked once is remembered only as long as the rules are the same."""
    queue = new_queue(world)
    body = "x" * 2_000
    queue.send(body)
    queue.apply(msgspec.structs.replace(queue.settings, message_bytes_max=1_024))

    with pytest.raises(ApiError, match="Message must be shorter than 1024 bytes"):
        queue.send(body)


def test_what_was_taken_stays_as_it_was_taken(world: World) -> None:
    """A mapping that holds a delivery for long does not see what another receive made of the message."""
    queue = new_queue(world, visibility_timeout="10 s")
    queue.send("a")
    (first,) = queue.take(1)
    pass_s(world, 10)

    (second,) = queue.take(1)

    assert (first.receive_count, first.hidden_until_us) == (1, 10 * SECOND)
    assert (second.receive_count, second.hidden_until_us) == (2, 20 * SECOND)
    assert queue.records([first])[0]["attributes"]["ApproximateReceiveCount"] == "1"


def test_a_mapping_may_hide_for_longer(world: World) -> None:
    """The time it asks for comes before the queue's."""
    queue = new_queue(world)
    queue.send("a")

    (taken,) = queue.take(1, hidden_us=90 * SECOND)

    assert taken.hidden_until_us == 90 * SECOND


def test_what_is_settled_is_deleted(world: World) -> None:
    """The summary counts it, and nothing is left."""
    queue = new_queue(world)
    queue.send("a")

    queue.settle(queue.take(10), cause=0)

    assert queue.summary() == {
        "sent": 1,
        "received": 1,
        "deleted": 1,
        "dead_lettered": 0,
        "visible": 0,
        "in_flight": 0,
        "delayed": 0,
    }


def test_settling_too_late_leaves_a_fifo_message(world: World) -> None:
    """The handle has expired, and the trace says so."""
    queue = new_queue(world, "orders.fifo", visibility_timeout="1 s")
    queue.send("a", group="g", deduplication_id="d")
    taken = queue.take(1)
    pass_s(world, 2)

    queue.settle(taken, cause=0)

    assert queue.summary()["visible"] == 1
    assert ("delete refused", "message m1") in kinds(world)


def test_the_size_counts_what_json_adds(world: World) -> None:
    """Quotation marks, line ends and backslashes take two bytes in the event."""
    queue = new_queue(world)
    queue.send("a" * 10)
    queue.send('"\n\\' * 10)

    plain, escaped = (each.size_bytes for each in queue.take(2))

    assert escaped - plain == 50


@pytest.mark.parametrize(("at_s", "calls"), [(4, 0), (5, 1)], ids=["before", "at"])
def test_who_waits_is_woken_when_a_delayed_message_becomes_visible(world: World, at_s: int, calls: int) -> None:
    """Once, at the very instant."""
    queue = new_queue(world, delay="5 s")
    woken: list[int] = []
    queue.when_ready(lambda: woken.append(world.clock.now_us))
    queue.send("a")

    pass_s(world, at_s)

    assert woken == [5 * SECOND] * calls


@pytest.mark.parametrize(
    "cause",
    [
        lambda queue, _: queue.send("a"),
        lambda queue, handle: queue.change_visibility(handle, 0, 0),
    ],
    ids=["send", "visibility zero"],
)
def test_who_waits_is_woken_by_what_makes_a_message_visible(
    world: World, cause: Callable[[Queue, str], object]
) -> None:
    """In a step of its own, at the same instant."""
    queue = new_queue(world)
    queue.send("first")
    (record,) = queue.records(queue.take(1))
    woken: list[int] = []
    queue.when_ready(lambda: woken.append(world.clock.now_us))

    cause(queue, record["receiptHandle"])

    assert woken == []
    pass_s(world, 0)
    assert woken == [0]


def test_who_waits_for_a_blocked_group_is_woken_by_the_delete(world: World) -> None:
    """A visible message behind one in flight is nothing to take."""
    queue = new_queue(world, "orders.fifo")
    for body in "ab":
        queue.send(body, group="g", deduplication_id=body)
    taken = queue.take(1)
    woken: list[int] = []
    queue.when_ready(lambda: woken.append(world.clock.now_us))
    pass_s(world, 1)
    before = list(woken)

    queue.settle(taken, cause=0)
    pass_s(world, 0)

    assert (before, woken) == ([], [SECOND])


def test_a_run_with_an_idle_consumer_ends(world: World) -> None:
    """The timer for a hidden message goes when the message does."""
    queue = new_queue(world)
    queue.send("a")
    taken = queue.take(1)
    queue.when_ready(lambda: None)
    is_idle_before = world.clock.loop.is_idle()

    queue.settle(taken, cause=0)

    assert not is_idle_before
    assert world.clock.loop.is_idle()


def test_the_trace_tells_a_message_s_whole_life(world: World) -> None:
    """Each entry is caused by the one before it."""
    new_queue(world, "dead")
    queue = new_queue(world, visibility_timeout="10 s", dead_letter=DeadLetterSpec(queue="dead", max_receive_count=1))
    queue.accept(Envelope(body="a", cause=0))
    queue.take(1)
    pass_s(world, 15)
    queue.take(1)

    entries = list(world.trace.entries())

    assert [(entry.kind, entry.subject, entry.place, entry.cause) for entry in entries] == [
        ("sent", "message m1", "queue orders", 0),
        ("received", "message m1", "queue orders", 1),
        ("visible again", "message m1", "queue orders", 2),
        ("dead-lettered", "message m1", "queue orders", 3),
        ("arrived as dead letter", "message m1", "queue dead", 4),
    ]
    assert entries[2].value == 10 * SECOND
    assert entries[3].detail == {"to": "dead"}


def test_a_message_keeps_the_chain_that_sent_it(world: World) -> None:
    """Loop detection counts with it, through a dead-letter queue too."""
    dead = new_queue(world, "dead")
    queue = new_queue(world, visibility_timeout="0 s", dead_letter=DeadLetterSpec(queue="dead", max_receive_count=1))
    lineage = Lineage({"f": 3})
    queue.accept(Envelope(body="a", lineage=lineage))

    (taken,) = queue.take(1)
    queue.take(1)
    (given_up,) = dead.take(1)

    assert taken.lineage is lineage
    assert given_up.lineage is lineage


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("orders", "", "MissingParameter"),
        ("orders", "\x01", "InvalidMessageContents"),
        ("orders", "x" * 1025, "InvalidParameterValue"),
        ("orders.fifo", "a", "MissingParameter"),
    ],
    ids=["empty", "bad character", "too large", "no group"],
)
def test_an_event_that_aws_would_refuse_is_refused(world: World, name: str, body: str, code: str) -> None:
    """A target has the same rules as SendMessage."""
    queue = new_queue(world, name, message_size=1024)

    with pytest.raises(ApiError) as caught:
        queue.accept(Envelope(body=body))

    assert caught.value.code == code


def test_a_deleted_queue_accepts_nothing(world: World) -> None:
    """It is gone for whoever still holds it."""
    queue = new_queue(world)
    queue.delete_queue()

    with pytest.raises(ApiError) as caught:
        queue.accept(Envelope(body="a"))

    assert caught.value.code == "AWS.SimpleQueueService.NonExistentQueue"
    assert world.target(queue.arn) is None


# The section of the scenario


def test_every_setting_of_a_scenario_arrives() -> None:
    """Spans and sizes with units become AWS's whole seconds and bytes."""
    spec = msgspec.convert(
        {
            "visibility_timeout": "2 minutes",
            "delay": 5,
            "retention": "1 day",
            "receive_wait": "20 s",
            "message_size": "256 KB",
            "order": "shuffled",
            "duplicates": 0.1,
        },
        QueueSpec,
    )

    assert build_settings("orders", spec) == Settings(
        visibility_timeout_s=120,
        delay_s=5,
        retention_s=86_400,
        wait_s=20,
        message_bytes_max=262_144,
        order="shuffled",
        duplicates=0.1,
    )


def test_a_name_says_that_a_queue_is_fifo() -> None:
    """Who writes `.fifo` need not say it twice."""
    spec = QueueSpec(content_based_deduplication=True)

    assert build_settings("orders.fifo", spec) == Settings(is_fifo=True, has_content_deduplication=True)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("or ders", {}, "cannot be the name of this queue"),
        ("orders", {"fifo": True}, "must end with .fifo suffix"),
        ("orders.fifo", {"fifo": False}, "cannot be the name of this queue"),
        ("orders", {"visibility_timeout": "13 h"}, "`visibility_timeout` is '13 h'; AWS takes 0 to 43,200 whole s"),
        ("orders", {"visibility_timeout": "1.5 s"}, "AWS takes 0 to 43,200 whole s"),
        ("orders", {"retention": "10 s"}, "AWS takes 60 to 1,209,600 whole s"),
        ("orders", {"message_size": "2 MB"}, "AWS takes 1,024 to 1,048,576 whole bytes"),
        ("orders", {"content_based_deduplication": True}, "is for a FIFO queue only"),
        ("orders.fifo", {"order": "shuffled"}, "is for a standard queue only"),
        ("orders.fifo", {"duplicates": 0.5}, "is for a standard queue only"),
    ],
    ids=[
        "name",
        "no suffix",
        "suffix",
        "too long",
        "half a second",
        "too short",
        "too large",
        "for FIFO",
        "order for standard",
        "duplicates for standard",
    ],
)
def test_a_setting_out_of_bounds_is_refused(name: str, settings: dict[str, Any], words: str) -> None:
    """The message says what AWS takes."""
    with pytest.raises(ConfigurationError) as caught:
        build_settings(name, QueueSpec(**settings))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("dead", "count", "words"),
    [
        ("dead.fifo", 3, "Dead-letter queue must be same type of queue as the source."),
        ("closed", 3, "does not allow this source queue"),
        ("dead", 0, "1 to 1,000 receives"),
    ],
    ids=["other type", "denied", "zero"],
)
def test_a_dead_letter_queue_must_do(world: World, dead: str, count: int, words: str) -> None:
    """A scenario's mistake is told before the run begins."""
    new_queue(world, "dead")
    new_queue(world, "dead.fifo")
    new_queue(world, "closed", dead_letters_from="none")

    with pytest.raises(ConfigurationError) as caught:
        new_queue(world, dead_letter=DeadLetterSpec(queue=dead, max_receive_count=count))

    assert words in str(caught.value)
    assert caught.value.key.startswith("dead_letter.")


def test_a_dead_letter_queue_may_name_its_sources(world: World) -> None:
    """Names in a scenario stand for ARNs."""
    dead = new_queue(world, "dead", dead_letters_from=["orders"])

    new_queue(world, dead_letter=DeadLetterSpec(queue="dead", max_receive_count=3))

    assert dead.settings.redrive_allow == RedriveAllowPolicy(
        permission="byQueue", source_arns=("arn:aws:sqs:us-east-1:123456789012:orders",)
    )


def test_every_setting_is_described() -> None:
    """Editors show the descriptions while one writes."""
    schema = msgspec.json.schema(QueueSpec)["$defs"]["QueueSpec"]

    undescribed = [name for name, setting in schema["properties"].items() if "description" not in setting]

    assert undescribed == []
