"""May so much pass in this second? A meter that is worked out from the time and needs no timer.

It is a bucket that holds one second's worth and is full at first. What is larger than a second's worth passes when the
bucket is full, and is paid off afterwards.
"""

from eventsim_sources.stream.limits import SECOND_US


class Meter:
    """What passes in a second.

    Args:
        per_s: how much.
    """

    __slots__ = ("_burst", "_paid", "_per_s")

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._burst = per_s * SECOND_US
        self._paid = 0
        """Until when everything is paid off, in microseconds times `per_s`."""

    def has_room(self, count: int, now_us: int) -> bool:
        """Tell whether so much may pass now."""
        now = now_us * self._per_s
        owed = self._paid - now
        return owed <= 0 or owed + count * SECOND_US <= self._burst

    def take(self, count: int, now_us: int) -> None:
        """Let it pass."""
        now = now_us * self._per_s
        self._paid = (self._paid if self._paid > now else now) + count * SECOND_US

    def try_take(self, count: int, now_us: int) -> bool:
        """Let it pass if it may."""
        now = now_us * self._per_s
        begun = self._paid if self._paid > now else now
        paid = begun + count * SECOND_US
        if begun > now and paid - now > self._burst:
            return False
        self._paid = paid
        return True

    def give_back(self, count: int) -> None:
        """Undo what `try_take` has just let pass."""
        self._paid -= count * SECOND_US
