"""How does time pass in a served world, and how does an answer wait for it?

Live, time passes by itself. Virtual time passes only between requests: on demand, or (`auto`) as soon as nothing is
left to do at this instant. A request to a virtual world is carried out at once, with everything that follows from it at
the same instant; so what comes of some requests depends on their order alone.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Protocol, TypeVar

from eventsim.api import Result
from eventsim.errors import RunError
from eventsim.loop import VirtualLoop

T = TypeVar("T")

TURN_S = 0.02
"""How long virtual time may jump before the server looks after its clients."""

Outcome = Result | Awaitable[Result]


class Pace(Protocol):
    """How time passes."""

    def begin(self, call: Callable[[], Outcome]) -> Outcome:
        """Carry out a call; what must wait gives an awaitable for the server's own loop."""

    def advance(self, span_us: int) -> None:
        """Let a span of time pass.

        Raises:
            TimePasses: it does so by itself.
        """

    async def finish(self, work: Awaitable[None]) -> None:
        """Wait for work that belongs to the world."""

    def renew(self) -> None:
        """Begin anew: the worlds of before are closed."""

    def close(self) -> None:
        """End; all worlds are closed."""


class TimePasses(Exception):  # noqa: N818 - a fact, as the field says it
    """Nobody can make the wall clock go faster."""


class WallPace:
    """Time passes by itself, and the worlds live on the server's own loop."""

    def begin(self, call: Callable[[], Outcome]) -> Outcome:
        return call()

    def advance(self, span_us: int) -> None:  # noqa: ARG002 - the door's signature
        raise TimePasses

    async def finish(self, work: Awaitable[None]) -> None:
        await work

    def renew(self) -> None:
        """Go on: nobody can turn the wall clock back."""

    def close(self) -> None:
        """Do nothing: the loop is the server's."""


class VirtualPace:
    """The worlds live on a virtual loop, which runs when the server lets it.

    Args:
        server_loop: the loop of the server, which stands still meanwhile.
        is_auto: whether time jumps whenever nothing is left to do.
    """

    def __init__(self, server_loop: asyncio.AbstractEventLoop, *, is_auto: bool) -> None:
        self.loop = VirtualLoop()
        self._server_loop = server_loop
        self._is_auto = is_auto
        self._is_jumping = False

    def begin(self, call: Callable[[], Outcome]) -> Outcome:
        outcome = call()
        if isinstance(outcome, dict) or not isinstance(outcome, Awaitable):
            self.settle()
            return outcome
        task = self.loop.create_task(_value_of(outcome))
        self.settle()
        if task.done():
            return task.result()
        answered = self._server_loop.create_future()

        def answer(_: object) -> None:
            if not answered.done():
                answered.set_result(None)

        task.add_done_callback(answer)  # now: a coroutine would begin only after the next jump
        return self._bridge(task, answered)

    def settle(self) -> None:
        """Run everything that is due at this instant; let time jump afterwards if it may."""
        self.loop.run_until(self.loop.now_us)
        if self._is_auto and not self._is_jumping:
            self._is_jumping = True
            self._server_loop.call_soon(self._jump)

    def advance(self, span_us: int) -> None:
        self.loop.run_until(self.loop.now_us + span_us)

    async def finish(self, work: Awaitable[None]) -> None:
        self.loop.run_until_complete(_value_of(work))

    def renew(self) -> None:
        self.close()
        self.loop = VirtualLoop()

    def close(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            with contextlib.suppress(RunError):  # one that will not end stays where it is
                self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.close()

    def _jump(self) -> None:
        """Jump from instant to instant, but let the server look after its clients now and then."""
        self._is_jumping = False
        end_s = perf_counter() + TURN_S
        while (due_us := self.loop.next_due_us()) is not None:
            self.loop.run_until(due_us)
            if perf_counter() > end_s:
                self._is_jumping = True
                self._server_loop.call_soon(self._jump)
                return

    async def _bridge(self, task: "asyncio.Task[Result]", answered: "asyncio.Future[None]") -> Result:
        """Wait on the server's loop for a task of the virtual loop."""
        try:
            await answered
        except asyncio.CancelledError:
            task.cancel()
            if not self.loop.is_closed():  # the server may have ended meanwhile
                self.settle()
            raise
        return task.result()


async def _value_of(awaitable: Awaitable[T]) -> T:
    return await awaitable
