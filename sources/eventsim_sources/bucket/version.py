"""What lies in a bucket under a key? Versions of an object, and delete markers."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

NULL_VERSION = "null"
"""The id of what was written while versioning was not enabled."""

CONTENT_TYPE_DEFAULT = "binary/octet-stream"
"""What an object is if its writer does not say (recorded)."""

EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
"""MD5 of nothing; also the eTag that events give for a delete marker (recorded)."""


class Checksum(Struct, frozen=True, kw_only=True, gc=False):
    """A checksum that came with an object.

    Attributes:
        algorithm: AWS's name, such as `CRC32`.
        value: base64, with `-parts` behind it if it is a checksum of the parts' checksums.
        type: `FULL_OBJECT` or `COMPOSITE`.
    """

    algorithm: str
    value: str
    type: str = "FULL_OBJECT"


class Part(Struct, frozen=True, kw_only=True, gc=False):
    """One part of a multipart upload, and of the object that came of it."""

    number: int
    etag: str
    size_bytes: int
    modified_s: int
    checksum: Checksum | None = None


class Annotation(Struct, frozen=True, kw_only=True, gc=False):
    """A text that is attached to a version.

    Attributes:
        etag: its own, without quotes.
        modified_s: seconds since 1970, in virtual time.
    """

    text: str
    etag: str
    size_bytes: int
    modified_s: int
    checksum: Checksum


class Restore(Struct, frozen=True, kw_only=True, gc=False):
    """When a copy of an archived object is there, and until when; seconds since 1970."""

    ready_s: int
    expires_s: int


class ObjectVersion(Struct, frozen=True, kw_only=True, gc=False):
    """One version of one object, without its bytes.

    Attributes:
        etag: without quotes.
        modified_s: seconds since 1970, in virtual time.
        properties: what the writer said about it, by botocore's names: `ContentType`, `StorageClass`, …
        metadata: the user's own, names in lower case.
        parts: empty unless it was uploaded in parts.
        grants: who may do what, in botocore's shape; empty for its owner's full control.
        restore: the latest restore from an archive.
        annotations: texts that were attached to it, by name.
    """

    key: str
    version_id: str = NULL_VERSION
    etag: str
    size_bytes: int
    modified_s: int
    properties: Mapping[str, str] = {}
    metadata: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}
    checksum: Checksum | None = None
    parts: tuple[Part, ...] = ()
    grants: tuple[dict[str, Any], ...] = ()
    restore: Restore | None = None
    annotations: Mapping[str, Annotation] = {}

    @property
    def storage_class(self) -> str:
        """The storage class, also where answers leave it out."""
        return self.properties.get("StorageClass", "STANDARD")


class DeleteMarker(Struct, frozen=True, kw_only=True, gc=False):
    """A version that says the object is gone."""

    key: str
    version_id: str
    modified_s: int


Version = ObjectVersion | DeleteMarker
