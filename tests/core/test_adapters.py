"""Adapters: libraries that answer from threads hold the clock, in the order of submission."""

import asyncio
import subprocess
import sys
import threading
from typing import Any

import aiosqlite
import anyio
import anyio.to_thread
import pytest

from eventsim.loop import VirtualLoop

RUNS = 20
LATE_IMPORT = """
import asyncio
from eventsim.loop import VirtualLoop

async def main():
    import sys
    assert "aiosqlite" not in sys.modules and "anyio" not in sys.modules
    import aiosqlite, anyio.to_thread
    asyncio.get_running_loop().call_later(1, print, "a second later")
    async with aiosqlite.connect(":memory:") as database:
        rows = await database.execute_fetchall("select 1 + 1")
    print(rows, await anyio.to_thread.run_sync(len, "four"), asyncio.get_running_loop().time())

with asyncio.Runner(loop_factory=VirtualLoop) as runner:
    runner.run(main())
"""


def _run(main: Any, loop_factory: Any = VirtualLoop) -> Any:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main())


async def _ask_the_database() -> list[Any]:
    """Use aiosqlite as its documentation does, with a timer that must not come first."""
    told: list[Any] = []
    asyncio.get_running_loop().call_later(0.000_001, told.append, "timer")
    async with aiosqlite.connect(":memory:") as database:
        await database.execute("create table numbers (number integer)")
        await database.executemany("insert into numbers values (?)", [(number,) for number in range(3)])
        await database.commit()
        async with database.execute("select number from numbers") as cursor:
            told.extend([row[0] async for row in cursor])
        with pytest.raises(aiosqlite.OperationalError):
            await database.execute("no sql")
    return told


def test_aiosqlite_takes_no_virtual_time() -> None:
    """Every answer comes at the instant of the question; the clock is held until then."""
    assert _run(_ask_the_database) == [0, 1, 2]


def test_anyio_s_threads_take_no_virtual_time() -> None:
    """Workers are used again, errors are carried over, and no timer comes first."""

    async def main() -> tuple[Any, ...]:
        told: list[str] = []
        asyncio.get_running_loop().call_later(0.000_001, told.append, "timer")
        lengths = [await anyio.to_thread.run_sync(len, "x" * number) for number in range(3)]
        with pytest.raises(ValueError, match="invalid literal"):
            await anyio.to_thread.run_sync(int, "one")
        return lengths, told, anyio.current_time()

    assert _run(main) == ([0, 1, 2], [], 0.0)


def test_a_thread_that_nobody_waits_for_any_more_still_answers() -> None:
    """A cancelled wait leaves its ticket; the loop takes the answer and goes on."""
    gate = threading.Event()

    async def main() -> float:
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, scope.cancel)
            await anyio.to_thread.run_sync(gate.wait, abandon_on_cancel=True)
        gate.set()
        await anyio.sleep(1)
        return anyio.current_time()

    assert _run(main) == 1.0


def test_on_any_other_loop_nothing_changes() -> None:
    """The same code on asyncio's own loop works as ever."""

    async def main() -> Any:
        async with aiosqlite.connect(":memory:") as database:
            rows = await database.execute_fetchall("select 1")
        return rows, await anyio.to_thread.run_sync(len, "four")

    _run(_ask_the_database)

    assert _run(main, asyncio.SelectorEventLoop) == ([(1,)], 4)


def test_answers_come_in_the_order_of_questions_however_fast_the_threads_are() -> None:
    """Twenty runs with six databases and threads beside them tell one story."""

    async def tell() -> tuple[Any, ...]:
        told: list[Any] = []

        async def database(number: int) -> None:
            async with aiosqlite.connect(":memory:") as connection:
                told.extend([(number, await connection.execute_fetchall("select ?", (step,))) for step in range(3)])

        async def thread(number: int) -> None:
            told.append((number, await anyio.to_thread.run_sync(sum, range(20_000 * (7 - number)))))

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(database, number)
                group.start_soon(thread, number)
        return tuple(map(str, told))

    assert len({_run(tell) for _ in range(RUNS)}) == 1


def test_libraries_imported_during_a_run_are_adapted_as_they_load() -> None:
    """Nobody pays for a library that is not used, and a late import is not too late."""
    answer = subprocess.run([sys.executable, "-c", LATE_IMPORT], capture_output=True, text=True, check=False)

    assert (answer.stdout, answer.stderr) == ("[(2,)] 4 0.0\n", "")


def test_a_handler_may_use_both(handlers: Any) -> None:
    """In user code their threads are strands and their queues hold nothing."""
    assert handlers.run(lambda: asyncio.run(_ask_the_database())) == [[0, 1, 2]]
    assert handlers.run(lambda: anyio.run(anyio.to_thread.run_sync, len, "four")) == [4]


def test_cancelled_scopes_end_in_one_order() -> None:
    """anyio keeps a scope's children in a set, and cancels them in the set's order; that is of birth, in each run."""
    orders = {tuple(_run(_cancel_many)) for _ in range(RUNS)}

    assert len(orders) == 1


async def _cancel_many() -> list[int]:
    ended: list[int] = []

    async def wait_in_a_scope(number: int) -> None:
        with anyio.CancelScope():
            try:
                await anyio.sleep_forever()
            finally:
                ended.append(number)

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(wait_in_a_scope, number)
        await anyio.sleep(1)
        group.cancel_scope.cancel()
    return ended
