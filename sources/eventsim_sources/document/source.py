"""What do writers and mappings know of DocumentDB? A cluster: its documents, and a stream of the changes to them."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, call
from typing import Any, ClassVar

import msgspec

from eventsim import ApiError, Subscription, World
from eventsim_sources.document.change import Change, Document
from eventsim_sources.document.reader import ChangeReader
from eventsim_sources.document.spec import DocumentDatabaseSpec

_OVERHEAD_BYTES = 400
"""What a change takes in the event beside the document, about."""
_OFFSET = attrgetter("offset")
_OPERATIONS = ("insert", "update", "replace", "delete")


class DocumentDatabase:
    """A cluster of DocumentDB, every collection of which has a change stream."""

    kind: ClassVar[str] = "document_databases"
    service: ClassVar[str] = "docdb"

    def __init__(self, world: World, name: str, spec: DocumentDatabaseSpec) -> None:
        self.name = name
        self.clock = world.clock
        self.retention_us = spec.retention_us
        self.arn = spec.arn or f"arn:aws:rds:{world.region}:{world.account_id}:cluster:{name}"
        self._trace = trace = world.trace
        self._place = trace.subject("document database", name)
        self._new_subject = trace.subjects("change", "c")
        self._new_identifier = world.chance.hex_ids(24, "document database", name)
        self._CHANGED = trace.kind(
            "document changed", "{subject}: {operation} in {collection} of {place}", value="size_bytes", is_summed=True
        )
        self._documents: dict[tuple[str, str], Document] = {}
        self._changes: list[Change] = []
        self._change_count = 0
        self._waiting: list[Callable[[], None]] = []

    def summary(self) -> Mapping[str, int]:
        """Return how many changes there were, and how many documents there are."""
        return {"changes": self._change_count, "documents": len(self._documents)}

    def answers_to(self, name: str) -> bool:
        """Tell whether this is its ARN."""
        return name == self.arn

    def subscribe(self, subscription: Subscription) -> ChangeReader:
        """Return the changes of a collection, or of a database, as a mapping reads them."""
        return ChangeReader(self, subscription)

    def since(self, offset: int) -> Sequence[Change]:
        """Return the changes from a place on that have not expired."""
        oldest_us = self.clock.now_us - self.retention_us
        count = 0
        while count < len(self._changes) and self._changes[count].born_us <= oldest_us:
            count += 1
        del self._changes[:count]
        return self._changes[bisect_left(self._changes, offset, key=_OFFSET) :]

    def await_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, in a step of its own, with the next change."""
        self._waiting.append(wake)

    def change(self, collection: str, operation: str, document: Document) -> Any:
        """Make a change, and return the `_id` of the document.

        Args:
            collection: with its database in front: `shop.orders`.
            operation: `insert`, `update`, `replace` or `delete`.
            document: the whole document, of an update what it sets; all but an insert name its `_id`.

        Raises:
            ApiError: there is no such operation, or no such document.
        """
        identifier, after = self._after(collection, operation, document)
        updated = {name: value for name, value in document.items() if name != "_id"} if operation == "update" else None
        size_bytes = len(msgspec.json.encode(after if after is not None else identifier))
        detail = {"operation": operation, "collection": collection}
        subject = self._new_subject()
        change = Change(
            number=self._change_count + 1,
            offset=self._change_count,
            collection=collection,
            operation=operation,
            identifier_of=identifier,
            updated=updated,
            document=after,
            born_us=self.clock.now_us,
            epoch_s=self.clock.epoch_ms() // 1_000,
            subject=subject,
            entry=self._trace.record(self._CHANGED, subject, self._place, 0, size_bytes, detail),
            size_bytes=_OVERHEAD_BYTES + 2 * size_bytes,
        )
        self._change_count += 1
        self._changes.append(change)
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            self.clock.soon(call, wake)
        return identifier

    def _after(self, collection: str, operation: str, document: Document) -> tuple[Any, Document | None]:
        """Carry a change out; return the document's id and the document as it is then, None if it is gone."""
        if operation not in _OPERATIONS or "." not in collection:
            message = (
                f"{operation!r} in {collection!r} is no change: one of {', '.join(_OPERATIONS)} in DATABASE.COLLECTION"
            )
            raise ApiError("BadValue", message)
        identifier = document.get("_id")
        if identifier is None:
            identifier = {"$oid": self._new_identifier()}
        key = collection, msgspec.json.encode(identifier).decode()
        before = self._documents.get(key)
        if (before is None) is not (operation == "insert"):
            there = "is no document" if before is None else "is a document already"
            raise ApiError("BadValue", f"There {there} with the _id {key[1]} in {collection}.")
        if operation == "delete":
            del self._documents[key]
            return identifier, None
        kept = before if operation == "update" and before is not None else {}
        after = self._documents[key] = {"_id": identifier, **kept, **document}
        return identifier, after


class DocumentDatabaseKind:
    """The section `document_databases:` of a scenario."""

    section: ClassVar[str] = "document_databases"
    spec: ClassVar[type[DocumentDatabaseSpec]] = DocumentDatabaseSpec

    def create(self, world: World, name: str, spec: DocumentDatabaseSpec) -> DocumentDatabase:
        """Build a cluster.

        Raises:
            ConfigurationError: A value is out of AWS's bounds.
        """
        return DocumentDatabase(world, name, spec)

    def connect(self, world: World, source: DocumentDatabase, spec: DocumentDatabaseSpec) -> None:
        """Do nothing: a cluster names nobody else."""
