"""Does a queue's policy let a topic or a rule in? Asked only of queues that have a policy; pure.

Statements are read as far as they speak of services, actions and where a message comes from. A condition on anything
else is taken to hold where it allows, and not to hold where it denies.
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

_ACTION = "sqs:sendmessage"
_OPERATORS = {"arnequals", "arnlike", "stringequals", "stringlike"}
_SOURCE_KEYS = ("aws:sourcearn", "aws:sourceaccount")


def allows(policy: str, *, queue_arn: str, source_arn: str, service: str) -> bool:
    """Tell whether a policy lets a service (`sns.amazonaws.com`) send to a queue on behalf of a source."""
    try:
        statements = json.loads(policy).get("Statement", [])
    except (ValueError, AttributeError):
        return True
    statements = statements if isinstance(statements, list) else [statements]
    about = [each for each in statements if isinstance(each, Mapping) and _is_about(each, queue_arn, service)]
    denied = any(each.get("Effect") == "Deny" and _holds(each, source_arn, unknown=False) for each in about)
    return not denied and any(
        each.get("Effect") == "Allow" and _holds(each, source_arn, unknown=True) for each in about
    )


def _is_about(statement: Mapping[str, Any], queue_arn: str, service: str) -> bool:
    principal = statement.get("Principal", "*")
    named = (
        [*_all(principal.get("Service")), *_all(principal.get("AWS"))] if isinstance(principal, Mapping) else principal
    )
    actions = [str(action).lower() for action in _all(statement.get("Action", "*"))]
    resources = _all(statement.get("Resource", "*"))
    return (
        any(each in ("*", service) for each in _all(named))
        and any(fnmatchcase(_ACTION, action) for action in actions)
        and any(fnmatchcase(queue_arn, str(resource)) for resource in resources)
    )


def _holds(statement: Mapping[str, Any], source_arn: str, *, unknown: bool) -> bool:
    found = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]}
    for operator, keys in _members(statement.get("Condition")):
        for key, wanted in _members(keys):
            is_known = operator.lower() in _OPERATORS and key.lower() in _SOURCE_KEYS
            if not is_known and not unknown:
                return False
            if is_known and not any(fnmatchcase(found[key.lower()], str(each)) for each in _all(wanted)):
                return False
    return True


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _all(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
