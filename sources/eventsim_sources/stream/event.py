"""What does a function get of a record? The elements of `Records` in a Kinesis event (recorded)."""

import base64
from collections.abc import Iterable
from typing import Any, Final

from eventsim_sources.stream.record import Record

_ROLE_NAME: Final = "eventsim"
"""The role of functions that were made without one: a stream does not know on whose behalf it is read."""


class EventWriter:
    """Writes the records of one stream, or of one of its consumers.

    Args:
        arn: what the function's mapping names.
    """

    def __init__(self, arn: str, *, region: str, account_id: str, start_epoch_us: int) -> None:
        self._start_epoch_us = start_epoch_us
        self._tail: dict[str, Any] = {
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
        written: list[dict[str, Any]] = []
        for record in records:
            number = record.identifier
            kinesis = {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.key,
                "sequenceNumber": number,
                "data": base64.b64encode(record.data).decode("ascii"),
                "approximateArrivalTimestamp": (self._start_epoch_us + record.born_us) // 1_000 / 1_000,
            }
            element = {"kinesis": kinesis, **self._tail}
            element["eventID"] = f"{record.label.shard}:{number}"
            written.append(element)
        return written
