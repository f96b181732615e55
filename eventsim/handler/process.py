"""Which process is it, and how does it end? Identity is the same in every run, and an exit ends one environment only.

Exits do not end the simulator: whichever thread of user code exits, the environment's main strand comes to a
`ProcessExit`, for the environment to make an outcome of, and nothing that user code does meanwhile is of consequence.
"""

import _multiprocessing  # type: ignore[import-not-found]  # typeshed does not know it
import _posixshmem  # type: ignore[import-not-found]  # same
import _posixsubprocess
import atexit
import errno
import functools
import os
import platform
import pwd
import signal
import socket
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

from eventsim.handler.choice import choose
from eventsim.handler.interpose import Swap
from eventsim.handler.strand import slot
from eventsim.handler.surroundings import current, keeping

PROCESS_ID = 8
"""The runtime's process id in its container (unconfirmed)."""
PARENT_PROCESS_ID = 1
HOST_NAME = "169.254.10.1"
"""A link-local address, as AWS names its machines (unconfirmed)."""
CPU_COUNT = 2
"""How many processors a function sees; few libraries use more, but all of them count (unconfirmed)."""
USER_NAME = "sbx_user1051"
"""Who user code runs as (unconfirmed). Its home does not exist, so no configuration of the machine is found."""


class ProcessExit(BaseException):
    """User code ended its process, or a signal did.

    Attributes:
        code: the exit status.
        signal_number: the signal that ended it, None if it exited by itself.
    """

    def __init__(self, code: int, signal_number: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.signal_number = signal_number


def exit_of(status: int) -> ProcessExit:
    """Return the end of a process by its status, as Python tells it: minus the signal that killed it."""
    return ProcessExit(status) if status >= 0 else ProcessExit(0, -status)


class Unstartable(BaseException):
    """There is no process: what should be started cannot be."""


def end_process(code: int, signal_number: int | None = None) -> NoReturn:
    """End the environment whose code runs, or the process alone if it was forked."""
    strand, surroundings = slot.strand, current()
    assert strand is not None, "it is user code that ends"
    if surroundings is not None and surroundings.home is not None:
        surroundings.home.leave(code, signal_number)
    strand.strands.end_process(ProcessExit(code, signal_number))


def _constant(value: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a function without arguments that tells something about the machine."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def tell() -> Any:
            return original() if current() is None else value

        return tell

    return make


def own_process_id() -> int:
    """Return how user code's process is called in which it runs."""
    surroundings = current()
    return PROCESS_ID if surroundings is None or surroundings.home is None else surroundings.home.process_id


def _own(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def getpid() -> int:
        return original() if current() is None else own_process_id()

    return getpid


def _parent(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def getppid() -> int:
        surroundings = current()
        if surroundings is None:
            return original()
        return PARENT_PROCESS_ID if surroundings.home is None else surroundings.home.parent_id

    return getppid


def _affinity(original: Callable[[int], set[int]]) -> Callable[[int], set[int]]:
    @functools.wraps(original)
    def sched_getaffinity(process_id: int, /) -> set[int]:
        return original(process_id) if current() is None else set(range(CPU_COUNT))

    return sched_getaffinity


def _getpwuid(original: Callable[[int], pwd.struct_passwd]) -> Callable[[int], pwd.struct_passwd]:
    @functools.wraps(original)
    def getpwuid(user_id: int, /) -> pwd.struct_passwd:
        if current() is None:
            return original(user_id)
        return pwd.struct_passwd((USER_NAME, "x", user_id, user_id, "", f"/home/{USER_NAME}", "/sbin/nologin"))

    return getpwuid


def _exit(original: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    @functools.wraps(original)
    def leave(status: int) -> NoReturn:
        if current() is None:
            original(status)
        end_process(status)

    return leave


def _abort(original: Callable[[], NoReturn]) -> Callable[[], NoReturn]:
    @functools.wraps(original)
    def abort() -> NoReturn:
        if current() is None:
            original()
        end_process(128 + signal.SIGABRT, signal.SIGABRT)

    return abort


def _register(original: Callable[..., Any]) -> Callable[..., Any]:
    """Lambda kills its processes, so nothing runs at their exit, and nothing of them when the simulator exits."""

    @functools.wraps(original)
    def register(function: Any, /, *args: Any, **kwargs: Any) -> Any:
        is_for_all = getattr(function, "__self__", None) is weakref.finalize  # it registers once in the process
        if keeping() is None or is_for_all:
            return original(function, *args, **kwargs)
        return function

    return register


def refused(why: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap what user code may not call, because nothing simulates it."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def refuse(*args: Any, **kwargs: Any) -> Any:
            if current() is None:
                return original(*args, **kwargs)
            raise OSError(errno.ENOSYS, why)

        return refuse

    return make


def leaves(name: str) -> str:
    """Say why nothing may copy the process, put a program in its place, or start one that knows nothing of the run."""
    return (
        f"{name} is not simulated, though Lambda has it: it would copy or replace the simulator, or leave the run. Use "
        "threads, subprocess or multiprocessing's Process (by the method `fork`), which are"
    )


class NoSemaphore(_multiprocessing.SemLock):  # type: ignore[misc]  # typeshed does not know it
    """Lambda has no `/dev/shm`, in which the locks of processes live, those of their queues and pools among them."""

    def __new__(cls, *_: Any) -> NoReturn:
        no_shared_memory()


def no_shared_memory(*_: Any, **__: Any) -> NoReturn:
    """Open what lies in shared memory, where there is none."""
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


_COPIES = ("forkpty", "execv", "execve", "posix_spawn", "posix_spawnp")


SWAPS = (
    Swap(os, "getpid", _own),
    Swap(os, "getppid", _parent),
    Swap(socket, "gethostname", _constant(HOST_NAME)),
    Swap(platform, "node", _constant(HOST_NAME)),
    *(Swap(os, name, _constant(CPU_COUNT)) for name in ("cpu_count", "process_cpu_count") if hasattr(os, name)),
    *(Swap(os, name, _affinity) for name in ("sched_getaffinity",) if hasattr(os, name)),
    Swap(pwd, "getpwuid", _getpwuid),
    Swap(os, "_exit", _exit),
    Swap(os, "abort", _abort),
    Swap(atexit, "register", _register),
    *(Swap(os, name, refused(leaves(f"os.{name}"))) for name in _COPIES if hasattr(os, name)),
    Swap(_multiprocessing, "SemLock", choose(NoSemaphore)),
    Swap(_posixshmem, "shm_open", choose(no_shared_memory)),
    Swap(_posixsubprocess, "fork_exec", refused(leaves("_posixsubprocess.fork_exec"))),
)
