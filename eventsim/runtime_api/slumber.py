"""Does a silent program wait, or is it at work? Where the machine tells, its processes say so themselves."""

from pathlib import Path

_PROCESSES = Path("/proc")
_AT_WORK = ("R", "D")
"""Running, or ready to; or waiting for a disk."""


def sleeps(process_id: int) -> bool:
    """Tell whether neither a process nor those that it started are at work; where nobody says, none is."""
    try:
        threads = list((_PROCESSES / str(process_id) / "task").iterdir())
    except OSError:  # it is gone, or this machine has no such files
        return True
    return not any(map(_is_at_work, threads)) and all(
        sleeps(child) for thread in threads for child in _children(thread)
    )


def _is_at_work(thread: Path) -> bool:
    return _read(thread / "stat").rpartition(")")[2].lstrip().startswith(_AT_WORK)


def _children(thread: Path) -> list[int]:
    """Return the processes that a thread has started and that still run."""
    return [int(number) for number in _read(thread / "children").split()]


def _read(file: Path) -> str:
    try:
        return file.read_text("latin-1")
    except OSError:  # it has just ended
        return ""
