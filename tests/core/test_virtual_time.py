"""What time is it for user code?"""

import datetime as datetime_module
import logging
import os
import selectors
import socket
import time
from datetime import UTC, date, datetime
from time import monotonic, perf_counter, sleep
from typing import Any

import pytest

from eventsim.clock import START_AT
from eventsim.handler.interpose import Interposition
from eventsim.handler.virtual_time import SWAPS, visited

RUN_BEGINS_S = START_AT.timestamp()


def _after_a_minute(tell: Any) -> Any:
    def handler() -> Any:
        time.sleep(60)
        return tell()

    return handler


@pytest.mark.parametrize(
    ("tell", "expected"),
    [
        pytest.param(lambda: time.time(), RUN_BEGINS_S + 60, id="time.time"),
        pytest.param(lambda: time.time_ns(), int(RUN_BEGINS_S + 60) * 10**9, id="time.time_ns"),
        pytest.param(lambda: datetime.now(UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC), id="datetime.now(UTC)"),
        pytest.param(lambda: datetime.now(), datetime(2026, 1, 1, 0, 1), id="datetime.now"),
        pytest.param(lambda: datetime.today(), datetime(2026, 1, 1, 0, 1), id="datetime.today"),
        pytest.param(lambda: date.today(), date(2026, 1, 1), id="date.today"),
        pytest.param(lambda: time.gmtime()[:6], (2026, 1, 1, 0, 1, 0), id="time.gmtime"),
        pytest.param(lambda: time.localtime()[:6], (2026, 1, 1, 0, 1, 0), id="time.localtime"),
        pytest.param(lambda: time.strftime("%F %T %Z"), "2026-01-01 00:01:00 UTC", id="time.strftime"),
        pytest.param(lambda: time.ctime(), "Thu Jan  1 00:01:00 2026", id="time.ctime"),
        pytest.param(lambda: time.asctime(), "Thu Jan  1 00:01:00 2026", id="time.asctime"),
        pytest.param(lambda: time.clock_gettime(time.CLOCK_REALTIME), RUN_BEGINS_S + 60, id="clock_gettime, real"),
        pytest.param(lambda: time.clock_gettime(time.CLOCK_MONOTONIC), 660.0, id="clock_gettime, monotonic"),
        pytest.param(lambda: time.monotonic(), 660.0, id="time.monotonic"),
        pytest.param(lambda: time.monotonic_ns(), 660 * 10**9, id="time.monotonic_ns"),
        pytest.param(lambda: time.perf_counter(), 660.0, id="time.perf_counter"),
        pytest.param(lambda: monotonic(), 660.0, id="monotonic, imported by name before the run"),
        pytest.param(lambda: perf_counter(), 660.0, id="perf_counter, imported by name before the run"),
        pytest.param(lambda: datetime_module.datetime.now().isoformat(), "2026-01-01T00:01:00", id="isoformat"),
    ],
)
def test_every_clock_tells_virtual_time(user_process: Any, tell: Any, expected: object) -> None:
    """User code sees the run's time, in UTC, whichever function it asks."""
    told = user_process.inside(_after_a_minute(tell))

    assert told == expected


@pytest.mark.parametrize("milliseconds", [0, 1, 100, 101, 999])
def test_log_records_have_the_millisecond_of_the_clock(user_process: Any, milliseconds: int) -> None:
    """In every version of Python: older ones cut it off from a float, which made 99 of 100."""

    def handler() -> tuple[float, float]:
        time.sleep(milliseconds / 1000)
        return logging.makeLogRecord({}).msecs, logging.LogRecord("n", 10, "p", 1, "m", None, None).msecs

    assert user_process.inside(handler) == (milliseconds, milliseconds)


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_utcnow_is_virtual_too(user_process: Any) -> None:
    """It is deprecated, and every other tutorial uses it."""
    told = user_process.inside(lambda: datetime.utcnow())

    assert told == datetime(2026, 1, 1)


def test_sleep_imported_by_name_before_the_run_takes_virtual_time(user_process: Any) -> None:
    """A test file that says `from time import sleep` holds the original; it is adopted for the run."""
    started_s = perf_counter()

    user_process.inside(lambda: sleep(3600))

    assert user_process.clock.now_us == 3_600_000_000
    assert perf_counter() - started_s < 60


def test_two_sleepers_sleep_at_the_same_time(user_process: Any) -> None:
    """Sleeping lets others run."""
    one, two = user_process.environment("one"), user_process.environment("two")
    handler = _after_a_minute(lambda: time.monotonic())

    woken_at = user_process.run((one, handler), (two, handler))

    assert woken_at == [660.0, 660.0]


def test_a_negative_sleep_is_refused(user_process: Any) -> None:
    """As Python does."""
    with pytest.raises(ValueError, match="sleep length must be non-negative"):
        user_process.inside(lambda: time.sleep(-1))


def test_time_is_real_again_after_the_run(user_process: Any) -> None:
    """Nothing stays behind: no function, no time zone."""
    before = (time.sleep, time.monotonic, sleep, os.environ.get("TZ"))

    user_process.inside(lambda: time.time())

    assert (time.sleep, time.monotonic, sleep, os.environ.get("TZ")) == before
    assert time.time() - RUN_BEGINS_S > 86_400


def test_outside_a_strand_time_is_real_while_a_run_lasts(user_process: Any) -> None:
    """The simulator and the user's tests keep their own time."""
    real = []
    user_process.loop.soon(lambda _: real.append((time.time(), datetime.now(UTC))), None)

    user_process.inside(lambda: time.sleep(1))

    assert abs(real[0][0] - time.time()) < 60
    assert abs(real[0][1].timestamp() - time.time()) < 60


def test_a_tests_own_sleep_takes_a_microsecond_at_least(user_process: Any) -> None:
    """Who sleeps for the rest of a span until it is over ends it: a billionth of a second was no time at all."""
    slept_s: list[float] = []

    with Interposition(SWAPS), visited(user_process.clock, slept_s.append):
        time.sleep(1e-9)
        time.sleep(0.0123456)
        time.sleep(0)

    assert slept_s == [0.000001, 0.012346, 0]


def test_a_loop_of_a_library_waits_in_virtual_time(user_process: Any) -> None:
    """kafka-python has one, with a pair of sockets by which its threads wake it; its clocks are virtual."""

    def handler() -> tuple[float, int, int]:
        ours, theirs = socket.socketpair()
        with ours, theirs, selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            begun_s = time.monotonic()
            woken = len(selector.select(90))
            theirs.send(b"wake up")
            return time.monotonic() - begun_s, woken, len(selector.select(90))

    assert user_process.inside(handler) == (90, 0, 1)
