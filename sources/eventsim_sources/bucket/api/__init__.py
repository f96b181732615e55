"""S3 as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from typing import Any

from eventsim import ApiError, Operation, Request, World
from eventsim_sources.bucket.api import (
    acl,
    annotations,
    buckets,
    copies,
    deprecated,
    identified,
    listing,
    locks,
    multipart,
    objects,
    reencryption,
    restoring,
    settings,
    tagging,
)
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.encryption import CUSTOMER_KEY, SOURCE_CUSTOMER_KEY
from eventsim_sources.bucket.api.grants import GRANT_HEADERS
from eventsim_sources.bucket.api.properties import WRITE_PARAMETERS

_BUCKET = frozenset({"Bucket", "ExpectedBucketOwner"})
_OBJECT = _BUCKET | {"Key", "RequestPayer"}  # RequestPayer has no effect on a bucket of one's own (documented)
_CHECKSUMS = frozenset(
    {"ContentMD5", "ChecksumAlgorithm"}
    | {f"Checksum{each}" for each in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5")}
)
_WRITE_IF = frozenset({"IfMatch", "IfNoneMatch"})
_WHOLE = _OBJECT | WRITE_PARAMETERS | _CHECKSUMS | _WRITE_IF | {"Body", "ContentLength"}
_READ = _OBJECT | {
    *("IfMatch", "IfModifiedSince", "IfNoneMatch", "IfUnmodifiedSince", "Range", "PartNumber", "VersionId"),
    *("ChecksumMode", "ResponseCacheControl", "ResponseContentDisposition", "ResponseContentEncoding"),
    *("ResponseContentLanguage", "ResponseContentType", "ResponseExpires"),
    *CUSTOMER_KEY,
}
_COPY_SOURCE = frozenset(
    {"CopySource", "ExpectedSourceBucketOwner", *SOURCE_CUSTOMER_KEY}
    | {f"CopySourceIf{each}" for each in ("Match", "NoneMatch", "ModifiedSince", "UnmodifiedSince")}
)
_LIST = _BUCKET | {"Delimiter", "EncodingType", "MaxKeys", "Prefix", "RequestPayer", "OptionalObjectAttributes"}
_PART = _OBJECT | CUSTOMER_KEY | {"UploadId", "PartNumber"}
_DELETE = frozenset({"BypassGovernanceRetention", "MFA"})  # MFA has no effect without MFA delete (documented)
_LOCKED = _OBJECT | {"VersionId", "ContentMD5", "ChecksumAlgorithm"}
_ACL = frozenset({"ACL", "AccessControlPolicy", "ContentMD5", "ChecksumAlgorithm", *GRANT_HEADERS})
_TAGGING = _OBJECT | {"VersionId"}
_ANNOTATION = _OBJECT | {"VersionId", "AnnotationName"}

_OPERATIONS: Mapping[str, tuple[Callable[[Call], dict[str, Any]], frozenset[str]]] = {
    "AbortMultipartUpload": (multipart.abort_multipart_upload, _OBJECT | {"UploadId"}),
    "CompleteMultipartUpload": (
        multipart.complete_multipart_upload,
        _OBJECT
        | _CHECKSUMS
        | _WRITE_IF
        | CUSTOMER_KEY
        | {"UploadId", "MultipartUpload", "MpuObjectSize", "ChecksumType"},
    ),
    "CopyObject": (
        copies.copy_object,
        _OBJECT
        | WRITE_PARAMETERS
        | _COPY_SOURCE
        | _WRITE_IF
        | {"MetadataDirective", "TaggingDirective", "AnnotationDirective", "ChecksumAlgorithm"},
    ),
    "CreateBucket": (
        buckets.create_bucket,
        _BUCKET
        | GRANT_HEADERS.keys()
        | {"ACL", "CreateBucketConfiguration", "ObjectLockEnabledForBucket", "ObjectOwnership"},
    ),
    "CreateMultipartUpload": (
        multipart.create_multipart_upload,
        _OBJECT | WRITE_PARAMETERS | {"ChecksumAlgorithm", "ChecksumType"},
    ),
    "DeleteBucket": (buckets.delete_bucket, _BUCKET),
    "DeleteObject": (objects.delete_object, _OBJECT | _DELETE | {"VersionId", "IfMatch"}),
    "DeleteObjectAnnotation": (annotations.delete_object_annotation, _ANNOTATION | {"ObjectIfMatch"}),
    "DeleteObjectTagging": (tagging.delete_object_tagging, _TAGGING),
    "DeleteObjects": (
        objects.delete_objects,
        _BUCKET | _DELETE | {"Delete", "RequestPayer", "ChecksumAlgorithm"},
    ),
    "GetBucketLocation": (buckets.get_bucket_location, _BUCKET),
    "GetBucketNotificationConfiguration": (buckets.get_bucket_notification_configuration, _BUCKET),
    "GetBucketVersioning": (buckets.get_bucket_versioning, _BUCKET),
    "GetObject": (objects.get_object, _READ),
    "GetObjectAnnotation": (annotations.get_object_annotation, _ANNOTATION | {"ChecksumMode"}),
    "GetObjectAttributes": (
        objects.get_object_attributes,
        _OBJECT | CUSTOMER_KEY | {"VersionId", "MaxParts", "PartNumberMarker", "ObjectAttributes"},
    ),
    "GetObjectLegalHold": (locks.get_object_legal_hold, _LOCKED),
    "GetObjectRetention": (locks.get_object_retention, _LOCKED),
    "GetObjectTagging": (tagging.get_object_tagging, _TAGGING),
    "HeadBucket": (buckets.head_bucket, _BUCKET),
    "HeadObject": (objects.head_object, _READ),
    "ListBuckets": (
        buckets.list_buckets,
        frozenset({"MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion"}),
    ),
    "ListMultipartUploads": (
        multipart.list_multipart_uploads,
        _BUCKET | {"Delimiter", "EncodingType", "KeyMarker", "MaxUploads", "Prefix", "UploadIdMarker", "RequestPayer"},
    ),
    "ListObjectAnnotations": (
        annotations.list_object_annotations,
        _TAGGING | {"MaxAnnotationResults", "AnnotationPrefix", "ContinuationToken"},
    ),
    "ListObjectVersions": (listing.list_object_versions, _LIST | {"KeyMarker", "VersionIdMarker"}),
    "ListObjects": (listing.list_objects, _LIST | {"Marker"}),
    "ListObjectsV2": (listing.list_objects_v2, _LIST | {"ContinuationToken", "FetchOwner", "StartAfter"}),
    "ListParts": (multipart.list_parts, _OBJECT | CUSTOMER_KEY | {"UploadId", "MaxParts", "PartNumberMarker"}),
    "PutBucketNotificationConfiguration": (
        buckets.put_bucket_notification_configuration,
        _BUCKET | {"NotificationConfiguration", "SkipDestinationValidation"},
    ),
    "PutBucketVersioning": (
        buckets.put_bucket_versioning,
        _BUCKET | {"VersioningConfiguration", "ContentMD5", "ChecksumAlgorithm"},
    ),
    "PutObject": (objects.put_object, _WHOLE),
    "PostObject": (objects.post_object, _WHOLE),
    "PutObjectAnnotation": (
        annotations.put_object_annotation,
        _ANNOTATION | _CHECKSUMS | {"AnnotationPayload", "ObjectIfMatch"},
    ),
    "PutObjectLegalHold": (locks.put_object_legal_hold, _LOCKED | {"LegalHold"}),
    "PutObjectRetention": (locks.put_object_retention, _LOCKED | {"Retention", "BypassGovernanceRetention"}),
    "RestoreObject": (restoring.restore_object, _OBJECT | {"VersionId", "RestoreRequest", "ChecksumAlgorithm"}),
    "PutObjectTagging": (tagging.put_object_tagging, _TAGGING | {"Tagging", "ContentMD5", "ChecksumAlgorithm"}),
    "GetBucketAcl": (acl.get_bucket_acl, _BUCKET),
    "GetObjectAcl": (acl.get_object_acl, _OBJECT | {"VersionId"}),
    "PutBucketAcl": (acl.put_bucket_acl, _BUCKET | _ACL),
    "PutObjectAcl": (acl.put_object_acl, _OBJECT | _ACL | {"VersionId"}),
    **{f"Get{name}": (settings.get(name), _BUCKET | {"RequestPayer"}) for name in settings.SETTINGS},
    **{
        f"Put{name}": (settings.put(name), _BUCKET | each.takes | {each.parameter, "ContentMD5", "ChecksumAlgorithm"})
        for name, each in settings.SETTINGS.items()
    },
    **{
        f"Delete{settings.DELETED_AS.get(name, name)}": (settings.delete(name), _BUCKET)
        for name, each in settings.SETTINGS.items()
        if each.is_deletable
    },
    **{name: (function, _BUCKET | takes) for name, (function, takes) in identified.operations().items()},
    "GetBucketLifecycle": (deprecated.get_bucket_lifecycle, _BUCKET),
    "GetBucketNotification": (deprecated.get_bucket_notification, _BUCKET),
    "PutBucketLifecycle": (
        deprecated.put_bucket_lifecycle,
        _BUCKET | {"LifecycleConfiguration", "ContentMD5", "ChecksumAlgorithm"},
    ),
    "PutBucketNotification": (
        deprecated.put_bucket_notification,
        _BUCKET | {"NotificationConfiguration", "ContentMD5", "ChecksumAlgorithm"},
    ),
    "GetBucketPolicyStatus": (settings.get_bucket_policy_status, _BUCKET),
    "UpdateObjectEncryption": (
        reencryption.update_object_encryption,
        _OBJECT | {"VersionId", "ObjectEncryption", "ContentMD5", "ChecksumAlgorithm"},
    ),
    "UploadPart": (multipart.upload_part, _PART | _CHECKSUMS | {"Body", "ContentLength"}),
    "UploadPartCopy": (multipart.upload_part_copy, _PART | _COPY_SOURCE | {"CopySourceRange"}),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_PHRASES = {
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    416: "Requested Range Not Satisfiable",
    501: "Not Implemented",
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of S3 in this world."""
    return {name: _bound(world, name, *entry) for name, entry in _OPERATIONS.items()}


def _bound(world: World, name: str, function: Callable[[Call], dict[str, Any]], supported: frozenset[str]) -> Operation:
    def operation(request: Request) -> dict[str, Any]:
        call = Call(world, request)
        call.check_parameters(supported)
        return function(call)

    def head_operation(request: Request) -> dict[str, Any]:
        """Answer as to HTTP's HEAD: an error has no body, so a client knows its status only."""
        try:
            return operation(request)
        except ApiError as error:
            if error.status == 501:
                raise
            message = _PHRASES.get(error.status, error.message)
            raise ApiError(str(error.status), message, status=error.status, headers=error.headers) from error

    return head_operation if name.startswith("Head") else operation
