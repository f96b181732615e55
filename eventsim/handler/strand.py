"""How can code that blocks run on a loop that must not block? As a strand: a greenlet on the loop's thread.

Rules:

1. The *hub* is the greenlet in which the loop runs. Strands are entered from the hub and always come back to it.
2. A strand that must wait leaves a `Wake` with whoever will wake it and switches to the hub. The wake brings it back
   through the loop, so strands run one at a time, in the order of the loop.
3. Everything that asks "whose code is this?" asks `current()`. In the hub, and while the simulator works on a strand's
   behalf (`outside`), the answer is nobody.
4. A killed strand gets `StrandKilled` out of whatever it waits in, and out of every later wait. One that swallows it
   again and again is set aside for ever.

Greenlets are used again: making one costs more than ten times as much as switching to it.
"""

import asyncio
import sys
import threading
from asyncio import events
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager
from contextvars import Context, copy_context
from functools import partial
from itertools import count
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet

from eventsim.clock import Clock

T = TypeVar("T")

KILLS_SWALLOWED_MAX = 16
"""How often a killed strand may swallow `StrandKilled` before it is set aside for ever."""


class StrandKilled(BaseException):
    """The environment of this strand is gone."""


class HandlerStuck(BaseException):
    """User code ran for too long of real time without waiting for anything."""

    def __str__(self) -> str:
        return "user code ran for too long of real time without waiting for anything, so it was stopped"


class Returned(Generic[T]):
    """The strand's function returned `value`."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


class Raised:
    """The strand's function raised `error`."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Slot(threading.local):
    """Whose code runs on this thread? A plain slot, since user code may run itself in an empty context."""

    strand: "Strand | None" = None


_slot = _Slot()
_numbers_taken: set[int] = set()
"""One number for each simulation that lives in this process: `threading` wants identities unique in the process."""
_IDENTS_PER_SIMULATION = 1 << 32
_abandoned: list[greenlet] = []
"""Strands that will not die; letting go of them would run them once more."""


_timer_context = Context()
"""Timers that only wake strands need no context variables."""


def current() -> "Strand | None":
    """Return the strand whose code runs now, or None if it is the simulator's own."""
    return _slot.strand


class outside(AbstractContextManager[None]):  # noqa: N801 - reads as a word in `with outside():`
    """Do the simulator's own work from within a strand: nothing that user code sees applies, no guard strikes."""

    __slots__ = ("_strand",)

    def __enter__(self) -> None:
        strand = self._strand = _slot.strand
        if strand is not None:
            _slot.strand = None
            strand.strands.running = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        strand = self._strand
        if strand is not None:
            strand.strands.running = _slot.strand = strand


class Wake:
    """The way back into one wait of one strand. The first call counts, later ones do nothing."""

    __slots__ = ("_error", "_greenlet", "_is_asleep", "_value", "is_done", "strand")

    def __init__(self, strand: "Strand") -> None:
        self.strand = strand
        self.is_done = False
        """Whether somebody has woken it."""
        self._is_asleep = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._greenlet = getcurrent()

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

    def due(self, value: object = None) -> None:
        """Wake the strand in this very step; for the loop only (`clock.at(when_us, wake.due, value)`)."""
        if not self.is_done:
            self.is_done = True
            self._value = value
            self._resume()

    def _resume(self) -> None:
        strand = self.strand
        if strand.wake is not self:
            return  # killed meanwhile
        if strand.crew.is_frozen:
            strand.crew.late.append((Wake._resume, self))
            return
        strand.wake = None
        strand.strands._enter(strand, self._greenlet)

    def wait(self) -> Any:
        """Suspend the current strand until somebody calls this wake."""
        strand = self.strand
        if strand.fate is not None:
            strand._die_again()
        if not self.is_done:
            self._is_asleep = True
            strand.wake = self
            strand.strands._hub.switch()
        if self._error is not None:
            raise self._error
        return self._value


def wait(start: Callable[[Wake], object]) -> Any:
    """Suspend the current strand; `start` hands its wake to whoever will call it, and may call it itself."""
    strand = _current_strand()
    if strand.fate is not None:
        strand._die_again()
    wake = Wake(strand)
    with outside():
        start(wake)
    return wake.wait()


def wait_for(awaitable: Awaitable[T]) -> T:
    """Suspend the current strand until something is done on the simulation's own loop; return its result."""
    return cast("T", _current_strand().strands._wait_for(awaitable))


def sleep_us(delay_us: int) -> None:
    """Suspend the current strand for a span of virtual time; 0 lets everybody else who is ready go first."""
    strand = _current_strand()
    wake = Wake(strand)
    loop = strand.strands.clock.loop
    timer = loop.call_at_us(loop.now_us + delay_us, wake.due, context=_timer_context)
    try:
        wake.wait()
    except BaseException:
        timer.cancel()  # so that a killed sleeper does not keep the run from becoming idle
        raise


def _current_strand() -> "Strand":
    strand = _slot.strand
    if strand is None:
        raise RuntimeError("only user code in a strand can wait; the simulator itself must not block")
    return strand


class Arriving(Protocol):
    """What a strand's surroundings must be able to do."""

    def arrive(self) -> None:
        """Swap in what cannot ask whose code is running; called each time one of their strands is entered."""


def refuse_the_dead() -> None:
    """Raise `StrandKilled` in a strand that was killed and goes on, before it does anything to the world."""
    strand = _slot.strand
    if strand is not None and strand.is_killed:
        strand._die_again()


class _Crew:
    """All strands of one environment."""

    __slots__ = ("is_frozen", "late", "locals", "loop", "pool_numbers", "strands", "task_numbers", "thread_numbers")

    def __init__(self) -> None:
        self.is_frozen = False
        self.locals: MutableMapping[Any, dict[str, Any]] = WeakKeyDictionary()
        """Thread-local data of the main thread, which outlives an invocation."""
        self.loop: asyncio.AbstractEventLoop | None = None
        """The event loop that it keeps from one invocation to the next, if it has one."""
        self.task_numbers = count(1)
        self.thread_numbers = count(1)
        self.pool_numbers = count()
        self.strands: dict[Strand, None] = {}
        self.late: list[tuple[Callable[[Any], object], Any]] = []
        """Steps that came while it was frozen, in order."""


class Strand:
    """One run of user code: a handler, a thread it started."""

    __slots__ = (
        "_done",
        "_function",
        "_hooks",
        "_kills",
        "_loop",
        "_outcome",
        "_worker",
        "_worker_is_free",
        "context",
        "crew",
        "fate",
        "ident",
        "locals",
        "sentinel",
        "strands",
        "surroundings",
        "wake",
    )

    def __init__(
        self,
        strands: "Strands",
        crew: _Crew,
        surroundings: Arriving,
        function: Callable[[], Any],
        done: "Callable[[Returned[Any] | Raised], None]",
        context: Context,
    ) -> None:
        self.strands = strands
        self.crew = crew
        self.surroundings = surroundings
        """What this strand's code sees of its process."""
        self.context = context
        self.ident = 0
        """User code's thread identity, 0 for the main thread of its environment."""
        self.locals: MutableMapping[Any, dict[str, Any]] = crew.locals
        """Thread-local data."""
        self.sentinel: Any = None
        """The lock that the end of this thread releases, if `threading` asked for one."""
        self.wake: Wake | None = None
        """What it waits for, None while it runs or is about to."""
        self.fate: BaseException | None = None
        """Why it must end (`StrandKilled`, `HandlerStuck`): whatever its code does now is of no consequence."""
        self._function: Callable[[], Any] | None = function
        self._done = done
        self._outcome: Returned[Any] | Raised | None = None
        self._worker: greenlet | None = None
        self._worker_is_free = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hooks: Any = None
        self._kills = 0

    @property
    def is_over(self) -> bool:
        """Whether its function has ended."""
        return self._outcome is not None

    @property
    def is_killed(self) -> bool:
        """Whether it must end: nothing that its code still does may be seen by anybody."""
        return self.fate is not None

    def _die_again(self) -> None:
        """Raise `StrandKilled` in a strand that was killed and goes on waiting; in the end let it wait for ever."""
        self._kills += 1
        if self._kills > KILLS_SWALLOWED_MAX:
            self.abandon()
        raise StrandKilled

    def abandon(self) -> None:
        """Leave this strand, which is the current one, and never come back to it."""
        self._outcome = Raised(self.fate or StrandKilled())
        _abandoned.append(getcurrent())
        self.strands._hub.switch()


def _lowest_free_number() -> int:
    number = next(number for number in count() if number not in _numbers_taken)
    _numbers_taken.add(number)
    return number


class Strands:
    """The hub of one simulation: starts strands, brings them back, kills them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.switches = 0
        """How often a strand was entered; the guard looks whether it grows."""
        self.running: Strand | None = None
        """The strand whose code runs; the guard, in its own thread, cannot ask `current()`."""
        self._hub: greenlet = getcurrent()
        self._hub_context = copy_context()
        self._spare: list[greenlet] = []
        self._crews: dict[Arriving, _Crew] = {}
        self.ordinals = count()
        """Numbers for what must stand in sets by its birth."""
        self._number = _lowest_free_number()
        self._idents = count(self._number * _IDENTS_PER_SIMULATION + 1)

    # --- starting --------------------------------------------------------------------------------------

    def start(
        self,
        surroundings: Arriving,
        function: Callable[[], T],
        done: Callable[[Returned[T] | Raised], None],
        context: Context | None = None,
    ) -> Strand:
        """Run a function in a strand, at once, until it first waits or ends. Called from the hub.

        Args:
            done: called once at its end, straight from the hub.
            context: what the function's context variables live in; a fresh one by default.
        """
        strand = self._new_strand(surroundings, function, done, context)
        self._begin(strand)
        return strand

    def spawn(
        self,
        surroundings: Arriving,
        function: Callable[[], T],
        done: Callable[[Returned[T] | Raised], None],
        context: Context | None = None,
    ) -> Strand:
        """Start a thread of user code beside others, as a step of the loop. Called from anywhere."""
        strand = self._new_strand(surroundings, function, done, context)
        strand.ident = next(self._idents)
        strand.locals = WeakKeyDictionary()
        self.clock.soon(self._begin, strand)
        return strand

    def _new_strand(
        self, surroundings: Arriving, function: Callable[[], Any], done: Callable[[Any], None], context: Context | None
    ) -> Strand:
        crew = self._crews.get(surroundings)
        if crew is None:
            crew = self._crews[surroundings] = _Crew()
        strand = Strand(self, crew, surroundings, function, done, context if context is not None else Context())
        crew.strands[strand] = None
        return strand

    def _begin(self, strand: Strand) -> None:
        if strand._outcome is not None:
            return  # killed meanwhile
        if strand.crew.is_frozen:
            strand.crew.late.append((self._begin, strand))
            return
        worker = self._spare.pop() if self._spare else greenlet(self._work)
        worker.gr_context = strand.context
        strand._worker = worker
        self._enter(strand, worker)

    def _work(self) -> None:
        """Run one strand after another: the body of every greenlet."""
        while True:
            strand = cast("Strand", _slot.strand)
            function, strand._function = cast("Callable[[], Any]", strand._function), None
            try:
                outcome: Returned[Any] | Raised = Returned(function())
            except BaseException as error:  # noqa: BLE001 - carried to whoever started the strand
                outcome = Raised(error)
            strand._outcome = outcome
            strand._worker_is_free = True
            del strand, function, outcome
            self._hub.switch()

    def _enter(self, strand: Strand, target: greenlet, error: BaseException | None = None) -> None:
        """Switch from the hub into a strand; come back when it waits or ends.

        asyncio keeps the running loop and the hooks of asynchronous generators per thread; each side gets its own.
        """
        self.switches += 1
        hub = self._hub = getcurrent()
        hub_loop = events._get_running_loop()
        hub_hooks = sys.get_asyncgen_hooks()
        events._set_running_loop(strand._loop)
        if strand._loop is not None:
            sys.set_asyncgen_hooks(*strand._hooks)
        worker = cast("greenlet", strand._worker)
        if worker.parent is not hub:
            worker.parent = hub
        strand.surroundings.arrive()
        self.running = _slot.strand = strand
        try:
            if error is None:
                target.switch()
            else:
                target.throw(error)
        except HandlerStuck as late:  # it struck when the function had just ended
            strand._outcome = strand._outcome or Raised(late)
        self.running = _slot.strand = None
        strand._loop = events._get_running_loop()
        if strand._loop is not None:
            strand._hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(*hub_hooks)
        events._set_running_loop(hub_loop)
        if strand._outcome is not None:
            self._end(strand)

    def _end(self, strand: Strand) -> None:
        crew = strand.crew
        del crew.strands[strand]
        worker = strand._worker
        if worker is not None and strand._worker_is_free and not worker.dead:
            self._spare.append(worker)
        strand._worker = None
        strand._done(cast("Returned[Any] | Raised", strand._outcome) if strand.fate is None else Raised(strand.fate))

    # --- waiting ---------------------------------------------------------------------------------------

    def _wait_for(self, awaitable: Awaitable[T]) -> Any:
        task = self._hub_context.copy().run(asyncio.ensure_future, awaitable, loop=self.clock.loop)

        def answer(wake: Wake, done: asyncio.Future[T]) -> None:
            if done.cancelled():
                wake.throw(asyncio.CancelledError())
            elif (error := done.exception()) is not None:
                wake.throw(error)
            else:
                wake(done.result())

        try:
            return wait(lambda wake: task.add_done_callback(partial(answer, wake)))
        except StrandKilled:
            task.cancel()
            raise

    # --- freezing and killing --------------------------------------------------------------------------

    def freeze(self, surroundings: Arriving) -> None:
        """Let no strand of an environment run until `thaw`; whatever wakes them meanwhile is kept."""
        crew = self._crews.get(surroundings)
        if crew is not None:
            crew.is_frozen = True

    def thaw(self, surroundings: Arriving) -> None:
        """Let the strands of an environment run again, those first that were woken first."""
        crew = self._crews.get(surroundings)
        if crew is not None:
            crew.is_frozen = False
            late, crew.late = crew.late, []
            for function, argument in late:
                self.clock.soon(function, argument)

    def kill(self, strand: Strand) -> None:
        """End a strand, for good: it gets `StrandKilled` where it waits, and `done` gets it too."""
        if strand.fate is not None or strand._outcome is not None:
            return
        strand.fate = StrandKilled()
        if strand is _slot.strand:
            raise StrandKilled
        if getcurrent() is self._hub:
            self._throw(strand)
        else:
            self.clock.soon(self._throw, strand)

    def kill_all(self, surroundings: Arriving) -> None:
        """End an environment: kill all its strands, in the order in which they were started, the current one last."""
        crew = self._crews.pop(surroundings, None)
        if crew is None:
            return
        current_strand = _slot.strand
        for strand in list(crew.strands):
            if strand is not current_strand:
                self.kill(strand)
        if current_strand in crew.strands:
            self.kill(current_strand)

    def _throw(self, strand: Strand) -> None:
        if strand._outcome is not None:
            return
        if strand._worker is None:
            strand._outcome = Raised(StrandKilled())
            self._end(strand)
        elif (wake := strand.wake) is not None:
            strand.wake = None
            wake.is_done = True
            self._enter(strand, wake._greenlet, StrandKilled())

    def close(self) -> None:
        """Kill every strand and let the greenlets go: the run is over."""
        self._hub = getcurrent()
        for surroundings in list(self._crews):
            self.kill_all(surroundings)
        while self._spare:
            self._spare.pop().throw()
        _numbers_taken.discard(self._number)
