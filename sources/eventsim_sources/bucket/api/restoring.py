"""The operation that brings objects back from an archive."""

from typing import Any

from msgspec.structs import replace

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call, find_version
from eventsim_sources.bucket.archive import RESTORE_S, expiry_s, is_archived, is_readable, is_under_way
from eventsim_sources.bucket.errors import invalid_argument, malformed_xml, marker_not_allowed, not_simulated
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Restore

SECOND_US = 1_000_000
_ACCEPTED = {"ResponseMetadata": {"HTTPStatusCode": 202}}
"""The status of a restore that has begun; one that is there answers 200 (documented)."""


def restore_object(call: Call) -> dict[str, Any]:
    """Begin to restore a copy of an archived object; for one that is there, change how long it stays."""
    bucket = call.bucket()
    version = find_version(bucket, call.key, call.get("VersionId"))
    if isinstance(version, DeleteMarker):
        raise marker_not_allowed("POST", version)
    request = call.get("RestoreRequest") or {}
    for name in request.keys() & {"Type", "SelectParameters", "OutputLocation"}:
        raise not_simulated(call.request.operation, f"RestoreRequest.{name}")
    days = request.get("Days")
    if days is None:
        raise malformed_xml()
    if days < 1:
        raise invalid_argument("restoration days should be at least 1", "Days", days)
    if not is_archived(version):
        raise ApiError(
            "InvalidObjectState",
            "Restore is not allowed for the object's current storage class",
            status=403,
            fields={"StorageClass": version.storage_class},
        )
    if is_under_way(version, call.now_s):
        raise ApiError("RestoreAlreadyInProgress", "Object restore is already in progress", status=409)
    tier = (request.get("GlacierJobParameters") or {}).get("Tier") or request.get("Tier") or "Standard"
    takes_s = RESTORE_S.get((version.storage_class, tier))
    if takes_s is None:
        raise invalid_argument("Retrieval option is not supported by this storage class", "Tier", tier)
    if version.restore is not None and is_readable(version, call.now_s):
        kept = Restore(ready_s=version.restore.ready_s, expires_s=expiry_s(call.now_s, days))
        restored = replace(version, restore=kept)
        bucket.store.amend(restored)
        _await_end(call, bucket, restored)
        return {}
    ready_s = call.now_s + takes_s
    restored = replace(version, restore=Restore(ready_s=ready_s, expires_s=expiry_s(ready_s, days)))
    bucket.store.amend(restored)
    call.notify(bucket, "ObjectRestore:Post", restored)
    clock = call.world.clock
    clock.at(clock.now_us + takes_s * SECOND_US, _tell_restored, (call, bucket, restored))
    _await_end(call, bucket, restored)
    return _ACCEPTED


def _await_end(call: Call, bucket: Bucket, restored: ObjectVersion) -> None:
    """Tell when the copy goes, if the run lasts until then."""
    assert restored.restore is not None
    clock = call.world.clock
    ends_us = restored.restore.expires_s * SECOND_US - clock.start_epoch_us
    clock.by_calendar(ends_us, _tell_ended, (call, bucket, restored))


def _tell_restored(what: tuple[Call, Bucket, ObjectVersion]) -> None:
    """Tell that the copy is there, if the object still is."""
    _tell(*what, "ObjectRestore:Completed")


def _tell_ended(what: tuple[Call, Bucket, ObjectVersion]) -> None:
    """Tell that the copy is gone, if it was to go now."""
    _tell(*what, "ObjectRestore:Delete")


def _tell(call: Call, bucket: Bucket, restored: ObjectVersion, event: str) -> None:
    """Tell of a restored copy, unless the object is gone or was restored anew."""
    version = bucket.store.version(restored.key, restored.version_id)
    if isinstance(version, ObjectVersion) and version.restore == restored.restore:
        call.notify(bucket, event, version)
