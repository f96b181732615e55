"""What happens to programs that user code starts?"""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest


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


def test_a_program_that_takes_too_long_is_told_by_its_limit(user_process: Any) -> None:
    """How much of it was left when Python last looked is a matter of the machine."""

    def handler() -> str:
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            subprocess.run(["sleep", "9"], timeout=0.01)
        return str(caught.value)

    assert user_process.inside(handler) == "Command '['sleep', '9']' timed out after 0.01 seconds"
