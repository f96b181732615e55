"""When is a change on the disk?"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from eventsim_sources.database import Step
from eventsim_sources.writer import Writer


class Place:
    """What a writer needs of a world."""

    def __init__(self, path: Path) -> None:
        self.database_path = path
        self.syncs_fully = False
        loop = asyncio.get_running_loop()

        def soon(function: Callable[[Any], object], argument: Any) -> None:
            loop.call_soon(function, argument)

        self.clock = SimpleNamespace(loop=loop, soon=soon)


def notes(number: int) -> list[Step]:
    """Return a group of one row."""
    return [("INSERT INTO note VALUES (?)", [(number,)])]


def test_a_group_that_has_just_been_written_is_waited_for(tmp_path: Path) -> None:
    """Whoever ends the writer may see that it is done before the writer does, and must let it see that."""
    path = tmp_path / "run.db"

    async def write() -> None:
        writer = Writer(Place(path))  # type: ignore[arg-type]  # as above
        writer.extend("CREATE TABLE IF NOT EXISTS note (number INTEGER);")
        writer.load()
        writer.note(lambda: notes(1))
        await asyncio.sleep(0)
        (group,) = (task for task in asyncio.all_tasks() if task.get_name() == "mirror of the sources")
        while not group.done():  # noqa: ASYNC110 - an event would be set after the writer was told
            await asyncio.sleep(0)
        writer.note(lambda: notes(2))
        await writer.close()

    asyncio.run(write())

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT number FROM note").fetchall() == [(1,), (2,)]
