"""What does a subscriber get? The texts that SNS makes of a message, member for member; pure but for the signature."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from eventsim_sources.topic.message import Message
from eventsim_sources.topic.message_attributes import shown

_encode = msgspec.json.Encoder().encode
_SIGNED_IN_NOTIFICATIONS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_IN_CONFIRMATIONS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Signatory(Protocol):
    """Who signs what SNS sends."""

    certificate_url: str

    def sign(self, text: str, version: str) -> str:
        """Return the signature of a text as base64; version `1` is SHA-1, `2` SHA-256."""


class Post(Struct, frozen=True, kw_only=True, gc=False):
    """A text for an endpoint, and what goes with it.

    Attributes:
        body: what is sent.
        type: `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
        attributes: message attributes that go along (a raw delivery), None for none.
    """

    body: str
    message_id: str
    type: str = "Notification"
    is_raw: bool = False
    attributes: Mapping[str, Mapping[str, Any]] | None = None


class Writer:
    """Writes notifications of one topic.

    Args:
        url: makes a URL of SNS's of a query.
    """

    def __init__(self, topic_arn: str, signatory: Signatory, url: Callable[[str], str]) -> None:
        self._topic_arn = topic_arn
        self._signatory = signatory
        self._url = url

    def post(self, message: Message, subscription_arn: str, protocol: str, *, version: str, is_raw: bool) -> Post:
        """Return what queues, HTTP endpoints and delivery streams get."""
        draft = message.draft
        text = draft.text_for(protocol)
        if not is_raw:
            body = self.notification(message, subscription_arn, protocol, version=version)
            return Post(body=body, message_id=message.message_id)
        attributes = draft.attributes
        if message.is_replayed:  # unconfirmed
            attributes = {**attributes, "Replayed": {"DataType": "String", "StringValue": "true"}}
        return Post(body=text, message_id=message.message_id, is_raw=True, attributes=attributes or None)

    def notification(self, message: Message, subscription_arn: str, protocol: str, *, version: str) -> str:
        """Return the JSON document that tells of a message (recorded, in this order)."""
        draft = message.draft
        fields: dict[str, object] = {"Type": "Notification", "MessageId": message.message_id}
        if message.sequence_number:
            fields["SequenceNumber"] = message.sequence_number
        fields["TopicArn"] = self._topic_arn
        if draft.subject is not None:
            fields["Subject"] = draft.subject
        fields["Message"] = draft.text_for(protocol)
        fields["Timestamp"] = message.at
        if not message.sequence_number:
            fields["SignatureVersion"] = version
            fields["Signature"] = self._signatory.sign(signed_text(fields, _SIGNED_IN_NOTIFICATIONS), version)
            fields["SigningCertURL"] = self._signatory.certificate_url
        fields["UnsubscribeURL"] = self._url(f"Action=Unsubscribe&SubscriptionArn={subscription_arn}")
        if draft.attributes:
            fields["MessageAttributes"] = shown(draft.attributes)
        if message.is_replayed:
            fields["Replayed"] = "true"
        return _encode(fields).decode()

    def lambda_event(self, message: Message, subscription_arn: str) -> str:
        """Return the event that a function gets: one record, signed by version 1 on every topic (recorded)."""
        draft = message.draft
        fields: dict[str, object] = {
            "Type": "Notification",
            "MessageId": message.message_id,
            "TopicArn": self._topic_arn,
            "Subject": draft.subject,
            "Message": draft.text_for("lambda"),
            "Timestamp": message.at,
        }
        signature = self._signatory.sign(signed_text(fields, _SIGNED_IN_NOTIFICATIONS), "1")
        fields |= {
            "SignatureVersion": "1",
            "Signature": signature,
            "SigningCertUrl": self._signatory.certificate_url,
            "UnsubscribeUrl": self._url(f"Action=Unsubscribe&SubscriptionArn={subscription_arn}"),
            "MessageAttributes": shown(draft.attributes),
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription_arn,
            "Sns": fields,
        }
        return _encode({"Records": [record]}).decode()

    def confirmation(self, *, message_id: str, token: str, at: str, version: str) -> Post:
        """Return what asks an endpoint whether it wants to be subscribed (recorded)."""
        text = (
            f"You have chosen to subscribe to the topic {self._topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        )
        return self._asking(
            "SubscriptionConfirmation", text, message_id=message_id, token=token, at=at, version=version
        )

    def cancellation(self, subscription_arn: str, *, message_id: str, token: str, at: str, version: str) -> Post:
        """Return what tells an endpoint that somebody has unsubscribed it (recorded)."""
        text = (
            f"You have chosen to deactivate subscription {subscription_arn}.\n"
            "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        )
        return self._asking("UnsubscribeConfirmation", text, message_id=message_id, token=token, at=at, version=version)

    def _asking(self, kind: str, text: str, *, message_id: str, token: str, at: str, version: str) -> Post:
        fields: dict[str, object] = {
            "Type": kind,
            "MessageId": message_id,
            "Token": token,
            "TopicArn": self._topic_arn,
            "Message": text,
            "SubscribeURL": self.subscribe_url(token),
            "Timestamp": at,
        }
        fields |= {
            "SignatureVersion": version,
            "Signature": self._signatory.sign(signed_text(fields, _SIGNED_IN_CONFIRMATIONS), version),
            "SigningCertURL": self._signatory.certificate_url,
        }
        return Post(body=_encode(fields).decode(), message_id=message_id, type=kind)

    def subscribe_url(self, token: str) -> str:
        """Return the URL at which an endpoint confirms."""
        return self._url(f"Action=ConfirmSubscription&TopicArn={self._topic_arn}&Token={token}")


def signed_text(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """Return the string that is signed: name and value of each member that is there, a line each (recorded)."""
    return "".join(f"{name}\n{fields[name]}\n" for name in names if fields.get(name) is not None)


def http_headers(
    post: Post, *, topic_arn: str, subscription_arn: str, content_type: str
) -> tuple[tuple[str, str], ...]:
    """Return the headers of a request to an HTTP endpoint (recorded)."""
    is_notification = post.type == "Notification"
    headers = [
        ("x-amz-sns-message-type", post.type),
        ("x-amz-sns-message-id", post.message_id),
        ("x-amz-sns-topic-arn", topic_arn),
    ]
    if post.type != "SubscriptionConfirmation":
        headers.append(("x-amz-sns-subscription-arn", subscription_arn))
    if post.is_raw:
        headers.append(("x-amz-sns-rawdelivery", "true"))
    headers += [
        ("Content-Type", content_type if is_notification else "text/plain; charset=UTF-8"),
        ("User-Agent", "Amazon Simple Notification Service Agent"),
        ("Accept-Encoding", "gzip,deflate"),
    ]
    return tuple(headers)
