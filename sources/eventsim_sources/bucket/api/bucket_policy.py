"""May a bucket have this policy? What S3 refuses to keep; whom a policy lets in is not looked at.

Codes are documented; words are from error reports of users (unconfirmed).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eventsim import ApiError, load_json, policy_fault

SIZE_BYTES_MAX: Final = 20 * 1024
"""Size of a policy (documented)."""
_MEMBERS: Final = ("Version", "Id", "Statement")
_OF_A_STATEMENT: Final = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_ACTION: Final = re.compile(r"\*|s3[a-z-]*:[a-z*?]+", re.IGNORECASE)
_PRINCIPAL: Final = re.compile(
    r"\*|[0-9]{12}|[0-9a-f]{64}|A[A-Z]{3}[A-Z0-9]{12,}|arn:[a-z-]+:(iam|sts)::([0-9]{12}|cloudfront):.+"
)
_NOT_ABOUT_BUCKETS: Final = (
    "AbortMultipartUpload",
    "ListMultipartUploadParts",
    "BypassGovernanceRetention",
    "Replicate",
)
"""Beginnings of actions on objects that do not say `Object`."""


def checked_policy(text: str, bucket: str) -> str:
    """Return a policy that is one, and about this bucket.

    Raises:
        ApiError: S3 would refuse it.
    """
    if len(text.encode()) > SIZE_BYTES_MAX:
        message = f"The policy exceeds the maximum allowed document size of {SIZE_BYTES_MAX} bytes"
        raise ApiError("PolicyTooLarge", message)
    try:
        document = load_json(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    statements = _statements(document)
    if not statements:
        raise _malformed("Missing required field Statement")
    _check_members(document, _MEMBERS)
    for statement in statements:
        _check_members(statement, _OF_A_STATEMENT)
        _check_statement(statement, bucket)
    if policy_fault(text):
        raise _malformed("Invalid policy syntax.")
    return text


def is_public(text: str) -> bool:
    """Tell whether a statement of a policy allows something to everybody, on no condition."""
    return any(
        statement.get("Effect") == "Allow" and not statement.get("Condition") and "*" in _named(statement)
        for statement in _statements(load_json(text))
    )


def _statements(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a policy, of which one may stand alone."""
    return [each for each in _all(document.get("Statement") or []) if isinstance(each, dict)]


def _check_members(given: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise _malformed(f"Unknown field {name}")


def _check_statement(statement: Mapping[str, Any], bucket: str) -> None:
    for field in ("Effect", "Principal", "Action", "Resource"):
        if field not in statement and f"Not{field}" not in statement:
            raise _malformed(f"Missing required field {field}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement['Effect']}")
    if not all(_PRINCIPAL.fullmatch(each) for each in _named(statement)):
        raise _malformed("Invalid principal in policy")
    actions, resources = (_all(statement.get(name, statement.get(f"Not{name}"))) for name in ("Action", "Resource"))
    if not all(_ACTION.fullmatch(str(action)) for action in actions):
        raise _malformed("Policy has invalid action")
    for resource in resources:
        if resource != "*" and str(resource).rpartition(":::")[2].partition("/")[0] not in (bucket, "*"):
            raise _malformed("Policy has invalid resource")
    if not all(_applies(str(action), resources) for action in actions):
        raise _malformed("Action does not apply to any resource(s) in statement")


def _applies(action: str, resources: Sequence[Any]) -> bool:
    """Tell whether an action on objects finds objects among the resources, and one on buckets a bucket."""
    name = action.partition(":")[2]
    if not name or "*" in name or "?" in name:
        return True
    is_about_objects = name.startswith(_NOT_ABOUT_BUCKETS) or ("Object" in name and "Bucket" not in name)
    return any(("/" in str(each)) == is_about_objects or str(each).endswith("*") for each in resources)


def _named(statement: Mapping[str, Any]) -> list[str]:
    """Return the accounts, users and roles that a statement names; services and providers have other names."""
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if not isinstance(principal, dict):
        return [str(principal)]
    return [str(each) for kind in ("AWS", "CanonicalUser") for each in _all(principal.get(kind, []))]


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicy", message)
