"""How do lines outlive the server? In a file that grows, until it is rewritten with those that still count.

Lines are appended whole or not at all. What a killed server has left of one was never acknowledged, and is taken away.
A file is rewritten beside itself and takes its own place in one step: whoever is killed meanwhile leaves the old one.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from eventsim.errors import StorageError

PART_BYTES = 65_536
"""How much is read at once of a file that is read in parts."""
_FOR_ITS_OWNER = 0o600
"""Secrets are among the lines."""


class LineFile:
    """A file of lines.

    Args:
        path: the file; it is made by the first line.
        syncs_fully: whether a line shall outlive the machine's power, not only the process.
    """

    def __init__(self, path: Path, *, syncs_fully: bool = False) -> None:
        self.path = path
        self._syncs_fully = syncs_fully

    def append(self, lines: bytes) -> None:
        """Write lines whole or not at all.

        Raises:
            StorageError: they cannot be written.
        """
        try:
            descriptor = self._open(self.path, os.O_APPEND)
            try:
                end = os.fstat(descriptor).st_size
                if os.write(descriptor, lines) != len(lines):
                    os.ftruncate(descriptor, end)
                    raise OSError(0, "there is no room on the disk")
                self._sync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be kept: {error.strerror or error}") from error

    def read(self) -> list[bytes]:
        """Return every whole line; what stands after the last one was never acknowledged, and is taken away.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            if not self.path.exists():
                return []
            content = self.path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                os.truncate(self.path, len(whole))
        except OSError as error:
            raise StorageError(f"{self.path} cannot be read: {error.strerror or error}") from error
        return whole.splitlines(keepends=True)

    @property
    def size_bytes(self) -> int:
        """How long the file is, 0 if there is none."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read_part(self, begin: int) -> list[bytes]:
        """Return whole lines from a place in the file on, some `PART_BYTES` of them; none at the end.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            with self.path.open("rb") as stream:
                stream.seek(begin)
                return stream.readlines(PART_BYTES)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be read: {error.strerror or error}") from error

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Have these lines and no others.

        Raises:
            StorageError: they cannot be written; the file is as it was.
        """
        beside = self.beside()
        try:
            with os.fdopen(self._open(beside.path, os.O_TRUNC), "wb") as stream:
                stream.writelines(lines)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be kept: {error.strerror or error}") from error
        self.replace_by(beside)

    def beside(self) -> "LineFile":
        """Return the file in which the lines are gathered that are to take this one's place."""
        return LineFile(self.path.with_name(f"{self.path.name}.unfinished"))

    def replace_by(self, other: "LineFile") -> None:
        """Have the lines of another file and no others, in one step.

        Raises:
            StorageError: they cannot be written; the file is as it was.
        """
        try:
            with other.path.open("rb") as stream:
                self._sync(stream.fileno())
            other.path.replace(self.path)
            if self._syncs_fully and os.name == "posix":
                self._sync_folder()
        except OSError as error:
            raise StorageError(f"{self.path} cannot be kept: {error.strerror or error}") from error

    def delete(self) -> None:
        """Forget every line."""
        self.path.unlink(missing_ok=True)
        self.beside().path.unlink(missing_ok=True)

    @staticmethod
    def _open(path: Path, how: int) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, _FOR_ITS_OWNER)

    def _sync(self, descriptor: int) -> None:
        if self._syncs_fully:
            os.fsync(descriptor)

    def _sync_folder(self) -> None:
        descriptor = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
