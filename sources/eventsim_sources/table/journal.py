"""What is told of a table's items? Every change goes to the trace, the summary and, if there is one, the mirror."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eventsim import World
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.kinds import Kinds
from eventsim_sources.table.mirror import Mirror
from eventsim_sources.table.schema import Key
from eventsim_sources.table.store import Change
from eventsim_sources.table.stream_record import as_json
from eventsim_sources.table.value import Item

if TYPE_CHECKING:
    from eventsim_sources.table.source import Table


class Journal:
    """Tells what becomes of one table's items.

    Attributes:
        written_count, deleted_count, expired_count, read_count, refused_count, throttled_count: so far.
        mirror: the tables of the simulation; None without a database.
    """

    def __init__(self, world: World, table: "Table") -> None:
        self.written_count = self.deleted_count = self.expired_count = self.read_count = 0
        self.refused_count = self.throttled_count = 0
        self.mirror = None if world.database_path is None else world.share(Mirror)
        self._table = table
        self._trace = world.trace
        self._kinds = Kinds(world.trace)
        self._place = world.trace.subject("table", table.name)

    def changed(self, change: Change, key: str, cause: int, *, is_real: bool, is_expired: bool) -> tuple[int, int]:
        """Tell of a write; return the item's subject and the entry."""
        subject = self._subject(key)
        kind, size_bytes = self._count(change, is_real=is_real, is_expired=is_expired)
        entry = self._trace.record(kind, subject, self._place, cause, size_bytes)
        if self.mirror is not None and is_real:
            self.mirror.note_item(self._table, key, change.address)
        return subject, entry

    def _count(self, change: Change, *, is_real: bool, is_expired: bool) -> tuple[int, int]:
        """Count a write; return the kind of its entry and the size of the item."""
        if change.new is None:
            if is_expired:
                self.expired_count += 1
                return self._kinds.expired, 0
            self.deleted_count += 1
            return self._kinds.deleted, 0
        self.written_count += 1
        size_bytes = change.new.size_bytes
        if change.old is None:
            return self._kinds.inserted, size_bytes
        return self._kinds.modified if is_real else self._kinds.rewritten, size_bytes

    def refused(self, key: str, cause: int) -> None:
        """Tell of a condition that did not hold."""
        self.refused_count += 1
        self._trace.record(self._kinds.refused, self._subject(key), self._place, cause)

    def throttled(self, kind: str, index: str, reason: str, key: Mapping[str, Any] | None, cause: int) -> None:
        """Tell of a request that there was no capacity for.

        Args:
            kind: `Read` or `Write`.
            index: the global index whose capacity it was, "" for the table.
            reason: in AWS's words.
            key: the item that it was about, or its key; None if it was about several.
        """
        self.throttled_count += 1
        entry = self._kinds.write_throttled if kind == "Write" else self._kinds.read_throttled
        subject = self._place if key is None else self._subject(key_text(self._table.schema.key, key))
        detail = {"reason": reason, **({"index": index} if index else {})}
        self._trace.record(entry, subject, self._place, cause, detail=detail)

    def consumed(self, index: str, reads: float, writes: float, cause: int) -> None:
        """Tell what a request consumed.

        Args:
            index: the global index whose capacity it was, "" for the table.
        """
        detail = {"reads": reads, "writes": writes, **({"index": index} if index else {})}
        self._trace.record(self._kinds.consumed, self._place, self._place, cause, detail=detail)

    def filled(self, count: int) -> None:
        """Tell of the items that are there from the beginning."""
        self._trace.record(self._kinds.filled, self._place, self._place, 0, count)

    def restored(self, count: int) -> None:
        """Tell of the items that an earlier server left."""
        self._trace.record(self._kinds.restored, self._place, self._place, 0, count)

    def lost(self, key: str, to: str, reason: str, cause: int) -> None:
        """Tell of a change that another stream did not take."""
        detail = {"to": to, "reason": reason}
        self._trace.record(self._kinds.lost, self._subject(key), self._place, cause, detail=detail)

    def note_item(self, address: Address, item: Item) -> None:
        """Have an item written down, or its absence, without telling of it."""
        if self.mirror is not None:
            self.mirror.note_item(self._table, key_text(self._table.schema.key, item), address)

    def note(self) -> None:
        """Have the table itself written down, if there is a database."""
        if self.mirror is not None and not self._table.is_deleted:
            self.mirror.note_table(self._table)

    def forget(self) -> None:
        """Have the table and all of its items taken away from the database."""
        if self.mirror is not None:
            self.mirror.forget(self._table)

    def _subject(self, key: str) -> int:
        return self._trace.subject("item", f"{self._table.name}/{key}")


def key_text(key: Key, item: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the key of an item as people read it: `42`, `ada|2026-01-01`."""
    return "|".join(_text(item[name]) for name in key.names)


def _text(value: Mapping[str, Any]) -> str:
    (content,) = (as_json({"": dict(value)})[""] if "B" in value else value).values()
    text = str(content)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # half of a character is no text to others
    return text.replace("|", "||") if "|" in text else text
