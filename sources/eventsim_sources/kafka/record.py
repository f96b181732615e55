"""What lies in a topic? One record."""

from msgspec import Struct


class Kept(Struct, frozen=True, kw_only=True, gc=False):
    """A record of a topic, in its partition, as a server keeps it for the next one.

    Attributes:
        sequence: its place among all records of the topic, in the order in which they came.
        offset: its place in its partition.
        key, value: None where there is none.
    """

    sequence: int
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int


class Record(Kept, frozen=True, kw_only=True, gc=False):
    """A record, and what the run knows of it.

    Attributes:
        born_us: its timestamp, in microseconds since the run began; by this it grows old.
        subject, entry: in the trace.
    """

    born_us: int
    subject: int
    entry: int

    @property
    def payload_bytes(self) -> int:
        """The size of key and value."""
        return len(self.key or b"") + len(self.value or b"")
