"""Which files do compiled libraries open? Those of their environment, where their Python tells of a name in time.

What is compiled opens files by itself, and no wrapper of `open` sees it. So names are turned into real ones where such
a library takes them: most ask `os.path.expanduser` first, lxml has a few functions. What takes a name elsewhere (the
`write` of lxml's trees, `cv2.imread`) means the machine's files.

pyarrow has a client of S3 of its own, which would ask the network; it is refused by name.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.paths import place
from eventsim.handler.storage import stamp
from eventsim.handler.surroundings import Surroundings, current

_ASK_FOR_HOME = ("pandas.io.parquet.", "polars.", "pyarrow.")
"""Modules that ask for the home in a path just before a compiled part opens it."""
_READING = ("iterparse", "parse")
_WRITING = ("htmlfile", "xmlfile")
_ASKS_THE_NETWORK = (
    "pyarrow's own client of S3, which pandas uses for s3:// and parquet, is compiled, and would leave the simulation. "
    "Hand over a file that s3fs has opened, or the bytes that boto3 got: `pd.read_parquet(io.BytesIO(body.read()))`"
)


def real_name(named: Any) -> Any:
    """Return the real name of a file that user code names; whatever is no path, a URL among them, stays what it is."""
    surroundings = current()
    if surroundings is None or not isinstance(named, str | bytes | os.PathLike):
        return named
    path = os.fspath(named)
    text = os.fsdecode(path)
    if "://" in text:
        return named
    found = place(surroundings, text).path
    return os.fsencode(found) if isinstance(path, bytes) else found


def _expanduser(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def expanduser(path: Any) -> Any:
        expanded = original(path)
        if current() is None:
            return expanded
        asker = sys._getframe(1).f_globals.get("__name__")
        if not f"{asker}.".startswith(_ASK_FOR_HOME):
            return expanded
        real = real_name(expanded)
        with strand.outside():
            is_file = os.path.isabs(expanded) or os.path.exists(real)  # noqa: PTH110, PTH117 - of any type
        return real if is_file else expanded  # a name in somebody's store, such as `bucket/key`

    return expanduser


def _first_named(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(source: Any, *others: Any, **settings: Any) -> Any:
        return original(real_name(source), *others, **settings)

    return call


def _written(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(output: Any, *others: Any, **settings: Any) -> Any:
        surroundings = current()
        path = real_name(output)
        made = original(path, *others, **settings)
        if surroundings is None or not isinstance(path, str | bytes):
            return made
        return _stamped(made, surroundings, path)

    return call


@contextlib.contextmanager
def _stamped(made: AbstractContextManager[Any], surroundings: Surroundings, path: Any) -> Iterator[Any]:
    """Let a file be as old as virtual time says once it is written."""
    with made as writer:
        yield writer
    stamp(surroundings, path)


def swaps_of_lxml(etree: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `lxml.etree` has been imported."""
    return [
        *(Swap(etree, name, _first_named) for name in _READING),
        *(Swap(etree, name, _written) for name in _WRITING),
    ]


def swaps_of_pyarrow(fs: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `pyarrow.fs` has been imported."""
    clients = ("S3FileSystem",) if "S3FileSystem" in vars(fs) else ()
    return [Swap(fs, "FileSystem", _without_s3), *(Swap(fs, name, _never_made) for name in clients)]


class _Compiled(type):
    """The type of what stands before a compiled class, whose members cannot be replaced."""

    original: Any

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.original)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.original)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)


def _without_s3(original: Any) -> Any:
    def from_uri(uri: Any) -> Any:
        if current() is None or not str(uri).startswith("s3://"):
            return original.from_uri(uri)
        raise NotImplementedError(_ASKS_THE_NETWORK)

    return _Compiled("FileSystem", (), {"original": original, "from_uri": staticmethod(from_uri)})


def _never_made(original: Any) -> Any:
    def new(_: type, *args: Any, **settings: Any) -> Any:
        if current() is None:
            return original(*args, **settings)
        raise NotImplementedError(_ASKS_THE_NETWORK)

    return _Compiled(original.__name__, (), {"original": original, "__new__": new})


SWAPS = (Swap(os.path, "expanduser", _expanduser),)
