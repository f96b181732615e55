"""Event loops of user code: asyncio inside a handler, in the simulation's time."""

import asyncio
import threading
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from eventsim.errors import UntrackedWakeup
from eventsim.handler import strand
from eventsim.handler.event_loop import NestedLoop
from eventsim.handler.strand import StrandKilled

RUNS = 20

Main = Callable[[], Awaitable[Any]]


def _by_runner(main: Main) -> Any:
    with asyncio.Runner() as runner:
        return runner.run(main())  # type: ignore[arg-type]  # a coroutine


def _by_new_loop(main: Main) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


def _by_policy(main: Main) -> Any:
    with warnings.catch_warnings(action="ignore"):  # Python 3.14 warns of policies, which older code has
        loop = asyncio.get_event_loop_policy().new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return asyncio.get_event_loop().run_until_complete(main())
    finally:
        loop.close()
        asyncio.set_event_loop(None)


class Keeper:
    """Keeps one loop from run to run, as the runtime does for `async def` handlers."""

    def __init__(self) -> None:
        self.loop: NestedLoop | None = None

    def run(self, coroutine: Any) -> Any:
        self.loop = self.loop or NestedLoop()
        return self.loop.run_until_complete(coroutine)


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(lambda main: asyncio.run(main()), id="asyncio.run"),
        pytest.param(_by_runner, id="Runner"),
        pytest.param(_by_new_loop, id="new_event_loop"),
        pytest.param(_by_policy, id="policy"),
        pytest.param(anyio.run, id="anyio.run"),
        pytest.param(lambda main: Keeper().run(main()), id="environment"),
    ],
)
def test_every_way_to_run_a_coroutine_shares_the_simulation_s_time(handlers: Any, run: Callable[[Main], Any]) -> None:
    """Handlers that use asyncio sleep side by side with others."""

    async def main() -> float:
        await asyncio.gather(asyncio.sleep(3), asyncio.sleep(2))
        return asyncio.get_running_loop().time()

    assert handlers.run(lambda: run(main), lambda: strand.sleep_us(3_000_000)) == [None, 3.0]
    assert handlers.clock.now_us == 3_000_000


def test_timeouts_and_task_groups_work_inside(handlers: Any) -> None:
    """`asyncio.timeout`, `TaskGroup`, `wait_for` and anyio's own follow the simulation's clock."""

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        times = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.sleep(100)
        times.append(loop.time())
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(3))
        times.append(loop.time())
        with anyio.move_on_after(1):
            await anyio.sleep_forever()
        times.append(loop.time())
        return times

    assert handlers.run(lambda: asyncio.run(main())) == [[2.0, 5.0, 6.0]]
    assert handlers.clock.now_us == 6_000_000


def test_threads_inside_are_threads_of_user_code(handlers: Any) -> None:
    """`to_thread`, anyio's threads and executors wait in virtual time and answer the loop."""

    def work() -> str:
        strand.sleep_us(1_000_000)
        return threading.current_thread().name

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        names = await asyncio.gather(*(asyncio.to_thread(work) for _ in range(2)))
        return *names, await anyio.to_thread.run_sync(work), await loop.run_in_executor(None, len, "four"), loop.time()

    assert handlers.run(lambda: asyncio.run(main())) == [("asyncio_0", "asyncio_1", "AnyIO worker thread", 4, 2.0)]


def test_a_thread_wakes_a_loop_that_waits(handlers: Any) -> None:
    """`call_soon_threadsafe` from another thread of user code ends the wait."""

    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        threading.Timer(4, loop.call_soon_threadsafe, [future.set_result, "woken"]).start()
        return await future, loop.time()

    assert handlers.run(lambda: asyncio.run(main())) == [("woken", 4.0)]


def test_a_loop_of_another_environment_is_refused(handlers: Any) -> None:
    """It may be frozen or gone; a package whose globals all environments share may keep one (fsspec does)."""
    kept: list[asyncio.AbstractEventLoop] = []
    handlers.run(lambda: kept.append(asyncio.new_event_loop()))
    handlers.place = type(handlers.place)()

    with pytest.raises(RuntimeError, match="lives in another environment"):
        handlers.run(lambda: kept[0].call_soon_threadsafe(print))


def test_code_that_blocks_blocks_its_own_loop_only(handlers: Any) -> None:
    """A blocking sleep in a coroutine holds up its tasks, as it does anywhere, but no other handler."""

    async def main() -> float:
        ticking = asyncio.create_task(asyncio.sleep(1))
        strand.sleep_us(5_000_000)
        await ticking
        return asyncio.get_running_loop().time()

    assert handlers.run(lambda: asyncio.run(main()), lambda: strand.sleep_us(1_000_000)) == [None, 6.0]


def test_a_task_that_blocks_is_current_for_nobody_else(handlers: Any) -> None:
    """Or no other task of the thread could run meanwhile, since Python 3.14."""

    async def main() -> tuple[Any, bool]:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        seen = strand.wait(lambda wake: handlers.clock.soon(lambda _: wake(asyncio.current_task(loop)), None))
        return seen, asyncio.current_task() is task

    assert handlers.run(lambda: asyncio.run(main())) == [(None, True)]


def test_an_environment_keeps_its_loop(handlers: Any) -> None:
    """What an `async def` handler leaves behind (a client, a task) goes on at the next invocation."""
    kept: list[Any] = []
    keeper = Keeper()

    async def handler() -> Any:
        if not kept:
            kept.extend([asyncio.get_running_loop(), asyncio.create_task(asyncio.sleep(10, "left behind"))])
            return None
        return asyncio.get_running_loop() is kept[0], await kept[1]

    assert handlers.run(lambda: keeper.run(handler())) == [None]
    assert handlers.run(lambda: keeper.run(handler())) == [(True, "left behind")]


def test_tasks_are_numbered_by_environment(handlers: Any) -> None:
    """Names do not tell what ran elsewhere in the process; `asyncio.run` itself takes two at its end."""

    async def name() -> str:
        return asyncio.current_task().get_name()  # type: ignore[union-attr]  # there is one

    def handler() -> list[str]:
        return [asyncio.run(name()), asyncio.run(name())]

    first = handlers.run(handler)
    handlers.place = type(handlers.place)()

    assert first == handlers.run(handler) == [["Task-1", "Task-4"]]


def test_asynchronous_generators_are_closed_by_their_own_loop(handlers: Any) -> None:
    """The hooks that asyncio sets for a thread are kept apart for each strand."""
    kept: list[Any] = []
    closed: list[float] = []

    async def numbers() -> Any:
        try:
            while True:
                await asyncio.sleep(1)
                yield 1
        finally:
            await asyncio.sleep(1)
            closed.append(asyncio.get_running_loop().time())

    async def main() -> None:
        kept.append(numbers())
        await anext(kept[-1])

    handlers.run(lambda: asyncio.run(main()), lambda: asyncio.run(main()))

    assert closed == [2.0, 2.0]


def test_a_killed_environment_does_not_go_on_awaiting(handlers: Any) -> None:
    """Death comes where the loop waits; tasks are not finished in peace."""

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(60))

    outcomes = handlers.start(lambda: Keeper().run(main()))
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    handlers.loop.run_until(None)

    assert ([type(outcome.error) for outcome in outcomes], handlers.clock.now_us) == ([StrandKilled], 7)


def test_a_nested_loop_lives_in_user_code_only() -> None:
    """Elsewhere it could suspend nobody."""
    with pytest.raises(RuntimeError, match="elsewhere use VirtualLoop"):
        NestedLoop()


def test_a_real_thread_must_not_wake_it(handlers: Any) -> None:
    """A thread that is no strand is a race, here as anywhere."""
    caught: list[BaseException] = []

    def wake(loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.call_soon_threadsafe(print)
        except UntrackedWakeup as error:
            caught.append(error)

    def handler() -> None:
        loop = asyncio.new_event_loop()
        with strand.outside():
            thread = threading.Thread(target=wake, args=(loop,))
            thread.start()
            thread.join()
        loop.close()

    handlers.start(handler)
    with pytest.raises(UntrackedWakeup):
        handlers.run()

    assert len(caught) == 1


def test_sets_of_tasks_and_futures_have_one_order(handlers: Any) -> None:
    """`wait` and `as_completed` of asyncio iterate over sets; the order is that of birth, in each of twenty runs."""

    async def answer(number: int) -> int:
        return number

    async def main() -> list[int]:
        tasks = [asyncio.create_task(answer(number)) for number in range(20)]
        done, _ = await asyncio.wait(tasks)
        first = [task.result() for task in done]
        return first + [await each for each in asyncio.as_completed([answer(number) for number in range(20)])]

    stories = {tuple(handlers.run(lambda: asyncio.run(main()))[0]) for _ in range(RUNS)}

    assert len(stories) == 1


def test_tasks_and_futures_are_called_what_asyncio_calls_them(handlers: Any) -> None:
    """Their names stand in what it logs: `Task exception was never retrieved`."""

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        return [repr(thing).partition(" ")[0] for thing in (asyncio.current_task(), loop.create_future())]

    assert handlers.run(lambda: asyncio.run(main())) == [["<Task", "<Future"]]
