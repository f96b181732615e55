"""The operation that copies objects, and what it and copied parts ask of their source."""

from typing import Any
from urllib.parse import unquote

from eventsim import ApiError
from eventsim_sources.bucket import checksum
from eventsim_sources.bucket.api.acl import grants_of_write
from eventsim_sources.bucket.api.annotations import copied_annotations
from eventsim_sources.bucket.api.call import Call, date_of, find_version, written_version
from eventsim_sources.bucket.api.encryption import ENCRYPTION_PARAMETERS, check_reader_key
from eventsim_sources.bucket.api.locks import LOCK_PARAMETERS
from eventsim_sources.bucket.api.properties import (
    encryption_members,
    lifetime_members,
    metadata_of,
    properties_of,
    tags_of,
)
from eventsim_sources.bucket.api.settings import SETTINGS, setting
from eventsim_sources.bucket.archive import is_readable
from eventsim_sources.bucket.conditions import ReadConditions, WriteConditions, check_copy_source, check_write
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, not_simulated
from eventsim_sources.bucket.replication import STATUS
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion


def copy_object(call: Call) -> dict[str, Any]:
    """Write an object with the bytes of another one, and its metadata unless told otherwise."""
    bucket = call.bucket()
    _check_directives(call)
    source_bucket, source, source_version_id = copy_source(call)
    _check_copies_something(call, bucket, source_bucket, source, source_version_id)
    conditions = WriteConditions(if_match=call.get("IfMatch"), if_none_match=call.get("IfNoneMatch"))
    check_write(conditions, call.key, bucket.store.latest(call.key))
    data = source_bucket.store.read(source)
    given = properties_of(call, bucket)
    replaces_metadata = call.get("MetadataDirective", "COPY") == "REPLACE"
    replaces_tags = call.get("TaggingDirective", "COPY") == "REPLACE"
    not_copied = {"StorageClass", "WebsiteRedirectLocation", STATUS, *ENCRYPTION_PARAMETERS, *LOCK_PARAMETERS}
    properties = {
        **{name: value for name, value in source.properties.items() if name not in not_copied},
        **{name: value for name, value in given.items() if name in not_copied},
    }
    algorithm = call.get("ChecksumAlgorithm") or (source.checksum.algorithm if source.checksum else None)
    version = ObjectVersion(
        key=call.key,
        etag=checksum.etag_of(data),
        size_bytes=len(data),
        modified_s=call.now_s,
        properties=given if replaces_metadata else properties,
        metadata=metadata_of(call.parameters) if replaces_metadata else source.metadata,
        tags=tags_of(call.parameters) if replaces_tags else source.tags,
        checksum=checksum.checksum_of(data, algorithm or checksum.ALGORITHM_DEFAULT),
        grants=grants_of_write(call, bucket),
        annotations=copied_annotations(call, source),
    )
    version = call.write(bucket, "ObjectCreated:Copy", version, data)
    result = {"ETag": f'"{version.etag}"', "LastModified": date_of(version.modified_s)}
    return {
        "CopyObjectResult": {**result, **checksum.members(version.checksum)},
        **encryption_members(version.properties),
        **({"CopySourceVersionId": source.version_id} if source_bucket.store.versioning else {}),
        **lifetime_members(call, bucket, version),
        **written_version(bucket, version),
    }


def copy_source(call: Call) -> tuple[Bucket, ObjectVersion, str | None]:
    """Return the object that a copy is made of, and the version id that was asked for.

    Raises:
        ApiError: it is not there, or the conditions on it do not hold.
    """
    text, _, version_text = call.text("CopySource").partition("?versionId=")
    name, _, key = unquote(text).removeprefix("/").partition("/")
    if not name or not key:
        message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise invalid_argument(message, "x-amz-copy-source", call.text("CopySource"))
    if name.startswith("arn:"):
        raise not_simulated(call.request.operation, "CopySource with an ARN")
    version_id = unquote(version_text) or None
    bucket = call.bucket(name)
    version = find_version(bucket, key, version_id)
    if isinstance(version, DeleteMarker):
        raise invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        )
    conditions = ReadConditions(
        if_match=call.get("CopySourceIfMatch"),
        if_none_match=call.get("CopySourceIfNoneMatch"),
        if_modified_since=call.get("CopySourceIfModifiedSince"),
        if_unmodified_since=call.get("CopySourceIfUnmodifiedSince"),
    )
    check_copy_source(conditions, version, call.now_s)
    check_reader_key(call, version, prefix="CopySource")
    if not is_readable(version, call.now_s):
        message = (
            "The source object of the COPY operation is not in the active tier and is only stored in Amazon Glacier."
        )
        raise ApiError("ObjectNotInActiveTierError", message, status=403)
    return bucket, version, version_id


def _check_directives(call: Call) -> None:
    """See that a copy is told what to do with metadata and tags in words that S3 knows (unconfirmed)."""
    for what in ("metadata", "tagging"):
        directive = call.get(f"{what.capitalize()}Directive", "COPY")
        if directive not in {"COPY", "REPLACE"}:
            raise invalid_argument(f"Unknown {what} directive.", f"x-amz-{what}-directive", directive)


def _check_copies_something(
    call: Call, bucket: Bucket, source_bucket: Bucket, source: ObjectVersion, source_version_id: str | None
) -> None:
    if setting(bucket, "BucketEncryption") != SETTINGS["BucketEncryption"].at_first:
        return  # then the copy may be encrypted in another way (unconfirmed)
    changes = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm")
    if (
        source_bucket is bucket
        and source.key == call.key
        and source_version_id is None
        and call.get("MetadataDirective", "COPY") != "REPLACE"
        and not any(name in call.parameters for name in changes)
    ):
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
