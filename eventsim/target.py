"""Who takes an event? The door for whatever accepts an envelope."""

from typing import Protocol, runtime_checkable

from eventsim.envelope import Envelope


class Target(Protocol):
    """Something that one may send an event to: a function's event queue, a queue, a bucket."""

    @property
    def arn(self) -> str:
        """The ARN by which others name this target."""

    def accept(self, envelope: Envelope) -> None:
        """Take the event; it is now the target's.

        Raises:
            ApiError: the target refuses it (too large, deleted, …).
        """


@runtime_checkable
class Shelf(Protocol):
    """A target that keeps each event under a key of its own: a bucket."""

    def accept_as(self, key: str, envelope: Envelope) -> None:
        """Take the event and keep it under this key.

        Raises:
            ApiError: the target refuses it.
        """


class Inbox:
    """A target that keeps what it is given: the stand-in for tests."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.envelopes: list[Envelope] = []

    def accept(self, envelope: Envelope) -> None:
        """Keep the envelope."""
        self.envelopes.append(envelope)
