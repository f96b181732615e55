"""How is a Kinesis stream told of a table's changes? One JSON record for each, in DynamoDB's form."""

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from eventsim import World
from eventsim_sources.table.stream_record import TableRecord, as_json


class Destination(Struct):
    """A Kinesis stream that is told of changes.

    Attributes:
        precision: `MILLISECOND` or `MICROSECOND`: of the date in its records.
        is_active: whether it is told; one that was switched off is still described.
    """

    arn: str
    precision: str
    new_event_id: Callable[[], str]
    is_active: bool = True

    @property
    def status(self) -> str:
        """AWS's word for its state."""
        return "ACTIVE" if self.is_active else "DISABLED"


def change_json(destination: Destination, build: Callable[..., TableRecord], table: str, world: World) -> str:
    """Write a change as a record for Kinesis; both images are always there."""
    epoch_us = world.clock.epoch_us()
    record = build(
        "NEW_AND_OLD_IMAGES",
        identifier="",
        offset=0,
        key="",
        born_us=world.clock.now_us,
        created_s=epoch_us // 1_000_000,
        event_id=destination.new_event_id(),
    )
    is_fine = destination.precision == "MICROSECOND"
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": epoch_us if is_fine else epoch_us // 1000,
        "Keys": as_json(record.keys),
    }
    if record.new is not None:
        change["NewImage"] = as_json(record.new)
    if record.old is not None:
        change["OldImage"] = as_json(record.old)
    change["SizeBytes"] = record.content_bytes
    if is_fine:
        change["ApproximateCreationDateTimePrecision"] = "MICROSECOND"
    return json.dumps(
        {
            "awsRegion": world.region,
            "eventID": f"{record.event_id[:8]}-{record.event_id[8:12]}-{record.event_id[12:16]}"
            f"-{record.event_id[16:20]}-{record.event_id[20:]}",
            "eventName": record.event_name,
            "userIdentity": record.user_identity,
            "recordFormat": "application/json",
            "tableName": table,
            "dynamodb": change,
            "eventSource": "aws:dynamodb",
        }
    )
