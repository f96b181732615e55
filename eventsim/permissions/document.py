"""Is that a policy? What IAM would call malformed is refused with the place and the remedy; pure.

Actions, resources and condition keys are not looked up: IAM takes those that no service has as well. Nor is whether
somebody is there whom a policy names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from eventsim.errors import ConfigurationError
from eventsim.json_text import load_json
from eventsim.policy_conditions import all_of, is_operator, operator_names
from eventsim.resource_policy import WITH_VARIABLES
from eventsim.spelling import did_you_mean, nearly

Bearer = Literal["identity", "resource", "role"]
"""Whose policy it is: of who asks, of what is asked for, or of who may become a role, which is a role's trust."""

VERSIONS: Final = (WITH_VARIABLES, "2008-10-17")
_MEMBERS: Final = ("Version", "Id", "Statement")
_OF_A_STATEMENT: Final = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
SID: Final = re.compile(r"[0-9A-Za-z]*")
"""What the id of a statement is like that is no resource's: those may have blanks."""
_PRINCIPALS: Final = ("AWS", "CanonicalUser", "Federated", "Service")
_IDENTITY: Final = re.compile(
    r"\*|[0-9]{12}|[0-9a-f]{64}|A[A-Z]{3}[A-Z0-9]{12,}|arn:[a-z-]+:(iam|sts)::([0-9]{12}|cloudfront):.+"
)


def read_document(document: object, *, key: str, of: Bearer = "identity") -> dict[str, Any]:
    """Return a policy, as documents are judged, from how a user wrote it.

    Args:
        document: a policy, or only its statements, which are of the latest version then.
        key: where it stands, for what is wrong with it.
        of: whose it is.

    Raises:
        ConfigurationError: IAM would not take it.
    """
    if isinstance(document, list | tuple):
        return {"Version": WITH_VARIABLES, "Statement": _statements(document, key, of)}
    if not isinstance(document, Mapping):
        raise ConfigurationError("a policy has `Version` and `Statement`, or is a list of statements", key=key)
    _check_members(document, _MEMBERS, "a policy", key)
    if "Statement" not in document:
        raise ConfigurationError("the policy has no `Statement`", key=key)
    read = {**document, "Statement": _statements(all_of(document["Statement"]), f"{key}.Statement", of)}
    if "Version" in document:
        read["Version"] = str(document["Version"])
        if read["Version"] not in VERSIONS:
            message = f"the version of a policy's language is `2012-10-17` or `2008-10-17`, not `{read['Version']}`"
            raise ConfigurationError(message, key=f"{key}.Version")
    return read


def document_in(given: object) -> Mapping[str, Any]:
    """Return a policy that somebody has given, also as JSON; an empty one, which allows nothing, for what is none."""
    try:
        document = load_json(given) if isinstance(given, str) else given
    except ValueError:
        return _NOTHING
    return document if isinstance(document, Mapping) else _NOTHING


def fault_in(given: object, of: Bearer = "identity") -> str:
    """Return why a policy is none, as somebody has given it; "" if nothing is wrong with it."""
    try:
        read_document(document_in(given), key="PolicyDocument", of=of)
    except ConfigurationError as error:
        return str(error)
    return ""


def policy_fault(text: str) -> str:
    """Return why the policy of a resource is none, as a client has given it; "" if nothing is wrong with it."""
    return fault_in(text, "resource")


def nobody_in(principal: object) -> Iterator[tuple[str, object]]:
    """Yield whom a statement names that cannot be anybody: `AWS`, say, and the name."""
    if isinstance(principal, Mapping):
        for kind, values in principal.items():
            for value in all_of(values):
                is_text = isinstance(value, str | int)  # templates have accounts as numbers
                if not is_text or (kind == "AWS" and not _IDENTITY.fullmatch(str(value))):
                    yield str(kind), value
    elif principal != "*":
        yield "AWS", principal


def own_document(given: object) -> Mapping[str, Any]:
    """Return a policy of whoever has it; an empty one, which allows nothing, if IAM would not take it."""
    try:
        return read_document(document_in(given), key="PolicyDocument")
    except ConfigurationError:
        return _NOTHING


def _statements(statements: Iterable[object], key: str, of: Bearer) -> list[Mapping[str, Any]]:
    read, sids = [], set[str]()
    for number, statement in enumerate(statements):
        here = f"{key}[{number}]"
        if not isinstance(statement, Mapping):
            raise ConfigurationError("a statement has `Effect`, `Action` and `Resource`", key=here)
        _check_statement(statement, here, of)
        sid = statement.get("Sid", "")
        if sid and sid in sids and of != "resource":
            raise ConfigurationError(f"two statements have the id `{sid}`", key=f"{here}.Sid")
        sids.add(sid)
        read.append(statement)
    return read


def _check_statement(statement: Mapping[str, Any], key: str, of: Bearer) -> None:
    _check_members(statement, _OF_A_STATEMENT, "a statement", key)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or (of != "resource" and not SID.fullmatch(sid)):
        raise ConfigurationError("the id of a statement has letters and digits only", key=f"{key}.Sid")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        said = "the statement has no `Effect`" if effect is None else f"`{effect}` is no effect"
        raise ConfigurationError(f"{said}; write `Allow` or `Deny`", key=f"{key}.Effect")
    _check_principals(statement, key, of)
    for action in _texts_of_either(statement, "Action", key):
        if action != "*" and ":" not in action:
            message = f"the action `{action}` names no service; write `sqs:SendMessage`, `sqs:*` or `*`"
            raise ConfigurationError(message, key=key)
    _check_resources(statement, key, of)
    _check_conditions(statement.get("Condition", {}), f"{key}.Condition")


def _check_principals(statement: Mapping[str, Any], key: str, of: Bearer) -> None:
    """See that a statement says whom it is about, or does not say it where that is who has the policy."""
    named = [name for name in ("Principal", "NotPrincipal") if name in statement]
    if of == "identity":
        for member in named:
            message = f"a role's policy has no `{member}`: it is about whoever has the role"
            raise ConfigurationError(message, key=f"{key}.{member}")
        return
    if len(named) != 1:
        said = "both `Principal` and `NotPrincipal`; write one of them" if named else "no `Principal`"
        raise ConfigurationError(f"the statement has {said}", key=key)
    here, principal = f"{key}.{named[0]}", statement[named[0]]
    if principal == "*":
        return
    if not isinstance(principal, Mapping) or not principal:
        message = "a principal is `*`, or says of whom by `AWS`, `Service`, `Federated` or `CanonicalUser`"
        raise ConfigurationError(message, key=here)
    _check_members(principal, _PRINCIPALS, "a principal", here)
    for kind, value in nobody_in(principal):
        raise ConfigurationError(f"`{value}` is no account, user or role", key=f"{here}.{kind}")


def _check_resources(statement: Mapping[str, Any], key: str, of: Bearer) -> None:
    if of == "role":
        for member in ("Resource", "NotResource"):
            if member in statement:
                message = f"the policy of who may become a role has no `{member}`: it is about that role"
                raise ConfigurationError(message, key=f"{key}.{member}")
        return
    for resource in _texts_of_either(statement, "Resource", key):
        if of == "identity" and resource != "*" and not resource.startswith(("arn:", "${")):
            raise ConfigurationError(f"the resource `{resource}` is no ARN, and not `*`", key=key)


def _texts_of_either(statement: Mapping[str, Any], member: str, key: str) -> list[str]:
    """Return what a statement says under a name, or but for what under the opposite one."""
    names = [name for name in (member, f"Not{member}") if name in statement]
    if len(names) != 1:
        said = f"both `{member}` and `Not{member}`; write one of them" if names else f"no `{member}`"
        raise ConfigurationError(f"the statement has {said}", key=key)
    texts = list(all_of(statement[names[0]]))
    if not texts:
        raise ConfigurationError(f"`{names[0]}` is empty", key=f"{key}.{names[0]}")
    if not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"`{names[0]}` is a text or a list of texts", key=f"{key}.{names[0]}")
    return texts


def _check_conditions(conditions: object, key: str) -> None:
    if not isinstance(conditions, Mapping):
        raise ConfigurationError("conditions are operators with keys and values", key=key)
    for operator, keys in conditions.items():
        here = f"{key}.{operator}"
        if not is_operator(str(operator)):
            near = nearly(str(operator), operator_names())
            raise ConfigurationError(f"there is no condition operator `{operator}`{near}", key=here)
        if not isinstance(keys, Mapping):
            raise ConfigurationError(f"`{operator}` has condition keys with values", key=here)
        for name, values in keys.items():
            if ":" not in str(name):
                message = f"the condition key `{name}` names no service; write `aws:SourceArn` or `s3:prefix`"
                raise ConfigurationError(message, key=here)
            if not all(isinstance(value, str | int | float) for value in all_of(values)):
                raise ConfigurationError(
                    "values of a condition are texts, numbers, `true` or `false`", key=f"{here}.{name}"
                )


def _check_members(given: Mapping[str, Any], known: tuple[str, ...], what: str, key: str) -> None:
    for name in given:
        if name not in known:
            message = f"{what} has no `{name}`{did_you_mean(str(name), known)}"
            raise ConfigurationError(message, key=f"{key}.{name}")
