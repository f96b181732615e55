"""Which file does user code open? The one in its own `/tmp` or code folder; names come back as it gave them.

The functions of `os` and `open` are wrapped, so whatever ends there (pathlib, shutil, tempfile, zipfile, Pillow) is
covered. Not covered: extension modules that open files by themselves, as `cv2.imread` does.
"""

import builtins
import errno
import functools
import glob
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from eventsim.handler.interpose import Swap
from eventsim.handler.paths import TMP, Place, name_inside, place
from eventsim.handler.storage import free_bytes, open_stored, stamp
from eventsim.handler.surroundings import Surroundings, current

_WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _placed(surroundings: Surroundings, named: Any, *, writes: bool) -> tuple[Any, Place]:
    """Return what to pass on instead of a path, in its own type, and its place."""
    path = os.fspath(named)
    found = place(surroundings, os.fsdecode(path))
    if writes and not found.is_writable:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
    return (os.fsencode(found.path) if isinstance(path, bytes) else found.path), found


def _rename_in(error: OSError, names: dict[Any, Any]) -> None:
    """Let an error speak of the path as user code named it."""
    error.filename = names.get(error.filename, error.filename)
    if error.filename2 is not None:  # to set it to None would show
        error.filename2 = names.get(error.filename2, error.filename2)


# --- functions of os ---------------------------------------------------------------------------------------


def _one_path(*, writes: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap a function whose first argument is a path."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            surroundings = current()
            if surroundings is None:
                return original(*args, **kwargs)
            named = args[0] if args else kwargs.pop("path", None)
            if named is None:
                named = "."
            if isinstance(named, int) or kwargs.get("dir_fd") is not None:
                return original(named, *args[1:], **kwargs)
            path, _ = _placed(surroundings, named, writes=writes)
            try:
                return original(path, *args[1:], **kwargs)
            except OSError as error:
                _rename_in(error, {path: os.fspath(named)})
                raise

        return call

    return make


def _two_paths(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function that moves or links one path to another."""

    @functools.wraps(original)
    def call(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        if surroundings is None:
            return original(src, dst, *args, **kwargs)
        names = {}
        paths = []
        for named, folder in ((src, "src_dir_fd"), (dst, "dst_dir_fd")):
            if kwargs.get(folder) is not None:
                paths.append(named)
                continue
            path, _ = _placed(surroundings, named, writes=named is dst or original.__name__ != "link")
            names[path] = os.fspath(named)
            paths.append(path)
        try:
            return original(*paths, *args, **kwargs)
        except OSError as error:
            _rename_in(error, names)
            raise

    return call


def _symlink(original: Callable[..., Any]) -> Callable[..., Any]:
    """A link keeps the real place it leads to; a relative one leads on from where it lies."""

    @functools.wraps(original)
    def symlink(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        if surroundings is None:
            return original(src, dst, *args, **kwargs)
        path, _ = _placed(surroundings, dst, writes=True)
        named = os.fspath(src)
        leads_to = _placed(surroundings, named, writes=False)[0] if os.fsdecode(named).startswith("/") else named
        try:
            return original(leads_to, path, *args, **kwargs)
        except OSError as error:
            _rename_in(error, {path: os.fspath(dst), leads_to: named})
            raise

    return symlink


def _readlink(original: Callable[..., Any]) -> Callable[..., Any]:
    read = _one_path(writes=False)(original)

    @functools.wraps(original)
    def readlink(*args: Any, **kwargs: Any) -> Any:
        leads_to = read(*args, **kwargs)
        surroundings = current()
        if surroundings is None:
            return leads_to
        name = name_inside(surroundings, os.fsdecode(leads_to))
        return os.fsencode(name) if isinstance(leads_to, bytes) else name

    return readlink


def _os_open(original: Callable[..., int]) -> Callable[..., int]:
    reading = _one_path(writes=False)(original)
    writing = _one_path(writes=True)(original)

    @functools.wraps(original)
    def open_descriptor(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        surroundings = current()
        if surroundings is None or not flags & _WRITING_FLAGS:
            return int(reading(path, flags, mode, dir_fd=dir_fd))
        descriptor: int = writing(path, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT and not os.fstat(descriptor).st_size:
            stamp(surroundings, descriptor)
        return descriptor

    return open_descriptor


def _mkdir(original: Callable[..., None]) -> Callable[..., None]:
    make = _one_path(writes=True)(original)

    @functools.wraps(original)
    def mkdir(path: Any, *args: Any, **kwargs: Any) -> None:
        make(path, *args, **kwargs)
        surroundings = current()
        if surroundings is not None and kwargs.get("dir_fd") is None:
            stamp(surroundings, _placed(surroundings, path, writes=True)[0])

    return mkdir


def _utime(original: Callable[..., None]) -> Callable[..., None]:
    """Touching a file without saying when makes it as old as virtual time says."""
    touch = _one_path(writes=True)(original)

    @functools.wraps(original)
    def utime(path: Any, times: Any = None, **kwargs: Any) -> None:
        surroundings = current()
        if surroundings is not None and times is None and kwargs.get("ns") is None:
            now_ns = surroundings.clock.epoch_us() * 1000
            kwargs["ns"] = (now_ns, now_ns)
        if times is None:
            touch(path, **kwargs)
        else:
            touch(path, times, **kwargs)

    return utime


def _statvfs(original: Callable[[Any], os.statvfs_result]) -> Callable[[Any], os.statvfs_result]:
    """`shutil.disk_usage("/tmp")` tells of the function's ephemeral storage."""
    look = _one_path(writes=False)(original)

    @functools.wraps(original)
    def statvfs(path: Any) -> os.statvfs_result:
        surroundings = current()
        told: os.statvfs_result = look(path)
        if surroundings is None or isinstance(path, int) or not _placed(surroundings, path, writes=False)[1].is_tmp:
            return told
        free = free_bytes(surroundings)
        return os.statvfs_result((1, 1, surroundings.storage_bytes, free, free, *told[5:]))

    return statvfs


class _Entry:
    """What `os.scandir` gives, under the name by which the folder was asked for."""

    __slots__ = ("_entry", "name", "path")

    def __init__(self, entry: os.DirEntry[Any], folder: Any) -> None:
        self._entry = entry
        self.name = entry.name
        self.path = os.path.join(folder, entry.name)  # noqa: PTH118 - a name, str or bytes, and no Path

    def __fspath__(self) -> Any:
        return self.path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"


class _Entries:
    """The iterator of `os.scandir`, which is a context manager too; in order of names, as in `listdir`."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[os.DirEntry[Any]], folder: Any) -> None:
        self._entries = iter([_Entry(entry, folder) for entry in sorted(entries, key=lambda entry: entry.name)])

    def __iter__(self) -> Iterator[_Entry]:
        return self._entries

    def __next__(self) -> _Entry:
        return next(self._entries)

    def close(self) -> None:
        self._entries = iter([])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _scandir(original: Callable[..., Any]) -> Callable[..., Any]:
    scan = _one_path(writes=False)(original)

    @functools.wraps(original)
    def scandir(path: Any = None) -> Any:
        if current() is None or isinstance(path, int):
            return original(path)
        with scan(path) as entries:
            return _Entries(entries, "." if path is None else os.fspath(path))

    return scandir


def _listdir(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """The order of a folder is the machine's; user code gets names in order, so that a replay is one."""
    listed = _one_path(writes=False)(original)

    @functools.wraps(original)
    def listdir(path: Any = None) -> list[Any]:
        names: list[Any] = listed(path)
        return names if current() is None else sorted(names)

    return listdir


def _getcwd(original: Callable[[], str]) -> Callable[[], str]:
    @functools.wraps(original)
    def getcwd() -> str:
        surroundings = current()
        return original() if surroundings is None else surroundings.cwd

    return getcwd


def _getcwdb(original: Callable[[], bytes]) -> Callable[[], bytes]:
    @functools.wraps(original)
    def getcwdb() -> bytes:
        surroundings = current()
        return original() if surroundings is None else os.fsencode(surroundings.cwd)

    return getcwdb


def _chdir(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(original)
    def chdir(path: Any) -> None:
        surroundings = current()
        if surroundings is None:
            original(path)
            return
        with os.scandir(path):  # the errors of a folder that is none
            pass
        surroundings.cwd = os.path.normpath(os.path.join(surroundings.cwd, os.fsdecode(path)))  # noqa: PTH118

    return chdir


# --- open --------------------------------------------------------------------------------------------------


def _open(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def open_file(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        if surroundings is None or isinstance(file, int):
            return original(file, mode, *args, **kwargs)
        path, found = _placed(surroundings, file, writes=not set(mode).isdisjoint("wxa+"))
        try:
            if found.is_tmp and not set(mode).isdisjoint("wxa+"):
                return open_stored(surroundings, path, os.fspath(file), mode, *args, **kwargs)
            opened = original(path, mode, *args, **kwargs)
        except OSError as error:
            _rename_in(error, {path: os.fspath(file)})
            raise
        buffered = getattr(opened, "buffer", opened)
        getattr(buffered, "raw", buffered).name = os.fspath(file)
        return opened

    return open_file


# --- others that take paths --------------------------------------------------------------------------------


def _gettempdir(original: Callable[[], str]) -> Callable[[], str]:
    @functools.wraps(original)
    def gettempdir() -> str:
        return original() if current() is None else TMP

    return gettempdir


def _gettempdirb(original: Callable[[], bytes]) -> Callable[[], bytes]:
    @functools.wraps(original)
    def gettempdirb() -> bytes:
        return original() if current() is None else TMP.encode()

    return gettempdirb


def _glob_swaps() -> Iterator[Swap]:
    """Since 3.13, pathlib globs with functions that a class of `glob` has kept since it was loaded."""
    for kind in (getattr(glob, "_Globber", None), getattr(glob, "_StringGlobber", None)):
        for name, make in (("lstat", _one_path(writes=False)), ("scandir", _scandir)):
            if isinstance(vars(kind or object).get(name), staticmethod):
                yield Swap(kind, name, functools.partial(_static, make))


def _static(make: Callable[[Any], Any], original: Any) -> Any:
    return staticmethod(make(original.__func__))


_READING = ("stat", "lstat", "access", "getxattr", "listxattr", "pathconf")
_WRITING = (
    *("mkfifo", "mknod", "remove", "unlink", "rmdir", "chmod", "lchmod", "chown", "lchown"),
    *("truncate", "setxattr", "removexattr"),
)


def swaps() -> list[Swap]:
    """Return the table of wrappers."""
    return [
        Swap(builtins, "open", _open),
        Swap(io, "open", _open),
        Swap(os, "open", _os_open),
        *(Swap(os, name, _one_path(writes=False)) for name in _READING if hasattr(os, name)),
        *(Swap(os, name, _one_path(writes=True)) for name in _WRITING if hasattr(os, name)),
        *(Swap(os, name, _two_paths) for name in ("rename", "replace", "link")),
        Swap(os, "symlink", _symlink),
        Swap(os, "readlink", _readlink),
        Swap(os, "mkdir", _mkdir),
        Swap(os, "utime", _utime),
        Swap(os, "statvfs", _statvfs),
        Swap(os, "scandir", _scandir),
        Swap(os, "listdir", _listdir),
        Swap(os, "getcwd", _getcwd),
        Swap(os, "getcwdb", _getcwdb),
        Swap(os, "chdir", _chdir),
        *_glob_swaps(),
        Swap(tempfile, "gettempdir", _gettempdir),
        Swap(tempfile, "gettempdirb", _gettempdirb),
    ]
