"""How do libraries that answer from threads hold the clock? A ticket is opened where they submit their work.

anyio's worker threads and aiosqlite's connection threads take work from a queue of their own and answer through
`loop.call_soon_threadsafe(callback, future, ...)`. They get a queue that tells the loop of the future as it is put in
(`VirtualLoop.expect`), so that tickets stand in the order of submission. On any other loop nothing changes. And
anyio's cancel scopes are told the order of their births (`VirtualLoop.ordinals`), in which they are cancelled.

The libraries are adapted when a virtual loop runs, or as they are imported later.
"""

import asyncio
import queue
import sys
from asyncio import events
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_SimpleQueue = queue.SimpleQueue
"""The real one, also while user code sees another."""


def _expect(future: object, what: str) -> None:
    """Hold the clock of the loop that runs here, if it has one to hold and this future is its own."""
    loop = events._get_running_loop()
    expect = getattr(loop, "expect", None)
    if expect is not None and isinstance(future, asyncio.Future) and future.get_loop() is loop:
        expect(future, what)


class _WorkerQueue(queue.Queue[Any]):
    """The queue of an anyio worker thread: items are (context, function, arguments, future, cancel scope)."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if item is not None:
            _expect(item[3], f"anyio.to_thread.run_sync({item[1]!r})")
        super().put(item, block, timeout)


class _TransactionQueue(_SimpleQueue[Any]):
    """The queue of an aiosqlite connection: items are (future, function)."""

    def put_nowait(self, item: Any) -> None:
        _expect(item[0], f"aiosqlite: {item[1]!r}")
        super().put_nowait(item)


def _transaction_queue() -> Any:
    """Make a connection's queue; in user code of a run, `queue.SimpleQueue` is another and needs nothing more."""
    made: queue.SimpleQueue[Any] = queue.SimpleQueue()
    return _TransactionQueue() if type(made) is _SimpleQueue else made


def _ordered(scopes: Any) -> Any:
    """Return the class of cancel scopes that stand in sets by their birth: a cancellation goes through such sets."""

    class CancelScope(scopes):  # type: ignore[misc]  # whichever anyio has
        __slots__ = ("ordinal",)

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            ordinals = getattr(events._get_running_loop(), "ordinals", None)
            self.ordinal = object.__hash__(self) if ordinals is None else next(ordinals)

        def __hash__(self) -> int:
            return self.ordinal

    return CancelScope


def _adapt_anyio(module: Any) -> None:
    module.Queue = _WorkerQueue
    if not hasattr(module.CancelScope, "ordinal"):
        module.CancelScope = _ordered(module.CancelScope)


def _adapt_aiosqlite(module: Any) -> None:
    module.SimpleQueue = _transaction_queue


_ADAPTERS: dict[str, Callable[[Any], None]] = {
    "anyio._backends._asyncio": _adapt_anyio,
    "aiosqlite.core": _adapt_aiosqlite,
}


class _LaterImports:
    """Finds the libraries as always and adapts them as soon as they are loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _ADAPTERS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                _ADAPTERS[name](module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # this loader serves this module alone
        return spec


_later_imports = _LaterImports()


def adapt_libraries() -> None:
    """Adapt what is imported and see to what will be."""
    for name, adapt in _ADAPTERS.items():
        module = sys.modules.get(name)
        if module is not None:
            adapt(module)
    if _later_imports not in sys.meta_path:
        sys.meta_path.insert(0, _later_imports)
