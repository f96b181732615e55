"""What does a bucket tell? The JSON of S3's notifications, and of its events on a bus; pure, byte for byte.

Which members `object` has depends on the event (recorded): a delete has no size and no eTag, a delete marker has the
eTag of nothing, tags have no size and no sequencer. The key is form-encoded: a space is `+`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus

import msgspec
from msgspec import Struct

from eventsim_sources.bucket.version import EMPTY_ETAG, NULL_VERSION, DeleteMarker, ObjectVersion, Version

_DELETED = ("ObjectRemoved:Delete", "LifecycleExpiration:Delete")
_MOVED = "LifecycleTransition"
_RESTORE_ENDED = "ObjectRestore:Delete"
_OF_LIFECYCLE = ("LifecycleExpiration:", _MOVED, _RESTORE_ENDED)
_OF_ITSELF = (*_OF_LIFECYCLE, "Replication:")
_S3 = "s3.amazonaws.com"
"""Who does what nobody asks for."""
_RESTORED = "ObjectRestore:Completed"
_WITHOUT_SEQUENCER = ("ObjectTagging:", "ObjectAcl:", "ObjectRetention:", "ObjectAnnotation:")
"""Changes of what stands beside an object (unconfirmed for the last two)."""
_encode = msgspec.json.Encoder().encode


class Happening(Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened in a bucket, as its notifications tell it.

    Attributes:
        event: without `s3:`, such as `ObjectCreated:Put`.
        at: the instant, as `2026-01-01T00:00:00.000Z`.
        version: what was written, or what is gone.
        principal_id: who did it, such as `AWS:AIDAEXAMPLE`.
        owner_id: whose the bucket is.
        failure: of a copy that failed, the members that tell of it.
    """

    event: str
    at: str
    region: str
    bucket: str
    version: Version
    sequencer: str
    request_id: str
    host_id: str
    principal_id: str
    owner_id: str
    source_ip: str = "127.0.0.1"
    failure: Mapping[str, str] = {}


def record_json(happening: Happening, configuration_id: str) -> str:
    """Return the notification that one rule's destination gets."""
    record = {
        "eventVersion": _version(happening.event),
        "eventSource": "aws:s3",
        "awsRegion": happening.region,
        "eventTime": happening.at,
        "eventName": happening.event,
        "userIdentity": {"principalId": _who(happening)},
        "requestParameters": {"sourceIPAddress": _S3 if _comes_of_itself(happening) else happening.source_ip},
        "responseElements": {"x-amz-request-id": happening.request_id, "x-amz-id-2": happening.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": happening.bucket,
                "ownerIdentity": {"principalId": happening.owner_id},
                "arn": f"arn:aws:s3:::{happening.bucket}",
            },
            "object": _object(happening),
        },
    }
    failed = {"replicationEventData": happening.failure} if happening.failure else {}
    return _encode({"Records": [{**record, **_restored(happening), **_moved(happening), **failed}]}).decode()


_ON_BUS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ObjectCreated:Put": ("Object Created", {"reason": "PutObject"}),
    "ObjectCreated:Post": ("Object Created", {"reason": "POST Object"}),
    "ObjectCreated:Copy": ("Object Created", {"reason": "CopyObject"}),
    "ObjectCreated:CompleteMultipartUpload": ("Object Created", {"reason": "CompleteMultipartUpload"}),
    "ObjectRestore:Post": ("Object Restore Initiated", {}),
    _RESTORED: ("Object Restore Completed", {}),
    _RESTORE_ENDED: ("Object Restore Expired", {}),
    **{
        f"{group}:{name}": ("Object Deleted", {"reason": reason, "deletion-type": deletion_type})
        for group, reason in (("ObjectRemoved", "DeleteObject"), ("LifecycleExpiration", "Lifecycle Expiration"))
        for name, deletion_type in (
            ("Delete", "Permanently Deleted"),
            ("DeleteMarkerCreated", "Delete Marker Created"),
        )
    },
    _MOVED: ("Object Storage Class Changed", {}),
    "ObjectAcl:Put": ("Object ACL Updated", {}),
    "ObjectTagging:Put": ("Object Tags Added", {}),
    "ObjectTagging:Delete": ("Object Tags Deleted", {}),
}
"""Event → its detail type on a bus, and the members that tell how it came about (recorded)."""


def is_told_on_bus(event: str) -> bool:
    """Tell whether buses know of such an event."""
    return event in _ON_BUS


def bus_event_json(happening: Happening, *, account_id: str) -> str:
    """Return the event for the default bus, without what the bus itself adds (recorded)."""
    detail_type, manner = _ON_BUS[happening.event]
    event = {
        "source": "aws.s3",
        "detail-type": detail_type,
        "time": f"{happening.at[:19]}Z",
        "resources": [f"arn:aws:s3:::{happening.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": happening.bucket},
            "object": _object_on_bus(happening),
            "request-id": happening.request_id,
            "requester": _S3 if _comes_of_itself(happening) else account_id,
            **({"source-ip-address": happening.source_ip} if _has_been_asked_for(happening) else {}),
            **manner,
            **_restored_on_bus(happening),
            **({"destination-storage-class": _storage_class(happening)} if happening.event == _MOVED else {}),
        },
    }
    return _encode(event).decode()


def s3_test_event_json(*, bucket: str, at: str, request_id: str, host_id: str) -> str:
    """Return what a queue or topic gets when it is made a destination."""
    event = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": at,
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": host_id,
    }
    return _encode(event).decode()


def _version(event: str) -> str:
    """Return the version of an event's form (documented)."""
    if event.startswith("Replication:"):
        return "2.2"
    return "2.3" if event.startswith((*_WITHOUT_SEQUENCER, *_OF_LIFECYCLE)) else "2.1"


def _who(happening: Happening) -> str:
    """Return who did it: S3 itself as time passes; an archive's copy comes on behalf of the owner (recorded)."""
    if _comes_of_itself(happening):
        return _S3
    return f"AmazonCustomer:{happening.owner_id}" if happening.event == _RESTORED else happening.principal_id


def _comes_of_itself(happening: Happening) -> bool:
    return happening.event.startswith(_OF_ITSELF)


def _has_been_asked_for(happening: Happening) -> bool:
    """Tell whether it was a request that did it."""
    return happening.event != _RESTORED and not _comes_of_itself(happening)


def _storage_class(happening: Happening) -> str:
    return happening.version.storage_class if isinstance(happening.version, ObjectVersion) else ""


def _moved(happening: Happening) -> dict[str, object]:
    """Return what a record says of a move to another storage class (documented)."""
    if happening.event != _MOVED:
        return {}
    return {"lifecycleEventData": {"transitionEventData": {"destinationStorageClass": _storage_class(happening)}}}


def _restored(happening: Happening) -> dict[str, object]:
    """Return what a record says of a restored copy (recorded)."""
    version = happening.version
    if happening.event != _RESTORED or not isinstance(version, ObjectVersion) or version.restore is None:
        return {}
    restored = {
        "lifecycleRestorationExpiryTime": f"{_date(version.restore.expires_s)}.000Z",
        "lifecycleRestoreStorageClass": version.storage_class,
    }
    return {"glacierEventData": {"restoreEventData": restored}}


def _restored_on_bus(happening: Happening) -> dict[str, str]:
    """Return what an event on a bus says of a restore (recorded)."""
    version = happening.version
    if not happening.event.startswith("ObjectRestore:") or not isinstance(version, ObjectVersion):
        return {}
    members = {"source-storage-class": version.storage_class}
    if happening.event == _RESTORED and version.restore is not None:
        members["restore-expiry-time"] = f"{_date(version.restore.expires_s)}Z"
    return members


def _date(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def encoded_key(key: str) -> str:
    """Return a key as events spell it; `urllib.parse.unquote_plus` gives it back."""
    return quote_plus(key, safe="/")  # unconfirmed for `*` and `~`


def _object_on_bus(happening: Happening) -> dict[str, object]:
    """Return the same facts by the names that buses have for them; the key is as it is."""
    described = _object(happening)
    names = {"size": "size", "eTag": "etag", "versionId": "version-id"}
    renamed = {new: described[old] for old, new in names.items() if old in described}
    sequencer = {"sequencer": happening.sequencer.lower()} if "sequencer" in described else {}
    return {"key": happening.version.key, **renamed, **sequencer}


def _object(happening: Happening) -> dict[str, object]:
    version = happening.version
    described: dict[str, object] = {"key": encoded_key(version.key)}
    has_sequencer = not happening.event.startswith(_WITHOUT_SEQUENCER)
    match version:
        case ObjectVersion():
            if has_sequencer and happening.event not in _DELETED:
                described["size"] = version.size_bytes
            if happening.event not in _DELETED:
                described["eTag"] = version.etag
        case DeleteMarker():
            if happening.event not in _DELETED:
                described["eTag"] = EMPTY_ETAG
    if version.version_id != NULL_VERSION:
        described["versionId"] = version.version_id
    if has_sequencer:
        described["sequencer"] = happening.sequencer
    return described
