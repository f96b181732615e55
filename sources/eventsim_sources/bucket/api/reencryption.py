"""The operation that gives an object another key; all else stays. Words are those of the API's reference."""

import re
from typing import Any, Final

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call, find_object
from eventsim_sources.bucket.api.locks import check_deletable
from eventsim_sources.bucket.errors import invalid_request
from eventsim_sources.bucket.version import ObjectVersion

_KEY: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:(?P<account>[0-9]{12}):key/.+")
_AGAIN: Final = "and then try again."
_LOCKED: Final = (
    "The encryption type for the specified object can't be updated because that object is protected by S3 Object Lock. "
    "If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock "
    "status on the object before you issue your UpdateObjectEncryption request. You can't use the "
    "UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied "
    "to them."
)


def update_object_encryption(call: Call) -> dict[str, Any]:
    """Have an object encrypted by a key of KMS, without writing it anew."""
    bucket, version = find_object(call, "PUT")
    asked = (call.get("ObjectEncryption") or {}).get("SSEKMS")
    if asked is None:
        raise invalid_request(
            "Requests that modify an object encryption configuration require a valid new encryption type. Valid values "
            f"are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, {_AGAIN}"
        )
    _check_key(call, asked.get("KMSKeyArn", ""))
    _check_source(call, version)
    kept = {**version.properties, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["KMSKeyArn"]}
    kept.pop("BucketKeyEnabled", None)
    if asked.get("BucketKeyEnabled"):
        kept["BucketKeyEnabled"] = "True"
    bucket.store.amend(replace(version, properties=kept))
    return {}


def _check_key(call: Call, arn: str) -> None:
    need = "Requests that modify an object's encryption type to SSE-KMS require"
    if not arn:
        raise invalid_request(
            f"{need} an AWS KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN, {_AGAIN}"
        )
    key = _KEY.fullmatch(arn)
    if key is None:
        raise invalid_request(
            f"{need} a valid AWS KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS "
            f"key ARN in your request, {_AGAIN}"
        )
    if key["account"] != call.world.account_id:
        message = "The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request "
        raise ApiError("AccessDenied", f"{message}to specify a KMS key from the same account, {_AGAIN}", status=403)


def _check_source(call: Call, version: ObjectVersion) -> None:
    algorithm = version.properties.get("ServerSideEncryption", "AES256")
    if "SSECustomerAlgorithm" in version.properties or algorithm == "aws:kms:dsse":
        raise invalid_request(
            "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or "
            "SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
        )
    try:
        check_deletable(call, version)
    except ApiError as error:
        raise ApiError("AccessDenied", _LOCKED, status=403) from error
