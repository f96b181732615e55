"""What does the trace tell of a delivery stream? One function for each fact."""

from eventsim import World


class Journal:
    """Records what happens to the records of one delivery stream."""

    def __init__(self, world: World, name: str) -> None:
        self.place = world.trace.subject("delivery stream", name)
        self.new_record = world.trace.subjects("record", "f")
        """Gives the subject of the next record."""
        self._record = world.trace.record
        kind = world.trace.kind
        self._took = kind("record taken in", "{place} took {subject}", value="size_bytes")
        self._processed = kind("records processed", "{place} had {to} process {value} records", value="count")
        self._retried = kind("processing retried", "{place} will have {to} process the records again: {reason}")
        self._delivered = kind("object delivered", "{place} put {value} records into {to}", value="count")
        self._sent = kind("records sent", "{place} sent {value} records to {to}", value="count")
        self._resending = kind("sending retried", "{place} will send records to {to} again: {reason}")
        self._retrying = kind("delivery to bucket retried", "{place} will try {to} again: {reason}")
        self._unlogged = kind("delivery error not logged", "{place} could not write an error to {to}: {reason}")
        self._lost = kind("records lost", "{place} gave {value} records up: {reason}", value="count")

    def took(self, subject: int, cause: int, size_bytes: int) -> int:
        """A record came."""
        return self._record(self._took, subject, self.place, cause, size_bytes)

    def processed(self, cause: int, count: int, to: str) -> int:
        """A function changed records."""
        return self._record(self._processed, self.place, self.place, cause, count, {"to": to})

    def retried(self, cause: int, to: str, reason: str) -> int:
        """A function failed, and gets the records again."""
        return self._record(self._retried, self.place, self.place, cause, 0, {"to": to, "reason": reason[:500]})

    def delivered(self, cause: int, count: int, to: str) -> int:
        """Records became an object."""
        return self._record(self._delivered, self.place, self.place, cause, count, {"to": to})

    def sent(self, cause: int, count: int, to: str) -> int:
        """An endpoint took records."""
        return self._record(self._sent, self.place, self.place, cause, count, {"to": to})

    def resending(self, cause: int, to: str, reason: str) -> int:
        """An endpoint did not take records."""
        return self._record(self._resending, self.place, self.place, cause, 0, {"to": to, "reason": reason})

    def retrying(self, cause: int, to: str, reason: str) -> int:
        """A bucket did not take an object."""
        return self._record(self._retrying, self.place, self.place, cause, 0, {"to": to, "reason": reason})

    def unlogged(self, cause: int, to: str, reason: str) -> int:
        """A log stream did not take an error."""
        return self._record(self._unlogged, self.place, self.place, cause, 0, {"to": to, "reason": reason})

    def lost(self, cause: int, count: int, reason: str) -> int:
        """Records did not get to their bucket at all."""
        return self._record(self._lost, self.place, self.place, cause, count, {"reason": reason})
