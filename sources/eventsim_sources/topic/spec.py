"""What does a scenario say of a topic? The settings under `topics:`."""

import json
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, World, duration_us
from eventsim_sources.arns import arn_of
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import ARCHIVE_DAYS_MAX, DAY_US
from eventsim_sources.topic.names import check_topic_name
from eventsim_sources.topic.settings import TopicSettings, created

_ENDPOINTS = ("queue", "function", "http", "email", "email_json", "sms", "delivery_stream", "application")


class SubscriptionSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets what is published. Name exactly one endpoint; it is subscribed and confirmed when the run begins."""

    queue: Annotated[str | None, Meta(description="A queue: its name or ARN.")] = None
    function: Annotated[str | None, Meta(description="A function, invoked asynchronously: its name or ARN.")] = None
    http: Annotated[
        str | None, Meta(description="A URL, kept in the outbox; a live server sends it to this machine for real.")
    ] = None
    email: Annotated[str | None, Meta(description="A mail address, for the message's text; kept in the outbox.")] = None
    email_json: Annotated[
        str | None, Meta(description="A mail address, for the JSON notification; kept in the outbox.")
    ] = None
    sms: Annotated[str | None, Meta(description="A phone number; kept in the outbox.", examples=["+15550100"])] = None
    delivery_stream: Annotated[str | None, Meta(description="A delivery stream of Firehose: its ARN.")] = None
    application: Annotated[str | None, Meta(description="A platform endpoint's ARN; kept in the outbox.")] = None
    raw: Annotated[bool, Meta(description="Whether the message goes alone, its attributes beside it.")] = False
    filter: Annotated[
        dict[str, Any] | None,
        Meta(description="The filter policy: which messages are wanted.", examples=[{"kind": ["order", "refund"]}]),
    ] = None
    filter_scope: Annotated[
        Literal["attributes", "body"], Meta(description="What the filter looks at: message attributes or the body.")
    ] = "attributes"
    dead_letter: Annotated[str | None, Meta(description="The queue for what cannot be delivered: its name or ARN.")] = (
        None
    )
    delivery_policy: Annotated[
        dict[str, Any] | None, Meta(description="SNS's `DeliveryPolicy` for this endpoint, for `http`.")
    ] = None


class TopicSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic."""

    precedes_templates: ClassVar[bool] = True

    fifo: Annotated[
        bool | None,
        Meta(description="Whether order is kept within message groups; so for names that end in `.fifo`, which must."),
    ] = None
    subscriptions: Annotated[list[SubscriptionSpec], Meta(description="Who gets what is published.")] = []
    content_based_deduplication: Annotated[
        bool, Meta(description="Whether the body's SHA-256 stands in for a missing deduplication id (FIFO).")
    ] = False
    deduplication_scope: Annotated[
        Literal["topic", "messageGroup"], Meta(description="Within what a deduplication id counts (FIFO).")
    ] = "topic"
    archive: Annotated[
        Duration | None, Meta(description="How long messages are kept for replays: `1 day` to `365 days` (FIFO).")
    ] = None
    display_name: Annotated[str, Meta(description="`DisplayName`.")] = ""
    signature_version: Annotated[
        Literal[1, 2], Meta(description="How notifications are signed: 1 is SHA-1, 2 is SHA-256.")
    ] = 1
    delivery_policy: Annotated[
        dict[str, Any] | None, Meta(description="SNS's `DeliveryPolicy`, for HTTP endpoints.")
    ] = None
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


def settings_of(name: str, spec: TopicSpec) -> TopicSettings:
    """Return the settings of a topic as a scenario describes it.

    Raises:
        ConfigurationError: a name or a value is out of AWS's bounds.
    """
    is_fifo = name.endswith(".fifo") if spec.fifo is None else spec.fifo
    try:
        check_topic_name(name, is_fifo=is_fifo)
    except ApiError as error:
        raise ConfigurationError(
            f"{name!r} cannot be the name of this topic: letters, digits, `-` and `_`, at most 256, and `.fifo` at the "
            "end of a FIFO topic"
        ) from error
    attributes = {"FifoTopic": "true"} if is_fifo else {}
    if spec.content_based_deduplication:
        attributes["ContentBasedDeduplication"] = "true"
    if spec.deduplication_scope != "topic":
        attributes["FifoThroughputScope"] = "MessageGroup"
    if spec.archive is not None:
        attributes["ArchivePolicy"] = json.dumps({"MessageRetentionPeriod": str(_days(spec.archive))})
    if spec.display_name:
        attributes["DisplayName"] = spec.display_name
    if spec.signature_version != 1:
        attributes["SignatureVersion"] = str(spec.signature_version)
    if spec.delivery_policy is not None:
        attributes["DeliveryPolicy"] = json.dumps(spec.delivery_policy)
    try:
        return created(attributes)
    except Fault as fault:
        raise ConfigurationError(str(fault)) from fault


def endpoint_of(world: World, spec: SubscriptionSpec, *, key: str) -> tuple[str, str, str]:
    """Return a subscription's protocol, its endpoint as SNS knows it, and the setting that names it.

    Raises:
        ConfigurationError: there is not exactly one, or it is not there.
    """
    given = [name for name in _ENDPOINTS if getattr(spec, name) is not None]
    if len(given) != 1:
        found = f"not {' and '.join(given)}" if given else "and none is there"
        raise ConfigurationError(f"one endpoint is wanted, one of {', '.join(_ENDPOINTS)}, {found}", key=key)
    setting = given[0]
    value: str = getattr(spec, setting)
    match setting:
        case "queue":
            return "sqs", _queue_arn(world, value, key=f"{key}.queue"), setting
        case "function":
            return "lambda", _function_arn(world, value, key=f"{key}.function"), setting
        case "http":
            return ("https" if value.startswith("https:") else "http"), value, setting
        case "delivery_stream":
            return "firehose", value, setting
        case _:
            return setting.replace("_", "-"), value, setting


def subscription_attributes(world: World, spec: SubscriptionSpec, *, key: str) -> dict[str, str]:
    """Return a subscription's attributes.

    Raises:
        ConfigurationError: its dead-letter queue is not there.
    """
    attributes = {}
    if spec.raw:
        attributes["RawMessageDelivery"] = "true"
    if spec.filter is not None:
        attributes["FilterPolicy"] = json.dumps(spec.filter)
        attributes["FilterPolicyScope"] = "MessageBody" if spec.filter_scope == "body" else "MessageAttributes"
    if spec.dead_letter is not None:
        arn = _queue_arn(world, spec.dead_letter, key=f"{key}.dead_letter")
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn})
    if spec.delivery_policy is not None:
        attributes["DeliveryPolicy"] = json.dumps(spec.delivery_policy)
    return attributes


def _queue_arn(world: World, name: str, *, key: str) -> str:
    if name.startswith("arn:"):
        return name
    queue = world.sources("queues").get(name)
    if queue is None:
        raise world.missing("queue", name, key=key)
    return queue.arn


def _function_arn(world: World, name: str, *, key: str) -> str:
    arn = arn_of(world, "function", name)
    if world.target(arn) is None:
        raise world.missing("function", name, key=key)
    return arn


def _days(archive: str | float) -> int:
    days, rest = divmod(duration_us(archive, key="archive"), DAY_US)
    if rest or not 1 <= days <= ARCHIVE_DAYS_MAX:
        raise ConfigurationError(f"`archive` is {archive!r}; AWS takes 1 to 365 whole days", key="archive")
    return days
