"""What does a function get of a message? The elements of `Records` in an SQS event.

This is built for every message of every batch, so it is written for speed: a record is a copy of a pattern, and what is
the same as in the last record (instants as text, the digest of an equal body) is not worked out again.
"""

import base64
from collections.abc import Iterable
from typing import Any, Final

from eventsim_sources.queue.delivery import Delivery
from eventsim_sources.queue.digest import attributes_md5, body_md5
from eventsim_sources.queue.message import NO_EXTRAS, Message, MessageAttribute

SENDER_ID: Final = "AIDAIENQZJOLO23YVJ4VO"
"""`SenderId` of every message, from AWS's documentation: the simulation has no users."""

_AFTER_ATTRIBUTES: Final = ("md5OfBody", "eventSource", "eventSourceARN", "awsRegion")
"""What stands behind the digest of the message attributes in a recorded event."""


class RecordWriter:
    """Writes the records of one queue."""

    def __init__(self, arn: str, region: str, receipt_prefix: str, start_epoch_us: int) -> None:
        self._receipt_prefix = receipt_prefix
        self._start_epoch_us = start_epoch_us
        self._pattern: dict[str, Any] = {
            "messageId": "",
            "receiptHandle": "",
            "body": None,
            "attributes": {},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": region,
        }
        """A record in AWS's order, with the body that was written last."""
        self._told: tuple[tuple[int, int, int], dict[str, str], str] = ((-1, -1, -1), {}, "")
        """What was told of receives and instants last: the numbers, the attributes, the end of the handle."""

    def write(self, deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
        """Build the records, fresh and owned by the caller."""
        pattern, prefix = self._pattern, self._receipt_prefix
        body: str | None = pattern["body"]
        times, attributes, handle_end = self._told
        records: list[dict[str, Any]] = []
        for delivery in deliveries:
            message = delivery.message
            if message.body is not body:
                body = pattern["body"] = message.body
                pattern["md5OfBody"] = body_md5(body)
            count = delivery.receive_count
            if times != (count, message.sent_us, message.first_received_us):
                times = count, message.sent_us, message.first_received_us
                attributes = self._attributes(*times)
                handle_end = f"/{count}"
            record = pattern.copy()
            record["messageId"] = message.message_id
            record["receiptHandle"] = f"{prefix}{message.number}{handle_end}"
            record["attributes"] = attributes.copy()
            record["messageAttributes"] = {}
            if message.extras is not NO_EXTRAS:
                _add_extras(record, message)
            records.append(record)
        self._told = times, attributes, handle_end
        return records

    def _attributes(self, receive_count: int, sent_us: int, received_us: int) -> dict[str, str]:
        return {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": str((self._start_epoch_us + sent_us) // 1000),
            "SenderId": SENDER_ID,
            "ApproximateFirstReceiveTimestamp": str((self._start_epoch_us + received_us) // 1000),
        }


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
