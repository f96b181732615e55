"""How do changes reach the disk? The one place that touches aiosqlite.

A group of changes goes down in one hop to aiosqlite's thread and one transaction, because a hop costs a hundred times
what a row costs. The journal is a write-ahead log with `synchronous=NORMAL`: a killed process loses nothing that was
committed.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import aiosqlite

from eventsim import StorageError

Step = tuple[str, Sequence[tuple[object, ...]]]
"""One statement, and the rows to carry it out for."""


class Database:
    """A file of tables.

    Args:
        path: the file; it is made when the first group is written.
        schema: statements that make what is not there yet.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._connection: aiosqlite.Connection | None = None

    async def write(self, steps: Iterable[Step]) -> None:
        """Carry out a group of changes, all or none.

        Raises:
            StorageError: The file or the disk does not do what is asked of it.
        """
        try:
            connection = self._connection or await self._open()
            # A private call, because the public ones take a hop for each statement; the tests pin it.
            await connection._execute(_carry_out, connection._conn, list(steps))  # type: ignore[no-untyped-call]
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"the database {self._path} cannot be written: {error}. Is it a database of eventsim, "
                "is its folder writable, and is there room on the disk?"
            ) from error

    async def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _open(self) -> aiosqlite.Connection:
        connection = aiosqlite.connect(self._path, isolation_level=None)
        connection._thread.daemon = True  # a run that is cut off must not keep the process from ending
        await connection
        try:
            await connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {self._schema}")
        except BaseException:
            await connection.close()  # else its thread would outlive the run
            raise
        self._connection = connection
        return connection


def _carry_out(connection: sqlite3.Connection, steps: list[Step]) -> None:
    connection.execute("BEGIN")
    try:
        for statement, rows in steps:
            connection.executemany(statement, rows)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
