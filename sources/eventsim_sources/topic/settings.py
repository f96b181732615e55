"""What is set on a topic? Its attributes, which travel as strings: which may be, and what they mean."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from eventsim import load_json, policy_fault
from eventsim_sources.topic import delivery_policy
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import (
    ARCHIVE_DAYS_MAX,
    DATA_PROTECTION_LENGTH_MAX,
    DAY_US,
    MESSAGE_BYTES_GREATEST_MAX,
    MESSAGE_BYTES_LEAST_MAX,
    MESSAGE_BYTES_MAX,
)

KEPT = frozenset(
    {
        "KmsMasterKeyId",
        *(
            f"{endpoint}{what}"
            for endpoint in ("HTTP", "SQS", "Lambda", "Firehose", "Application")
            for what in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
        ),
    }
)
"""Attributes that are kept and told, and change nothing here."""

_WORDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ContentBasedDeduplication": (("true", "false"), "true or false"),
    "FifoTopic": (("true", "false"), "true or false"),
    "SignatureVersion": (("1", "2"), "1 or 2"),
    "FifoThroughputScope": (("Topic", "MessageGroup"), "either Topic or MessageGroup"),
    "TracingConfig": (("PassThrough", "Active"), "either PassThrough or Active"),
}
"""Attribute → the values that it may have, and how they are told."""
_ROLE = re.compile(r"(arn:[a-z-]+:iam::\d{12}:role/.+)?")
_ACTION = re.compile(r"[*]|sns:.+", re.IGNORECASE)
_FIFO_ONLY = ("ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy")
_NAMES = KEPT | {
    "DisplayName",
    "Policy",
    "DeliveryPolicy",
    "SignatureVersion",
    "TracingConfig",
    "MaximumMessageSize",
    "FifoTopic",
    *_FIFO_ONLY,
}
_DISPLAY_NAME_LENGTH_MAX = 100


class TopicSettings:
    """A topic's attributes, and what follows from them; never changed, only replaced."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self.attributes = dict(attributes)

    @property
    def is_fifo(self) -> bool:
        """Whether order is kept within message groups."""
        return self.attributes.get("FifoTopic") == "true"

    @property
    def has_content_deduplication(self) -> bool:
        """Whether the body's hash stands in for a missing deduplication id."""
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def is_deduplicated_by_group(self) -> bool:
        """Whether deduplication ids count within their group only."""
        return self.attributes.get("FifoThroughputScope") == "MessageGroup"

    @property
    def signature_version(self) -> str:
        """`1` for SHA-1, `2` for SHA-256."""
        return self.attributes.get("SignatureVersion", "1")

    @property
    def is_traced(self) -> bool:
        """Whether X-Ray is told of messages that are published in a sampled trace."""
        return self.attributes.get("TracingConfig") == "Active"

    @property
    def message_bytes_max(self) -> int:
        """How large a message may be."""
        return int(self.attributes.get("MaximumMessageSize", MESSAGE_BYTES_MAX))

    @cached_property
    def archive_us(self) -> int:
        """How long messages are kept for replays, 0 for not at all."""
        policy = load_json(self.attributes.get("ArchivePolicy") or "{}")
        return int(policy.get("MessageRetentionPeriod", 0)) * DAY_US

    @cached_property
    def delivery_policy(self) -> dict[str, Any]:
        """What the topic says of HTTP deliveries."""
        return delivery_policy.read_topic_policy(self.attributes.get("DeliveryPolicy", ""))

    def changed(self, given: Mapping[str, str]) -> "TopicSettings":
        """Return the settings after these attributes were set.

        Raises:
            Fault: one of them is unknown or has a value that it cannot have.
        """
        attributes = dict(self.attributes)
        for name, value in given.items():
            attributes[name] = _checked(name, value, is_fifo=self.is_fifo)
        return TopicSettings(attributes)


def created(given: Mapping[str, str]) -> TopicSettings:
    """Return the settings of a new topic.

    Raises:
        Fault: an attribute is unknown or has a value that it cannot have.
    """
    is_fifo = given.get("FifoTopic") == "true"
    defaults = {"FifoTopic": "true", "ContentBasedDeduplication": "false"} if is_fifo else {}
    rest = {name: value for name, value in given.items() if name != "FifoTopic" or value not in ("true", "false")}
    return TopicSettings(defaults).changed(rest)


def default_policy(arn: str, account_id: str) -> str:
    """Return the policy of a topic that was given none (recorded)."""
    actions = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
    actions += " ListSubscriptionsByTopic Publish"
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions.split()],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return json.dumps(policy, separators=(",", ":"))


def _checked(name: str, value: str, *, is_fifo: bool) -> str:
    if name not in _NAMES:
        raise Fault("AttributeName")
    if name in _FIFO_ONLY and not is_fifo:  # unconfirmed words
        raise Fault(f"{name} attribute can only be set on FIFO topics")
    match name:
        case "Policy":
            _check_policy(value)
        case "DeliveryPolicy":
            delivery_policy.read_topic_policy(value)
        case "ArchivePolicy":
            _check_archive(value)
        case "MaximumMessageSize":
            is_fine = value.isdecimal() and MESSAGE_BYTES_LEAST_MAX <= int(value) <= MESSAGE_BYTES_GREATEST_MAX
            _check(is_fine, f"{name}: Invalid value [{value}]. Must be between 1024 and 1048576.")
        case "DisplayName":
            _check(len(value) <= _DISPLAY_NAME_LENGTH_MAX, f"{name}: must be at most 100 characters long")
        case _ if name.endswith("SampleRate"):
            is_fine = not value or (value.isdecimal() and int(value) <= 100)
            _check(is_fine, f"{name}: Invalid value [{value}]. Must be between 0 and 100.")
        case _ if name.endswith("RoleArn"):
            _check(_ROLE.fullmatch(value) is not None, f"{name}: Invalid value [{value}]. Must be the ARN of a role.")
        case _ if name in _WORDS:
            words, told = _WORDS[name]
            _check(value in words, f"{name}: Invalid value [{value}]. Must be {told}.")
    return value


def _check_policy(text: str) -> None:
    """See that a policy is one, and speaks of topics only (words as users report them)."""
    statements = _json_object("Policy", text).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", []) if isinstance(statement, dict) else []
        for action in actions if isinstance(actions, list) else [actions]:
            _check(_ACTION.fullmatch(str(action)) is not None, "Policy statement action out of service scope!")
    _check(not text or not policy_fault(text), "Policy Error: null")


def check_data_protection(text: str) -> None:
    """See that a data protection policy may be one; what it says is not looked at.

    Raises:
        Fault: it is no JSON object, or too long (words unconfirmed).
    """
    _json_object("DataProtectionPolicy", text)
    _check(len(text) <= DATA_PROTECTION_LENGTH_MAX, "DataProtectionPolicy: it is too long")


def _check_archive(text: str) -> None:
    policy = _json_object("ArchivePolicy", text)
    days = str(policy.get("MessageRetentionPeriod", ""))
    is_fine = not policy or (days.isdecimal() and 1 <= int(days) <= ARCHIVE_DAYS_MAX and len(policy) == 1)
    _check(is_fine, "ArchivePolicy: MessageRetentionPeriod must be between 1 and 365 days")


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = load_json(text) if text else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Fault(f"{name}: failed to parse JSON.")
    return value


def _check(holds: bool, reason: str) -> None:
    if not holds:
        raise Fault(reason)
