"""What does a traceback show that user code prints?"""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def _open_what_is_missing() -> str:
    try:
        Path("/tmp/missing").read_text()
    except FileNotFoundError:
        return traceback.format_exc()
    return "nothing was raised"


def _raise_from_it() -> str:
    try:
        try:
            Path("/tmp/missing").read_text()
        except FileNotFoundError as error:
            raise ValueError("no settings") from error
    except ValueError as error:
        return "".join(traceback.format_exception(error))


def _extract_it() -> str:
    try:
        open("/tmp/missing")  # noqa: PTH123, SIM115 - as user code does
    except FileNotFoundError as error:
        return "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    return "nothing was raised"


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(_open_what_is_missing, id="format_exc"),
        pytest.param(_raise_from_it, id="chained"),
        pytest.param(_extract_it, id="extract_tb"),
        pytest.param(lambda: "".join(traceback.format_stack()), id="format_stack"),
    ],
)
def test_frames_of_the_simulator_are_left_out(user_process: Any, handler: Callable[[], str]) -> None:
    """On AWS nothing stands between `open` and the code that calls it."""
    text = user_process.inside(handler)

    assert "test_tracebacks.py" in text
    assert "eventsim/handler" not in text


def test_a_logged_exception_shows_the_code_alone(user_process: Any) -> None:
    """`logger.exception` is what most handlers do."""

    def handler() -> None:
        try:
            open("/tmp/missing")  # noqa: PTH123, SIM115 - as user code does
        except FileNotFoundError:
            logging.exception("oh")

    user_process.inside(handler)

    text = "".join(user_process.written)
    assert text.count('  File "') == 1
    assert "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/missing'\n" in text
