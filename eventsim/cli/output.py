"""How does text get out of here? In one go, quietly if nobody reads it any more."""

import os
import shutil
import sys
from typing import TextIO

from eventsim.report.text import WIDTH_DEFAULT, fitting_width

_STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}


def open_streams() -> None:
    """Let a standard stream that is closed (`>&-`) be one that leads nowhere; else a file would take its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) in _STREAMS.values():
        pass
    os.close(number)
    for name, number in _STREAMS.items():
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def say(text: str) -> None:
    """Print to standard output."""
    _write(sys.stdout, text if text.endswith("\n") else f"{text}\n")


def complain(text: str) -> None:
    """Print to standard error."""
    _write(sys.stderr, f"eventsim: {text}\n")


def _write(stream: TextIO, text: str) -> None:
    """Write and flush; a reader that has gone away (`| head`) is no error."""
    _make_lenient(stream)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # what Python flushes at its end must find an open file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width() -> int:
    """Return how wide to write: the terminal's width within bounds, a fixed one when piped."""
    return fitting_width(shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH_DEFAULT


def _make_lenient(stream: object) -> None:
    """A terminal that cannot show a character shows a `?` instead."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
