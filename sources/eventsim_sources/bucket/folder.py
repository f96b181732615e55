"""How does an object become a file? A bucket's folder that people can read and fill by hand."""

import contextlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from eventsim import SPOOLED_BYTES_MIN, ConfigurationError, Spool, StorageError
from eventsim_sources.bucket.contents import Data, pieces_of
from eventsim_sources.bucket.keys import KEY_BYTES_MAX, Layout, hidden_name, key_of
from eventsim_sources.bucket.version import ObjectVersion


class Stamp(NamedTuple):
    """By what one tells that a file is another one than before, without reading it."""

    inode: int
    size_bytes: int
    modified_ns: int


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder cannot say about an object by itself.

    Attributes:
        path: where the file is below the folder, or None if the object is hidden.
    """

    version: ObjectVersion
    path: str | None


class FolderContents:
    """Bytes as files of a folder that people can read and fill by hand.

    An object's file bears its key's name (see `keys.py`). What a file cannot say lies in a sibling folder,
    `.NAME.eventsim`: one note for each object, the objects that have no visible name, and files not yet complete.
    A file is written beside its notes and then renamed, so that nobody ever sees half of it.

    Attributes:
        folder: the folder.
        stamps: path below the folder → its file as we know it. A file that differs was changed by somebody else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.stamps: dict[str, Stamp] = {}
        self._private = private = self.folder.parent / f".{self.folder.name}.eventsim"
        self._notes = private / "notes"
        self._hidden = private / "hidden"
        self._unfinished = private / "unfinished"
        self._layout = Layout()
        self._key_by_path: dict[str, str] = {}
        self._reading = itertools.count()
        with _disk(self.folder):
            for each in (self.folder, self._notes, self._hidden, self._unfinished):
                each.mkdir(parents=True, exist_ok=True)
            for left in self._unfinished.iterdir():  # by a server that was killed
                left.unlink()

    def load(self) -> dict[str, ObjectVersion | None]:
        """Return the keys that are there, with the note on each; a file that a person put there has none.

        Raises:
            ConfigurationError: a symbolic link, a name that is no text, or two files for one key.
        """
        notes = list(self._load_notes())
        noted = {note.path: note.version for note in notes if note.path is not None}
        found: dict[str, str] = {}
        objects: dict[str, ObjectVersion | None] = {}
        for path in self._visible_paths():
            version = noted.get(path)
            key = version.key if version else key_of(path)
            if key in found:
                raise ConfigurationError(
                    f"{self.folder}: the files {found[key]!r} and {path!r} both stand for the object {key!r}; "
                    "remove one of them",
                    key="directory",
                )
            if self._layout.place(key, path) is None:
                raise ConfigurationError(
                    f"{self.folder}: the name of {path!r} differs only in case or normal form from another's; "
                    "rename one of them, for not every disk can hold both",
                    key="directory",
                )
            found[key] = path
            objects[key] = version
            self._know(path, key, self.stamp(path))
        for note in notes:
            key = note.version.key
            if note.path is None and key not in objects and self._file(key, None).is_file():
                self._layout.hide(key)
                objects[key] = note.version
        return dict(sorted(objects.items()))

    def write(self, version: ObjectVersion, data: Data) -> None:
        """Write the file beside its note, then give it its name."""
        path = self._layout.place(version.key)
        target = self._file(version.key, path)
        with _disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            stamp = self._replace(target, data)
            self._replace(self._note(version.key), msgspec.json.encode(_Note(version=version, path=path)))
        if path is not None:
            self._know(path, version.key, stamp)

    def read(self, key: str) -> Data:
        """Read the file; a symbolic link in its place is refused."""
        file = self._file(key, self._layout.place(key))
        with _disk(file):
            return self._data(file)

    def read_path(self, path: str) -> Data:
        """Read a file that somebody put there.

        Raises:
            OSError: it is gone.
        """
        return self._data(self.folder / path)

    def _data(self, file: Path) -> Data:
        """Return the bytes of a file; a large one gets a second name, under which they stay when it is replaced."""
        found = file.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_size > SPOOLED_BYTES_MIN:
            name = self._unfinished / f"{next(self._reading)}.read"
            try:
                os.link(file, name, follow_symlinks=False)
            except OSError:  # not every disk has second names
                return Spool.copy(file)
            return Spool(name)
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read()

    def read_beside(self, name: str) -> bytes | None:
        """Read a file that lies beside the notes, None if there is none."""
        file = self._private / name
        with _disk(file):
            return file.read_bytes() if file.exists() else None

    def write_beside(self, name: str, content: bytes) -> None:
        """Write a file beside the notes."""
        file = self._private / name
        with _disk(file):
            self._replace(file, content)

    def remove(self, key: str) -> None:
        """Remove the file, its note, and the folders that are empty without it."""
        path = self._layout.place(key)
        file = self._file(key, path)
        with _disk(file):
            self._note(key).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            if path is not None:
                self._remove_empty_folders(file.parent)
        if path is not None:
            self.stamps.pop(path, None)
            self._key_by_path.pop(path, None)
        self._layout.release(key)

    def discard(self) -> None:
        """Remove the folder itself, which holds no object any more.

        Raises:
            FileExistsError: somebody has put something there.
        """
        try:
            self.folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise FileExistsError(self.folder) from error
        shutil.rmtree(self._private, ignore_errors=True)

    # --- what others do to the folder ------------------------------------------------------------------

    def fit_key(self, path: str) -> str | None:
        """Return the key that a file somebody put there stands for, None if there is none or it is taken."""
        key = self._key_by_path.get(path) or key_of(path)
        try:
            is_fit = len(key.encode()) <= KEY_BYTES_MAX
        except UnicodeEncodeError:
            return None
        return key if is_fit and self._layout.has_room(key, path) else None

    def admit(self, path: str, key: str, stamp: Stamp) -> None:
        """Know a file that somebody put there."""
        self._layout.place(key, path)
        self._know(path, key, stamp)

    def forget(self, path: str) -> str | None:
        """Know a file no more that somebody took away; return its key if it was known."""
        key = self._key_by_path.pop(path, None)
        if key is not None:
            self.stamps.pop(path, None)
            self._layout.release(key)
            with _disk(self.folder):
                self._note(key).unlink(missing_ok=True)
        return key

    def stamp(self, path: str) -> Stamp | None:
        """Look at a file as it is now; None if there is none, or something else than a plain file."""
        try:
            found = (self.folder / path).lstat()
        except OSError:
            return None
        return _stamp_of(found) if stat.S_ISREG(found.st_mode) else None

    def scan(self, below: str = "") -> Iterator[tuple[str, Stamp]]:
        """Yield the plain files that are there now, below a path; what is no plain file is passed over."""
        for parent, _, names in os.walk(self.folder / below):
            for name in names:
                path = Path(parent, name).relative_to(self.folder).as_posix()
                stamp = self.stamp(path)
                if stamp is not None:
                    yield path, stamp

    def _know(self, path: str, key: str, stamp: Stamp | None) -> None:
        if stamp is not None:
            self.stamps[path] = stamp
        self._key_by_path[path] = key

    def _file(self, key: str, path: str | None) -> Path:
        """Return where the bytes are, having seen that no symbolic link leads there out of the folder."""
        if path is None:
            return self._hidden / hidden_name(key)
        file = self.folder / path
        if not file.parent.resolve().is_relative_to(self.folder):
            raise StorageError(f"{file.parent} leads out of the bucket's folder {self.folder}")
        return file

    def _note(self, key: str) -> Path:
        return self._notes / f"{hidden_name(key)}.json"

    def _load_notes(self) -> Iterator[_Note]:
        for file in sorted(self._notes.glob("*.json")):
            with _disk(file):
                text = file.read_bytes()
            try:
                note = msgspec.json.decode(text, type=_Note)
            except msgspec.MsgspecError as error:
                raise ConfigurationError(
                    f"{file} is damaged ({error}); delete it, and its object is read afresh", key="directory"
                ) from error
            yield note

    def _visible_paths(self) -> Iterator[str]:
        for parent, folders, files in os.walk(self.folder):
            folders.sort()
            for name in sorted(folders + files):
                path = Path(parent, name)
                if path.is_symlink():
                    raise ConfigurationError(
                        f"{path} is a symbolic link; a bucket's folder holds plain files only", key="directory"
                    )
                if path.is_file():
                    yield _checked(path.relative_to(self.folder).as_posix(), path)
                elif not path.is_dir():
                    raise ConfigurationError(f"{path} is no plain file", key="directory")

    def _replace(self, target: Path, data: Data) -> Stamp:
        unfinished = self._unfinished / hidden_name(target.as_posix())
        try:
            with unfinished.open("wb") as stream:
                stream.writelines(pieces_of(data))
                stream.flush()
                stamp = _stamp_of(os.fstat(stream.fileno()))
            unfinished.replace(target)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        return stamp

    def _remove_empty_folders(self, folder: Path) -> None:
        while folder != self.folder and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def _stamp_of(found: os.stat_result) -> Stamp:
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn what the disk says into our own error."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}; the bucket's folder must be writable") from error


def _checked(text: str, path: Path) -> str:
    """Return the path as text if an object's key may be so."""
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise ConfigurationError(f"{path!r}: the name is not UTF-8; an object's key must be", key="directory") from None
    if size_bytes > KEY_BYTES_MAX:
        raise ConfigurationError(f"{path}: the name has over {KEY_BYTES_MAX} bytes; a key may not", key="directory")
    return text
