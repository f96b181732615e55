"""How do changes reach the disk, and come back from it? The one place that touches aiosqlite.

A group of changes goes down in one hop to aiosqlite's thread and one transaction, because a hop costs a hundred times
what a row costs. The journal is a write-ahead log with `synchronous=NORMAL`: a killed process loses nothing that was
committed. With `synchronous=FULL` neither does a machine that loses its power.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import aiosqlite

from eventsim import ConfigurationError, StorageError

try:
    import fcntl
except ImportError:  # Windows: two servers on one file are not told apart there
    fcntl = None  # type: ignore[assignment]

LAYOUT = 1
"""To be counted up whenever the tables of any source change."""

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
        if fcntl is None:
            return
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

    async def write(self, steps: Iterable[Step]) -> None:
        """Carry out a group of changes, all or none.

        Raises:
            StorageError: The file or the disk does not do what is asked of it.
        """
        with self._complaining():
            connection = self._connection or await self._open()
            if not self._is_prepared:
                self._is_prepared = True
                await connection._execute(self._prepare, connection._conn)  # type: ignore[no-untyped-call]
            # A private call, because the public ones take a hop for each statement; the tests pin it.
            await connection._execute(_carry_out, connection._conn, list(steps))  # type: ignore[no-untyped-call]

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
        connection = aiosqlite.connect(self._path, isolation_level=None)
        connection._thread.daemon = True  # a run that is cut off must not keep the process from ending
        await connection
        try:
            self._is_prepared = True
            await connection._execute(self._prepare, connection._conn)  # type: ignore[no-untyped-call]
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
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={self._synchronous}; {self._schema}"
            f"PRAGMA user_version={self._layout};"
        )

    @contextlib.contextmanager
    def _complaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"the database {self._path} cannot be written: {error}. Is it a database of eventsim, "
                "is its folder writable, and is there room on the disk?"
            ) from error


def _carry_out(connection: sqlite3.Connection, steps: list[Step]) -> None:
    connection.execute("BEGIN")
    try:
        for statement, rows in steps:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
