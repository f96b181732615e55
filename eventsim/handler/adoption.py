"""Which modules bound a name before the run? `from time import sleep` keeps the original, unless it is swapped too.

Test files, handlers that are objects of the process, and libraries (s3transfer keeps `os.rename`) do so. A table of
wrappers is *adopted* by looking through the globals of every loaded module for the originals.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType

from eventsim.handler.interpose import Swap

_OWN = ("eventsim", "eventsim_sources", "greenlet", "time_machine", "_pytest", "pytest")
"""Packages that mean the real thing: whoever runs user code, and whoever measures the run."""


def adopted(swaps: Iterable[Swap]) -> list[Swap]:
    """Return further rows for a table that is installed: names in modules that stand for one of its originals."""
    table = tuple(swaps)
    rows = {(id(swap.owner), swap.name) for swap in table}
    wrappers: dict[int, object] = {}
    for swap in table:
        wrapper = vars(swap.owner).get(swap.name)
        original = getattr(wrapper, "__wrapped__", None)
        if original is not None:
            wrappers[id(original)] = wrappers[id(wrapper)] = wrapper
    return [
        Swap(module, name, _always(wrappers[id(value)]))
        for module in _modules()
        if not wrappers.keys().isdisjoint(map(id, vars(module).values()))
        for name, value in vars(module).items()
        if id(value) in wrappers and (id(module), name) not in rows
    ]


def _always(wrapper: object) -> Callable[[object], object]:
    return lambda _: wrapper


def _modules() -> Iterator[ModuleType]:
    """Yield the modules written in Python; those of the interpreter itself are where the originals live."""
    for name, module in list(sys.modules.items()):
        if (
            isinstance(module, ModuleType)
            and str(getattr(module, "__file__", "")).endswith(".py")
            and not _is_own(name)
        ):
            yield module


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in _OWN
