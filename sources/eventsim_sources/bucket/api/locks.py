"""May this version go? Object lock: retention and legal hold, which keep versions from being deleted.

A bucket has object lock from its creation on, or since it got a configuration. *Governance* can be bypassed by who asks
for it, *compliance* by nobody; a legal hold lasts until it is taken away. Only versions are protected: a delete without
a version id adds a delete marker as ever. Codes are documented; words are from error reports of users (unconfirmed).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call, find_version
from eventsim_sources.bucket.api.settings import setting
from eventsim_sources.bucket.errors import (
    invalid_argument,
    invalid_request,
    malformed_xml,
    marker_not_allowed,
    not_simulated,
)
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion

LOCK_PARAMETERS: Final = frozenset({"ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"})
"""What a write says of locks, and what is kept of them among the properties of a version."""
_MODES: Final = ("GOVERNANCE", "COMPLIANCE")
_DAYS_OF_YEAR: Final = 365


def put_object_retention(call: Call) -> dict[str, Any]:
    """Keep a version from being deleted for a time; without a time, let it go."""
    bucket, version = _version(call, "PUT")
    retention = call.get("Retention")
    if retention is None:
        raise malformed_xml()
    for name in retention.keys() - {"Mode", "RetainUntilDate"}:
        raise not_simulated(call.request.operation, f"Retention.{name}")
    mode, until = retention.get("Mode"), retention.get("RetainUntilDate")
    if (mode is None) != (until is None):
        raise malformed_xml()
    _check_future(call, until)
    is_held = _is_retained(version, call.now_s, bypasses=bool(call.get("BypassGovernanceRetention")))
    if is_held and not _prolongs(version, mode, until):
        raise _protected()
    date = None if until is None else _text(until)
    version = _amend(bucket, version, ObjectLockMode=mode, ObjectLockRetainUntilDate=date)
    call.notify(bucket, "ObjectRetention:Put", version)
    return {}


def get_object_retention(call: Call) -> dict[str, Any]:
    """Tell how long a version is kept."""
    _, version = _version(call, "GET")
    retention = _retention(version)
    if retention is None:
        raise _unlocked()
    return {"Retention": {"Mode": retention[0], "RetainUntilDate": retention[1]}}


def put_object_legal_hold(call: Call) -> dict[str, Any]:
    """Set or take away a legal hold."""
    bucket, version = _version(call, "PUT")
    status = (call.get("LegalHold") or {}).get("Status")
    if status is None:
        raise malformed_xml()
    _amend(bucket, version, ObjectLockLegalHoldStatus=status)
    return {}


def get_object_legal_hold(call: Call) -> dict[str, Any]:
    """Tell whether there is a legal hold."""
    _, version = _version(call, "GET")
    status = version.properties.get("ObjectLockLegalHoldStatus")
    if status is None:
        raise _unlocked()
    return {"LegalHold": {"Status": status}}


def locks_of(call: Call, bucket: Bucket) -> dict[str, str]:
    """Return the locks of a version that is about to be written: its writer's, or the bucket's default.

    Raises:
        ApiError: the bucket has no object lock, or S3 would refuse a value.
    """
    mode, until, hold = (
        call.get(name) for name in ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
    )
    configuration = setting(bucket, "ObjectLockConfiguration")
    if configuration is None:
        if LOCK_PARAMETERS & call.parameters.keys():
            raise _no_lock()
        return {}
    if (mode is None) != (until is None):
        message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise invalid_argument(
            message, "x-amz-object-lock-mode" if mode is None else "x-amz-object-lock-retain-until-date"
        )
    if mode is not None and mode not in _MODES:
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    if hold is not None and hold not in {"ON", "OFF"}:
        raise invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold)
    _check_future(call, until)
    default = (configuration.get("Rule") or {}).get("DefaultRetention")
    if mode is None and default is not None:
        days = default["Days"] if "Days" in default else default["Years"] * _DAYS_OF_YEAR
        mode, until = default["Mode"], datetime.fromtimestamp(call.now_s, UTC) + timedelta(days=days)
    kept = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": None if until is None else _text(until)}
    return {name: value for name, value in {**kept, "ObjectLockLegalHoldStatus": hold}.items() if value is not None}


def check_deletable(call: Call, version: ObjectVersion | DeleteMarker | None) -> None:
    """See that nothing protects a version that is to go for good.

    Raises:
        ApiError: something does.
    """
    bypasses = bool(call.get("BypassGovernanceRetention"))
    if isinstance(version, ObjectVersion) and (
        version.properties.get("ObjectLockLegalHoldStatus") == "ON"
        or _is_retained(version, call.now_s, bypasses=bypasses)
    ):
        raise _protected()


def lock_members(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return kept locks as members of a read's answer."""
    members: dict[str, Any] = {name: value for name, value in properties.items() if name in LOCK_PARAMETERS}
    if "ObjectLockRetainUntilDate" in members:
        members["ObjectLockRetainUntilDate"] = datetime.fromisoformat(members["ObjectLockRetainUntilDate"])
    return members


def _version(call: Call, method: str) -> tuple[Bucket, ObjectVersion]:
    bucket = call.bucket()
    version = find_version(bucket, call.key, call.get("VersionId"))
    if setting(bucket, "ObjectLockConfiguration") is None:
        raise _no_lock()
    if isinstance(version, DeleteMarker):
        raise marker_not_allowed(method, version)
    return bucket, version


def _amend(bucket: Bucket, version: ObjectVersion, **changes: str | None) -> ObjectVersion:
    properties = {name: value for name, value in {**version.properties, **changes}.items() if value is not None}
    version = replace(version, properties=properties)
    bucket.store.amend(version)
    return version


def _retention(version: ObjectVersion) -> tuple[str, datetime] | None:
    members = lock_members(version.properties)
    mode = members.get("ObjectLockMode")
    return None if mode is None else (mode, members["ObjectLockRetainUntilDate"])


def _is_retained(version: ObjectVersion, now_s: int, *, bypasses: bool) -> bool:
    retention = _retention(version)
    if retention is None or retention[1].timestamp() <= now_s:
        return False
    return retention[0] == "COMPLIANCE" or not bypasses


def _prolongs(version: ObjectVersion, mode: str | None, until: datetime | None) -> bool:
    """Tell whether a new retention binds at least as much as the one that a version has."""
    retention = _retention(version)
    if retention is None or until is None:
        return retention is None
    return mode in (retention[0], "COMPLIANCE") and _utc(until) >= retention[1]


def _check_future(call: Call, until: datetime | None) -> None:
    if until is not None and _utc(until).timestamp() <= call.now_s:
        header = "x-amz-object-lock-retain-until-date"
        raise invalid_argument("The retain until date must be in the future!", header, _text(until))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _text(instant: datetime) -> str:
    return _utc(instant).isoformat()


def _protected() -> ApiError:
    return ApiError("AccessDenied", "Access Denied because object protected by object lock.", status=403)


def _no_lock() -> ApiError:
    return invalid_request("Bucket is missing Object Lock Configuration")


def _unlocked() -> ApiError:
    message = "The specified object does not have a ObjectLock configuration"
    return ApiError("NoSuchObjectLockConfiguration", message, status=404)
