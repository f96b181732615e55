"""What is said of a record that could not be delivered as it was meant to be? One line of an error output."""

import base64
from typing import Any

from msgspec import Struct

from eventsim import Clock
from eventsim_sources.delivery_stream.record import Record


class Failed(Struct, frozen=True, kw_only=True):
    """A record that could not be processed or sent, and what the error output says of it."""

    record: Record
    told: dict[str, Any]


def failed(clock: Clock, record: Record, *, attempts: int, code: str, message: str, **more: str) -> Failed:
    """Return a record with the reason why it did not go its way."""
    told = {
        "attemptsMade": attempts,
        "arrivalTimestamp": int(clock.date(record.born_us).timestamp() * 1000),
        "errorCode": code,
        "errorMessage": message,
        "attemptEndingTimestamp": clock.epoch_ms(),
        "rawData": base64.b64encode(record.data).decode(),
    }
    return Failed(record=record, told={**told, **more})
