"""What does the next server need to deliver a message to a subscriber?"""

import base64
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from eventsim import NO_LINEAGE, Lineage
from eventsim_sources.topic.message import Draft, Message
from eventsim_sources.topic.message_attributes import Attributes
from eventsim_sources.topic.subscription import Subscription

KIND = "message for a subscriber"
"""What it is called among all that is on its way."""


class Undelivered(Struct, frozen=True, kw_only=True, gc=False):
    """A message on its way to one subscriber.

    Attributes:
        protocol, endpoint: whose subscription it is; a topic has one at most.
        published_us: when it was published, in microseconds since 1970.
        lineage: function → how often it has run in the chain that led here.
        trace_header: X-Ray's, under which it was published.
    """

    topic_arn: str
    protocol: str
    endpoint: str
    message_id: str
    draft: Draft
    at: str
    published_us: int
    sequence_number: str
    deduplication_id: str
    is_replayed: bool
    lineage: Mapping[str, int]
    trace_header: str = ""


def undelivered_of(subscription: Subscription, message: Message, start_epoch_us: int) -> Undelivered:
    """Return what is kept of a message that a subscriber has not got yet."""
    lineage = message.lineage or NO_LINEAGE
    return Undelivered(
        topic_arn=subscription.topic_arn,
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        message_id=message.message_id,
        draft=message.draft,
        at=message.at,
        published_us=start_epoch_us + message.at_us,
        sequence_number=message.sequence_number,
        deduplication_id=message.deduplication_id,
        is_replayed=message.is_replayed,
        lineage=lineage.counts,
        trace_header=lineage.trace_header,
    )


def message_of(left: Undelivered, start_epoch_us: int, *, subject: int, entry: int) -> Message:
    """Return the message that an earlier server left."""
    return Message(
        message_id=left.message_id,
        draft=replace(left.draft, attributes=_attributes(left.draft.attributes)),
        at=left.at,
        at_us=left.published_us - start_epoch_us,
        sequence_number=left.sequence_number,
        deduplication_id=left.deduplication_id,
        subject=subject,
        entry=entry,
        lineage=Lineage(left.lineage, trace_header=left.trace_header),
        is_replayed=left.is_replayed,
    )


def _attributes(kept: Attributes) -> Attributes:
    """Return attributes whose bytes were kept as base64 as they were."""
    return {
        name: {**each, "BinaryValue": base64.b64decode(each["BinaryValue"])} if each.get("BinaryValue") else each
        for name, each in kept.items()
    }
