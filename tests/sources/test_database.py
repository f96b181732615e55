"""When is a group written where it is, and when by the thread?"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from eventsim import StorageError
from eventsim_sources.database import Database, Step

PUT = "INSERT OR REPLACE INTO note VALUES (?, ?)"
Run = Callable[[Callable[[Database], Awaitable[None]]], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "run.db"


@pytest.fixture(params=[pytest.param(False, id="normal")])
def run(path: Path, request: pytest.FixtureRequest) -> Run:
    """Return what does something with a database in which something stands."""

    async def with_database(work: Callable[[Database], Awaitable[None]]) -> None:
        database = Database(path, layout=1, syncs_fully=request.param)
        database.extend("CREATE TABLE IF NOT EXISTS note (number INTEGER PRIMARY KEY, text TEXT NOT NULL);")
        first = database.write(notes(1))
        assert first is not None
        await first
        try:
            await work(database)
        finally:
            await database.close()

    return lambda work: asyncio.run(with_database(work))


def notes(count: int, text: str = "short") -> list[Step]:
    """Return a group of rows."""
    return [(PUT, [(number, text) for number in range(count)])]


def count_of(path: Path) -> int:
    """Return how many rows another reader sees."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM note").fetchone()
    return int(count)


def size_of(path: Path) -> int:
    """Return how long a file is."""
    return path.stat().st_size


def test_a_small_group_is_written_at_once(run: Run, path: Path) -> None:
    """It stands in the file when the call returns, and nothing needs to be waited for."""

    async def work(database: Database) -> None:
        assert database.write(notes(5)) is None
        assert count_of(path) == 5

    run(work)


@pytest.mark.parametrize(
    "group", [pytest.param(notes(100), id="many rows"), pytest.param(notes(1, "x" * 100_000), id="many bytes")]
)
def test_a_large_group_goes_to_the_thread(run: Run, path: Path, group: list[Step]) -> None:
    """The loop goes on meanwhile."""

    async def work(database: Database) -> None:
        writing = database.write(group)
        assert writing is not None
        await writing

    run(work)
    assert count_of(path) == len(group[0][1])


@pytest.mark.parametrize("run", [pytest.param(True, id="full")], indirect=True)
def test_what_waits_for_the_disk_goes_to_the_thread(run: Run) -> None:
    """With full synchronisation every group does."""

    async def work(database: Database) -> None:
        writing = database.write(notes(1))
        assert writing is not None
        await writing

    run(work)


def test_the_log_is_brought_into_the_file_by_the_thread(run: Run, path: Path) -> None:
    """However many small groups come, it does not become so long that SQLite would do it within one of them."""
    by_thread, log_path, longest_bytes = 0, Path(f"{path}-wal"), list[int]()

    async def work(database: Database) -> None:
        nonlocal by_thread
        for _ in range(2_000):
            writing = database.write(notes(1))
            if writing is not None:
                by_thread += 1
                await writing
        longest_bytes.append(size_of(log_path))

    run(work)
    assert 1 <= by_thread < 10
    assert longest_bytes[0] < 2_500 * 4_096


def test_a_small_group_that_fails_says_so_and_leaves_nothing(run: Run, path: Path) -> None:
    """All of a group is written or none."""

    async def work(database: Database) -> None:
        with pytest.raises(StorageError, match="cannot be written"):
            database.write([*notes(3), (PUT, [(9, None)])])

    run(work)
    assert count_of(path) == 1
