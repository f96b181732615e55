"""Operations on a topic's policy. It is kept and told; nobody is ever refused by it, for there are no users."""

import json
import re
from typing import Any

from eventsim import Request, Result, load_json
from eventsim_sources.parameters import listed, text
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.settings import default_policy
from eventsim_sources.topic.source import Topic

_ACTIONS = {
    *(
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
        "Receive",
    ),
    *("GetTopicAttributes", "SetTopicAttributes", "GetDataProtectionPolicy", "PutDataProtectionPolicy"),
    "ListTagsForResource",
}
_ACCOUNT = re.compile(r"\d{12}")


def add_permission(directory: Directory, request: Request) -> Result:
    """Add a statement to the policy."""
    topic = directory.of(request)
    label = text(request, "Label")
    actions = listed(request, "ActionName")
    if not _ACTIONS.issuperset(actions):  # emulated words
        raise errors.invalid("Policy statement action out of service scope!")
    policy = _policy(directory, topic)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise errors.invalid("Statement already exists")
    accounts = listed(request, "AWSAccountId")
    if not all(map(_ACCOUNT.fullmatch, accounts)):  # as users report it for principals that are not there
        raise errors.invalid("Policy Error: PrincipalNotFound")
    users = [f"arn:aws:iam::{account}:root" for account in accounts]
    named = [f"SNS:{action}" for action in actions]
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": users[0] if len(users) == 1 else users},
            "Action": named[0] if len(named) == 1 else named,
            "Resource": topic.arn,
        }
    )
    _keep(topic, policy, request)
    return {}


def remove_permission(directory: Directory, request: Request) -> Result:
    """Take a statement out of the policy; an absent one is no error (unconfirmed)."""
    topic = directory.of(request)
    label = text(request, "Label")
    policy = _policy(directory, topic)
    policy["Statement"] = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    _keep(topic, policy, request)
    return {}


def _policy(directory: Directory, topic: Topic) -> dict[str, Any]:
    text_of_policy = topic.settings.attributes.get("Policy") or default_policy(topic.arn, directory.world.account_id)
    policy: dict[str, Any] = load_json(text_of_policy)
    statements = policy.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    policy["Statement"] = [statement for statement in statements if isinstance(statement, dict)]
    return policy


def _keep(topic: Topic, policy: dict[str, Any], request: Request) -> None:
    given = {"Policy": json.dumps(policy, separators=(",", ":"))}
    topic.apply(topic.settings.changed(given), given=given, cause=request.entry)
