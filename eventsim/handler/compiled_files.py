"""Which files do compiled libraries open? Those of their environment, where their Python tells of a name in time.

What is compiled opens files by itself, and no wrapper of `open` sees it. So names are turned into real ones where such
a library takes them: most ask `os.path.expanduser` first, lxml has a few functions. What takes a name elsewhere (the
`write` of lxml's trees, `cv2.imread`) means the machine's files.
"""

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.paths import place
from eventsim.handler.storage import stamp
from eventsim.handler.surroundings import Surroundings, current

_ASK_FOR_HOME = ("pandas.io.parquet.", "polars.", "pyarrow.")
"""Modules that ask for the home in a path just before a compiled part opens it."""
_READING = ("iterparse", "parse")
_WRITING = ("htmlfile", "xmlfile")


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
        return real_name(expanded) if f"{asker}.".startswith(_ASK_FOR_HOME) else expanded

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


SWAPS = (Swap(os.path, "expanduser", _expanduser),)
