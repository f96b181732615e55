"""What do policies say of a request? Pure: a denial beats everything, and silence is no permission.

They are policies of resources and of those who ask alike. Of a request not everything is known. What nobody knows is
taken to hold where it allows, and not to hold where it denies.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from eventsim.policy_conditions import all_of, hold, texts_of
from eventsim.policy_text import Finding, Lookup, contrary, every, form_of, is_filled, is_like, some

Verdict = Literal["allow", "deny", "silence"]
WITH_VARIABLES: Final = "2012-10-17"
"""The version of policies whose texts may have variables; one without a version is of the older."""


def _is_never_sure(_: str) -> bool:
    return False


class PolicyRequest(Struct, frozen=True, kw_only=True):
    """A request that a policy judges.

    Attributes:
        action: `sqs:SendMessage`, in whichever letters.
        resource: the ARN of the resource, "*" for an action that is about none, "" for a policy that is kept for this
            resource only, None if nobody knows.
        is_from: tells whether a principal, as statements name them, is who asks.
        known: values of condition keys, whose names are in small letters.
        lacks: tells of a key in small letters that is not among the known ones whether the request certainly has none;
            of the others nobody knows.
    """

    action: str
    resource: str | None
    is_from: Callable[[str], bool]
    known: Mapping[str, str | tuple[str, ...]]
    lacks: Callable[[str], bool] = _is_never_sure

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a condition key, () if the request has none, None if nobody knows."""
        small = key.lower()
        value = self.known.get(small)
        if value is None:
            return () if self.lacks(small) else None
        return (value,) if isinstance(value, str) else value


def names_of(principal: str, region: str) -> tuple[str, ...]:
    """Return how policies may name a service: CloudWatch Logs is also that of one region (documented)."""
    regional = (f"logs.{region}.amazonaws.com",) if principal == "logs.amazonaws.com" else ()
    return (principal, *regional)


def judge_policy(statements: Any, asked: PolicyRequest) -> Verdict:
    """Return what a policy's statements, one or a list, say of a request; they have no variables."""
    return _judge(statements, asked, None)


def judge_documents(documents: Iterable[Mapping[str, Any]], asked: PolicyRequest) -> Verdict:
    """Return what whole policies say of a request together."""
    verdict: Verdict = "silence"
    for document in documents:
        variables = asked.values if document.get("Version") == WITH_VARIABLES else None
        said = _judge(document.get("Statement"), asked, variables)
        if said == "deny":
            return "deny"
        if said == "allow":
            verdict = "allow"
    return verdict


def _judge(statements: Any, asked: PolicyRequest, variables: Lookup | None) -> Verdict:
    verdict: Verdict = "silence"
    for statement in all_of(statements):
        if not isinstance(statement, Mapping):
            continue
        applies = _applies(statement, asked, variables)
        if statement.get("Effect") == "Deny" and applies:
            return "deny"
        if statement.get("Effect") == "Allow" and applies is not False:
            verdict = "allow"
    return verdict


def _applies(statement: Mapping[str, Any], asked: PolicyRequest, variables: Lookup | None) -> Finding:
    if not _is_to_whom(statement, asked) or not _is_what(statement, asked):
        return False
    on = _is_on_what(statement, asked, variables)
    return False if on is False else every((on, hold(statement.get("Condition"), asked.values, variables)))


def _is_to_whom(statement: Mapping[str, Any], asked: PolicyRequest) -> bool:
    """Tell whether a statement is about who asks; one that names nobody is about whoever has it."""
    is_negated = "NotPrincipal" in statement
    principal = statement["NotPrincipal"] if is_negated else statement.get("Principal", "*")
    parts = principal.values() if isinstance(principal, Mapping) else (principal,)
    named = [name for part in parts for name in texts_of(part)]
    return any(name == "*" or asked.is_from(name) for name in named) != is_negated


def _is_what(statement: Mapping[str, Any], asked: PolicyRequest) -> bool:
    is_negated = "NotAction" in statement
    actions = texts_of(statement["NotAction"] if is_negated else statement.get("Action"))
    small = asked.action.lower()
    return any(is_like(small, action.lower()) for action in actions) != is_negated


def _is_on_what(statement: Mapping[str, Any], asked: PolicyRequest, variables: Lookup | None) -> Finding:
    if asked.resource == "":
        return True
    is_negated = "NotResource" in statement
    texts = texts_of(statement["NotResource"] if is_negated else statement.get("Resource", "*"))
    forms = [form_of(text, variables, is_wild=True) for text in texts]
    wanted = [form for form in forms if form is not None]
    if asked.resource is None:
        is_named = some(True if form.is_anything else None for form in wanted)
    else:
        is_named = some(form.fits(asked.resource) for form in wanted)
    return every([contrary(is_named), *(is_filled(text, variables) for text in texts)]) if is_negated else is_named
