"""What does user code see of its process? Its own environment variables, output, process id and exits.

Exits do not end the simulator: they raise `ProcessExit` in the strand, for the environment to make an outcome of.
"""

import errno
import functools
import io
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, NoReturn

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.paths import TMP, place
from eventsim.handler.surroundings import TASK_ROOT, Surroundings, current

PROCESS_ID = 8
"""The runtime's process id in its container (unconfirmed)."""
PARENT_PROCESS_ID = 1
HOST_NAME = "169.254.10.1"
"""A link-local address, as AWS names its machines (unconfirmed)."""


class ProcessExit(BaseException):
    """User code ended its process.

    Attributes:
        code: the exit status.
        signal_number: the signal that ended it, None if it exited by itself.
    """

    def __init__(self, code: int, signal_number: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.signal_number = signal_number


# --- environment variables ---------------------------------------------------------------------------------


class _Environ(MutableMapping[str, str]):
    """`os.environ`: the environment's own variables inside a strand, the process's outside."""

    def __init__(self, original: MutableMapping[str, str]) -> None:
        self.__wrapped__ = original

    def _variables(self) -> MutableMapping[str, str]:
        surroundings = current()
        return self.__wrapped__ if surroundings is None else surroundings.environ

    def __getitem__(self, name: str) -> str:
        return self._variables()[_text(name)]

    def __setitem__(self, name: str, value: str) -> None:
        name = _text(name)
        if not name or "=" in name:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._variables()[name] = _text(value)

    def __delitem__(self, name: str) -> None:
        del self._variables()[_text(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._variables()))

    def __len__(self) -> int:
        return len(self._variables())

    def __repr__(self) -> str:
        return f"environ({dict(self._variables())!r})"

    def copy(self) -> dict[str, str]:
        """Return the variables as a plain dictionary."""
        return dict(self._variables())

    def __or__(self, other: Mapping[str, str]) -> dict[str, str]:
        return dict(self) | dict(other)

    def __ror__(self, other: Mapping[str, str]) -> dict[str, str]:
        return dict(other) | dict(self)

    def __ior__(self, other: Mapping[str, str]) -> "_Environ":
        self.update(other)
        return self


class _EnvironBytes(MutableMapping[bytes, bytes]):
    """`os.environb`: the same variables as bytes."""

    def __init__(self, original: MutableMapping[bytes, bytes]) -> None:
        self.__wrapped__ = original

    def __getitem__(self, name: bytes) -> bytes:
        return os.fsencode(os.environ[os.fsdecode(name)])

    def __setitem__(self, name: bytes, value: bytes) -> None:
        os.environ[os.fsdecode(name)] = os.fsdecode(value)

    def __delitem__(self, name: bytes) -> None:
        del os.environ[os.fsdecode(name)]

    def __iter__(self) -> Iterator[bytes]:
        return iter([os.fsencode(name) for name in os.environ])

    def __len__(self) -> int:
        return len(os.environ)


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"str expected, not {type(value).__name__}")
    return value


def _putenv(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """What bypasses `os.environ` is not seen in it, but by programs that are started."""

    @functools.wraps(original)
    def putenv(name: Any, value: Any, /) -> None:
        surroundings = current()
        if surroundings is None:
            original(name, value)
        else:
            surroundings.environ[os.fsdecode(name)] = os.fsdecode(value)

    return putenv


def _unsetenv(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(original)
    def unsetenv(name: Any, /) -> None:
        surroundings = current()
        if surroundings is None:
            original(name)
        else:
            surroundings.environ.pop(os.fsdecode(name), None)

    return unsetenv


# --- output ------------------------------------------------------------------------------------------------


class _Output(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`: the invocation's log inside a strand, the original outside."""

    def __init__(self, original: Any) -> None:
        self.__wrapped__ = original
        self._bytes = _OutputBytes(original)

    def write(self, text: str, /) -> int:
        surroundings = current()
        if surroundings is None:
            written: int = self.__wrapped__.write(text)
            return written
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        surroundings.write(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        if current() is None:
            self.__wrapped__.flush()

    def isatty(self) -> bool:
        return current() is None and bool(self.__wrapped__.isatty())

    def fileno(self) -> int:
        descriptor: int = self.__wrapped__.fileno()
        return descriptor

    def close(self) -> None:
        """Stay open: nobody may close the process's output for others."""

    @property
    def buffer(self) -> Any:
        return self.__wrapped__.buffer if current() is None else self._bytes

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        return str(self.__wrapped__.encoding) if current() is None else "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # same
        return self.__wrapped__.errors if current() is None else "strict"

    def reconfigure(self, **settings: Any) -> None:
        """Leave the process's output as it is; a log has nothing to configure."""
        if current() is None:
            self.__wrapped__.reconfigure(**settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)


class _OutputBytes(io.RawIOBase):
    """`sys.stdout.buffer` inside a strand."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        content = bytes(data)
        surroundings = current()
        if surroundings is None:
            self._original.buffer.write(content)
        else:
            surroundings.write(content.decode("utf-8", "replace"))
        return len(content)


def _os_write(original: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
    @functools.wraps(original)
    def write(descriptor: int, data: Any, /) -> int:
        surroundings = current()
        if surroundings is None or descriptor not in (1, 2):
            return original(descriptor, data)
        surroundings.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    return write


# --- identity and exits ------------------------------------------------------------------------------------


def _constant(value: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a function without arguments that tells something about the machine."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def tell() -> Any:
            return original() if current() is None else value

        return tell

    return make


def _exit(original: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    @functools.wraps(original)
    def leave(status: int) -> NoReturn:
        if current() is None:
            original(status)
        raise ProcessExit(status)

    return leave


def _abort(original: Callable[[], NoReturn]) -> Callable[[], NoReturn]:
    @functools.wraps(original)
    def abort() -> NoReturn:
        if current() is None:
            original()
        raise ProcessExit(128 + signal.SIGABRT, signal.SIGABRT)

    return abort


def _kill(original: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Killing oneself ends the environment; programs that user code started can be killed as ever."""

    @functools.wraps(original)
    def kill(process_id: int, signal_number: int, /) -> None:
        if current() is None or process_id > PROCESS_ID:
            original(process_id, signal_number)
        elif process_id not in (PROCESS_ID, 0, -1):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        elif signal_number:
            raise ProcessExit(128 + signal_number, signal_number)

    return kill


def _killpg(original: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """A program that was not started in a group of its own is in the runtime's."""

    @functools.wraps(original)
    def killpg(group_id: int, signal_number: int, /) -> None:
        if current() is None or group_id not in (PROCESS_ID, 0, os.getpgrp()):
            original(group_id, signal_number)
        elif signal_number:
            raise ProcessExit(128 + signal_number, signal_number)

    return killpg


def _raise_signal(original: Callable[[int], None]) -> Callable[[int], None]:
    @functools.wraps(original)
    def raise_signal(signal_number: int, /) -> None:
        if current() is None:
            original(signal_number)
        else:
            raise ProcessExit(128 + signal_number, signal_number)

    return raise_signal


def _no_fork(original: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(original)
    def fork(*args: Any) -> int:
        if current() is None:
            return original(*args)
        raise OSError(
            errno.ENOSYS,
            f"os.{original.__name__} (and multiprocessing, which uses it) is not simulated: a copy of the simulator "
            "would run on. Use threads or subprocess, which are",
        )

    return fork


# --- other programs ----------------------------------------------------------------------------------------

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
    def communicate(self: Any, *args: Any, **kwargs: Any) -> Any:
        if current() is None:
            return original(self, *args, **kwargs)
        with strand.outside():
            output = original(self, *args, **kwargs)
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
    Swap(os, "environ", _Environ),
    *(Swap(os, name, _EnvironBytes) for name in ("environb",) if hasattr(os, name)),
    Swap(os, "putenv", _putenv),
    Swap(os, "unsetenv", _unsetenv),
    Swap(sys, "stdout", _Output),
    Swap(sys, "stderr", _Output),
    Swap(os, "write", _os_write),
    Swap(os, "getpid", _constant(PROCESS_ID)),
    Swap(os, "getppid", _constant(PARENT_PROCESS_ID)),
    Swap(socket, "gethostname", _constant(HOST_NAME)),
    Swap(platform, "node", _constant(HOST_NAME)),
    Swap(os, "_exit", _exit),
    Swap(os, "abort", _abort),
    Swap(os, "kill", _kill),
    Swap(os, "killpg", _killpg),
    Swap(signal, "raise_signal", _raise_signal),
    *(Swap(os, name, _no_fork) for name in ("fork", "forkpty") if hasattr(os, name)),
    Swap(subprocess.Popen, "__init__", _popen_init),
    Swap(subprocess.Popen, "wait", _popen_ended),
    Swap(subprocess.Popen, "poll", _popen_ended),
    Swap(subprocess.Popen, "communicate", _communicate),
    Swap(os, "system", _system),
)
