"""Does a silent program wait, or is it at work? Where the machine tells, its processes say so themselves."""

from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")
_AT_WORK = frozenset("RD")
"""Running, or ready to; or waiting for a disk."""


def sleeps(group: int) -> bool:
    """Tell whether nothing in a group of processes is at work; where the machine does not say, nothing is."""
    return not any(state in _AT_WORK for process in _members(group) for state in _states(process))


def _members(group: int) -> Iterator[Path]:
    try:
        processes = [each for each in _PROCESSES.iterdir() if each.name.isdecimal()]
    except OSError:
        return
    yield from (each for each in processes if _fields(each)[2:3] == [str(group)])


def _states(process: Path) -> Iterator[str]:
    """Yield the states of its threads."""
    try:
        threads = list((process / "task").iterdir())
    except OSError:
        return
    for thread in threads:
        yield from _fields(thread)[:1]


def _fields(folder: Path) -> list[str]:
    """Return state, parent and group, and what follows; nothing of one that is gone."""
    try:
        return (folder / "stat").read_text("latin-1").rpartition(")")[2].split()
    except OSError:
        return []
