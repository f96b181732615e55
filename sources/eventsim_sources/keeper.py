"""What was on its way when the server ended? Rows of one table, each until what it tells of has arrived.

A row comes with the turn of the loop that sent something on its way, and goes with the one in which it arrived: a
message that a queue got, say, stands in the same transaction. So nothing is lost, and nothing arrives twice, unless
user code ran in between. What departs and arrives before its group is written needs no row.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import msgspec

from eventsim import StorageError, World
from eventsim_sources.database import Step
from eventsim_sources.writer import Commit, Writer

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS in_transit (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL
);
"""
_PUT = "INSERT OR REPLACE INTO in_transit VALUES (?, ?, ?)"
_DROP = "DELETE FROM in_transit WHERE number = ?"
_ALL = "SELECT number, kind, value FROM in_transit ORDER BY number"

Value = Callable[[], object]


class SqliteKeeper:
    """Keeps the database of a world."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self._writer = world.share(Writer)
        self._writer.extend(_SCHEMA)
        self._last_number = 0
        self._changed: dict[int, tuple[str, Value] | None] = {}
        """What is to be written under a number, None if nothing is any more."""
        self._written: set[int] = set()
        """Numbers under which something stands, or will when the group that is on its way is written."""
        self._left: list[tuple[int, str, str]] | None = None
        """What an earlier server left and nobody has taken over yet; None before it was read."""

    def transit(self, name: str) -> "SqliteTransit":
        """Return where one part of the world keeps what is on its way."""
        return SqliteTransit(self, name)

    def written(self) -> Commit | None:
        """Have everything up to now written; return what is done once it is on the disk, None if it is by now.

        It fails with an `ApiError` if the disk does.

        Raises:
            ApiError: the disk has failed.
        """
        return self._writer.flush()

    def new_number(self) -> int:
        """Return the next number: the microseconds since 1970, so that those of later servers are greater, or more."""
        self._last_number = max(self._last_number + 1, self._clock.epoch_us())
        return self._last_number

    def put(self, kind: str, number: int, value: Value) -> None:
        """Keep a value in the place of what stands under a number."""
        self._changed[number] = (kind, value)
        self._writer.note(self._changes)

    def drop(self, number: int) -> None:
        """Keep what stands under a number no more."""
        if number in self._written:
            self._changed[number] = None
            self._writer.note(self._changes)
        else:
            self._changed.pop(number, None)

    def left(self, kind: str) -> list[tuple[int, str]]:
        """Return, once, what an earlier server left of a kind.

        Raises:
            StorageError: it cannot be read.
        """
        if self._left is None:
            (rows,) = self._writer.load(_ALL)
            self._left = [row for row in rows if row[0] not in self._written]
            self._written.update(number for number, _, _ in self._left)
            self._last_number = max([self._last_number, *self._written])
        taken = [(number, value) for number, of_kind, value in self._left if of_kind == kind]
        self._left = [row for row in self._left if row[1] != kind]
        return taken

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        changed, self._changed = self._changed, {}
        dropped = [(number,) for number, change in changed.items() if change is None]
        put = [(number, change[0], _text(change[1]())) for number, change in changed.items() if change is not None]
        self._written.difference_update(number for (number,) in dropped)
        self._written.update(number for number, _, _ in put)
        return [step for step in ((_PUT, put), (_DROP, dropped)) if step[1]]


class SqliteTransit:
    """What is on its way in one part of a world."""

    def __init__(self, keeper: SqliteKeeper, kind: str) -> None:
        self._keeper = keeper
        self._kind = kind
        self.new_number = keeper.new_number
        self.put: Callable[[int, Value], None] = partial(keeper.put, kind)
        self.drop = keeper.drop

    def left(self, kind: type[T]) -> Iterator[tuple[int, T]]:
        """Yield, once, what an earlier server left, as values of this type, in the order of their numbers.

        Raises:
            StorageError: it cannot be read.
        """
        for number, text in self._keeper.left(self._kind):
            try:
                yield number, _value(text, kind)
            except (msgspec.MsgspecError, ValueError) as error:
                raise StorageError(
                    f"row {number} of the table in_transit, of {self._kind}, cannot be read: {error}. Delete it to go "
                    "on without what it tells of"
                ) from error


def _text(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # half of a character
        return json.dumps(msgspec.to_builtins(value))


def _value(text: str, kind: type[T]) -> T:
    if "\\ud" in text:  # perhaps half of a character, which only Python takes
        return msgspec.convert(json.loads(text), kind)
    return msgspec.json.decode(text, type=kind)
