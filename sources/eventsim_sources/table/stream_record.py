"""What does a stream tell of one change? The record as functions get it, and as `GetRecords` gives it."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from eventsim import Lineage
from eventsim_sources.table.copying import copied
from eventsim_sources.table.value import Item, size_of

TIME_TO_LIVE: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
"""Who deletes what has outlived its time."""

_RECORD_BYTES: Final = 600
"""What a record's JSON takes beside the values, about."""
_NEW: Final = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
_OLD: Final = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")


class TableRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One change of one item, in a stream.

    Attributes:
        identifier: its sequence number.
        offset: its place in its shard, counted from 0.
        key: the item's key as text.
        born_us: when the item changed, in microseconds since the run began.
        created_s: the same in whole seconds since 1970.
        subject, entry: in the trace.
        content_bytes: `SizeBytes`: keys and images by DynamoDB's rules.
        lineage: the chain of invocations that wrote it.
        event_name: `INSERT`, `MODIFY` or `REMOVE`.
        new, old: the images that the view shows, None if it does not.
        user_identity: who changed it, None for everybody but DynamoDB itself.
    """

    identifier: str
    offset: int
    key: str
    born_us: int
    created_s: int
    subject: int
    entry: int
    content_bytes: int
    lineage: Lineage | None
    event_id: str
    event_name: str
    keys: Item
    new: Item | None
    old: Item | None
    view_type: str
    user_identity: Mapping[str, str] | None

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about."""
        return _RECORD_BYTES + 2 * self.content_bytes

    def event(self, region: str, stream_arn: str) -> dict[str, Any]:
        """Build the element of `Records` that a function gets."""
        shown: dict[str, Any] = {
            "eventID": self.event_id,
            "eventName": self.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": region,
            "dynamodb": self._change(float(self.created_s), as_json),
        }
        if self.user_identity is not None:
            shown["userIdentity"] = dict(self.user_identity)
        shown["eventSourceARN"] = stream_arn
        return shown

    def described(self, region: str) -> dict[str, Any]:
        """Build the record as `GetRecords` gives it, in botocore's shape."""
        shown: dict[str, Any] = {
            "eventID": self.event_id,
            "eventName": self.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": region,
            "dynamodb": self._change(datetime.fromtimestamp(self.created_s, UTC), copied),
        }
        if self.user_identity is not None:
            shown["userIdentity"] = {
                "PrincipalId": self.user_identity["principalId"],
                "Type": self.user_identity["type"],
            }
        return shown

    def _change(self, created: object, write: Any) -> dict[str, Any]:
        change: dict[str, Any] = {"ApproximateCreationDateTime": created, "Keys": write(self.keys)}
        if self.new is not None:
            change["NewImage"] = write(self.new)
        if self.old is not None:
            change["OldImage"] = write(self.old)
        change["SequenceNumber"] = self.identifier
        change["SizeBytes"] = self.content_bytes
        change["StreamViewType"] = self.view_type
        return change


def seen(view_type: str, new: Item | None, old: Item | None) -> tuple[Item | None, Item | None]:
    """Return the new and the old image as far as a view shows them."""
    return (new if view_type in _NEW else None), (old if view_type in _OLD else None)


def content_bytes(keys: Item, new: Item | None, old: Item | None) -> int:
    """Return the size of keys and images by DynamoDB's rules."""
    return size_of(keys) + sum(size_of(image) for image in (new, old) if image is not None)


def as_json(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item as JSON has it: binaries are base64."""
    return {name: _value(value) for name, value in item.items()}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": b64encode(content).decode()}
        case "BS":
            return {"BS": [b64encode(each).decode() for each in content]}
        case "M":
            return {"M": as_json(content)}
        case "L":
            return {"L": [_value(each) for each in content]}
        case "SS" | "NS":
            return {kind: list(content)}
        case _:
            return {kind: content}
