"""The operations of multipart uploads."""

from typing import Any
from urllib.parse import quote

from eventsim_sources.bucket import checksum
from eventsim_sources.bucket.api.acl import grants_of_write
from eventsim_sources.bucket.api.call import Call, date_of, read_body, url_encoded, written_version
from eventsim_sources.bucket.api.copies import copy_source
from eventsim_sources.bucket.api.encryption import CUSTOMER_KEY, check_part_key
from eventsim_sources.bucket.api.owner import owner
from eventsim_sources.bucket.api.properties import (
    encryption_members,
    lifetime_members,
    metadata_of,
    properties_of,
    tags_of,
)
from eventsim_sources.bucket.conditions import WriteConditions, check_write
from eventsim_sources.bucket.contents import Data
from eventsim_sources.bucket.lifetime import abortion_of
from eventsim_sources.bucket.listing import count_asked, page_of_pairs
from eventsim_sources.bucket.multipart import (
    Upload,
    check_part_algorithm,
    check_part_number,
    check_type,
    check_whole,
    choose_parts,
)
from eventsim_sources.bucket.ranges import copy_span_of
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import Checksum, ObjectVersion, Part

_OF_BEGINNING = frozenset({"SSEKMSEncryptionContext"})
"""What is said of encryption when an upload begins, and not later."""


def create_multipart_upload(call: Call) -> dict[str, Any]:
    """Begin an upload."""
    bucket = call.bucket()
    algorithm = call.get("ChecksumAlgorithm")
    type_ = checksum.checksum_type(algorithm or "", call.get("ChecksumType"))
    if algorithm:
        checksum.checksum_of(b"", algorithm)  # an unknown algorithm is refused now, not at the first part
    upload = Upload(
        upload_id=bucket.uploads.new_id(),
        key=call.key,
        begun_at=bucket.store.changes,
        initiated_s=call.now_s,
        properties=properties_of(call, bucket),
        metadata=metadata_of(call.parameters),
        tags=tags_of(call.parameters),
        checksum_algorithm=algorithm,
        checksum_type=type_ if algorithm else None,
        grants=grants_of_write(call, bucket),
    )
    bucket.uploads.begin(upload)
    bucket.lifecycle.begin(upload.key)
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.upload_id,
        **_abort_members(bucket, upload),
        **encryption_members(upload.properties),
        **({"ChecksumAlgorithm": algorithm, "ChecksumType": type_} if algorithm else {}),
    }


def upload_part(call: Call) -> dict[str, Any]:
    """Keep one part."""
    bucket = call.bucket()
    check_part_number(call.parameters["PartNumber"])
    upload = _upload(call, bucket)
    check_part_key(call, upload.properties)
    data = read_body(call.get("Body"))
    verified = checksum.verified(data, call.parameters)
    check_part_algorithm(upload, verified.algorithm)
    part = _keep(call, upload, data, verified)
    return {
        "ETag": f'"{part.etag}"',
        f"Checksum{verified.algorithm}": verified.value,
        **encryption_members(upload.properties, but=_OF_BEGINNING),
    }


def upload_part_copy(call: Call) -> dict[str, Any]:
    """Keep one part whose bytes are those of an object."""
    bucket = call.bucket()
    check_part_number(call.parameters["PartNumber"])
    upload = _upload(call, bucket)
    check_part_key(call, upload.properties)
    source_bucket, source, _ = copy_source(call)
    span = copy_span_of(call.get("CopySourceRange"), source.size_bytes)
    data = source_bucket.store.read(source)
    if span is not None:
        data = data[span.first : span.last + 1]
    kept = checksum.checksum_of(data, upload.checksum_algorithm or checksum.ALGORITHM_DEFAULT)
    part = _keep(call, upload, data, kept)
    result = {"ETag": f'"{part.etag}"', "LastModified": date_of(part.modified_s)}
    if upload.checksum_algorithm is not None:
        result[f"Checksum{kept.algorithm}"] = kept.value
    return {
        "CopyPartResult": result,
        **encryption_members(upload.properties, but=_OF_BEGINNING),
        **({"CopySourceVersionId": source.version_id} if source_bucket.store.versioning else {}),
    }


def complete_multipart_upload(call: Call) -> dict[str, Any]:
    """Make an object of the parts; asked again, the answer is the same."""
    bucket = call.bucket()
    finished = bucket.uploads.finished(call.text("UploadId"), call.key)
    if finished is not None:
        return _completed(call, bucket, finished)  # unconfirmed: for how long
    upload = _upload(call, bucket)
    check_type(upload, call.get("ChecksumType"))
    parts = choose_parts(upload, call.get("MultipartUpload", {}).get("Parts", ()))
    data = upload.join(parts)
    algorithm = upload.checksum_algorithm or checksum.ALGORITHM_DEFAULT
    kept = checksum.checksum_of_parts(data, parts, algorithm, upload.checksum_type or "FULL_OBJECT")
    check_whole(data, kept, call.parameters)
    check_write(
        WriteConditions(if_match=call.get("IfMatch"), if_none_match=call.get("IfNoneMatch")),
        upload.key,
        bucket.store.latest(upload.key),
        changed_since_begun=bucket.store.changed_at.get(upload.key, 0) > upload.begun_at,
    )
    version = ObjectVersion(
        key=upload.key,
        etag=checksum.etag_of_parts([part.etag for part in parts]),
        size_bytes=len(data),
        modified_s=call.now_s,
        properties=upload.properties,
        metadata=upload.metadata,
        tags=upload.tags,
        checksum=kept,
        parts=tuple(parts),
        grants=upload.grants,
    )
    version = call.write(bucket, "ObjectCreated:CompleteMultipartUpload", version, data)
    bucket.uploads.finish(upload, version)
    return _completed(call, bucket, version)


def abort_multipart_upload(call: Call) -> dict[str, Any]:
    """Forget an upload and its parts."""
    bucket = call.bucket()
    bucket.uploads.finish(_upload(call, bucket), None)
    return {}


def list_parts(call: Call) -> dict[str, Any]:
    """Return the parts that an upload has so far, by number."""
    bucket = call.bucket()
    upload = _upload(call, bucket)
    after = int(call.get("PartNumberMarker", 0))
    count_max = count_asked(call.get("MaxParts"), "max-parts")
    following = [upload.parts[number] for number in sorted(upload.parts) if number > after]
    shown = following[:count_max]
    answer: dict[str, Any] = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.upload_id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": count_max,
        "IsTruncated": len(following) > count_max,
        "Initiator": owner(call),
        "Owner": owner(call),
        "StorageClass": upload.properties.get("StorageClass", "STANDARD"),
    }
    if upload.checksum_algorithm is not None:
        answer |= {"ChecksumAlgorithm": upload.checksum_algorithm, "ChecksumType": upload.checksum_type}
    answer |= _abort_members(bucket, upload)
    if shown:
        answer["Parts"] = [_listed_part(upload, part) for part in shown]
    return answer


def list_multipart_uploads(call: Call) -> dict[str, Any]:
    """Return the uploads under way, by key and then by age."""
    bucket = call.bucket()
    uploads = bucket.uploads.under_way()
    by_id = {upload.upload_id: upload for upload in uploads}
    count_max = count_asked(call.get("MaxUploads"), "max-uploads")
    key_marker, id_marker = call.text("KeyMarker"), call.text("UploadIdMarker")
    page = page_of_pairs(
        [(upload.key, upload.upload_id) for upload in uploads],
        prefix=call.text("Prefix"),
        delimiter=call.text("Delimiter"),
        after=(key_marker, id_marker if key_marker else ""),
        count_max=count_max,
    )
    answer: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": url_encoded(key_marker, call.parameters),
        "UploadIdMarker": id_marker if key_marker else "",
        "MaxUploads": count_max,
        "IsTruncated": page.is_truncated,
    }
    for name in ("Prefix", "Delimiter"):
        if call.text(name):
            answer[name] = url_encoded(call.text(name), call.parameters)
    if "EncodingType" in call.parameters:
        answer["EncodingType"] = call.get("EncodingType")
    if page.pairs or page.prefixes:  # also on the last page (documented by example)
        answer["NextKeyMarker"] = url_encoded(page.last[0], call.parameters)
        if page.last[1]:  # a common prefix has no uploads
            answer["NextUploadIdMarker"] = page.last[1]
    if page.pairs:
        answer["Uploads"] = [_listed_upload(call, by_id[upload_id]) for _, upload_id in page.pairs]
    if page.prefixes:
        answer["CommonPrefixes"] = [{"Prefix": url_encoded(prefix, call.parameters)} for prefix in page.prefixes]
    return answer


def _upload(call: Call, bucket: Bucket) -> Upload:
    return bucket.uploads.find(call.text("UploadId"), call.key)


def _abort_members(bucket: Bucket, upload: Upload) -> dict[str, Any]:
    """Return when a lifecycle rule lets an upload go that is not completed, and which."""
    end = abortion_of(bucket.lifecycle.rules, upload.key, upload.initiated_s)
    return {} if end is None else {"AbortDate": date_of(end[0]), "AbortRuleId": end[1]}


def _keep(call: Call, upload: Upload, data: Data, kept: Checksum) -> Part:
    part = Part(
        number=call.parameters["PartNumber"],
        etag=checksum.etag_of(data),
        size_bytes=len(data),
        modified_s=call.now_s,
        checksum=kept,
    )
    upload.keep(part, data)
    return part


def _completed(call: Call, bucket: Bucket, version: ObjectVersion) -> dict[str, Any]:
    return {
        "Location": f"https://{bucket.name}.s3.{bucket.region}.amazonaws.com/{quote(version.key, safe='')}",
        "Bucket": bucket.name,
        "Key": version.key,
        "ETag": f'"{version.etag}"',
        **checksum.members(version.checksum),
        **encryption_members(version.properties, but=_OF_BEGINNING | CUSTOMER_KEY),
        **lifetime_members(call, bucket, version),
        **written_version(bucket, version),
    }


def _listed_part(upload: Upload, part: Part) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "PartNumber": part.number,
        "LastModified": date_of(part.modified_s),
        "ETag": f'"{part.etag}"',
        "Size": part.size_bytes,
    }
    if upload.checksum_algorithm is not None and part.checksum is not None:
        listed[f"Checksum{part.checksum.algorithm}"] = part.checksum.value
    return listed


def _listed_upload(call: Call, upload: Upload) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "UploadId": upload.upload_id,
        "Key": url_encoded(upload.key, call.parameters),
        "Initiated": date_of(upload.initiated_s),
        "StorageClass": upload.properties.get("StorageClass", "STANDARD"),
        "Owner": owner(call),
        "Initiator": owner(call),
    }
    if upload.checksum_algorithm is not None:
        listed |= {"ChecksumAlgorithm": upload.checksum_algorithm, "ChecksumType": upload.checksum_type}
    return listed
