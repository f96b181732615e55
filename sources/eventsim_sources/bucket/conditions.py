"""May a conditional request go on? The tables of S3 for reads, writes and copies; pure.

Reads: `If-Match` decides alone if it is there, otherwise `If-Unmodified-Since` does; then `If-None-Match` decides alone
if it is there, otherwise `If-Modified-Since` does (recorded). Times count whole seconds.

Writes know only `If-None-Match: *` (do not replace anything) and `If-Match: "etag"` (replace exactly this).
"""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from eventsim_sources.bucket.errors import (
    conditional_conflict,
    no_such_key,
    not_implemented,
    not_modified,
    precondition_failed,
)
from eventsim_sources.bucket.version import ObjectVersion, Version


class ReadConditions(Struct, frozen=True, kw_only=True):
    """What a reader, or a copy of its source, demands."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None


class ReadVerdict(Enum):
    """What follows from a reader's conditions. A failed one is named by its value, as the error names it."""

    GO_ON = ""
    IF_MATCH = "If-Match"
    IF_UNMODIFIED_SINCE = "If-Unmodified-Since"
    IF_NONE_MATCH = "If-None-Match"
    IF_MODIFIED_SINCE = "If-Modified-Since"


def decide_read(conditions: ReadConditions, found: ObjectVersion, now_s: float) -> ReadVerdict:
    """Return which condition stops the read of this object, if any."""
    if conditions.if_match is not None:
        if not _matches(conditions.if_match, found.etag):
            return ReadVerdict.IF_MATCH
    elif _is_modified_since(found, conditions.if_unmodified_since):
        return ReadVerdict.IF_UNMODIFIED_SINCE
    if conditions.if_none_match is not None:
        if _matches(conditions.if_none_match, found.etag):
            return ReadVerdict.IF_NONE_MATCH
    elif conditions.if_modified_since is not None:
        since_s = int(conditions.if_modified_since.timestamp())
        if found.modified_s <= since_s <= now_s:  # one in the future is ignored (recorded)
            return ReadVerdict.IF_MODIFIED_SINCE
    return ReadVerdict.GO_ON


def check_read(conditions: ReadConditions, found: ObjectVersion, now_s: float) -> None:
    """Stop a read whose conditions do not hold.

    Raises:
        ApiError: 412, or 304 if the reader has the object already.
    """
    match decide_read(conditions, found, now_s):
        case ReadVerdict.GO_ON:
            return
        case ReadVerdict.IF_MATCH | ReadVerdict.IF_UNMODIFIED_SINCE as failed:
            raise precondition_failed(failed.value)
        case ReadVerdict.IF_NONE_MATCH | ReadVerdict.IF_MODIFIED_SINCE:
            raise not_modified(found)


def check_copy_source(conditions: ReadConditions, source: ObjectVersion, now_s: float) -> None:
    """Stop a copy whose conditions on the source do not hold; here every failure is a 412 (recorded).

    Raises:
        ApiError: 412.
    """
    verdict = decide_read(conditions, source, now_s)
    if verdict is not ReadVerdict.GO_ON:
        raise precondition_failed(f"x-amz-copy-source-{verdict.value}")


class WriteConditions(Struct, frozen=True, kw_only=True):
    """What a writer demands of the object that it is about to replace."""

    if_match: str | None = None
    if_none_match: str | None = None


def check_write(
    conditions: WriteConditions,
    key: str,
    latest: Version | None,
    *,
    changed_since_begun: bool = False,
) -> None:
    """Stop a write whose conditions do not hold.

    Args:
        latest: the newest version under the key, None if there is none.
        changed_since_begun: whether the key was written or deleted after this multipart upload began.

    Raises:
        ApiError: 404, 409, 412, or 501 for what S3 does not do.
    """
    _check_form(conditions)
    existing = latest if isinstance(latest, ObjectVersion) else None
    if conditions.if_none_match is not None:
        if existing is not None:
            raise precondition_failed("If-None-Match")
        if changed_since_begun:
            raise conditional_conflict("If-None-Match", key)
    if conditions.if_match is not None:
        if existing is None:
            raise no_such_key(key)
        if not _matches(conditions.if_match, existing.etag):
            raise precondition_failed("If-Match")
        if changed_since_begun:
            raise conditional_conflict("If-Match", key)


def check_delete(if_match: str | None, key: str, latest: Version | None) -> None:
    """Stop a delete whose `If-Match` does not hold.

    Raises:
        ApiError: 404 or 412.
    """
    if if_match is None:
        return
    if not isinstance(latest, ObjectVersion):
        raise no_such_key(key)  # unconfirmed: as for a write
    if if_match.strip() != "*" and not _matches(if_match, latest.etag):
        raise precondition_failed("If-Match")


def check_object(if_match: str | None, found: ObjectVersion) -> None:
    """Stop what shall be done to an object with this eTag only.

    Raises:
        ApiError: 412.
    """
    if if_match is not None and not _matches(if_match, found.etag):
        raise precondition_failed("x-amz-object-if-match")  # unconfirmed: what it is called


def _check_form(conditions: WriteConditions) -> None:
    """Refuse what S3 itself does not do."""
    match conditions.if_match, conditions.if_none_match:
        case str(), str():
            additional = "Multiple conditional request headers present in the request"
            raise not_implemented("If-Match,If-None-Match", additional)
        case None, str(none_match) if none_match.strip() != "*":
            additional = "We don't accept the provided value of If-None-Match header for this API"
            raise not_implemented("If-None-Match", additional)
        case str(match), None if match.strip() == "*":
            additional = "We don't accept the provided value of If-Match header for this API"
            raise not_implemented("If-Match", additional)


def _is_modified_since(found: ObjectVersion, instant: datetime | None) -> bool:
    return instant is not None and found.modified_s > int(instant.timestamp())


def _matches(condition: str, etag: str) -> bool:
    """Compare with or without quotes; `*` matches whatever is there."""
    return any(each.strip() in {"*", etag, f'"{etag}"'} for each in condition.split(","))
