"""Who can be subscribed, how do endpoints confirm, and what can be set?"""

import json

import pytest

from tests.sdk import refusal
from tests.sources.topic.conftest import Place, function_arn, queue_arn

PREFIX = "Invalid parameter: "


@pytest.mark.parametrize(
    ("protocol", "endpoint", "told"),
    [
        ("carrier-pigeon", "x", "Amazon SNS does not support this protocol string: carrier-pigeon"),
        ("sqs", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "SQS endpoint ARN"),
        (
            "sqs",
            queue_arn("q.fifo"),
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        ("sms", "call me", "Invalid SMS endpoint: call me"),
        ("http", "https://example.com", "Endpoint must match the specified protocol"),
        ("http", "http://[", "Unreachable Endpoint: 'http://[' is no URL"),
        ("http", "http://a b", "Unreachable Endpoint: 'http://a b' is no URL"),
        ("http", "http://a:x", "Unreachable Endpoint: 'http://a:x' is no URL"),
        ("email", "sales", "Email address"),
        ("email-json", "all of us@example.com", "Email address"),
    ],
)
def test_an_endpoint_must_suit_its_protocol(place: Place, protocol: str, endpoint: str, told: str) -> None:
    """The words are recorded, but for those of URLs."""
    arn = place.topic()

    assert refusal(place.sns.subscribe, TopicArn=arn, Protocol=protocol, Endpoint=endpoint) == (
        "InvalidParameter",
        PREFIX + told,
    )


def test_a_queue_need_not_be_there(place: Place) -> None:
    """Whether an endpoint exists is not checked (recorded); a standard queue may listen to a FIFO topic (recorded)."""
    standard, fifo = place.topic(), place.topic("t.fifo")

    place.subscribe(standard, queue_arn("nowhere"))
    place.subscribe(fifo, queue_arn("nowhere"))

    assert len(place.sns.list_subscriptions_by_topic(TopicArn=fifo)["Subscriptions"]) == 1


def test_a_subscription_tells_its_attributes(place: Place) -> None:
    """The filter's scope is told only with a filter (recorded)."""
    arn = place.topic()
    subscription = place.subscribed_queue(arn)

    attributes = place.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]

    assert subscription.startswith(f"{arn}:")
    assert attributes == {
        "ConfirmationWasAuthenticated": "true",
        "Endpoint": queue_arn("q"),
        "Owner": "123456789012",
        "PendingConfirmation": "false",
        "Protocol": "sqs",
        "RawMessageDelivery": "false",
        "SubscriptionArn": subscription,
        "SubscriptionPrincipal": "arn:aws:iam::123456789012:user/eventsim",
        "TopicArn": arn,
    }


def test_subscribing_again_returns_the_subscription(place: Place) -> None:
    """The same attributes or none; others are refused (recorded)."""
    arn = place.topic()
    subscription = place.subscribed_queue(arn, RawMessageDelivery="true")

    again = place.subscribe(arn, queue_arn("q"))
    same = place.subscribe(arn, queue_arn("q"), RawMessageDelivery="true")
    given = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("q")}
    other = refusal(place.sns.subscribe, **given, Attributes={"RawMessageDelivery": "false"})

    assert (again, same) == (subscription, subscription)
    assert other[1] == f"{PREFIX}Attributes Reason: Subscription already exists with different attributes"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        ("RedrivePolicy", '{"deadLetterTargetArn": "x"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        (
            "FilterPolicyScope",
            "X",
            "FilterPolicyScope: Invalid value [X]. Please use either MessageBody or MessageAttributes",
        ),
        ("FilterPolicy", '{"k": "v"}', 'FilterPolicy: "k" must be an object or an array'),
        (
            "FilterPolicy",
            '{"k": {"l": ["v"]}}',
            "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            "FilterPolicy",
            json.dumps({name: ["v"] for name in "abcdef"}),
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        ("Wish", "x", "AttributeName"),
        ("FilterPolicy", "no JSON", None),
        ("RedrivePolicy", "[]", "RedrivePolicy: failed to parse JSON."),
        ("DeliveryPolicy", '{"requestPolicy": "x"}', "DeliveryPolicy: requestPolicy must be a JSON object"),
        (
            "DeliveryPolicy",
            '{"requestPolicy": {"headerContentType": "a\\nb"}}',
            "DeliveryPolicy: headerContentType must be a media type",
        ),
    ],
)
def test_attributes_are_checked(place: Place, name: str, value: str, told: str | None) -> None:
    """Subscribe and SetSubscriptionAttributes say the same after prefixes of their own (recorded)."""
    arn = place.topic()
    subscription = place.subscribed_queue(arn)
    given = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("other"), "Attributes": {name: value}}

    subscribing = refusal(place.sns.subscribe, **given)
    setting = refusal(
        place.sns.set_subscription_attributes, SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
    )

    told = told or "FilterPolicy: failed to parse JSON. "
    assert subscribing[1].startswith(f"{PREFIX}Attributes Reason: {told}")
    assert setting[1].startswith(f"{PREFIX}{told}")


def test_not_every_protocol_takes_raw_messages(place: Place) -> None:
    """Functions, for one, get events (the words are as users report them)."""
    arn, function = place.topic(), "arn:aws:lambda:us-east-1:123456789012:function:f"
    given = {"TopicArn": arn, "Protocol": "lambda", "Endpoint": function}

    subscribing = refusal(place.sns.subscribe, **given, Attributes={"RawMessageDelivery": "true"})

    told = "Delivery protocol [lambda] does not support raw message delivery."
    assert subscribing[1] == f"{PREFIX}Attributes Reason: {told}"


def test_a_dead_letter_queue_keeps_order_where_the_queue_does(place: Place) -> None:
    """A FIFO queue on a FIFO topic needs a FIFO queue for dead letters (recorded)."""
    arn = place.topic("t.fifo")
    policy = json.dumps({"deadLetterTargetArn": queue_arn("dead")})
    given = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn("q.fifo")}

    told = refusal(place.sns.subscribe, **given, Attributes={"RedrivePolicy": policy})

    assert told[1].endswith("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("", "SubscriptionArn Reason: no value for required parameter"),
        ("x", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:123456789012:t", "SubscriptionId"),
    ],
)
def test_only_a_subscription_can_be_ended(place: Place, arn: str, told: str) -> None:
    """The words are recorded."""
    assert refusal(place.sns.unsubscribe, SubscriptionArn=arn)[1] == PREFIX + told


def test_ending_a_subscription_twice_is_no_error(place: Place) -> None:
    """Nothing comes any more, and getting its attributes is 404 (recorded)."""
    arn = place.topic()
    subscription = place.subscribed_queue(arn)

    place.sns.unsubscribe(SubscriptionArn=subscription)
    place.sns.unsubscribe(SubscriptionArn=subscription)
    place.publish(arn)

    assert place.bodies() == []
    assert place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsDeleted"] == "1"
    told = refusal(place.sns.get_subscription_attributes, SubscriptionArn=subscription)
    assert told == ("NotFound", "Subscription does not exist")


def test_a_mail_address_confirms_by_the_token_in_the_outbox(place: Place) -> None:
    """Until then it is pending and gets nothing; messages from before never come (recorded)."""
    arn = place.topic()
    given = {"TopicArn": arn, "Protocol": "email", "Endpoint": "a@example.com"}
    hidden = place.sns.subscribe(**given)["SubscriptionArn"]
    listed = place.sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    place.publish(arn, "before")

    outbox = place.simulation.sources("topics")["t"].outbox  # type: ignore[attr-defined]
    subscription = place.sns.confirm_subscription(TopicArn=arn, Token=outbox[0].token)["SubscriptionArn"]
    place.publish(arn, "after", Subject="News")

    assert (hidden, listed) == ("pending confirmation", "PendingConfirmation")
    assert subscription.startswith(f"{arn}:")
    outbox = place.simulation.sources("topics")["t"].outbox  # type: ignore[attr-defined]
    sent = [(each.type, each.endpoint, each.subject, each.body) for each in outbox[1:]]
    assert sent == [("Notification", "a@example.com", "News", "after")]


def test_a_token_must_be_one(place: Place) -> None:
    """Unknown, malformed, late; the topic's name does not matter, its region does (recorded)."""
    arn = place.topic()
    place.subscribe(arn, "a@example.com", "email")
    token = place.simulation.sources("topics")["t"].outbox[0].token  # type: ignore[attr-defined]
    confirm = place.sns.confirm_subscription

    unknown = refusal(confirm, TopicArn=arn, Token="0" * 288)
    malformed = refusal(confirm, TopicArn=arn, Token="x")
    elsewhere = refusal(confirm, TopicArn=arn.replace("us-east-1", "eu-west-1"), Token=token)
    other_name = confirm(TopicArn=f"{arn}-other", Token=token)["SubscriptionArn"]
    again = confirm(TopicArn=arn, Token=token)["SubscriptionArn"]

    assert unknown[1] == "Invalid parameter: Token"
    assert malformed[1] == "Invalid token"
    assert elsewhere[1] == "Invalid parameter: Topic"
    assert other_name == again
    assert other_name.startswith(f"{arn}:")


def test_who_does_not_confirm_in_two_days_is_forgotten(place: Place) -> None:
    """Tokens are good for two days (documented)."""
    arn = place.topic()
    place.subscribe(arn, "a@example.com", "email")
    token = place.simulation.sources("topics")["t"].outbox[0].token  # type: ignore[attr-defined]

    place.simulation.advance("49 hours")

    assert refusal(place.sns.confirm_subscription, TopicArn=arn, Token=token)[1] == "Invalid parameter: Token"
    assert place.sns.list_subscriptions()["Subscriptions"] == []


def test_who_has_not_confirmed_is_asked_again(place: Place) -> None:
    """By subscribing once more (as users report it); the new token is good for two days (unconfirmed)."""
    arn = place.topic()
    first = place.subscribe(arn, "a@example.com", "email")
    place.simulation.advance("47 hours")

    again = place.subscribe(arn, "a@example.com", "email")
    place.simulation.advance("2 hours")
    old, new = [each.token for each in place.simulation.sources("topics")["t"].outbox]  # type: ignore[attr-defined]
    confirmed = place.sns.confirm_subscription(TopicArn=arn, Token=new)["SubscriptionArn"]
    place.subscribe(arn, "a@example.com", "email")

    assert old != new
    assert first == again == confirmed
    assert len(place.simulation.sources("topics")["t"].outbox) == 2  # type: ignore[attr-defined]


def test_a_topic_has_two_hundred_filter_policies(place: Place) -> None:
    """One more is refused (documented; the words are unconfirmed)."""
    arn = place.topic()
    for number in range(200):
        place.subscribe(arn, function_arn(f"f{number}"), "lambda", FilterPolicy='{"k": ["v"]}')

    given = {"TopicArn": arn, "Protocol": "lambda", "Endpoint": function_arn("more")}
    told = refusal(place.sns.subscribe, **given, Attributes={"FilterPolicy": '{"k": ["v"]}'})

    assert told[0] == "FilterPolicyLimitExceeded"


def test_a_fifo_topic_has_a_hundred_subscriptions(place: Place) -> None:
    """One more is refused (documented; the words are unconfirmed)."""
    arn = place.topic("t.fifo")
    for number in range(100):
        place.subscribe(arn, queue_arn(f"q{number}.fifo"))

    told = refusal(place.sns.subscribe, TopicArn=arn, Protocol="sqs", Endpoint=queue_arn("more.fifo"))

    assert told[0] == "SubscriptionLimitExceeded"


def test_subscriptions_are_counted_as_they_confirm(place: Place) -> None:
    """Pending ones are not confirmed ones."""
    arn = place.topic()
    place.subscribed_queue(arn)
    place.subscribe(arn, "http://example.com/hook", "http")

    attributes = place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]

    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("1", "1")
