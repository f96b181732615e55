"""What do calls about objects of S3 need? Other actions for a version that is named, and one for all that is written.

Tags and access that are given with an object need what they would need alone. Whether a key of KMS may be used is for
its own policy to say first, so that nothing is asked of the caller's.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from eventsim.permissions.need import (
    Keys,
    Need,
    Needs,
    Place,
    if_given,
    like,
    member,
    members,
    nothing,
    on,
    text_in,
    together,
    told,
    unknown,
    without,
)
from eventsim.permissions.of_buckets import ACL, ACL_KEYS

_OBJECT: Final = like("arn:aws:s3:::{Bucket}/{Key}")
_LOCKED: Final = told(
    {"s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus", "s3:object-lock-mode": "ObjectLockMode"}
)
_HEADERS: Final = told(
    {
        "s3:if-match": "IfMatch",
        "s3:if-none-match": "IfNoneMatch",
        "s3:x-amz-copy-source": "CopySource",
        "s3:x-amz-metadata-directive": "MetadataDirective",
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
        "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
        "s3:x-amz-storage-class": "StorageClass",
        "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
    }
)
_VERSION: Final = told({"s3:VersionId": "VersionId"})
_OF_THEIR_NAME: Final = (
    *("AbortMultipartUpload", "DeleteObjectAnnotation", "GetObjectAnnotation", "GetObjectLegalHold"),
    *("GetObjectRetention", "GetObjectTorrent", "ListObjectAnnotations", "PutObjectAnnotation", "PutObjectLegalHold"),
    *("RestoreObject", "UpdateObjectEncryption"),
)


def _tag_keys(tags: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    one_by_one = {f"s3:RequestObjectTag/{key}": (value,) for key, value in tags.items()}
    return {**one_by_one, "s3:RequestObjectTagKeys": tuple(tags)}


def _of_header(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of tags that are given with an object, as a query string."""
    return _tag_keys(dict(parse_qsl(text_in(given, "Tagging"), keep_blank_values=True)))


def _written(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return {**_HEADERS(given), **ACL_KEYS(given), **_LOCKED(given), **_of_header(given)}


def _retention(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return told({"s3:object-lock-mode": "Mode"})(member(given, "Retention"))


def _of_tag_set(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return _tag_keys(
        {text_in(tag, "Key"): text_in(tag, "Value") for tag in members(member(given, "Tagging").get("TagSet"))}
    )


def _versioned(*actions: str, keys: Keys = without) -> Needs:
    """Return what needs other actions, those on versions, where a version is named."""
    plain = on(_OBJECT, *actions, keys=keys)
    of_versions = [action.replace("Object", "ObjectVersion") for action in actions]
    exact = on(_OBJECT, *of_versions, keys=lambda given: {**_VERSION(given), **keys(given)})
    return lambda given, place: (exact if given.get("VersionId") else plain)(given, place)


def _source(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what a copy needs of the object that it is made of."""
    path, _, version_id = text_in(given, "CopySource").partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    return list(_READ({"Bucket": bucket, "Key": key, "VersionId": unquote(version_id)}, place))


_READ: Final = _versioned("s3:GetObject")
_BYPASS: Final = if_given("BypassGovernanceRetention", on(_OBJECT, "s3:BypassGovernanceRetention"))
_DELETE: Final = together(_versioned("s3:DeleteObject"), _BYPASS)
_WRITE: Final = together(
    on(_OBJECT, "s3:PutObject", keys=_written),
    if_given("Tagging", on(_OBJECT, "s3:PutObjectTagging", keys=_of_header)),
    if_given(ACL, on(_OBJECT, "s3:PutObjectAcl", keys=ACL_KEYS)),
    if_given("ObjectLockMode ObjectLockRetainUntilDate", on(_OBJECT, "s3:PutObjectRetention", keys=_LOCKED)),
    if_given("ObjectLockLegalHoldStatus", on(_OBJECT, "s3:PutObjectLegalHold", keys=_LOCKED)),
)

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_OBJECT, f"s3:{name}") for name in _OF_THEIR_NAME},
        **dict.fromkeys(("GetObject", "HeadObject"), _READ),
        **dict.fromkeys(("PutObject", "PostObject", "CreateMultipartUpload"), _WRITE),
        **dict.fromkeys(("UploadPart", "CompleteMultipartUpload"), on(_OBJECT, "s3:PutObject")),
        "CopyObject": together(_source, _WRITE),
        "DeleteObject": _DELETE,
        "DeleteObjects": nothing,
        "DeleteObjectTagging": _versioned("s3:DeleteObjectTagging"),
        "GetObjectAcl": _versioned("s3:GetObjectAcl"),
        "GetObjectAttributes": _versioned("s3:GetObject", "s3:GetObjectAttributes"),
        "GetObjectTagging": _versioned("s3:GetObjectTagging"),
        "ListParts": on(_OBJECT, "s3:ListMultipartUploadParts"),
        "PutObjectAcl": _versioned("s3:PutObjectAcl", keys=ACL_KEYS),
        "PutObjectRetention": together(on(_OBJECT, "s3:PutObjectRetention", keys=_retention), _BYPASS),
        "PutObjectTagging": _versioned("s3:PutObjectTagging", keys=_of_tag_set),
        "SelectObjectContent": on(_OBJECT, "s3:GetObject"),
        "UploadPartCopy": together(_source, on(_OBJECT, "s3:PutObject")),
        "WriteGetObjectResponse": on(unknown, "s3-object-lambda:WriteGetObjectResponse"),
    }
)
