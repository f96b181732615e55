"""What does the trace tell of a delivery stream? One function for each fact."""

from collections.abc import Sequence
from typing import Literal

from eventsim import World
from eventsim_sources.delivery_stream.record import Record

Purpose = Literal["records", "backup", "errors"]
"""What an object in a bucket is for: what was delivered, what came as it came, what could not be delivered."""


class Journal:
    """Records what happens to the records of one delivery stream.

    Args:
        is_pulling: whether records come from a stream of Kinesis; otherwise they are put.
    """

    def __init__(self, world: World, name: str, *, is_pulling: bool) -> None:
        self._time = world.clock
        self._how_taken = {"is_pulled": True} if is_pulling else None
        self.place = world.trace.subject("delivery stream", name)
        self.new_record = world.trace.subjects("record", "f")
        """Gives the subject of the next record."""
        self._record = world.trace.record
        kind = world.trace.kind
        self._took = kind("record taken in", "{place} took {subject}", value="size_bytes")
        self._processed = kind("records processed", "{place} had {to} process {value} records", value="count")
        self._retried = kind("processing retried", "{place} will have {to} process the records again: {reason}")
        self._unprocessed = kind("processing failed", "{place} could not have {to} process the records: {reason}")
        self._delivered = kind("object delivered", "{place} put {value} records into {to}", value="count")
        self._sent = kind("records sent", "{place} sent {value} records to {to}", value="count")
        self._resending = kind("sending retried", "{place} will send records to {to} again: {reason}")
        self._retrying = kind("delivery to bucket retried", "{place} will try {to} again: {reason}")
        self._unlogged = kind("delivery error not logged", "{place} could not write an error to {to}: {reason}")
        self._lost = kind("records undelivered", "{place} gave {value} records up: {reason}", value="count")

    def took(self, subject: int, cause: int, size_bytes: int) -> int:
        """A record came."""
        return self._record(self._took, subject, self.place, cause, size_bytes, self._how_taken)

    def processed(self, cause: int, count: int, to: str, well: Sequence[Record]) -> int:
        """A function saw so many records; `well` is what it made of them."""
        size_bytes = sum(record.size_bytes for record in well)
        detail = {"to": to, "well_count": len(well), "well_bytes": size_bytes}
        return self._record(self._processed, self.place, self.place, cause, count, detail)

    def unprocessed(self, cause: int, to: str, reason: str) -> int:
        """A function failed, and does not get the records again."""
        return self._record(self._unprocessed, self.place, self.place, cause, 0, {"to": to, "reason": reason[:500]})

    def retried(self, cause: int, to: str, reason: str) -> int:
        """A function failed, and gets the records again."""
        return self._record(self._retried, self.place, self.place, cause, 0, {"to": to, "reason": reason[:500]})

    def delivered(self, records: Sequence[Record], to: str, size_bytes: int, purpose: Purpose) -> int:
        """Records became an object of this size."""
        detail = {"to": to, "size_bytes": size_bytes, "age_us": self._age_us(records), "purpose": purpose}
        return self._record(self._delivered, self.place, self.place, records[-1].entry, len(records), detail)

    def sent(self, records: Sequence[Record], to: str) -> int:
        """An endpoint took records."""
        size_bytes = sum(record.size_bytes for record in records)
        detail = {"to": to, "size_bytes": size_bytes, "age_us": self._age_us(records)}
        return self._record(self._sent, self.place, self.place, records[-1].entry, len(records), detail)

    def _age_us(self, records: Sequence[Record]) -> int:
        """Return how long ago the first of the records came."""
        return self._time.now_us - records[0].born_us

    def resending(self, cause: int, to: str, reason: str) -> int:
        """An endpoint did not take records."""
        return self._record(self._resending, self.place, self.place, cause, 0, {"to": to, "reason": reason})

    def retrying(self, cause: int, to: str, reason: str, purpose: Purpose) -> int:
        """A bucket did not take an object."""
        detail = {"to": to, "reason": reason, "purpose": purpose}
        return self._record(self._retrying, self.place, self.place, cause, 0, detail)

    def unlogged(self, cause: int, to: str, reason: str) -> int:
        """A log stream did not take an error."""
        return self._record(self._unlogged, self.place, self.place, cause, 0, {"to": to, "reason": reason})

    def lost(self, cause: int, count: int, reason: str, purpose: Purpose) -> int:
        """Records did not get to their bucket at all."""
        detail = {"reason": reason, "purpose": purpose}
        return self._record(self._lost, self.place, self.place, cause, count, detail)
