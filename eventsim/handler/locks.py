"""What do user code's locks and queues look like when its threads are strands? Lines of wakes, first come first served.

They follow the documentation of `threading.Lock`, `threading.RLock` and `queue.SimpleQueue`. Whoever stands outside
all strands may use them as long as they are free; the simulator itself can never wait for user code.
"""

from collections import deque
from collections.abc import Callable
from queue import Empty
from threading import TIMEOUT_MAX, get_ident
from types import TracebackType
from typing import Any

from eventsim.handler.strand import Strand, Wake, current
from eventsim.quantity import wait_us

_real_ident = get_ident


class Line:
    """Strands that wait for the same thing, in the order in which they came."""

    __slots__ = ("_wakes",)

    def __init__(self) -> None:
        self._wakes: deque[Wake] = deque()

    def wait(self, until_us: int | None, give_back: Callable[[], object]) -> bool:
        """Wait to be called; False if the time is over first.

        Args:
            until_us: when it is, None for never.
            give_back: undoes the call if the strand is killed between the call and its waking up.
        """
        strand = current()
        if strand is None:
            raise RuntimeError("a lock or queue of simulated user code is busy; only its own threads can wait for it")
        wake = Wake(strand)
        self._wakes.append(wake)
        try:
            was_called = bool(wake.wait(until_us))
        except BaseException:
            if wake in self._wakes:
                self._wakes.remove(wake)
            else:
                give_back()
            raise
        if not was_called:
            self._wakes.remove(wake)
        return was_called

    def call(self) -> Strand | None:
        """Wake the first in line and return it, None if nobody waits."""
        for wake in self._wakes:
            if not wake.is_done:
                self._wakes.remove(wake)
                wake(True)
                return wake.strand
        return None


def end_of_wait(timeout_s: float) -> int | None:
    """Return when a wait that begins now is over, None if it never is: after a negative time."""
    strand = current()
    return None if strand is None or timeout_s < 0 else strand.strands.clock.now_us + wait_us(timeout_s)


def _checked(blocking: bool, timeout: float) -> float:
    """Return how long to wait in seconds, negative for ever, after the checks that the real locks make."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
    return timeout


class Lock:
    """`threading.Lock` among strands."""

    __slots__ = ("__weakref__", "_is_held", "_line")

    def __init__(self) -> None:
        self._is_held = False
        self._line = Line()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; False if it was not to be had in time."""
        timeout_s = _checked(blocking, timeout)
        if not self._is_held:
            self._is_held = True
            return True
        return timeout_s != 0 and self._line.wait(end_of_wait(timeout_s), self.release)

    def release(self) -> None:
        """Give the lock to the first in line, or to nobody."""
        if not self._is_held:
            raise RuntimeError("release unlocked lock")
        self._is_held = self._line.call() is not None

    def locked(self) -> bool:
        """Tell whether somebody has the lock."""
        return self._is_held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self.__init__()  # type: ignore[misc]  # what the real one does in a forked child

    acquire_lock, release_lock, locked_lock = acquire, release, locked


class RLock:
    """`threading.RLock` among strands; the underscored methods are what `threading.Condition` asks of it."""

    __slots__ = ("__weakref__", "_count", "_line", "_owner")

    def __init__(self) -> None:
        self._owner: Strand | int | None = None
        self._count = 0
        self._line = Line()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, once more if it is one's own; False if it was not to be had in time."""
        timeout_s = _checked(blocking, timeout)
        me = _me()
        if self._owner is None or self._owner == me:
            self._owner = me
            self._count += 1
            return True
        return timeout_s != 0 and self._line.wait(end_of_wait(timeout_s), self.release)

    def release(self) -> None:
        """Give back one hold; the last one passes the lock on."""
        if self._owner != _me():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._pass_on()

    def _pass_on(self) -> None:
        self._owner = self._line.call()
        self._count = 0 if self._owner is None else 1

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Tell whether somebody has the lock."""
        return self._owner is not None

    def _is_owned(self) -> bool:
        return self._owner == _me()

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> int:
        count, self._count = self._count, 0
        self._pass_on()
        return count

    def _acquire_restore(self, count: int) -> None:
        self.acquire()
        self._count = count

    def _at_fork_reinit(self) -> None:
        self.__init__()  # type: ignore[misc]  # what the real one does in a forked child


def _me() -> Strand | int:
    """Return who asks: a strand, or the thread outside all strands."""
    strand = current()
    return _real_ident() if strand is None else strand


class TwinLock:
    """A lock of a shared module: the real one for real threads, another one among strands.

    A strand may wait while it holds it, and the real lock would then block the whole process.
    """

    def __init__(self, real: Any) -> None:
        self._real = real
        self._green = Lock()

    def _one(self) -> Any:
        return self._real if current() is None else self._green

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock among one's own kind."""
        return bool(self._one().acquire(blocking, timeout))

    def release(self) -> None:
        """Give it back."""
        self._one().release()

    def forget_strands(self) -> None:
        """Be free among strands, of which but one has come along into a forked process."""
        self._green = Lock()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


class SimpleQueue:
    """`queue.SimpleQueue` among strands."""

    __slots__ = ("__weakref__", "_items", "_line")

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._line = Line()

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002 - it never blocks
        """Add an item; there is always room."""
        self._items.append(item)
        self._line.call()

    def put_nowait(self, item: object) -> None:
        """Add an item."""
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the oldest item.

        Raises:
            queue.Empty: there was none in time.
        """
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        until_us = end_of_wait(-1 if timeout is None else timeout)
        while not self._items:
            if not block or not self._line.wait(until_us, self._line.call):
                raise Empty
        return self._items.popleft()

    def get_nowait(self) -> Any:
        """Take the oldest item, or raise `queue.Empty` at once."""
        return self.get(block=False)

    def empty(self) -> bool:
        """Tell whether there is nothing in it."""
        return not self._items

    def qsize(self) -> int:
        """Return how many items are in it."""
        return len(self._items)
