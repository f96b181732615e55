"""What is a message while it lies in a queue, and in which state can it be?

    sent ──delay──▶ visible ──receive──▶ in flight ──deadline──▶ visible …
                       │                     ├─ delete ─────────▶ gone
                       └─ retention ends ────┴──────────────────▶ gone

`Message` is the one thing that is kept a million times, so it is small: what most messages lack stands in `Extras`,
and whatever can be worked out (sequence number, receipt handle, deadline of retention) is not stored.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from eventsim import Lineage
from eventsim_sources.queue.limits import SEQUENCE_NUMBER_FIRST, SEQUENCE_NUMBER_STEP

# A message's state is a plain int: an enum member costs three times as much to compare on the hot path.
DELAYED: Final = 0
VISIBLE: Final = 1
IN_FLIGHT: Final = 2
GONE: Final = 3

STATE_NAMES: Final = ("delayed", "visible", "in_flight", "gone")


class MessageAttribute(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One attribute that the sender put beside the body; a Number travels as text."""

    data_type: str
    string_value: str | None = None
    binary_value: bytes | None = None


class Extras(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a message may carry besides its body."""

    attributes: Mapping[str, MessageAttribute] = {}
    group_id: str | None = None
    deduplication_id: str | None = None
    trace_header: str | None = None
    dead_letter_source_arn: str | None = None


NO_EXTRAS: Final = Extras()
NOT_RECEIVED_US: Final = -(1 << 62)
"""Before any instant; those of an earlier server are negative, too."""


class Message(msgspec.Struct, kw_only=True, gc=False):
    """A message in a store; only its store changes it.

    `number` counts the store's messages from 1 and orders them. `key` says when it became available, in the FIFO
    rule's sense. The last three belong to whoever traces: the message's subject, the last entry about it, and the
    chain of invocations that sent it.
    """

    number: int
    message_id: str
    body: str
    sent_us: int
    extras: Extras = NO_EXTRAS
    state: int = VISIBLE
    hidden_until_us: int = 0
    received_us: int = NOT_RECEIVED_US
    first_received_us: int = NOT_RECEIVED_US
    receive_count: int = 0
    key: int = 0
    subject: int = 0
    entry: int = 0
    lineage: Lineage | None = None

    @property
    def sequence_number(self) -> str:
        """Return the 20 digits by which a FIFO queue orders its messages."""
        return sequence_number(self.number)


class Duplicate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A send that was not stored, because a FIFO queue took the same message within five minutes."""

    message_id: str
    number: int

    @property
    def sequence_number(self) -> str:
        """Return the original's number (unconfirmed: which one AWS returns is not documented)."""
        return sequence_number(self.number)


def sequence_number(number: int) -> str:
    """Write a message's number as a FIFO queue's sequence number."""
    return str(SEQUENCE_NUMBER_FIRST + SEQUENCE_NUMBER_STEP * number)
