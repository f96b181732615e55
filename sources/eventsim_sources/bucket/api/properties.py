"""What does a writer say of an object, besides its bytes? Headers, metadata, tags: checked, kept, given back."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.encryption import ENCRYPTION_PARAMETERS, encryption_of
from eventsim_sources.bucket.api.locks import LOCK_PARAMETERS, lock_members, locks_of
from eventsim_sources.bucket.api.tag_rules import check_tag
from eventsim_sources.bucket.archive import ARCHIVES, restore_header
from eventsim_sources.bucket.errors import http_date, invalid_argument
from eventsim_sources.bucket.lifetime import expiration_of
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import CONTENT_TYPE_DEFAULT, ObjectVersion

METADATA_BYTES_MAX = 2048
"""User metadata, names and values together (documented)."""
TAGS_MAX = 10
"""Tags of one object (documented)."""

_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "WebsiteRedirectLocation",
)
_STORAGE_CLASSES = frozenset(
    {"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "REDUCED_REDUNDANCY", "GLACIER_IR", *ARCHIVES}
)
_GRANTS = frozenset({"GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"})

WRITE_PARAMETERS = frozenset(
    {
        *_HEADERS,
        *LOCK_PARAMETERS,
        *ENCRYPTION_PARAMETERS,
        *_GRANTS,
        "ACL",
        "Expires",
        "Metadata",
        "StorageClass",
        "Tagging",
    }
)
"""What `properties_of`, `metadata_of` and `tags_of` read."""


def properties_of(call: Call, bucket: Bucket) -> dict[str, str]:
    """Return what is kept of a write's headers, as text by botocore's names.

    Raises:
        ApiError: S3 would refuse a value.
    """
    parameters = call.parameters
    kept = {name: str(parameters[name]) for name in _HEADERS if name in parameters}
    kept.setdefault("ContentType", CONTENT_TYPE_DEFAULT)
    if not kept.get("WebsiteRedirectLocation", "/").startswith(("/", "http://", "https://")):
        raise ApiError(
            "InvalidRedirectLocation",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        )
    kept |= encryption_of(call, bucket)
    kept |= locks_of(call, bucket)
    if "Expires" in parameters:
        kept["Expires"] = expires_text(parameters["Expires"])
    storage_class = str(parameters.get("StorageClass", "STANDARD"))
    if storage_class not in _STORAGE_CLASSES:
        raise ApiError(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            fields={"StorageClassRequested": storage_class},
        )
    if storage_class != "STANDARD":
        kept["StorageClass"] = storage_class
    return kept


def property_members(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return kept headers as members of a read's answer."""
    members: dict[str, Any] = {**properties, **lock_members(properties)}
    members.pop("SSEKMSEncryptionContext", None)  # told to writers only (documented)
    if "BucketKeyEnabled" in members:
        members["BucketKeyEnabled"] = members["BucketKeyEnabled"] == "True"
    return members | expires_members(members.pop("Expires")) if "Expires" in members else members


def expires_text(expires: object) -> str:
    """Return a header `Expires` as it stands on the wire; clients may say a date or anything else."""
    return format_datetime(expires.astimezone(UTC), usegmt=True) if isinstance(expires, datetime) else str(expires)


def expires_members(text: str) -> dict[str, Any]:
    """Return a header `Expires` as a read's answer has it: as it is, and as a date if it is one, as botocore does."""
    try:
        return {"ExpiresString": text, "Expires": parsedate_to_datetime(text)}
    except ValueError:
        return {"ExpiresString": text}


def lifetime_members(call: Call, bucket: Bucket, version: ObjectVersion) -> dict[str, str]:
    """Return what an answer says of a restored copy, and of the day on which a lifecycle rule lets the object go."""
    members = {}
    restore = restore_header(version, call.now_s)
    if restore:
        members["Restore"] = restore
    if bucket.lifecycle.rules and bucket.store.latest(version.key) is version:
        end = expiration_of(bucket.lifecycle.rules, version)
        if end is not None:
            members["Expiration"] = f'expiry-date="{http_date(end[0])}", rule-id="{quote(end[1])}"'
    return members


def encryption_members(properties: Mapping[str, str], *, but: Collection[str] = ()) -> dict[str, Any]:
    """Return what a write's answer says of encryption, but for members that it has not."""
    names = ENCRYPTION_PARAMETERS.difference(but)
    members: dict[str, Any] = {name: value for name, value in properties.items() if name in names}
    return members | ({"BucketKeyEnabled": True} if "BucketKeyEnabled" in members else {})


def metadata_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the user's metadata, names in lower case.

    Raises:
        ApiError: it is too large.
    """
    metadata = {name.lower(): value for name, value in parameters.get("Metadata", {}).items()}
    size_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size_bytes > METADATA_BYTES_MAX:
        raise ApiError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            fields={"Size": str(size_bytes), "MaxSizeAllowed": str(METADATA_BYTES_MAX)},
        )
    return metadata


def tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a write, given as a query string.

    Raises:
        ApiError: they are not tags.
    """
    text = parameters.get("Tagging", "")
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
        raise invalid_argument(message + "tag name duplicates.", "x-amz-tagging", text) from None
    return checked_tags([{"Key": key, "Value": value} for key, value in pairs])


def checked_tags(tag_set: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the tags of a `TagSet`.

    Raises:
        ApiError: too many, too long, or one key twice.
    """
    for key, count in Counter(tag["Key"] for tag in tag_set).items():
        if count > 1:
            raise ApiError("InvalidTag", "Cannot provide multiple Tags with the same key", fields={"TagKey": key})
    if len(tag_set) > TAGS_MAX:
        raise ApiError("BadRequest", f"Object tags cannot be greater than {TAGS_MAX}")
    for tag in tag_set:
        check_tag(tag, reserved="Your TagKey cannot be prefixed with aws:")
    return {tag["Key"]: tag["Value"] for tag in tag_set}
