"""What is a record of a delivery stream?"""

from typing import Any

from msgspec import Struct

from eventsim import Lineage


class Record(Struct, frozen=True, kw_only=True):
    """A record on its way.

    Attributes:
        entry: the trace entry that tells that it came.
        origin: the record of Kinesis that it was, empty if it was put.
        keys: partition keys that a function gave it.
    """

    identifier: str
    data: bytes
    born_us: int
    entry: int
    lineage: Lineage | None = None
    origin: dict[str, Any] = {}
    keys: dict[str, str] = {}

    @property
    def size_bytes(self) -> int:
        """Its size."""
        return len(self.data)
