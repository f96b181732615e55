"""What becomes of the processes that user code forks? Real ones, which take turns with the rest of the run.

A child has a strand here, its *keeper*, which gives it the turn and waits as long as the child would wait. So a child
freezes, thaws and is killed with its environment as its threads are, and children run in the order of their births.
"""

import errno
import functools
import os
import signal
from collections.abc import Callable
from itertools import count
from types import ModuleType
from typing import Any

from eventsim.handler import forked, luck
from eventsim.handler.forked import Home, fork_quietly
from eventsim.handler.interpose import Swap
from eventsim.handler.locks import Line
from eventsim.handler.process import leaves, own_process_id
from eventsim.handler.signals import deliver, refuse_to_stop
from eventsim.handler.strand import Crew, HandlerStuck, Raised, Returned, Strand, Wake, outside, slot
from eventsim.handler.surroundings import Surroundings, current
from eventsim.handler.threads import forget_others
from eventsim.handler.turns import Asked, Done, Logged, Paused, Sent, Stuck, Traced, Turn, Wire, Wrote, packed
from eventsim.loop import VirtualLoop

CHILD_ID_FIRST = (1 << 22) + 1
"""The number of the first process that is forked, beyond what Linux gives any: no signal meets a stranger."""
_IDS_PER_CHILD = 1000


class Family:
    """The processes that one process of user code has forked.

    Attributes:
        children: by number.
        processes: those that `multiprocessing` knows, in the order of their starts.
        process_numbers: how it numbers them.
        may_fork: whether it is `multiprocessing` that is about to fork.
        start_method: how that is told to start processes, None if nobody has said.
    """

    def __init__(self, process_id: int) -> None:
        self.children: dict[int, Child] = {}
        self.processes: dict[Any, None] = {}
        self.process_numbers = count(1)
        self.may_fork = False
        self.start_method: Any = None
        ordinal = max(process_id - CHILD_ID_FIRST, -1) + 1
        self._ids = count(CHILD_ID_FIRST + ordinal * _IDS_PER_CHILD)
        self._line = Line()

    def of_child(self, process_id: int) -> "Family":
        """Return the one that a child has."""
        family = Family(process_id)
        family.start_method = self.start_method
        return family

    def next_id(self) -> int:
        """Return the number of the next child."""
        return next(self._ids)

    def wait_for_end(self) -> None:
        """Let the current strand wait until one of them ends."""
        self._line.wait(None, lambda: None)

    def tell_of_end(self) -> None:
        """Wake whoever waits for an end."""
        while self._line.call():
            pass


def family_of(crew: Crew) -> Family:
    """Return the processes that an environment has forked."""
    if crew.family is None:
        crew.family = Family(own_process_id())
    family: Family = crew.family
    return family


class Child:
    """A process that user code has forked, as the one sees it from which it was forked.

    Attributes:
        status: how it ended, as `os.waitpid` tells; None while it lives.
    """

    def __init__(self, family: Family, surroundings: Surroundings, wire: Wire, real_id: int) -> None:
        self._family = family
        self._surroundings = surroundings
        self._wire = wire
        self._real_id = real_id
        self._mail: list[Sent | bytes] = []
        self._wake: Wake | None = None
        self._is_looking = False
        self._is_stuck = False
        self.status: int | None = None

    def keep(self) -> None:
        """Give it turns until it ends: the body of its keeper."""
        keeper = slot.strand
        assert keeper is not None, "it runs in a strand"
        try:
            while (paused := self._give_turn(keeper)) is not None:
                self._is_looking = paused.is_looking
                if paused.is_looking:
                    keeper.strands.look_on(self)
                self._wake = Wake(keeper)
                self._wake.wait(paused.due_us)
        finally:
            keeper.strands.look_away(self)
        if self._is_stuck:
            keeper.strands.end_process(HandlerStuck())
        deliver(signal.SIGCHLD)

    def look(self) -> bool:
        """Have it look whether what it waits for is there."""
        return self._is_looking and self._wake is not None and self._wake()

    def send(self, number: int) -> None:
        """Send it a signal, which it gets with its next turn; 0 only asks whether it is there.

        Raises:
            OSError: the signal would stop it.
        """
        refuse_to_stop(number)
        if number and self.status is None:
            self._post(Sent(number))

    def end(self, _: Returned[None] | Raised) -> None:
        """Kill it if it still lives: its keeper is no more."""
        if self.status is None:
            self._bury()

    def _post(self, message: Sent | bytes) -> None:
        self._mail.append(message)
        if self._wake is not None:
            self._wake()

    def _give_turn(self, keeper: Strand) -> Paused | None:
        """Let it run; return what it waits for, None if it has ended."""
        self._is_looking = False
        with outside():
            mail, self._mail = self._mail, []
            for message in mail:
                if isinstance(message, Sent) and message.number == signal.SIGKILL:
                    os.kill(self._real_id, signal.SIGKILL)
                else:
                    self._wire.send(message)
            self._wire.send(Turn(keeper.strands.clock.now_us))
            try:
                while (said := self._wire.receive()) is not None:
                    if isinstance(said, Paused):
                        keeper.strands.idle_switches += not (said.has_run or mail)
                        return said
                    self._hear(keeper, said)
            except TimeoutError:
                self._is_stuck = True
            self._bury()
        return None

    def _hear(self, keeper: Strand, said: object) -> None:
        surroundings = self._surroundings
        surroundings.storage_left_bytes = 0  # it may have written to the same folder
        match said:
            case Wrote(text):
                surroundings.write(text)
            case Logged(event):
                surroundings.emit(event)
            case Traced(datagram):
                surroundings.daemon(datagram)
            case Asked(number, errand):
                keeper.strands.spawn(surroundings, errand, functools.partial(self._done, number))
            case Sent(number):
                keeper.strands.spawn(surroundings, functools.partial(deliver, number), lambda _: None)
            case Stuck():
                self._is_stuck = True

    def _done(self, number: int, outcome: Returned[Any] | Raised) -> None:
        if self.status is not None:
            return
        done = Done(number, error=outcome.error) if isinstance(outcome, Raised) else Done(number, outcome.value)
        with outside():
            try:
                content = packed(done)
            except Exception as error:  # noqa: BLE001 - the user's own answer to a call may be anything
                content = packed(Done(number, error=TypeError(f"no forked process can be told of it: {error}")))
        self._post(content)

    def _bury(self) -> None:
        """See to its end; a kill is lost on one that has come to it by itself."""
        os.kill(self._real_id, signal.SIGKILL)
        _, self.status = os.waitpid(self._real_id, 0)
        self._wire.close()
        self._family.tell_of_end()


# --- forking -----------------------------------------------------------------------------------------------


def _fork(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def fork() -> int:
        strand, surroundings = slot.strand, current()
        if strand is None or surroundings is None:
            return original()
        family = family_of(strand.crew)
        if not family.may_fork or not isinstance(surroundings.clock.loop, VirtualLoop):
            raise OSError(errno.ENOSYS, leaves("os.fork"))
        return _fork_strand(original, strand, surroundings, family)

    return fork


def _fork_strand(fork: Callable[[], int], strand: Strand, surroundings: Surroundings, family: Family) -> int:
    """Fork this process; return the child's number here, and nought there once it is its turn."""
    process_id, parent_id = family.next_id(), own_process_id()
    child_luck = luck.luck_of_child(surroundings)
    with outside():
        theirs, wire = forked.socket_pair()
    real_id = fork_quietly(fork)  # what Python does then is done to the thread of user code that runs
    if not real_id:
        wire.close()
        forget_others(strand)
        home = Home(Wire(theirs), surroundings.clock, strand.strands, process_id, parent_id)
        strand.crew.family = family.of_child(process_id)
        home.settle(strand, surroundings, child_luck, deliver)
        return 0
    theirs.close()
    child = family.children[process_id] = Child(family, surroundings, wire, real_id)
    strand.strands.spawn(surroundings, child.keep, child.end)
    return process_id


def _waitpid(original: Callable[[int, int], tuple[int, int]]) -> Callable[[int, int], tuple[int, int]]:
    @functools.wraps(original)
    def waitpid(process_id: int, options: int, /) -> tuple[int, int]:
        family = _own_family()
        if family is None or (process_id > 0 and process_id not in family.children):
            return original(process_id, options)
        return _wait_for(family, process_id, options)

    return waitpid


def _wait(original: Callable[[], tuple[int, int]]) -> Callable[[], tuple[int, int]]:
    @functools.wraps(original)
    def wait() -> tuple[int, int]:
        family = _own_family()
        return original() if family is None else _wait_for(family, -1, 0)

    return wait


def _own_family() -> Family | None:
    strand = slot.strand
    return None if strand is None else strand.crew.family


def _wait_for(family: Family, process_id: int, options: int) -> tuple[int, int]:
    """Wait in virtual time for the end of a child, or of any."""
    while True:
        children = {number: child for number, child in family.children.items() if process_id in (number, -1, 0)}
        if not children:
            raise ChildProcessError(errno.ECHILD, os.strerror(errno.ECHILD))
        for number, child in children.items():
            if child.status is not None:
                del family.children[number]
                return number, child.status
        if options & os.WNOHANG:
            return 0, 0
        family.wait_for_end()


# --- multiprocessing ---------------------------------------------------------------------------------------


def swaps_of_processes(process: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `multiprocessing.process` has been imported."""
    return [Swap(process, "_children", _Processes), Swap(process, "_process_counter", _ProcessNumbers)]


def swaps_of_contexts(context: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `multiprocessing.context` has been imported."""
    return [Swap(context.__dict__["DefaultContext"], "_actual_context", _start_method)]


def swaps_of_forks(popen_fork: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `multiprocessing.popen_fork` has been imported."""
    return [Swap(popen_fork.__dict__["Popen"], "_launch", _launch)]


def _launch(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def launch(self: Any, process: Any) -> None:
        strand = slot.strand
        if strand is None:
            original(self, process)
            return
        family = family_of(strand.crew)
        family.may_fork = True
        try:
            original(self, process)
        finally:
            family.may_fork = False

    return launch


def _start_method(_: None) -> property:
    """Return what stands for how processes are started, which each environment may say once."""

    def get(self: Any) -> Any:
        strand = slot.strand
        return vars(self).get("_actual_context") if strand is None else family_of(strand.crew).start_method

    def say(self: Any, method: Any) -> None:
        strand = slot.strand
        if strand is None:
            vars(self)["_actual_context"] = method
        else:
            family_of(strand.crew).start_method = method

    return property(get, say)


class _Processes:
    """The set of all children that `multiprocessing` keeps: each environment has its own."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def _own(self) -> Any:
        strand = slot.strand
        return self._original if strand is None else family_of(strand.crew).processes

    def add(self, process: Any) -> None:
        own = self._own()
        if isinstance(own, dict):
            own[process] = None
        else:
            own.add(process)

    def discard(self, process: Any) -> None:
        own = self._own()
        if isinstance(own, dict):
            own.pop(process, None)
        else:
            own.discard(process)

    def __iter__(self) -> Any:
        return iter(self._own())

    def __len__(self) -> int:
        return len(self._own())


class _ProcessNumbers:
    """The counter by which `multiprocessing` names processes: each environment has its own."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> int:
        strand = slot.strand
        return int(next(self._original if strand is None else family_of(strand.crew).process_numbers))


SWAPS = (
    Swap(os, "fork", _fork),
    Swap(os, "waitpid", _waitpid),
    Swap(os, "wait", _wait),
)
