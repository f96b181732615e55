"""What runs next when time is real? asyncio's own loop, with the tier of the virtual loop on top.

Only the way in which time passes differs: nothing jumps, and nothing needs to be held, since an answer from a thread
may come whenever it comes. Everything else asks `now_us`, `soon` and `at` as it does in virtual time.

uvloop was left out: the loop is a tenth of what a request costs here, and a second kind of loop would have to keep
the same promises.
"""

import asyncio
import contextlib
import threading
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from eventsim.errors import UntrackedWakeup
from eventsim.loop import Ticket

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_US_PER_S = 1_000_000


class LiveTicket(Ticket):
    """Work outside the loop; its answer is taken as soon as it comes."""

    __slots__ = ("_loop",)

    def __init__(self, what: str, loop: "LiveLoop") -> None:
        super().__init__(what)
        self._loop = loop

    def post(self, function: Callable[[T], object], argument: T) -> None:
        """Answer: the loop will call `function(argument)`. Safe from any thread."""
        self._loop.call_soon_threadsafe(function, argument)


class LiveLoop(asyncio.SelectorEventLoop):
    """The asyncio loop whose time is the wall clock's."""

    def __init__(self) -> None:
        self._began_ns = perf_counter_ns()
        self.began_at = datetime.now(UTC)  # noqa: TID251 - this is the wall clock
        """The date on which the run began."""
        self._standing_us: int | None = None
        super().__init__()
        self._step_context = Context()
        """eventsim's own steps need no context variables."""

    # --- eventsim's own tier ---------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Microseconds since the run began."""
        if self._standing_us is not None:
            return self._standing_us
        return (perf_counter_ns() - self._began_ns) // 1000

    @contextlib.contextmanager
    def standing_at(self, instant_us: int) -> Iterator[None]:
        """Have it be this instant for whoever asks meanwhile, even one before the run began; nothing may be awaited."""
        self._standing_us = instant_us
        try:
            yield
        finally:
            self._standing_us = None

    def time(self) -> float:
        """Return the same in seconds, as asyncio wants it."""
        return self.now_us / _US_PER_S

    def soon(self, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` in the next turn, after whatever is ready already."""
        self.call_soon(function, argument, context=self._step_context)

    def at(self, when_us: int, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` once `when_us` is reached; there is no cancelling."""
        if when_us <= self.now_us:
            self.call_soon(function, argument, context=self._step_context)
        else:
            self.call_at(when_us / _US_PER_S, function, argument, context=self._step_context)

    def by_calendar(self, when_us: int, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` once `when_us` is reached: real time always gets there."""
        self.at(when_us, function, argument)

    def call_at_us(
        self, when_us: int, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Schedule a callback at an instant in microseconds; the handle cancels it."""
        return self.call_at(
            when_us / _US_PER_S, callback, *args, context=context if context is not None else copy_context()
        )

    def hold(self, what: str) -> Ticket:
        """Return a ticket for work outside the loop; the wall clock goes on meanwhile."""
        return LiveTicket(what, self)

    def is_in_thread(self) -> bool:
        """Tell whether the caller is on this loop's thread, or nobody runs it."""
        thread_id: int | None = self._thread_id  # type: ignore[attr-defined]  # typeshed leaves it out
        return thread_id in (None, get_ident())

    def fail_from_outside(self, what: object) -> NoReturn:
        """Refuse a thread that wakes user code which only strands may wake.

        Raises:
            UntrackedWakeup: in that thread, and told to the loop's exception handler.
        """
        error = UntrackedWakeup(repr(what), threading.current_thread().name)
        context: dict[str, Any] = {"message": str(error), "exception": error}
        self.call_soon_threadsafe(self.call_exception_handler, context)
        raise error
