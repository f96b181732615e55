"""Locks among strands: the documented behaviour of the real ones, in virtual time."""

import queue
import threading
from typing import Any

import pytest

from eventsim.handler import strand
from eventsim.handler.locks import Lock, RLock, SimpleQueue, TwinLock


def _sleep(seconds: float) -> None:
    strand.sleep_us(round(seconds * 1_000_000))


@pytest.mark.parametrize("kind", [Lock, RLock])
def test_a_lock_is_handed_on_first_come_first_served(handlers: Any, kind: type[Lock | RLock]) -> None:
    """Whoever waits longest gets it next."""
    lock, order = kind(), []

    def handler(number: int) -> None:
        with lock:
            order.append(number)
            _sleep(1)

    handlers.run(*(lambda number=number: handler(number) for number in range(5)))

    assert (order, handlers.clock.now_us) == ([0, 1, 2, 3, 4], 5_000_000)


@pytest.mark.parametrize("kind", [Lock, RLock])
def test_who_may_not_wait_so_long_goes_without(handlers: Any, kind: type[Lock | RLock]) -> None:
    """`blocking=False` and timeouts answer False and leave the line in order."""
    lock = kind()

    def owner() -> None:
        with lock:
            _sleep(10)

    def other() -> Any:
        return lock.acquire(blocking=False), lock.acquire(timeout=3), handlers.clock.now_us, lock.acquire()

    assert handlers.run(owner, other)[1] == (False, False, 3_000_000, True)


def test_whoever_waits_for_the_rest_of_a_span_gets_to_its_end(handlers: Any) -> None:
    """The last nanoseconds, as `queue.Queue` counts them, take time: a wait of none would be repeated for ever."""

    def handler() -> Any:
        lock = Lock()
        lock.acquire()
        lock.acquire(timeout=1e-9)
        return handlers.clock.now_us

    assert handlers.run(handler) == [1]


@pytest.mark.parametrize(
    ("blocking", "timeout", "error"),
    [
        pytest.param(False, 1, ValueError, id="timeout without blocking"),
        pytest.param(True, -2, ValueError, id="negative timeout"),
        pytest.param(True, 1e12, OverflowError, id="timeout for ever and a day"),
    ],
)
def test_impossible_waits_are_refused(blocking: bool, timeout: float, error: type[Exception]) -> None:
    """The same checks as the real locks make."""
    for lock in (Lock(), RLock()):
        with pytest.raises(error):
            lock.acquire(blocking, timeout)


def test_a_lock_is_released_only_while_it_is_held() -> None:
    """Releasing a free lock is an error, as is releasing another one's."""
    for lock in (Lock(), RLock()):
        with pytest.raises(RuntimeError):
            lock.release()


def test_an_rlock_is_its_owner_s_as_often_as_it_likes(handlers: Any) -> None:
    """It is free again when it was released as often as it was taken."""
    lock = RLock()

    def owner() -> None:
        with lock, lock:
            _sleep(1)
        _sleep(1)

    def other() -> int:
        with lock:
            return int(handlers.clock.now_us)

    assert handlers.run(owner, other)[0] == 1_000_000


def test_a_condition_gives_its_rlock_back_whole(handlers: Any) -> None:
    """`Condition.wait` releases every hold and takes them all again."""

    def handler() -> Any:
        condition = threading.Condition()

        def notify() -> None:
            with condition:
                condition.notify()

        threading.Timer(2, notify).start()
        with condition, condition:
            woken = condition.wait(10)
        return woken, condition.acquire(blocking=False), handlers.clock.now_us

    assert handlers.run(handler) == [(True, True, 2_000_000)]


def test_barriers_and_semaphores_stand_on_these_locks(handlers: Any) -> None:
    """Three meet at a barrier when the last one comes; a semaphore lets two in at a time."""

    def handler() -> Any:
        barrier, semaphore = threading.Barrier(3), threading.Semaphore(2)
        times: list[int] = []

        def meet(delay_s: int) -> None:
            _sleep(delay_s)
            barrier.wait()
            with semaphore:
                _sleep(10)
                times.append(handlers.clock.now_us)

        threads = [threading.Thread(target=meet, args=(delay_s,)) for delay_s in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times

    assert handlers.run(handler) == [[13_000_000, 13_000_000, 23_000_000]]


def test_a_killed_strand_keeps_no_lock(handlers: Any) -> None:
    """Locks that it held, or was given as it died, go to the next."""
    lock, elsewhere = Lock(), type(handlers.place)()
    got: list[int] = []

    def owner() -> None:
        with lock:
            _sleep(1)

    def other() -> None:
        with lock:
            got.append(handlers.clock.now_us)

    handlers.start(owner, owner)
    handlers.loop.soon(lambda _: handlers.strands.start(elsewhere, other, lambda _: None), None)
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    handlers.loop.run_until(None)

    assert (got, lock.locked()) == ([7], False)


def test_outside_strands_a_free_lock_can_be_had_and_a_busy_one_says_why_not(handlers: Any) -> None:
    """The simulator cannot wait for user code: it would wait for itself."""
    lock = Lock()
    with lock:
        pass

    def owner() -> None:
        with lock:
            _sleep(60)

    handlers.start(owner)
    handlers.loop.run_until(1)

    with pytest.raises(RuntimeError, match="only its own threads can wait for it"):
        lock.acquire()


def test_a_twin_lock_keeps_strands_and_real_threads_apart(handlers: Any) -> None:
    """A strand that waits with the lock in its hands does not block the process."""
    lock = TwinLock(threading.Lock())

    def owner() -> None:
        with lock:
            _sleep(60)

    handlers.start(owner)
    handlers.loop.run_until(1)

    assert lock.acquire(blocking=False)
    lock.release()


def test_a_simple_queue_is_first_in_first_out(handlers: Any) -> None:
    """Items and those who wait for them are served in order."""
    items, got = SimpleQueue(), []

    def consumer(name: str) -> None:
        got.append((name, items.get()))

    def producer() -> None:
        for number in range(2):
            items.put(number)

    handlers.run(lambda: consumer("a"), lambda: consumer("b"), producer)

    assert (got, items.empty(), items.qsize()) == ([("a", 0), ("b", 1)], True, 0)


def test_an_item_that_somebody_else_takes_does_not_make_one_wait_anew(handlers: Any) -> None:
    """A time limit counts from when one came, however often one is called in vain."""
    items, over = SimpleQueue(), []

    def consumer() -> None:
        with pytest.raises(queue.Empty):
            items.get(timeout=3)
        over.append(handlers.clock.now_us)

    def thief() -> None:
        _sleep(2)
        items.put("bait")
        items.get_nowait()

    handlers.run(consumer, thief)

    assert over == [3_000_000]
