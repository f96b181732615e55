"""How is an object said to be encrypted? Nothing is; but what answers say, and whose key reads what, is as in S3.

An object whose writer brought a key of his own is read by that key only. We keep the key's digest, as S3 does.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.settings import setting
from eventsim_sources.bucket.errors import invalid_argument, invalid_request
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import ObjectVersion

CUSTOMER_KEY: Final = frozenset({"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"})
"""Parameters that bring a key of one's own."""
SOURCE_CUSTOMER_KEY: Final = frozenset(f"CopySource{name}" for name in CUSTOMER_KEY)
ENCRYPTION_PARAMETERS: Final = CUSTOMER_KEY | {
    *("ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", "BucketKeyEnabled"),
}
"""What `encryption_of` reads."""
_KMS: Final = frozenset({"aws:kms", "aws:kms:dsse"})
_CUSTOMER_KEY_BYTES: Final = 32
_BLOCKED: Final = (
    "Access Denied because this bucket has blocked upload requests that specify Server Side Encryption with Customer "
    "provided keys (SSE-C). Please specify a different server-side encryption type"
)
"""What S3 says of a customer's key in a bucket that blocks them (unconfirmed)."""


def encryption_of(call: Call, bucket: Bucket) -> dict[str, str]:
    """Return what is kept of a write's encryption: its own, or the bucket's default.

    Raises:
        ApiError: S3 would refuse it.
    """
    rule = setting(bucket, "BucketEncryption")["Rules"][0]
    digest = customer_key_of(call)
    if digest:
        if "SSE-C" in (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", ()):
            raise ApiError("AccessDenied", _BLOCKED, status=403)
        if "ServerSideEncryption" in call.parameters:
            message = "Server Side Encryption with Customer provided key is incompatible with the encryption method "
            raise invalid_argument(
                f"{message}specified", "x-amz-server-side-encryption", call.text("ServerSideEncryption")
            )
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": digest}
    default = rule["ApplyServerSideEncryptionByDefault"]
    given = call.get("ServerSideEncryption")
    algorithm = str(given or default["SSEAlgorithm"])
    if algorithm not in _KMS:
        if algorithm != "AES256":
            message = "The encryption method specified is not supported"
            raise invalid_argument(message, "x-amz-server-side-encryption", algorithm)
        if "SSEKMSKeyId" in call.parameters:
            raise invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header "
                "x-amz-server-side-encryption : aws:kms",
                "x-amz-server-side-encryption",
                given or "",
            )
        return {"ServerSideEncryption": algorithm}
    key_id = call.get("SSEKMSKeyId") or (default.get("KMSMasterKeyID") if given is None else None)
    kept = {"ServerSideEncryption": algorithm, "SSEKMSKeyId": _key_arn(call, bucket, key_id)}
    if "SSEKMSEncryptionContext" in call.parameters:
        kept["SSEKMSEncryptionContext"] = call.text("SSEKMSEncryptionContext")
    if call.get("BucketKeyEnabled", rule.get("BucketKeyEnabled", False)):
        kept["BucketKeyEnabled"] = "True"
    return kept


def check_reader_key(call: Call, version: ObjectVersion, *, prefix: str = "") -> None:
    """See that a reader has the key that the object's writer brought.

    Args:
        prefix: `CopySource` for the source of a copy.

    Raises:
        ApiError: it is missing, another one, or not needed at all.
    """
    asked, kept = customer_key_of(call, prefix=prefix), version.properties.get("SSECustomerKeyMD5", "")
    if kept and not asked:
        raise invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided "
            "to retrieve the object."
        )
    if asked and not kept:
        raise invalid_request("The encryption parameters are not applicable to this object.")
    if asked != kept:
        raise ApiError("AccessDenied", "Access Denied", status=403)


def check_part_key(call: Call, properties: Mapping[str, str]) -> None:
    """See that a part comes with the key with which its upload began.

    Raises:
        ApiError: it does not; the words are unconfirmed.
    """
    if customer_key_of(call) != properties.get("SSECustomerKeyMD5", ""):
        raise invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the "
            "appropriate encryption parameters."
        )


def customer_key_of(call: Call, *, prefix: str = "") -> str:
    """Return the digest of the key that a request brings, "" if it brings none.

    Raises:
        ApiError: the key is none.
    """
    algorithm, key, digest = (
        call.get(f"{prefix}{name}") for name in ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
    )
    if algorithm is None and key is None:
        return ""
    header = "x-amz-server-side-encryption-customer-algorithm"
    if algorithm is None:
        raise invalid_argument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
            "algorithm.",
            header,
            "null",
        )
    if algorithm != "AES256":
        raise ApiError(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            fields={"ArgumentName": header, "ArgumentValue": algorithm},
        )
    if key is None:
        raise invalid_argument(
            "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate "
            "secret key.",
            "x-amz-server-side-encryption-customer-key",
            "null",
        )
    secret = _decoded(key)
    if len(secret) != _CUSTOMER_KEY_BYTES:
        message = "The secret key was invalid for the specified algorithm."
        raise invalid_argument(message, "x-amz-server-side-encryption-customer-key", "null")
    computed = base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode()
    if digest is not None and digest != computed:
        message = "The calculated MD5 hash of the key did not match the hash that was provided."
        raise invalid_argument(message, "x-amz-server-side-encryption-customer-key-MD5", "null")
    return computed


def _decoded(key: Any) -> bytes:
    """Return a key's bytes: in base64 on the wire and past botocore's own handler."""
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _key_arn(call: Call, bucket: Bucket, key_id: str | None) -> str:
    """Return a key as answers name it: by its ARN, even if it was named by its id; S3's own if none was named."""
    if key_id is not None and key_id.startswith("arn:"):
        return key_id
    account_id = call.world.account_id
    if key_id is None:
        digest = hashlib.sha256(f"aws/s3 {bucket.region} {account_id}".encode()).hexdigest()
        key_id = "-".join((digest[:8], digest[8:12], f"4{digest[13:16]}", f"a{digest[17:20]}", digest[20:32]))
    name = key_id if key_id.startswith("alias/") else f"key/{key_id}"
    return f"arn:aws:kms:{bucket.region}:{account_id}:{name}"
