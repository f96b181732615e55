"""Operations on a queue's policy. It is kept and told; nobody is ever refused by it, for there are no users."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from eventsim import ApiError, Request, Result, load_json
from eventsim_sources.parameters import listed, text
from eventsim_sources.queue import errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.limits import PERMISSION_ACTIONS_MAX, PERMISSION_LABEL_LENGTH_MAX
from eventsim_sources.queue.source import Queue

_LABEL: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{PERMISSION_LABEL_LENGTH_MAX}}}")
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_ACTIONS: Final = frozenset(
    {"*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"}
    | {"GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"}
)
_OWNER_ACTIONS: Final = frozenset(
    {"AddPermission", "CreateQueue", "DeleteQueue", "ListQueues", "RemovePermission", "SetQueueAttributes"}
    | {"CancelMessageMoveTask", "ListMessageMoveTasks", "ListQueueTags", "StartMessageMoveTask"}
    | {"TagQueue", "UntagQueue"}
)
"""What cannot be shared with other accounts (documented)."""


def add_permission(directory: Directory, request: Request) -> Result:
    """Add a statement to the policy."""
    queue = directory.of(request)
    label = text(request, "Label")
    actions = listed(request, "Actions")
    if len(actions) > PERMISSION_ACTIONS_MAX:  # emulated
        raise ApiError(
            "OverLimit", f"{len(actions)} Actions were found, maximum allowed is {PERMISSION_ACTIONS_MAX}.", status=403
        )
    _check(label, actions, listed(request, "AWSAccountIds"))
    policy = _policy(queue)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise errors.value_invalid(label, "Label", "Already exists.")
    users = [f"arn:aws:iam::{account}:root" for account in listed(request, "AWSAccountIds")]
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_many(users)},
            "Action": _one_or_many([f"SQS:{action}" for action in actions]),
            "Resource": queue.arn,
        }
    )
    _keep(queue, policy)
    return {}


def remove_permission(directory: Directory, request: Request) -> Result:
    """Take a statement out of the policy; without statements the policy is gone (unconfirmed)."""
    queue = directory.of(request)
    label = text(request, "Label")
    policy = _policy(queue)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    if len(kept) == len(policy["Statement"]):
        raise errors.value_invalid(label, "Label", "can't find label.")
    policy["Statement"] = kept
    _keep(queue, policy)
    return {}


def _check(label: str, actions: Sequence[str], account_ids: Sequence[str]) -> None:
    """Check what a new statement says.

    Raises:
        ApiError: It is refused; most words are unconfirmed.
    """
    if not _LABEL.fullmatch(label):
        raise errors.value_invalid(
            label,
            "Label",
            f"Can only include alphanumeric characters, hyphens, or underscores. "
            f"1 to {PERMISSION_LABEL_LENGTH_MAX} in length",
        )
    if not actions:
        raise errors.parameter_missing("Actions")
    for action in actions:
        if action in _OWNER_ACTIONS:
            raise errors.value_invalid(
                f"SQS:{action}", "ActionName", "Only the queue owner is allowed to invoke this action."
            )
        if action not in _ACTIONS:
            raise errors.value_invalid(
                f"SQS:{action}", "ActionName", "Please refer to the appropriate WSDL for a list of valid actions."
            )
    if not account_ids:
        raise errors.value_invalid("[]", "PrincipalId", "Unable to verify.")
    for account_id in account_ids:
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise errors.value_invalid(f"[{account_id}]", "PrincipalId", "Unable to verify.")


def _policy(queue: Queue) -> dict[str, Any]:
    if not queue.settings.policy:
        return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    policy: dict[str, Any] = load_json(queue.settings.policy)
    statements = policy.get("Statement", [])
    policy["Statement"] = statements if isinstance(statements, list) else [statements]
    return policy


def _keep(queue: Queue, policy: dict[str, Any]) -> None:
    text_of_policy = json.dumps(policy, separators=(",", ":")) if policy["Statement"] else ""
    queue.apply(replace(queue.settings, policy=text_of_policy))


def _one_or_many(values: Sequence[str]) -> str | Sequence[str]:
    return values[0] if len(values) == 1 else values
