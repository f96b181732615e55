"""Which environment variables does user code see?"""

import os
from collections.abc import Callable
from os import environ, getenv
from typing import Any

import pytest


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


def test_the_machines_variables_are_back_after_the_run(user_process: Any) -> None:
    """`os.environ` is the object it was, also where a module imported it by name."""
    before = (os.environ, environ, getenv)

    user_process.inside(lambda: None)

    assert (os.environ, environ, getenv) == before
    assert os.environ is before[0]
