"""What do IAM and KMS refuse of a policy that moto would take? Asked before moto is; pure.

Codes and most words are as users report them; what is wrong in a way of which nobody reports is a syntax error.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.json_text import load_json
from eventsim.permissions.document import SID, fault_in, nobody_in
from eventsim.policy_conditions import all_of, texts_of

_WANTED: Final = ("Effect", "Principal", "Action")
_SYNTAX: Final = "Syntax errors in policy."


def check_policies(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """See that a policy that a request brings is one.

    Raises:
        ApiError: it is not.
    """
    parameter, fault_of = _CHECKED.get((service, operation), ("", _no_fault))
    text = parameters.get(parameter)
    fault = fault_of(text) if isinstance(text, str) else ""
    if fault:
        code = "MalformedPolicyDocumentException" if service == "kms" else "MalformedPolicyDocument"
        raise ApiError(code, fault)


def _no_fault(_: str) -> str:
    return ""


def _fault_of_role(text: str) -> str:
    """Return why a text does not say who may become a role."""
    statements = _statements(text)
    if statements is None:
        return "This policy contains invalid Json"
    for statement in statements:
        for field in _WANTED:
            if field not in statement and f"Not{field}" not in statement:
                return f"Missing required field {field}"
        if "Resource" in statement or "NotResource" in statement:
            return "Has prohibited field Resource"
        actions = texts_of(statement.get("Action"))
        if any(":" in action and not action.lower().startswith("sts:") for action in actions):
            return "AssumeRole policy may only specify STS AssumeRole actions."
        for kind, value in nobody_in(statement.get("Principal", statement.get("NotPrincipal"))):
            return f'Invalid principal in policy: "{kind.upper()}":"{value}"'
    return _SYNTAX if fault_in(text, "role") else ""


def _fault_of_identity(text: str) -> str:
    """Return why a text does not say what somebody may do; moto finds all but this."""
    for statement in _statements(text) or ():
        if "Principal" in statement or "NotPrincipal" in statement:
            return "Policy document should not specify a principal."
        if not SID.fullmatch(str(statement.get("Sid") or "")):
            return (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*"
            )
    return ""


def _fault_of_key(text: str) -> str:
    """Return why a text does not say who may use a key; whether anybody may change it again is not looked at."""
    statements = _statements(text)
    if statements is None:
        return "The policy is not valid JSON."  # unconfirmed words
    for statement in statements:
        if any(nobody_in(statement.get("Principal", "*"))):
            return "Policy contains a statement with one or more invalid principals."
    return fault_in(text, "resource")  # unconfirmed words


def _statements(text: str) -> list[Mapping[str, Any]] | None:
    """Return the statements of a policy, None if it is no object of JSON."""
    try:
        document = load_json(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    return [each for each in all_of(document.get("Statement")) if isinstance(each, Mapping)]


_OF_IDENTITIES: Final = ("CreatePolicy", "CreatePolicyVersion", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy")
_CHECKED: Final[Mapping[tuple[str, str], tuple[str, Callable[[str], str]]]] = MappingProxyType(
    {
        **{("iam", operation): ("PolicyDocument", _fault_of_identity) for operation in _OF_IDENTITIES},
        ("iam", "CreateRole"): ("AssumeRolePolicyDocument", _fault_of_role),
        ("iam", "UpdateAssumeRolePolicy"): ("PolicyDocument", _fault_of_role),
        **{("kms", operation): ("Policy", _fault_of_key) for operation in ("CreateKey", "PutKeyPolicy")},
    }
)
"""Service and operation → the parameter that is a policy, and what is wrong with it."""
