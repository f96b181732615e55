"""What lies in a queue of a broker? One message."""

from msgspec import Struct

from eventsim import Lineage


class Message(Struct, gc=False, kw_only=True, eq=False):
    """A message of a queue, and of the consumer that has taken it.

    Attributes:
        identifier: what the broker calls it.
        offset: its place among those that its consumer has taken.
        was_delivered: whether a function has been given it before.
        subject, entry: in the trace.
    """

    identifier: str
    data: bytes
    born_us: int
    sent_ms: int
    subject: int
    entry: int
    size_bytes: int
    offset: int = 0
    was_delivered: bool = False

    @property
    def key(self) -> str:
        """What keeps its order with: nothing."""
        return ""

    @property
    def lineage(self) -> Lineage | None:
        """None: loop detection does not see through brokers."""
        return None
