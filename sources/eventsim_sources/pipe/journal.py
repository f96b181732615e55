"""What does the trace tell of a pipe? One function for each fact."""

from typing import Literal

from msgspec import Struct

from eventsim import World

Stage = Literal["enrichment", "target"]
"""Where in a pipe a batch is."""


class Passage(Struct, gc=False):
    """One batch on its way through a pipe.

    Attributes:
        subject: its invocation.
        begun_us, stage_begun_us: when it came, and when it came to the stage where it is.
    """

    subject: int
    stage: Stage
    begun_us: int
    stage_begun_us: int


class Journal:
    """Records what happens to the batches of one pipe."""

    def __init__(self, world: World, name: str) -> None:
        self._time = world.clock
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

    def enriched(self, passage: Passage, cause: int, count: int, to: str) -> int:
        """The enrichment answered; the target is next."""
        detail = {"to": to, **self._taken(passage)}
        passage.stage, passage.stage_begun_us = "target", self._time.now_us
        return self._record(self._enriched, passage.subject, self.place, cause, count, detail)

    def delivered(self, passage: Passage, cause: int, count: int, to: str, *, failed_count: int) -> int:
        """The target took events, or said of some that they failed."""
        detail = {"to": to, "is_partial": failed_count > 0, **self._taken(passage)}
        return self._record(self._delivered, passage.subject, self.place, cause, count, detail)

    def failed(self, passage: Passage, cause: int, reason: str, *, is_partial: bool) -> int:
        """A batch, or a part of it, did not get through."""
        detail = {"reason": reason[:500], "is_partial": is_partial, "stage": passage.stage, **self._taken(passage)}
        return self._record(self._failed, passage.subject, self.place, cause, 0, detail)

    def _taken(self, passage: Passage) -> dict[str, int]:
        """Return how long the stage has taken, and all so far."""
        now_us = self._time.now_us
        return {"stage_us": now_us - passage.stage_begun_us, "taken_us": now_us - passage.begun_us}
