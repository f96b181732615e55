"""What does a scenario say of a bucket? The settings under `buckets:`."""

import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from eventsim import Duration


class NotificationSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a bucket tells of what. Name exactly one of `function`, `queue` and `topic`."""

    function: Annotated[str | None, Meta(description="The function to invoke, asynchronously: its name or ARN.")] = None
    queue: Annotated[str | None, Meta(description="The queue to send to: its name or ARN.")] = None
    topic: Annotated[str | None, Meta(description="The topic to publish to: its name or ARN.")] = None
    events: Annotated[
        list[str],
        Meta(
            description="Events to tell of, with or without `s3:`; `ObjectCreated:*` if not given.",
            examples=[["ObjectCreated:*"], ["ObjectCreated:Put", "ObjectRemoved:*"]],
            min_length=1,
        ),
    ] = field(default_factory=lambda: ["ObjectCreated:*"])
    prefix: Annotated[str | None, Meta(description="Only keys that begin so.", examples=["uploads/"])] = None
    suffix: Annotated[str | None, Meta(description="Only keys that end so.", examples=[".jpg"])] = None
    id: Annotated[str | None, Meta(description="`configurationId` in the events; made up if left out.")] = None


_StorageClass = Literal["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]
_Days = Annotated[int, Meta(ge=1)]
_Age = Annotated[int, Meta(ge=0)]
_Bytes = Annotated[int, Meta(ge=0)]
_Versions = Annotated[int, Meta(ge=1, le=100)]


class TransitionSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an object moves to another storage class. Give `days` or `date`."""

    storage_class: Annotated[_StorageClass, Meta(description="Where it moves.")]
    days: Annotated[_Age | None, Meta(description="At which age.")] = None
    date: Annotated[datetime.date | None, Meta(description="From which day on.", examples=["2026-03-01"])] = None


class NoncurrentTransitionSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a version that is not current moves to another storage class."""

    storage_class: Annotated[_StorageClass, Meta(description="Where it moves.")]
    days: Annotated[_Age, Meta(description="How many days after another version came.")]
    keep: Annotated[_Versions | None, Meta(description="How many such versions stay, the newest.")] = None


class LifecycleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lifecycle rule: which objects, and what becomes of them at a midnight (UTC)."""

    id: Annotated[str | None, Meta(description="What answers call the rule; made up if left out.")] = None
    prefix: Annotated[str | None, Meta(description="Only keys that begin so.", examples=["tmp/"])] = None
    tags: Annotated[dict[str, str], Meta(description="Only objects with these tags.")] = {}
    larger_than_bytes: Annotated[_Bytes | None, Meta(description="Only larger objects.")] = None
    smaller_than_bytes: Annotated[_Bytes | None, Meta(description="Only smaller objects.")] = None
    expire_days: Annotated[
        _Days | None, Meta(description="The age at which an object goes, or gets a delete marker.")
    ] = None
    expire_date: Annotated[
        datetime.date | None, Meta(description="The day from which on objects go.", examples=["2026-03-01"])
    ] = None
    remove_lone_markers: Annotated[bool, Meta(description="Whether delete markers go that cover nothing.")] = False
    noncurrent_expire_days: Annotated[
        _Days | None, Meta(description="How many days after another version came a version goes.")
    ] = None
    noncurrent_keep: Annotated[_Versions | None, Meta(description="How many such versions stay, the newest.")] = None
    abort_upload_days: Annotated[_Days | None, Meta(description="The age at which a multipart upload is aborted.")] = (
        None
    )
    transitions: Annotated[list[TransitionSpec], Meta(description="Moves of current objects.")] = []
    noncurrent_transitions: Annotated[
        list[NoncurrentTransitionSpec], Meta(description="Moves of versions that are not current.")
    ] = []


class BucketSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bucket."""

    precedes_templates: ClassVar[bool] = True

    directory: Annotated[
        str | None,
        Meta(
            description="A folder that is the bucket: files in it are objects already present, and what the run writes "
            "or deletes is written and deleted there. Left out, objects live in memory and leave nothing behind."
        ),
    ] = None
    files: Annotated[
        str | None,
        Meta(description="A folder whose files are copied into the bucket at the start; it is never written."),
    ] = None
    announce: Annotated[
        bool,
        Meta(description="Whether objects present at the start are told of, as if they were put at that instant."),
    ] = False
    notification_delay: Annotated[
        Duration, Meta(description="How long a notification is on its way. AWS says: typically seconds.")
    ] = 0
    versioning: Annotated[
        Literal["off", "enabled", "suspended"], Meta(description="Whether older versions of an object are kept.")
    ] = "off"
    notifications: Annotated[
        list[NotificationSpec], Meta(description="Whom the bucket tells of what happens to its objects.")
    ] = []
    lifecycle: Annotated[
        list[LifecycleSpec], Meta(description="What becomes of objects as they grow old: lifecycle rules.")
    ] = []
    eventbridge: Annotated[
        bool, Meta(description="Whether the default event bus is told of everything that happens to its objects.")
    ] = False
