"""May a mapping poll? Its function's role is asked before each poll; who may not tries again after a while.

On AWS it goes on trying, too, and tells of it in `LastProcessingResult`.
"""

from collections.abc import Callable

from eventsim.clock import Clock
from eventsim.limits import POLLING_REFUSED_US
from eventsim.trace import Trace

MayPoll = Callable[[str, str], str]
"""Function and ARN of a source → why a mapping must not poll it for that function, "" if it may."""


class Access:
    """Whether one mapping may poll.

    Args:
        place: the mapping, in the trace.

    Attributes:
        problem: why it may not, "" if it may.
    """

    def __init__(self, may_poll: MayPoll, clock: Clock, trace: Trace, place: int) -> None:
        self.problem = ""
        self._may_poll = may_poll
        self._clock = clock
        self._trace = trace
        self._place = place
        self._waiting: list[Callable[[], None]] = []

    def is_granted(self, function: str, source_arn: str, again: Callable[[], None]) -> bool:
        """Tell whether a poll may be made; if not, call `again` when it may be tried once more."""
        before, self.problem = self.problem, self._may_poll(function, source_arn)
        if not self.problem:
            return True
        if not before:
            refused = self._trace.kind("polling refused", "{place} takes nothing from {source}: {reason}")
            detail = {"source": source_arn, "reason": self.problem}
            self._trace.record(refused, self._place, self._place, detail=detail)
        if not self._waiting:
            self._clock.by_calendar(self._clock.now_us + POLLING_REFUSED_US, Access._try_again, self)
        if again not in self._waiting:
            self._waiting.append(again)
        return False

    def _try_again(self) -> None:
        waiting, self._waiting = self._waiting, []
        for again in waiting:
            again()
