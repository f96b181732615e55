"""What are user code's threads? Strands too: one runs at a time, and they take turns where they wait.

The classes of `threading`, `queue` and `concurrent.futures` stay as they are; what they are built upon (starting a
thread, the plain locks, thread identity, the clock of their timeouts) is replaced for code that runs in a strand.
A strand that its environment started is the main thread of user code; the others are threads it has started.
"""

import _thread
import concurrent.futures.thread
import functools
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self
from weakref import WeakKeyDictionary

from eventsim.handler.choice import choose
from eventsim.handler.interpose import Swap
from eventsim.handler.locks import Line, Lock, RLock, SimpleQueue, TwinLock, end_of_wait
from eventsim.handler.strand import Raised, Returned, Strand, StrandKilled, current

_US_PER_S = 1_000_000

_Start = Callable[..., int]


# --- starting ----------------------------------------------------------------------------------------------


def _start_new_thread(original: _Start) -> _Start:
    @functools.wraps(original)
    def start_new_thread(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any] = {}) -> int:
        strand = current()
        if strand is None:
            return original(function, args, kwargs)
        return _spawn(strand, function, args, kwargs, None)

    return start_new_thread


def _start_joinable_thread(original: _Start) -> _Start:
    """Wrap what `threading.Thread.start` calls since 3.13."""

    @functools.wraps(original)
    def start_joinable_thread(function: Callable[..., Any], handle: Any = None, daemon: bool = True) -> int:
        strand = current()
        if strand is None:
            return original(function, handle=handle, daemon=daemon)
        thread = getattr(function, "__self__", None)
        if not isinstance(handle, Handle):  # the thread object was made outside of strands
            real, handle = handle, Handle()
            if isinstance(thread, threading.Thread):
                _exchange(vars(thread), real, handle)
        return _spawn(strand, function, (), {}, handle)

    return start_joinable_thread


def _exchange(attributes: dict[str, Any], old: object, new: object) -> None:
    """Let an attribute be another object; how `threading` calls it differs from Python to Python."""
    attributes.update({name: new for name, value in attributes.items() if value is old})


def _spawn(
    strand: Strand,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    handle: "Handle | None",
) -> int:
    """Start a strand beside the current one; return its thread identity."""
    thread = getattr(function, "__self__", None)
    if isinstance(thread, threading.Thread) and not isinstance(thread._started._cond._lock, Lock):  # type: ignore[attr-defined]  # private
        thread._started = threading.Event()  # type: ignore[attr-defined]  # the thread object was made outside of strands

    def run() -> None:
        try:
            function(*args, **kwargs)
        except (SystemExit, StrandKilled):
            pass  # the end of a thread like any other
        except BaseException as error:  # noqa: BLE001 - as for a thread: shown, and nobody else is told
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))

    def done(_: Returned[None] | Raised) -> None:
        threading._active.pop(new.ident, None)  # type: ignore[attr-defined]  # left there if its strand was killed
        threading._limbo.pop(thread, None)  # type: ignore[attr-defined]  # same
        if new.sentinel is not None and new.sentinel.locked():  # whoever was killed in `join` let it go already
            new.sentinel.release()
        if handle is not None:
            handle.finish()

    new = strand.strands.spawn(strand.surroundings, run, done)
    if handle is not None:
        handle.ident = new.ident
    return new.ident


class Handle:
    """What `threading.Thread` keeps of its thread since 3.13."""

    def __init__(self) -> None:
        self.ident = 0
        self._is_done = False
        self._line = Line()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended."""
        if not self._is_done and timeout != 0:
            self._line.wait(end_of_wait(-1 if timeout is None else timeout), lambda: None)

    def is_done(self) -> bool:
        """Tell whether it has."""
        return self._is_done

    def finish(self) -> None:
        """Let everybody know that it has."""
        self._is_done = True
        while self._line.call():
            pass

    def forget(self) -> None:
        """Take the thread for ended, and whoever waits for that for gone."""
        self._is_done = True
        self._line = Line()

    _set_done = finish


def _set_sentinel(original: Callable[[], Any]) -> Callable[[], Any]:
    """Wrap what makes the lock that the end of a thread releases (until 3.12)."""

    @functools.wraps(original)
    def set_sentinel() -> Any:
        strand = current()
        if strand is None:
            return original()
        lock = strand.sentinel = Lock()
        return lock

    return set_sentinel


_write_error = threading.__excepthook__  # under its name, it may be the wrapper of itself


def _excepthook(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap what tells of an error in a thread: user code's is not for the hooks of whoever runs the simulation."""

    @functools.wraps(original)
    def excepthook(args: Any) -> Any:
        if args.exc_type is StrandKilled:
            return None
        return original(args) if current() is None else _write_error(args)

    return excepthook


# --- forking -----------------------------------------------------------------------------------------------


def forget_others(strand: Strand) -> None:
    """Take the threads of all strands but one for ended: they have not come along into a forked process.

    `threading` does so itself where it knows them; since 3.13 it leaves it to what it keeps of its threads.
    """
    for thread in list(threading._dangling):  # type: ignore[attr-defined]  # private
        handle = vars(thread).get("_handle")
        if isinstance(handle, Handle) and handle.ident != strand.ident:
            handle.forget()
    lock = vars(concurrent.futures.thread)["_global_shutdown_lock"]
    if isinstance(lock, TwinLock):
        lock.forget_strands()


def _shutdown(original: Callable[[], None]) -> Callable[[], None]:
    """Wrap what waits for all threads at the end of a forked process; Python knows its own only."""

    @functools.wraps(original)
    def shutdown() -> None:
        original()
        strand = current()
        while strand is not None:
            others = {each.ident for each in strand.crew.strands if each is not strand}
            threads = (threading._active.get(ident) for ident in others)  # type: ignore[attr-defined]  # private
            left = next((thread for thread in threads if thread is not None and not thread.daemon), None)
            if left is None:
                return
            left.join()

    return shutdown


# --- identity ----------------------------------------------------------------------------------------------


def _get_ident(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def get_ident() -> int:
        strand = current()
        if strand is None:
            return original()
        return strand.ident or threading.main_thread().ident or 0

    return get_ident


def _get_native_id(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def get_native_id() -> int:
        strand = current()
        if strand is None:
            return original()
        return strand.ident or os.getpid()

    return get_native_id


def _thread_number(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def number() -> int:
        strand = current()
        return original() if strand is None else next(strand.crew.thread_numbers)

    return number


def _pool_number(original: Callable[[], int]) -> Any:
    @functools.wraps(original)
    def number() -> int:
        strand = current()
        return original() if strand is None else next(strand.crew.pool_numbers)

    return staticmethod(number)


def _hash_by_birth(original: Callable[[Any], int]) -> Callable[[Any], int]:
    """Wrap the hash of futures and threads: `as_completed`, `wait` and pools go through sets of them, which would be
    in the order of their addresses.
    """

    def hash_by_birth(born: Any) -> int:
        known = vars(born).get("_eventsim_hash")
        if known is None:
            strand = current()
            known = original(born) if strand is None else next(strand.strands.ordinals)
            born._eventsim_hash = known
        return int(known)

    return hash_by_birth


def _monotonic(original: Callable[[], float]) -> Callable[[], float]:
    """Wrap the clock by which `threading` and `queue` count down their timeouts, and those two only."""

    def monotonic() -> float:
        strand = current()
        return original() if strand is None else strand.strands.clock.now_us / _US_PER_S

    return monotonic


def _enumerate(original: Callable[[], list[threading.Thread]]) -> Callable[[], list[threading.Thread]]:
    """List the environment's threads: the process has others, of the simulator's, of a test runner's."""

    @functools.wraps(original)
    def enumerate_threads() -> list[threading.Thread]:
        strand = current()
        if strand is None:
            return original()
        idents = {each.ident for each in strand.crew.strands if each.ident}
        return [threading.main_thread(), *(thread for thread in original() if thread.ident in idents)]

    return enumerate_threads


def _active_count(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def active_count() -> int:
        return original() if current() is None else len(threading.enumerate())

    return active_count


# --- thread-local data -------------------------------------------------------------------------------------


class _Outside(threading.local):
    """Thread-local data of whoever is in no strand."""

    def __init__(self) -> None:
        self.data: MutableMapping[Any, dict[str, Any]] = WeakKeyDictionary()


_outside = _Outside()


class _Key:
    """Stands for one `Local` in the data of each thread, and goes with it."""

    __slots__ = ("__weakref__", "arguments")

    def __init__(self, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        self.arguments = arguments


class Local:
    """`threading.local` among strands: each thread of user code has attributes of its own."""

    __slots__ = ("__dict__", "__weakref__", "_local__key")

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        key = _Key((args, kwargs))
        object.__setattr__(self, "_local__key", key)
        _thread_data()[key] = {}
        return self

    def __getattribute__(self, name: str) -> Any:
        _enter_thread(self)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _enter_thread(self, name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _enter_thread(self, name)
        object.__delattr__(self, name)


def _thread_data() -> MutableMapping[Any, dict[str, Any]]:
    strand = current()
    return _outside.data if strand is None else strand.locals


def _enter_thread(local: Local, name: str = "") -> None:
    """Give the object the attributes that it has in this thread; its `__init__` runs once in each."""
    if name == "__dict__":
        raise AttributeError(f"{type(local).__name__!r} object attribute '__dict__' is read-only")
    key: _Key = object.__getattribute__(local, "_local__key")
    data = _thread_data()
    attributes = data.get(key)
    is_new = attributes is None
    if attributes is None:
        attributes = data[key] = {}
    object.__setattr__(local, "__dict__", attributes)
    if is_new:
        args, kwargs = key.arguments
        type(local).__init__(local, *args, **kwargs)


# --- the table ---------------------------------------------------------------------------------------------


def swaps() -> Iterator[Swap]:
    """Yield what must be wrapped for user code's threads to be strands."""
    for owner, name in ((_thread, "allocate_lock"), (_thread, "allocate"), (threading, "_allocate_lock")):
        yield Swap(owner, name, choose(Lock))
    yield Swap(threading, "Lock", choose(Lock))
    yield Swap(threading, "RLock", choose(RLock))
    yield Swap(threading, "local", choose(Local))
    yield Swap(queue, "SimpleQueue", choose(SimpleQueue))
    yield Swap(concurrent.futures.thread, "_global_shutdown_lock", TwinLock)
    for owner, name in ((_thread, "start_new_thread"), (_thread, "start_new"), (threading, "_start_new_thread")):
        if hasattr(owner, name):
            yield Swap(owner, name, _start_new_thread)
    if hasattr(threading, "_start_joinable_thread"):
        yield Swap(threading, "_start_joinable_thread", _start_joinable_thread)
        yield Swap(threading, "_ThreadHandle", choose(Handle))
        yield Swap(threading, "_thread_local_info", lambda _: Local())
    else:
        yield Swap(threading, "_set_sentinel", _set_sentinel)
    yield Swap(threading, "excepthook", _excepthook)
    yield Swap(threading, "_shutdown", _shutdown)
    for owner in (_thread, threading):
        yield Swap(owner, "get_ident", _get_ident)
        yield Swap(owner, "get_native_id", _get_native_id)
    yield Swap(threading, "enumerate", _enumerate)
    for name in ("active_count", "activeCount"):
        yield Swap(threading, name, _active_count)
    yield Swap(threading, "_counter", _thread_number)
    yield Swap(ThreadPoolExecutor, "_counter", _pool_number)
    yield Swap(concurrent.futures.Future, "__hash__", _hash_by_birth)
    yield Swap(threading.Thread, "__hash__", _hash_by_birth)
    yield Swap(threading, "_time", _monotonic)
    yield Swap(queue, "time", _monotonic)
