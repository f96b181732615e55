"""What happens on a signal? What user code has said: its handlers are its environment's, not the process's.

Nobody sends user code signals but itself, and the alarms that it sets, which ring in virtual time. A handler runs in
the main thread, in the midst of what that waits for. Without one a signal does what it does by default, which is to end
the process, as a rule. What waits for a signal, or counts the processor's time, is refused.
"""

import errno
import functools
import math
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.process import PROCESS_ID, end_process, refused
from eventsim.handler.strand import Strand, sleep_us, slot
from eventsim.handler.surroundings import Surroundings, current
from eventsim.quantity import wait_us

_US_PER_S = 1_000_000
_IGNORED = frozenset({signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH})
"""What does nothing by default."""
_STOPS = frozenset({signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
_DEFAULTS: dict[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGPIPE: signal.SIG_IGN,
    signal.SIGXFSZ: signal.SIG_IGN,
}
"""What Python sets as it starts."""


def deliver(number: int) -> None:
    """Do to the environment whose code runs what a signal does to a process; number 0 only asks whether it is there."""
    surroundings = current()
    assert surroundings is not None, "user code sends it"
    handler = _handler_of(surroundings, number)
    if not number or handler is signal.SIG_IGN or (handler is signal.SIG_DFL and number in _IGNORED):
        return
    if surroundings.home is not None and handler is signal.SIG_DFL:
        refuse_to_stop(number)
    if handler in (signal.SIG_DFL, signal.default_int_handler):
        end_process(128 + number, number)
    strand = slot.strand
    assert strand is not None, "user code sends it"
    if not strand.ident:
        handler(number, None)
        return
    for main in strand.crew.strands:
        if not main.ident:
            strand.strands.interrupt(main, partial(handler, number, None))


def refuse_to_stop(number: int) -> None:
    """Refuse a signal by which a process stops until another one comes.

    Raises:
        OSError: it is one.
    """
    if number in _STOPS:
        raise OSError(errno.ENOSYS, f"{signal.Signals(number).name} is not simulated: no process of a function stops")


def _handler_of(surroundings: Surroundings, number: int) -> Any:
    return surroundings.signal_handlers.get(number, _DEFAULTS.get(number, signal.SIG_DFL))


def _signal(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def set_handler(signalnum: int, handler: Any) -> Any:
        surroundings, strand = current(), slot.strand
        if surroundings is None or strand is None:
            return original(signalnum, handler)
        if strand.ident:
            raise ValueError("signal only works in main thread of the main interpreter")
        if not callable(handler) and handler not in (signal.SIG_IGN, signal.SIG_DFL):
            raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
        if signalnum in (signal.SIGKILL, signal.SIGSTOP):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        before = signal.getsignal(signalnum)
        surroundings.signal_handlers[signalnum] = handler
        return before

    return set_handler


def _getsignal(original: Callable[[int], Any]) -> Callable[[int], Any]:
    @functools.wraps(original)
    def getsignal(signalnum: int) -> Any:
        surroundings = current()
        if surroundings is None:
            return original(signalnum)
        if not 0 < signalnum < signal.NSIG:
            raise ValueError("signal number out of range")
        return _handler_of(surroundings, signalnum)

    return getsignal


def _kill(original: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Processes and programs that user code started can be killed as ever, but nobody else."""

    @functools.wraps(original)
    def kill(process_id: int, signal_number: int, /) -> None:
        strand, surroundings = slot.strand, current()
        children = {} if strand is None or strand.crew.family is None else strand.crew.family.children
        home = None if surroundings is None else surroundings.home
        if process_id in children:
            children[process_id].send(signal_number)
        elif home is not None and process_id == home.parent_id:
            home.signal(signal_number)
        elif surroundings is None or (process_id > PROCESS_ID and process_id != os.getpid()):
            original(process_id, signal_number)
        elif process_id not in (os.getpid(), 0, -1):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        else:
            deliver(signal_number)

    return kill


def _killpg(original: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """A program that was not started in a group of its own is in the runtime's."""

    @functools.wraps(original)
    def killpg(group_id: int, signal_number: int, /) -> None:
        if current() is None or group_id not in (os.getpid(), 0, os.getpgrp()):
            original(group_id, signal_number)
        else:
            deliver(signal_number)

    return killpg


def _raise_signal(original: Callable[[int], None]) -> Callable[[int], None]:
    @functools.wraps(original)
    def raise_signal(signal_number: int, /) -> None:
        if current() is None:
            original(signal_number)
        else:
            deliver(signal_number)

    return raise_signal


def _pthread_kill(original: Callable[[int, int], None]) -> Callable[[int, int], None]:
    @functools.wraps(original)
    def pthread_kill(thread_id: int, signal_number: int, /) -> None:
        if current() is None:
            original(thread_id, signal_number)
        else:
            deliver(signal_number)

    return pthread_kill


# --- alarms ------------------------------------------------------------------------------------------------


class Alarm:
    """A timer that sends SIGALRM: a strand of the environment's, so that it freezes with its other threads."""

    def __init__(self, strand: Strand, surroundings: Surroundings, delay_us: int, interval_us: int) -> None:
        self._strands = strand.strands
        self._clock = surroundings.clock
        self._interval_us = interval_us
        self._due_us = self._clock.now_us + delay_us
        self._strand = self._strands.spawn(surroundings, self._ring, lambda _: None)

    def _ring(self) -> None:
        while self._due_us:
            sleep_us(self._due_us - self._clock.now_us)
            self._due_us = self._interval_us and self._clock.now_us + self._interval_us
            deliver(signal.SIGALRM)

    def setting(self) -> tuple[float, float]:
        """Return after how many seconds it rings next, 0 for never, and how many lie between two rings."""
        left_us = max(self._due_us - self._clock.now_us, 1) if self._due_us else 0
        return left_us / _US_PER_S, self._interval_us / _US_PER_S

    def stop(self) -> None:
        """Ring no more."""
        self._strands.kill(self._strand)


def _set_alarm(delay_s: float, interval_s: float = 0) -> tuple[float, float]:
    """Set the environment's alarm in the place of the one before; return how that was set."""
    surroundings, strand = current(), slot.strand
    assert surroundings is not None, "user code sets it"
    assert strand is not None, "user code sets it"
    alarm, surroundings.alarm = surroundings.alarm, None
    before = (0.0, 0.0) if alarm is None else alarm.setting()
    if alarm is not None:
        alarm.stop()
    if delay_s:
        surroundings.alarm = Alarm(strand, surroundings, wait_us(delay_s), wait_us(interval_s))
    return before


def _alarm(original: Callable[[int], int]) -> Callable[[int], int]:
    @functools.wraps(original)
    def alarm(seconds: int, /) -> int:
        return original(seconds) if current() is None else math.ceil(_set_alarm(seconds)[0])

    return alarm


def _setitimer(original: Callable[..., tuple[float, float]]) -> Callable[..., tuple[float, float]]:
    @functools.wraps(original)
    def setitimer(which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
        if current() is None:
            return original(which, seconds, interval)
        if which != signal.ITIMER_REAL:
            raise OSError(errno.ENOSYS, _not_simulated("setitimer of the processor's time"))
        if seconds < 0 or interval < 0:
            raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
        return _set_alarm(seconds, interval)

    return setitimer


def _getitimer(original: Callable[[int], tuple[float, float]]) -> Callable[[int], tuple[float, float]]:
    @functools.wraps(original)
    def getitimer(which: int, /) -> tuple[float, float]:
        surroundings = current()
        if surroundings is None:
            return original(which)
        is_set = which == signal.ITIMER_REAL and surroundings.alarm is not None
        return surroundings.alarm.setting() if is_set else (0.0, 0.0)

    return getitimer


def _not_simulated(name: str) -> str:
    return f"signal.{name} is not simulated; handlers (`signal.signal`), `alarm` and `setitimer(ITIMER_REAL, …)` are"


SWAPS = (
    Swap(signal, "signal", _signal),
    Swap(signal, "getsignal", _getsignal),
    Swap(os, "kill", _kill),
    Swap(os, "killpg", _killpg),
    Swap(signal, "raise_signal", _raise_signal),
    Swap(signal, "pthread_kill", _pthread_kill),
    Swap(signal, "alarm", _alarm),
    Swap(signal, "setitimer", _setitimer),
    Swap(signal, "getitimer", _getitimer),
    *(
        Swap(signal, name, refused(_not_simulated(name)))
        for name in ("pause", "sigwait", "sigwaitinfo", "sigtimedwait")
    ),
)
