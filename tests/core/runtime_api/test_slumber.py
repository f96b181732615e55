"""Does a silent program wait, or is it at work?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eventsim.runtime_api.slumber import sleeps
from tests.patience import until

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this machine does not say")


@contextmanager
def program(*command: str) -> Iterator[int]:
    """Start a program in a group of its own, give its number, and end it."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0) as child:
        try:
            yield child.pid
        finally:
            os.killpg(child.pid, 9)


def test_a_program_that_waits_sleeps() -> None:
    """Here for what it may read."""
    with program("cat") as waits:
        until(lambda: sleeps(waits))


def test_a_program_that_computes_is_at_work() -> None:
    """Whether the machine lets it run just now or not."""
    with program(sys.executable, "-SEc", "while True: pass") as works:
        until(lambda: not sleeps(works))
        assert not any(sleeps(works) for _ in range(3))


def test_a_program_that_waits_for_another_is_at_work_with_it() -> None:
    """As a shell that waits for what it has started."""
    with program("sh", "-c", f"{sys.executable} -SEc 'while True: pass'; true") as waits:
        until(lambda: not sleeps(waits))


def test_a_program_that_is_gone_is_at_work_no_more() -> None:
    with program("cat") as gone:
        pass

    assert sleeps(gone)
