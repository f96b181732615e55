"""What if user code never waits? A thread beside the run looks on, and stops it after some seconds of real time.

Virtual time stands still while user code computes, so `while True: pass` would hold up the run for ever. The guard
compares the count of switches now and then. User code that has not been left for `guard_s` gets
`HandlerStuck`, again and again if it swallows it; in the end its strand is left for good. The run goes on.

Code that sits in a blocking call (a subprocess, a file, a real lock that another strand holds) takes no processor
time, and gets `BLOCKED_FACTOR` times as long. Where the run has the main thread, a signal interrupts such calls; in
another thread the exception waits until the call returns.

Whoever stands at a prompt of Python's debugger may stay there for as long as they like.
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

from eventsim.handler.hub import Strands
from eventsim.handler.strand import HandlerStuck, current

GUARD_S = 10.0
"""Real time that user code may compute without ever waiting."""
BLOCKED_FACTOR = 30
"""How many times as long it may sit in a blocking call."""
BUSY_SHARE = 0.1
"""Computing means to use at least this share of a processor; more cannot be asked on a busy machine."""
STRIKES_MAX = 3
"""How many exceptions user code may swallow before its strand is left for good."""
LOOKS = 10
"""Looks in `guard_s`."""

_SIGNAL = getattr(signal, "SIGURG", None)
"""A signal that is ignored by default and that Python programs hardly ever use; None on Windows."""

_set_async_exc = ctypes.pythonapi.PyThreadState_SetAsyncExc
_set_async_exc.argtypes = (ctypes.c_ulong, ctypes.py_object)


class _LeftForGood(HandlerStuck):
    """Leaves the strand in the moment in which Python creates it, so that nobody can swallow it."""

    def __init__(self) -> None:
        super().__init__()
        strand = current()
        if strand is not None:
            strand.abandon()


class Guard:
    """Watches one run. It is started and stopped on the thread of the run's loop.

    Args:
        guard_s: real time that user code may compute without ever waiting.
    """

    def __init__(self, strands: Strands, *, guard_s: float = GUARD_S) -> None:
        self._strands = strands
        self._guard_s = guard_s
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self._thread_id = 0
        self._has_signal = False
        self._seen = 0
        self._since_s = 0.0
        self._since_cpu_s = 0.0
        self._strikes = 0

    def __enter__(self) -> Self:
        self._thread_id = threading.get_ident()
        self._has_signal = (
            _SIGNAL is not None
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(_SIGNAL) is signal.SIG_DFL
        )
        if self._has_signal:
            signal.signal(_SIGNAL, self._interrupt)  # type: ignore[arg-type]  # it is there
        self._watcher = threading.Thread(target=self._watch, name="eventsim guard", daemon=True)
        self._watcher.start()
        self._strands.guard_anew = self._begin_anew
        return self

    def _begin_anew(self) -> None:
        """Watch in a forked process, into which neither this thread nor its signal came along."""
        if self._has_signal:
            signal.signal(_SIGNAL, signal.SIG_DFL)  # type: ignore[arg-type]  # it is there
        Guard(self._strands, guard_s=self._guard_s).__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._has_signal:
            signal.signal(_SIGNAL, signal.SIG_DFL)  # type: ignore[arg-type]  # it is there

    # --- in the guard's own thread ---------------------------------------------------------------------

    def _watch(self) -> None:
        cpu_s = _cpu_clock(self._thread_id)
        while not self._over.wait(self._guard_s / LOOKS):
            self._look(time.perf_counter(), cpu_s())

    def _look(self, now_s: float, cpu_s: float) -> None:
        switches = self._strands.switches
        if switches != self._seen:
            self._seen = switches
            self._since_s, self._since_cpu_s = now_s, cpu_s
            self._strikes = 0
            return
        elapsed_s = now_s - self._since_s
        is_busy = cpu_s - self._since_cpu_s >= elapsed_s * BUSY_SHARE
        if elapsed_s >= self._guard_s * (1 if is_busy else BLOCKED_FACTOR):
            self._strike()

    def _strike(self) -> None:
        strand = self._strands.running
        if strand is None:
            return  # the simulator itself is at work; next time, then
        if _is_debugged(sys._current_frames().get(self._thread_id)):
            self._seen = -1  # what it does afterwards is another span
            return
        strand.fate = HandlerStuck()
        self._strikes += 1
        if self._has_signal:
            signal.pthread_kill(self._thread_id, _SIGNAL)  # type: ignore[arg-type]  # it is there
            return
        error = HandlerStuck if self._strikes <= STRIKES_MAX else _LeftForGood
        # No other thread can run between this comparison and the call, so the simulator itself is never hit.
        if self._strands.running is strand and self._strands.switches == self._seen:
            _set_async_exc(self._thread_id, error)

    # --- in the run's thread ---------------------------------------------------------------------------

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Stop what runs: Python calls this between two of its steps."""
        strand = current()
        if strand is None or self._strands.switches != self._seen:
            return  # too late: it waits
        if self._strikes > STRIKES_MAX:
            strand.abandon()
        raise strand.fate or HandlerStuck()


def _is_debugged(frame: FrameType | None) -> bool:
    """Tell whether pdb, or a debugger made of the same parts, has stopped this code and asks what to do."""
    while frame is not None and frame.f_globals.get("__name__") != "bdb":
        frame = frame.f_back
    return frame is not None


def _cpu_clock(thread_id: int) -> Callable[[], float]:
    """Return what tells the processor time of a thread, or of the process where the system cannot tell."""
    if hasattr(time, "pthread_getcpuclockid"):
        clock_id = time.pthread_getcpuclockid(thread_id)
        return lambda: time.clock_gettime(clock_id)
    return time.process_time
