"""What is ready or due? asyncio's handles and tasks without their luggage: creating one is on the hot path."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.loop import VirtualLoop

_US_PER_S = 1_000_000


class Handle(asyncio.Handle):
    """An asyncio handle without the debugging luggage: creating one is on the hot path."""

    __slots__ = ()
    _source_traceback = None
    _repr = None

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context) -> None:
        self._callback = callback
        self._args = args
        self._context = context
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True
        self._callback = None  # type: ignore[assignment]  # typeshed does not say that a handle may be empty
        self._args = ()


class TimerHandle(Handle):
    """A handle that is due later; cancelled ones report to the loop, which sweeps them out of its heap."""

    __slots__ = ("_virtual_loop", "when_us")

    def __init__(
        self,
        when_us: int,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: Context,
        loop: "VirtualLoop | None",
    ) -> None:
        self._callback = callback
        self._args = args
        self._context = context
        self._cancelled = False
        self.when_us = when_us
        self._virtual_loop = loop

    def when(self) -> float:
        return self.when_us / _US_PER_S

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self._callback = None  # type: ignore[assignment]  # as above
            self._args = ()
            if self._virtual_loop is not None:
                self._virtual_loop.bury_timer()

    def fire(self) -> None:
        """Run what is due; cancelling comes too late from now on."""
        self._virtual_loop = None
        run_handle(self)


# When, in which order, and what: one entry of the loop's heap.
Entry = tuple[int, int, Callable[[Any], object], Any]


def is_dead(entry: Entry) -> bool:
    """Tell whether what is due was a timer that somebody has cancelled."""
    return entry[2] is TimerHandle.fire and entry[3]._cancelled


def run_handle(handle: Handle) -> None:
    """Call what a handle holds, in its context; what it raises is the loop's to report."""
    callback = handle._callback
    if callback is None:
        return
    try:
        handle._context.run(callback, *handle._args)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - asyncio's contract: report it, go on
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"Exception in callback {callback!r}", "exception": error, "handle": handle}
        )


class OrderedTask(asyncio.Task[Any]):
    """A task that stands in a set by its birth and not by its address: asyncio iterates over sets of tasks."""

    __slots__ = ("ordinal",)

    ordinal: int

    def __hash__(self) -> int:
        return self.ordinal


OrderedTask.__name__ = "Task"  # what asyncio says of it, in logs of user code, too, is what it says of its own
