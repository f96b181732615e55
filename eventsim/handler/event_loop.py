"""What is user code's event loop? An asyncio loop in a strand, which it suspends where another loop would wait.

`asyncio.run` in a handler, an `async def` handler and whatever they await run on such a nested loop. It shares the
simulation's time and never moves it. Its threads (`asyncio.to_thread`) are strands beside it.
"""

import asyncio
import functools
import heapq
from asyncio import coroutines, events, futures, runners, tasks
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, cast

from eventsim.clock import Loop
from eventsim.handler.choice import choose
from eventsim.handler.interpose import Swap
from eventsim.handler.strand import HandlerStuck, Strand, Wake, current
from eventsim.handler.threads import Local
from eventsim.handles import is_dead
from eventsim.loop import Ticket, VirtualLoop

_OF_ANOTHER = (
    "this event loop lives in another environment, as does the thread that runs it. An installed package keeps it, "
    "whose globals all environments share: have it make a new one where your handler's module is imported"
)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OrderedFuture(asyncio.Future[Any]):
    """A future that stands in a set by its birth and not by its address, as tasks do."""

    __slots__ = ("ordinal",)

    ordinal: int

    def __hash__(self) -> int:
        return self.ordinal


OrderedFuture.__name__ = "Future"  # as for tasks


class NestedLoop(VirtualLoop):
    """A loop of user code. It belongs to the environment in whose strand it was made."""

    def __init__(self) -> None:
        strand = current()
        if strand is None:
            raise RuntimeError("a nested loop lives in user code; elsewhere use VirtualLoop")
        self._outer: Loop = strand.strands.clock.loop
        self._wake: Wake | None = None
        super().__init__()
        self._crew = strand.crew
        self._task_numbers = strand.crew.task_numbers

    @property
    def now_us(self) -> int:
        """Microseconds of virtual time since the run began: the simulation's."""
        return self._outer.now_us

    @now_us.setter
    def now_us(self, value: int) -> None:
        """Time passes in the simulation; this loop only looks."""

    def run_forever(self) -> None:
        """Run in the current strand until `stop`."""
        _strand_of(self)
        self._check_closed()
        self._check_running()
        thread_id, due_count = self._thread_id, len(self._pending)
        with self._as_running_loop():
            self._spin()
        if thread_id is not None:  # it goes on around this one, through as many steps as were due to it
            self._thread_id = self._loop_thread = thread_id
            self._pending.extend([(_pass, None)] * (due_count - len(self._pending)))

    def _check_running(self) -> None:
        if not self._crew.nests_loops:
            super()._check_running()

    def _jump(self) -> bool:
        """Let the strand wait until something is due here or somebody else wakes it; make ready what is due."""
        heap, pending = self._heap, self._pending
        while heap and is_dead(heap[0]):
            heapq.heappop(heap)
            self._dead_timers -= 1
        if not heap or heap[0][0] > self.now_us:
            self._suspend(heap[0][0] if heap else None)
        now_us = self.now_us
        while heap and heap[0][0] <= now_us:
            entry = heapq.heappop(heap)
            if is_dead(entry):
                self._dead_timers -= 1
            else:
                pending.append(entry[2:])
        return True

    def _suspend(self, until_us: int | None) -> None:
        wake = self._wake = Wake(_strand_of(self))
        try:
            wake.wait(until_us)
        finally:
            self._wake = None

    def create_future(self) -> asyncio.Future[Any]:
        """Create a future."""
        future = OrderedFuture.__new__(OrderedFuture)
        future.ordinal = next(self.ordinals)
        future.__init__(loop=self)  # type: ignore[misc]  # as for tasks
        return future

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Schedule a callback from another strand, or from the simulation's own loop.

        Raises:
            RuntimeError: the strand is of another environment, which would wait for one that may be frozen or gone.
        """
        self._check_closed()
        strand = current()
        if strand is not None and strand.crew is not self._crew:
            raise RuntimeError(_OF_ANOTHER)
        if not self._outer.is_in_thread():
            self._outer.fail_from_outside(callback)
        handle = self.call_soon(callback, *args, context=context)
        if self._wake is not None:
            self._wake()
        return handle

    def expect(self, future: asyncio.Future[Any], what: str) -> None:
        """Do nothing: user code's threads are strands, so there is nobody outside to hold the clock for."""

    def hold(self, what: str) -> Ticket:
        """Hold the simulation's clock."""
        return self._outer.hold(what)

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run a function in a thread of user code."""
        return asyncio.BaseEventLoop.run_in_executor(self, executor, func, *args)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - asyncio's signature
        """Wait until the threads of the default executor have ended."""
        if self._default_executor is not None:
            self._executor_shutdown_called = True
            self._default_executor.shutdown(wait=True)

    def _livelocked(self) -> BaseException:
        """Let a coroutine that spins on `sleep(0)` end as other code does that never lets time pass."""
        return HandlerStuck()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell user code what went wrong; when the environment is gone (a task is destroyed), nobody."""
        if current() is not None:
            super().call_exception_handler(context)

    def __del__(self) -> None:
        """Do not complain of loops that user code forgot to close: it is not the simulation that leaks."""

    def _make_subprocess_transport(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("asyncio's subprocesses are not simulated; `subprocess.run` is, also in a thread")


def _pass(_: None) -> None:
    """Stand in for a step that has been taken."""


def _strand_of(loop: NestedLoop) -> Strand:
    strand = current()
    if strand is None or strand.strands.clock.loop is not loop._outer:
        raise RuntimeError("this event loop belongs to user code of a simulation and can run only there")
    return strand


# --- the table ---------------------------------------------------------------------------------------------


class _StrandPolicyLocal(Local):
    """Which loop is set for this thread of user code?"""

    _loop: asyncio.AbstractEventLoop | None = None
    _set_called = False


async def wait_in_loop(awaitable: Awaitable[T]) -> T:
    """Wait in a coroutine until something is done on the simulation's own loop; others of user code go on meanwhile."""
    strand = current()
    if strand is None:
        return await awaitable
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def hand_over(done: asyncio.Future[T]) -> None:
        if future.done():
            return
        if done.cancelled():
            future.cancel()
        elif (error := done.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(done.result())

    def wake(done: asyncio.Future[T]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(hand_over, done)

    task = strand.strands.begin(awaitable)
    task.add_done_callback(wake)
    try:
        return await future
    finally:
        task.cancel()


class _PolicyLocal:
    """What asyncio's policy knows of each thread, with the threads of user code apart from the real ones."""

    def __init__(self, real: Any) -> None:
        vars(self).update(real=real, green=_StrandPolicyLocal())

    def _one(self) -> Any:
        return vars(self)["real" if current() is None else "green"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._one(), name, value)


def _new_event_loop(original: Callable[..., asyncio.AbstractEventLoop]) -> Callable[..., asyncio.AbstractEventLoop]:
    @functools.wraps(original)
    def new_event_loop(*policy: Any) -> asyncio.AbstractEventLoop:
        return original(*policy) if current() is None else NestedLoop()

    return new_event_loop


def nest_loops(*_: Any, **__: Any) -> None:
    """Let code that runs on an event loop of its environment run the loop itself, until something is done."""
    strand = current()
    assert strand is not None, "outside it is not swapped"
    strand.crew.nests_loops = True


def _run(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap `asyncio.run`: where loops nest it uses the one that there is, and leaves it open, as nest_asyncio does."""

    @functools.wraps(original)
    def run(main: Any, **settings: Any) -> Any:
        strand = current()
        if strand is None or not strand.crew.nests_loops:
            return original(main, **settings)
        loop = events._get_running_loop() or _kept_loop()
        return loop.run_until_complete(loop.create_task(main))

    return run


def _kept_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that is set for this thread of user code; there is one from now on."""
    policy = _of_events("get_event_loop_policy")()
    if policy._local._loop is None:
        policy.set_event_loop(NestedLoop())
    return cast("asyncio.AbstractEventLoop", policy._local._loop)


def _as_completed(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap what puts coroutines in a set and starts them in the set's order, which is that of their addresses."""

    @functools.wraps(original)
    def as_completed(fs: Iterable[Any], **kwargs: Any) -> Any:
        if current() is None:
            return original(fs, **kwargs)
        if futures.isfuture(fs) or coroutines.iscoroutine(fs):
            return original(fs, **kwargs)  # which refuses it
        loop = events._get_running_loop() or events.get_event_loop()
        return original([asyncio.ensure_future(each, loop=loop) for each in dict.fromkeys(fs)], **kwargs)

    return as_completed


def _of_events(name: str) -> Any:
    """Return what bears an underscore in asyncio since Python 3.14, as whoever asks for it without one is warned."""
    return vars(events).get(f"_{name}") or getattr(events, name)


SWAPS = (
    Swap(asyncio, "new_event_loop", _new_event_loop),
    Swap(events, "new_event_loop", _new_event_loop),
    Swap(_of_events("BaseDefaultEventLoopPolicy"), "new_event_loop", _new_event_loop),
    Swap(asyncio, "run", _run),
    Swap(runners, "run", _run),
    Swap(asyncio, "SelectorEventLoop", choose(NestedLoop)),
    Swap(asyncio, "as_completed", _as_completed),
    Swap(tasks, "as_completed", _as_completed),
)


def policy_swap() -> Swap:
    """Return what must be wrapped of the policy that asyncio has now."""
    return Swap(_of_events("get_event_loop_policy")(), "_local", _PolicyLocal)
