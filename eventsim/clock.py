"""What time is it? The only thing that knows *now*.

Virtual time counts microseconds since the run began; a date is an epoch added at the edge.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from eventsim.errors import ConfigurationError
from eventsim.loop import Ticket, VirtualLoop

if TYPE_CHECKING:
    from eventsim.live.loop import LiveLoop

T = TypeVar("T")

Loop: TypeAlias = "VirtualLoop | LiveLoop"
"""Where time passes: by jumping, or as on the wall. Nobody but the clock knows which."""

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""The date on which a run begins unless the scenario says otherwise."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """The time of a run: who wants to wait says until when, and the loop jumps there, or waits as everybody does.

    Args:
        start_at: the date on which it begins, in any time zone.

    Raises:
        ConfigurationError: the date has no time zone.
    """

    def __init__(self, loop: Loop, start_at: datetime = START_AT) -> None:
        if start_at.tzinfo is None:
            raise ConfigurationError(
                f"{start_at} has no time zone; add `tzinfo=UTC`, or which one is meant", key="start_at"
            )
        self.start_at = start_at.astimezone(UTC)
        self.start_epoch_us = (self.start_at - _EPOCH) // _MICROSECOND
        self.run_on(loop)

    def run_on(self, loop: Loop) -> None:
        """Have time pass on a loop: that of the run, or the one that a forked process has in its place."""
        self.loop = loop
        self.soon: Callable[[Callable[[T], object], T], None] = loop.soon
        """Call `function(argument)` at this instant, after whatever is ready already."""
        self.at: Callable[[int, Callable[[T], object], T], None] = loop.at
        """Call `function(argument)` at an instant in microseconds; it cannot be cancelled."""
        self.by_calendar: Callable[[int, Callable[[T], object], T], None] = loop.by_calendar
        """Call it as `at` does, if time gets there: what recurs for ever keeps no run from being idle."""

    @property
    def now_us(self) -> int:
        """Microseconds since the run began."""
        return self.loop.now_us

    @property
    def is_bygone(self) -> bool:
        """Whether this was before the run began: an earlier server did it, and has told the world outside."""
        return self.loop.now_us < 0

    def hold(self, what: str) -> Ticket:
        """Keep virtual time still until the ticket is answered."""
        return self.loop.hold(what)

    def epoch_us(self) -> int:
        """Return now as microseconds since 1970."""
        return self.start_epoch_us + self.loop.now_us

    def epoch_ms(self) -> int:
        """Return now as whole milliseconds since 1970, as AWS's time stamps have it."""
        return (self.start_epoch_us + self.loop.now_us) // 1000

    def date(self, at_us: int | None = None) -> datetime:
        """Return now, or the given instant of the run, as an aware datetime in UTC."""
        return self.start_at + timedelta(microseconds=self.loop.now_us if at_us is None else at_us)

    def iso_ms(self, at_us: int | None = None) -> str:
        """Return now, or the given instant, as `2026-01-01T00:00:00.000Z`."""
        return self.date(at_us).isoformat(timespec="milliseconds")[:23] + "Z"
