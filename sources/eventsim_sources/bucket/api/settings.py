"""What do clients set on a bucket on their way? Tags, policies, rules: kept and given back.

Deployment tools and test suites put these and read them again. Rules for lifetimes and copies are followed, browsers
ask for CORS and websites over HTTP; the others do not change what the bucket does here, and the trace says so of each.
Codes are documented; words that are not in the service's reference are unconfirmed.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.bucket.api import setting_rules
from eventsim_sources.bucket.api.bucket_policy import checked_policy, is_public
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.errors import missing_body
from eventsim_sources.bucket.source import Bucket

_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ENFORCED = "BucketOwnerEnforced"
"""The object ownership of a new bucket: access control lists are switched off."""
_OWNERSHIP = {"Rules": [{"ObjectOwnership": ENFORCED}]}
_WITHOUT_EFFECT = "it is kept and given back; access and encryption are not simulated"


class Setting(Struct, frozen=True, kw_only=True):
    """One thing that can be set on a bucket.

    Attributes:
        parameter: the member of the Put operation that holds it.
        check: returns what is kept of a value, or refuses it.
        members: what the Get operation answers, from the value that was put.
        at_first: its value for a new bucket, None for none.
        missing: code and words of the 404 that answers when there is none.
        needs_versioning: the refusal while versioning is not enabled, None where it does not matter.
        is_deletable: whether there is an operation that deletes it.
        takes: further parameters of the Put operation.
        is_heeded: whether somebody follows it.
        told_at_once: members of what is kept that the Put operation answers.
        status: the HTTP status of the Put operation (documented).
    """

    parameter: str
    check: Callable[[Call, Bucket, Any], Any]
    members: Callable[[Any], dict[str, Any]]
    at_first: Any = None
    missing: tuple[str, str] = ("", "")
    needs_versioning: tuple[str, str, int] | None = None
    is_deletable: bool = True
    takes: frozenset[str] = frozenset()
    is_heeded: bool = False
    told_at_once: tuple[str, ...] = ()
    status: int = 200


def _policy(_call: Call, bucket: Bucket, text: str) -> str:
    """Return a policy that the bucket may have: a public one only if public ones are not blocked."""
    block = setting(bucket, "PublicAccessBlock")
    kept = checked_policy(text, bucket.name)
    if block and block["BlockPublicPolicy"] and is_public(kept):
        message = "Access Denied because public policies are blocked by the BlockPublicPolicy setting"  # unconfirmed
        raise ApiError("AccessDenied", f"{message} in S3 Block Public Access.", status=403)
    return kept


SETTINGS: Mapping[str, Setting] = {
    "BucketTagging": Setting(
        parameter="Tagging",
        check=setting_rules.tagging,
        status=204,
        members=lambda value: {"TagSet": value["TagSet"]},
        missing=("NoSuchTagSet", "The TagSet does not exist"),
    ),
    "BucketPolicy": Setting(
        parameter="Policy",
        check=_policy,
        status=204,
        members=lambda value: {"Policy": value},
        takes=frozenset({"ConfirmRemoveSelfBucketAccess"}),
        missing=("NoSuchBucketPolicy", "The bucket policy does not exist"),
    ),
    "BucketCors": Setting(
        parameter="CORSConfiguration",
        check=setting_rules.cors,
        members=lambda value: {"CORSRules": value["CORSRules"]},
        missing=("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        is_heeded=True,
    ),
    "BucketLifecycleConfiguration": Setting(
        parameter="LifecycleConfiguration",
        check=setting_rules.lifecycle,
        members=dict,
        told_at_once=("TransitionDefaultMinimumObjectSize",),
        takes=frozenset({"TransitionDefaultMinimumObjectSize"}),
        missing=("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        is_heeded=True,
    ),
    "BucketEncryption": Setting(
        parameter="ServerSideEncryptionConfiguration",
        check=setting_rules.encryption,
        members=lambda value: {"ServerSideEncryptionConfiguration": value},
        at_first=_ENCRYPTION,
    ),
    "PublicAccessBlock": Setting(
        parameter="PublicAccessBlockConfiguration",
        check=setting_rules.public_access_block,
        members=lambda value: {"PublicAccessBlockConfiguration": value},
        at_first=_BLOCKED,
        missing=("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ),
    "BucketOwnershipControls": Setting(
        parameter="OwnershipControls",
        check=setting_rules.ownership_controls,
        members=lambda value: {"OwnershipControls": value},
        at_first=_OWNERSHIP,
        missing=("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
    ),
    "BucketWebsite": Setting(
        parameter="WebsiteConfiguration",
        check=setting_rules.website,
        members=dict,
        missing=("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
        is_heeded=True,
    ),
    "BucketReplication": Setting(
        parameter="ReplicationConfiguration",
        check=setting_rules.replication,
        members=lambda value: {"ReplicationConfiguration": value},
        missing=("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
        needs_versioning=(
            "InvalidRequest",
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            400,
        ),
        takes=frozenset({"Token"}),
        is_heeded=True,
    ),
    "BucketLogging": Setting(
        parameter="BucketLoggingStatus",
        check=setting_rules.logging,
        members=dict,
        at_first={},
        is_deletable=False,
    ),
    "BucketAccelerateConfiguration": Setting(
        parameter="AccelerateConfiguration",
        check=setting_rules.acceleration,
        members=dict,
        at_first={},
        is_deletable=False,
    ),
    "BucketRequestPayment": Setting(
        parameter="RequestPaymentConfiguration",
        check=lambda _call, _bucket, value: value,
        members=dict,
        at_first={"Payer": "BucketOwner"},
        is_deletable=False,
    ),
    "BucketAbac": Setting(
        parameter="AbacStatus",
        check=lambda _call, _bucket, value: value,
        members=lambda value: {"AbacStatus": value},
        at_first={"Status": "Disabled"},
        is_deletable=False,
    ),
    "ObjectLockConfiguration": Setting(
        parameter="ObjectLockConfiguration",
        check=setting_rules.object_lock,
        members=lambda value: {"ObjectLockConfiguration": value},
        missing=(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        needs_versioning=(
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            409,
        ),
        is_deletable=False,
        takes=frozenset({"Token", "RequestPayer"}),
    ),
}
"""By the name of its operations without their verb."""

DELETED_AS = {"BucketLifecycleConfiguration": "BucketLifecycle"}
"""Where the operation that deletes has another name."""


def setting(bucket: Bucket, name: str) -> Any:
    """Return what is set on a bucket, None for nothing."""
    return bucket.settings.get(name, SETTINGS[name].at_first)


def ownership(bucket: Bucket) -> str:
    """Return who owns what others write; a bucket whose controls were deleted is as buckets were at first."""
    controls = setting(bucket, "BucketOwnershipControls")
    return "ObjectWriter" if controls is None else str(controls["Rules"][0]["ObjectOwnership"])


def get_bucket_policy_status(call: Call) -> dict[str, Any]:
    """Tell whether the policy lets everybody in, on no condition (documented; S3 looks closer at conditions)."""
    bucket = call.bucket()
    text = setting(bucket, "BucketPolicy")
    if text is None:
        code, words = SETTINGS["BucketPolicy"].missing
        raise ApiError(code, words, status=404, fields={"BucketName": bucket.name})
    return {"PolicyStatus": {"IsPublic": is_public(text)}}


def put(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that sets something."""
    kind = SETTINGS[name]

    def put_setting(call: Call) -> dict[str, Any]:
        value = call.get(kind.parameter)
        bucket = call.bucket()
        if value is None:
            raise missing_body()
        if kind.needs_versioning is not None and bucket.store.versioning != "Enabled":
            code, words, status = kind.needs_versioning
            raise ApiError(code, words, status=status, fields={"BucketName": bucket.name})
        kept = kind.check(call, bucket, value)
        bucket.set(name, kept)
        if not kind.is_heeded:
            tell_without_effect(call, bucket, kind.parameter)
        answer = {member: kept[member] for member in kind.told_at_once}
        return answer if kind.status == HTTPStatus.OK else {"ResponseMetadata": {"HTTPStatusCode": kind.status}}

    return put_setting


def tell_without_effect(call: Call, bucket: Bucket, parameter: str) -> None:
    """Record that something was set which has no effect here."""
    trace = call.world.trace
    kind = trace.kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")
    detail = {"parameter": parameter, "reason": _WITHOUT_EFFECT}
    trace.record(kind, 0, trace.subject("bucket", bucket.name), call.request.entry, detail=detail)


def get(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that reads something back."""
    kind = SETTINGS[name]

    def get_setting(call: Call) -> dict[str, Any]:
        bucket = call.bucket()
        value = setting(bucket, name)
        if value is None:
            code, words = kind.missing
            raise ApiError(code, words, status=404, fields={"BucketName": bucket.name})
        return kind.members(value)

    return get_setting


def delete(name: str) -> Callable[[Call], dict[str, Any]]:
    """Return the operation that takes something away; encryption goes back to S3's own."""

    def delete_setting(call: Call) -> dict[str, Any]:
        bucket = call.bucket()
        bucket.set(name, _ENCRYPTION if name == "BucketEncryption" else None)
        return {}

    return delete_setting
