"""How much does `/tmp` hold?"""

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_tmp_holds_no_more_than_its_storage(user_process: Any) -> None:
    """Writing beyond the function's ephemeral storage fails as a full disk does, and deleting makes room."""

    def handler() -> list[object]:
        Path("/tmp/a").write_bytes(b"x" * 600)
        with pytest.raises(OSError, match="No space left on device"):
            Path("/tmp/b").write_bytes(b"x" * 600)
        Path("/tmp/a").unlink()
        return [Path("/tmp/b").write_bytes(b"x" * 600)]

    assert user_process.inside(handler, user_process.environment(storage_bytes=1000)) == [600]


def test_writing_over_a_file_takes_no_further_storage(user_process: Any) -> None:
    """What counts is how much lies there, not how much was ever written."""

    def handler() -> int:
        for _ in range(10):
            Path("/tmp/a").write_bytes(b"x" * 600)
        return os.path.getsize("/tmp/a")

    assert user_process.inside(handler, user_process.environment(storage_bytes=1000)) == 600


def test_files_are_opened_as_python_does(user_process: Any) -> None:
    """Modes, buffering and errors of arguments are the language's own."""

    def handler() -> list[object]:
        with open("/tmp/a", "wb", buffering=0) as raw, open("/tmp/b", "w", buffering=1) as line:
            kinds: list[object] = [isinstance(raw, io.RawIOBase), line.line_buffering, line.mode]
        for arguments in [("w", 0), ("wb", -1, "utf-8")]:
            with pytest.raises(ValueError, match=r"unbuffered|encoding"):
                open("/tmp/c", *arguments)  # noqa: SIM115 - it fails
        with open("/tmp/x", "x"), pytest.raises(FileExistsError):
            Path("/tmp/x").touch(exist_ok=False)
        return kinds

    assert user_process.inside(handler) == [True, True, "w"]


def _by_open() -> None:
    Path("/tmp/a").write_text("x")


def _by_mkstemp() -> None:
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    os.rename(name, "/tmp/a")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_by_open, id="open"),
        pytest.param(_by_mkstemp, id="mkstemp"),
        pytest.param(lambda: Path("/tmp/a").touch(), id="touch"),
        pytest.param(lambda: (Path("/tmp/a").touch(), os.utime("/tmp/a")), id="utime"),
        pytest.param(lambda: os.mkdir("/tmp/a"), id="mkdir"),
        pytest.param(lambda: os.close(os.open("/tmp/a", os.O_CREAT | os.O_WRONLY)), id="os.open"),
    ],
)
def test_the_age_of_a_file_is_in_virtual_time(user_process: Any, make: Callable[[], object]) -> None:
    """A cache that is good for an hour is good for an hour of the run."""

    def handler() -> float:
        make()
        time.sleep(3600)
        return time.time() - os.path.getmtime("/tmp/a")

    assert user_process.inside(handler) == 3600


def test_the_disk_is_as_large_as_the_function_was_given(user_process: Any) -> None:
    """`shutil.disk_usage` tells of ephemeral storage, not of the machine's disk."""

    def handler() -> tuple[int, int, int]:
        Path("/tmp/a").write_bytes(b"x" * 600)
        return tuple(shutil.disk_usage("/tmp"))

    assert user_process.inside(handler, user_process.environment(storage_bytes=1000)) == (1000, 600, 400)
