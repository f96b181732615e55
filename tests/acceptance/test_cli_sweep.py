"""Does `eventsim sweep` find the seeds with which a scenario fails, and say how to see one?"""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

LOTTERY = """\
functions:
  draw: {handler: lottery.draw}
queues:
  tickets: {}
mappings:
  - {source: tickets, function: draw}
workload:
  - send: {queue: tickets, body: one}
until: 20 s
expect:
  - function draw has 0 errors
"""

DRAW = """\
import random

def draw(event, context):
    assert random.randint(1, 6) != 6
"""


@pytest.fixture
def lottery(folder: Path) -> str:
    """A scenario that fails for some seeds."""
    (folder / "lottery.py").write_text(DRAW)
    (folder / "lottery.yaml").write_text(LOTTERY)
    return "lottery.yaml"


def test_seeds_that_fail_are_found_and_can_be_seen_again(eventsim_process: Command, lottery: str) -> None:
    """With one of them the run fails every time, with one that is not named it never does."""
    done = eventsim_process("sweep", lottery, "--seeds", "30", "--json")

    found = json.loads(done.stdout)
    unlucky = found["failed_seeds"]
    assert done.returncode == 1
    assert 0 < len(unlucky) < 30
    assert [each["what"] for each in found["failures"]] == ["function draw has 0 errors"]
    assert found["failures"][0]["seeds"] == unlucky
    fine = next(seed for seed in range(30) if seed not in unlucky)
    assert eventsim_process("run", lottery, "--seed", str(unlucky[0])).returncode == 1
    assert eventsim_process("run", lottery, "--seed", str(fine)).returncode == 0


def test_what_failed_is_said_once_with_its_seeds(eventsim_process: Command, lottery: str) -> None:
    """And with the command that shows one, settings and all."""
    done = eventsim_process("sweep", lottery, "--seeds", "10", "--set", "functions.draw.timeout=9 s", "--until", "9 s")

    assert done.stdout.startswith("lottery: 10 seeds from 0 to 9: ")
    assert " × function draw has 0 errors – but it has 1; the first: at 0.1" in " ".join(done.stdout.split())
    assert "\n  eventsim run lottery.yaml --set 'functions.draw.timeout=9 s' --until '9 s' --seed " in done.stdout


def test_it_is_the_same_however_the_work_is_shared_out(eventsim_process: Command, lottery: str) -> None:
    """Down to the digest of all runs."""
    alone = eventsim_process("sweep", lottery, "--seeds", "12", "--jobs", "1")
    shared = eventsim_process("sweep", lottery, "--seeds", "12", "--jobs", "3")

    assert alone.stdout == shared.stdout


def test_one_seed_is_the_run_with_that_seed(eventsim_process: Command, lottery: str) -> None:
    """A process that has run others before gives the same run."""
    swept = json.loads(eventsim_process("sweep", lottery, "--seeds", "4", "--jobs", "1", "--json").stdout)
    alone = [
        json.loads(eventsim_process("sweep", lottery, "--seed", str(seed), "--seeds", "1", "--json").stdout)
        for seed in range(4)
    ]

    assert swept["failed_seeds"] == [seed for each in alone for seed in each["failed_seeds"]]


def test_a_scenario_that_never_fails_is_fine(eventsim_process: Command) -> None:
    """Exit code 0."""
    done = eventsim_process("sweep", "hello.yaml", "--seed", "7", "--seeds", "3")

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "hello: 3 seeds from 7 to 9, all of them fine")


def test_a_run_that_stalls_has_failed(eventsim_process: Command, folder: Path) -> None:
    """With the sentence that `run` ends with."""
    (folder / "app.py").write_text("import asyncio\n\nasync def hello(event, context):\n    await asyncio.Future()\n")
    (folder / "stalls.yaml").write_text(
        "functions:\n  hello: {handler: app.hello, timeout: 900 s}\nqueues: {q: {}}\n"
        "workload:\n  - invoke: {function: hello, event: {}}\nexpect:\n  - queue q has 1 visible\n"
    )

    done = eventsim_process("sweep", "stalls.yaml", "--seeds", "2")

    assert done.returncode == 1
    assert "2 × queue q has 1 visible – but " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["nowhere.yaml"], "nowhere.yaml", id="no file"),
        pytest.param(["hello.yaml", "--seeds", "0"], "'0' is not a number from 1 to 1,000,000", id="no seeds"),
        pytest.param(["hello.yaml", "--jobs", "-1"], "'-1' is not a number from 1 to 256", id="no processes"),
        pytest.param(
            ["hello.yaml", "--set", "functions.hello.timeout=no"], "is not a span of time", id="a wrong setting"
        ),
        pytest.param(["template.yaml"], "is a template by itself", id="a template"),
    ],
)
def test_what_cannot_be_swept_is_exit_code_2(
    eventsim_process: Command, folder: Path, arguments: list[str], says: str
) -> None:
    """Before any process is begun."""
    (folder / "template.yaml").write_text("Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n")

    done = eventsim_process("sweep", *arguments)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_process_that_is_killed_is_told(eventsim_process: Command, folder: Path) -> None:
    """Native code of a handler may crash."""
    (folder / "app.py").write_text("import ctypes\n\ndef hello(event, context):\n    ctypes.string_at(0)\n")

    done = eventsim_process("sweep", "hello.yaml", "--seeds", "4")

    assert "a process ended in the middle of its runs" in done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_ctrl_c_ends_every_process_with_one_line(folder: Path) -> None:
    """As a terminal sends it: to all of them. What was shown of the progress is wiped away."""
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "eventsim", "sweep", "hello.yaml", "--seeds", "100000", "--jobs", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    began = os.read(screen, 4096)

    os.killpg(process.pid, signal.SIGINT)
    said = _said_by(process)
    ended = began + b"".join(_rest_of(screen))

    assert b" of 100,000 seeds" in began
    assert (process.returncode, said) == (130, b"")
    assert re.fullmatch(rb".*\r\x1b\[Keventsim: interrupted after [\d,]+ of 100,000 seeds\r\n", ended)


def _said_by(process: "subprocess.Popen[bytes]") -> bytes:
    """Wait for the end of a process group that was interrupted, and return what its first process printed."""
    try:
        return process.communicate(timeout=30)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        because = ": whoever started the tests ignores it, as a shell does for `… &` in a script" if is_ignored else ""
        pytest.fail(f"the sweep goes on 30 seconds after SIGINT{because}")


def _rest_of(screen: int) -> Iterator[bytes]:
    with contextlib.suppress(OSError):  # nobody has the terminal open any more
        while True:
            yield os.read(screen, 4096)
    os.close(screen)
