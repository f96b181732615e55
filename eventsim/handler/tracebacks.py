"""What does a traceback show that user code prints? Its own frames and Python's, and none of the simulator."""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current

_OWN_FOLDER = f"{Path(__file__).parent.parent}/"


def told(error: BaseException) -> str:
    """Return what Python prints of an error that nobody caught."""
    exception = traceback.TracebackException.from_exception(error)
    _leave_users(exception.stack)
    return "".join(exception.format())


def _leave_users(frames: traceback.StackSummary) -> None:
    frames[:] = [frame for frame in frames if not frame.filename.startswith(_OWN_FOLDER)]


def _drop_own(frames: traceback.StackSummary) -> None:
    if current() is not None:
        _leave_users(frames)


def _exception(original: Callable[..., None]) -> Callable[..., None]:
    """Whatever formats an exception, `logging` too, makes one of these."""

    @functools.wraps(original)
    def __init__(self: traceback.TracebackException, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it is one
        original(self, *args, **kwargs)
        _drop_own(self.stack)

    return __init__


def _extract(original: Callable[..., traceback.StackSummary]) -> Callable[..., traceback.StackSummary]:
    @functools.wraps(original)
    def extract(*args: Any, **kwargs: Any) -> traceback.StackSummary:
        frames = original(*args, **kwargs)
        _drop_own(frames)
        return frames

    return extract


SWAPS = (
    Swap(traceback.TracebackException, "__init__", _exception),
    Swap(traceback, "extract_tb", _extract),
    Swap(traceback, "extract_stack", _extract),
)
