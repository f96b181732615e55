"""What does user code see of its process?"""

import logging
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from os import environ, getenv
from pathlib import Path
from typing import Any

import pytest

from eventsim.handler.process import ProcessExit


def _change_the_environment() -> object:
    os.environ["ADDED"] = "1"
    os.environ.setdefault("DEFAULT", "2")
    environ.update(UPDATED="3")
    del os.environ["TABLE"]
    os.environ.pop("MISSING", None)
    return (
        os.environ.get("TABLE"),
        getenv("ADDED"),
        "HOME" in os.environ,
        sorted(os.environ),
        os.environ.copy() == dict(os.environ) == {**environ},
        os.environb[b"DEFAULT"],
        (os.environ | {"X": "y"})["X"],
    )


def test_environment_variables_belong_to_the_environment(user_process: Any) -> None:
    """`os.environ` shows the function's variables and none of the machine's, however it is asked."""
    surroundings = user_process.environment(environ={"TABLE": "orders"})

    seen = user_process.inside(_change_the_environment, surroundings)

    assert seen == (None, "1", False, ["ADDED", "DEFAULT", "UPDATED"], True, b"2", "y")
    assert surroundings.environ == {"ADDED": "1", "DEFAULT": "2", "UPDATED": "3"}
    assert "ADDED" not in os.environ


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(lambda: os.environ.update(A=1), TypeError, id="a number"),  # type: ignore[arg-type]
        pytest.param(lambda: os.environ.update({"A=B": "1"}), OSError, id="a name with ="),
        pytest.param(lambda: os.environ["MISSING"], KeyError, id="missing"),
    ],
)
def test_environment_variables_are_as_strict_as_pythons(
    user_process: Any, change: Callable[[], object], error: type[Exception]
) -> None:
    """The mistakes that Python finds are found."""
    with pytest.raises(error):
        user_process.inside(change)


def test_whatever_is_printed_goes_to_the_log(user_process: Any) -> None:
    """`print`, `sys.stdout`, its buffer, stderr, descriptors and the last resort of logging end in one place."""

    def handler() -> None:
        print("one", end=";")
        sys.stdout.write("two;")
        sys.stdout.buffer.write(b"three;")
        print("four", end=";", file=sys.stderr)
        os.write(1, b"five;")
        logging.getLogger("x").warning("six")

    user_process.inside(handler)

    assert "".join(user_process.written) == "one;two;three;four;five;six\n"


def test_what_is_printed_outside_goes_where_it_did(user_process: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Only user code in a strand is redirected."""
    user_process.loop.soon(lambda _: print("outside"), None)

    user_process.inside(lambda: print("inside"))

    assert capsys.readouterr().out == "outside\n"
    assert user_process.written == ["inside", "\n"]


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


def test_the_rest_of_the_machine_cannot_be_killed(user_process: Any) -> None:
    """The first process of the container is not the code's to kill; signal 0 only asks."""

    def handler() -> None:
        os.kill(os.getpid(), 0)
        os.kill(1, signal.SIGKILL)

    with pytest.raises(PermissionError):
        user_process.inside(handler)


def test_a_fork_is_refused_with_the_way_out(user_process: Any) -> None:
    """A copy of the simulator would go on with the run."""
    with pytest.raises(OSError, match=r"os\.fork .* is not simulated.*Use threads or subprocess"):
        user_process.inside(lambda: os.fork())


def test_a_program_sees_the_environment_of_the_code(user_process: Any, tmp_path: Path) -> None:
    """It gets variables and working folder; `/tmp` in its arguments is the environment's; time stands still."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "words.txt").write_text("from the code folder\n")
    surroundings = user_process.environment(code=code, environ={"GREETING": "hello", "PATH": os.environ["PATH"]})

    def handler() -> object:
        Path("/tmp/in.txt").write_text("in tmp\n")
        subprocess.run("cat words.txt /tmp/in.txt > /tmp/out.txt", shell=True, check=True)
        said = subprocess.check_output(["sh", "-c", "echo $GREETING; pwd"], text=True).splitlines()
        return Path("/tmp/out.txt").read_text(), said

    assert user_process.inside(handler, surroundings) == ("from the code folder\nin tmp\n", ["hello", str(code)])
    assert user_process.clock.now_us == 0


def test_what_a_program_prints_goes_to_the_log(user_process: Any) -> None:
    """Nobody else's output is the terminal's."""
    surroundings = user_process.environment(environ={"PATH": os.environ["PATH"]})

    def handler() -> tuple[int, int]:
        code = subprocess.call(["sh", "-c", "echo to stdout; echo to stderr >&2; exit 3"])
        return code, os.waitstatus_to_exitcode(os.system("echo system"))

    assert user_process.inside(handler, surroundings) == (3, 0)
    assert "".join(user_process.written) == "to stdout\nto stderr\nsystem\n"


def test_the_process_is_as_it_was_after_the_run(user_process: Any) -> None:
    """Every wrapper is gone."""
    before = (os.environ, sys.stdout, os.getpid, subprocess.Popen.__init__, environ, getenv)

    user_process.inside(lambda: None)

    assert (os.environ, sys.stdout, os.getpid, subprocess.Popen.__init__, environ, getenv) == before
