"""Who brings strands forward? The hub: the greenlet in which the loop runs, and to which every strand comes back.

Greenlets are used again: making one costs more than ten times as much as switching to it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from functools import partial
from itertools import count
from operator import itemgetter
from typing import Any, NoReturn, Protocol, TypeVar
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet

from eventsim.clock import Clock
from eventsim.handler.strand import (
    Arriving,
    Crew,
    HandlerStuck,
    Raised,
    Returned,
    Strand,
    StrandKilled,
    Wake,
    slot,
    turn,
    wait,
)
from eventsim.loop import VirtualLoop
from eventsim.quantity import wait_us
from eventsim.running import put_aside, put_back

T = TypeVar("T")


class Onlooker(Protocol):
    """Waits for what no step of the loop tells of."""

    def look(self) -> bool:
        """Look whether it is there, and wake whoever waits; True if there is anybody to wake."""


_numbers_taken: set[int] = set()
"""One number for each simulation that lives in this process: `threading` wants identities unique in the process."""
_IDENTS_PER_SIMULATION = 1 << 32


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
        self.idle_switches = 0
        """How many of these came to nothing: a forked process was asked to look, and there was nothing to see."""
        self.guard_anew: Callable[[], object] = lambda: None
        """Begins to guard in a forked process, in which the guard's thread is not."""
        self.running: Strand | None = None
        """The strand whose code runs; the guard, in its own thread, cannot ask `current()`."""
        self.hub: greenlet = getcurrent()
        self._hub_context = copy_context()
        self.timer_context = Context()
        """Timers that only wake strands need no context variables; no two threads may be in one context."""
        self._hub_loop: asyncio.AbstractEventLoop | None = None
        self._hub_hooks: Any = None
        """The hooks for asynchronous generators that belong to that loop."""
        self._spare: list[greenlet] = []
        self._crews: dict[Arriving, Crew] = {}
        self._onlookers: dict[Onlooker, None] = {}
        self._stirs_seen = 0
        self._left_behind: list[object] = []
        self.ordinals = count()
        """Numbers for what must stand in sets by its birth."""
        self._number = _lowest_free_number()
        self._idents = count(self._number * _IDENTS_PER_SIMULATION + 1)

    # --- starting --------------------------------------------------------------------------------------

    def start(
        self,
        surroundings: Arriving,
        function: Callable[[], T],
        done: Callable[[Returned[T] | Raised], None] | None = None,
    ) -> Strand:
        """Run a function in a strand, at once, until it first waits or ends. Called from the hub.

        Where it runs nothing is frozen any more.

        Args:
            done: called once at its end, straight from the hub; None for a caller who looks at `outcome` first.
        """
        crew = self._crews.get(surroundings)
        if crew is None:
            crew = self._new_crew(surroundings)
        elif crew.is_frozen:
            self.thaw(surroundings)
        strand = Strand(self, crew, surroundings, function, done, crew.locals)
        crew.strands[strand] = None
        self._enter_first(strand, crew.context)
        return strand

    def spawn(
        self,
        surroundings: Arriving,
        function: Callable[[], T],
        done: Callable[[Returned[T] | Raised], None],
    ) -> Strand:
        """Start a thread of user code beside others, as a step of the loop. Called from anywhere."""
        crew = self._crews.get(surroundings) or self._new_crew(surroundings)
        strand = Strand(self, crew, surroundings, function, done, WeakKeyDictionary(), next(self._idents))
        crew.strands[strand] = None
        self.clock.soon(self._begin, strand)
        return strand

    def _new_crew(self, surroundings: Arriving) -> Crew:
        crew = self._crews[surroundings] = Crew()
        return crew

    def _begin(self, strand: Strand) -> None:
        if strand.outcome is not None:
            return  # killed meanwhile
        if strand.crew.is_frozen:
            strand.crew.late.append((self.clock.now_us, self._begin, strand))
            return
        self._enter_first(strand, Context())

    def _enter_first(self, strand: Strand, context: Context) -> None:
        worker = strand.worker = self._spare.pop() if self._spare else greenlet(self._work)
        worker.gr_context = context
        self.enter(strand, worker)

    def _work(self) -> None:
        """Run one strand after another: the body of every greenlet."""
        while True:
            strand = self.running
            assert strand is not None, "only `enter` switches here"
            function, strand.function = strand.function, None
            try:
                outcome: Returned[Any] | Raised = Returned(function())  # type: ignore[misc]  # it is run once
            except BaseException as error:  # noqa: BLE001 - carried to whoever started the strand
                outcome = Raised(error)
            strand.outcome = outcome
            strand.worker_is_free = True
            del strand, function, outcome
            self.hub.switch()

    def enter(self, strand: Strand, target: greenlet, error: BaseException | None = None) -> None:
        """Switch from the hub into a strand; come back when it waits or ends.

        asyncio keeps what runs and the hooks of asynchronous generators per thread; each side gets its own.
        """
        self.switches += 1
        hub = self.hub = getcurrent()
        running = put_aside()
        if running.loop is not self._hub_loop or running.loop is None:
            self._hub_loop, self._hub_hooks = running.loop, sys.get_asyncgen_hooks()
        if strand.running.loop is not None:
            put_back(strand.running)
            sys.set_asyncgen_hooks(*strand.hooks)
        worker = strand.worker
        if worker is not None and worker.parent is not hub:
            worker.parent = hub
        with turn:
            strand.surroundings.arrive()
            self.running = slot.strand = strand
            try:
                if error is None:
                    target.switch()
                else:
                    target.throw(error)
            except HandlerStuck as late:  # it struck when the function had just ended
                strand.outcome = strand.outcome or Raised(late)
            self.running = slot.strand = None
        strand.running = put_aside()
        if strand.running.loop is not None:
            strand.hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(*self._hub_hooks)
        put_back(running)
        if strand.outcome is not None:
            self._end(strand)

    def _end(self, strand: Strand) -> None:
        crew = strand.crew
        del crew.strands[strand]
        worker, strand.worker = strand.worker, None
        if worker is not None and strand.worker_is_free and not worker.dead:
            self._spare.append(worker)
        if strand.ident:
            strand.locals.clear()  # thread-local data ends with its thread
        if strand.fate is not None:
            strand.outcome = Raised(strand.fate)
        if strand.done is not None:
            assert strand.outcome is not None, "it is over"
            strand.done(strand.outcome)

    # --- waiting ---------------------------------------------------------------------------------------

    def begin(self, awaitable: Awaitable[T]) -> asyncio.Future[T]:
        """Begin something on the simulation's own loop, as the simulation's own work."""
        return self._hub_context.copy().run(asyncio.ensure_future, awaitable, loop=self.clock.loop)

    def wait_for(self, awaitable: Awaitable[T], limit_s: float | None = None) -> Any:
        task = self.begin(awaitable)
        until_us = None if limit_s is None else self.clock.now_us + wait_us(limit_s)

        def answer(wake: Wake, done: asyncio.Future[T]) -> None:
            if done.cancelled():
                wake.throw(asyncio.CancelledError())
            elif (error := done.exception()) is not None:
                wake.throw(error)
            else:
                wake(done.result())

        try:
            result = wait(lambda wake: task.add_done_callback(partial(answer, wake)), until_us)
        except BaseException:  # killed, or out of it by a signal
            task.cancel()
            raise
        if not task.done():
            raise TimeoutError("timed out")  # as sockets have it
        return result

    def interrupt(self, strand: Strand, function: Callable[[], object]) -> None:
        """Have a strand that is not the current one do something in the midst of its wait, which then goes on.

        Two interruptions at one instant are one, as signals are.
        """
        if strand.interruption is None:
            strand.interruption = function
            self.clock.soon(self._interrupt, strand)

    def _interrupt(self, strand: Strand) -> None:
        wake = strand.wake
        if wake is None or wake.is_done or strand.interruption is None:
            return  # it comes to it by itself
        strand.wake = None
        self.enter(strand, wake.greenlet)

    # --- looking around --------------------------------------------------------------------------------

    @property
    def stirs(self) -> int:
        """How often somebody has run who may have changed what others wait for."""
        return self.switches - self.idle_switches

    @property
    def has_onlookers(self) -> bool:
        """Whether anybody waits for what no step of the loop tells of."""
        return bool(self._onlookers)

    def look_on(self, onlooker: Onlooker) -> None:
        """Let somebody look around before time passes, whenever anybody has run."""
        self._onlookers[onlooker] = None
        loop = self.clock.loop
        assert isinstance(loop, VirtualLoop), "user code runs in strands in virtual time only"
        loop.look_around = self._look_around

    def look_away(self, onlooker: Onlooker) -> None:
        """Let somebody look no more."""
        self._onlookers.pop(onlooker, None)

    def look_again(self) -> None:
        """Have everybody look, whoever has run: another process has."""
        self._stirs_seen = -1

    def _look_around(self) -> bool:
        if self._stirs_seen == self.stirs:
            return False
        self._stirs_seen = self.stirs
        woken = [onlooker.look() for onlooker in list(self._onlookers)]
        return any(woken)

    # --- in a forked process ---------------------------------------------------------------------------

    def begin_anew(
        self, strand: Strand, done: Callable[[Returned[Any] | Raised], None], run: Callable[[], None]
    ) -> None:
        """Go on in a forked process: one strand is left, the current one, which waits for its turn there.

        Whatever else was under way belongs to the process from which this one was forked. It is kept here, so that it
        is not ended, which would run code.

        Args:
            done: called at the end of the strand, which is the main thread of the new process.
            run: the body of the new hub; it does not return.
        """
        crew = strand.crew
        self._left_behind += [self.hub, self._spare, self._crews, self._onlookers, crew.strands, crew.late]
        self._spare, self._crews, self._onlookers = [], {strand.surroundings: crew}, {}
        crew.strands, crew.late, crew.locals = {strand: None}, [], strand.locals
        strand.done, strand.ident, strand.sentinel = done, 0, None
        root = getcurrent()
        while root.parent is not None:
            root = root.parent
        self.hub = greenlet(run, parent=root)
        self.hub.gr_context = self._hub_context.copy()
        self._hub_loop = None
        self.timer_context = Context()  # the other one may be entered already
        wake = strand.wake = Wake(strand)
        self.clock.soon(Wake.due, wake)
        strand.running, strand.hooks = put_aside(), sys.get_asyncgen_hooks()
        self.running = slot.strand = None
        self.hub.switch()

    # --- freezing and killing --------------------------------------------------------------------------

    def freeze(self, surroundings: Arriving) -> None:
        """Let no strand of an environment run until `thaw`; whatever wakes them meanwhile is kept."""
        crew = self._crews.get(surroundings)
        if crew is not None and crew.strands:
            crew.is_frozen = True
            for strand in crew.strands:
                if strand.wake is not None:
                    strand.wake.disarm()

    def thaw(self, surroundings: Arriving) -> None:
        """Let the strands of an environment run again; those first that would have been first."""
        crew = self._crews.get(surroundings)
        if crew is None or not crew.is_frozen:
            return
        crew.is_frozen = False
        late, crew.late = crew.late, []
        for strand in crew.strands:
            wake = strand.wake
            if wake is None or wake.is_done or wake.until_us is None:
                continue
            if wake.until_us > self.clock.now_us:
                wake.arm()
            else:
                late.append((wake.until_us, Wake.due, wake))
        for _, function, argument in sorted(late, key=itemgetter(0)):
            self.clock.soon(function, argument)

    def end_process(self, fate: BaseException) -> NoReturn:
        """End the environment of the current strand from within: its main thread comes to `fate`, wherever it is."""
        strand = slot.strand
        assert strand is not None, "user code ends it"
        for other in list(strand.crew.strands):
            if other is not strand:
                self.kill(other, fate)
        strand.fate = strand.fate or fate
        strand.die_again()

    def kill(self, strand: Strand, fate: BaseException | None = None) -> None:
        """End a strand, for good: it gets `StrandKilled` where it waits, and `done` gets that or what is given."""
        if strand.fate is not None or strand.outcome is not None:
            return
        strand.fate = fate or StrandKilled()
        if strand is slot.strand:
            raise StrandKilled
        if self.hub.dead or getcurrent() is self.hub:  # it is dead between two runs
            self._throw(strand)
        else:
            self.clock.soon(self._throw, strand)

    def kill_all(self, surroundings: Arriving) -> None:
        """End an environment: kill all its strands, in the order in which they were started, the current one last."""
        crew = self._crews.pop(surroundings, None)
        if crew is None:
            return
        current_strand = slot.strand
        for strand in list(crew.strands):
            if strand is not current_strand:
                self.kill(strand)
        if current_strand in crew.strands:
            self.kill(current_strand)

    def _throw(self, strand: Strand) -> None:
        if strand.outcome is not None:
            return
        if strand.worker is None:
            strand.outcome = Raised(StrandKilled())
            self._end(strand)
        elif (wake := strand.wake) is not None:
            strand.wake = None
            wake.is_done = True
            self.enter(strand, wake.greenlet, StrandKilled())

    def close(self) -> None:
        """Kill every strand and let the greenlets go: the run is over."""
        self.hub = getcurrent()
        for surroundings in list(self._crews):
            self.kill_all(surroundings)
        while self._spare:
            self._spare.pop().throw()
        _numbers_taken.discard(self._number)
