"""Threads of user code: the standard library's, upon strands."""

import _thread
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from typing import Any

import pytest

from eventsim.handler import strand
from eventsim.handler.interpose import Interposition
from eventsim.handler.threads import swaps

MADE_BEFORE_THE_RUN = threading.local()
THREAD_MADE_BEFORE_THE_RUN = threading.Thread(target=lambda: strand.sleep_us(2_000_000))
RUNS = 50


def _sleep(seconds: float) -> None:
    strand.sleep_us(round(seconds * 1_000_000))


# --- threads -----------------------------------------------------------------------------------------------


def test_a_thread_runs_beside_its_starter(handlers: Any) -> None:
    """It is alive until its function ends, and `join` waits for that in virtual time."""

    def handler() -> Any:
        thread = threading.Thread(target=_sleep, args=(5,))
        before = thread.is_alive()
        thread.start()
        thread.join(1)
        during = thread.is_alive()
        thread.join()
        return before, during, thread.is_alive(), handlers.clock.now_us

    assert handlers.run(handler) == [(False, True, False, 5_000_000)]


def test_threads_have_names_and_identities_of_their_own(handlers: Any) -> None:
    """Names are counted by environment from 1, whatever ran before; the handler is in the main thread."""

    def handler() -> Any:
        told: list[Any] = []

        def tell() -> None:
            told.append((threading.current_thread().name, threading.get_ident() == threading.current_thread().ident))

        threads = [threading.Thread(target=tell), threading.Thread(target=tell, name="mine", daemon=True)]
        for thread in threads:
            thread.start()
            thread.join()
        tell()
        return told, len({threading.get_ident(), *(thread.ident for thread in threads)})

    named = [("Thread-1 (tell)", True), ("mine", True), ("MainThread", True)]
    assert handlers.run(handler, handler)[0] == (named, 3)


def test_code_counts_its_own_threads_only(handlers: Any) -> None:
    """The machine's other threads (a guard, a test runner's) would make a run depend on where it runs."""
    names: list[list[str]] = []

    def handler() -> None:
        thread = threading.Thread(target=_sleep, args=(1,), name="mine")
        thread.start()
        names.append([each.name for each in threading.enumerate()])
        thread.join()
        names.append(["one"] * threading.active_count())

    with ThreadPoolExecutor(1) as somebody_elses:
        somebody_elses.submit(int)
        handlers.run(handler)

    assert names == [["MainThread", "mine"], ["one"]]


def test_a_thread_made_before_the_run_can_be_started_in_it(handlers: Any) -> None:
    """What it was built upon is replaced as it starts."""

    def handler() -> int:
        THREAD_MADE_BEFORE_THE_RUN.start()
        THREAD_MADE_BEFORE_THE_RUN.join()
        return int(handlers.clock.now_us)

    assert handlers.run(handler) == [2_000_000]


def test_an_error_in_a_thread_is_shown_and_goes_nowhere_else(handlers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The starter does not notice; standard error does. The hooks of whoever runs the simulation are not asked."""

    def handler() -> str:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        return "fine"

    assert handlers.run(handler) == ["fine"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def _sleep_beside_a_thread() -> None:
    threading.Thread(target=_sleep, args=(60,)).start()
    _sleep(60)


def _wait_for_a_thread() -> None:
    thread = threading.Thread(target=_sleep, args=(60,))
    thread.start()
    thread.join()


@pytest.mark.parametrize("handler", [_sleep_beside_a_thread, _wait_for_a_thread])
def test_a_killed_thread_dies_in_silence(
    handlers: Any, capsys: pytest.CaptureFixture[str], handler: Callable[[], None]
) -> None:
    """The end of an environment is no error of its threads, and leaves nothing behind in `threading`.

    It takes the oldest thread first, also while that waits in `join` for a younger one.
    """
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    outcomes = handlers.start(handler)
    with Interposition(swaps()):
        handlers.loop.run_until(None)

    assert len(outcomes) == 1
    assert capsys.readouterr().err == ""
    assert threading.enumerate() == [threading.current_thread()]


def test_a_raw_thread_is_a_strand_too(handlers: Any) -> None:
    """`_thread.start_new_thread` knows no `Thread`; the thread gets a stand-in when it asks who it is."""
    names: list[str] = []

    def handler() -> None:
        _thread.start_new_thread(lambda: names.append(threading.current_thread().name), ())
        _sleep(1)

    handlers.run(handler)

    assert names == ["Dummy-1"]


def test_timers_go_off_in_virtual_time(handlers: Any) -> None:
    """`threading.Timer` waits on an event, which waits in virtual time."""

    def handler() -> Any:
        rung = threading.Event()
        threading.Timer(30, rung.set).start()
        return rung.wait(10), rung.wait(), handlers.clock.now_us

    assert handlers.run(handler) == [(False, True, 30_000_000)]


# --- thread-local data ---------------------------------------------------------------------------------------


def test_thread_local_data_is_one_thread_s_own(handlers: Any) -> None:
    """Another thread finds nothing there, or what `__init__` puts there for each thread."""

    class Numbered(threading.local):
        def __init__(self, number: int) -> None:
            self.number = number

    def handler() -> Any:
        plain, numbered = threading.local(), Numbered(7)
        plain.value, numbered.number = "mine", 8
        with ThreadPoolExecutor(1) as pool:
            theirs = pool.submit(lambda: (hasattr(plain, "value"), numbered.number)).result()
        return theirs, plain.value, numbered.number

    class Late:
        """The class above was made outside of strands; this one is made inside."""

        def __call__(self) -> Any:
            class Inside(threading.local):
                value = "class"

            local = Inside()
            local.value = "mine"
            with ThreadPoolExecutor(1) as pool:
                theirs = pool.submit(lambda: local.value).result()
            del local.value
            return theirs, local.value

    assert handlers.run(handler)[0][1:] == ("mine", 8)
    assert handlers.run(Late()) == [("class", "class")]


def test_the_main_thread_s_data_outlives_an_invocation(handlers: Any) -> None:
    """An environment has one main thread; another environment has another."""
    locals_made: list[Any] = []

    def first() -> None:
        locals_made.append(threading.local())
        locals_made[0].connection = "open"

    def second() -> Any:
        return getattr(locals_made[0], "connection", None)

    handlers.run(first)

    assert handlers.run(second) == ["open"]
    handlers.place = type(handlers.place)()
    assert handlers.run(second) == [None]


# --- queues and pools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "SimpleQueue"])
def test_a_queue_hands_over_between_threads(handlers: Any, kind: str) -> None:
    """`get` waits in virtual time for what another thread puts, and no longer than it may."""

    def handler() -> Any:
        items = getattr(queue, kind)()
        threading.Timer(3, items.put, ["item"]).start()
        got = items.get(timeout=10), handlers.clock.now_us
        with pytest.raises(queue.Empty):
            items.get(timeout=4)
        return got, handlers.clock.now_us

    assert handlers.run(handler) == [(("item", 3_000_000), 7_000_000)]


def test_a_full_queue_makes_its_producer_wait(handlers: Any) -> None:
    """`put` waits for room."""

    def handler() -> int:
        items: queue.Queue[int] = queue.Queue(1)

        def consume() -> None:
            for _ in range(3):
                _sleep(1)
                items.get()
                items.task_done()

        threading.Thread(target=consume).start()
        for number in range(3):
            items.put(number)
        items.join()
        return int(handlers.clock.now_us)

    assert handlers.run(handler) == [3_000_000]


def test_a_pool_works_with_as_many_threads_as_it_has(handlers: Any) -> None:
    """Seven tasks of a second on three threads take three seconds; results come in the order of `map`."""

    def work(number: int) -> int:
        _sleep(1)
        return number

    def handler() -> Any:
        with ThreadPoolExecutor(3) as pool:
            return list(pool.map(work, range(7))), handlers.clock.now_us

    assert handlers.run(handler) == [(list(range(7)), 3_000_000)]


def test_futures_are_completed_in_the_order_of_virtual_time(handlers: Any) -> None:
    """`as_completed`, `wait` and timeouts of results see virtual time."""

    def handler() -> Any:
        with ThreadPoolExecutor() as pool:
            slow, fast = pool.submit(_sleep, 2), pool.submit(_sleep, 1)
            order = [future is fast for future in as_completed([slow, fast], timeout=60)]
            never = pool.submit(_sleep, 100)
            done, not_done = wait([never, fast], timeout=5)
            with pytest.raises(TimeoutError):
                never.result(timeout=3)
            return order, len(done), len(not_done), handlers.clock.now_us

    assert handlers.run(handler) == [([True, False], 1, 1, 10_000_000)]


def test_a_pool_at_module_level_lives_on_between_invocations(handlers: Any) -> None:
    """Its idle threads wait in the frost and are named as in a process of their own."""
    pools: list[ThreadPoolExecutor] = []

    def handler() -> str:
        if not pools:
            pools.append(ThreadPoolExecutor(1))
        return pools[0].submit(lambda: threading.current_thread().name).result()

    first = handlers.run(handler)
    handlers.strands.freeze(handlers.place)
    handlers.strands.thaw(handlers.place)

    assert [*first, *handlers.run(handler)] == ["ThreadPoolExecutor-0_0"] * 2


def test_two_handlers_may_start_pools_at_the_same_time(handlers: Any) -> None:
    """The lock that all pools of a process share does not block one strand for another."""

    def handler() -> int:
        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(len, ["one", "two", "three"]))

    assert handlers.run(*[handler] * 10) == [11] * 10


# --- what is not theirs --------------------------------------------------------------------------------------


def test_outside_strands_threads_are_real() -> None:
    """While a run lasts, everybody else's threads, locks and data are what they were."""
    with Interposition(swaps()):
        thread = threading.Thread(target=lambda: setattr(MADE_BEFORE_THE_RUN, "value", 1))
        thread.start()
        thread.join()
        lock = threading.Lock()

    assert not hasattr(MADE_BEFORE_THE_RUN, "value")
    assert type(lock) is type(_thread.allocate_lock())


# --- one order -----------------------------------------------------------------------------------------------


def _contest(handlers: Any) -> list[Any]:
    """Let a pool's threads contend for locks, sleep, and hand things over; return what happened."""
    happened: list[Any] = []

    def handler() -> None:
        lock, results = threading.RLock(), queue.Queue[int]()
        slots = threading.BoundedSemaphore(2)

        def work(number: int) -> None:
            with slots:
                _sleep(0.01 * (number % 3))
                with lock:
                    _sleep(0.005)
                    happened.append((number, threading.current_thread().name, handlers.clock.now_us))
            results.put(number)

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work, number) for number in range(12)]
            happened.extend(results.get() for _ in futures)
            happened.extend(futures.index(future) for future in as_completed(futures))

    handlers.run(handler, handler)
    return happened


def test_threads_take_turns_in_one_order(handlers: Any) -> None:
    """Fifty runs of a handler with a pool, locks and sleeps tell the same story."""
    stories = set()
    for _ in range(RUNS):
        world = type(handlers)()
        stories.add(repr(_contest(world)))
        world.strands.close()
        world.loop.close()

    assert len(stories) == 1


def test_threads_stand_in_sets_by_birth(handlers: Any) -> None:
    """A pool keeps its threads in a set, and waits for them in that order; addresses would be another in each run."""

    def handler() -> list[int]:
        threads = [threading.Thread() for _ in range(64)]
        return [threads.index(thread) for thread in set(threads)]

    assert handlers.run(handler) == [list(range(64))]
