"""Is what was on its way there again, and does nothing else stand in its table?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from eventsim import StorageError, SyncSimulation
from eventsim_sources.keeper import SqliteKeeper


class Parcel(Struct):
    """Something on its way."""

    to: str


@contextmanager
def opened(path: Path | None) -> Iterator[SyncSimulation]:
    """Open a world, with a database or without, and close it."""
    with SyncSimulation(seed=1, database=path) as world:
        yield world
    world.trace.close()


def rows(path: Path) -> list[Any]:
    """Return what stands in the table."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT kind, value FROM in_transit ORDER BY number").fetchall()


def put(keeper: SqliteKeeper, kind: str, to: str) -> int:
    """Send something on its way."""
    transit = keeper.transit(kind)
    number = transit.new_number()
    transit.put(number, partial(Parcel, to))
    return number


def left(keeper: SqliteKeeper, kind: str) -> list[tuple[int, str]]:
    """Return what an earlier world left."""
    return [(number, parcel.to) for number, parcel in keeper.transit(kind).left(Parcel)]


def test_what_has_arrived_leaves_no_row(tmp_path: Path) -> None:
    """Whether it arrived at once or later; the last state of the others stands there."""
    path = tmp_path / "run.db"
    with opened(path) as world:
        keeper = world.share(SqliteKeeper)
        for to in ("here", "there"):
            put(keeper, "parcel", to)
        keeper.drop(put(keeper, "parcel", "at once"))
        late, moved = put(keeper, "letter", "later"), put(keeper, "letter", "first")
        world.advance("1 s")

        keeper.drop(late)
        keeper.transit("letter").put(moved, partial(Parcel, "second"))

    assert rows(path) == [
        ("parcel", '{"to":"here"}'),
        ("parcel", '{"to":"there"}'),
        ("letter", '{"to":"second"}'),
    ]


def test_the_next_world_gets_what_was_left_once(tmp_path: Path) -> None:
    """By kind and in order, not what it has put itself; and what it drops is gone."""
    path = tmp_path / "run.db"
    with opened(path) as world:
        first, second = (put(world.share(SqliteKeeper), "parcel", to) for to in ("here", "there"))
        put(world.share(SqliteKeeper), "letter", "elsewhere")

    with opened(path) as world:
        world.advance("1 s")
        keeper = world.share(SqliteKeeper)
        put(keeper, "parcel", "new")
        world.advance("1 s")
        taken = [left(keeper, "parcel"), left(keeper, "parcel"), left(keeper, "stone")]
        keeper.drop(first)

    assert taken == [[(first, "here"), (second, "there")], [], []]
    assert [kind for kind, _ in rows(path)] == ["parcel", "letter", "parcel"]


def test_half_of_a_character_is_kept_as_it_is(tmp_path: Path) -> None:
    """Python takes it, JSON does not."""
    path = tmp_path / "run.db"
    with opened(path) as world:
        number = put(world.share(SqliteKeeper), "parcel", "half \ud83d ✓")

    with opened(path) as world:
        assert left(world.share(SqliteKeeper), "parcel") == [(number, "half \ud83d ✓")]


def test_numbers_grow_from_world_to_world(tmp_path: Path) -> None:
    """Even if the clock was turned back, a new traveller takes nobody's place."""
    path = tmp_path / "run.db"
    with opened(path) as world:
        world.advance("1 day")
        last = put(world.share(SqliteKeeper), "parcel", "here")

    with opened(path) as world:
        keeper = world.share(SqliteKeeper)
        left(keeper, "parcel")

        assert keeper.new_number() == last + 1


def test_a_row_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Whoever has changed the table by hand learns which row, and how to go on."""
    path = tmp_path / "run.db"
    with opened(path) as world:
        number = put(world.share(SqliteKeeper), "parcel", "here")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE in_transit SET value = '{}'")
        connection.commit()

    with (
        opened(path) as world,
        pytest.raises(StorageError, match=rf"row {number} of the table in_transit, of parcel, .* Delete it"),
    ):
        left(world.share(SqliteKeeper), "parcel")


def test_only_a_world_with_a_database_keeps_anything(tmp_path: Path) -> None:
    """One has it without being told; the other is asked for nothing."""
    with opened(tmp_path / "run.db") as world, opened(None) as other:
        assert world.transit("parcel") is not None
        assert other.transit("parcel") is None
