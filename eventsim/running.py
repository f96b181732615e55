"""Which event loop runs on this thread, and which of its tasks? Who runs another loop meanwhile puts both aside.

asyncio knows one running loop for each thread and, since Python 3.14, one task beside it instead of one for each loop:
no task begins a step while another one's lasts, though it were another loop's. So the task is put aside as well, by
the functions that asyncio has for whoever brings tasks forward himself ("Extending asyncio" in Python's documentation).
"""

import asyncio
from asyncio.events import _get_running_loop, _set_running_loop
from asyncio.tasks import _enter_task, _leave_task, current_task
from typing import Any, NamedTuple


class Running(NamedTuple):
    """What ran on a thread."""

    loop: asyncio.AbstractEventLoop | None
    task: "asyncio.Task[Any] | None"


NOTHING = Running(None, None)


def put_aside() -> Running:
    """Return what runs on this thread, and let nothing run there any more."""
    loop = _get_running_loop()
    if loop is None:
        return NOTHING
    task = current_task(loop)
    if task is not None:
        _leave_task(loop, task)
    _set_running_loop(None)
    return Running(loop, task)


def put_back(running: Running) -> None:
    """Let something run on this thread, where nothing does."""
    loop, task = running
    if loop is not None:
        _set_running_loop(loop)
        if task is not None:
            _enter_task(loop, task)
