"""When is user code done? One run of it in a strand, against a deadline in virtual time.

The modelled duration is spent after the code and before its answer leaves. What would end at the deadline or later has
failed at the deadline.
"""

from asyncio import TimerHandle
from collections.abc import Callable
from typing import Any

from eventsim.clock import Clock
from eventsim.handler.hub import Strands
from eventsim.handler.strand import HandlerStuck, Raised, Returned
from eventsim.handler.surroundings import Surroundings

Ended = Returned[Any] | Raised | None
"""How user code ended: it returned, it raised, or its time was up."""


class Stage:
    """One run of user code.

    Args:
        extra_us: asked at the end of the code how much longer it shall take.
        end: called once, from the loop, at the virtual end.
    """

    __slots__ = ("_clock", "_deadline_us", "_end", "_extra_us", "_is_over", "_timer")

    def __init__(
        self, clock: Clock, deadline_us: int, extra_us: Callable[[], int], end: Callable[[Ended], None]
    ) -> None:
        self._clock = clock
        self._deadline_us = deadline_us
        self._extra_us = extra_us
        self._end = end
        self._is_over = False
        self._timer: TimerHandle | None = None

    def run(self, strands: Strands, surroundings: Surroundings, function: Callable[[], object]) -> None:
        """Run a function in a strand, at once."""
        strands.start(surroundings, function, self._done)
        if not self._is_over:
            self._timer = self._clock.loop.call_at_us(self._deadline_us, self._expire)

    def _done(self, result: Returned[Any] | Raised) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        clock = self._clock
        if isinstance(result, Raised):
            if isinstance(result.error, KeyboardInterrupt):
                raise result.error  # the user of eventsim wants to stop, not the user's code
            if isinstance(result.error, HandlerStuck):
                clock.at(self._deadline_us, self._end, result)
                return
        end_us = clock.loop.now_us + self._extra_us()
        if end_us >= self._deadline_us:
            clock.at(self._deadline_us, self._end, None)
        else:
            clock.at(end_us, self._end, result)

    def _expire(self) -> None:
        self._is_over = True
        self._end(None)
