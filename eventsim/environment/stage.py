"""When is user code done? One run of it in a strand, against a deadline in virtual time.

The modelled duration is spent after the code and before its answer leaves. What would end at the deadline or later has
failed at the deadline.
"""

from collections.abc import Callable
from typing import Any

from eventsim.clock import Clock
from eventsim.handler.hub import Strands
from eventsim.handler.strand import HandlerStuck, Raised, Returned
from eventsim.handler.surroundings import Surroundings

Ended = Returned[Any] | Raised | None
"""How user code ended: it returned, it raised, or its time was up."""


class Stage:
    """User code that waits, until its end or its deadline, whichever comes first.

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
        self._timer = clock.loop.call_at_us(deadline_us, self._expire)

    def done(self, result: Returned[Any] | Raised) -> None:
        """Take the end of the code; it comes to nothing after the deadline."""
        if not self._is_over:
            self._is_over = True
            self._timer.cancel()
            _finish(result, self._clock, self._deadline_us, self._extra_us, self._end)

    def _expire(self) -> None:
        self._is_over = True
        self._end(None)


def run_stage(
    strands: Strands,
    surroundings: Surroundings,
    function: Callable[[], object],
    deadline_us: int,
    extra_us: Callable[[], int],
    end: Callable[[Ended], None],
) -> None:
    """Run a function in a strand, at once; what never waits needs no timer.

    Args:
        extra_us, end: as for `Stage`.
    """
    strand, clock = strands.start(surroundings, function), strands.clock
    result = strand.outcome
    if result is None:
        strand.done = Stage(clock, deadline_us, extra_us, end).done
    else:
        _finish(result, clock, deadline_us, extra_us, end)


def _finish(
    result: Returned[Any] | Raised,
    clock: Clock,
    deadline_us: int,
    extra_us: Callable[[], int],
    end: Callable[[Ended], None],
) -> None:
    """Spend the modelled duration, then end; or fail at the deadline."""
    if type(result) is Raised:
        if isinstance(result.error, KeyboardInterrupt):
            raise result.error  # the user of eventsim wants to stop, not the user's code
        if isinstance(result.error, HandlerStuck):
            clock.at(deadline_us, end, result)
            return
    end_us = clock.loop.now_us + extra_us()
    if end_us < deadline_us:
        clock.at(end_us, end, result)
    else:
        clock.at(deadline_us, end, None)
