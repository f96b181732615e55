"""Which modules bound a name before the run? `from time import sleep` keeps the original, unless it is swapped too.

Test files, handlers that are objects of the process, and libraries (s3transfer keeps `os.rename`) do so. A table of
wrappers is *adopted* by looking through the globals of every loaded module for the originals.

Other threads may be importing. They cannot change what is looked through without another object made on the way, which
could begin a collection of garbage; anything else is looked through in a copy.
"""

import functools
import os
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import ModuleType

from eventsim.handler.interpose import Swap

_OWN = ("eventsim", "eventsim_sources", "greenlet", "time_machine", "_pytest", "pytest")
"""Packages that mean the real thing: whoever runs user code, and whoever measures the run."""

_PYTHONS_FOLDER = f"{Path(os.__file__).parent}{os.sep}"

_Names = list[tuple[ModuleType, str]]


def adopted(swaps: Iterable[Swap]) -> list[Swap]:
    """Return further rows for a table that is installed: names in modules that stand for one of its originals."""
    places: set[tuple[int, str]] = set()
    wrappers: dict[int, object] = {}
    lasting: set[int] = set()
    for swap in swaps:
        places.add(swap.place)
        wrapper = vars(swap.owner).get(swap.name)
        original = getattr(wrapper, "__wrapped__", None)
        if original is not None:
            wrappers[id(original)] = wrappers[id(wrapper)] = wrapper
            if callable(original):
                lasting |= {id(original), id(wrapper)}
    modules = tuple((name, module) for name, module in sys.modules.copy().items() if isinstance(module, ModuleType))
    pythons, others = _sorted_out(modules)
    return [
        Swap(module, name, _always(wrappers[id(value)]))
        for module, name in (*_bound_in_python(pythons, frozenset(lasting)), *_bound(others, wrappers.keys()))
        if (value := vars(module).get(name)) is not None and id(value) in wrappers and (id(module), name) not in places
    ]


def _always(wrapper: object) -> Callable[[object], object]:
    return lambda _: wrapper


@functools.lru_cache(maxsize=8)  # tables of libraries come beside that of every run
def _bound_in_python(modules: tuple[ModuleType, ...], lasting: frozenset[int]) -> _Names:
    """Look through Python's own modules once, and again when more are loaded: nobody binds names in them later."""
    return _bound(modules, lasting)


def _bound(modules: Iterable[ModuleType], ids: Collection[int]) -> _Names:
    """Return the names in modules that stand for one of some objects."""
    wanted = frozenset(ids)
    return [
        (module, name)
        for module in modules
        if not wanted.isdisjoint(map(id, vars(module).values()))
        for name, value in vars(module).copy().items()
        if id(value) in wanted
    ]


@functools.lru_cache(maxsize=1)
def _sorted_out(modules: tuple[tuple[str, ModuleType], ...]) -> tuple[tuple[ModuleType, ...], tuple[ModuleType, ...]]:
    """Return Python's own modules, and the others written in Python.

    Those of the interpreter itself are left out, as they are where the originals live.
    """
    pythons: list[ModuleType] = []
    others: list[ModuleType] = []
    for name, module in modules:
        file = str(getattr(module, "__file__", ""))
        top = name.partition(".")[0]
        if not file.endswith(".py") or top in _OWN:
            continue
        is_pythons = top in sys.stdlib_module_names and file.startswith(_PYTHONS_FOLDER)
        (pythons if is_pythons else others).append(module)
    return tuple(pythons), tuple(others)
