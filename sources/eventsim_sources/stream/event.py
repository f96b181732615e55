"""What does a function get of a record? The elements of `Records` in a Kinesis event (recorded)."""

from binascii import b2a_base64
from collections.abc import Iterable
from typing import Any, Final

from eventsim_sources.stream.record import Record
from eventsim_sources.stream.sequence import number_at

_ROLE_NAME: Final = "eventsim"
"""The role of functions that were made without one: a stream does not know on whose behalf it is read."""


class EventWriter:
    """Writes the records of one stream, or of one of its consumers.

    Args:
        arn: what the function's mapping names.
    """

    def __init__(self, arn: str, *, region: str, account_id: str, start_epoch_us: int) -> None:
        self._start_epoch_us = start_epoch_us
        self._pattern: dict[str, Any] = {
            "kinesis": {},
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": f"arn:aws:iam::{account_id}:role/{_ROLE_NAME}",
            "awsRegion": region,
            "eventSourceARN": arn,
        }

    def write(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Build the elements, fresh and owned by the caller."""
        pattern, start_epoch_us = self._pattern, self._start_epoch_us
        written: list[dict[str, Any]] = []
        for record in records:
            label = record.label
            number = number_at(label.prefix, record.offset)
            element = pattern.copy()  # the quickest way to a dictionary, and this runs for every record
            element["kinesis"] = {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.key,
                "sequenceNumber": number,
                "data": b2a_base64(record.data, newline=False).decode("ascii"),
                "approximateArrivalTimestamp": (start_epoch_us + record.born_us) // 1_000 / 1_000,
            }
            element["eventID"] = f"{label.shard}:{number}"
            written.append(element)
        return written
