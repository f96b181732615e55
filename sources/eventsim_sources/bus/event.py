"""What is an event on a bus? The JSON that rules match and targets get, whoever made it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import NO_LINEAGE, Lineage

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode


class BusEvent(Struct, frozen=True, kw_only=True, gc=False):
    """An event on its way through a bus.

    Attributes:
        document: the whole event, decoded; nobody changes it.
        text: the same as compact JSON, members in AWS's order (recorded).
        ingested_at: when it came, as ISO 8601.
        subject: its subject in the trace.
        entry: the trace entry that tells that it came.
        hops: how many buses it has come over.
        trace_header: X-Ray's header of who put it, "" for none; targets get it beside the event.
    """

    document: dict[str, Any]
    text: str
    ingested_at: str = ""
    subject: int = 0
    entry: int = 0
    hops: int = 0
    trace_header: str = ""

    @property
    def lineage(self) -> Lineage | None:
        """What goes on to targets of the chain that led here: loop detection does not see through a bus."""
        return NO_LINEAGE.under(self.trace_header) if self.trace_header else None

    @property
    def id(self) -> str:
        """Its id, which PutEvents told."""
        return str(self.document["id"])

    @property
    def is_replayed(self) -> bool:
        """Whether it comes from an archive."""
        return "replay-name" in self.document


def make_document(
    *,
    event_id: str,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    time: str,
    account: str,
    region: str,
    resources: Sequence[str] = (),
) -> dict[str, Any]:
    """Return an event with AWS's members in AWS's order (recorded)."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time,
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


def with_replay_name(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the event as a replay gives it: the name stands before the resources (recorded)."""
    replayed: dict[str, Any] = {}
    for key, value in document.items():
        if key == "resources":
            replayed["replay-name"] = name
        replayed[key] = value
    return replayed


def to_json(value: object) -> str:
    """Return compact JSON."""
    return _encode(value).decode()


def from_json(text: str) -> Any:
    """Decode JSON.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error


def instant(value: datetime | str | float) -> datetime:
    """Return an instant that a request gives: botocore's datetime, or what a scenario may write for it.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def event_time(at: datetime) -> str:
    """Return an instant as events have it, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
