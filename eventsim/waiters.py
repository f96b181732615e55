"""Who waits for what? The lines in which a run that cannot go on names its tasks and its steps."""

import asyncio
from collections.abc import Callable
from typing import Any

from eventsim.handles import Handle


def task_key(task: "asyncio.Task[Any]") -> tuple[int, str]:
    """Return what sorts tasks: order of birth where the loop numbered them (`Task-12`), their name otherwise."""
    name = task.get_name()
    number = name.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, name)


def describe(task: "asyncio.Task[Any]") -> str:
    """Say which task it is, where it stands, and what it awaits."""
    frames = task.get_stack(limit=1)
    place = f" at {frames[-1].f_code.co_filename}:{frames[-1].f_lineno}" if frames else ""
    waits_for = getattr(task, "_fut_waiter", None)
    return f"{task.get_name()} ({_called(task.get_coro())}){place}, waits for {waits_for!r}"


def _called(coroutine: object) -> str:
    """Return what a task runs, and in what of it the task waits: `main, in Queue.get`."""
    inner = coroutine
    while hasattr(below := getattr(inner, "cr_await", None), "cr_await"):
        inner = below
    names = dict.fromkeys(getattr(each, "__qualname__", "?") for each in (coroutine, inner))
    return ", in ".join(names)


def describe_step(function: Callable[[Any], object], argument: object) -> str:
    """Say what a step of the loop would run."""
    if isinstance(argument, Handle):
        callback = argument._callback
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, asyncio.Task):
            return describe(owner)
        return repr(callback)
    return getattr(function, "__qualname__", repr(function))
