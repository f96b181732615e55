"""What is in a queue, for those who only look?"""

from eventsim import SyncSimulation


def test_messages_are_looked_at_without_being_received() -> None:
    """In order of arrival, with what they carry; the count of receives stays."""
    with SyncSimulation(seed=1) as world:
        world.add_source("queues", "jobs", visibility_timeout=30)
        url = world.request("sqs", "GetQueueUrl", {"QueueName": "jobs"})["QueueUrl"]
        attribute = {"kind": {"DataType": "String", "StringValue": "order"}}
        world.request("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "a", "MessageAttributes": attribute})
        world.request("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "b", "DelaySeconds": 5})
        world.request("sqs", "ReceiveMessage", {"QueueUrl": url})

        first, second = world.sources("queues")["jobs"].messages

    assert (first.body, first.state, first.receive_count) == ("a", "in_flight", 1)
    assert (first.visible_at, first.attributes["kind"].string_value) == ("2026-01-01T00:00:30.000Z", "order")
    assert (second.body, second.state, second.visible_at) == ("b", "delayed", "2026-01-01T00:00:05.000Z")
    assert (second.receive_count, second.sequence_number) == (0, None)


def test_a_message_says_where_it_comes_from() -> None:
    """Its group and number in a FIFO queue, and the queue that gave it up."""
    with SyncSimulation(seed=1) as world:
        world.add_source("queues", "dead.fifo", fifo=True)
        dead_letter = {"queue": "dead.fifo", "max_receive_count": 1}
        world.add_source("queues", "jobs.fifo", fifo=True, visibility_timeout=3, dead_letter=dead_letter)
        world.add_function("f", handler=_fail)
        world.add_mapping(source="jobs.fifo", function="f")
        world.send("jobs.fifo", "a", group="g", deduplication_id="d")
        world.until_idle()

        (message,) = world.sources("queues")["dead.fifo"].messages

    assert (message.body, message.state, message.group_id, message.deduplication_id) == ("a", "visible", "g", "d")
    assert message.sequence_number is not None
    assert message.dead_letter_source_arn == "arn:aws:sqs:us-east-1:123456789012:jobs.fifo"


def _fail(event: object, context: object) -> None:
    raise RuntimeError("no")
