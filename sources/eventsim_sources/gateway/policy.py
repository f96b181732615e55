"""What does an authorizer's policy say of one way into an API? Pure: a denial beats everything, silence denies."""

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any, Literal

Verdict = Literal["allow", "deny", "silence"]


class PolicyMalformed(Exception):  # noqa: N818 - a fact, as the field says it
    """A document is no policy; the text says why."""


def judge(document: Any, arn: str) -> Verdict:
    """Return what a policy says of invoking this ARN.

    Raises:
        PolicyMalformed: it is none.
    """
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise PolicyMalformed("policyDocument lacks Statement")
    verdict: Verdict = "silence"
    for statement in _list(document["Statement"]):
        if not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
            raise PolicyMalformed("a statement's Effect is Allow or Deny")
        if "Resource" not in statement or "Action" not in statement:
            raise PolicyMalformed("a statement has an Action and a Resource")
        if not _covers(statement, arn):
            continue
        if statement["Effect"] == "Deny":
            return "deny"
        verdict = "allow"
    return verdict


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    actions = (str(action).lower() for action in _list(statement["Action"]))
    if not any(fnmatch.fnmatchcase("execute-api:invoke", action) for action in actions):
        return False
    return any(fnmatch.fnmatchcase(arn, _pattern(str(resource))) for resource in _list(statement["Resource"]))


def _pattern(resource: str) -> str:
    """Return a pattern in which only `*` and `?` are wild."""
    return resource.replace("[", "[[]")


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
