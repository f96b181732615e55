"""Operations on consumers with enhanced fan-out: register, describe, list and deregister them."""

from typing import Any

from msgspec import Struct

from eventsim import Clock, Request, Result
from eventsim_sources.parameters import mapping, number, text
from eventsim_sources.stream import errors, tokens
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.papers import check_tags
from eventsim_sources.stream.api.parameters import instant
from eventsim_sources.stream.consumer import Consumer
from eventsim_sources.stream.limits import CONSUMERS_MAX, CONSUMERS_MAX_COMMITTED, LIST_CONSUMERS_DEFAULT


class _Page(Struct, frozen=True, array_like=True):
    """Where a list of consumers goes on: after this name."""

    stream: str
    after: str


def register_stream_consumer(directory: Directory, request: Request) -> Result:
    """Register a consumer; it is CREATING for a while, and then ACTIVE."""
    stream = directory.of(request)
    label, tags = text(request, "ConsumerName"), mapping(request, "Tags")
    if stream.status not in ("ACTIVE", "UPDATING"):
        raise errors.not_active(stream.where, stream.status)
    if label in stream.consumers:
        raise errors.in_use(f"Consumer {label} of {stream.where} already exists.")
    is_committed = directory.commitment.is_on and stream.settings.mode == "ON_DEMAND"
    count_max = CONSUMERS_MAX_COMMITTED if is_committed else CONSUMERS_MAX
    if len(stream.consumers) >= count_max:
        raise errors.limit_exceeded(f"{stream.where.at_the_beginning} has {count_max} consumers; it may have no more.")
    check_tags(f"consumer {label}", tags)
    consumer = stream.register(label, tags=tags)
    return {"Consumer": {**_told(directory.world.clock, consumer), "ConsumerStatus": "CREATING"}}


def deregister_stream_consumer(directory: Directory, request: Request) -> Result:
    """Forget a consumer; its subscriptions end."""
    consumer = directory.consumer_of(request)
    consumer.stream.deregister(consumer)
    return {}


def describe_stream_consumer(directory: Directory, request: Request) -> Result:
    """Describe a consumer."""
    consumer = directory.consumer_of(request)
    told = _told(directory.world.clock, consumer)
    return {"ConsumerDescription": {**told, "StreamARN": consumer.stream.arn}}


def list_stream_consumers(directory: Directory, request: Request) -> Result:
    """List the consumers of a stream by name."""
    clock = directory.world.clock
    stream = directory.of(request)
    created = instant(request.parameters.get("StreamCreationTimestamp"))
    if created is not None and int(created.timestamp()) != stream.created_ms // 1_000:
        raise errors.stream_missing(stream.where)
    token = text(request, "NextToken")
    page = tokens.read(clock, token, _Page) if token else _Page(stream.name, "")
    found = [consumer for label, consumer in sorted(stream.consumers.items()) if label > page.after]
    limit = number(request, "MaxResults") or LIST_CONSUMERS_DEFAULT
    result: dict[str, Any] = {"Consumers": [_told(clock, consumer) for consumer in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = tokens.write(clock, _Page(stream.name, found[limit - 1].label))
    return result


def _told(clock: Clock, consumer: Consumer) -> dict[str, Any]:
    return {
        "ConsumerName": consumer.label,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": consumer.status,
        "ConsumerCreationTimestamp": clock.date(consumer.born_s * 1_000_000 - clock.start_epoch_us),
    }
