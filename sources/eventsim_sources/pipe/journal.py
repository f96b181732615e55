"""What does the trace tell of a pipe? One function for each fact."""

from eventsim import World


class Journal:
    """Records what happens to the batches of one pipe."""

    def __init__(self, world: World, name: str) -> None:
        self.place = world.trace.subject("pipe", name)
        self._record = world.trace.record
        kind = world.trace.kind
        self._state = kind("pipe changed", "{place} is {state}")
        self._took = kind("pipe took", "{place} took a batch of {value}: {subject}", value="count", is_summed=True)
        self._enriched = kind("pipe enriched", "{place} had {to} enrich {subject}: {value} events", value="count")
        self._delivered = kind(
            "pipe delivered", "{place} delivered {value} events of {subject} to {to}", value="count", is_summed=True
        )
        self._failed = kind("pipe failed", "{place} could not deliver {subject}: {reason}")

    def changed(self, state: str) -> None:
        """The pipe has another state."""
        self._record(self._state, self.place, self.place, 0, 0, {"state": state})

    def took(self, subject: int, cause: int, count: int) -> int:
        """A batch came."""
        return self._record(self._took, subject, self.place, cause, count)

    def enriched(self, subject: int, cause: int, count: int, to: str) -> int:
        """The enrichment answered."""
        return self._record(self._enriched, subject, self.place, cause, count, {"to": to})

    def delivered(self, subject: int, cause: int, count: int, to: str) -> int:
        """The target took events."""
        return self._record(self._delivered, subject, self.place, cause, count, {"to": to})

    def failed(self, subject: int, cause: int, reason: str) -> int:
        """A batch, or a part of it, did not get through."""
        return self._record(self._failed, subject, self.place, cause, 0, {"reason": reason[:500]})
