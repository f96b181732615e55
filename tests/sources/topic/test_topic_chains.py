"""Who else publishes? Buckets, destinations of functions, other sources; and what a scenario makes of it all."""

import json
from typing import Any

import pytest

from eventsim import ConfigurationError, Envelope, SyncSimulation
from tests import sdk
from tests.sources.topic.conftest import Place, function_arn


def test_a_bucket_tells_a_topic(place: Place) -> None:
    """First a test event, then the record; the subject is S3's own."""
    arn = place.topic()
    place.subscribed_queue(arn)
    s3 = sdk.client("s3")
    s3.create_bucket(Bucket="photos")
    rule = {"TopicArn": arn, "Events": ["s3:ObjectCreated:*"]}

    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"TopicConfigurations": [rule]})
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=b"miaow")
    place.simulation.until_idle()

    test, told = place.notifications()
    assert json.loads(test["Message"])["Event"] == "s3:TestEvent"
    assert {test["Subject"], told["Subject"]} == {"Amazon S3 Notification"}
    (record,) = json.loads(told["Message"])["Records"]
    assert record["s3"]["object"]["key"] == "cat.jpg"


def test_destinations_of_a_function_reach_a_topic(place: Place) -> None:
    """The record of a failure is the message."""
    arn = place.topic()
    place.subscribed_queue(arn)

    def fail(_: Any, __: Any) -> None:
        raise ValueError("no")

    place.simulation.add_function("f", handler=fail)
    lambdas = sdk.client("lambda")
    lambdas.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )

    lambdas.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    place.simulation.until_idle()

    (notification,) = place.notifications()
    record = json.loads(notification["Message"])
    assert record["requestPayload"] == {"a": 1}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert "Subject" not in notification


def test_dead_letters_of_a_function_reach_a_topic(place: Place) -> None:
    """The event is the message, with three attributes (recorded)."""
    arn = place.topic()
    place.subscribed_queue(arn)

    def fail(_: Any, __: Any) -> None:
        raise ValueError("no")

    place.simulation.add_function("f", handler=fail, dead_letter="t")
    lambdas = sdk.client("lambda")
    lambdas.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)

    lambdas.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    place.simulation.until_idle()

    (notification,) = place.notifications()
    attributes = notification["MessageAttributes"]
    assert json.loads(notification["Message"]) == {"a": 1}
    assert set(attributes) == {"RequestID", "ErrorCode", "ErrorMessage"}
    assert attributes["ErrorCode"] == {"Type": "Number", "Value": "200"}


def test_an_event_of_another_source_is_a_message(place: Place) -> None:
    """Group and deduplication id go along."""
    arn = place.topic("t.fifo")
    place.subscribed_queue(arn, "q.fifo", RawMessageDelivery="true")
    target = place.simulation.target(arn)
    assert target is not None

    target.accept(Envelope(body="event", group="g", deduplication_id="d"))

    (message,) = place.messages("q.fifo")
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ("event", "g")


def test_a_chain_that_feeds_itself_is_stopped(place: Place) -> None:
    """A function that publishes to the topic that runs it is found out, as Lambda does with SNS."""
    arn = place.topic()

    def again(event: Any, _: Any) -> None:
        sdk.client("sns").publish(TopicArn=arn, Message="again")

    place.simulation.add_function("f", handler=again)
    place.subscribe(arn, function_arn("f"), "lambda")

    place.publish(arn)
    place.simulation.until_idle()

    assert len(place.details("recursion stopped")) == 1


# --- scenarios -----------------------------------------------------------------------------------------------


def test_a_scenario_subscribes_by_name() -> None:
    """Everybody is confirmed when the run begins; the bucket sends its test event first."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source(
            "topics",
            "orders",
            subscriptions=[
                {"queue": "work", "raw": True, "filter": {"kind": ["order"]}, "dead_letter": "dead"},
                {"function": "f"},
                {"email": "a@example.com"},
                {"email_json": "a@example.com"},
                {"http": "https://shop.example"},
                {"sms": "+15550100"},
            ],
        )
        for queue in ("work", "dead"):
            simulation.add_source("queues", queue)
        simulation.add_source("buckets", "inbox", notifications=[{"topic": "orders"}])
        simulation.add_function("f", handler=lambda _, __: None)

        simulation.put("inbox", "a.txt", b"hello")
        simulation.until_idle()

        numbers = simulation.numbers("topics", "orders")
        assert numbers is not None
        assert (numbers["published"], numbers["delivered"], numbers["filtered_out"]) == (2, 10, 2)
        listed = sdk.client("sns").list_subscriptions()["Subscriptions"]
        assert {each["Protocol"] for each in listed} == {"sqs", "lambda", "email", "email-json", "https", "sms"}
    simulation.trace.close()


@pytest.mark.parametrize(
    ("name", "settings", "key"),
    [
        ("t.fifo", {"fifo": False}, "topics.t.fifo"),
        ("t", {"content_based_deduplication": True}, "topics.t"),
        ("t", {"archive": "1 hour"}, "topics.t.archive"),
        ("t", {"subscriptions": [{"queue": "nowhere"}]}, "topics.t.subscriptions[0].queue"),
        ("t", {"subscriptions": [{"function": "nowhere"}]}, "topics.t.subscriptions[0].function"),
        ("t", {"subscriptions": [{"sms": "me"}]}, "topics.t.subscriptions[0].sms"),
        ("t", {"subscriptions": [{}]}, "topics.t.subscriptions[0]"),
        ("t", {"subscriptions": [{"sms": "+1555", "email": "a@b"}]}, "topics.t.subscriptions[0]"),
        ("t", {"subscriptions": [{"sms": "+1555", "filter": {"k": "v"}}]}, "topics.t.subscriptions[0]"),
        ("t", {"subscriptions": [{"sms": "+1555"}, {"sms": "+1555"}]}, "topics.t.subscriptions[1].sms"),
    ],
)
def test_a_mistake_in_a_scenario_is_found(name: str, settings: dict[str, Any], key: str) -> None:
    """The setting is named."""

    def build() -> None:
        with SyncSimulation(seed=1) as simulation:
            simulation.add_source("topics", name, **settings)
            simulation.connect()

    with pytest.raises(ConfigurationError) as caught:
        build()

    assert caught.value.key == key
