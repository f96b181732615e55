"""What do calls about buckets of S3 need? Seldom the action of their own name: settings have actions of two kinds."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    anywhere,
    if_given,
    like,
    member,
    on,
    passing,
    text_in,
    together,
    told,
    value_of,
)

_BUCKET: Final = like("arn:aws:s3:::{Bucket}")
_GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
ACL: Final = " ".join(("ACL", *_GRANTS))
"""Parameters that give others access to what is made."""
ACL_KEYS: Final = told(
    {
        "s3:x-amz-acl": "ACL",
        "s3:x-amz-grant-full-control": "GrantFullControl",
        "s3:x-amz-grant-read": "GrantRead",
        "s3:x-amz-grant-read-acp": "GrantReadACP",
        "s3:x-amz-grant-write": "GrantWrite",
        "s3:x-amz-grant-write-acp": "GrantWriteACP",
    }
)
"""Those of the condition keys that tell of them."""
_LISTED: Final = told({"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys"})

_SETTINGS: Final = (
    ("BucketAbac", "BucketABAC", "Get Put"),
    ("BucketAccelerateConfiguration", "AccelerateConfiguration", "Get Put"),
    ("BucketAnalyticsConfiguration", "AnalyticsConfiguration", "Get List Put Delete"),
    ("BucketCors", "BucketCORS", "Get Put Delete"),
    ("BucketEncryption", "EncryptionConfiguration", "Get Put Delete"),
    ("BucketIntelligentTieringConfiguration", "IntelligentTieringConfiguration", "Get List Put Delete"),
    ("BucketInventoryConfiguration", "InventoryConfiguration", "Get List Put Delete"),
    ("BucketLifecycle", "LifecycleConfiguration", "Get Put Delete"),
    ("BucketLifecycleConfiguration", "LifecycleConfiguration", "Get Put"),
    ("BucketLogging", "BucketLogging", "Get Put"),
    ("BucketMetricsConfiguration", "MetricsConfiguration", "Get List Put Delete"),
    ("BucketNotification", "BucketNotification", "Get Put"),
    ("BucketNotificationConfiguration", "BucketNotification", "Get Put"),
    ("BucketOwnershipControls", "BucketOwnershipControls", "Get Put Delete"),
    ("BucketReplication", "ReplicationConfiguration", "Get Delete"),
    ("BucketRequestPayment", "BucketRequestPayment", "Get Put"),
    ("BucketTagging", "BucketTagging", "Get Put Delete"),
    ("BucketVersioning", "BucketVersioning", "Get Put"),
    ("ObjectLockConfiguration", "BucketObjectLockConfiguration", "Get Put"),
    ("PublicAccessBlock", "BucketPublicAccessBlock", "Get Put Delete"),
)
"""A setting as operations call it, as actions do, and what can be done with it."""
_ACTION_VERBS: Final[Mapping[str, str]] = MappingProxyType({"Get": "Get", "List": "Get", "Put": "Put", "Delete": "Put"})
"""What can be done with a setting → how the action for that begins: whoever may put it may delete it as well."""
_OF_THEIR_NAME: Final = (
    *("DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "GetBucketAcl", "GetBucketLocation"),
    *("GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketWebsite", "PutBucketPolicy", "PutBucketWebsite"),
)


def _opening(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what a new bucket needs that others shall have access to; a private one needs nothing more."""
    is_private = given.get("ACL") == "private" and not any(given.get(name) for name in _GRANTS)
    return [] if is_private else list(_PUTTING_ACL(given, place))


def _replication(given: Mapping[str, Any], place: Place) -> list[Need]:
    return list(_PASSING({"Role": text_in(member(given, "ReplicationConfiguration"), "Role")}, place))


_PASSING: Final = passing("s3", value_of("Role"))
_PUTTING_ACL: Final = on(_BUCKET, "s3:PutBucketAcl", keys=ACL_KEYS)

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{
            f"{verb}{setting}{'s' if verb == 'List' else ''}": on(_BUCKET, f"s3:{_ACTION_VERBS[verb]}{called}")
            for setting, called, verbs in _SETTINGS
            for verb in verbs.split()
        },
        **{name: on(_BUCKET, f"s3:{name}") for name in _OF_THEIR_NAME},
        "CreateBucket": together(
            on(_BUCKET, "s3:CreateBucket", keys=ACL_KEYS),
            if_given(ACL, _opening),
            if_given(
                "ObjectLockEnabledForBucket",
                on(_BUCKET, "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"),
            ),
            if_given("ObjectOwnership", on(_BUCKET, "s3:PutBucketOwnershipControls")),
        ),
        "HeadBucket": on(_BUCKET, "s3:ListBucket", keys=_LISTED),
        "ListBuckets": anywhere("s3:ListAllMyBuckets"),
        "ListMultipartUploads": on(_BUCKET, "s3:ListBucketMultipartUploads"),
        "ListObjectVersions": on(_BUCKET, "s3:ListBucketVersions", keys=_LISTED),
        "ListObjects": on(_BUCKET, "s3:ListBucket", keys=_LISTED),
        "ListObjectsV2": on(_BUCKET, "s3:ListBucket", keys=_LISTED),
        "PutBucketAcl": _PUTTING_ACL,
        "PutBucketReplication": together(on(_BUCKET, "s3:PutReplicationConfiguration"), _replication),
    }
)
