"""How do changes reach the disk, and come back from it? The one place that touches aiosqlite.

A group of changes goes down in one transaction. A large one takes a hop to aiosqlite's thread, which costs a hundred
times what a row costs; a small one is written where it is, for it needs no more than a tenth of the hop. The journal is
a write-ahead log with `synchronous=NORMAL`: a killed process loses nothing that was committed. With `synchronous=FULL`
neither does a machine that loses its power; then the disk has to be waited for, and all groups go to the thread.

The log is brought into the file now and then, which waits for the disk, too: by the thread, before it is so long that
SQLite would do it with the next small group.
"""

import asyncio
import contextlib
import fcntl
import os
import re
import sqlite3
from asyncio import Future
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import aiosqlite

from eventsim import ConfigurationError, StorageError

LAYOUT = 3
"""To be counted up whenever the tables of any source change."""

_WAL_PAGES_MAX = 4_000
"""After so many pages the log is brought into the file, with two syncs of the disk: 16 MB, four times SQLite's own."""

_ROWS_AT_ONCE = 20
"""So many rows are put by one statement: to begin and to end one costs as much as a row."""

_PUT = re.compile(r"(INSERT [^()]+(?:\([^()]+\) )?VALUES )(\([^()]+\))")

_SMALL_ROWS_MAX = 20
_SMALL_BYTES_MAX = 65_536
"""Of a group that is written where it is: it takes less than a millisecond."""

_PAGE_BYTES = 4_096
_PAGES_PER_ROW = 2
"""About so many pages of the log change with a row of a small group; the transaction has one of its own."""

Step = tuple[str, Sequence[tuple[object, ...]]]
"""One statement, and the rows to carry it out for."""


class Database:
    """A file of tables.

    Args:
        path: the file; it is made when the first group is written.
        layout: the number of its tables' layout; a file with another one is refused.
        syncs_fully: whether a group shall outlive the machine's power, not only the process.
    """

    def __init__(self, path: Path, *, layout: int, syncs_fully: bool = False) -> None:
        self._path = path
        self._schema = ""
        self._is_prepared = False
        self._layout = layout
        self._synchronous = "FULL" if syncs_fully else "NORMAL"
        self._connection: aiosqlite.Connection | None = None
        self._log_pages = 0
        """About how long the log has become by small groups."""
        self._claim = -1

    def extend(self, schema: str) -> None:
        """Have further tables: statements that make what is not there yet."""
        self._schema += schema
        self._is_prepared = False

    def claim(self) -> None:
        """Keep the file for this process until `close`; who only reads does not need to.

        Raises:
            ConfigurationError: another process has it.
            StorageError: nothing can be written beside it.
        """
        beside = self._path.with_name(f"{self._path.name}-lock")  # SQLite's own locks hide in the file itself
        try:
            self._claim = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._give_back()
            raise ConfigurationError(
                f"the database {self._path} is in use: another server keeps its state there; "
                "stop that one, or give this one another file"
            ) from None
        except OSError as error:
            raise StorageError(f"{beside} cannot be written: {error.strerror}") from error

    def read(self, *statements: str) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each statement; to be called before the first group is written.

        Raises:
            StorageError: the file is damaged, none of ours, or cannot be written.
        """
        with self._complaining(), contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            self._prepare(connection)
            return [connection.execute(statement).fetchall() for statement in statements]

    def write(self, steps: list[Step]) -> "Future[None] | None":
        """Carry out a group of changes, all or none; return what is done then, None if it is by now.

        The next group must wait for that. It fails with a `StorageError` if the file or the disk does not do what is
        asked of it.

        Raises:
            StorageError: that is known by now.
        """
        connection = self._connection
        if connection is None or not self._is_prepared:
            return asyncio.get_running_loop().create_task(self._prepare_and_write(steps), name="mirror of the sources")
        pages = 0 if self._synchronous == "FULL" else _pages_of_small(steps)
        if not pages:
            return _submit(connection, self._carry_out, connection._conn, steps)
        if self._log_pages + pages > _WAL_PAGES_MAX // 2:
            self._log_pages = 0
            return _submit(connection, self._carry_out_and_tidy, connection._conn, steps)
        self._log_pages += pages
        self._carry_out(connection._conn, steps)
        return None

    async def _prepare_and_write(self, steps: list[Step]) -> None:
        with self._complaining():
            connection = self._connection or await self._open()
            if not self._is_prepared:
                self._is_prepared = True
                await _submit(connection, self._prepare, connection._conn)
        await _submit(connection, self._carry_out, connection._conn, steps)

    async def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()
        self._give_back()

    def _give_back(self) -> None:
        if self._claim >= 0:
            os.close(self._claim)
            self._claim = -1

    async def _open(self) -> aiosqlite.Connection:
        connection = aiosqlite.connect(self._path, isolation_level=None, check_same_thread=False)
        connection._thread.daemon = True  # a run that is cut off must not keep the process from ending
        await connection
        try:
            self._is_prepared = True
            await _submit(connection, self._prepare, connection._conn)
        except BaseException:
            await connection.close()  # else its thread would outlive the run
            raise
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Set a connection up, and see that the tables are as this version of eventsim knows them."""
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        (table_count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if table_count and layout != self._layout:
            raise StorageError(
                f"the database {self._path} was written by another program, or by another version of eventsim; "
                "name another file, or delete this one"
            )
        connection.executescript(
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={self._synchronous}; "
            f"PRAGMA wal_autocheckpoint={_WAL_PAGES_MAX}; "
            "PRAGMA secure_delete=OFF; "  # some builds overwrite what is deleted, page by page
            f"{self._schema} PRAGMA user_version={self._layout};"
        )

    def _carry_out(self, connection: sqlite3.Connection, steps: list[Step]) -> None:
        """Carry out a group of changes, in aiosqlite's thread or where it has nothing to do."""
        with self._complaining():
            connection.execute("BEGIN")
            try:
                for statement, rows in steps:
                    _execute(connection, statement, rows)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _carry_out_and_tidy(self, connection: sqlite3.Connection, steps: list[Step]) -> None:
        """Carry out a group of changes, and bring the log into the file."""
        self._carry_out(connection, steps)
        with self._complaining():
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextlib.contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"the database {self._path} cannot be written: {error}. Is it a database of eventsim, "
                "is its folder writable, and is there room on the disk?"
            ) from error


def _execute(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Carry out a statement for each row."""
    put_many = _put_many(statement) if len(rows) >= _ROWS_AT_ONCE else ""
    if put_many:
        end = len(rows) - len(rows) % _ROWS_AT_ONCE
        starts = range(0, end, _ROWS_AT_ONCE)
        connection.executemany(put_many, [tuple(chain(*rows[at : at + _ROWS_AT_ONCE])) for at in starts])
        rows = rows[end:]
    connection.executemany(statement, rows)


@lru_cache(maxsize=50)
def _put_many(statement: str) -> str:
    """Return the statement that does for many rows what this does for one, "" unless it puts rows."""
    put = _PUT.fullmatch(statement)
    return "" if put is None else put[1] + ", ".join([put[2]] * _ROWS_AT_ONCE)


def _pages_of_small(steps: list[Step]) -> int:
    """Return about how many pages of the log a small group takes, 0 if it is none."""
    row_count = sum(len(rows) for _, rows in steps)
    if row_count > _SMALL_ROWS_MAX:
        return 0
    size_bytes = sum(len(cell) for _, rows in steps for row in rows for cell in row if isinstance(cell, str | bytes))
    if size_bytes > _SMALL_BYTES_MAX:
        return 0
    return 1 + row_count * _PAGES_PER_ROW + size_bytes // _PAGE_BYTES


def _submit(connection: aiosqlite.Connection, function: Callable[..., None], *arguments: object) -> "Future[None]":
    """Have a function called in a connection's thread.

    So do aiosqlite's own calls, but the public ones take a hop for each statement, and all of them a task for a group.
    The tests pin it.
    """
    future: Future[None] = asyncio.get_running_loop().create_future()
    connection._tx.put_nowait((future, partial(function, *arguments)))
    return future
