"""What do user code's SQLite databases know of files, time and luck? As much as its Python does.

SQLite opens its files itself, so it is given their real names. Its functions of dates and of luck give way to ones that
have the environment's; what they make of a date is left to SQLite.
"""

import atexit
import functools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.luck import luck_within
from eventsim.handler.paths import place
from eventsim.handler.surroundings import Surroundings, current

if TYPE_CHECKING:
    import sqlite3

_DATES = ("date", "time", "datetime", "julianday", "strftime")
_NEWER_DATES = {"unixepoch": (3, 38), "timediff": (3, 43)}
"""Functions of dates that came later, and with which version."""
_NOW_WITH_FRACTION = ("subsec", "subsecond")
_OF_NOW = {"current_date": "date", "current_time": "time", "current_timestamp": "datetime"}


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def connect(database: Any, *args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        if surroundings is None:
            return original(database, *args, **kwargs)
        connection = original(_real_name(surroundings, database), *args, **kwargs)
        for name, count, function, is_constant in _functions(surroundings):
            connection.create_function(name, count, function, deterministic=is_constant)
        return connection

    return connect


def _real_name(surroundings: Surroundings, database: Any) -> Any:
    if database == ":memory:":
        return database
    named = os.fsdecode(database)
    if not named.startswith("file:"):
        return place(surroundings, named).path
    address, *rest = named.removeprefix("file:").split("?")
    return "?".join(["file:" + place(surroundings, address).path, *rest])


def _functions(surroundings: Surroundings) -> Iterator[tuple[str, int, Callable[..., Any], bool]]:
    """Yield functions with their names, numbers of arguments, and whether indexes may be built upon them."""
    import sqlite3

    newer = (name for name, version in _NEWER_DATES.items() if sqlite3.sqlite_version_info >= version)
    for name in (*_DATES, *newer):
        yield name, 2 if name == "timediff" else -1, functools.partial(_tell_date, surroundings, name), True
    for name, teller in _OF_NOW.items():
        yield name, 0, functools.partial(_tell_date, surroundings, teller), False
    yield "random", 0, lambda: luck_within(surroundings).getrandbits(64) - (1 << 63), False
    yield "randomblob", 1, lambda count: luck_within(surroundings).randbytes(max(1, int(count or 0))), False


def _tell_date(surroundings: Surroundings, function: str, *args: Any) -> Any:
    """Ask SQLite for a date, and let now be now in virtual time."""
    now = datetime.fromtimestamp(surroundings.clock.epoch_ms() / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    first = 1 if function == "strftime" else 0  # a format comes first
    given = args if len(args) > first else (*args, now)
    told = [now if isinstance(each, str) and each.lower() == "now" else each for each in given]
    if isinstance(told[first], str) and told[first].lower() in _NOW_WITH_FRACTION:
        told.insert(first, now)
    marks = ", ".join("?" * len(told))
    return _plain().execute(f"SELECT {function}({marks})", told).fetchone()[0]


@functools.cache
def _plain() -> "sqlite3.Connection":
    """Return a connection whose functions are SQLite's own."""
    import sqlite3

    with strand.outside():
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        atexit.register(connection.close)
    return connection


def swaps() -> list[Swap]:
    """Return the table of wrappers; a function, because sqlite3 is loaded only when a run begins."""
    import sqlite3

    return [Swap(sqlite3, "connect", _connect), Swap(sqlite3.dbapi2, "connect", _connect)]
