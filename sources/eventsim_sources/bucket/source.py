"""Where are the events of objects born? A bucket tells functions and queues of what happens in it."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from eventsim import ApiError, Caller, ConfigurationError, Envelope, Lineage, World
from eventsim_sources.bucket.checksum import ALGORITHM_DEFAULT, checksum_of, etag_of, etag_of_parts
from eventsim_sources.bucket.contents import Contents, MemoryContents
from eventsim_sources.bucket.folder import FolderContents
from eventsim_sources.bucket.names import check_bucket_name
from eventsim_sources.bucket.notification import (
    NotificationRule,
    check_destinations,
    parse_rules,
    render_rules,
)
from eventsim_sources.bucket.record import Happening, record_json, s3_test_event_json
from eventsim_sources.bucket.spec import BucketSpec, NotificationSpec
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.version import ObjectVersion, Version

OWNER_ID = "A3NL1KOZZKExample"
"""`ownerIdentity` of every bucket, from AWS's documentation."""

_USER_ID = "AIDAJDPLRKLG7UEXAMPLE"
_ROLE_ID = "AROAJDPLRKLG7UEXAMPLE"
_VERSION_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"


class Bucket:
    """A bucket: objects, and the rules by which it tells of them."""

    kind: ClassVar[str] = "buckets"

    def __init__(self, world: World, name: str, *, contents: Contents | None = None, region: str = "") -> None:
        self.name = name
        self.arn = f"arn:aws:s3:::{name}"
        self.region = region or world.region
        self.created_s = world.clock.epoch_ms() // 1000
        self.rules: tuple[NotificationRule, ...] = ()
        chance = world.chance
        version_ids = chance.stream("bucket", name, "versions")
        self.store = ObjectStore(
            contents if contents is not None else MemoryContents(),
            lambda: "".join(version_ids.choices(_VERSION_ID_LETTERS, k=32)),
        )
        self.new_upload_id = chance.hex_ids(64, "bucket", name, "uploads")
        self._new_rule_id = chance.uuids("bucket", name, "notifications")
        self._new_request_id = chance.hex_ids(16, "bucket", name, "requests")
        self._host_ids = chance.stream("bucket", name, "hosts")
        self._sequencer = 0
        self._world = world
        self._place = world.trace.subject("bucket", name)
        self._kinds = _Kinds(world)

    def summary(self) -> Mapping[str, int]:
        """Return how many objects there are now."""
        return {"objects": len(self.store.live_keys)}

    def notify(self, event: str, version: Version, caller: Caller, cause: int) -> None:
        """Record what happened to an object, and tell every rule's destination that wants to know.

        Args:
            event: without `s3:`, such as `ObjectCreated:Put`.
            cause: the trace entry of the request.
        """
        trace = self._world.trace
        size_bytes = version.size_bytes if isinstance(version, ObjectVersion) else 0
        subject = trace.subject("object", f"{self.name}/{version.key}")
        kind = self._kinds.happened[event.partition(":")[0]]
        entry = trace.record(kind, subject, self._place, cause, size_bytes, {"event": event, "key": version.key})
        happening: Happening | None = None
        for rule in self.rules:
            why_not = rule.why_not(f"s3:{event}", version.key)
            if why_not is not None:
                trace.record(
                    self._kinds.not_notified,
                    subject,
                    self._place,
                    entry,
                    detail={"event": event, "rule": rule.id, "to": rule.arn, "reason": why_not},
                )
                continue
            happening = happening or self._happening(event, version, caller)
            self._deliver(rule, record_json(happening, rule.id), subject, entry, caller.lineage)

    def configure(self, configuration: Mapping[str, Any], *, validate: bool, cause: int = 0) -> None:
        """Replace the notification configuration, given in botocore's shape; queues and topics get a test event.

        Raises:
            ApiError: it is wrong; the old one stays.
        """
        rules = parse_rules(configuration, self._new_rule_id)
        if validate:
            check_destinations(rules, lambda arn: self._world.target(arn) is not None)
        self.rules = rules
        if not validate:
            return
        body = s3_test_event_json(
            bucket=self.name,
            at=self._world.clock.iso_ms(),
            request_id=self._new_request_id().upper(),
            host_id=self._new_host_id(),
        )
        for rule in rules:
            if rule.kind != "CloudFunction":
                self._deliver(rule, body, self._place, cause, None)

    def configuration(self) -> dict[str, Any]:
        """Return the notification configuration in botocore's shape."""
        return render_rules(self.rules)

    def _happening(self, event: str, version: Version, caller: Caller) -> Happening:
        clock = self._world.clock
        self._sequencer = max(self._sequencer + 1, clock.epoch_us() << 16)
        function = caller.arn.rpartition(":function:")[2]
        return Happening(
            event=event,
            at=clock.iso_ms(),
            region=self.region,
            bucket=self.name,
            version=version,
            sequencer=f"{self._sequencer:018X}",
            request_id=self._new_request_id().upper(),
            host_id=self._new_host_id(),
            principal_id=f"AWS:{_ROLE_ID}:{function}" if function else f"AWS:{_USER_ID}",
            owner_id=OWNER_ID,
        )

    def _new_host_id(self) -> str:
        return base64.b64encode(self._host_ids.randbytes(57)).decode()

    def _deliver(self, rule: NotificationRule, body: str, subject: int, cause: int, lineage: Lineage | None) -> None:
        """Hand a notification over in a step of its own: the writer has its answer first."""
        trace = self._world.trace

        def hand_over(envelope: Envelope) -> None:
            target = self._world.target(rule.arn)
            problem = f"there is no {rule.arn} any more"
            if target is not None:
                try:
                    target.accept(envelope)
                except ApiError as error:
                    problem = str(error)
                else:
                    return
            detail = {"rule": rule.id, "to": rule.arn, "reason": problem}
            trace.record(self._kinds.lost, subject, self._place, envelope.cause, detail=detail)

        entry = trace.record(
            self._kinds.notified, subject, self._place, cause, detail={"rule": rule.id, "to": rule.arn}
        )
        self._world.clock.soon(hand_over, Envelope(body=body, source_arn=self.arn, lineage=lineage, cause=entry))


class _Kinds:
    """The kinds of entry that a bucket records."""

    def __init__(self, world: World) -> None:
        kind = world.trace.kind
        self.happened = {
            "ObjectCreated": kind("object created", "{subject} was written ({event})", value="size_bytes"),
            "ObjectRemoved": kind("object removed", "{subject} was deleted ({event})"),
            "ObjectTagging": kind("object tagged", "the tags of {subject} changed ({event})"),
        }
        self.notified = kind("notified", "{place} told {to}, by rule {rule}")
        self.not_notified = kind("not notified", "{place} did not tell {to}, by rule {rule}, because {reason}")
        self.lost = kind("notification lost", "{place} could not tell {to}: {reason}")


class BucketKind:
    """The section `buckets:` of a scenario."""

    section: ClassVar[str] = "buckets"
    spec: ClassVar[type[BucketSpec]] = BucketSpec

    def create(self, world: World, name: str, spec: BucketSpec) -> Bucket:
        """Build a bucket and put into it what is there at the start.

        Raises:
            ConfigurationError: a bad name, or a folder that is missing or unfit.
        """
        try:
            check_bucket_name(name)
        except ApiError as error:
            raise ConfigurationError(
                f"{name!r} cannot be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, "
                "with a letter or digit at both ends, and none of AWS's reserved forms"
            ) from error
        folder = None if spec.directory is None else FolderContents(world.folder / spec.directory)
        bucket = Bucket(world, name, contents=folder)
        if folder is not None:
            for key, noted in folder.load().items():
                bucket.store.adopt(_present(key, noted, folder, bucket.created_s))
        if spec.versioning != "off":
            bucket.store.versioning = "Enabled" if spec.versioning == "enabled" else "Suspended"
        if spec.files is not None:
            _copy_in(bucket, world.folder / spec.files)
        return bucket

    def connect(self, world: World, source: Bucket, spec: BucketSpec) -> None:
        """Set up the notifications, and tell of what is there if the scenario says so.

        Raises:
            ConfigurationError: a destination is not there, or S3 would refuse the rules.
        """
        configuration = _configuration(world, spec.notifications)
        try:
            source.configure(configuration, validate=True)
        except ApiError as error:
            reasons = [str(value) for name, value in error.fields.items() if name.startswith("Argument")]
            text = f"{error.message} ({': '.join(reasons)})" if reasons else error.message
            raise ConfigurationError(text, key="notifications") from error
        if spec.announce:
            world.clock.soon(_announce, source)


def _configuration(world: World, notifications: Sequence[NotificationSpec]) -> dict[str, Any]:
    """Return the settings in the shape in which S3's API takes them."""
    configuration: dict[str, Any] = {"LambdaFunctionConfigurations": [], "QueueConfigurations": []}
    for index, each in enumerate(notifications):
        destination: dict[str, Any] = {
            "Events": [event if event.startswith("s3:") else f"s3:{event}" for event in each.events]
        }
        filter_rules = [
            {"Name": name, "Value": value}
            for name, value in (("Prefix", each.prefix), ("Suffix", each.suffix))
            if value is not None
        ]
        if filter_rules:
            destination["Filter"] = {"Key": {"FilterRules": filter_rules}}
        if each.id is not None:
            destination["Id"] = each.id
        here = f"{world.region}:{world.account_id}"
        match each.function, each.queue:
            case str(function), None:
                arn = function if function.startswith("arn:") else f"arn:aws:lambda:{here}:function:{function}"
                configuration["LambdaFunctionConfigurations"].append({**destination, "LambdaFunctionArn": arn})
            case None, str(queue):
                arn = queue if queue.startswith("arn:") else f"arn:aws:sqs:{here}:{queue}"
                configuration["QueueConfigurations"].append({**destination, "QueueArn": arn})
            case _:
                raise ConfigurationError(
                    "a notification goes to one place: name either `function` or `queue`", key=f"notifications.{index}"
                )
    return configuration


def _present(key: str, noted: ObjectVersion | None, folder: FolderContents, now_s: int) -> ObjectVersion:
    """Return the object of a file that was there, after its note if the file is still what the note describes."""
    data = folder.read(key)
    if noted is not None and noted.etag == _etag_like(noted, data):
        return noted
    return _object(key, data, now_s)


def _etag_like(noted: ObjectVersion, data: bytes) -> str:
    """Return the ETag of these bytes, cut into parts as the noted object was."""
    if not noted.parts:
        return etag_of(data)
    etags, start = [], 0
    for part in noted.parts:
        etags.append(etag_of(data[start : start + part.size_bytes]))
        start += part.size_bytes
    return etag_of_parts(etags) if start == len(data) else ""


def _object(key: str, data: bytes, now_s: int) -> ObjectVersion:
    return ObjectVersion(
        key=key,
        etag=etag_of(data),
        size_bytes=len(data),
        modified_s=now_s,
        checksum=checksum_of(data, ALGORITHM_DEFAULT),
    )


def _copy_in(bucket: Bucket, folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder; `files` names one whose files are copied in", key="files")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = file.relative_to(folder).as_posix()
        data = file.read_bytes()
        bucket.store.put(_object(key, data, bucket.created_s), data)


def _announce(bucket: Bucket) -> None:
    for key in list(bucket.store.live_keys.sorted()):
        version = bucket.store.latest(key)
        if isinstance(version, ObjectVersion):
            bucket.notify("ObjectCreated:Put", version, Caller(), 0)
