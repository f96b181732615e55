"""Who gets what is published? A subscription: an endpoint, and what holds for deliveries to it."""

import re
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from eventsim import Passage, load_json
from eventsim_sources.topic import delivery_policy
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.filter_policy import FilterPolicy
from eventsim_sources.topic.message import Message

Protocol = Literal["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"]
PROTOCOLS = frozenset({"application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"})
HTTP = frozenset({"http", "https"})
BY_TOKEN = HTTP | {"email", "email-json"}
"""Protocols whose endpoints must confirm."""
_RAW = HTTP | {"sqs", "firehose"}
"""Protocols that may get the message alone."""

Waiting = tuple[Message, Passage | None]
"""A message that has not been delivered yet, and what keeps its delivery for the next server."""

_SETTABLE = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "ReplayPolicy",
        "SubscriptionRoleArn",
    }
)
_QUEUE_ARN = re.compile(r"arn:[a-z0-9-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?")


class Subscription:
    """One subscription of a topic.

    Attributes:
        attributes: as they were set; what they mean is worked out once.
        is_pending: whether the endpoint has still to confirm.
        token: by which it does, or comes back; good since `token_us`.
        was_authenticated: whether it was confirmed with a signature.
        is_unsubscribed_by_owner_only: whether nobody unsubscribes it without a signature.
        replay_status: "" if there is no replay, else AWS's word.
        is_closed: whether a replay has ended it for live messages.
        waiting: message group → messages of a FIFO topic that are not delivered yet, the one under way first.
    """

    def __init__(self, *, arn: str, topic_arn: str, protocol: str, endpoint: str) -> None:
        self.arn = arn
        self.topic_arn = topic_arn
        self.protocol = protocol
        self.endpoint = endpoint
        self.attributes: dict[str, str] = {}
        self.is_pending = False
        self.token = ""
        self.token_us = 0
        self.was_authenticated = True
        self.is_unsubscribed_by_owner_only = False
        self.is_gone = False
        self.replay_status = ""
        self.is_closed = False
        self.waiting: dict[str, deque[Waiting]] = {}
        self.filter: FilterPolicy | None = None
        self.delivery_policy: dict[str, Any] = {}
        self.dead_letter_arn = ""
        self.is_raw = False
        self.open_us = 0
        """From when on an endpoint with a limited rate may get the next message."""

    @property
    def is_ordered(self) -> bool:
        """Whether its endpoint is a FIFO queue."""
        return self.protocol == "sqs" and self.endpoint.endswith(".fifo")

    @property
    def label(self) -> str:
        """The endpoint as a story names it: `queue orders`."""
        name = self.endpoint.rpartition(":")[2]
        match self.protocol:
            case "sqs":
                return f"queue {name}"
            case "lambda":
                return f"function {self.endpoint.partition(':function:')[2] or name}"
            case "firehose":
                return f"delivery stream {name.rpartition('/')[2]}"
            case _:
                return f"{self.protocol} {self.endpoint}"

    def set(self, given: Mapping[str, str], *, is_fifo_topic: bool) -> None:
        """Set attributes; all or none.

        Raises:
            Fault: one of them is unknown or has a value that it cannot have.
        """
        for name in given:
            if name not in _SETTABLE:
                raise Fault("AttributeName")
        merged = {**self.attributes, **given}
        if merged.get("ReplayPolicy") == "{}":
            del merged["ReplayPolicy"]
        raw = merged.get("RawMessageDelivery", "false")
        if raw not in ("true", "false"):
            raise Fault(f"RawMessageDelivery: Invalid value [{raw}]. Must be true or false.")
        if raw == "true" and self.protocol not in _RAW:  # as users report it
            raise Fault(f"Delivery protocol [{self.protocol}] does not support raw message delivery.")
        scope = merged.get("FilterPolicyScope", "MessageAttributes")
        policy = FilterPolicy(merged.get("FilterPolicy") or "{}", scope)
        delivery = delivery_policy.read_subscription_policy(merged.get("DeliveryPolicy", ""))
        dead_letter_arn = _read_redrive(merged.get("RedrivePolicy", ""))
        if dead_letter_arn and is_fifo_topic and self.is_ordered and not dead_letter_arn.endswith(".fifo"):
            raise Fault("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
        if merged.get("ReplayPolicy"):
            if not is_fifo_topic:  # unconfirmed words
                raise Fault("ReplayPolicy: only subscriptions of FIFO topics can be replayed")
            ReplayPolicy(merged["ReplayPolicy"])
        self.attributes = {name: value for name, value in merged.items() if value}
        self.filter = policy if merged.get("FilterPolicy") else None
        self.delivery_policy, self.dead_letter_arn = delivery, dead_letter_arn
        self.is_raw = raw == "true"

    def differs(self, given: Mapping[str, str]) -> bool:
        """Tell whether it has another value of one of these attributes."""
        shown = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes", **self.attributes}
        return any(_plain(shown.get(name, "")) != _plain(value) for name, value in given.items())

    def shown(self, *, owner: str, topic_policy: Mapping[str, Any]) -> dict[str, str]:
        """Return what `GetSubscriptionAttributes` answers (recorded)."""
        shown = {
            "ConfirmationWasAuthenticated": "true" if self.was_authenticated else "false",
            "Endpoint": self.endpoint,
            "Owner": owner,
            "PendingConfirmation": "true" if self.is_pending else "false",
            "Protocol": self.protocol,
            "RawMessageDelivery": "true" if self.is_raw else "false",
            "SubscriptionArn": self.arn,
            "SubscriptionPrincipal": f"arn:aws:iam::{owner}:user/eventsim",
            "TopicArn": self.topic_arn,
        }
        if self.filter is not None:
            shown |= {"FilterPolicy": self.filter.text, "FilterPolicyScope": self.filter.scope}
        for name in ("RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy"):
            if name in self.attributes:
                shown[name] = self.attributes[name]
        if self.protocol in HTTP:
            shown["EffectiveDeliveryPolicy"] = delivery_policy.subscription_shown(topic_policy, self.delivery_policy)
        if self.replay_status:
            shown["ReplayStatus"] = self.replay_status
        return shown


class ReplayPolicy:
    """From when to when a subscription gets archived messages again.

    Raises:
        Fault: the policy is malformed (words unconfirmed).
    """

    def __init__(self, text: str) -> None:
        policy = _json_object("ReplayPolicy", text)
        unknown = set(policy) - {"PointType", "StartingPoint", "EndingPoint"}
        if policy.get("PointType") != "Timestamp" or "StartingPoint" not in policy or unknown:
            raise Fault("ReplayPolicy: it must have PointType Timestamp and a StartingPoint")
        self.starting = _instant(policy["StartingPoint"])
        self.ending = _instant(policy["EndingPoint"]) if policy.get("EndingPoint") else None
        if self.ending is not None and self.ending <= self.starting:
            raise Fault("ReplayPolicy: EndingPoint must be after StartingPoint")


def _instant(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise Fault(f"ReplayPolicy: {text} is no timestamp") from None
    if at.tzinfo is None:
        raise Fault(f"ReplayPolicy: {text} has no time zone")
    return at


def _read_redrive(text: str) -> str:
    """Return the ARN of the dead-letter queue, "" for none."""
    policy = _json_object("RedrivePolicy", text)
    if not policy:
        return ""
    arn = policy.get("deadLetterTargetArn")
    if not isinstance(arn, str) or not _QUEUE_ARN.fullmatch(arn):
        raise Fault("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    return arn


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = load_json(text) if text else {}
    except ValueError:
        raise Fault(f"{name}: failed to parse JSON.") from None
    if not isinstance(value, dict):
        raise Fault(f"{name}: failed to parse JSON.")
    return value


def _plain(text: str) -> object:
    """Return JSON as its value, so that blanks do not count; other text as it is."""
    try:
        value: object = load_json(text)
    except ValueError:
        return text
    return value
