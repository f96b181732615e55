"""What does a function get of a message? The elements of `Records` in an SQS event.

This is built for every message of every batch, so it is written for speed: one dict display a record, and instants
are only turned into text when they differ from the last.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from eventsim import Lineage
from eventsim_sources.queue.digest import attributes_md5, body_md5
from eventsim_sources.queue.message import NO_EXTRAS, Message, MessageAttribute

SENDER_ID: Final = "AIDAIENQZJOLO23YVJ4VO"
"""`SenderId` of every message, from AWS's documentation: the simulation has no users."""

_AFTER_ATTRIBUTES: Final = ("md5OfBody", "eventSource", "eventSourceARN", "awsRegion")
"""What stands behind the digest of the message attributes in a recorded event."""

_ENVELOPE_BYTES: Final = 640
"""About what a record takes besides the body and the message attributes."""

_ATTRIBUTE_BYTES: Final = 90
"""About what a message attribute takes besides its name and value."""

_json = msgspec.json.Encoder().encode


class Delivery:
    """A message as one receive gave it out; the message itself may have been received again since."""

    __slots__ = ("hidden_until_us", "message", "receive_count")

    def __init__(self, message: Message) -> None:
        self.message = message
        self.receive_count = message.receive_count
        self.hidden_until_us = message.hidden_until_us

    @property
    def identifier(self) -> str:
        """What a partial batch response calls it."""
        return self.message.message_id

    @property
    def subject(self) -> int:
        """Its subject in the trace."""
        return self.message.subject

    @property
    def lineage(self) -> Lineage | None:
        """The chain of invocations that sent it."""
        return self.message.lineage

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about: the body as JSON has it, and what stands around it."""
        size_bytes = len(_json(self.message.body)) + _ENVELOPE_BYTES
        extras = self.message.extras
        return size_bytes if extras is NO_EXTRAS else size_bytes + _size_of(extras.attributes)


class RecordWriter:
    """Writes the records of one queue."""

    def __init__(self, arn: str, region: str, receipt_prefix: str, start_epoch_us: int) -> None:
        self._arn = arn
        self._region = region
        self._receipt_prefix = receipt_prefix
        self._start_epoch_us = start_epoch_us

    def write(self, deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
        """Build the records, fresh and owned by the caller."""
        arn, region, prefix, start_epoch_us = self._arn, self._region, self._receipt_prefix, self._start_epoch_us
        sent_us = received_us = -1
        sent = received = ""
        records = []
        for delivery in deliveries:
            message = delivery.message
            if message.sent_us != sent_us:
                sent_us = message.sent_us
                sent = str((start_epoch_us + sent_us) // 1000)
            if message.first_received_us != received_us:
                received_us = message.first_received_us
                received = str((start_epoch_us + received_us) // 1000)
            digest = message.body_md5
            if digest is None:
                digest = message.body_md5 = body_md5(message.body)
            count = delivery.receive_count
            record: dict[str, Any] = {
                "messageId": message.message_id,
                "receiptHandle": f"{prefix}{message.number}/{count}",
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": str(count),
                    "SentTimestamp": sent,
                    "SenderId": SENDER_ID,
                    "ApproximateFirstReceiveTimestamp": received,
                },
                "messageAttributes": {},
                "md5OfBody": digest,
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": region,
            }
            if message.extras is not NO_EXTRAS:
                _add_extras(record, message)
            records.append(record)
        return records


def system_attributes(message: Message) -> dict[str, str]:
    """Return those system attributes that only some messages have."""
    extras = message.extras
    attributes = {}
    if extras.deduplication_id is not None:
        attributes["SequenceNumber"] = message.sequence_number
        attributes["MessageDeduplicationId"] = extras.deduplication_id
    if extras.group_id is not None:
        attributes["MessageGroupId"] = extras.group_id
    if extras.trace_header is not None:
        attributes["AWSTraceHeader"] = extras.trace_header
    if extras.dead_letter_source_arn is not None:
        attributes["DeadLetterQueueSourceArn"] = extras.dead_letter_source_arn
    return attributes


def _add_extras(record: dict[str, Any], message: Message) -> None:
    record["attributes"].update(system_attributes(message))
    attributes = message.extras.attributes
    if attributes:
        record["messageAttributes"] = {name: _lambda_attribute(value) for name, value in attributes.items()}
        after = {name: record.pop(name) for name in _AFTER_ATTRIBUTES}
        record["md5OfMessageAttributes"] = attributes_md5(attributes)
        record.update(after)


def _lambda_attribute(attribute: MessageAttribute) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if attribute.binary_value is not None:
        value["binaryValue"] = base64.b64encode(attribute.binary_value).decode()
    else:
        value["stringValue"] = attribute.string_value
    return {**value, "stringListValues": [], "binaryListValues": [], "dataType": attribute.data_type}


def _size_of(attributes: Mapping[str, MessageAttribute]) -> int:
    size_bytes = 0
    for name, attribute in attributes.items():
        size_bytes += _ATTRIBUTE_BYTES + len(name) + len(attribute.string_value or "")
        size_bytes += len(attribute.binary_value or b"") * 4 // 3
    return size_bytes
