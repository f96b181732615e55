"""When do rules fire by their schedules? Each has one instant ahead; a rule that is put anew has another."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from eventsim import World
from eventsim_sources.bus.rule import Rule

_MICROSECOND = timedelta(microseconds=1)


class Timetable:
    """The schedules of all rules of a simulation.

    Args:
        fire: tells a rule's targets.
    """

    def __init__(self, world: World, fire: Callable[[Rule], None]) -> None:
        self._clock = world.clock
        self._fire = fire

    def set(self, rule: Rule) -> None:
        """Follow a rule's schedule from now on, as it is now; earlier firings of it are void."""
        rule.turn += 1
        self._wait(rule, rule.turn, self._clock.date())

    def _wait(self, rule: Rule, turn: int, after: datetime) -> None:
        schedule = rule.settings.schedule
        if schedule is None or not rule.settings.is_enabled:
            return
        following = schedule.next_after(after, UTC)
        while following is not None and following < self._clock.start_at:  # there was another server, or none
            following = schedule.next_after(following, UTC)
        if following is None:
            return

        def ring(at: datetime) -> None:
            if rule.turn == turn:
                self._fire(rule)
                self._wait(rule, turn, at)

        self._clock.by_calendar((following - self._clock.start_at) // _MICROSECOND, ring, following)
