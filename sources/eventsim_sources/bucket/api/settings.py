"""What do clients set on a bucket on their way? Tags, policies, rules: kept and given back.

Deployment tools and test suites put these and read them again. None of them changes what the bucket does here, and the
trace says so of each. Codes are documented; words that are not in the service's reference are unconfirmed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.errors import not_simulated

_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
_WITHOUT_EFFECT = "it is kept and given back; access, lifetimes and encryption are not simulated"


class Setting(Struct, frozen=True, kw_only=True):
    """One thing that can be set on a bucket.

    Attributes:
        parameter: the member of the Put operation that holds it.
        members: what the Get operation answers, from the value that was put.
        at_first: its value for a new bucket, None for none.
        missing: code and words of the 404 that answers when there is none.
    """

    parameter: str
    members: Callable[[Any], dict[str, Any]]
    at_first: Any = None
    missing: tuple[str, str] = ("", "")


SETTINGS: Mapping[str, Setting] = {
    "BucketTagging": Setting(
        parameter="Tagging",
        members=lambda value: {"TagSet": value["TagSet"]},
        missing=("NoSuchTagSet", "The TagSet does not exist"),
    ),
    "BucketPolicy": Setting(
        parameter="Policy",
        members=lambda value: {"Policy": value},
        missing=("NoSuchBucketPolicy", "The bucket policy does not exist"),
    ),
    "BucketCors": Setting(
        parameter="CORSConfiguration",
        members=lambda value: {"CORSRules": value["CORSRules"]},
        missing=("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    ),
    "BucketLifecycleConfiguration": Setting(
        parameter="LifecycleConfiguration",
        members=lambda value: {"Rules": value["Rules"]},
        missing=("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    ),
    "BucketEncryption": Setting(
        parameter="ServerSideEncryptionConfiguration",
        members=lambda value: {"ServerSideEncryptionConfiguration": value},
        at_first=_ENCRYPTION,
    ),
    "PublicAccessBlock": Setting(
        parameter="PublicAccessBlockConfiguration",
        members=lambda value: {"PublicAccessBlockConfiguration": value},
        at_first=_BLOCKED,
        missing=("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ),
    "BucketOwnershipControls": Setting(
        parameter="OwnershipControls",
        members=lambda value: {"OwnershipControls": value},
        at_first=_OWNERSHIP,
        missing=("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    ),
}
"""By the name of its operations without their verb."""

DELETED_AS = {"BucketLifecycleConfiguration": "BucketLifecycle"}
"""Where the operation that deletes has another name."""


def put(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that sets something."""
    setting = SETTINGS[name]

    def put_setting(call: Call) -> dict[str, Any]:
        value = call.get(setting.parameter)
        if name == "BucketOwnershipControls" and value != _OWNERSHIP:
            raise not_simulated(call.request.operation, "ObjectOwnership other than BucketOwnerEnforced")
        bucket = call.bucket()
        bucket.settings[name] = value
        trace = call.world.trace
        kind = trace.kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")
        detail = {"parameter": setting.parameter, "reason": _WITHOUT_EFFECT}
        trace.record(kind, 0, trace.subject("bucket", bucket.name), call.request.entry, detail=detail)
        return {}

    return put_setting


def get(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that reads something back."""
    setting = SETTINGS[name]

    def get_setting(call: Call) -> dict[str, Any]:
        bucket = call.bucket()
        value = bucket.settings.get(name, setting.at_first)
        if value is None:
            code, words = setting.missing
            raise ApiError(code, words, status=404, fields={"BucketName": bucket.name})
        return setting.members(value)

    return get_setting


def delete(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that takes something away; encryption goes back to S3's own."""

    def delete_setting(call: Call) -> dict[str, Any]:
        call.bucket().settings[name] = _ENCRYPTION if name == "BucketEncryption" else None
        return {}

    return delete_setting


def fixed(answer: Mapping[str, Any]) -> Callable[[Call], dict[str, Any]]:
    """Return an operation that answers the same for every bucket: what it reads cannot be set here."""

    def read(call: Call) -> dict[str, Any]:
        call.bucket()
        return dict(answer)

    return read


def absent(code: str, words: str) -> Callable[[Call], dict[str, Any]]:
    """Return an operation that finds nothing: what it reads cannot be set here."""

    def read(call: Call) -> dict[str, Any]:
        raise ApiError(code, words, status=404, fields={"BucketName": call.bucket().name})

    return read


def get_bucket_acl(call: Call) -> dict[str, Any]:
    """Return who may do what: the owner everything, as with access control lists switched off."""
    call.bucket()
    grantee = {**owner(call), "Type": "CanonicalUser"}
    return {"Owner": owner(call), "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]}
