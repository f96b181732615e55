"""The operations on the annotations of an object: texts that are attached to a version, each under its name.

An annotation comes and goes without a new version, and goes with its version. It has a size, an eTag, a checksum and a
date of its own (documented).
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket import checksum
from eventsim_sources.bucket.api.call import Call, date_of, find_object, read_body
from eventsim_sources.bucket.api.locks import check_deletable
from eventsim_sources.bucket.api.properties import encryption_members
from eventsim_sources.bucket.conditions import check_object
from eventsim_sources.bucket.contents import pieces_of
from eventsim_sources.bucket.errors import invalid_argument, invalid_request
from eventsim_sources.bucket.listing import entry_of, token_of
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import Annotation, ObjectVersion

ANNOTATIONS_MAX: Final = 1_000
"""Of one object, and of one page (documented)."""
ANNOTATION_BYTES_MAX: Final = 1024 * 1024
NAME_BYTES_MAX: Final = 512
"""Both documented."""
_RESERVED: Final = ("aws", "s3")
"""How no name begins, in small letters or large (documented)."""


def put_object_annotation(call: Call) -> dict[str, Any]:
    """Attach a text to a version, in place of what it had under this name."""
    bucket, version = find_object(call, "PUT")
    name = _name(call)
    check_object(call.get("ObjectIfMatch"), version)
    if "SSECustomerKeyMD5" in version.properties:
        raise invalid_request("Objects encrypted with SSE-C cannot have annotations.")
    if name not in version.annotations and len(version.annotations) >= ANNOTATIONS_MAX:
        message = "The request would exceed the maximum number of annotations allowed per object."
        raise ApiError("AnnotationLimitExceeded", message)
    made = _annotation(call)
    version = replace(version, annotations={**version.annotations, name: made})
    bucket.store.amend(version)
    call.notify(bucket, "ObjectAnnotation:Put", version)
    return {
        "Key": version.key,
        "AnnotationName": name,
        "ETag": f'"{made.etag}"',
        **checksum.members(made.checksum),
        **_encryption(version),
        **_version_id(bucket, version),
    }


def get_object_annotation(call: Call) -> dict[str, Any]:
    """Return a text that is attached to a version."""
    bucket, version = find_object(call, "GET")
    found = version.annotations.get(call.text("AnnotationName"))
    if found is None:
        raise _no_such_annotation()
    return {
        "AnnotationPayload": found.text.encode(),
        "ContentLength": found.size_bytes,
        "LastModified": date_of(found.modified_s),
        "ETag": f'"{found.etag}"',
        **(checksum.members(found.checksum) if call.get("ChecksumMode") == "ENABLED" else {}),
        **_encryption(version),
        **_version_id(bucket, version),
    }


def list_object_annotations(call: Call) -> dict[str, Any]:
    """Tell which texts are attached to a version, by name."""
    bucket, version = find_object(call, "GET")
    prefix, token = call.text("AnnotationPrefix"), call.get("ContinuationToken")
    count_max = int(call.get("MaxAnnotationResults", ANNOTATIONS_MAX))
    if not 1 <= count_max <= ANNOTATIONS_MAX:
        message = f"Argument max-annotation-results must be an integer between 1 and {ANNOTATIONS_MAX}"  # unconfirmed
        raise invalid_argument(message, "max-annotation-results", count_max)
    after = entry_of(token) if token is not None else ""
    names = [name for name in sorted(version.annotations) if name > after and name.startswith(prefix)]
    shown = names[:count_max]
    return {
        "Annotations": [_listed(name, version.annotations[name]) for name in shown],
        "Bucket": bucket.name,
        "Key": version.key,
        "MaxAnnotationResults": count_max,
        "AnnotationCount": len(shown),
        **({"AnnotationPrefix": prefix} if prefix else {}),
        **({"ContinuationToken": token} if token is not None else {}),
        **({"NextContinuationToken": token_of(shown[-1])} if len(names) > count_max else {}),
        **_version_id(bucket, version),
    }


def delete_object_annotation(call: Call) -> dict[str, Any]:
    """Take a text away for good; nobody minds if it is not there (unconfirmed)."""
    bucket, version = find_object(call, "DELETE")
    name = _name(call)
    check_object(call.get("ObjectIfMatch"), version)
    check_deletable(call, version)
    if name in version.annotations:
        left = {each: found for each, found in version.annotations.items() if each != name}
        version = replace(version, annotations=left)
        bucket.store.amend(version)
        call.notify(bucket, "ObjectAnnotation:Delete", version)
    return _version_id(bucket, version)


def copied_annotations(call: Call, source: ObjectVersion) -> Mapping[str, Annotation]:
    """Return the annotations that a copy takes along: all, unless it is told otherwise (documented).

    Raises:
        ApiError: it is told something else; the words are unconfirmed.
    """
    directive = call.get("AnnotationDirective", "COPY")
    if directive not in {"COPY", "EXCLUDE"}:
        raise invalid_argument("Unknown annotation directive.", "x-amz-object-annotation-directive", directive)
    return source.annotations if directive == "COPY" else {}


def _name(call: Call) -> str:
    name = call.text("AnnotationName")
    if len(name.encode()) > NAME_BYTES_MAX:
        raise ApiError("AnnotationNameTooLong", f"The annotation name exceeds {NAME_BYTES_MAX} bytes.")
    if not name or name.lower().startswith(_RESERVED):
        raise ApiError("InvalidAnnotationName", "The annotation name you provided is invalid.")
    return name


def _annotation(call: Call) -> Annotation:
    data = b"".join(pieces_of(read_body(call.get("AnnotationPayload"))))
    if not 1 <= len(data) <= ANNOTATION_BYTES_MAX:
        raise invalid_request("The annotation payload must be between 1 byte and 1 MiB in size.")  # unconfirmed words
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        message = "The annotation payload is not valid UTF-8 encoded text."
        raise ApiError("UnsupportedMediaType", message, status=415) from error
    return Annotation(
        text=text,
        etag=checksum.etag_of(data),
        size_bytes=len(data),
        modified_s=call.now_s,
        checksum=checksum.verified(data, call.parameters),
    )


def _listed(name: str, found: Annotation) -> dict[str, Any]:
    return {
        "AnnotationName": name,
        "LastModified": date_of(found.modified_s),
        "ETag": f'"{found.etag}"',
        "ChecksumAlgorithm": [found.checksum.algorithm],
        "Size": found.size_bytes,
    }


def _encryption(version: ObjectVersion) -> dict[str, Any]:
    """Return how an annotation is said to be encrypted: as its object is (documented)."""
    return {"ServerSideEncryption": encryption_members(version.properties).get("ServerSideEncryption", "AES256")}


def _version_id(bucket: Bucket, version: ObjectVersion) -> dict[str, Any]:
    return {"ObjectVersionId": version.version_id} if bucket.store.versioning else {}


def _no_such_annotation() -> ApiError:
    return ApiError("NoSuchAnnotation", "The specified annotation does not exist on this object.", status=404)
