"""In which words does S3 refuse? One function for each error that more than one operation raises."""

from collections.abc import Mapping
from email.utils import formatdate

from eventsim import ApiError
from eventsim_sources.bucket.version import NULL_VERSION, DeleteMarker, ObjectVersion


def no_such_bucket(name: str) -> ApiError:
    """The bucket is not there."""
    return ApiError("NoSuchBucket", "The specified bucket does not exist", status=404, fields={"BucketName": name})


def no_such_key(key: str, *, marker: DeleteMarker | None = None) -> ApiError:
    """There is no object, or its latest version is a delete marker, of which headers tell (documented)."""
    headers = _marker_headers(marker) if marker else {}
    message = "The specified key does not exist."
    return ApiError("NoSuchKey", message, status=404, fields={"Key": key}, headers=headers)


def no_such_version(key: str, version_id: str) -> ApiError:
    """The object has no such version."""
    return ApiError(
        "NoSuchVersion",
        "The specified version does not exist.",
        status=404,
        fields={"Key": key, "VersionId": version_id},
    )


def no_such_upload(upload_id: str) -> ApiError:
    """The multipart upload never was, or is over."""
    return ApiError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed.",
        status=404,
        fields={"UploadId": upload_id},
    )


def marker_not_allowed(method: str, marker: DeleteMarker) -> ApiError:
    """A delete marker was asked for by its version id: it has no bytes, and can be deleted only (documented)."""
    headers = {"Allow": "DELETE", "Last-Modified": http_date(marker.modified_s), **_marker_headers(marker)}
    return method_not_allowed(method, "DeleteMarker", headers)


def method_not_allowed(method: str, resource_type: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """There is such a thing, and this cannot be done with it."""
    return ApiError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Method": method, "ResourceType": resource_type},
        headers=headers,
    )


def _marker_headers(marker: DeleteMarker) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": marker.version_id}


def invalid_argument(message: str, name: str, value: object = "") -> ApiError:
    """One argument is wrong; AWS names it and gives it back."""
    fields = {"ArgumentName": name, "ArgumentValue": str(value)}
    return ApiError("InvalidArgument", message, fields=fields)


def invalid_request(message: str) -> ApiError:
    """The arguments do not go together."""
    return ApiError("InvalidRequest", message)


def malformed_xml() -> ApiError:
    """The document's form or values are wrong."""
    return ApiError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def missing_body() -> ApiError:
    """A document was to come and did not."""
    return ApiError("MissingRequestBodyError", "Request Body is empty")


def precondition_failed(condition: str) -> ApiError:
    """A condition of the request does not hold."""
    return ApiError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        status=412,
        fields={"Condition": condition},
    )


def conditional_conflict(condition: str, key: str) -> ApiError:
    """Somebody else changed the object while the multipart upload was under way."""
    return ApiError(
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
        status=409,
        fields={"Condition": condition, "Key": key},
    )


def not_modified(found: ObjectVersion) -> ApiError:
    """The reader has this very object already; the answer has no body, so clients see the status as code.

    Its headers say which object that is, as HTTP wants it.
    """
    headers = {"ETag": f'"{found.etag}"', "Last-Modified": http_date(found.modified_s)}
    if found.version_id != NULL_VERSION:
        headers["x-amz-version-id"] = found.version_id
    return ApiError("304", "Not Modified", status=304, headers=headers)


def http_date(epoch_s: int) -> str:
    """Return an instant as headers tell it."""
    return formatdate(epoch_s, usegmt=True)


def not_implemented(header: str, additional: str) -> ApiError:
    """S3 itself, or this simulation, does not do what a header or parameter asks."""
    return ApiError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        status=501,
        fields={"Header": header, "additionalMessage": additional},
    )


def not_simulated(operation: str, parameter: str) -> ApiError:
    """We do not do what a parameter asks, and say so rather than ignore it."""
    return ApiError(
        "NotImplemented",
        f"eventsim does not simulate the parameter {parameter} of {operation}; leave it out, or stub the operation",
        status=501,
        fields={"Header": parameter},
    )
