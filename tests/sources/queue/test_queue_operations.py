"""SQS's operations: what they return, and how they refuse."""

import asyncio
import base64
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from eventsim import ApiError, Request, World
from eventsim_sources.queue.api import operations

SECOND = 1_000_000


class Client:
    """Calls operations as boto3 would, and lets virtual time pass for those that wait."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._operations = operations(world)

    def start(self, name: str, **parameters: Any) -> Any:
        """Call an operation; one that waits gives a task."""
        result = self._operations[name](
            Request(service="sqs", operation=name, parameters=parameters, region=self.world.region)
        )
        if inspect.isawaitable(result):
            return self.world.clock.loop.create_task(result)  # type: ignore[arg-type]  # a coroutine
        return result

    def __call__(self, name: str, **parameters: Any) -> Any:
        """Call an operation and return its result."""
        result = self.start(name, **parameters)
        if isinstance(result, asyncio.Task):
            self.world.clock.loop.run_until_complete(result)
            return result.result()
        return result

    def queue(self, name: str = "orders", **attributes: str) -> str:
        """Make a queue and return its URL."""
        return str(self("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"])

    def receive(self, url: str, **parameters: Any) -> list[dict[str, Any]]:
        """Receive up to ten messages."""
        result = self("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, **parameters)
        return list(result.get("Messages", []))

    def refusal(self, name: str, **parameters: Any) -> tuple[str, str, int]:
        """Return code, message and status with which an operation is refused."""
        with pytest.raises(ApiError) as caught:
            self(name, **parameters)
        return caught.value.code, caught.value.message, caught.value.status


@pytest.fixture
def client(world: World) -> Client:
    """A client of an account without queues."""
    return Client(world)


def arn(name: str) -> str:
    """Return the ARN of a queue."""
    return f"arn:aws:sqs:us-east-1:123456789012:{name}"


def redrive(name: str, count: int) -> str:
    """Return a redrive policy."""
    return json.dumps({"deadLetterTargetArn": arn(name), "maxReceiveCount": count})


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    """Return what is written in received messages."""
    return [message["Body"] for message in messages]


# Queues


def test_a_queue_has_a_url_an_arn_and_all_attributes(client: Client) -> None:
    """Every value is a string; nothing asked for, nothing told."""
    url = client.queue()

    everything = client("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert url == "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    assert everything["QueueArn"] == arn("orders")
    assert everything["CreatedTimestamp"] == everything["LastModifiedTimestamp"] == "1767225600"
    assert everything["ApproximateNumberOfMessages"] == "0"
    assert client("GetQueueAttributes", QueueUrl=url) == {}
    assert client.refusal("GetQueueAttributes", QueueUrl=url, AttributeNames=["Colour"])[:2] == (
        "InvalidAttributeName",
        "Unknown Attribute Colour.",
    )


def test_making_a_queue_again_needs_equal_attributes(client: Client) -> None:
    """The same attributes, or none, give the same URL (recorded)."""
    url = client.queue(DelaySeconds="5")

    assert client.queue() == url
    assert client.queue(DelaySeconds="5") == url
    assert client.refusal("CreateQueue", QueueName="orders", Attributes={"DelaySeconds": "6"}) == (
        "QueueAlreadyExists",
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
        400,
    )


def test_a_name_rests_for_a_minute(client: Client) -> None:
    """A deleted queue's name cannot be used at once; the new queue is another one."""
    url = client.queue()
    old_id = client("SendMessage", QueueUrl=url, MessageBody="a")["MessageId"]
    client("DeleteQueue", QueueUrl=url)

    refused = client.refusal("CreateQueue", QueueName="orders")
    client.world.clock.loop.run_until(60 * SECOND)
    client.queue()
    new_id = client("SendMessage", QueueUrl=url, MessageBody="a")["MessageId"]

    assert refused[0] == "AWS.SimpleQueueService.QueueDeletedRecently"
    assert new_id != old_id


@pytest.mark.parametrize(
    "operation", ["DeleteQueue", "PurgeQueue", "ReceiveMessage", "GetQueueAttributes", "ListQueueTags"]
)
def test_a_queue_that_is_not_there_is_refused(client: Client, operation: str) -> None:
    """A wrong name, or another account's number in the URL."""
    client.queue()

    for url in ("https://sqs.us-east-1.amazonaws.com/123456789012/other", "http://host/999999999999/orders"):
        assert client.refusal(operation, QueueUrl=url) == (
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist.",
            400,
        )


def test_queues_are_listed_by_prefix_and_by_pages(client: Client) -> None:
    """A token comes only when more remain; without queues the member is absent."""
    assert client("ListQueues") == {}
    urls = [client.queue(name) for name in ("a1", "a2", "a3", "b1")]

    first = client("ListQueues", QueueNamePrefix="a", MaxResults=2)
    second = client("ListQueues", QueueNamePrefix="a", MaxResults=2, NextToken=first["NextToken"])

    assert client("ListQueues") == {"QueueUrls": urls}
    assert first["QueueUrls"] == urls[:2]
    assert second == {"QueueUrls": urls[2:3]}


def test_tags_come_and_go(client: Client) -> None:
    """A repeated key overwrites, an absent one is no error, and with none the member is absent (recorded)."""
    url = client.queue()

    client("TagQueue", QueueUrl=url, Tags={"team": "a", "Team": "b"})
    client("TagQueue", QueueUrl=url, Tags={"team": "c"})
    client("UntagQueue", QueueUrl=url, TagKeys=["Team", "none"])

    assert client("ListQueueTags", QueueUrl=url) == {"Tags": {"team": "c"}}
    client("UntagQueue", QueueUrl=url, TagKeys=["team"])
    assert client("ListQueueTags", QueueUrl=url) == {}


def test_permissions_make_a_policy(client: Client) -> None:
    """One account or action is a string, several are a list; labels are unique."""
    url = client.queue()
    one = {"QueueUrl": url, "Label": "one", "AWSAccountIds": ["111122223333"], "Actions": ["ReceiveMessage"]}

    client("AddPermission", **one)

    policy = client("GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(policy) == {
        "Version": "2008-10-17",
        "Id": f"{arn('orders')}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "one",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn("orders"),
            }
        ],
    }
    assert client.refusal("AddPermission", **one)[1] == (
        "Value one for parameter Label is invalid. Reason: Already exists."
    )
    assert client.refusal("RemovePermission", QueueUrl=url, Label="two")[1] == (
        "Value two for parameter Label is invalid. Reason: can't find label."
    )


# Messages


def test_a_message_is_told_with_what_was_asked_for(client: Client) -> None:
    """Nothing asked for: no attributes. Digests cover what is returned (recorded)."""
    url = client.queue("orders.fifo", FifoQueue="true")
    attributes = {
        "n": {"DataType": "Number", "StringValue": "1"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x01\x02"},
    }
    send = {"MessageGroupId": "g", "MessageDeduplicationId": "d", "MessageAttributes": attributes}

    result = client("SendMessage", QueueUrl=url, MessageBody="message-body-1", **send)
    (message,) = client.receive(url, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"])

    assert result["MD5OfMessageBody"] == message["MD5OfBody"] == "19c9e282d65f9733bc6b35d50062c7ee"
    assert result["MD5OfMessageAttributes"] == message["MD5OfMessageAttributes"]
    assert message["MessageId"] == result["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"] == {
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "SentTimestamp": "1767225600000",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1767225600000",
        "SequenceNumber": result["SequenceNumber"],
        "MessageDeduplicationId": "d",
        "MessageGroupId": "g",
    }
    client.world.clock.loop.run_until(30 * SECOND)
    assert set(client.receive(url)[0]) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}


@pytest.mark.parametrize(
    ("wanted", "expected", "digest"),
    [
        (["All"], {"Hello", "General", "Help.Me"}, "4c360f3fdafd970e05fae2f149d997f5"),
        ([".*"], {"Hello", "General", "Help.Me"}, "4c360f3fdafd970e05fae2f149d997f5"),
        (["Hel.*"], {"Hello", "Help.Me"}, "83fee93c1bcd8b9a5a923ffacdc636c7"),
        (["Hello", "$ unknown"], {"Hello"}, "a311262e065454b75da111d535b8dacd"),
        (["none"], set(), None),
    ],
    ids=["All", "dot star", "prefix", "name", "none"],
)
def test_message_attributes_are_selected_by_name(
    client: Client, wanted: list[str], expected: set[str], digest: str | None
) -> None:
    """All, prefixes and exact names; what is unknown is ignored (recorded)."""
    url = client.queue()
    values = {"Hello": "There", "General": "Kenobi", "Help.Me": "Me"}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
    client("SendMessage", QueueUrl=url, MessageBody="a", MessageAttributes=attributes)

    (message,) = client.receive(url, MessageAttributeNames=wanted)

    assert set(message.get("MessageAttributes", {})) == expected
    assert message.get("MD5OfMessageAttributes") == digest


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"MaxNumberOfMessages": 0},
            "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"WaitTimeSeconds": 21},
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
    ],
    ids=["eleven", "zero", "wait"],
)
def test_receives_have_bounds(client: Client, parameters: dict[str, int], expected: str) -> None:
    """AWS's words (recorded)."""
    url = client.queue()

    assert client.refusal("ReceiveMessage", QueueUrl=url, **parameters) == ("InvalidParameterValue", expected, 400)


def test_an_empty_receive_has_no_messages_member(client: Client) -> None:
    """Absent, not empty (recorded)."""
    url = client.queue()

    assert client("ReceiveMessage", QueueUrl=url) == {}


def test_a_long_poll_ends_with_the_first_message(client: Client) -> None:
    """It does not wait to fill up, and no longer than it must."""
    url = client.queue()
    waiting = client.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10)
    client.world.clock.loop.run_until(5 * SECOND)

    client("SendMessage", QueueUrl=url, MessageBody="a")
    client.world.clock.loop.run_until(5 * SECOND)

    assert waiting.done()
    assert bodies(waiting.result()["Messages"]) == ["a"]
    assert client.world.clock.loop.is_idle()


def test_a_long_poll_ends_when_a_hidden_message_returns(client: Client) -> None:
    """The end of a visibility timeout wakes who waits, at that instant."""
    url = client.queue(VisibilityTimeout="7")
    client("SendMessage", QueueUrl=url, MessageBody="a")
    client.receive(url)

    again = client.receive(url, WaitTimeSeconds=20)

    assert bodies(again) == ["a"]
    assert client.world.clock.now_us == 7 * SECOND


@pytest.mark.parametrize(("attribute", "wait_s"), [("3", None), ("20", 3)], ids=["of the queue", "own"])
def test_a_long_poll_gives_up_in_time(client: Client, attribute: str, wait_s: int | None) -> None:
    """The request's wait comes before the queue's."""
    url = client.queue(ReceiveMessageWaitTimeSeconds=attribute)

    result = client("ReceiveMessage", QueueUrl=url, **({} if wait_s is None else {"WaitTimeSeconds": wait_s}))

    assert result == {}
    assert client.world.clock.now_us == 3 * SECOND


def test_a_long_poll_fails_when_its_queue_is_deleted(client: Client) -> None:
    """Whoever waits for a queue that goes learns so at once."""
    url = client.queue()
    waiting = client.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    client.world.clock.loop.run_until(SECOND)

    client("DeleteQueue", QueueUrl=url)
    client.world.clock.loop.run_until(SECOND)

    assert isinstance(waiting.exception(), ApiError)


def test_a_standard_queue_refuses_to_have_too_many_in_flight(client: Client) -> None:
    """120,000 received and not deleted: OverLimit."""
    url = client.queue()
    queue: Any = client.world.sources("queues")["orders"]
    for _ in range(120_000):
        queue.send("a")
    while queue.take(10):
        pass

    assert client.refusal("ReceiveMessage", QueueUrl=url)[0] == "OverLimit"


def test_messages_are_deleted_and_shown_again_by_handle(client: Client) -> None:
    """DeleteMessage and ChangeMessageVisibility."""
    url = client.queue()
    for body in ("a", "b"):
        client("SendMessage", QueueUrl=url, MessageBody=body)
    first, second = client.receive(url)

    client("DeleteMessage", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    client("ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)

    assert bodies(client.receive(url)) == ["b"]


def test_a_purge_twice_in_a_minute_is_forbidden(client: Client) -> None:
    """403, with the queue's name (recorded)."""
    url = client.queue()
    client("PurgeQueue", QueueUrl=url)

    assert client.refusal("PurgeQueue", QueueUrl=url) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
        403,
    )


# Batches


def entries(*texts: str) -> list[dict[str, Any]]:
    """Return the entries of a send batch, with ids from 0."""
    return [{"Id": str(place), "MessageBody": text} for place, text in enumerate(texts)]


def test_one_bad_entry_does_not_spoil_a_batch(client: Client) -> None:
    """Nine succeed, one fails with its code (recorded)."""
    url = client.queue()

    result = client("SendMessageBatch", QueueUrl=url, Entries=entries(*["a"] * 9, "\x01"))

    (failed,) = result["Failed"]
    assert len(result["Successful"]) == 9
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("9", "InvalidMessageContents", True)
    assert len(client.receive(url)) == 9


@pytest.mark.parametrize(
    ("batch", "code", "message"),
    [
        ([], "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request."),
        (
            entries(*["a"] * 20),
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 20.",
        ),
        (
            [{"Id": "a b", "MessageBody": "a"}],
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            "It can be at most 80 letters long.",
        ),
        ([*entries("a"), *entries("b")], "BatchEntryIdsNotDistinct", "Id 0 repeated."),
        (
            entries("a" * 1_048_576, "b"),
            "BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
        ),
    ],
    ids=["empty", "too many", "bad id", "repeated id", "too long"],
)
def test_a_batch_may_be_refused_as_a_whole(
    client: Client, batch: list[dict[str, Any]], code: str, message: str
) -> None:
    """Nothing of it is sent."""
    url = client.queue()

    refused = client.refusal("SendMessageBatch", QueueUrl=url, Entries=batch)

    assert refused == (f"AWS.SimpleQueueService.{code}", message, 400)
    assert client.receive(url) == []


def test_messages_are_deleted_and_changed_in_batches(client: Client) -> None:
    """Each entry answers for itself; a FIFO queue's expired handle is an entry's failure."""
    url = client.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="1")
    for body in ("a", "b"):
        client("SendMessage", QueueUrl=url, MessageBody=body, MessageGroupId=body)
    first, second = (message["ReceiptHandle"] for message in client.receive(url))
    longer = {"Id": "0", "ReceiptHandle": first, "VisibilityTimeout": 60}

    changed = client("ChangeMessageVisibilityBatch", QueueUrl=url, Entries=[longer])
    client.world.clock.loop.run_until(2 * SECOND)
    batch = [{"Id": "0", "ReceiptHandle": first}, {"Id": "1", "ReceiptHandle": second}]
    deleted = client("DeleteMessageBatch", QueueUrl=url, Entries=batch)

    assert changed == {"Successful": [{"Id": "0"}]}
    assert deleted["Successful"] == [{"Id": "0"}]
    assert deleted["Failed"][0]["Code"] == "InvalidParameterValue"
    assert deleted["Failed"][0]["Message"].endswith("Reason: The receipt handle has expired.")


# Dead letters


def poisoned(client: Client, count: int = 1) -> tuple[str, str]:
    """Make a queue with a dead-letter queue in which messages lie, and return both URLs."""
    dead = client.queue("dead")
    url = client.queue(VisibilityTimeout="0", RedrivePolicy=redrive("dead", 1))
    for number in range(count):
        client("SendMessage", QueueUrl=url, MessageBody=str(number))
    while client.receive(url):
        pass
    return url, dead


def test_a_dead_letter_remembers_where_it_comes_from(client: Client) -> None:
    """Same id, same body; the count goes on, and the source is named (recorded)."""
    url, dead = poisoned(client)

    (message,) = client.receive(dead, AttributeNames=["All"])

    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn("orders")
    assert client("ListDeadLetterSourceQueues", QueueUrl=dead) == {"queueUrls": [url]}


def test_without_its_dead_letter_queue_a_message_stays(client: Client) -> None:
    """Nothing is lost because somebody deleted the target (unconfirmed)."""
    dead = client.queue("dead")
    url = client.queue(VisibilityTimeout="0", RedrivePolicy=redrive("dead", 1))
    client("SendMessage", QueueUrl=url, MessageBody="a")
    client("DeleteQueue", QueueUrl=dead)

    received = [bodies(client.receive(url)) for _ in range(3)]

    assert received == [["a"]] * 3


@pytest.mark.parametrize(
    ("target", "attributes", "reason"),
    [
        ("none", {}, "Dead letter target does not exist."),
        ("other:none", {}, "Invalid value for deadLetterTargetArn."),
        ("orders", {}, "A queue cannot be its own dead letter target."),
        ("dead.fifo", {"FifoQueue": "true"}, "Dead-letter queue must be same type of queue as the source."),
        (
            "closed",
            {"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'},
            "Redrive allow policy of the dead letter target does not allow this source queue.",
        ),
    ],
    ids=["missing", "no queue", "itself", "other type", "denied"],
)
def test_a_target_that_will_not_do_is_refused(
    client: Client, target: str, attributes: Mapping[str, str], reason: str
) -> None:
    """When the policy is set, not when the first message fails."""
    url = client.queue()
    if attributes:
        client.queue(target, **attributes)

    refused = client.refusal("SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": redrive(target, 3)})

    assert refused[0] == "InvalidParameterValue"
    assert refused[1].endswith(f"Reason: {reason}")


def test_a_move_task_brings_dead_letters_back(client: Client) -> None:
    """They are new messages in the queue they came from."""
    url, dead = poisoned(client, 3)

    handle = client("StartMessageMoveTask", SourceArn=arn("dead"))["TaskHandle"]
    running = client("ListMessageMoveTasks", SourceArn=arn("dead"))["Results"]
    client.world.clock.loop.run_until(0)
    (done,) = client("ListMessageMoveTasks", SourceArn=arn("dead"))["Results"]
    received = client.receive(url, AttributeNames=["ApproximateReceiveCount"])

    assert json.loads(base64.b64decode(handle))["sourceArn"] == arn("dead")
    assert [(task["Status"], task["TaskHandle"]) for task in running] == [("RUNNING", handle)]
    assert (done["Status"], done["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    assert "TaskHandle" not in done
    assert [(each["Body"], each["Attributes"]["ApproximateReceiveCount"]) for each in received] == [
        ("0", "1"),
        ("1", "1"),
        ("2", "1"),
    ]
    assert client.receive(dead) == []


def test_a_move_task_keeps_to_its_rate_and_can_be_cancelled(client: Client) -> None:
    """Two messages a second; what is not moved stays."""
    poisoned(client, 5)
    elsewhere = client.queue("elsewhere")
    start = {"SourceArn": arn("dead"), "DestinationArn": arn("elsewhere"), "MaxNumberOfMessagesPerSecond": 2}

    handle = client("StartMessageMoveTask", **start)["TaskHandle"]
    client.world.clock.loop.run_until(SECOND)
    second = client.refusal("StartMessageMoveTask", **start)
    cancelled = client("CancelMessageMoveTask", TaskHandle=handle)
    client.world.clock.loop.run_until(5 * SECOND)
    (task,) = client("ListMessageMoveTasks", SourceArn=arn("dead"))["Results"]

    assert second[1].startswith("There is already a task running.")
    assert cancelled == {"ApproximateNumberOfMessagesMoved": 4}
    assert task["Status"] == "CANCELLED"
    assert len(client.receive(elsewhere)) == 4


def test_a_move_task_fails_when_its_destination_is_gone(client: Client) -> None:
    """The messages stay where they are (recorded reason)."""
    url, dead = poisoned(client, 2)
    client("StartMessageMoveTask", SourceArn=arn("dead"))
    client("DeleteQueue", QueueUrl=url)
    client.world.clock.loop.run_until(0)

    (task,) = client("ListMessageMoveTasks", SourceArn=arn("dead"))["Results"]

    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert len(client.receive(dead)) == 2


def test_a_move_task_fails_when_its_source_is_gone(client: Client) -> None:
    """There is nothing left to move."""
    _, dead = poisoned(client, 2)
    client("StartMessageMoveTask", SourceArn=arn("dead"), MaxNumberOfMessagesPerSecond=1)
    queue: Any = client.world.sources("queues")["dead"]
    client.world.clock.loop.run_until(0)
    client("DeleteQueue", QueueUrl=dead)

    client.world.clock.loop.run_until(SECOND)

    assert [(task.status, task.moved_count) for task in queue.move_tasks] == [("FAILED", 1)]


def test_an_api_call_causes_only_what_it_does(client: Client) -> None:
    """What fell due meanwhile has its own cause: the last that happened to the message."""
    url = client.queue(VisibilityTimeout="5")
    for body in ("a", "b"):
        client("SendMessage", QueueUrl=url, MessageBody=body)
    first, _ = client.receive(url)
    client.world.clock.loop.run_until(9 * SECOND)
    delete = Request(
        service="sqs",
        operation="DeleteMessage",
        parameters={"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]},
        region="us-east-1",
        entry=99,
    )

    operations(client.world)["DeleteMessage"](delete)

    entries = list(client.world.trace.entries())
    assert [(entry.kind, entry.subject, entry.cause) for entry in entries[4:]] == [
        ("visible again", "message m1", 3),
        ("visible again", "message m2", 4),
        ("deleted", "message m1", 99),
    ]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "StartMessageMoveTask",
            {"SourceArn": arn("orders")},
            ("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.", 400),
        ),
        (
            "StartMessageMoveTask",
            {"SourceArn": arn("none")},
            (
                "ResourceNotFoundException",
                "The resource that you specified for the SourceArn parameter doesn't exist.",
                404,
            ),
        ),
        (
            "StartMessageMoveTask",
            {"SourceArn": arn("dead"), "DestinationArn": arn("none")},
            (
                "ResourceNotFoundException",
                "The resource that you specified for the DestinationArn parameter doesn't exist.",
                404,
            ),
        ),
        (
            "CancelMessageMoveTask",
            {"TaskHandle": "garbage"},
            ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.", 400),
        ),
        (
            "CancelMessageMoveTask",
            {"TaskHandle": base64.b64encode(json.dumps({"taskId": "x", "sourceArn": arn("dead")}).encode()).decode()},
            ("ResourceNotFoundException", "Task does not exist.", 404),
        ),
    ],
    ids=["no dead-letter queue", "no source", "no destination", "garbage", "unknown task"],
)
def test_move_tasks_are_refused_in_awss_words(
    client: Client, operation: str, parameters: dict[str, str], expected: tuple[str, str, int]
) -> None:
    """Recorded, each with its status."""
    poisoned(client)

    assert client.refusal(operation, **parameters) == expected


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ("dead", "Source queue arn and destination queue arn cannot be the same."),
        ("orders.fifo", "Destination queue must be same type of queue as the source."),
    ],
    ids=["itself", "other type"],
)
def test_a_destination_that_will_not_do_is_refused(client: Client, destination: str, message: str) -> None:
    """Before anything moves: a message without a group has no place in a FIFO queue."""
    poisoned(client)
    client.queue("orders.fifo", FifoQueue="true")

    refused = client.refusal("StartMessageMoveTask", SourceArn=arn("dead"), DestinationArn=arn(destination))

    assert refused == ("InvalidParameterValue", message, 400)


@pytest.mark.parametrize("limit", [0, 11])
def test_move_tasks_are_listed_by_ten_at_most(client: Client, limit: int) -> None:
    """And by one at least."""
    poisoned(client)

    code, message, _ = client.refusal("ListMessageMoveTasks", SourceArn=arn("dead"), MaxResults=limit)

    assert (code, message.partition(" is invalid")[0]) == (
        "InvalidParameterValue",
        f"Value {limit} for parameter MaxResults",
    )


def test_every_operation_of_sqs_is_there(client: Client) -> None:
    """botocore's model names them."""
    session = pytest.importorskip("botocore.session").get_session()
    model = session.get_service_model("sqs")

    assert set(operations(client.world)) == set(model.operation_names)


def test_two_worlds_with_one_seed_give_equal_ids(new_world: Callable[..., World]) -> None:
    """Ids and handles follow from the seed, and another seed gives others."""
    told = []
    for seed in (7, 7, 8):
        client = Client(new_world(seed=seed))
        url = client.queue()
        client("SendMessage", QueueUrl=url, MessageBody="a")
        told.append(client.receive(url))

    assert told[0] == told[1]
    assert told[0] != told[2]
