"""Where does a request say that the code is? In the request, in a bucket, or in a folder of this machine.

A folder is not AWS's: `S3Bucket="hot-reload"` with the folder's absolute path as `S3Key`, as emulators have it. It is
used where it lies, so the next cold start runs what was edited meanwhile.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.api import Request
from eventsim.calls.inert import not_simulated
from eventsim.calls.lambda_api.code import Code, folder_code
from eventsim.calls.lambda_api.errors import invalid
from eventsim.errors import ApiError
from eventsim.limits import CODE_REQUEST_BYTES_MAX, CODE_ZIPPED_BYTES_MAX

if TYPE_CHECKING:
    from eventsim.calls.lambda_api.service import Service

_SOURCES = frozenset({"ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion"})
_TAKES = _SOURCES | {"S3ObjectStorageMode", "SourceKMSKeyArn"}
_COPY = "COPY"
HOT_RELOAD_BUCKET = "hot-reload"


def a_container_image(request: Request, named_by: str) -> ApiError:
    """Return the refusal of a function whose code is an image."""
    return not_simulated(request, f"a container image ({named_by})", remedy="Give the code as a zip file or a folder")


def uploaded(service: "Service", request: Request, given: Mapping[str, Any]) -> Code:
    """Return the code that a request brings or points at.

    Raises:
        ApiError: there is none, it cannot be read, or it is no usable archive.
    """
    if given.get("ImageUri"):
        raise a_container_image(request, "ImageUri")
    for name, value in given.items():
        if value is not None and name not in _TAKES and given is not request.parameters:
            raise not_simulated(request, f"the member {name} of the code")
    mode = given.get("S3ObjectStorageMode") or _COPY
    if mode != _COPY:
        raise not_simulated(request, f"S3ObjectStorageMode={mode}")
    archive = given.get("ZipFile")
    if archive is not None:
        if any(given.get(name) for name in _SOURCES - {"ZipFile"}):
            raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        content = archive if isinstance(archive, bytes) else bytes(archive)
        _check_request_size(request, content)
        if len(content) > CODE_ZIPPED_BYTES_MAX:
            raise invalid(f"Zipped size must be smaller than {CODE_ZIPPED_BYTES_MAX} bytes")  # unconfirmed: its code
        return service.code_store.unpack(content)
    bucket, key = given.get("S3Bucket"), given.get("S3Key")
    if not bucket or not key:
        raise invalid("Please provide a source for function code.")
    if bucket == HOT_RELOAD_BUCKET:
        return _folder(str(key))
    try:
        content = _fetch(service, request, given)
    except ApiError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error
    return service.code_store.unpack(content)


def _check_request_size(request: Request, archive: bytes) -> None:
    """See that an archive would have fitted into the request, where it is written in base64.

    Raises:
        ApiError: it would not.
    """
    if -(-len(archive) // 3) * 4 > CODE_REQUEST_BYTES_MAX:
        message = f"Request must be smaller than {CODE_REQUEST_BYTES_MAX} bytes for the {request.operation} operation"
        raise ApiError("RequestEntityTooLargeException", message, status=413, fields={"Type": "User"})


def _folder(name: str) -> Code:
    folder = Path(name)
    if not folder.is_absolute() or not folder.is_dir():
        raise invalid(
            f"S3Bucket {HOT_RELOAD_BUCKET!r} means that S3Key is the absolute path of a folder with code on this "
            f"machine; {name!r} is none"
        )
    return folder_code(folder)


def _fetch(service: "Service", request: Request, given: Mapping[str, Any]) -> bytes:
    """Read an object of a bucket on behalf of a request."""
    parameters = {"Bucket": given["S3Bucket"], "Key": given["S3Key"]}
    if given.get("S3ObjectVersion"):
        parameters["VersionId"] = given["S3ObjectVersion"]
    body = service.call("s3", "GetObject", parameters, region=request.region, caller=request.on_behalf)["Body"]
    content: bytes = body if isinstance(body, bytes) else body.read()
    return content
