"""What may be published?"""

import json
from typing import Any

import pytest

from tests.sdk import refusal
from tests.sources.topic.conftest import Place

PREFIX = "Invalid parameter: "


def text(value: str, data_type: str = "String") -> dict[str, str]:
    """Return an attribute with a text."""
    return {"DataType": data_type, "StringValue": value}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Subject": ""}, "Subject"),
        ({"Subject": "x" * 100}, "Subject"),
        ({"Subject": "two\nlines"}, "Subject"),
        ({"Message": "x" * 262_145}, "Message too long"),
        (
            {"Message": "x", "MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs": "x"}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": '{"default": 1}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageDeduplicationId": "d"},
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid "
            "for this topic type",
        ),
    ],
)
def test_a_message_is_checked(place: Place, given: dict[str, Any], told: str) -> None:
    """The words are recorded."""
    arn = place.topic()

    assert refusal(place.sns.publish, **{"TopicArn": arn, "Message": "m", **given}) == (
        "InvalidParameter",
        PREFIX + told,
    )


def test_attributes_count_towards_the_size(place: Place) -> None:
    """Name, type and value of each are added to the body."""
    arn = place.topic()
    attributes = {"abcd": text("x" * 10)}  # 4 + 6 + 10

    place.publish(arn, "x" * (262_144 - 20), MessageAttributes=attributes)
    told = refusal(place.sns.publish, TopicArn=arn, Message="x" * (262_144 - 19), MessageAttributes=attributes)

    assert told[1] == f"{PREFIX}Message too long"


def test_a_topic_may_set_its_own_size(place: Place) -> None:
    """`MaximumMessageSize` holds for publications; beyond 256 KB only without HTTP endpoints (documented)."""
    small, large = place.topic("small", MaximumMessageSize="1024"), place.topic("large", MaximumMessageSize="1048576")
    mixed = place.topic("mixed")
    place.subscribe(mixed, "http://example.com", "http")

    place.publish(large, "x" * 1_048_576)
    told = refusal(place.sns.publish, TopicArn=small, Message="x" * 1_025)
    refused = refusal(
        place.sns.set_topic_attributes, TopicArn=mixed, AttributeName="MaximumMessageSize", AttributeValue="262145"
    )
    late = refusal(place.sns.subscribe, TopicArn=large, Protocol="email", Endpoint="me@example.com")

    assert late == refused
    assert told[1] == f"{PREFIX}Message too long"
    assert refused[0] == "InvalidParameter"


NAME_FAULT = (
    "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric "
    "characters, hyphens, underscores, or dots."
)


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"a": text("")}, None),
        ({"a": {"DataType": "String"}}, None),
        ({"a": {"DataType": "String", "BinaryValue": b"x"}}, "with type 'String' must use field 'String'."),
        ({"a": {"DataType": "Number", "BinaryValue": b"x"}}, "with type 'Number' must use field 'String'."),
        ({"a": {"DataType": "Binary", "StringValue": "x"}}, "with type 'Binary' must use field 'Binary'."),
        (
            {"a": text("x", "Date")},
            "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
        ),
        ({"x" * 256: text("x")}, "Length of message attribute name must be less than 256 bytes."),
        ({"^a": text("x")}, NAME_FAULT),
        ({".a": text("x")}, "Invalid message attribute name starting with character '.' was found."),
        ({"a.": text("x")}, "Invalid message attribute name ending with character '.' was found."),
        ({"a..b": text("x")}, "Message attribute name can not have successive '.' character."),
        ({"": text("x")}, "Length of message attribute name must be greater than 0."),
        ({"a": text("two", "Number")}, "Could not cast message attribute 'a' value to number."),
    ],
    ids=[
        *("empty", "none", "bytes", "number", "binary", "type", "long", "character", "start", "end", "dots"),
        *("no name", "no number"),
    ],
)
def test_attributes_are_checked(place: Place, attributes: dict[str, Any], told: str | None) -> None:
    """Code and words are recorded, but for the last two: words of no number are emulated, of no name unconfirmed."""
    arn = place.topic()

    code, message = refusal(place.sns.publish, TopicArn=arn, Message="m", MessageAttributes=attributes)

    about = "must contain non-empty message attribute value for message attribute type 'String'."
    told = told or about
    begin = "" if told[0].isupper() else "The message attribute 'a' "
    assert (code, message) == ("ParameterValueInvalid", begin + told)


def test_one_address_is_wanted(place: Place) -> None:
    """A topic, a target or a phone number."""
    arn = place.topic()
    told = "Invalid parameter: TopicArn or TargetArn Reason: "

    assert refusal(place.sns.publish, Message="m")[1] == f"{told}no value for required parameter"
    assert refusal(place.sns.publish, Message="m", TopicArn=arn, TargetArn=arn)[1].startswith(told)
    assert place.sns.publish(Message="m", TargetArn=arn)["MessageId"]


def test_each_protocol_gets_its_own_text(place: Place) -> None:
    """With a structure, `default` stands in for protocols that have none; what is no text counts as absent."""
    arn = place.topic()
    place.subscribed_queue(arn, RawMessageDelivery="true")
    texts = [{"default": "all", "sqs": "queues"}, {"default": "all"}, {"default": "all", "sqs": {"no": "text"}}]

    for each in texts:
        place.publish(arn, json.dumps(each), MessageStructure="json")

    assert place.bodies() == ["queues", "all", "all"]


def test_a_filter_on_the_body_reads_the_text_of_its_own_protocol(place: Place) -> None:
    """What others would get does not matter (unconfirmed)."""
    arn = place.topic()
    place.subscribed_queue(arn, FilterPolicy='{"for": ["queues"]}', FilterPolicyScope="MessageBody")

    for wanted in ("queues", "nobody"):
        texts = {"default": "{}", "sqs": json.dumps({"for": wanted})}
        place.publish(arn, json.dumps(texts), MessageStructure="json")

    assert [each["Message"] for each in place.notifications()] == ['{"for": "queues"}']


def entries(*ids: str, message: str = "m") -> list[dict[str, Any]]:
    """Return entries of a batch."""
    return [{"Id": each, "Message": message} for each in ids]


def test_a_batch_is_published(place: Place) -> None:
    """Every entry has its own message id."""
    arn = place.topic()
    place.subscribed_queue(arn)

    told = place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries("1", "2"))

    found = [notification["MessageId"] for notification in place.notifications()]
    assert [each["Id"] for each in told["Successful"]] == ["1", "2"]
    assert [each["MessageId"] for each in told["Successful"]] == found
    assert told["Failed"] == []


@pytest.mark.parametrize(
    ("batch", "code", "told"),
    [
        (
            entries(*"0123456789a"),
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ),
        (
            entries("1", "1"),
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ),
        (
            entries("a b"),
            "InvalidBatchEntryId",
            "The Id of a batch entry in the batch request contains an impermissible character: a b",
        ),
        (
            entries("x" * 81),
            "InvalidBatchEntryId",
            f"The Id of a batch entry in the batch request is too long: {'x' * 81}",
        ),
        (
            entries("1", "2", message="x" * 131_073),
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ),
        ([], "EmptyBatchRequest", "The batch request doesn't contain any entries."),
    ],
    ids=["many", "twice", "character", "long id", "long", "empty"],
)
def test_a_batch_is_refused_as_a_whole(place: Place, batch: list[Any], code: str, told: str) -> None:
    """The codes are documented, the words recorded."""
    arn = place.topic()

    assert refusal(place.sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=batch) == (code, told)


def test_one_entry_can_spoil_a_batch(place: Place) -> None:
    """Structures, attributes and groups are checked before anything is published (recorded)."""
    arn = place.topic()
    place.subscribed_queue(arn)
    batch = [*entries("1"), {"Id": "2", "Message": "x", "MessageStructure": "json"}]

    told = refusal(place.sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=batch)

    assert told[1] == "Invalid parameter: Message Structure - JSON message body failed to parse"
    assert place.bodies() == []


def test_one_entry_can_fail_alone(place: Place) -> None:
    """An empty message or a bad subject is the entry's own fault."""
    arn = place.topic()
    place.subscribed_queue(arn)
    batch = [*entries("1"), *entries("2", message=""), {"Id": "3", "Message": "m", "Subject": "a\nb"}]

    told = place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch)

    assert [each["Id"] for each in told["Successful"]] == ["1"]
    failed = [(each["Id"], each["Code"], each["Message"], each["SenderFault"]) for each in told["Failed"]]
    assert failed == [
        ("2", "InvalidParameter", "Invalid parameter: Empty message", True),
        ("3", "InvalidParameter", "Invalid parameter: Subject", True),
    ]
