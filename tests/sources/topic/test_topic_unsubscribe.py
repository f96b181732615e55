"""How does a subscription end? By its owner at once; by anybody with the link, who may come back."""

import json
import urllib.request
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from eventsim_sources.topic.outbox import Outbox, Sent
from tests import sdk
from tests.sdk import refusal
from tests.sources.topic.conftest import Place

HOOK = "http://shop.example/hook"


def outbox(place: Place) -> list[Sent]:
    """Return what topics sent out."""
    return place.simulation.share(Outbox).entries


def hooked(place: Place, topic: str, **confirmation: str) -> str:
    """Subscribe a web hook and confirm it with a signature."""
    arn = place.subscribe(topic, HOOK, "http")
    place.sns.confirm_subscription(TopicArn=topic, Token=outbox(place)[-1].token, **confirmation)
    return arn


def stranger() -> Any:
    """Return a client that signs nothing."""
    return boto3.client("sns", region_name=sdk.REGION, config=Config(signature_version=UNSIGNED))


def follow(url: str) -> bytes:
    """Open a link as a browser does."""
    with urllib.request.urlopen(url) as answer:
        content: bytes = answer.read()
    return content


def test_who_follows_the_link_is_told_how_to_come_back(place: Place) -> None:
    """Body and headers of the UnsubscribeConfirmation are recorded."""
    topic = place.topic()
    subscription = hooked(place, topic)
    place.publish(topic)

    follow(json.loads(outbox(place)[-1].body)["UnsubscribeURL"])

    sent = outbox(place)[-1]
    body = json.loads(sent.body)
    assert list(body) == [
        *("Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion"),
        *("Signature", "SigningCertURL"),
    ]
    assert body["Type"] == "UnsubscribeConfirmation"
    assert body["Message"] == (
        f"You have chosen to deactivate subscription {subscription}.\nTo cancel this operation and restore the "
        "subscription, visit the SubscribeURL included in this message."
    )
    headers = dict(sent.headers)
    assert headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    assert headers["x-amz-sns-subscription-arn"] == subscription
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert place.sns.list_subscriptions()["Subscriptions"] == []


def test_the_link_in_it_restores_the_subscription(place: Place) -> None:
    """It has its ARN and attributes again; what was published meanwhile never comes."""
    topic = place.topic()
    subscription = hooked(place, topic)
    stranger().unsubscribe(SubscriptionArn=subscription)
    place.publish(topic, "meanwhile")

    told = follow(json.loads(outbox(place)[-1].body)["SubscribeURL"])
    place.publish(topic, "after")

    assert f"<SubscriptionArn>{subscription}</SubscriptionArn>".encode() in told
    assert [json.loads(sent.body)["Message"] for sent in outbox(place)[2:]] == ["after"]
    assert place.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "0"


def test_the_way_back_is_open_for_two_days(place: Place) -> None:
    """Tokens are good for so long (documented)."""
    topic = place.topic()
    stranger().unsubscribe(SubscriptionArn=hooked(place, topic))
    token = outbox(place)[-1].token

    place.simulation.advance("49 hours")

    assert refusal(place.sns.confirm_subscription, TopicArn=topic, Token=token)[1] == "Invalid parameter: Token"


def test_who_subscribed_anew_meanwhile_stays_so(place: Place) -> None:
    """An endpoint is subscribed once."""
    topic = place.topic()
    stranger().unsubscribe(SubscriptionArn=hooked(place, topic))
    token = outbox(place)[-1].token
    anew = hooked(place, topic)

    restored = place.sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]

    assert restored == anew
    assert len(place.sns.list_subscriptions()["Subscriptions"]) == 1


def test_the_owner_ends_it_without_a_word(place: Place) -> None:
    """A signed request needs no confirmation (documented)."""
    topic = place.topic()
    subscription = hooked(place, topic)

    place.sns.unsubscribe(SubscriptionArn=subscription)

    assert [sent.type for sent in outbox(place)] == ["SubscriptionConfirmation"]


def test_mail_is_told_as_text(place: Place) -> None:
    """It, too, has the link."""
    topic = place.topic()
    subscription = place.subscribe(topic, "ada@example.com", "email")
    place.sns.confirm_subscription(TopicArn=topic, Token=outbox(place)[-1].token)

    stranger().unsubscribe(SubscriptionArn=subscription)

    sent = outbox(place)[-1]
    assert (sent.type, sent.endpoint) == ("UnsubscribeConfirmation", "ada@example.com")
    assert f"Token={sent.token}" in sent.body


def test_an_endpoint_that_does_not_answer_loses_nothing(place: Place) -> None:
    """An UnsubscribeConfirmation is tried again like a message, and is no dead letter."""
    topic = place.topic()
    subscription = hooked(place, topic)
    redrive = json.dumps({"deadLetterTargetArn": place.queue("dead")})
    place.sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RedrivePolicy", AttributeValue=redrive
    )
    place.simulation.share(Outbox).answer(HOOK, lambda _: 500)

    stranger().unsubscribe(SubscriptionArn=subscription)
    place.simulation.until_idle()

    assert [sent.type for sent in outbox(place)[1:]] == ["UnsubscribeConfirmation"] * 4
    assert place.bodies("dead") == []


def test_an_owner_can_forbid_strangers_to_unsubscribe(place: Place) -> None:
    """`AuthenticateOnUnsubscribe` counts where the confirmation was signed (documented)."""
    topic = place.topic()
    subscription = hooked(place, topic, AuthenticateOnUnsubscribe="true")

    told = refusal(stranger().unsubscribe, SubscriptionArn=subscription)
    with pytest.raises(HTTPError) as refused:
        follow(f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}")

    assert told == ("AuthorizationError", "Subscription requires authentication to unsubscribe")
    assert refused.value.code == 403
    place.sns.unsubscribe(SubscriptionArn=subscription)
    assert place.sns.list_subscriptions()["Subscriptions"] == []


def test_a_subscription_tells_whether_its_confirmation_was_signed(place: Place) -> None:
    """Who follows the link signs nothing; so nothing that he asks for protects the subscription."""
    topic = place.topic()
    signed = hooked(place, topic)
    by_link = place.subscribe(topic, f"{HOOK}/link", "http")
    follow(json.loads(outbox(place)[-1].body)["SubscribeURL"] + "&AuthenticateOnUnsubscribe=true")

    told = [
        place.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ConfirmationWasAuthenticated"]
        for arn in (signed, by_link)
    ]
    stranger().unsubscribe(SubscriptionArn=by_link)

    assert told == ["true", "false"]
    assert len(place.sns.list_subscriptions()["Subscriptions"]) == 1


def test_a_queue_is_unsubscribed_by_its_link_without_a_word(place: Place) -> None:
    """There is nobody to read it."""
    topic = place.topic()
    place.subscribed_queue(topic)
    place.publish(topic)
    (notification,) = place.notifications()

    follow(notification["UnsubscribeURL"])
    place.publish(topic)

    assert place.bodies() == []
    assert outbox(place) == []
