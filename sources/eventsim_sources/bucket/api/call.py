"""What does every S3 operation need? One request, its bucket, and what may be asked of both."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from eventsim import ApiError, Request, Spool, World
from eventsim_sources.bucket.contents import Data
from eventsim_sources.bucket.errors import (
    invalid_argument,
    marker_not_allowed,
    no_such_bucket,
    no_such_key,
    no_such_version,
    not_simulated,
)
from eventsim_sources.bucket.names import check_key
from eventsim_sources.bucket.namespace import find_bucket_of_anybody
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import NULL_VERSION, DeleteMarker, ObjectVersion, Version

_ACCOUNT_ID = re.compile("[0-9]{12}")
VERSION_ID_LENGTH = 32
"""Length of the version ids that S3 makes up."""


class Call:
    """One request, and what its operation works with.

    Attributes:
        parameters: in botocore's shape, without those that are None.
    """

    def __init__(self, world: World, request: Request) -> None:
        self.world = world
        self.request = request
        self.parameters: dict[str, Any] = {
            name: value for name, value in request.parameters.items() if value is not None
        }

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter."""
        return self.parameters.get(name, default)

    def text(self, name: str) -> str:
        """Return a text parameter, "" if it was left out."""
        return str(self.parameters.get(name, ""))

    @property
    def key(self) -> str:
        """The key that the request is about."""
        return str(self.parameters["Key"])

    @property
    def now_s(self) -> int:
        """Whole seconds since 1970; S3 dates objects so."""
        return self.world.clock.epoch_ms() // 1000

    def check_parameters(self, supported: frozenset[str]) -> None:
        """See that nothing is asked for that we would have to ignore.

        Raises:
            ApiError: a parameter that is not simulated, an unknown encoding, a key that no object can have, or an owner
                who is not the bucket's.
        """
        for name in self.parameters:
            if name not in supported:
                raise not_simulated(self.request.operation, name)
        if "Key" in self.parameters:
            check_key(self.key)
        encoding = self.get("EncodingType", "url")
        if encoding != "url":
            raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
        for name in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
            if name in self.parameters:
                self._check_owner(self.text(name))

    def _check_owner(self, expected: str) -> None:
        if _ACCOUNT_ID.fullmatch(expected) is None:
            message = "The value of the expected bucket owner parameter must be an AWS account ID"  # unconfirmed words
            raise ApiError("InvalidBucketOwnerAWSAccountID", message)
        if expected != self.world.account_id:
            raise ApiError("AccessDenied", "Access Denied", status=403)

    def bucket(self, name: str | None = None) -> Bucket:
        """Return the bucket that the request is about, or another one by name.

        Raises:
            ApiError: there is none.
        """
        name = str(self.parameters["Bucket"]) if name is None else name
        found = find_bucket_of_anybody(self.world, name)
        if found is None:
            raise no_such_bucket(name)
        return found

    def authorize(self, operation: str, of_object: Mapping[str, str]) -> None:
        """See that the caller may do something to one of the objects that the request names.

        Args:
            of_object: `Key` and `VersionId`.

        Raises:
            ApiError: it may not.
        """
        request = self.request
        one = {"Bucket": self.parameters["Bucket"], **of_object}
        self.world.authorize("s3", operation, one, request.on_behalf, region=request.region)

    def write(self, bucket: Bucket, event: str, version: ObjectVersion, data: Data) -> ObjectVersion:
        """Write an object on behalf of the caller."""
        return bucket.write(event, version, data, caller=self.request.caller, cause=self.request.entry)

    def notify(self, bucket: Bucket, event: str, version: Version) -> None:
        """Tell whom the bucket tells of what the caller did."""
        bucket.tell(event, version, self.request.caller, self.request.entry)


def find_version(bucket: Bucket, key: str, version_id: str | None) -> Version:
    """Return the version asked for, or the newest.

    Raises:
        ApiError: there is no such object, or no such version of it.
    """
    if version_id is None:
        latest = bucket.store.latest(key)
        if not isinstance(latest, ObjectVersion):
            raise no_such_key(key, marker=latest)
        return latest
    check_version_id(version_id)
    version = bucket.store.version(key, version_id)
    if version is None:
        raise no_such_version(key, version_id)
    return version


def find_object(call: Call, method: str) -> tuple[Bucket, ObjectVersion]:
    """Return the object that a request with an HTTP method is about, and its bucket.

    Raises:
        ApiError: there is none, or it is a delete marker.
    """
    bucket = call.bucket()
    version = find_version(bucket, call.key, call.get("VersionId"))
    if isinstance(version, DeleteMarker):
        raise marker_not_allowed(method, version)
    return bucket, version


def check_version_id(version_id: str) -> None:
    """See that this can be a version id.

    Raises:
        ApiError: it cannot.
    """
    if not is_version_id(version_id):
        raise invalid_argument("Invalid version id specified", "versionId", version_id)


def is_version_id(text: str) -> bool:
    """Tell whether a text has the form of a version id."""
    is_made_up = len(text) == VERSION_ID_LENGTH and text.replace(".", "").replace("_", "").isalnum()
    return is_made_up or text == NULL_VERSION


def version_members(bucket: Bucket, version: Version) -> dict[str, str]:
    """Return the version id as an answer has it: only buckets that ever had versioning show it."""
    return {"VersionId": version.version_id} if bucket.store.versioning else {}


def written_version(bucket: Bucket, version: Version) -> dict[str, str]:
    """Return the version id as a write's answer has it: not for the `null` version."""
    return {"VersionId": version.version_id} if bucket.store.versioning == "Enabled" else {}


def date_of(epoch_s: int) -> datetime:
    """Return an instant as botocore has it."""
    return datetime.fromtimestamp(epoch_s, UTC)


def read_body(body: Any) -> Data:
    """Return all bytes of a body, which may be bytes, text or a file."""
    if body is None:
        return b""
    if isinstance(body, Spool):
        return body
    content = body if isinstance(body, (bytes, bytearray, str)) else body.read()
    return content.encode() if isinstance(content, str) else bytes(content)


def url_encoded(text: str, parameters: Mapping[str, Any]) -> str:
    """Return a key or prefix as a listing shows it: encoded if `EncodingType=url` was asked for."""
    return quote_plus(text, safe="/") if parameters.get("EncodingType") == "url" else text  # unconfirmed: space is `+`
