"""What time is it for user code? Virtual time from every function of `time` and `datetime` that tells it.

time-machine patches the C functions that tell the date, in place, so that a name imported long before the run
(`from datetime import datetime`) is virtual too. It asks a *traveller* for the time at each call, so one traveller
that looks at the current strand serves the whole run and nothing is to be done when strands switch. The functions that
it leaves alone (`sleep`, the monotonic clocks, `ctime`) are wrapped here.
"""

import contextlib
import functools
import logging
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from eventsim.clock import Clock
from eventsim.errors import ConfigurationError
from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current
from eventsim.handler.zone import UTC, enter_zone, set_zone, zone_of
from eventsim.quantity import wait_us


@contextlib.contextmanager
def _as_if_missing(module: str) -> Iterator[None]:
    """Let an import find that a module is not installed, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # the import system's own way to say: not there
    try:
        yield
    finally:
        del sys.modules[module]


with _as_if_missing("pytest"):  # for which time-machine looks, to offer a fixture: 90 ms where nobody tests anything
    import time_machine

UPTIME_US = 600_000_000
"""How long the machine has been up when a run begins: monotonic clocks do not start at nought (unconfirmed)."""

PATIENCE_S = 1.0
"""Real time in which a thread or a server that a visitor's event loop waits for should have done its work."""

_NS_PER_US = 1000
_US_PER_S = 1_000_000


class VirtualDates:
    """Let `time.time`, `datetime.now` and their like tell virtual time to user code, in UTC.

    Nested use is counted: the time zone is the process's, and the last to leave puts it back.
    """

    _count = 0
    _zone: str | None = None

    def __init__(self) -> None:
        self._travel = time_machine.travel(0, tick=True)

    def __enter__(self) -> Self:
        time_ns = functools.partial(_time_ns, _date_outside())
        try:
            traveller = self._travel.start()
        except RuntimeError as error:  # freezegun has put its own in the place of what is patched
            raise ConfigurationError(
                f"virtual time cannot begin: {error} A simulation has dates of its own, which begin at `start_at`: "
                "leave out what freezes them, or open the simulation around it"
            ) from error
        if not VirtualDates._count:
            VirtualDates._zone = os.environ.get("TZ")
            set_zone(UTC)
        VirtualDates._count += 1
        # The one method by which time-machine learns the time, in every version from 2.19 on; earlier ones crash.
        traveller.time_ns = time_ns  # type: ignore[method-assign]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._travel.stop()
        VirtualDates._count -= 1
        if not VirtualDates._count:
            set_zone(VirtualDates._zone)


def _date_outside() -> Callable[[], int]:
    """Return what tells the date to code that is not of a simulation: whoever travels already, or the machine."""
    travellers: Any = vars(time_machine).get("traveller_stack") or vars(time_machine).get("coordinates_stack")
    return travellers[-1].time_ns if travellers else time_machine.escape_hatch.time.time_ns


def _time_ns(date_outside: Callable[[], int]) -> int:
    clock = _clock() or _guest.clock
    return date_outside() if clock is None else clock.epoch_us() * _NS_PER_US


class _Guest:
    clock: Clock | None = None


_guest = _Guest()
"""Whose dates a library sees that is called outside of user code; dates are a fact of the process."""


@contextlib.contextmanager
def dates_of(clock: Clock) -> Iterator[None]:
    """Let a library that is no user code see a simulation's dates, for the length of a call that does not wait."""
    before, _guest.clock = _guest.clock, clock
    try:
        yield
    finally:
        _guest.clock = before


class _Visit:
    clock: Clock | None = None
    sleep: Callable[[float], None] | None = None
    thread_id = 0


_visit = _Visit()
"""Whose time code outside of strands lives in, on one thread."""


@contextlib.contextmanager
def visited(clock: Clock, sleep: Callable[[float], None]) -> Iterator[None]:
    """Let this thread live in a simulation's time, though it is outside: a test suite that knows of no simulation.

    Args:
        sleep: lets virtual time pass, in seconds; meanwhile the thread is the simulation's own.
    """
    before = (_visit.clock, _visit.sleep, _visit.thread_id)
    _visit.clock, _visit.sleep, _visit.thread_id = clock, sleep, threading.get_ident()
    try:
        yield
    finally:
        _visit.clock, _visit.sleep, _visit.thread_id = before


def _clock() -> Clock | None:
    """Return the clock that counts here and now, None for the machine's."""
    surroundings = current()
    if surroundings is not None:
        return surroundings.clock
    return _visit.clock if _visit.clock is not None and _visit.thread_id == threading.get_ident() else None


def _visitor_sleeps(seconds: float) -> None:
    assert _visit.sleep is not None, "who has a clock has its sleep"
    before, _visit.clock = _visit.clock, None
    try:
        _visit.sleep(wait_us(seconds) / _US_PER_S)
    finally:
        _visit.clock = before


def _is_visiting() -> bool:
    return _visit.clock is not None and _visit.thread_id == threading.get_ident() and current() is None


def _select(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Whoever waits for a span waits in virtual time, for it reads virtual clocks.

    Threads and sockets that a visitor's event loop waits for as well are real: time passes when nothing has come from
    them for a while. A handler that waits for somebody on the machine has its clock held.
    """

    @functools.wraps(original)
    def select(self: selectors.BaseSelector, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout <= 0:
            return original(self, timeout)
        if current() is not None and all(_is_pair(key.fileobj) for key in self.get_map().values()):
            ready = original(self, 0)
            if not ready:
                strand.sleep_us(wait_us(timeout))
            return ready or original(self, 0)
        if not _is_visiting():
            return original(self, timeout)
        ready = original(self, min(timeout, PATIENCE_S) if _may_be_woken(self) else 0)
        if not ready:
            _visitor_sleeps(timeout)
        return ready

    return select


def _is_pair(file: Any) -> bool:
    """Tell whether a file is half of a pair of sockets, through which a loop is woken by its own process."""
    return isinstance(file, socket.socket) and file.family == socket.AF_UNIX and not file.getsockname()


def _may_be_woken(selector: selectors.BaseSelector) -> bool:
    """Tell whether anything but time could end a wait: a socket beside the loop's own, or a thread at work."""
    here = {threading.main_thread(), threading.current_thread()}
    return len(selector.get_map()) > 1 or any(not each.daemon and each not in here for each in threading.enumerate())


def _uptime(original: Callable[[], float]) -> Callable[[], float]:
    @functools.wraps(original)
    def uptime() -> float:
        clock = _clock()
        return original() if clock is None else (UPTIME_US + clock.now_us) / _US_PER_S

    return uptime


def _uptime_ns(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def uptime_ns() -> int:
        clock = _clock()
        return original() if clock is None else (UPTIME_US + clock.now_us) * _NS_PER_US

    return uptime_ns


def _clock_gettime(original: Callable[[int], float]) -> Callable[[int], float]:
    """The real-time clock is time-machine's; every other one says how long the machine is up."""

    @functools.wraps(original)
    def clock_gettime(clock_id: int, /) -> float:
        clock = _clock()
        if clock is None or clock_id == time.CLOCK_REALTIME:
            return original(clock_id)
        return (UPTIME_US + clock.now_us) / _US_PER_S

    return clock_gettime


def _clock_gettime_ns(original: Callable[[int], int]) -> Callable[[int], int]:
    @functools.wraps(original)
    def clock_gettime_ns(clock_id: int, /) -> int:
        clock = _clock()
        if clock is None or clock_id == time.CLOCK_REALTIME:
            return original(clock_id)
        return (UPTIME_US + clock.now_us) * _NS_PER_US

    return clock_gettime_ns


def _ctime(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def ctime(seconds: float | None = None, /) -> str:
        clock = _clock()
        return original(clock.epoch_us() // _US_PER_S if clock is not None and seconds is None else seconds)

    return ctime


def _asctime(original: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(original)
    def asctime(*moment: Any) -> str:
        return original(*moment) if moment or _clock() is None else original(time.localtime())

    return asctime


def _tzset(original: Callable[[], None]) -> Callable[[], None]:
    """As in C, a changed `TZ` counts from here on."""

    @functools.wraps(original)
    def tzset() -> None:
        surroundings = current()
        if surroundings is None:
            original()
        else:
            surroundings.zone = zone_of(surroundings.environ)
            enter_zone(surroundings.zone)

    return tzset


def _sleep(original: Callable[[float], None]) -> Callable[[float], None]:
    @functools.wraps(original)
    def sleep(seconds: float, /) -> None:
        if _clock() is None:
            original(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if current() is None:
            _visitor_sleeps(seconds)
        else:
            strand.sleep_us(wait_us(seconds))

    return sleep


def _log_record(original: Callable[..., None]) -> Callable[..., None]:
    """A record's millisecond is the clock's; before Python 3.13 it was cut off from a float, which may lie below it.

    `%(relativeCreated)d` counts from the beginning of the run; the library counts from when it was imported.
    """

    @functools.wraps(original)
    def init(self: logging.LogRecord, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        clock = _clock()
        if clock is not None:
            self.msecs = float(clock.epoch_us() // 1000 % 1000)
            self.relativeCreated = clock.now_us / 1000

    return init


SWAPS = (
    Swap(time, "sleep", _sleep),
    Swap(time, "monotonic", _uptime),
    Swap(time, "monotonic_ns", _uptime_ns),
    Swap(time, "perf_counter", _uptime),
    Swap(time, "perf_counter_ns", _uptime_ns),
    Swap(time, "process_time", _uptime),
    Swap(time, "process_time_ns", _uptime_ns),
    Swap(time, "thread_time", _uptime),
    Swap(time, "thread_time_ns", _uptime_ns),
    Swap(time, "clock_gettime", _clock_gettime),
    Swap(time, "clock_gettime_ns", _clock_gettime_ns),
    Swap(time, "ctime", _ctime),
    Swap(time, "asctime", _asctime),
    Swap(time, "tzset", _tzset),
    Swap(selectors.DefaultSelector, "select", _select),
    Swap(logging.LogRecord, "__init__", _log_record),
)
"""What time-machine leaves alone."""
