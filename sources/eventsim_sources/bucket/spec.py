"""What does a scenario say of a bucket? The settings under `buckets:`."""

from typing import Annotated, Literal

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


class BucketSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bucket."""

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
    eventbridge: Annotated[
        bool, Meta(description="Whether the default event bus is told of everything that happens to its objects.")
    ] = False
