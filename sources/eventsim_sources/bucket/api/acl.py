"""Who may do what with a bucket or an object? Access control lists: checked, kept and given back, never enforced.

A new bucket has them switched off (documented); with another object ownership they can be set. Words are unconfirmed.
"""

from typing import Any

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call, find_object
from eventsim_sources.bucket.api.grants import Grants, asks_for_grants, grants_asked, is_public, of_owner
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.api.settings import ENFORCED, ownership, setting, tell_without_effect
from eventsim_sources.bucket.source import Bucket


def put_bucket_acl(call: Call) -> dict[str, Any]:
    """Replace a bucket's list."""
    bucket = call.bucket()
    bucket.settings["BucketAcl"] = _allowed(call, bucket)
    bucket.keep_settings()
    tell_without_effect(call, bucket, "ACL")
    return {}


def get_bucket_acl(call: Call) -> dict[str, Any]:
    """Return a bucket's list; the owner may do everything at first."""
    grants = call.bucket().settings.get("BucketAcl")
    return {"Owner": owner(call), "Grants": [of_owner(call)] if grants is None else grants}


def put_object_acl(call: Call) -> dict[str, Any]:
    """Replace an object's list."""
    bucket, version = find_object(call, "PUT")
    version = replace(version, grants=tuple(_allowed(call, bucket)))
    bucket.store.amend(version)
    call.notify(bucket, "ObjectAcl:Put", version)
    tell_without_effect(call, bucket, "ACL")
    return {}


def get_object_acl(call: Call) -> dict[str, Any]:
    """Return an object's list."""
    _, version = find_object(call, "GET")
    return {"Owner": owner(call), "Grants": list(version.grants) or [of_owner(call)]}


def grants_of_write(call: Call, bucket: Bucket) -> tuple[dict[str, Any], ...]:
    """Return the list that a write gives its object, empty for the owner's.

    Raises:
        ApiError: the bucket does not allow lists, or this one is public and public ones are blocked.
    """
    if not asks_for_grants(call):
        return ()
    grants = tuple(_allowed(call, bucket))
    if ownership(bucket) == ENFORCED:
        return ()
    tell_without_effect(call, bucket, "ACL")
    return grants


def grants_of_creation(call: Call) -> Grants | None:
    """Return the list that a new bucket shall have, None for the owner's.

    Raises:
        ApiError: lists are to be off, or this one is public: those are blocked at first (documented).
    """
    if not asks_for_grants(call):
        return None
    grants = grants_asked(call)
    if grants == [of_owner(call)]:
        return None
    if call.get("ObjectOwnership", ENFORCED) == ENFORCED:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise ApiError("InvalidBucketAclWithObjectOwnership", message)
    if is_public(grants):
        message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise ApiError("InvalidBucketAclWithBlockPublicAccessError", message)
    return grants


def _allowed(call: Call, bucket: Bucket) -> Grants:
    """Return the list that a request asks for, if the bucket takes it."""
    grants = grants_asked(call)
    if ownership(bucket) == ENFORCED:
        if call.get("ACL", "bucket-owner-full-control") != "bucket-owner-full-control" or grants != [of_owner(call)]:
            raise ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        return grants
    block = setting(bucket, "PublicAccessBlock")
    if block and block["BlockPublicAcls"] and is_public(grants):
        raise ApiError("AccessDenied", "Access Denied", status=403)
    return grants
