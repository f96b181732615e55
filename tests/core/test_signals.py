"""What happens on a signal?"""

import errno
import os
import signal
import threading
import time
from typing import Any

import pytest

from eventsim.handler.process import ProcessExit


class TooLongError(Exception):
    """What a time limit by alarm raises."""


def _too_long(number: int, frame: object) -> None:
    raise TooLongError


def test_handlers_of_signals_are_an_environments_own(user_process: Any) -> None:
    """What one sets, neither another one sees nor the process."""
    one, two = user_process.environment("one"), user_process.environment("two")
    before = signal.getsignal(signal.SIGTERM)

    user_process.inside(lambda: signal.signal(signal.SIGTERM, _too_long), one)

    assert user_process.inside(lambda: signal.getsignal(signal.SIGTERM), one) is _too_long
    assert user_process.inside(lambda: signal.getsignal(signal.SIGTERM), two) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_to_oneself_calls_its_handler(user_process: Any) -> None:
    """It does not end the process any more, and some signals never did."""
    seen: list[int] = []

    def handler() -> None:
        signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
        os.kill(os.getpid(), signal.SIGTERM)
        signal.raise_signal(signal.SIGCHLD)

    user_process.inside(handler)

    assert seen == [signal.SIGTERM]


def test_a_handler_runs_in_the_main_thread_whoever_sends(user_process: Any) -> None:
    """The main thread's wait goes on afterwards and is as long as ever."""
    seen: list[Any] = []

    def handler() -> float:
        signal.signal(signal.SIGUSR1, lambda *_: seen.append((threading.current_thread().name, time.monotonic())))
        threading.Timer(1, signal.raise_signal, [signal.SIGUSR1]).start()
        began_s = time.monotonic()
        time.sleep(3)
        return time.monotonic() - began_s

    assert user_process.inside(handler) == 3
    assert seen == [("MainThread", 601.0)]


def test_an_alarm_rings_in_virtual_time(user_process: Any) -> None:
    """A time limit by `signal.alarm`, as many a function sets it, gets the code out of its wait."""

    def handler() -> int:
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(2)
        with pytest.raises(TooLongError):
            time.sleep(5)
        return user_process.clock.now_us

    assert user_process.inside(handler) == 2_000_000


def test_an_alarm_that_is_taken_back_does_not_ring(user_process: Any) -> None:
    """`alarm(0)` tells how much was left."""

    def handler() -> tuple[int, int]:
        signal.alarm(10)
        time.sleep(3)
        left_s = signal.alarm(0)
        time.sleep(20)
        return left_s, signal.alarm(0)

    assert user_process.inside(handler) == (7, 0)


def test_a_timer_rings_again_and_again(user_process: Any) -> None:
    """`setitimer` has an interval; both are told by `getitimer`."""
    rings: list[int] = []

    def handler() -> object:
        signal.signal(signal.SIGALRM, lambda *_: rings.append(user_process.clock.now_us))
        signal.setitimer(signal.ITIMER_REAL, 1, 0.5)
        time.sleep(2.2)
        return signal.getitimer(signal.ITIMER_REAL), signal.setitimer(signal.ITIMER_REAL, 0)

    assert user_process.inside(handler) == ((0.3, 0.5), (0.3, 0.5))
    assert rings == [1_000_000, 1_500_000, 2_000_000]


def test_a_timer_of_less_than_half_a_microsecond_rings_after_one(user_process: Any) -> None:
    """And again each microsecond: what is left of a span, computed in floating point, may be as short."""
    rings: list[int] = []

    def ring(*_: object) -> None:
        rings.append(user_process.clock.now_us)
        if len(rings) == 3:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def handler() -> None:
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 1e-9, 4e-7)
        time.sleep(1)

    user_process.inside(handler)

    assert rings == [1, 2, 3]


def test_an_alarm_that_nobody_handles_ends_the_process(user_process: Any) -> None:
    """As it does by default."""

    def handler() -> None:
        signal.alarm(1)
        time.sleep(2)

    with pytest.raises(ProcessExit) as caught:
        user_process.inside(handler)

    assert caught.value.signal_number == signal.SIGALRM


@pytest.mark.parametrize(
    ("number", "handler", "error"),
    [
        pytest.param(signal.SIGKILL, signal.SIG_IGN, OSError, id="a signal that cannot be handled"),
        pytest.param(signal.SIGTERM, "ignore", TypeError, id="no handler"),
        pytest.param(10_000, signal.SIG_IGN, ValueError, id="no signal"),
    ],
)
def test_impossible_handlers_are_refused(user_process: Any, number: int, handler: Any, error: type[Exception]) -> None:
    """In the way of the real ones."""
    with pytest.raises(error):
        user_process.inside(lambda: signal.signal(number, handler))


def test_waiting_for_a_signal_is_refused(user_process: Any) -> None:
    """It would be for real."""
    with pytest.raises(OSError, match=r"signal\.pause is not simulated") as caught:
        user_process.inside(lambda: signal.pause())

    assert caught.value.errno == errno.ENOSYS
