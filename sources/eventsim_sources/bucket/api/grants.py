"""What does a request grant, and to whom? Access control lists as they are asked for: canned, in headers, or whole.

Whether a bucket takes them is not asked here. Codes are documented; words are from error reports (unconfirmed).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, method_not_allowed

Grants = list[dict[str, Any]]

GRANT_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "GrantFullControl": ("FULL_CONTROL", "x-amz-grant-full-control"),
    "GrantRead": ("READ", "x-amz-grant-read"),
    "GrantReadACP": ("READ_ACP", "x-amz-grant-read-acp"),
    "GrantWrite": ("WRITE", "x-amz-grant-write"),
    "GrantWriteACP": ("WRITE_ACP", "x-amz-grant-write-acp"),
}
"""Parameter → what it permits, and its header."""
_PERMISSIONS: Final = frozenset(permission for permission, _ in GRANT_HEADERS.values())

_GROUPS: Final = "http://acs.amazonaws.com/groups/"
_EVERYBODY: Final = f"{_GROUPS}global/AllUsers"
_ANY_ACCOUNT: Final = f"{_GROUPS}global/AuthenticatedUsers"
_LOG_DELIVERY: Final = f"{_GROUPS}s3/LogDelivery"
_KNOWN_GROUPS: Final = frozenset({_EVERYBODY, _ANY_ACCOUNT, _LOG_DELIVERY})
_CANNED: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "private": (),
    "public-read": ((_EVERYBODY, "READ"),),
    "public-read-write": ((_EVERYBODY, "READ"), (_EVERYBODY, "WRITE")),
    "authenticated-read": ((_ANY_ACCOUNT, "READ"),),
    "log-delivery-write": ((_LOG_DELIVERY, "WRITE"), (_LOG_DELIVERY, "READ_ACP")),
    "aws-exec-read": (),
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
}
"""What a canned list grants to groups, besides everything to the owner (documented)."""
_CANONICAL_ID: Final = re.compile(r"[0-9a-f]{64}")


def asks_for_grants(call: Call) -> bool:
    """Tell whether a request says who may do what."""
    return "ACL" in call.parameters or bool(GRANT_HEADERS.keys() & call.parameters.keys())


def grants_asked(call: Call) -> Grants:
    """Return the list that a request asks for.

    Raises:
        ApiError: none, more than one, or one that is none.
    """
    canned, policy = call.get("ACL"), call.get("AccessControlPolicy")
    headers = [name for name in GRANT_HEADERS if name in call.parameters]
    if canned and canned not in _CANNED:
        raise invalid_argument("", "x-amz-acl", canned)
    if canned and headers:
        raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if policy is not None:
        if canned or headers:
            raise ApiError("UnexpectedContent", "This request contains unsupported content.")
        return _of_policy(call, policy)
    if headers:
        return [grant for name in headers for grant in _of_header(call.text(name), name)]
    if not canned:
        message = "Your request was missing a required header"
        raise ApiError("MissingSecurityHeader", message, fields={"MissingHeaderName": "x-amz-acl"})
    return [of_owner(call), *(_of_group(uri, permission) for uri, permission in _CANNED[canned])]


def of_owner(call: Call) -> dict[str, Any]:
    """Return the grant of everything to the owner."""
    return {"Grantee": {**owner(call), "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}


def is_public(grants: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether anybody outside the account is let in."""
    return any(grant["Grantee"].get("URI") in (_EVERYBODY, _ANY_ACCOUNT) for grant in grants)


def _of_group(uri: str, permission: str) -> dict[str, Any]:
    return {"Grantee": {"URI": uri, "Type": "Group"}, "Permission": permission}


def _of_header(text: str, name: str) -> Grants:
    """Return what a header grants, such as `id="…", uri="…"`."""
    permission, header = GRANT_HEADERS[name]
    grants = []
    for each in text.split(","):
        kind, _, quoted = each.strip().partition("=")
        value = quoted.strip('"')
        match kind:
            case "id":
                _check_id(value, "id")
                grantee = {"ID": value, "Type": "CanonicalUser"}
            case "uri":
                _check_group(value, "uri")
                grantee = {"URI": value, "Type": "Group"}
            case "emailAddress" | "emailaddress":  # documented in both spellings
                raise _no_email()
            case _:
                raise invalid_argument("Argument format not recognized", header, text)
        grants.append({"Grantee": grantee, "Permission": permission})
    return grants


def _of_policy(call: Call, policy: Mapping[str, Any]) -> Grants:
    """Return what a whole document grants; it must name the owner."""
    owner_id, grants = (policy.get("Owner") or {}).get("ID"), policy.get("Grants")
    if owner_id is None or grants is None:
        raise _malformed()
    _check_id(owner_id, "CanonicalUser/ID")
    if owner_id != owner(call)["ID"]:
        raise ApiError("AccessDenied", "Access Denied", status=403)
    for grant in grants:
        _check_grant(grant)
    return list(grants)


def _check_grant(grant: Mapping[str, Any]) -> None:
    grantee = grant.get("Grantee") or {}
    if grant.get("Permission") not in _PERMISSIONS:
        raise _malformed()
    match grantee.get("Type"):
        case "CanonicalUser" if "ID" in grantee:
            _check_id(grantee["ID"], "CanonicalUser/ID")
        case "Group" if "URI" in grantee:
            _check_group(grantee["URI"], "Group/URI")
        case "AmazonCustomerByEmail":
            raise _no_email()
        case _:
            raise _malformed()


def _check_id(text: str, name: str) -> None:
    if not _CANONICAL_ID.fullmatch(text):
        raise invalid_argument("Invalid id", name, text)


def _check_group(uri: str, name: str) -> None:
    if uri not in _KNOWN_GROUPS:
        raise invalid_argument("Invalid group uri", name, uri)


def _no_email() -> ApiError:
    """S3 knows nobody by his address any more, since October 2025 (documented)."""
    return method_not_allowed("PUT", "ACL")


def _malformed() -> ApiError:
    return ApiError(
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
