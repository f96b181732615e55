"""Where is a file that user code names?"""

import os
from pathlib import Path
from typing import Any

import pytest

from eventsim.handler.paths import Place, name_inside, place


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param("/tmp/../etc/passwd", Place("/etc/passwd"), id="up and out"),
        pytest.param("/tmp/../../tmp/../etc/passwd", Place("/etc/passwd"), id="far up and out"),
        pytest.param("/tmpfile", Place("/tmpfile"), id="a name that only begins so"),
        pytest.param("/dev/null", Place("/dev/null", is_writable=True), id="device"),
        pytest.param(os.__file__, Place(os.__file__, is_writable=True), id="Python's own"),
    ],
)
def test_no_name_leads_out_of_tmp(user_process: Any, named: str, expected: Place) -> None:
    """What is not below `/tmp` by its name is not looked up there, and the other way round."""
    assert place(user_process.environment(), named) == expected


@pytest.mark.parametrize("named", ["/tmp/a", "//tmp/a", "/tmp/./a", "/tmp/b/../a", "/etc/../tmp/a", "/tmp//a"])
def test_every_spelling_of_tmp_is_tmp(user_process: Any, named: str) -> None:
    """Dots and double slashes are resolved before the name is looked at."""
    surroundings = user_process.environment()

    assert place(surroundings, named).path == f"{surroundings.tmp}/a"


def test_a_real_path_is_told_by_the_name_that_user_code_has_for_it(user_process: Any, tmp_path: Path) -> None:
    """The way back: what links lead to is read in user code's own words."""
    surroundings = user_process.environment(code=tmp_path / "code")

    names = [
        name_inside(surroundings, path) for path in (f"{surroundings.tmp}/a", f"{tmp_path}/code/app.py", "/etc/hosts")
    ]

    assert names == ["/tmp/a", "/var/task/app.py", "/etc/hosts"]


def test_the_real_names_of_an_environments_folders_are_known(user_process: Any, tmp_path: Path) -> None:
    """`__file__` is a real path, often below the machine's `/tmp`; it means what it says."""
    surroundings = user_process.environment(code=tmp_path / "code")

    assert place(surroundings, f"{tmp_path}/code/app.py") == Place(f"{tmp_path}/code/app.py")
    assert place(surroundings, f"{surroundings.tmp}/a") == Place(f"{surroundings.tmp}/a", True, True)
