"""How many capacity units are left? Those that came until now, less those that were taken: worked out without a timer.

A request passes while one unit is left, or as much as it takes if that is less: what a larger one takes is known only
once its items were looked at. It is owed then, and nothing passes until it is paid off.
"""

from eventsim_sources.table.limits import SECOND_US


class Allowance:
    """Units that come by the second. Those of one second are there at first.

    Args:
        per_s: how many.
        saved_s: for how many seconds they are saved up if nobody takes them.
    """

    __slots__ = ("_at_us", "_left", "per_s", "saved_s")

    def __init__(self, per_s: int, saved_s: int, now_us: int) -> None:
        self.per_s = per_s
        self.saved_s = saved_s
        self._left = per_s * SECOND_US
        """Millionths of a unit, as of `_at_us`: below zero, they are owed."""
        self._at_us = now_us

    def has(self, units: float, now_us: int) -> bool:
        """Tell whether a request for so many may pass."""
        return self._level(now_us) >= min(units, 1) * SECOND_US

    def is_idle(self, now_us: int) -> bool:
        """Tell whether it is full, so that nothing more would be saved up."""
        return self._level(now_us) == self.per_s * self.saved_s * SECOND_US

    def take(self, units: float, now_us: int) -> None:
        """Take so many, or give them back if they are less than none."""
        self._left = self._level(now_us) - round(units * SECOND_US)
        self._at_us = now_us

    def change(self, per_s: int, now_us: int) -> None:
        """Let more or fewer come from now on; what was saved up is kept as far as there is room for it."""
        self._left, self._at_us = self._level(now_us), now_us
        self.per_s = per_s

    def _level(self, now_us: int) -> int:
        come = self._left + (now_us - self._at_us) * self.per_s
        return min(come, self.per_s * self.saved_s * SECOND_US)
