"""How does text get out of here? In one go, quietly if nobody reads it any more."""

import os
import shutil
import sys

from eventsim.report.text import WIDTH_DEFAULT, fitting_width


def say(text: str) -> None:
    """Print to standard output; a reader that has gone away (`| head`) is no error."""
    _make_lenient(sys.stdout)
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # what Python flushes at its end must find an open file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Print to standard error."""
    _make_lenient(sys.stderr)
    print(f"eventsim: {text}", file=sys.stderr)


def width() -> int:
    """Return how wide to write: the terminal's width within bounds, a fixed one when piped."""
    return fitting_width(shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH_DEFAULT


def _make_lenient(stream: object) -> None:
    """A terminal that cannot show a character shows a `?` instead."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
