"""What exactly reaches queues and functions?"""

import base64
import json
from typing import Any

from tests.sources.topic.conftest import Place, function_arn

ATTRIBUTES = {
    "price": {"DataType": "Number", "StringValue": "99.12"},
    "bin": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
}


def test_a_queue_gets_a_notification(place: Place) -> None:
    """Its members stand in the recorded order; the queue's message has no attributes of its own."""
    arn = place.topic()
    subscription = place.subscribed_queue(arn)

    message_id = place.publish(arn, Subject="s", MessageAttributes=ATTRIBUTES)

    (message,) = place.messages()
    body = json.loads(message["Body"])
    signature = base64.b64decode(body.pop("Signature"))
    assert body == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": arn,
        "Subject": "s",
        "Message": "hello",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": "1",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
        "MessageAttributes": {
            "price": {"Type": "Number", "Value": "99.12"},
            "bin": {"Type": "Binary", "Value": "AgME"},
        },
    }
    assert list(json.loads(message["Body"])) == [
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature"),
        *("SigningCertURL", "UnsubscribeURL", "MessageAttributes"),
    ]
    assert len(signature) == 256
    assert message["MessageId"] != message_id
    assert "MessageAttributes" not in message


def test_what_is_not_given_is_absent(place: Place) -> None:
    """Neither a subject nor attributes are null or empty."""
    arn = place.topic()
    place.subscribed_queue(arn)

    place.publish(arn)

    (notification,) = place.notifications()
    assert {"Subject", "MessageAttributes"}.isdisjoint(notification)


def test_a_raw_delivery_is_the_message_itself(place: Place) -> None:
    """Its attributes become the queue's; the subject is lost."""
    arn = place.topic()
    place.subscribed_queue(arn, RawMessageDelivery="true")
    array = {"DataType": "String.Array", "StringValue": '["a"]'}

    place.publish(arn, Subject="s", MessageAttributes={**ATTRIBUTES, "array": array})

    (message,) = place.messages()
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["price"]["StringValue"] == "99.12"
    assert message["MessageAttributes"]["bin"]["BinaryValue"] == b"\x02\x03\x04"
    assert message["MessageAttributes"]["array"] == array


def test_a_raw_delivery_with_eleven_attributes_is_discarded(place: Place) -> None:
    """It goes to the dead-letter queue, if there is one (documented)."""
    arn = place.topic()
    redrive = json.dumps({"deadLetterTargetArn": place.queue("dead")})
    place.subscribed_queue(arn, RawMessageDelivery="true", RedrivePolicy=redrive)
    many = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(11)}

    place.publish(arn, MessageAttributes=many)

    assert place.bodies() == []
    assert place.simulation.sources("topics")["t"].summary()["failed"] == 1


def test_a_function_gets_one_record(place: Place) -> None:
    """Its names differ from the notification's, the subject is null, attributes are an empty object (recorded)."""
    arn = place.topic(SignatureVersion="2")
    seen: list[Any] = []
    place.simulation.add_function("f", handler=lambda event, _: seen.append(event))
    subscription = place.subscribe(arn, function_arn("f"), "lambda")

    message_id = place.publish(arn)
    place.simulation.until_idle()

    ((record,),) = (event["Records"] for event in seen)
    sns = record.pop("Sns")
    assert record == {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription}
    assert list(record) == ["EventSource", "EventVersion", "EventSubscriptionArn"]
    assert len(sns.pop("Signature")) == 344
    assert sns == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": arn,
        "Subject": None,
        "Message": "hello",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": "1",
        "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "UnsubscribeUrl": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
        "MessageAttributes": {},
    }


def test_a_fifo_topic_does_not_sign(place: Place) -> None:
    """Its notifications have a sequence number instead (recorded)."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.subscribed_queue(arn, "q.fifo")

    told = place.sns.publish(TopicArn=arn, Message="hello", MessageGroupId="g")

    (notification,) = place.notifications("q.fifo")
    assert list(notification) == [
        *("Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"),
    ]
    assert notification["SequenceNumber"] == told["SequenceNumber"]
    assert len(told["SequenceNumber"]) == 20


def test_a_group_on_a_standard_topic_reaches_standard_queues(place: Place) -> None:
    """They use it for fairness (recorded)."""
    arn = place.topic()
    place.subscribed_queue(arn)

    place.publish(arn, MessageGroupId="tenant")

    (message,) = place.messages()
    assert message["Attributes"]["MessageGroupId"] == "tenant"
