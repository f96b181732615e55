"""The wall-clock guard: user code that never waits is stopped, and the run goes on."""

import contextlib
import io
import pdb
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from eventsim.handler import strand
from eventsim.handler.guard import Guard
from eventsim.handler.strand import HandlerStuck

GUARD_S = 0.05
REAL_LOCK = threading.Lock()


@pytest.fixture(params=["main thread", "another thread"])
def run(request: pytest.FixtureRequest, handlers: Any) -> Callable[..., list[Any]]:
    """Run functions under guard, where a signal can reach them and where none can."""

    def under_guard(*functions: Callable[[], Any]) -> list[Any]:
        outcomes = handlers.start(*functions)
        with Guard(handlers.strands, guard_s=GUARD_S):
            handlers.loop.run_until(None)
        return outcomes

    def elsewhere(*functions: Callable[[], Any]) -> list[Any]:
        outcomes: list[Any] = []
        thread = threading.Thread(target=lambda: outcomes.extend(_in_this_thread(type(handlers)(), functions)))
        thread.start()
        thread.join()
        return outcomes

    return under_guard if request.param == "main thread" else elsewhere


def _in_this_thread(handlers: Any, functions: tuple[Callable[[], Any], ...]) -> list[Any]:
    outcomes: list[Any] = handlers.start(*functions)
    with Guard(handlers.strands, guard_s=GUARD_S):
        handlers.loop.run_until(None)
    handlers.strands.close()
    handlers.loop.close()
    return outcomes


def _spin() -> None:
    while True:
        pass


def _sleep() -> str:
    strand.sleep_us(1_000_000)
    return "slept"


def _swallow_once() -> str:
    try:
        _spin()
    except BaseException:  # noqa: BLE001 - that is the point
        return "swallowed"


def _swallow_always() -> None:
    while True:
        with contextlib.suppress(BaseException):
            _spin()


@pytest.mark.parametrize("stuck", [_spin, _swallow_once, _swallow_always])
def test_user_code_that_never_waits_is_stopped(run: Callable[..., list[Any]], stuck: Callable[[], Any]) -> None:
    """Whatever it does with the exception, it is known as stuck; others go on."""
    outcomes = run(stuck, _sleep)

    assert isinstance(outcomes[0].error, HandlerStuck)
    assert outcomes[1].value == "slept"


def test_code_that_waits_now_and_then_is_left_alone(run: Callable[..., list[Any]]) -> None:
    """What counts is the time without waiting, not the time of the whole run."""

    def busy() -> int:
        total = 0
        for _ in range(200):
            total += sum(range(20_000))
            strand.sleep_us(1)
        return total

    outcomes = run(busy)

    assert outcomes[0].value == 200 * sum(range(20_000))


def test_a_subprocess_may_take_longer_than_computing(run: Callable[..., list[Any]]) -> None:
    """Code that sits in a blocking call uses no processor time and gets much longer."""

    def call() -> int:
        return subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], check=True).returncode

    outcomes = run(call)

    assert outcomes[0].value == 0


def test_a_prompt_of_the_debugger_waits_for_its_user(run: Callable[..., list[Any]]) -> None:
    """Who looks around in a handler for some minutes goes on with it afterwards."""

    class SlowUser(io.StringIO):
        def readline(self, size: int = -1) -> str:
            subprocess.run([sys.executable, "-c", f"import time; time.sleep({GUARD_S * 50})"], check=True)
            return "continue\n"

    def look_around() -> int:
        pdb.Pdb(stdin=SlowUser(), stdout=io.StringIO(), nosigint=True, readrc=False).set_trace()
        return 1

    outcomes = run(look_around)

    assert outcomes[0].value == 1


def test_a_real_lock_that_another_strand_holds_does_not_block_for_ever(handlers: Any) -> None:
    """A lock made outside of strands blocks the whole thread; a signal gets the run out of it."""

    def owner() -> str:
        with REAL_LOCK:
            return _sleep()

    def other() -> None:
        with REAL_LOCK:
            pass

    outcomes = handlers.start(owner, other)
    with Guard(handlers.strands, guard_s=0.005):
        handlers.loop.run_until(None)

    assert isinstance(outcomes[0].error, HandlerStuck)
    assert outcomes[1].value == "slept"


def test_the_simulator_s_own_work_is_never_interrupted(handlers: Any) -> None:
    """While it works on a strand's behalf the guard holds still, and strikes when user code is back."""
    done: list[str] = []

    def handler() -> None:
        with strand.outside():
            subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], check=True)
            sum(range(5_000_000))
            done.append("the simulator's work")
        _spin()

    outcomes = handlers.start(handler)
    with Guard(handlers.strands, guard_s=GUARD_S):
        handlers.loop.run_until(None)

    assert (done, type(outcomes[0].error)) == (["the simulator's work"], HandlerStuck)
