"""How does user code live inside? As strands on the loop's own thread, which see a process of their own."""

import contextlib
import functools
from collections.abc import Iterable, Iterator

from eventsim.handler import (
    children,
    compiled_files,
    event_loop,
    files,
    loggers,
    luck,
    modules,
    network,
    output,
    pipes,
    process,
    programs,
    signals,
    sqlite,
    threads,
    tracebacks,
    variables,
    virtual_time,
)
from eventsim.handler.adoption import adopted
from eventsim.handler.interpose import Interposition, Swap


@contextlib.contextmanager
def wrapped_process(libraries: Iterable[Swap] = ()) -> Iterator[None]:
    """Stand between user code and its process, for the duration of a run.

    Code outside strands sees the process as it is.

    Args:
        libraries: what is wrapped of libraries.
    """
    table = (*_table(), *libraries)
    wrappers = Interposition([*table, event_loop.policy_swap()])
    try:
        with wrappers, Interposition(adopted(table)), virtual_time.VirtualDates(), modules.PrivateModules():
            yield
    finally:
        if not wrappers.is_installed:
            output.step_aside()


@functools.cache
def _table() -> tuple[Swap, ...]:
    """Return what every run wraps; its rows last as long as the process, since each keeps the wrapper that it made."""
    return (
        *virtual_time.SWAPS,
        *luck.SWAPS,
        *files.swaps(),
        *sqlite.swaps(),
        *compiled_files.SWAPS,
        *modules.SWAPS,
        *loggers.SWAPS,
        *variables.SWAPS,
        *output.SWAPS,
        *process.SWAPS,
        *children.SWAPS,
        *pipes.SWAPS,
        *signals.SWAPS,
        *programs.SWAPS,
        *tracebacks.SWAPS,
        *network.SWAPS,
        *threads.swaps(),
        *event_loop.SWAPS,
    )
