"""What do user code's SQLite databases know of files, time and luck?"""

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest


def ask(question: str, *parameters: object) -> Any:
    """Return the first row of an answer."""
    with closing(sqlite3.connect(":memory:")) as database:
        return database.execute(question, parameters).fetchone()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("select datetime('now'), datetime(), current_timestamp", ("2026-01-01 01:30:00",) * 3),
        ("select date('NOW', '+1 day'), current_date", ("2026-01-02", "2026-01-01")),
        ("select time('now'), current_time", ("01:30:00", "01:30:00")),
        ("select strftime('%s', 'now'), unixepoch()", ("1767231000", 1767231000)),
        ("select strftime('%H:%M:%f', 'now')", ("01:30:00.250",)),
        ("select julianday('now') - julianday('2026-01-01') > 0.06", (1,)),
        ("select date('2024-02-28', '+1 day'), datetime(0, 'unixepoch')", ("2024-02-29", "1970-01-01 00:00:00")),
        ("select date(null), date('never')", (None, None)),
    ],
)
def test_now_is_virtual_and_other_dates_are_what_they_are(user_process: Any, question: str, answer: object) -> None:
    """What SQLite makes of a date is SQLite's affair."""

    def handler() -> object:
        time.sleep(5400.25)  # noqa: TID251 - as user code does
        return ask(question)

    assert user_process.inside(handler) == answer


def test_rows_are_born_in_virtual_time(user_process: Any) -> None:
    """Defaults of columns call the same functions; an index may be built upon them."""

    def handler() -> object:
        with closing(sqlite3.connect("/tmp/orders.db")) as database:
            database.execute("create table orders (id, born default current_timestamp)")
            database.execute("create index by_day on orders (date(born))")
            for order in (1, 2):
                database.execute("insert into orders (id) values (?)", (order,))
                time.sleep(60)  # noqa: TID251 - as user code does
            return database.execute("select * from orders order by id").fetchall()

    assert user_process.inside(handler) == [(1, "2026-01-01 00:00:00"), (2, "2026-01-01 00:01:00")]


def test_luck_follows_from_the_seed(user_process: Any) -> None:
    """As it does elsewhere in user code."""
    first, again = (user_process.inside(lambda: ask("select random(), randomblob(4)")) for _ in range(2))

    assert first == again
    assert len(first[1]) == 4


def test_outside_it_is_now(user_process: Any) -> None:
    """A database of the test's has the machine's time."""
    user_process.inside(lambda: ask("select 1"))

    (now,) = ask("select unixepoch()")

    assert now == pytest.approx(time.time(), abs=60)  # noqa: TID251 - the machine's
