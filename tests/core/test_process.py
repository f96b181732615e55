"""Which process is it, and how does it end?"""

import atexit
import errno
import os
import platform
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import Lock, Pool, Queue, get_context
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import pytest

from eventsim.handler.process import ProcessExit


def test_the_process_has_the_same_identity_in_every_run(user_process: Any) -> None:
    """Process id and host name are no accident of the machine."""
    told = user_process.inside(lambda: (os.getpid(), os.getppid(), socket.gethostname(), platform.node()))

    assert told == (8, 1, "169.254.10.1", "169.254.10.1")


@pytest.mark.parametrize(
    ("leave", "code", "signal_number"),
    [
        pytest.param(lambda: os._exit(3), 3, None, id="os._exit"),
        pytest.param(lambda: os.abort(), 134, signal.SIGABRT, id="os.abort"),
        pytest.param(lambda: os.kill(os.getpid(), signal.SIGKILL), 137, signal.SIGKILL, id="os.kill"),
        pytest.param(lambda: os.killpg(0, signal.SIGTERM), 143, signal.SIGTERM, id="os.killpg"),
        pytest.param(lambda: signal.raise_signal(signal.SIGTERM), 143, signal.SIGTERM, id="raise_signal"),
    ],
)
def test_an_exit_ends_the_strand_only(
    user_process: Any, leave: Callable[[], object], code: int, signal_number: int | None
) -> None:
    """The simulator goes on; the environment learns how its process ended."""
    with pytest.raises(ProcessExit) as caught:
        user_process.inside(leave)

    assert (caught.value.code, caught.value.signal_number) == (code, signal_number)


def test_the_machine_does_not_show(user_process: Any) -> None:
    """How many processors it has, and whose home it is, would make a run depend on where it runs."""
    told = user_process.inside(lambda: (os.cpu_count(), os.sched_getaffinity(0), os.path.expanduser("~/.aws")))

    assert told == (2, {0, 1}, "/home/sbx_user1051/.aws")


def test_the_rest_of_the_machine_cannot_be_killed(user_process: Any) -> None:
    """The first process of the container is not the code's to kill; signal 0 only asks."""

    def handler() -> None:
        os.kill(os.getpid(), 0)
        os.kill(1, signal.SIGKILL)

    with pytest.raises(PermissionError):
        user_process.inside(handler)


def test_nothing_of_user_code_runs_when_the_simulator_exits(user_process: Any) -> None:
    """Lambda kills its processes; what they have for their exit must not run in somebody else's."""
    before = atexit._ncallbacks()

    user_process.inside(lambda: atexit.register(print, "farewell"))

    assert atexit._ncallbacks() == before


@pytest.mark.parametrize(
    ("start", "name"),
    [
        pytest.param(lambda: os.fork(), r"os\.fork", id="fork"),
        pytest.param(lambda: os.execl("/bin/true", "true"), r"os\.execv", id="exec"),
        pytest.param(lambda: os.posix_spawn("/bin/true", ["true"], {}), r"os\.posix_spawn", id="posix_spawn"),
        pytest.param(
            lambda: get_context("spawn").Process().start(), r"_posixsubprocess\.fork_exec", id="multiprocessing"
        ),
    ],
)
def test_a_copy_of_the_process_is_refused_with_the_way_out(
    user_process: Any, start: Callable[[], object], name: str
) -> None:
    """A copy of the simulator would go on with the run, and a program in its place would end it."""
    with pytest.raises(
        OSError, match=rf"{name} is not simulated.*Use threads, subprocess or multiprocessing's Process"
    ):
        user_process.inside(start)


@pytest.mark.parametrize("make", [Lock, Queue, Pool, ProcessPoolExecutor, partial(SharedMemory, create=True, size=1)])
def test_processes_have_no_locks(user_process: Any, make: Callable[[], object]) -> None:
    """What is made of semaphores in shared memory fails as on Lambda, which has none."""
    with pytest.raises(OSError, match="Function not implemented") as caught:
        user_process.inside(make)

    assert caught.value.errno == errno.ENOSYS


def test_processes_have_locks_outside(user_process: Any) -> None:
    """A test's own pools are no function's."""
    user_process.inside(lambda: None)

    assert Lock().acquire(block=False)


def test_the_process_is_as_it_was_after_the_run(user_process: Any) -> None:
    """Every wrapper is gone."""
    before = (os.getpid, os.kill, os._exit, os.cpu_count, socket.gethostname)

    user_process.inside(lambda: None)

    assert (os.getpid, os.kill, os._exit, os.cpu_count, socket.gethostname) == before
