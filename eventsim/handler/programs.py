"""What happens to programs that user code starts? They run for real, with the environment's variables and folders.

They block, and the clock is held: no virtual time passes. They have no simulated view of files, so `/tmp` and
`/var/task` in their arguments become the real folders. What they print and nobody reads goes to the log at their end.
"""

import functools
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.paths import TMP, place
from eventsim.handler.surroundings import TASK_ROOT, Surroundings, current

_NAMED_PATH = re.compile(rf"(?<![\w./-])(?:{TMP}|{TASK_ROOT})(?:/[^\s'\"`;|&<>()]*|(?![\w.-]))")


def _with_real_paths(surroundings: Surroundings, argument: Any) -> Any:
    """Replace `/tmp/…` and `/var/task/…` in a command's argument: the program has no simulated view of files."""
    if isinstance(argument, list | tuple):
        return [_with_real_paths(surroundings, one) for one in argument]
    if isinstance(argument, bytes):
        return os.fsencode(_with_real_paths(surroundings, os.fsdecode(argument)))
    if isinstance(argument, os.PathLike):
        return _with_real_paths(surroundings, os.fspath(argument))
    return _NAMED_PATH.sub(lambda found: place(surroundings, found[0]).path, argument)


def _popen_init(original: Callable[..., None]) -> Callable[..., None]:
    """A program gets the environment's variables and working folder; what it prints goes to the log at its end."""

    @functools.wraps(original)
    def __init__(self: Any, args: Any, *others: Any, **settings: Any) -> None:  # noqa: N807 - it is one
        surroundings = current()
        if surroundings is None:
            original(self, args, *others, **settings)
            return
        variables = settings.get("env")
        settings["env"] = {"TMPDIR": surroundings.tmp, **(surroundings.environ if variables is None else variables)}
        settings["cwd"] = place(surroundings, os.fsdecode(settings.get("cwd") or surroundings.cwd)).path
        args = _with_real_paths(surroundings, args)
        with strand.outside():
            for name in ("stdout", "stderr")[max(0, len(others) - 3) :]:
                if settings.get(name) is None:
                    settings[name] = _log_of(self)
            original(self, args, *others, **settings)

    return __init__


def _log_of(process: Any) -> Any:
    """Return the file into which a program prints what nobody else wants."""
    if getattr(process, "eventsim_log", None) is None:
        process.eventsim_log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the program has ended
    return process.eventsim_log


def _popen_ended(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `wait` and `poll`, one of which tells of every program's end. They block for real: the clock is held."""

    @functools.wraps(original)
    def ended(self: Any, *args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        if surroundings is None:
            return original(self, *args, **kwargs)
        with strand.outside():
            code = original(self, *args, **kwargs)
        log = getattr(self, "eventsim_log", None)
        if code is not None and log is not None:
            self.eventsim_log = None
            log.seek(0)
            printed = log.read().decode("utf-8", "replace")
            log.close()
            if printed:
                surroundings.write(printed)
        return code

    return ended


def _communicate(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def communicate(self: Any, input: Any = None, timeout: float | None = None) -> Any:  # noqa: A002 - its name
        if current() is None:
            return original(self, input, timeout)
        try:
            with strand.outside():
                output = original(self, input, timeout)
        except subprocess.TimeoutExpired as late:
            late.timeout = timeout or 0  # what was asked, not what the machine had left of it
            raise
        self.poll()
        return output

    return communicate


def _system(original: Callable[[str], int]) -> Callable[[str], int]:
    @functools.wraps(original)
    def system(command: str) -> int:
        if current() is None:
            return original(command)
        code = subprocess.call(command, shell=True)  # noqa: S602 - what os.system does
        return code << 8 if code >= 0 else -code

    return system


SWAPS = (
    Swap(subprocess.Popen, "__init__", _popen_init),
    Swap(subprocess.Popen, "wait", _popen_ended),
    Swap(subprocess.Popen, "poll", _popen_ended),
    Swap(subprocess.Popen, "communicate", _communicate),
    Swap(os, "system", _system),
)
