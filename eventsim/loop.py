"""What runs next? An asyncio event loop in virtual time.

Time is an integer number of microseconds since the run began. Two rules give every run one order:

1. Whatever is due at the same instant runs in the order in which it was scheduled: `(when_us, sequence)`.
2. Work outside the loop (a thread, a process) opens a *ticket*, in the order of submission. While anything is
   ready it runs; when nothing is, the loop waits for the **oldest** ticket only, delivers its answer, and runs
   until quiet again. Time never moves while a ticket is open. So the speed of a thread cannot change a run.

When nothing is ready and nothing is held, the clock jumps to the next due instant. When nothing is due either, the
run is idle: whoever awaits `until_idle` is told, and if nobody does, whoever still waits can wait for ever: `Stalled`.
What a calendar calls for again and again (`by_calendar`) happens as time passes, but keeps no run from being idle.

There are two tiers. eventsim's own steps are plain `(function, argument)` pairs (`soon`, `at`); asyncio's handles
are the same pairs with the handle as argument. There is no selector and there are no file descriptors.
"""

import asyncio
import collections
import heapq
import itertools
import math
import sys
import threading
from _thread import get_ident  # the real one, also while user code sees another
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, TypeVarTuple

from greenlet import getcurrent, greenlet

from eventsim.adapters import adapt_libraries
from eventsim.errors import Livelock, Stalled, UntrackedWakeup
from eventsim.handles import Entry, Handle, OrderedTask, TimerHandle, is_dead, run_handle
from eventsim.quantity import wait_us
from eventsim.running import Running, put_aside, put_back
from eventsim.waiters import describe, describe_step, task_key

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

if TYPE_CHECKING:

    class _BaseLoop(asyncio.BaseEventLoop):
        """What asyncio's own loops use of their base, and typeshed leaves out or has otherwise for each Python."""

        _thread_id: int | None
        _stopping: bool
        _task_factory: Callable[..., asyncio.Task[Any]] | None
        _default_executor: ThreadPoolExecutor | None
        _executor_shutdown_called: bool

        def _check_closed(self) -> None: ...
        def _check_running(self) -> None: ...
        def create_task(
            self,
            coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
            *,
            name: object = None,
            context: Context | None = None,
            **kwargs: Any,
        ) -> asyncio.Task[T]: ...
        def _asyncgen_firstiter_hook(self, agen: Any) -> None: ...
        def _asyncgen_finalizer_hook(self, agen: Any) -> None: ...
else:
    _BaseLoop = asyncio.BaseEventLoop

LIVELOCK_STEPS_MAX = 5_000_000
"""Steps at one instant after which a run counts as livelocked; real runs stay below 1,000,000."""

SUSPECTS_MAX = 10
DEAD_TIMERS_MIN = 128
"""Cancelled timers are swept out of the heap once there are this many and they are half of it."""

_US_PER_S = 1_000_000
_NO_SOCKETS = (
    "an event loop in virtual time has no sockets. A client that blocks has, in a thread (`asyncio.to_thread`): the "
    "clock stands still for it. Hosts that a stub answers need none"
)


class Ticket:
    """Work outside the loop that holds the clock until its answer is posted. Posting is safe from any thread."""

    __slots__ = ("_box", "what")

    def __init__(self, what: str) -> None:
        self.what = what
        self._box: SimpleQueue[tuple[Callable[[Any], object], Any]] = SimpleQueue()

    def post(self, function: Callable[[T], object], argument: T) -> None:
        """Answer: the loop will call `function(argument)` when it is this ticket's turn."""
        self._box.put((function, argument))

    def wait(self) -> tuple[Callable[[Any], object], Any]:
        """Block until the answer is there."""
        return self._box.get()


class VirtualLoop(_BaseLoop):
    """The asyncio loop whose time is virtual; anyio runs on it through `loop_factory`."""

    def __init__(self, *, livelock_steps_max: int = LIVELOCK_STEPS_MAX) -> None:
        super().__init__()
        self.now_us = 0
        """Microseconds of virtual time since the run began. Read it; only the loop writes it."""
        self._pending: collections.deque[tuple[Callable[[Any], object], Any]] = collections.deque()
        self._heap: list[Entry] = []
        self._calendar: list[Entry] = []
        self._sequence = 0
        self._dead_timers = 0
        self._tickets: collections.deque[Ticket] = collections.deque()
        self._ticket_of_future: dict[asyncio.Future[Any], Ticket] = {}
        self._idle_waiters: list[asyncio.Future[None]] = []
        self._horizon_us: int | None = None
        self._livelock_steps_max = livelock_steps_max
        self._task_numbers = itertools.count(1)
        self.ordinals = itertools.count()
        """Numbers for what must stand in sets by its birth."""
        self._loop_thread: int | None = None
        self._executor: Executor | None = None
        self.look_around: Callable[[], bool] | None = None
        """Called before time passes, and before a ticket is waited for: it tells whether something is ready now."""
        self.steps = 0
        """How many steps have run, counted whenever the clock moves; progress reports read it."""

    # --- eventsim's own tier ---------------------------------------------------------------------------

    def soon(self, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` at this instant, after whatever is ready already."""
        self._pending.append((function, argument))

    def at(self, when_us: int, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` at `when_us`; there is no cancelling: let the function look whether it matters."""
        if when_us <= self.now_us:
            self._pending.append((function, argument))
        else:
            self._sequence = sequence = self._sequence + 1
            heapq.heappush(self._heap, (when_us, sequence, function, argument))

    def by_calendar(self, when_us: int, function: Callable[[T], object], argument: T) -> None:
        """Call `function(argument)` at `when_us` as `at` does, if time gets there: the run may end as idle before."""
        when_us = max(when_us, self.now_us)
        self._sequence = sequence = self._sequence + 1
        heapq.heappush(self._calendar, (when_us, sequence, function, argument))

    def hold(self, what: str) -> Ticket:
        """Hold the clock for work outside the loop until its answer is posted to the ticket."""
        ticket = Ticket(what)
        self._tickets.append(ticket)
        return ticket

    def expect(self, future: asyncio.Future[Any], what: str) -> None:
        """Hold the clock until a thread answers `future` through `call_soon_threadsafe`."""
        self._ticket_of_future[future] = self.hold(what)

    async def until_idle(self) -> None:
        """Return once nothing is ready, due or held; what the calendar calls for does not count."""
        waiter = self.create_future()
        self._idle_waiters.append(waiter)
        await waiter

    def run_until(self, when_us: int | None) -> None:
        """Run everything due up to and including `when_us`, then stand there; None: until idle."""
        self._horizon_us = sys.maxsize if when_us is None else when_us
        try:
            self.run_forever()
        finally:
            self._horizon_us = None
        if when_us is not None:
            self.now_us = max(self.now_us, when_us)

    def is_idle(self) -> bool:
        """Tell whether nothing is ready, due or held."""
        self._sweep()
        return not (self._pending or self._heap or self._tickets)

    def next_due_us(self) -> int | None:
        """Return the next instant at which something is due, None if nothing is."""
        self._drop_dead()
        return self._heap[0][0] if self._heap else None

    # --- asyncio's tier --------------------------------------------------------------------------------

    def time(self) -> float:
        return self.now_us / _US_PER_S

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = Handle(callback, args, context if context is not None else copy_context())
        self._pending.append((run_handle, handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        if delay == math.inf:
            return self._never(callback, args, context)
        return self.call_at_us(self.now_us + wait_us(delay), callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        if when == math.inf:
            return self._never(callback, args, context)
        return self.call_at_us(round(when * _US_PER_S), callback, *args, context=context)

    def _never(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> asyncio.TimerHandle:
        """Return the timer of `sleep(inf)`, which is never due."""
        context = context if context is not None else copy_context()
        return TimerHandle(sys.maxsize, callback, args, context, None)  # type: ignore[return-value]  # as below

    def call_at_us(
        self, when_us: int, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Schedule a callback at an instant in microseconds; the handle cancels it."""
        handle = TimerHandle(when_us, callback, args, context if context is not None else copy_context(), self)
        self.at(when_us, TimerHandle.fire, handle)
        return handle  # type: ignore[return-value]  # a timer handle by shape: when() and cancel()

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
        **kwargs: Any,
    ) -> asyncio.Task[T]:
        """Create a task; those without a name are numbered by loop, so that a run's names are its own."""
        if name is None:
            name = f"Task-{next(self._task_numbers)}"
        if self._task_factory is not None:
            return super().create_task(coro, name=name, context=context, **kwargs)
        self._check_closed()
        task = OrderedTask.__new__(OrderedTask)
        task.ordinal = next(self.ordinals)
        task.__init__(coro, loop=self, name=name, context=context, **kwargs)  # type: ignore[misc]  # it hashes itself there
        return task

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        if self.is_in_thread():
            return self.call_soon(callback, *args, context=context)
        handle = Handle(callback, args, context if context is not None else copy_context())
        future = args[0] if args else None
        ticket = self._ticket_of_future.pop(future, None) if isinstance(future, asyncio.Future) else None
        if ticket is None:
            self.fail_from_outside(callback)
        ticket.post(run_handle, handle)
        return handle

    def is_in_thread(self) -> bool:
        """Tell whether the caller is on this loop's thread, or nobody runs it."""
        return self._loop_thread in (None, get_ident())

    def fail_from_outside(self, what: object) -> NoReturn:
        """Make the run fail, as a thread woke it without a ticket; an exception in that thread would go unseen.

        Raises:
            UntrackedWakeup: in the thread, too.
        """
        error = UntrackedWakeup(repr(what), threading.current_thread().name)
        self._pending.append((_raise, error))
        for ticket in list(self._tickets):  # whichever the loop blocks on; a second answer is never read
            ticket.post(_raise, error)
        raise error

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        if executor is None:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(thread_name_prefix="eventsim")
            executor = self._executor
        future: asyncio.Future[T] = self.create_future()
        ticket = self.hold(f"run_in_executor({func!r})")

        def work() -> None:
            try:
                result = func(*args)
            except BaseException as error:  # noqa: BLE001 - carried to whoever awaits
                ticket.post(_set_exception, (future, error))
            else:
                ticket.post(_set_result, (future, result))

        executor.submit(work)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - asyncio's signature
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    # --- running ---------------------------------------------------------------------------------------

    def run_forever(self) -> None:
        adapt_libraries()
        self._check_closed()
        self._check_running()
        with self._as_running_loop():
            # Python keeps frames in chunks of 16 KB, and gives a chunk back to the machine when its first frame ends.
            # Steps that happen to cross such an edge, as the caller's depth will have it, take up to four times as
            # long. In a greenlet the loop begins a chunk of its own.
            spinner = greenlet(self._spin)
            spinner.gr_context = getcurrent().gr_context
            spinner.switch()

    @contextmanager
    def _as_running_loop(self) -> Iterator[None]:
        hooks = sys.get_asyncgen_hooks()
        self._thread_id = self._loop_thread = get_ident()
        sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
        before = put_aside()
        put_back(Running(self, None))
        try:
            yield
        finally:
            self._stopping = False
            self._thread_id = self._loop_thread = None
            put_aside()
            put_back(before)
            sys.set_asyncgen_hooks(*hooks)

    def _spin(self) -> None:
        pending, tickets = self._pending, self._tickets
        popleft = pending.popleft
        budget = self._livelock_steps_max
        while True:
            count = len(pending)
            budget -= count
            if budget < 0:
                raise self._livelocked()
            for _ in range(count):
                function, argument = popleft()
                function(argument)
            if self._stopping:
                return
            if pending or (self.look_around is not None and self.look_around()):
                continue
            if tickets:
                pending.append(tickets[0].wait())
                tickets.popleft()
                continue
            self.steps += self._livelock_steps_max - budget
            budget = self._livelock_steps_max
            if not self._jump():
                return

    def _jump(self) -> bool:
        """Move to the next due instant and make what is due there ready; False when the run ends here."""
        heap, pending = self._heap, self._pending
        while not pending:
            if self._calendar and self._is_called(self._calendar[0]):
                heapq.heappush(heap, heapq.heappop(self._calendar))
            if not heap:
                return self._settle_idle()
            when_us = heap[0][0]
            if self._horizon_us is not None and when_us > self._horizon_us:
                return False
            while heap and heap[0][0] == when_us:
                _, _, function, argument = heapq.heappop(heap)
                if function is TimerHandle.fire and argument._cancelled:
                    self._dead_timers -= 1
                else:
                    pending.append((function, argument))
            if pending:
                self.now_us = when_us
        return True

    def _is_called(self, entry: Entry) -> bool:
        """Tell whether what the calendar calls for next is what happens next."""
        self._drop_dead()  # a timer that somebody has cancelled makes no time pass
        if self._heap:
            return entry < self._heap[0] and (self._horizon_us is None or entry[0] <= self._horizon_us)
        return not self._idle_waiters and (self._horizon_us is None or entry[0] <= self._horizon_us < sys.maxsize)

    def _settle_idle(self) -> bool:
        if self._idle_waiters:
            waiters, self._idle_waiters = self._idle_waiters, []
            for waiter in waiters:
                _set_result((waiter, None))
            return bool(self._pending)
        if self._horizon_us is not None:
            return False
        raise Stalled(self.time(), self._who_waits())

    def bury_timer(self) -> None:
        """Count one more timer in the heap that is cancelled; when half of them are, they are swept out."""
        self._dead_timers += 1
        if self._dead_timers > DEAD_TIMERS_MIN and self._dead_timers * 2 > len(self._heap):
            self._sweep()

    def _drop_dead(self) -> None:
        """Take cancelled timers off the top of the heap."""
        heap = self._heap
        while heap and is_dead(heap[0]):
            heapq.heappop(heap)
            self._dead_timers -= 1

    def _sweep(self) -> None:
        self._heap[:] = [entry for entry in self._heap if not is_dead(entry)]
        heapq.heapify(self._heap)
        self._dead_timers = 0

    def _who_waits(self) -> list[str]:
        tasks = sorted(asyncio.all_tasks(self), key=task_key)
        return [describe(task) for task in tasks]

    def _livelocked(self) -> BaseException:
        """Return what to raise when something never stops being ready."""
        return Livelock(self.time(), self._livelock_steps_max, self._suspects())

    def _suspects(self) -> list[str]:
        latest = list(self._pending)[:SUSPECTS_MAX]
        return list(dict.fromkeys(describe_step(function, argument) for function, argument in latest))

    def close(self) -> None:
        self._pending.clear()
        self._heap.clear()
        self._calendar.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None
        super().close()

    def _check_running(self) -> None:
        """Run within a running loop of somebody else (a notebook), too: that one stands still meanwhile."""
        if self.is_running():
            raise RuntimeError("This event loop is already running")

    def _refuse_sockets(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(_NO_SOCKETS)

    if not TYPE_CHECKING:  # asyncio's own refuse without a word
        add_reader = add_writer = sock_accept = sock_connect = sock_recv = sock_recv_into = _refuse_sockets
        sock_sendall = sock_recvfrom = sock_recvfrom_into = sock_sendto = _refuse_sockets
        create_unix_connection = create_unix_server = create_server = _refuse_sockets
        create_datagram_endpoint = connect_read_pipe = connect_write_pipe = _refuse_sockets

    def _write_to_self(self) -> None:
        """BaseEventLoop wakes its selector so; there is none here."""

    def _process_events(self, event_list: object) -> None:
        """BaseEventLoop reads its selector so; there is none here."""


def _raise(error: BaseException) -> None:
    raise error


def _set_result(answer: "tuple[asyncio.Future[T], T]") -> None:
    future, result = answer
    if not future.done():
        future.set_result(result)


def _set_exception(answer: "tuple[asyncio.Future[Any], BaseException]") -> None:
    future, error = answer
    if not future.done():
        future.set_exception(error)
