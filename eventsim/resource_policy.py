"""What does a resource's policy say of a request? Pure: a denial beats everything, and silence is no permission.

Statements are read as far as they speak of principals, actions, resources, and of what is known of the request. A
condition on anything else is taken to hold where it allows, and not to hold where it denies.
"""

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

Verdict = Literal["allow", "deny", "silence"]


class PolicyRequest(Struct, frozen=True, kw_only=True):
    """A request that a policy judges.

    Attributes:
        action: in small letters: `sqs:sendmessage`.
        resource: the ARN of the resource, "" for a policy that is kept for this resource only.
        is_from: tells whether a principal, as statements name them, is who asks.
        known: values of condition keys, whose names are in small letters.
    """

    action: str
    resource: str
    is_from: Callable[[str], bool]
    known: Mapping[str, str]


def names_of(principal: str, region: str) -> tuple[str, ...]:
    """Return how policies may name a service: CloudWatch Logs is also that of one region (documented)."""
    regional = (f"logs.{region}.amazonaws.com",) if principal == "logs.amazonaws.com" else ()
    return (principal, *regional)


def judge_policy(statements: Any, asked: PolicyRequest) -> Verdict:
    """Return what a policy's statements, one or a list, say of a request."""
    verdict: Verdict = "silence"
    for statement in _all(statements):
        if not isinstance(statement, Mapping) or not _is_about(statement, asked):
            continue
        if statement.get("Effect") == "Deny" and _holds(statement, asked.known, unknown=False):
            return "deny"
        if statement.get("Effect") == "Allow" and _holds(statement, asked.known, unknown=True):
            verdict = "allow"
    return verdict


def _is_about(statement: Mapping[str, Any], asked: PolicyRequest) -> bool:
    principal = statement.get("Principal", "*")
    named = (
        [*_all(principal.get("Service")), *_all(principal.get("AWS"))]
        if isinstance(principal, Mapping)
        else _all(principal)
    )
    return (
        any(each == "*" or asked.is_from(str(each)) for each in named)
        and any(_is_like(asked.action, str(action).lower()) for action in _all(statement.get("Action", "*")))
        and (not asked.resource or _is_like_one(asked.resource, map(str, _all(statement.get("Resource", "*")))))
    )


def _holds(statement: Mapping[str, Any], known: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, keys in _members(statement.get("Condition")):
        compare = _OPERATORS.get(operator.lower().removesuffix("ifexists").rpartition(":")[2])
        for key, wanted in _members(keys):
            value = known.get(key.lower())
            if compare is None or value is None:
                if not unknown:
                    return False
            elif not compare(value, [str(each) for each in _all(wanted)]):
                return False
    return True


def _is_like(value: str, pattern: str) -> bool:
    """Tell whether a value has a form in which `*` and `?` are wild."""
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _is_equal(value: str, wanted: Iterable[str]) -> bool:
    return value in wanted


def _is_equal_but_for_case(value: str, wanted: Iterable[str]) -> bool:
    return value.lower() in [each.lower() for each in wanted]


def _is_like_one(value: str, wanted: Iterable[str]) -> bool:
    return any(_is_like(value, each) for each in wanted)


def _not(compare: Callable[[str, Iterable[str]], bool]) -> Callable[[str, Iterable[str]], bool]:
    return lambda value, wanted: not compare(value, wanted)


_OPERATORS: Mapping[str, Callable[[str, Iterable[str]], bool]] = {
    "stringequals": _is_equal,
    "stringnotequals": _not(_is_equal),
    "stringequalsignorecase": _is_equal_but_for_case,
    "stringnotequalsignorecase": _not(_is_equal_but_for_case),
    "stringlike": _is_like_one,
    "stringnotlike": _not(_is_like_one),
    "arnequals": _is_like_one,
    "arnlike": _is_like_one,
    "arnnotequals": _not(_is_like_one),
    "arnnotlike": _not(_is_like_one),
}


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _all(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
