"""What does a change stream tell of a change? An event of MongoDB's, as Lambda hands it over (documented)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import Lineage

Document = Mapping[str, Any]


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """A change to a document.

    Attributes:
        number: of all changes of its cluster, counted from 1.
        offset: its place among them, or among those that a mapping reads.
        collection: with its database in front: `shop.orders`.
        updated: what an update set; of other changes None.
        document: the whole document after it, None if it is gone.
        epoch_s: when it was made, in seconds since 1970.
    """

    number: int
    offset: int
    collection: str
    operation: str
    identifier_of: Any
    updated: Document | None
    document: Document | None
    born_us: int
    epoch_s: int
    subject: int
    entry: int
    size_bytes: int

    @property
    def identifier(self) -> str:
        """Its resume token."""
        return f"01{self.epoch_s:08x}{self.number:08x}01{self.number:08x}000041e1"

    @property
    def key(self) -> str:
        """What keeps its order with: everything."""
        return ""

    @property
    def lineage(self) -> Lineage | None:
        """None: loop detection does not see through databases."""
        return None

    def event(self, *, is_whole: bool) -> dict[str, Any]:
        """Return it as the function gets it.

        Args:
            is_whole: whether an update brings the whole document (`UpdateLookup`).
        """
        database, _, collection = self.collection.partition(".")
        event: dict[str, Any] = {
            "_id": {"_data": self.identifier},
            "clusterTime": {"$timestamp": {"t": self.epoch_s, "i": self.number}},
            "documentKey": {"_id": self.identifier_of},
        }
        if self.document is not None and (self.updated is None or is_whole):
            event["fullDocument"] = dict(self.document)
        event |= {"ns": {"db": database, "coll": collection}, "operationType": self.operation}
        if self.updated is not None:
            event["updateDescription"] = {"removedFields": [], "updatedFields": dict(self.updated)}
        return {"event": event}
