"""What lies in a shard? One record, as small as can be: a stream may hold millions."""

from msgspec import Struct

from eventsim import Lineage
from eventsim_sources.stream.sequence import number_at

_ENVELOPE_BYTES = 520
"""About what a record takes in an event besides its key and its data."""


class Label(Struct, frozen=True, gc=False):
    """What all records of a shard have in common.

    Attributes:
        shard: the shard's id.
        prefix: what their sequence numbers begin with.
    """

    shard: str
    prefix: str


class Record(Struct, gc=False):
    """One record.

    Attributes:
        offset: its place in its shard, counted from 0.
        key: the partition key.
        born_us: when it arrived.
        is_encrypted: whether the stream was encrypted then.
        subject: its subject in the trace.
        entry: the trace entry that tells that it arrived.
        lineage: the chain of invocations that wrote it.
    """

    label: Label
    offset: int
    key: str
    data: bytes
    born_us: int
    is_encrypted: bool = False
    subject: int = 0
    entry: int = 0
    lineage: Lineage | None = None

    @property
    def identifier(self) -> str:
        """Its sequence number."""
        return number_at(self.label.prefix, self.offset)

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about."""
        return _ENVELOPE_BYTES + len(self.key) + (len(self.data) + 2) // 3 * 4
