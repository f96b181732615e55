"""How can code that blocks run on a loop that must not block? As a strand: a greenlet on the loop's thread.

Rules:

1. The *hub* is the greenlet in which the loop runs. Strands are entered from the hub and always come back to it.
2. A strand that must wait leaves a `Wake` with whoever will wake it and switches to the hub. The wake brings it back
   through the loop, so strands run one at a time, in the order of the loop.
3. Everything that asks "whose code is this?" asks `current()`. In the hub, and while the simulator works on a strand's
   behalf (`outside`), the answer is nobody.
4. A killed strand gets `StrandKilled` out of whatever it waits in, and out of every later wait. One that swallows it
   again and again is set aside for ever.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager
from contextvars import Context
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet
from msgspec import Struct

from eventsim.running import NOTHING, Running

if TYPE_CHECKING:
    from eventsim.handler.hub import Strands

T = TypeVar("T")

KILLS_SWALLOWED_MAX = 16
"""How often a killed strand may swallow `StrandKilled` before it is set aside for ever."""


class StrandKilled(BaseException):
    """The environment of this strand is gone."""


class HandlerStuck(BaseException):
    """User code ran for too long of real time without waiting for anything."""

    def __str__(self) -> str:
        return "user code ran for too long of real time without waiting for anything, so it was stopped"


class Returned(Struct, Generic[T]):
    """The strand's function returned `value`."""

    value: T


class Raised(Struct):
    """The strand's function raised `error`."""

    error: BaseException


class _Slot(threading.local):
    """Whose code runs on this thread? A plain slot, since user code may run itself in an empty context."""

    strand: "Strand | None" = None


slot = _Slot()
turn = threading.RLock()
"""Held while user code runs: modules and the time zone, which are the process's, are those of one strand at a time.

Simulations on other threads wait for theirs. One below a step of another has it already.
"""
_abandoned: list[greenlet] = []
"""Strands that will not die; letting go of them would run them once more."""


def current() -> "Strand | None":
    """Return the strand whose code runs now, or None if it is the simulator's own."""
    return slot.strand


class outside(AbstractContextManager[None]):  # noqa: N801 - reads as a word in `with outside():`
    """Do the simulator's own work from within a strand: nothing that user code sees applies, no guard strikes."""

    __slots__ = ("_strand",)

    def __enter__(self) -> None:
        strand = self._strand = slot.strand
        if strand is not None:
            slot.strand = None
            strand.strands.running = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        strand = self._strand
        if strand is not None:
            strand.strands.running = slot.strand = strand


class Wake:
    """The way back into one wait of one strand. The first call counts, later ones do nothing."""

    __slots__ = ("_error", "_is_asleep", "_timer", "_value", "greenlet", "is_done", "strand", "until_us")

    def __init__(self, strand: "Strand") -> None:
        self.strand = strand
        self.is_done = False
        """Whether somebody has woken it."""
        self.until_us: int | None = None
        """When it wakes by itself, with None."""
        self._is_asleep = False
        self._timer: asyncio.TimerHandle | None = None
        self._value: Any = None
        self._error: BaseException | None = None
        self.greenlet = getcurrent()

    def __call__(self, value: object = None) -> bool:
        """Let the wait return `value`; False if it was woken before."""
        return self._finish(value, None)

    def throw(self, error: BaseException) -> bool:
        """Let the wait raise `error`; False if it was woken before."""
        return self._finish(None, error)

    def _finish(self, value: object, error: BaseException | None) -> bool:
        if self.is_done:
            return False
        self.is_done = True
        self._value = value
        self._error = error
        if self._is_asleep:
            self.strand.strands.clock.soon(Wake._resume, self)
        return True

    def due(self) -> None:
        """Wake the strand in this very step, as its time has come; for the loop only."""
        if not self.is_done:
            self.is_done = True
            self._resume()

    def arm(self) -> None:
        """Set the timer of a wait that ends by itself."""
        if self.until_us is not None:
            strands = self.strand.strands
            self._timer = strands.clock.loop.call_at_us(self.until_us, self.due, context=strands.timer_context)

    def disarm(self) -> None:
        """Take the timer back: it must not keep a run from becoming idle that has no use for it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _resume(self) -> None:
        strand = self.strand
        if strand.wake is not self:
            return  # killed meanwhile
        if strand.crew.is_frozen:
            strand.crew.late.append((strand.strands.clock.now_us, Wake._resume, self))
            return
        strand.wake = None
        strand.strands.enter(strand, self.greenlet)

    def wait(self, until_us: int | None = None) -> Any:
        """Suspend the current strand until somebody calls this wake, or until an instant, which gives None."""
        strand = self.strand
        if strand.fate is not None:
            strand.die_again()
        if not self.is_done:
            self._is_asleep = True
            self.until_us = until_us
            self._sleep(strand)
            while (interruption := strand.interruption) is not None:
                strand.interruption = None
                interruption()
                if not self.is_done:
                    self._sleep(strand)
        if self._error is not None:
            raise self._error
        return self._value

    def _sleep(self, strand: "Strand") -> None:
        self.arm()
        strand.wake = self
        try:
            strand.strands.hub.switch()
        finally:
            self.disarm()


def wait(start: Callable[[Wake], object], until_us: int | None = None) -> Any:
    """Suspend the current strand; `start` hands its wake to whoever will call it, and may call it itself.

    Args:
        until_us: when the wait ends by itself, with None; None for never.
    """
    strand = _current_strand()
    if strand.fate is not None:
        strand.die_again()
    wake = Wake(strand)
    with outside():
        start(wake)
    return wake.wait(until_us)


def wait_for(awaitable: Awaitable[T], limit_s: float | None = None) -> T:
    """Suspend the current strand until something is done on the simulation's own loop; return its result.

    Raises:
        TimeoutError: it is not done within the limit; it goes on.
    """
    return cast("T", _current_strand().strands.wait_for(awaitable, limit_s))


def sleep_us(delay_us: int) -> None:
    """Suspend the current strand for a span of virtual time; 0 lets everybody else who is ready go first."""
    strand = _current_strand()
    Wake(strand).wait(strand.strands.clock.now_us + delay_us)


def _current_strand() -> "Strand":
    strand = slot.strand
    if strand is None:
        raise RuntimeError("only user code in a strand can wait; the simulator itself must not block")
    return strand


class Arriving(Protocol):
    """What a strand's surroundings must be able to do."""

    def arrive(self) -> None:
        """Swap in what cannot ask whose code is running; called each time one of their strands is entered."""


def refuse_the_dead() -> None:
    """Raise `StrandKilled` in a strand that was killed and goes on, before it does anything to the world."""
    strand = slot.strand
    if strand is not None and strand.is_killed:
        strand.die_again()


class Crew:
    """All strands of one environment."""

    __slots__ = (
        "context",
        "family",
        "is_frozen",
        "late",
        "locals",
        "nests_loops",
        "pipes",
        "pool_numbers",
        "strands",
        "task_numbers",
        "thread_numbers",
    )

    def __init__(self) -> None:
        self.is_frozen = False
        self.nests_loops = False
        """Whether its event loops may be run by what runs on them."""
        self.context = Context()
        """Context variables of the main thread, which outlive an invocation; `decimal` keeps its precision there."""
        self.locals: MutableMapping[Any, dict[str, Any]] = WeakKeyDictionary()
        """Thread-local data of the main thread, which outlives an invocation."""
        self.family: Any = None
        """The processes that it has forked, None if it never did."""
        self.pipes: Any = None
        """The pipes that it has made, None if it never did."""
        self.task_numbers = count(1)
        self.thread_numbers = count(1)
        self.pool_numbers = count()
        self.strands: dict[Strand, None] = {}
        self.late: list[tuple[int, Callable[[Any], object], Any]] = []
        """Steps that came while it was frozen, and when."""


class Strand(Struct, eq=False, weakref=True):
    """One run of user code: a handler, a thread it started. One is made for every invocation."""

    strands: "Strands"
    crew: Crew
    surroundings: Arriving
    """What this strand's code sees of its process."""
    function: Callable[[], Any] | None
    done: "Callable[[Returned[Any] | Raised], None] | None"
    locals: MutableMapping[Any, dict[str, Any]]
    """Thread-local data."""
    ident: int = 0
    """User code's thread identity, 0 for the main thread of its environment."""
    sentinel: Any = None
    """The lock that the end of this thread releases, if `threading` asked for one."""
    wake: Wake | None = None
    """What it waits for, None while it runs or is about to."""
    interruption: Callable[[], object] | None = None
    """What it shall do before its wait goes on: the handler of a signal."""
    fate: BaseException | None = None
    """Why it must end (`StrandKilled`, `HandlerStuck`): whatever its code does now is of no consequence."""
    # What follows is the hub's.
    outcome: Returned[Any] | Raised | None = None
    worker: greenlet | None = None
    """The greenlet in which it runs, None before and after."""
    worker_is_free: bool = False
    """Whether that greenlet has come out of user code and can be used again."""
    running: Running = NOTHING
    """The event loop of user code that ran when it was left, and its task."""
    hooks: Any = None
    """That loop's hooks for asynchronous generators."""
    _kills: int = 0

    @property
    def is_killed(self) -> bool:
        """Whether it must end: nothing that its code still does may be seen by anybody."""
        return self.fate is not None

    def die_again(self) -> NoReturn:
        """Raise `StrandKilled` in a strand that was killed and goes on waiting; in the end let it wait for ever."""
        self._kills += 1
        if self._kills > KILLS_SWALLOWED_MAX:
            self.abandon()
        raise StrandKilled

    def abandon(self) -> None:
        """Leave this strand, which is the current one, and never come back to it."""
        self.outcome = Raised(self.fate or StrandKilled())
        _abandoned.append(getcurrent())
        self.strands.hub.switch()
