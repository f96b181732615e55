"""Which event loops cannot run in a strand? Those that wait in the machine's time: gevent's and trio's are refused.

uvloop is asyncio's, only faster, so asyncio's own stands in for it. nest_asyncio would change asyncio's classes for the
whole process; here loops of user code can do what it is for.
"""

import asyncio
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from eventsim.handler.event_loop import nest_loops
from eventsim.handler.interpose import Swap
from eventsim.handler.strand import current


def _with(stand_in: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put something in the place of a function for user code."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return original(*args, **kwargs) if current() is None else stand_in(*args, **kwargs)

        return call

    return make


def _refused(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(
            f"{name} waits in the machine's time, and is not simulated. Use asyncio, anyio on asyncio, or threads"
        )

    return _with(refuse)


def swaps_of_gevent(monkey: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `gevent.monkey` has been imported."""
    return [Swap(monkey, "patch_all", _refused("gevent"))]


def swaps_of_nest_asyncio(nest_asyncio: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once nest_asyncio has been imported."""
    return [Swap(nest_asyncio, "apply", _with(nest_loops))]


def swaps_of_trio(trio: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once trio has been imported."""
    return [Swap(trio, "run", _refused("trio"))]


def swaps_of_uvloop(uvloop: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once uvloop has been imported."""
    return [
        Swap(uvloop, "install", _with(lambda: None)),
        Swap(uvloop, "new_event_loop", _with(asyncio.new_event_loop)),
        Swap(uvloop, "run", _with(asyncio.run)),
    ]
