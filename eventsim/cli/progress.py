"""How far is a long run? One line on the terminal, written over again and again; nothing when piped."""

import sys
import threading
import time
from types import TracebackType

from eventsim.report.wording import instant
from eventsim.simulation import SyncSimulation

FIRST_AFTER_S = 1.0
EVERY_S = 0.25
_ERASE_LINE = "\r\x1b[K"


class Progress:
    """Shows virtual time and entries a second while the run goes on.

    A thread of its own only reads two numbers, so a run that is watched is the same run.
    """

    def __init__(self, simulation: SyncSimulation) -> None:
        self._simulation = simulation
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._watch, name="eventsim progress", daemon=True)
            self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._over.set()
            self._thread.join()

    def _watch(self) -> None:
        clock, trace = self._simulation.clock, self._simulation.trace
        before_s, before_count = time.perf_counter(), len(trace)
        is_shown = False
        pause_s = FIRST_AFTER_S
        while not self._over.wait(pause_s):
            now_s, count = time.perf_counter(), len(trace)
            rate = (count - before_count) / (now_s - before_s)
            line = f"{instant(clock.now_us)} of virtual time, {count:,} entries, {rate:,.0f} a second"
            sys.stderr.write(f"{_ERASE_LINE}{line}")
            sys.stderr.flush()
            before_s, before_count, pause_s, is_shown = now_s, count, EVERY_S, True
        if is_shown:
            sys.stderr.write(_ERASE_LINE)
            sys.stderr.flush()
