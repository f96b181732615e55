"""When has a file come to rest? What people and programs do to a folder arrives as many small noises; pure.

A file is looked at once nothing was heard of it for a moment and nobody has it open. A slow copy is one file however
long it takes, a temporary file that is renamed was never there, and a writer that never closes is not waited for for
ever. Noises can be lost when there are too many of them. But what is lost was behind thousands that arrive, so after
so many the whole folder is looked through.
"""

from typing import Literal

QUIET_US = 150_000
"""How long a file that nobody has open must be at rest."""
STILL_US = 1_000_000
"""The same where nobody tells whether it is open."""
OPEN_STILL_US = 60_000_000
"""The same for a file that somebody keeps open, such as a log."""
NOISES_MAX = 4_000
"""Fewer than half of what Linux queues before it drops any (16,384)."""

Noise = Literal["opened", "written", "closed", "made", "moved", "gone"]


class Unrest:
    """What is going on in one folder."""

    def __init__(self, *, noises_max: int = NOISES_MAX) -> None:
        self._noises_max = noises_max
        self._count = 0
        self._open_counts: dict[str, int] = {}
        self._due_us: dict[str, int] = {}
        self._scan_us: dict[str, int] = {}

    def hear(self, noise: Noise, path: str, now_us: int) -> None:
        """Take note of what happened to a file."""
        self._count += 1
        if self._count >= self._noises_max:
            self._count = 0
            self._open_counts.clear()
            self._scan_us[""] = now_us + STILL_US
        opens = self._open_counts
        if noise == "opened":
            opens[path] = opens.get(path, 0) + 1
        elif noise == "closed":
            opens[path] = opens.get(path, 1) - 1
        if noise == "gone" or not opens.get(path):
            opens.pop(path, None)
        if noise in ("written", "made", "moved", "gone") or path in self._due_us:
            self._due_us[path] = now_us + self._rest_us(noise, path)

    def _rest_us(self, noise: Noise, path: str) -> int:
        if self._open_counts.get(path):
            return OPEN_STILL_US
        return STILL_US if noise in ("made", "written") else QUIET_US

    def hear_move(self, path: str, new_path: str, now_us: int) -> None:
        """Take note of a new name; who has the file open still has it."""
        opens = self._open_counts.pop(path, 0)
        self.hear("gone", path, now_us)
        if opens:
            self._open_counts[new_path] = opens
        self.hear("moved", new_path, now_us)

    def suspect(self, path: str, now_us: int) -> None:
        """Have a folder below looked through, "" for all, once nothing was heard of it for a moment."""
        self._scan_us[path] = now_us + QUIET_US

    def wait(self, path: str, now_us: int) -> None:
        """Look at a file again later: it is not at rest."""
        self._due_us[path] = now_us + STILL_US

    def due(self, now_us: int) -> tuple[list[str], list[str]]:
        """Return the files to be looked at, and the folders to be looked through; each is told once."""
        files = [path for path, due_us in self._due_us.items() if due_us <= now_us]
        folders = [path for path, due_us in self._scan_us.items() if due_us <= now_us]
        for path in files:
            del self._due_us[path]
        for path in folders:
            del self._scan_us[path]
        if not self._due_us and not self._scan_us:
            self._count = 0
        return files, folders

    def next_us(self) -> int | None:
        """Return when something is due, None if all is at rest."""
        return min((*self._due_us.values(), *self._scan_us.values()), default=None)
