"""The operations on one object: put, get, head, delete, copy, attributes."""

import io
import re
from typing import Any

from eventsim import ApiError, Spool
from eventsim_sources.bucket import checksum
from eventsim_sources.bucket.api.acl import grants_of_write
from eventsim_sources.bucket.api.call import (
    Call,
    check_version_id,
    date_of,
    find_version,
    is_version_id,
    read_body,
    version_members,
    written_version,
)
from eventsim_sources.bucket.api.encryption import check_reader_key
from eventsim_sources.bucket.api.locks import check_deletable
from eventsim_sources.bucket.api.properties import (
    encryption_members,
    expires_members,
    expires_text,
    lifetime_members,
    metadata_of,
    properties_of,
    property_members,
    tags_of,
)
from eventsim_sources.bucket.archive import is_readable
from eventsim_sources.bucket.conditions import (
    ReadConditions,
    WriteConditions,
    check_delete,
    check_read,
    check_write,
)
from eventsim_sources.bucket.contents import Data
from eventsim_sources.bucket.errors import (
    invalid_argument,
    invalid_request,
    malformed_xml,
    marker_not_allowed,
    no_such_version,
    not_simulated,
)
from eventsim_sources.bucket.names import check_key
from eventsim_sources.bucket.ranges import Span, span_of
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import CONTENT_TYPE_DEFAULT, DeleteMarker, ObjectVersion

DELETES_MAX = 1000
"""Keys that `DeleteObjects` takes at once (documented)."""

_ATTRIBUTES = frozenset({"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"})
_OVERRIDE = re.compile(r"Response(\w+)")


def put_object(call: Call) -> dict[str, Any]:
    """Write an object whole."""
    return _write_whole(call, "ObjectCreated:Put")


def post_object(call: Call) -> dict[str, Any]:
    """Write an object whole, as a browser's form has it."""
    return _write_whole(call, "ObjectCreated:Post")


def _write_whole(call: Call, event: str) -> dict[str, Any]:
    bucket = call.bucket()
    conditions = WriteConditions(if_match=call.get("IfMatch"), if_none_match=call.get("IfNoneMatch"))
    check_write(conditions, call.key, bucket.store.latest(call.key))
    properties = properties_of(call, bucket)
    metadata, tags = metadata_of(call.parameters), tags_of(call.parameters)
    grants = grants_of_write(call, bucket)
    data = read_body(call.get("Body"))
    _check_length(call, data)
    version = ObjectVersion(
        key=call.key,
        etag=checksum.etag_of(data),
        size_bytes=len(data),
        modified_s=call.now_s,
        properties=properties,
        metadata=metadata,
        tags=tags,
        checksum=checksum.verified(data, call.parameters),
        grants=grants,
    )
    version = call.write(bucket, event, version, data)
    return {
        "ETag": f'"{version.etag}"',
        **checksum.members(version.checksum),
        **encryption_members(version.properties),
        **lifetime_members(call, bucket, version),
        **written_version(bucket, version),
    }


def get_object(call: Call) -> dict[str, Any]:
    """Read an object, or a part of it."""
    bucket = call.bucket()
    version = _readable(call, bucket, "GET")
    if not is_readable(version, call.now_s):
        raise ApiError(
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
            status=403,
            fields={"StorageClass": version.storage_class},
        )
    span = _span(call, version)
    data = bucket.store.read(version)
    body = data if span is None else data[span.first : span.last + 1]
    stream = body.open() if isinstance(body, Spool) else io.BytesIO(body)
    return {"Body": stream, **_described(call, bucket, version, span)}


def head_object(call: Call) -> dict[str, Any]:
    """Tell of an object what `get_object` would, without its bytes."""
    bucket = call.bucket()
    version = _readable(call, bucket, "HEAD")
    return _described(call, bucket, version, _span(call, version))


def delete_object(call: Call) -> dict[str, Any]:
    """Delete an object or one of its versions; nobody minds if it is not there."""
    bucket = call.bucket()
    return _delete(call, bucket, call.key, call.get("VersionId"), call.get("IfMatch"))


def delete_objects(call: Call) -> dict[str, Any]:
    """Delete up to 1,000 objects or versions; each has its own answer."""
    bucket = call.bucket()
    asked = call.parameters["Delete"]
    if not 1 <= len(asked["Objects"]) <= DELETES_MAX:
        raise malformed_xml()
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for each in asked["Objects"]:
        if each.keys() - {"Key", "VersionId", "ETag"}:
            raise not_simulated("DeleteObjects", ", ".join(sorted(each.keys() - {"Key", "VersionId", "ETag"})))
        version_id = each.get("VersionId")
        named = {"Key": each["Key"], **({"VersionId": version_id} if version_id is not None else {})}
        try:
            call.authorize("DeleteObject", named)
            check_key(each["Key"])
            if version_id is not None and not is_version_id(version_id):
                raise no_such_version(each["Key"], version_id)
            answer = _delete(call, bucket, each["Key"], version_id, each.get("ETag"))
        except ApiError as error:
            errors.append({**named, "Code": error.code, "Message": error.message})
            continue
        if answer.get("DeleteMarker"):
            named |= {"DeleteMarker": True, "DeleteMarkerVersionId": answer["VersionId"]}
        deleted.append(named)
    answer = {} if asked.get("Quiet") or not deleted else {"Deleted": deleted}
    return {**answer, "Errors": errors} if errors else answer


def get_object_attributes(call: Call) -> dict[str, Any]:
    """Tell what was asked for of an object."""
    bucket = call.bucket()
    version = _readable(call, bucket, "GET")
    asked = call.parameters["ObjectAttributes"]
    if not asked:
        raise invalid_request("Missing required header for this request: x-amz-object-attributes")
    if not _ATTRIBUTES.issuperset(asked):
        raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", ",".join(asked))
    answer: dict[str, Any] = {"LastModified": date_of(version.modified_s), **version_members(bucket, version)}
    if "ETag" in asked:
        answer["ETag"] = version.etag
    if "Checksum" in asked and version.checksum is not None:
        answer["Checksum"] = checksum.members(version.checksum)
    if "ObjectParts" in asked and version.parts:
        answer["ObjectParts"] = _part_members(call, version)
    if "StorageClass" in asked:
        answer["StorageClass"] = version.storage_class
    if "ObjectSize" in asked:
        answer["ObjectSize"] = version.size_bytes
    return answer


def _readable(call: Call, bucket: Bucket, method: str) -> ObjectVersion:
    """Return the version to read, having seen that the reader's conditions hold."""
    version = find_version(bucket, call.key, call.get("VersionId"))
    if isinstance(version, DeleteMarker):
        raise marker_not_allowed(method, version)
    conditions = ReadConditions(
        if_match=call.get("IfMatch"),
        if_none_match=call.get("IfNoneMatch"),
        if_modified_since=call.get("IfModifiedSince"),
        if_unmodified_since=call.get("IfUnmodifiedSince"),
    )
    check_read(conditions, version, call.now_s)
    check_reader_key(call, version)
    return version


def _span(call: Call, version: ObjectVersion) -> Span | None:
    number = call.get("PartNumber")
    if number is None:
        return span_of(call.get("Range"), version.size_bytes)
    if "Range" in call.parameters:
        raise invalid_request("Cannot specify both Range header and partNumber query parameter")
    sizes = [part.size_bytes for part in version.parts] or [version.size_bytes]
    if not 1 <= number <= len(sizes):
        raise ApiError(
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
            status=416,
            fields={"ActualPartCount": str(len(sizes)), "PartNumberRequested": str(number)},
        )
    if not version.size_bytes:
        return None
    first = sum(sizes[: number - 1])
    return Span(first=first, last=first + sizes[number - 1] - 1, size_bytes=version.size_bytes)


def _described(call: Call, bucket: Bucket, version: ObjectVersion, span: Span | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": date_of(version.modified_s),
        "ContentLength": version.size_bytes if span is None else span.length_bytes,
        "ETag": f'"{version.etag}"',
        "Metadata": dict(version.metadata),
        **property_members(version.properties),
        **version_members(bucket, version),
    }
    answer.setdefault("ContentType", CONTENT_TYPE_DEFAULT)
    if "SSECustomerAlgorithm" not in answer:
        answer.setdefault("ServerSideEncryption", "AES256")
    answer |= lifetime_members(call, bucket, version)
    if span is not None:
        answer["ContentRange"] = span.content_range
    if version.tags:
        answer["TagCount"] = len(version.tags)
    if "PartNumber" in call.parameters and version.parts:
        answer["PartsCount"] = len(version.parts)
    if call.get("ChecksumMode") == "ENABLED":
        answer |= _checksum_members(call, version, span)
    for name, value in call.parameters.items():
        overridden = _OVERRIDE.fullmatch(name)
        if overridden is not None:
            if call.request.caller.is_anonymous:  # documented; the words are unconfirmed
                raise invalid_request("Request specific response headers cannot be used for anonymous GET requests.")
            member = overridden[1]
            answer |= expires_members(expires_text(value)) if member == "Expires" else {member: value}
    return answer


def _checksum_members(call: Call, version: ObjectVersion, span: Span | None) -> dict[str, str]:
    """Return the checksum of what is read, if there is one: of the whole object, or of the part that is asked for."""
    number = call.get("PartNumber")
    if number is None or not version.parts:
        return checksum.members(version.checksum) if number is not None or span is None else {}
    whole, part = version.checksum, version.parts[number - 1].checksum
    if whole is None or part is None or whole.type != "COMPOSITE":
        return {}
    return {**checksum.members(part), "ChecksumType": whole.type}


def _delete(call: Call, bucket: Bucket, key: str, version_id: str | None, if_match: str | None) -> dict[str, Any]:
    check_delete(if_match, key, bucket.store.latest(key))
    if version_id is not None:
        check_version_id(version_id)
        check_deletable(call, bucket.store.version(key, version_id))
        removed = bucket.store.delete_version(key, version_id)
        if removed is not None:
            call.notify(bucket, "ObjectRemoved:Delete", removed)
        answer: dict[str, Any] = {"VersionId": version_id} if bucket.store.versioning else {}
        return {"DeleteMarker": True, **answer} if isinstance(removed, DeleteMarker) else answer
    deletion = bucket.store.delete(key, call.now_s)
    if deletion.marker is not None:
        call.notify(bucket, "ObjectRemoved:DeleteMarkerCreated", deletion.marker)
        return {"DeleteMarker": True, "VersionId": deletion.marker.version_id}
    if deletion.removed is not None:  # unconfirmed: no event for a key that was not there
        call.notify(bucket, "ObjectRemoved:Delete", deletion.removed)
    return {}


def _check_length(call: Call, data: Data) -> None:
    length_bytes = call.get("ContentLength")
    if length_bytes is not None and length_bytes != len(data):
        raise ApiError(
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
            fields={"NumberBytesExpected": str(length_bytes), "NumberBytesProvided": str(len(data))},
        )


def _part_members(call: Call, version: ObjectVersion) -> dict[str, Any]:
    after, count_max = int(call.get("PartNumberMarker", 0)), int(call.get("MaxParts", 1000))
    following = [part for part in version.parts if part.number > after]
    shown = following[:count_max]
    members: dict[str, Any] = {
        "TotalPartsCount": len(version.parts),
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": count_max,
        "IsTruncated": len(following) > count_max,
    }
    if version.checksum is not None and version.checksum.type == "COMPOSITE":
        members["Parts"] = [
            {
                "PartNumber": part.number,
                "Size": part.size_bytes,
                **({f"Checksum{part.checksum.algorithm}": part.checksum.value} if part.checksum else {}),
            }
            for part in shown
        ]
    return members
