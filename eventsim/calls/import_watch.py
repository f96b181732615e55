"""When is a library there to be wrapped? As soon as it is imported, and not because we imported it.

boto3 alone takes a quarter of a second to import. A run in which nobody uses it must not pay for it, and a run in which
a handler imports it in the middle must find it wrapped. So must each environment that has a copy of its own.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from eventsim.handler.adoption import adopted
from eventsim.handler.interpose import Interposition, Swap
from eventsim.handler.surroundings import current


class ImportWatch(MetaPathFinder):
    """Calls a function as soon as one of some modules has been imported; at once for those that are there already.

    Args:
        modules: their full names, such as `botocore.client`.
        then: called with the module, and with each copy of it that an environment imports for itself.
    """

    def __init__(self, modules: Collection[str], then: Callable[[ModuleType], object]) -> None:
        self._modules = modules
        self._then = then

    def begin(self) -> None:
        """Look which of the modules are there, and wait for all of them."""
        for module in loaded(self._modules):
            self._then(module)
        self.wait()

    def wait(self) -> None:
        """Wait for the modules, or for copies of them."""
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the others find the module, and step in between its loading and its importer."""
        if fullname not in self._modules or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Told(spec.loader, self._then)
                return spec
        return None


@contextlib.contextmanager
def wrapped_when_imported(
    tables: Mapping[str, Callable[[ModuleType], Sequence[Swap]]], *, are_bound_elsewhere: bool = False
) -> Iterator[None]:
    """Wrap modules as soon as they are imported.

    Args:
        tables: what makes the table of wrappers of a module, by its full name.
        are_bound_elsewhere: whether others say `from module import name`, and are to be found; to look takes its time,
            so modules that are there already belong into the table of the whole process (`lasting_table`).
    """
    with contextlib.ExitStack() as stack:

        def install(swaps: Sequence[Swap]) -> None:
            stack.enter_context(Interposition(swaps))
            if are_bound_elsewhere and swaps:
                stack.enter_context(Interposition(adopted(swaps)))

        def wrap(module: ModuleType) -> None:
            swaps = tables[module.__name__](module)
            here = current()
            if here is not None and here.modules.holds(module.__name__):
                for swap in swaps:  # for good: what an environment has for its own goes with it
                    swap.put()
            else:
                install(swaps)

        if not are_bound_elsewhere:
            install([swap for module in loaded(tables) for swap in tables[module.__name__](module)])  # all in one go
        watch = ImportWatch(tables, wrap)
        watch.wait()
        stack.callback(watch.end)
        yield


def lasting_table(tables: Mapping[str, Callable[[ModuleType], Sequence[Swap]]]) -> list[Swap]:
    """Return what wraps those modules that are there: in every run the same rows, since each keeps its wrapper."""
    return [swap for module in loaded(tables) for swap in _made_once(tables[module.__name__], module)]


@functools.lru_cache(maxsize=64)
def _made_once(make: Callable[[ModuleType], Sequence[Swap]], module: ModuleType) -> Sequence[Swap]:
    return make(module)


def loaded(names: Iterable[str]) -> list[ModuleType]:
    """Return those modules that are there."""
    return [module for module in map(sys.modules.get, names) if module is not None]


class _Told(Loader):
    """A loader that tells when it is done."""

    def __init__(self, loader: Loader, then: Callable[[ModuleType], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let the real loader do it."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Let the real loader do it, put it back in its place, and tell."""
        self._loader.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._then(module)
