"""The operations on buckets themselves: create, delete, list, versioning, notifications."""

import re
from typing import Any

from eventsim import ApiError
from eventsim_sources.bucket.api.acl import grants_of_creation
from eventsim_sources.bucket.api.call import Call, date_of
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.api.setting_rules import checked_tag_set
from eventsim_sources.bucket.api.settings import setting, tell_without_effect
from eventsim_sources.bucket.errors import invalid_argument, not_simulated
from eventsim_sources.bucket.folders import BucketFolders
from eventsim_sources.bucket.listing import entry_of, token_of
from eventsim_sources.bucket.names import check_bucket_name
from eventsim_sources.bucket.namespace import buckets_of_account, find_bucket, is_taken
from eventsim_sources.bucket.source import Bucket

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_OWNERSHIPS = ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
_HOME_REGION = "us-east-1"
"""The region that S3 treats as it was before there were regions."""

BUCKETS_PAGE_MAX = 10_000
"""Buckets on one page of `ListBuckets` (documented)."""


def create_bucket(call: Call) -> dict[str, Any]:
    """Create an empty bucket."""
    name, region = call.text("Bucket"), call.request.region or call.world.region
    check_bucket_name(name)
    _check_ownership(call)
    grants = grants_of_creation(call)
    _check_location(call, region)
    asked = call.get("CreateBucketConfiguration", {}).get("LocationConstraint") or region
    tags = checked_tag_set(call.get("CreateBucketConfiguration", {}).get("Tags", ()))
    existing = _made_before(call, name, region, tags)
    if existing is not None:
        return {"Location": f"/{name}", "BucketArn": existing.arn}
    asked = "eu-west-1" if asked == "EU" else asked
    if Bucket.kind in call.world.folders:
        bucket = call.world.share(BucketFolders).create(name, asked)
    else:
        bucket = Bucket(call.world, name, region=asked)
        call.world.add(bucket)
    if "ObjectOwnership" in call.parameters:
        bucket.settings["BucketOwnershipControls"] = {"Rules": [{"ObjectOwnership": call.text("ObjectOwnership")}]}
    if grants is not None:
        bucket.settings["BucketAcl"] = grants
        tell_without_effect(call, bucket, "ACL")
    if call.get("ObjectLockEnabledForBucket"):
        bucket.store.versioning = "Enabled"
        bucket.settings["ObjectLockConfiguration"] = {"ObjectLockEnabled": "Enabled"}
    if tags:
        bucket.settings["BucketTagging"] = tags
    bucket.keep_settings()
    location = f"/{name}" if region == _HOME_REGION else f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": bucket.arn}


def _made_before(call: Call, name: str, region: str, tags: object) -> Bucket | None:
    """Return the bucket of this name that the caller may make once more, None if there is none.

    Raises:
        ApiError: the name is somebody else's, or the bucket is another than is asked for.
    """
    if is_taken(call.world, name):
        raise ApiError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            "Please select a different name and try again.",
            status=409,
            fields={"BucketName": name},
        )
    existing = find_bucket(call.world, name)
    if existing is None:
        return None
    has_other_tags = existing.settings.get("BucketTagging") != tags
    if existing.region != _HOME_REGION or region != _HOME_REGION or has_other_tags:
        raise ApiError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            status=409,
            fields={"BucketName": name},
        )
    return existing


def delete_bucket(call: Call) -> dict[str, Any]:
    """Delete a bucket that holds nothing."""
    bucket = call.bucket()
    if len(bucket.store.all_keys) or not _is_removed(call, bucket):
        message = "The bucket you tried to delete is not empty"
        if bucket.store.versioning:
            message += ". You must delete all versions in the bucket."
        raise ApiError("BucketNotEmpty", message, status=409, fields={"BucketName": bucket.name})
    bucket.lifecycle.follow(None)
    call.world.remove(bucket.arn)
    return {}


def _is_removed(call: Call, bucket: Bucket) -> bool:
    """Remove the bucket's folder, if it is one that its creation made; tell whether there is none any more."""
    if Bucket.kind not in call.world.folders:
        return True
    try:
        call.world.share(BucketFolders).remove(bucket)
    except FileExistsError:
        return False
    return True


def head_bucket(call: Call) -> dict[str, Any]:
    """Tell that a bucket is there, and where."""
    bucket = call.bucket()
    return {"BucketArn": bucket.arn, "BucketRegion": bucket.region, "AccessPointAlias": False}


def list_buckets(call: Call) -> dict[str, Any]:
    """Return the buckets, by name."""
    region, prefix = call.get("BucketRegion"), call.text("Prefix")
    if region is not None and _REGION.fullmatch(region) is None:
        raise invalid_argument(f"Argument value {region} is not a valid AWS Region", "bucket-region", region)
    after = entry_of(call.text("ContinuationToken")) if "ContinuationToken" in call.parameters else ""
    count_max = int(call.get("MaxBuckets", BUCKETS_PAGE_MAX))
    if not 1 <= count_max <= BUCKETS_PAGE_MAX:
        message = f"Argument max-buckets must be an integer between 1 and {BUCKETS_PAGE_MAX}"  # unconfirmed words
        raise invalid_argument(message, "max-buckets", count_max)
    found = [
        bucket
        for name, bucket in buckets_of_account(call.world).items()
        if name > after and name.startswith(prefix) and region in {None, bucket.region}
    ]
    shown = found[:count_max]
    listed = [_listed(bucket, with_region=bool(call.parameters)) for bucket in shown]
    answer: dict[str, Any] = {"Buckets": listed, "Owner": owner(call)}
    if prefix:
        answer["Prefix"] = prefix
    if len(found) > count_max:
        answer["ContinuationToken"] = token_of(shown[-1].name)
    return answer


def get_bucket_location(call: Call) -> dict[str, Any]:
    """Return the bucket's region, None for the oldest one."""
    region = call.bucket().region
    return {"LocationConstraint": None if region == _HOME_REGION else region}


def get_bucket_versioning(call: Call) -> dict[str, Any]:
    """Return the state of versioning; nothing if it was never set."""
    versioning = call.bucket().store.versioning
    return {"Status": versioning} if versioning else {}


def put_bucket_versioning(call: Call) -> dict[str, Any]:
    """Enable or suspend versioning."""
    bucket = call.bucket()
    configuration = call.parameters["VersioningConfiguration"]
    if configuration.get("MFADelete", "Disabled") != "Disabled":
        raise not_simulated("PutBucketVersioning", "MFADelete")
    status = configuration.get("Status")
    if status is None:
        raise ApiError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    if status == "Suspended" and setting(bucket, "ObjectLockConfiguration") is not None:
        raise ApiError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            status=409,
        )
    if status == "Suspended" and setting(bucket, "BucketReplication") is not None:
        raise ApiError(
            "InvalidBucketState",
            "A replication configuration is present on this bucket, so you cannot change the versioning state. To "
            "change the versioning state, first delete the replication configuration.",
            status=409,
        )
    bucket.store.versioning = status
    bucket.keep_settings()
    return {}


def put_bucket_notification_configuration(call: Call) -> dict[str, Any]:
    """Replace the whole notification configuration."""
    bucket = call.bucket()
    bucket.notifier.configure(
        call.parameters["NotificationConfiguration"],
        validate=not call.get("SkipDestinationValidation", False),
        cause=call.request.entry,
    )
    bucket.keep_settings()
    return {}


def get_bucket_notification_configuration(call: Call) -> dict[str, Any]:
    """Return the notification configuration."""
    return call.bucket().notifier.configuration()


def _listed(bucket: Bucket, *, with_region: bool) -> dict[str, Any]:
    """Return a bucket as a listing tells of it; of its region only whoever asks for something (documented)."""
    listed = {"Name": bucket.name, "CreationDate": date_of(bucket.created_s), "BucketArn": bucket.arn}
    return {**listed, "BucketRegion": bucket.region} if with_region else listed


def _check_location(call: Call, region: str) -> None:
    """See that the bucket is asked for where it shall be."""
    configuration = call.get("CreateBucketConfiguration", {})
    others = configuration.keys() - {"LocationConstraint", "Tags"}
    if others:
        raise not_simulated("CreateBucket", f"CreateBucketConfiguration.{sorted(others)[0]}")
    constraint = configuration.get("LocationConstraint")
    if region == _HOME_REGION:
        if constraint == _HOME_REGION or (constraint and constraint != "EU" and not _REGION.fullmatch(constraint)):
            raise ApiError(
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
                fields={"LocationConstraint": constraint},
            )
        return
    if constraint != region and not (constraint == "EU" and region == "eu-west-1"):
        raise ApiError(
            "IllegalLocationConstraintException",
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )


def _check_ownership(call: Call) -> None:
    """See that the ownership of objects is one that there is."""
    given = call.get("ObjectOwnership")
    if given is not None and given not in _OWNERSHIPS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {given}", "x-amz-object-ownership", given)
