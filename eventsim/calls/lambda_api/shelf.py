"""Where do functions lie until the next server comes? In a folder beside the database, one file for each thing.

    work/                   what was unpacked or written for stacks
    functions/NAME.….json   a function with its versions, and what the API knows of it
    layers/NAME.….json      a layer with its versions
    code-signing/ID.….json  a code signing configuration
    mappings/UUID.….json    an event source mapping
    undone/WHAT.….json      which operations changed something of the scenario's
    code/SHA256.zip         an archive, as it was uploaded

A file is written whole or not at all, and only if it says something new.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from eventsim.errors import StorageError


class Shelf:
    """The files of one account and region.

    Args:
        folder: it is made when the first thing is put there.
        syncs_fully: whether a file shall outlive the machine's power, not only the process.
    """

    def __init__(self, folder: Path, *, syncs_fully: bool = False) -> None:
        self.folder = folder
        self._syncs_fully = syncs_fully
        self._known: dict[Path, bytes] = {}

    def put(self, shelf: str, name: str, content: bytes) -> None:
        """Keep a thing, in place of what is there under this name.

        Raises:
            StorageError: it cannot be written.
        """
        path = self._path(shelf, name)
        if self._known.get(path) != content:
            self._write(path, content)
            self._known[path] = content

    def remove(self, shelf: str, name: str) -> None:
        """Keep a thing no more, if it is there.

        Raises:
            StorageError: it cannot be removed.
        """
        path = self._path(shelf, name)
        self._known.pop(path, None)
        with _disk(path):
            path.unlink(missing_ok=True)

    def all(self, shelf: str) -> Iterator[tuple[Path, bytes]]:
        """Yield what is there of a sort, with the files.

        Raises:
            StorageError: one cannot be read.
        """
        with _disk(self.folder / shelf):
            for path in sorted((self.folder / shelf).glob("*.json")):
                yield path, path.read_bytes()

    def put_archive(self, identifier: str, archive: Callable[[], bytes]) -> None:
        """Keep an archive, unless it is there.

        Args:
            archive: returns it.

        Raises:
            StorageError: it cannot be written.
        """
        path = self._archive_path(identifier)
        if not path.exists():
            self._write(path, archive())

    def archive(self, identifier: str) -> bytes:
        """Return an archive.

        Raises:
            StorageError: it is not there.
        """
        path = self._archive_path(identifier)
        with _disk(path):
            return path.read_bytes()

    def keep_archives(self, wanted: set[str]) -> None:
        """Remove the archives that nobody wants.

        Raises:
            StorageError: one cannot be removed.
        """
        with _disk(self.folder):
            for path in (self.folder / "code").glob("*.zip"):
                if path.stem not in wanted:
                    path.unlink()

    def _path(self, shelf: str, name: str) -> Path:
        """Return the file of a thing; names that differ in case only have two files on every disk."""
        return self.folder / shelf / f"{name}.{hashlib.sha256(name.encode()).hexdigest()[:8]}.json"

    def _archive_path(self, identifier: str) -> Path:
        return self.folder / "code" / f"{identifier}.zip"

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_suffix(".unfinished")
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as stream:
                stream.write(content)
                if self._syncs_fully:
                    stream.flush()
                    os.fsync(stream.fileno())
            unfinished.replace(path)
            if self._syncs_fully:
                _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder outlive the machine's power, where a folder can be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be kept: {error.strerror or error}") from error
