"""Who may do what with a bucket or an object? Access control lists: checked, kept and given back, never enforced.

A new bucket has them switched off (documented); with another object ownership they can be set. Words are unconfirmed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call, find_version
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.api.settings import ENFORCED, ownership, setting, tell_without_effect
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, marker_not_allowed
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion

GRANT_HEADERS: Mapping[str, str] = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantReadACP": "READ_ACP",
    "GrantWrite": "WRITE",
    "GrantWriteACP": "WRITE_ACP",
}
_GROUPS = "http://acs.amazonaws.com/groups/"
_EVERYBODY = f"{_GROUPS}global/AllUsers"
_ANY_ACCOUNT = f"{_GROUPS}global/AuthenticatedUsers"
_LOG_DELIVERY = f"{_GROUPS}s3/LogDelivery"
_CANNED: Mapping[str, Sequence[tuple[str, str]]] = {
    "public-read": ((_EVERYBODY, "READ"),),
    "public-read-write": ((_EVERYBODY, "READ"), (_EVERYBODY, "WRITE")),
    "authenticated-read": ((_ANY_ACCOUNT, "READ"),),
    "log-delivery-write": ((_LOG_DELIVERY, "WRITE"), (_LOG_DELIVERY, "READ_ACP")),
}
"""What a canned list grants besides everything to the owner (documented)."""
_GRANTEES = {
    "id": ("CanonicalUser", "ID"),
    "uri": ("Group", "URI"),
    "emailAddress": ("AmazonCustomerByEmail", "EmailAddress"),
}


def put_bucket_acl(call: Call) -> dict[str, Any]:
    """Replace a bucket's list."""
    bucket = call.bucket()
    bucket.settings["BucketAcl"] = _asked(call, bucket)
    bucket.keep_settings()
    tell_without_effect(call, bucket, "ACL")
    return {}


def get_bucket_acl(call: Call) -> dict[str, Any]:
    """Return a bucket's list; the owner may do everything at first."""
    return {"Owner": owner(call), "Grants": call.bucket().settings.get("BucketAcl") or [_of_owner(call)]}


def put_object_acl(call: Call) -> dict[str, Any]:
    """Replace an object's list."""
    bucket, version = _object(call, "PUT")
    version = replace(version, grants=tuple(_asked(call, bucket)))
    bucket.store.amend(version)
    call.notify(bucket, "ObjectAcl:Put", version)
    tell_without_effect(call, bucket, "ACL")
    return {}


def get_object_acl(call: Call) -> dict[str, Any]:
    """Return an object's list."""
    _, version = _object(call, "GET")
    return {"Owner": owner(call), "Grants": list(version.grants) or [_of_owner(call)]}


def grants_of_write(call: Call, bucket: Bucket) -> tuple[dict[str, Any], ...]:
    """Return the list that a write gives its object, empty for the owner's.

    Raises:
        ApiError: the bucket does not allow lists, or this one is public and public ones are blocked.
    """
    if "ACL" not in call.parameters and not GRANT_HEADERS.keys() & call.parameters.keys():
        return ()
    grants = tuple(_asked(call, bucket))
    if ownership(bucket) == ENFORCED:
        return ()
    tell_without_effect(call, bucket, "ACL")
    return grants


def _object(call: Call, method: str) -> tuple[Bucket, ObjectVersion]:
    bucket = call.bucket()
    version = find_version(bucket, call.key, call.get("VersionId"))
    if isinstance(version, DeleteMarker):
        raise marker_not_allowed(method)
    return bucket, version


def _asked(call: Call, bucket: Bucket) -> list[dict[str, Any]]:
    """Return the list that a request asks for."""
    canned, policy = call.get("ACL"), call.get("AccessControlPolicy")
    headers = [name for name in GRANT_HEADERS if name in call.parameters]
    if not canned and policy is None and not headers:
        raise ApiError("MissingSecurityHeader", "Your request was missing a required header")
    if canned and headers:
        raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if ownership(bucket) == ENFORCED:
        if canned == "bucket-owner-full-control":
            return [_of_owner(call)]
        raise ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if policy is not None:
        grants = list(policy.get("Grants") or [])
    elif headers:
        grants = [grant for name in headers for grant in _of_header(call.text(name), name)]
    else:
        grants = [_of_owner(call), *(_of_group(uri, permission) for uri, permission in _CANNED.get(str(canned), ()))]
    _check_public(bucket, grants)
    return grants


def _check_public(bucket: Bucket, grants: Sequence[Mapping[str, Any]]) -> None:
    block = setting(bucket, "PublicAccessBlock")
    is_public = any(grant["Grantee"].get("URI") in (_EVERYBODY, _ANY_ACCOUNT) for grant in grants)
    if is_public and block and block.get("BlockPublicAcls"):
        raise ApiError("AccessDenied", "Access Denied", status=403)


def _of_header(text: str, name: str) -> list[dict[str, Any]]:
    """Return what a header grants, such as `id="…", uri="…"`."""
    grants = []
    for each in text.split(","):
        kind, _, value = each.strip().partition("=")
        if kind not in _GRANTEES:
            raise invalid_argument("Argument format not recognized", name, text)
        type_, member = _GRANTEES[kind]
        grantee = {member: value.strip('"'), "Type": type_}
        grants.append({"Grantee": grantee, "Permission": GRANT_HEADERS[name]})
    return grants


def _of_group(uri: str, permission: str) -> dict[str, Any]:
    return {"Grantee": {"URI": uri, "Type": "Group"}, "Permission": permission}


def _of_owner(call: Call) -> dict[str, Any]:
    return {"Grantee": {**owner(call), "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
