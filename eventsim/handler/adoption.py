"""Which modules bound a name before the run? `from time import sleep` keeps the original, unless it is swapped too.

Test files, handlers that are objects of the process, and libraries (s3transfer keeps `os.rename`) do so. A table of
wrappers is *adopted* by looking through the globals of every loaded module for the originals.

A suite begins a thousand runs in a process with a thousand modules, and hardly anything in them changes from one run to
the next. So a look keeps what stood there, and the next one takes in what has changed.

Other threads may be importing. They cannot change what is looked through without another object made on the way, which
could begin a collection of garbage; anything else is looked through in a copy.
"""

import functools
import os
import sys
import threading
from bisect import bisect
from collections.abc import Callable, Collection, Iterable
from itertools import accumulate, chain, compress, count
from operator import is_, is_not
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
    pythons, others = _loaded()
    names = (*_bound_in_python(pythons, frozenset(lasting)), *_globals_of(others).bound(wrappers.keys()))
    return [
        Swap(module, name, _always(wrappers[id(value)]))
        for module, name in names
        if (value := vars(module).get(name)) is not None and id(value) in wrappers and (id(module), name) not in places
    ]


def _always(wrapper: object) -> Callable[[object], object]:
    return lambda _: wrapper


@functools.lru_cache(maxsize=8)  # tables of libraries come beside that of every run
def _bound_in_python(modules: tuple[ModuleType, ...], lasting: frozenset[int]) -> _Names:
    """Look through Python's own modules once, and again when more are loaded: nobody binds names in them later."""
    return [
        (module, name)
        for module in modules
        if not lasting.isdisjoint(map(id, vars(module).values()))
        for name, value in vars(module).copy().items()
        if id(value) in lasting
    ]


class _Globals:
    """Where do objects stand in the globals of some modules?

    Kept of the last look are all values, one after another, what each was called, and at which positions an object
    stands, by its id. Values are compared by identity, as what `==` means is up to them.
    """

    def __init__(self, modules: tuple[ModuleType, ...]) -> None:
        self._modules = modules
        self._globals = [vars(module) for module in modules]
        self._looking = threading.Lock()
        self._values: list[object] = []
        self._names: list[str] = []
        self._ends: list[int] = []
        self._positions: dict[int, list[int]] = {}

    def bound(self, ids: Collection[int]) -> _Names:
        """Return the names that stand for one of some objects."""
        with self._looking:
            self._look_again()
            found = self._found(ids)
            if not all(vars(module).get(name) is self._values[position] for position, module, name in found):
                self._look_afresh()  # a name has gone, and another has its place
                found = self._found(ids)
            return [(module, name) for _, module, name in found]

    def _found(self, ids: Collection[int]) -> list[tuple[int, ModuleType, str]]:
        positions = [position for each in ids for position in self._positions.get(each, ())]
        return [(each, self._modules[bisect(self._ends, each)], self._names[each]) for each in positions]

    def _look_again(self) -> None:
        """Take in which positions have other values than at the last look."""
        if self._is_as_it_was():
            return
        values = list(chain.from_iterable(map(dict.values, self._globals)))
        if len(values) != len(self._values):
            self._look_afresh()
            return
        for position in compress(count(), map(is_not, values, self._values)):
            self._positions[id(self._values[position])].remove(position)
            self._positions.setdefault(id(values[position]), []).append(position)
        self._values = values

    def _is_as_it_was(self) -> bool:
        values = chain.from_iterable(map(dict.values, self._globals))
        return sum(map(len, self._globals)) == len(self._values) and all(map(is_, values, self._values))

    def _look_afresh(self) -> None:
        copies = [names.copy() for names in self._globals]
        self._names = list(chain.from_iterable(copies))
        self._values = list(chain.from_iterable(map(dict.values, copies)))
        self._ends = list(accumulate(map(len, copies)))
        self._positions = {}
        for position, value in enumerate(map(id, self._values)):
            self._positions.setdefault(value, []).append(position)


_globals_of = functools.lru_cache(maxsize=1)(_Globals)


def _loaded() -> tuple[tuple[ModuleType, ...], tuple[ModuleType, ...]]:
    """Return Python's own modules, and the others written in Python."""
    entries = sys.modules.copy()
    try:
        return _sorted_out(tuple(entries), tuple(entries.values()))
    except TypeError:  # somebody has put in what is no module, and has no hash
        modules = {name: each for name, each in entries.items() if isinstance(each, ModuleType)}
        return _sorted_out(tuple(modules), tuple(modules.values()))


@functools.lru_cache(maxsize=1)
def _sorted_out(
    names: tuple[str, ...], entries: tuple[object, ...]
) -> tuple[tuple[ModuleType, ...], tuple[ModuleType, ...]]:
    """Sort out what is loaded; what is of the interpreter itself is left out, as that is where the originals live."""
    pythons: list[ModuleType] = []
    others: list[ModuleType] = []
    for name, entry in zip(names, entries, strict=True):
        file = str(getattr(entry, "__file__", "")) if isinstance(entry, ModuleType) else ""
        top = name.partition(".")[0]
        if not file.endswith(".py") or top in _OWN:
            continue
        is_pythons = top in sys.stdlib_module_names and file.startswith(_PYTHONS_FOLDER)
        (pythons if is_pythons else others).append(entry)  # type: ignore[arg-type]  # a module: it has a file
    return tuple(pythons), tuple(others)
