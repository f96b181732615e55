"""What is a process that user code has forked? A copy of everything, in which one strand goes on and nothing else does.

The loop, the clock's future, other strands and the simulation lie here as they were, and nobody runs them. The process
has a loop of its own for its strands, whose time is told by the one from which it was forked: its *home*. What leaves
the process goes there as well: what it prints, calls of AWS, HTTP.
"""

import asyncio
import gc
import heapq
import os
import signal
import socket
import stat
import sys
import traceback
import warnings
from collections.abc import Callable
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any, NoReturn

from msgspec import Struct

from eventsim.clock import Clock
from eventsim.handler.hub import Strands
from eventsim.handler.pipes import Pipes, descriptors
from eventsim.handler.strand import HandlerStuck, Raised, Returned, Strand, outside, slot
from eventsim.handler.surroundings import Surroundings
from eventsim.handler.turns import Asked, Done, Errand, Logged, Paused, Sent, Stuck, Traced, Turn, Wire, Wrote
from eventsim.handles import is_dead
from eventsim.loop import VirtualLoop
from eventsim.orphans import die_with_parent

PATIENCE_S = 600.0
"""Real time after which a process that says nothing counts as stuck; its own guard strikes long before."""
_BROKEN = 70
"""How a process ends in which eventsim itself has failed (`EX_SOFTWARE`)."""
_KILLED = 128 + signal.SIGKILL


class ForkedLoop(VirtualLoop):
    """The loop of a forked process. Time passes where it was forked from."""

    def __init__(self, now_us: int, pause: Callable[[int | None], int]) -> None:
        super().__init__()
        self.now_us = now_us
        self._pause = pause

    def _jump(self) -> bool:
        self.go_to(self._pause(self.next_due_us()))
        return True

    def go_to(self, now_us: int) -> None:
        """Make ready what is due by an instant."""
        self.now_us = now_us
        heap = self._heap
        while heap and heap[0][0] <= now_us:
            entry = heapq.heappop(heap)
            if is_dead(entry):
                self._dead_timers -= 1
            else:
                self._pending.append(entry[2:])


class Home:
    """The process from which this one was forked.

    Attributes:
        process_id: which process this is, as user code calls it.
        parent_id: which process that is.
    """

    def __init__(self, wire: Wire, clock: Clock, strands: Strands, process_id: int, parent_id: int) -> None:
        self.process_id = process_id
        self.parent_id = parent_id
        self._wire = wire
        self._strands = strands
        self._stirs = 0
        self._errands: dict[int, asyncio.Future[Any]] = {}
        self._errand_count = 0
        self._surroundings: Surroundings | None = None
        self._deliver: Callable[[int], object] = lambda _: None
        self.loop = ForkedLoop(clock.now_us, self._pause)

    def settle(
        self, strand: Strand, surroundings: Surroundings, luck: Random, deliver: Callable[[int], object]
    ) -> None:
        """Make this process one of user code's, and wait for its turn. Called in the strand that has forked.

        Args:
            deliver: does to this process what a signal does.
        """
        clock, strands = self._strands.clock, self._strands
        self._surroundings, self._deliver = surroundings, deliver
        with outside():
            gc.freeze()  # what others have left is not collected here
            die_with_parent()
            _forget_signals()
            _let_go_of_files(strand.crew.pipes or Pipes(), self._wire.fileno())
            clock.run_on(self.loop)
            surroundings.move(self, luck)
        strands.begin_anew(strand, self._ended, self._run)

    def _run(self) -> None:
        try:
            self._strands.guard_anew()
            self.loop.go_to(self._await_turn())
            self.loop.run_forever()
        except BaseException:  # noqa: BLE001 - nobody is there to hear of it
            traceback.print_exc(file=sys.__stderr__)
        os._exit(_BROKEN)

    # --- time ------------------------------------------------------------------------------------------

    def _pause(self, due_us: int | None) -> int:
        """Give the turn back; return the instant at which it comes again."""
        strands = self._strands
        self._wire.send(Paused(due_us, is_looking=strands.has_onlookers, has_run=strands.stirs != self._stirs))
        return self._await_turn()

    def _await_turn(self) -> int:
        while True:
            match self._wire.receive():
                case Turn(now_us):
                    self._strands.look_again()
                    self._stirs = self._strands.stirs
                    return now_us
                case Sent(number):
                    self.loop.soon(self._strike, number)
                case Done() as done:
                    self._answer(done)
                case _:
                    os._exit(_KILLED)  # nobody is there any more

    def _strike(self, number: int) -> None:
        assert self._surroundings is not None, "it has settled"
        self._strands.spawn(self._surroundings, lambda: self._deliver(number), lambda _: None)

    # --- what leaves the process -----------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Print."""
        self._tell(Wrote(text))

    def emit(self, event: str) -> None:
        """Log a whole event."""
        self._tell(Logged(event))

    def trace(self, datagram: bytes) -> None:
        """Tell X-Ray's daemon something."""
        self._tell(Traced(datagram))

    def signal(self, number: int) -> None:
        """Send a signal to the process from which this one was forked; 0 only asks whether it is there."""
        if number:
            self._tell(Sent(number))

    def _tell(self, message: Struct) -> None:
        strand = slot.strand
        if strand is None or not strand.is_killed:  # nobody hears the dead
            self._wire.send(message)

    def ask(self, errand: Errand) -> asyncio.Future[Any]:
        """Have something done at home, in a strand of user code there."""
        with outside():
            future: asyncio.Future[Any] = self.loop.create_future()
            self._errand_count += 1
            self._wire.send(Asked(self._errand_count, errand))
            self._errands[self._errand_count] = future
        return future

    def _answer(self, done: Done) -> None:
        future = self._errands.pop(done.number)
        if future.done():
            return  # whoever asked was killed
        if done.error is not None:
            future.set_exception(done.error)
        else:
            future.set_result(done.result)

    # --- its end ---------------------------------------------------------------------------------------

    def leave(self, code: int, signal_number: int | None = None) -> NoReturn:
        """End this process, from within."""
        strand = slot.strand
        with outside():
            if strand is not None and isinstance(strand.fate, HandlerStuck):
                self._wire.send(Stuck())
            if signal_number is not None:
                if signal_number != signal.SIGKILL:
                    signal.signal(signal_number, signal.SIG_DFL)
                os.kill(os.getpid(), signal_number)
            os._exit(code)

    def _ended(self, outcome: Returned[Any] | Raised) -> None:
        """End this process with its main thread, which `multiprocessing` leaves otherwise."""
        if isinstance(outcome, Raised) and isinstance(outcome.error, HandlerStuck):
            self._wire.send(Stuck())
        os._exit(1)


def _forget_signals() -> None:
    """Leave it to the older process to heed signals: a terminal sends them to both."""
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _let_go_of_files(own: Pipes, wire: int) -> None:
    """Let go of sockets and pipes of others: they would not be at their end before this process is at its own.

    Their numbers stay taken, so that whoever still has one here does no harm with it.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in descriptors():
        if number in (wire, nothing):
            continue
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue  # it was that of the listing
        if (stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode)) and not own.has(number):
            os.dup2(nothing, number)
    os.close(nothing)


def fork_quietly(fork: Callable[[], int]) -> int:
    """Fork without the warning that there are threads: those of the simulator, of which a copy has no use."""
    silence: Any = ("ignore", None, DeprecationWarning, None, 0)
    warnings.filters.insert(0, silence)  # type: ignore[attr-defined]  # quicker than what begins all filters anew
    try:
        return fork()
    finally:
        warnings.filters.remove(silence)  # type: ignore[attr-defined]


def socket_pair() -> tuple[socket.socket, Wire]:
    """Return both ends of a wire; the second is that of the older process."""
    ours, theirs = socket.socketpair()
    return theirs, Wire(ours, PATIENCE_S)
