"""Which objects are copied to other buckets? The replication rules of one bucket, and the copies by them.

What is written while there are rules is copied a while later, with its version id, date, metadata and tags; a copy is
never copied on. Of several rules for one destination that with the highest priority counts, and rules for several
destinations all do. Delete markers follow if their rule says so, and what goes for good elsewhere stays (documented).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol, runtime_checkable

from msgspec import Struct
from msgspec.structs import replace

from eventsim import ApiError, Caller, World
from eventsim_sources.bucket.contents import Data
from eventsim_sources.bucket.lifetime import conditions_of, tags_of
from eventsim_sources.bucket.notifier import Notifier
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version

REPLICATION_US: Final = 5_000_000
"""How long a copy is on its way; AWS says: most within seconds, nearly all within 15 minutes."""
STATUS: Final = "ReplicationStatus"
"""Under which name the properties of a version tell what became of its copies."""
_CHANGES: Final = ("ObjectTagging:", "ObjectAcl:", "ObjectRetention:", "ObjectAnnotation:")
"""What else copies follow."""


@runtime_checkable
class Receiver(Protocol):
    """A bucket to which another one copies."""

    def receive(self, version: Version, data: Data, *, caller: Caller, cause: int) -> None:
        """Take a copy, in the place of what it has under this version id.

        Raises:
            ApiError: it cannot; the code is S3's word for the reason.
        """


class ReplicationRule(Struct, frozen=True, kw_only=True, gc=False):
    """A rule that is enabled.

    Attributes:
        id: as clients put it.
        role_arn: as whom S3 copies.
        bucket: the ARN of the destination.
        storage_class: that of the copies, "" for the object's own.
        kms_key_id: the key of the copies of what is encrypted by KMS, "" if such objects are not copied.
    """

    id: str
    role_arn: str
    priority: int
    prefix: str
    tags: Mapping[str, str]
    bucket: str
    storage_class: str
    copies_markers: bool
    kms_key_id: str

    def is_about(self, version: Version) -> bool:
        """Tell whether a version is to be copied."""
        if not version.key.startswith(self.prefix):
            return False
        if isinstance(version, DeleteMarker):
            return self.copies_markers
        is_readable = bool(self.kms_key_id) or not version.properties.get("ServerSideEncryption", "").startswith("aws:")
        return is_readable and all(version.tags.get(key) == value for key, value in self.tags.items())

    def copy_of(self, version: Version) -> Version:
        """Return what the destination gets."""
        if isinstance(version, DeleteMarker):
            return version
        properties = {**version.properties, STATUS: "REPLICA"}
        if self.storage_class:
            properties["StorageClass"] = self.storage_class
        if properties.get("StorageClass") == "STANDARD":
            del properties["StorageClass"]  # answers do not name it
        if properties.get("ServerSideEncryption", "").startswith("aws:"):
            properties["SSEKMSKeyId"] = self.kms_key_id
        return replace(version, properties=properties, restore=None)


def rules_of(configuration: Mapping[str, Any] | None) -> tuple[ReplicationRule, ...]:
    """Return the enabled rules of a replication configuration in botocore's shape, highest priority first."""
    whole = configuration or {}
    role_arn = str(whole.get("Role") or "")
    given = [_rule(each, role_arn) for each in whole.get("Rules", ()) if each["Status"] == "Enabled"]
    return tuple(sorted(given, key=lambda rule: -rule.priority))


def rules_for(rules: Sequence[ReplicationRule], version: Version) -> list[ReplicationRule]:
    """Return the rules by which a version is copied, one for each destination."""
    chosen: dict[str, ReplicationRule] = {}
    for rule in rules:
        if rule.is_about(version):
            chosen.setdefault(rule.bucket, rule)
    return list(chosen.values())


class Replication:
    """The copies that one bucket sends.

    Attributes:
        rules: those that are followed.
    """

    def __init__(self, world: World, bucket: str, store: ObjectStore, notifier: Notifier) -> None:
        self.rules: tuple[ReplicationRule, ...] = ()
        self._world = world
        self._store = store
        self._notifier = notifier
        self._bucket = bucket
        self._place = world.trace.subject("bucket", bucket)
        kind = world.trace.kind
        self._replicated = kind("object replicated", "{place} copied {subject} to {to}")

    def follow(self, configuration: Mapping[str, Any] | None) -> None:
        """Follow these rules for what is written from now on, None for no rules."""
        self.rules = rules_of(configuration)

    def begin(self, version: ObjectVersion, caller: Caller) -> ObjectVersion:
        """Have a new object copied if a rule says so; return it as it is known then."""
        if STATUS in version.properties or not rules_for(self.rules, version):
            return version
        version = self._amended(version, "PENDING")
        self._send_later(version, caller)
        return version

    def heed(self, event: str, version: Version, caller: Caller) -> None:
        """Have what happened to an object happen to its copies, if they follow it."""
        if isinstance(version, DeleteMarker):
            is_followed = event == "ObjectRemoved:DeleteMarkerCreated" and bool(rules_for(self.rules, version))
        else:
            is_followed = event.startswith(_CHANGES) and version.properties.get(STATUS, "REPLICA") != "REPLICA"
        if is_followed:
            self._send_later(version, caller)

    def _send_later(self, version: Version, caller: Caller) -> None:
        clock = self._world.clock
        clock.at(clock.now_us + REPLICATION_US, self._send, (version.key, version.version_id, caller))

    def _send(self, what: tuple[str, str, Caller]) -> None:
        """Send copies of a version as it is now, if it is still there."""
        key, version_id, caller = what
        version = self._store.version(key, version_id)
        if version is None:
            return
        sent = [self._send_by(rule, version, caller) for rule in rules_for(self.rules, version)]
        if sent and isinstance(version, ObjectVersion):
            self._amended(version, "COMPLETED" if all(sent) else "FAILED")

    def _send_by(self, rule: ReplicationRule, version: Version, caller: Caller) -> bool:
        trace = self._world.trace
        subject = trace.subject("object", f"{self._bucket}/{version.key}")
        name = rule.bucket.rpartition(":::")[2]
        data = self._store.read(version) if isinstance(version, ObjectVersion) else b""
        try:
            receiver = self._receiver(name)
            self._check_role(rule, version, caller)
            entry = trace.record(self._replicated, subject, self._place, caller.cause, detail={"to": f"bucket {name}"})
            receiver.receive(rule.copy_of(version), data, caller=Caller(lineage=caller.lineage), cause=entry)
        except ApiError as error:
            self._tell_failure(rule, version, error.code, caller)
            return False
        return True

    def _check_role(self, rule: ReplicationRule, version: Version, caller: Caller) -> None:
        """See that the role may read the object and write the copy.

        Raises:
            ApiError: it may not; the code is S3's word for the reason (documented).
        """
        write, reason = "ReplicateObject", "DstPutObjNotPermitted"
        needs = [("GetObjectVersionForReplication", f"arn:aws:s3:::{self._bucket}", "SrcGetObjNotPermitted")]
        if isinstance(version, DeleteMarker):
            write, reason, needs = "ReplicateDelete", "DstDelObjNotPermitted", []
        as_role = Caller(cause=caller.cause, role_arn=rule.role_arn, session_name="s3-replication")
        for action, bucket, word in (*needs, (write, rule.bucket, reason)):
            try:
                self._world.authorize("s3", action, {"Arn": f"{bucket}/{version.key}"}, as_role)
            except ApiError as error:
                raise ApiError(word, error.message, status=403) from error

    def _tell_failure(self, rule: ReplicationRule, version: Version, reason: str, caller: Caller) -> None:
        asked_at = datetime.fromtimestamp(version.modified_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        failure = {
            "replicationRuleId": rule.id,
            "destinationBucket": rule.bucket,
            "s3Operation": "OBJECT_PUT" if isinstance(version, ObjectVersion) else "OBJECT_DELETE",
            "requestTime": asked_at,
            "failureReason": reason,
        }
        self._notifier.tell("Replication:OperationFailedReplication", version, caller, caller.cause, failure=failure)

    def _receiver(self, name: str) -> Receiver:
        for world in (self._world, *self._world.neighbours()):
            found = world.sources("buckets").get(name)
            if isinstance(found, Receiver):
                return found
        raise ApiError("DstBucketNotFound", "there is no such bucket", status=404)

    def _amended(self, version: ObjectVersion, status: str) -> ObjectVersion:
        version = replace(version, properties={**version.properties, STATUS: status})
        self._store.amend(version)
        return version


def _rule(given: Mapping[str, Any], role_arn: str) -> ReplicationRule:
    conditions = conditions_of(given)
    destination = given["Destination"]
    copies_kms = (given.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
    key = (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID", "")
    markers = given.get("DeleteMarkerReplication")
    return ReplicationRule(
        id=given["ID"],
        role_arn=role_arn,
        priority=given.get("Priority", 0),
        prefix=conditions.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags_of(conditions)},
        bucket=destination["Bucket"],
        storage_class=destination.get("StorageClass", ""),
        copies_markers="Filter" not in given if markers is None else markers.get("Status") == "Enabled",
        kms_key_id=key if copies_kms.get("Status") == "Enabled" else "",
    )
