"""Where are the events of objects born? A bucket tells functions and queues of what happens in it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from eventsim import OUTSIDE, ApiError, Caller, ConfigurationError, Envelope, World, duration_us
from eventsim_sources.bucket.checksum import summed_object
from eventsim_sources.bucket.contents import Contents, Data, MemoryContents, pieces_of
from eventsim_sources.bucket.folder import FolderContents
from eventsim_sources.bucket.initial import adopt_files, copy_files
from eventsim_sources.bucket.keeper import Keepers
from eventsim_sources.bucket.kept import Kept, SettingsFile
from eventsim_sources.bucket.lifecycle import Lifecycle
from eventsim_sources.bucket.lifecycle_rules import checked_configuration
from eventsim_sources.bucket.messenger import Messenger
from eventsim_sources.bucket.multipart import Uploads
from eventsim_sources.bucket.names import check_bucket_name, check_key
from eventsim_sources.bucket.notifier import Notifier
from eventsim_sources.bucket.replication import Replication
from eventsim_sources.bucket.spec import BucketSpec
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.stored import Stored
from eventsim_sources.bucket.translation import lifecycle_rules, notification_configuration
from eventsim_sources.bucket.version import CONTENT_TYPE_DEFAULT, DeleteMarker, ObjectVersion, Version

LIFECYCLE = "BucketLifecycleConfiguration"
REPLICATION = "BucketReplication"
"""The settings that hold lifecycle rules, and rules for copies."""

_VERSION_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"


class Bucket:
    """A bucket: objects, uploads under way, and the notifier that tells of them.

    Args:
        contents: where the bytes lie; in memory unless given.
        region: where the bucket lies; the world's region unless given.
        delay_us: how long notifications are on their way.
    """

    kind: ClassVar[str] = "buckets"

    def __init__(
        self, world: World, name: str, *, contents: Contents | None = None, region: str = "", delay_us: int = 0
    ) -> None:
        self.name = name
        self.arn = f"arn:aws:s3:::{name}"
        self.region = region or world.region
        self._clock = world.clock
        self.created_s = self._now_s()
        version_ids = world.chance.stream("bucket", name, "versions")
        self.store = ObjectStore(
            contents if contents is not None else MemoryContents(),
            lambda: "".join(version_ids.choices(_VERSION_ID_LETTERS, k=32)),
        )
        self.settings: dict[str, Any] = {}
        """What clients set on it, by the name of its operations."""
        self.settings_file: SettingsFile | None = None
        """Where its settings outlive the server, None if they do not."""
        self.uploads = Uploads(world.chance.hex_ids(64, "bucket", name, "uploads"))
        self.new_rule_id = world.chance.uuids("bucket", name, "rules")
        self.notifier = Notifier(world, name, self.region, delay_us=delay_us)
        self.lifecycle = Lifecycle(world, name, self.store, self.uploads, self.notifier)
        self.replication = Replication(world, name, self.store, self.notifier)

    def summary(self) -> Mapping[str, int]:
        """Return how many objects there are now."""
        return {"objects": len(self.store.live_keys)}

    def gauge(self, name: str, dimensions: Mapping[str, str]) -> float | None:
        """Return how many objects or bytes there are, as CloudWatch tells it; None where it tells nothing."""
        stored = Stored(self.store.every_version(), self.uploads.under_way())
        storage_type = dimensions["StorageType"]
        return stored.count(storage_type) if name == "NumberOfObjects" else stored.size_bytes(storage_type)

    @property
    def cors_rules(self) -> Sequence[Mapping[str, Any]]:
        """Which pages of other origins may ask over HTTP."""
        rules: Sequence[Mapping[str, Any]] = (self.settings.get("BucketCors") or {}).get("CORSRules", ())
        return rules

    def write(
        self, event: str, version: ObjectVersion, data: Data, *, caller: Caller = OUTSIDE, cause: int = 0
    ) -> ObjectVersion:
        """Make this the newest version under its key, tell of it, and return it with its version id.

        Args:
            event: without `s3:`, such as `ObjectCreated:Put`.
        """
        version = self.store.put(version, data)
        if self.replication.rules:
            version = self.replication.begin(version, caller)
        self.notifier.tell(event, version, caller, cause)
        return version

    def tell(self, event: str, version: Version, caller: Caller, cause: int) -> None:
        """Tell of something that happened to an object, other than that it was written, and have its copies follow."""
        self.notifier.tell(event, version, caller, cause)
        if self.replication.rules:
            self.replication.heed(event, version, caller)

    def receive(self, version: Version, data: Data, *, caller: Caller, cause: int) -> None:
        """Take a copy of another bucket's version.

        Raises:
            ApiError: versioning is not enabled.
        """
        if self.store.versioning != "Enabled":
            raise ApiError("DstBucketUnversioned", "Destination bucket must have versioning enabled.")
        is_known = self.store.version(version.key, version.version_id) is not None
        if isinstance(version, DeleteMarker):
            if not is_known:
                self.store.cover(version)
                self.notifier.tell("ObjectRemoved:DeleteMarkerCreated", version, caller, cause)
        elif is_known:
            self.store.amend(version)
        else:
            self.write("ObjectCreated:Put", version, data, caller=caller, cause=cause)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        caller: Caller = OUTSIDE,
        cause: int = 0,
    ) -> ObjectVersion:
        """Put an object as somebody outside of user code does: the workload, a test.

        Raises:
            ApiError: the key is too long.
        """
        check_key(key)
        properties = {"ContentType": content_type or CONTENT_TYPE_DEFAULT}
        version = summed_object(key, data, self._now_s(), properties=properties, metadata=metadata or {})
        return self.write("ObjectCreated:Put", version, data, caller=caller, cause=cause)

    def read(self, key: str) -> bytes | None:
        """Return the bytes of an object, None if there is none under this key."""
        latest = self.store.latest(key)
        return b"".join(pieces_of(self.store.read(latest))) if isinstance(latest, ObjectVersion) else None

    def accept_as(self, key: str, envelope: Envelope) -> None:
        """Keep an event as an object: the record of an invocation, whose destination is this bucket."""
        caller = Caller(cause=envelope.cause, lineage=envelope.lineage)
        data = envelope.body.encode()
        self.put(key, data, content_type="application/json", caller=caller, cause=envelope.cause)

    def set(self, name: str, value: Any) -> None:
        """Have one of the settings, None for none of the kind.

        Raises:
            StorageError: it cannot be kept.
        """
        self.settings[name] = value
        self._follow(name)
        self.keep_settings()

    def keep_settings(self) -> None:
        """Write the settings down as they are now, if they shall outlive the server.

        Raises:
            StorageError: they cannot be written.
        """
        if self.settings_file is not None:
            kept = Kept(
                region=self.region,
                created_s=self.created_s,
                versioning=self.store.versioning,
                notifications=self.notifier.configuration(),
                settings=self.settings,
            )
            self.settings_file.write(kept)

    def resume(self, kept: Kept) -> None:
        """Have the settings that it had; whom it tells may come later."""
        self.created_s = kept.created_s
        self.store.versioning = kept.versioning
        self.settings = kept.settings
        for name in kept.settings:
            self._follow(name)
        self.notifier.configure(kept.notifications, validate=False)

    def announce(self) -> None:
        """Tell of every object that is here, as if it were put now."""
        for key in list(self.store.live_keys.sorted()):
            version = self.store.latest(key)
            assert isinstance(version, ObjectVersion), "a live key has an object"
            self.notifier.tell("ObjectCreated:Put", version, OUTSIDE, 0)

    def _follow(self, name: str) -> None:
        """Do from now on as a setting says, if it is one that does anything by itself."""
        if name == LIFECYCLE:
            self.lifecycle.follow(self.settings[name])
        elif name == REPLICATION:
            self.replication.follow(self.settings[name])

    def _now_s(self) -> int:
        return self._clock.epoch_ms() // 1000


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
                f"{name!r} cannot be a bucket's name. A name has 3 to 63 lower-case letters, digits, dots and hyphens, "
                "begins and ends with a letter or digit, is no IP address, and has none of the beginnings (`xn--`, "
                "`sthree-`, `amzn-s3-demo-`) and endings (`-s3alias`, `--ol-s3`, …) that AWS keeps for itself."
            ) from error
        contents = None if spec.directory is None else FolderContents(world.folder / spec.directory)
        delay_us = duration_us(spec.notification_delay, key="notification_delay")
        bucket = Bucket(world, name, contents=contents, delay_us=delay_us)
        if contents is not None:
            if world.is_live:
                keepers = world.share(Keepers)
                keepers.listen(contents.folder, keepers.keep(bucket, contents))
            adopt_files(bucket.store, contents, bucket.created_s)
        if spec.versioning != "off":
            bucket.store.versioning = "Enabled" if spec.versioning == "enabled" else "Suspended"
        if spec.files is not None:
            copy_files(bucket.store, world.folder / spec.files, bucket.created_s)
        if spec.lifecycle:
            _follow_rules(bucket, spec)
        return bucket

    def connect(self, world: World, source: Bucket, spec: BucketSpec) -> None:
        """Set up the notifications, and tell of what is there if the scenario says so.

        Raises:
            ConfigurationError: a destination is not there, or S3 would refuse the rules.
        """
        configuration = notification_configuration(spec.notifications, world)
        if spec.eventbridge:
            configuration["EventBridgeConfiguration"] = {}
        try:
            source.notifier.configure(configuration, validate=True)
        except ApiError as error:
            arguments = [str(value) for name, value in error.fields.items() if name.startswith("Argument")]
            text = f"{error.message} ({', '.join(arguments)})" if arguments else error.message
            raise ConfigurationError(text, key="notifications") from error
        if spec.announce:
            world.clock.soon(Bucket.announce, source)

    def resume(self, world: World) -> None:
        """Go on with the notifications that were on their way.

        Raises:
            StorageError: they cannot be read.
        """
        world.share(Messenger).resume()

    def restore(self, world: World) -> None:
        """Take the folders of the world's folder of buckets for buckets.

        Raises:
            ConfigurationError: one holds what no bucket can hold, or nothing can be watched.
        """
        if self.section in world.folders:
            from eventsim_sources.bucket.folders import BucketFolders  # it makes buckets, and only servers need it

            world.share(BucketFolders).open()


def _follow_rules(bucket: Bucket, spec: BucketSpec) -> None:
    """Have a bucket follow the lifecycle rules of its scenario.

    Raises:
        ConfigurationError: S3 would refuse one.
    """
    try:
        bucket.set(LIFECYCLE, checked_configuration(lifecycle_rules(spec.lifecycle), bucket.new_rule_id))
    except ApiError as error:
        raise ConfigurationError(error.message, key="lifecycle") from error
