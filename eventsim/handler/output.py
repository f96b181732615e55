"""Where does what user code prints go? To the invocation's log: `sys.stdout`, `sys.stderr`, and their descriptors."""

import functools
import io
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import current

_ERRORS = {"stdout": "strict", "stderr": "backslashreplace"}
"""What becomes of half characters, which UTF-8 cannot hold: as Python opens its streams."""


class Output(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`: the invocation's log inside a strand, the original outside.

    Args:
        errors: what becomes of what UTF-8 cannot hold, as `str.encode` names it.
    """

    def __init__(self, original: Any, errors: str) -> None:
        self.__wrapped__ = original
        self._errors = errors
        self._bytes = _OutputBytes(original)

    def write(self, text: str, /) -> int:
        surroundings = current()
        if surroundings is None:
            written: int = self.__wrapped__.write(text)
            return written
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        surroundings.write(text if text.isascii() else text.encode("utf-8", self._errors).decode())
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
        return self.__wrapped__.errors if current() is None else self._errors

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


def _showwarnmsg(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """A warning of user code goes to its log, also where a test runner collects warnings."""

    @functools.wraps(original)
    def show(message: Any) -> None:
        is_told_otherwise = warnings.showwarning is not warnings._showwarning_orig  # type: ignore[attr-defined]  # private
        if current() is None or is_told_otherwise:
            original(message)
        else:
            sys.stderr.write(warnings._formatwarnmsg(message))  # type: ignore[attr-defined]  # private

    return show


def forget_warnings() -> None:
    """Let every warning be one that has not been shown yet: a new process of user code begins."""
    with warnings.catch_warnings():  # at its end Python looks at all of them anew
        pass


def stand_in_front() -> None:
    """Stand before the process's output again: a test runner puts its own there between set-up and test."""
    if type(sys.stdout) is Output and type(sys.stderr) is Output:
        return  # the usual answer, and every invocation asks
    for name, errors in _ERRORS.items():
        stream = getattr(sys, name)
        if type(stream) is not Output:
            setattr(sys, name, Output(stream, errors))


def step_aside() -> None:
    """Leave the process's output to whoever had it, at the end of the last run."""
    for name in _ERRORS:
        stream = getattr(sys, name)
        if type(stream) is Output:
            setattr(sys, name, stream.__wrapped__)


SWAPS = (
    *(Swap(sys, name, functools.partial(Output, errors=errors)) for name, errors in _ERRORS.items()),
    Swap(os, "write", _os_write),
    Swap(warnings, "_showwarnmsg", _showwarnmsg),
)
