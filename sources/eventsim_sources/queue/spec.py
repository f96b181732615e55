"""What does a scenario say of a queue? The settings under `queues:`."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, Size, duration_us, size_bytes
from eventsim_sources.queue.attributes import NUMBERS
from eventsim_sources.queue.limits import RECEIVE_COUNT_MAX, SECOND_US
from eventsim_sources.queue.names import check_queue_name
from eventsim_sources.queue.settings import Settings


class DeadLetterSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where messages go that were received too often."""

    queue: Annotated[str, Meta(description="The dead-letter queue: its name or ARN.")]
    max_receive_count: Annotated[
        int,
        Meta(description="After how many receives: 1 to 1,000. The next receive moves the message.", examples=[3]),
    ]


class QueueSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue."""

    precedes_templates: ClassVar[bool] = True

    fifo: Annotated[
        bool | None,
        Meta(description="Whether order is kept within message groups; so for names that end in `.fifo`, which must."),
    ] = None
    visibility_timeout: Annotated[
        Duration | None,
        Meta(description="How long a received message stays hidden: `0 s` to `12 h`; `30 s` if not given."),
    ] = None
    delay: Annotated[
        Duration | None, Meta(description="How long a new message stays hidden: `0 s` (the default) to `15 minutes`.")
    ] = None
    retention: Annotated[
        Duration | None, Meta(description="How long a message is kept: `1 minute` to `14 days`; `4 days` if not given.")
    ] = None
    receive_wait: Annotated[
        Duration | None,
        Meta(description="How long a receive waits unless it says otherwise: `0 s` (the default) to `20 s`."),
    ] = None
    message_size: Annotated[
        Size | None, Meta(description="How large a message may be: `1 KB` to `1 MB` (the default).")
    ] = None
    dead_letter: Annotated[
        DeadLetterSpec | None, Meta(description="Where messages go that were received too often.")
    ] = None
    dead_letters_from: Annotated[
        Literal["all", "none"] | list[str] | None,
        Meta(
            description="Which queues may use this one for dead letters: `all` (the default), `none`, or their names."
        ),
    ] = None
    content_based_deduplication: Annotated[
        bool, Meta(description="Whether the body's SHA-256 stands in for a missing deduplication id (FIFO).")
    ] = False
    deduplication_scope: Annotated[
        Literal["queue", "messageGroup"], Meta(description="Within what a deduplication id counts (FIFO).")
    ] = "queue"
    throughput_limit: Annotated[
        Literal["perQueue", "perMessageGroupId"],
        Meta(description="What AWS's quota on requests is for (FIFO); enforced if the scenario `throttles`."),
    ] = "perQueue"
    order: Annotated[
        Literal["sent", "shuffled"],
        Meta(description="How a standard queue delivers: in the order of sending, or any, by the seed."),
    ] = "sent"
    duplicates: Annotated[
        float,
        Meta(description="How probable it is, 0 to 1, that a standard queue delivers a message once more.", ge=0, le=1),
    ] = 0.0
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


_NUMBERS = {
    "visibility_timeout": "VisibilityTimeout",
    "delay": "DelaySeconds",
    "retention": "MessageRetentionPeriod",
    "receive_wait": "ReceiveMessageWaitTimeSeconds",
    "message_size": "MaximumMessageSize",
}


def build_settings(name: str, spec: QueueSpec) -> Settings:
    """Return the settings of a queue as a scenario describes it, without what names other queues.

    Raises:
        ConfigurationError: A name or a value is out of AWS's bounds.
    """
    is_fifo = name.endswith(".fifo") if spec.fifo is None else spec.fifo
    try:
        check_queue_name(name, is_fifo=is_fifo)
    except ApiError as error:
        raise ConfigurationError(f"{name!r} cannot be the name of this queue: {error.message}") from error
    numbers: dict[str, Any] = {
        NUMBERS[attribute][0]: _number(key, attribute, getattr(spec, key))
        for key, attribute in _NUMBERS.items()
        if getattr(spec, key) is not None
    }
    for key, is_wrong in _wrong_types(spec, is_fifo=is_fifo):
        if is_wrong:
            kind = "a standard" if is_fifo else "a FIFO"
            raise ConfigurationError(f"`{key}` is for {kind} queue only, and {name!r} is none", key=key)
    return Settings(
        **numbers,
        is_fifo=is_fifo,
        has_content_deduplication=spec.content_based_deduplication,
        deduplication_scope=spec.deduplication_scope,
        throughput_limit=spec.throughput_limit,
        order=spec.order,
        duplicates=spec.duplicates,
    )


def check_receive_count(count: int) -> int:
    """Return after how many receives a message is given up.

    Raises:
        ConfigurationError: It is out of bounds.
    """
    if not 1 <= count <= RECEIVE_COUNT_MAX:
        raise ConfigurationError(
            f"a message is given up after 1 to 1,000 receives, not {count}", key="dead_letter.max_receive_count"
        )
    return count


def _number(key: str, attribute: str, value: Any) -> int:
    _, least, most = NUMBERS[attribute]
    if key == "message_size":
        number, unit, whole = size_bytes(value, key=key), "bytes", True
    else:
        span_us = duration_us(value, key=key)
        number, unit, whole = span_us // SECOND_US, "s", span_us % SECOND_US == 0
    if not whole or not least <= number <= most:
        raise ConfigurationError(f"`{key}` is {value!r}; AWS takes {least:,} to {most:,} whole {unit}", key=key)
    return number


def _wrong_types(spec: QueueSpec, *, is_fifo: bool) -> list[tuple[str, bool]]:
    if is_fifo:
        return [("order", spec.order != "sent"), ("duplicates", spec.duplicates > 0)]
    return [
        ("content_based_deduplication", spec.content_based_deduplication),
        ("deduplication_scope", spec.deduplication_scope != "queue"),
        ("throughput_limit", spec.throughput_limit != "perQueue"),
    ]
