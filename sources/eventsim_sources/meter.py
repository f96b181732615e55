"""May so much pass in this second? A meter that is worked out from the time and needs no timer.

It is a bucket that holds one second's worth and is full at first. What is larger than a second's worth passes when the
bucket is full, and is paid off afterwards.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, Protocol, TypeVar

SECOND_US: Final = 1_000_000
KEPT_MIN: Final = 1_024
"""So many are counted before those are forgotten who have nothing to pay off."""


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

    def is_idle(self, now_us: int) -> bool:
        """Tell whether everything is paid off, so that it is as good as new."""
        return self._paid <= now_us * self._per_s

    def give_back(self, count: int) -> None:
        """Undo what `try_take` has just let pass."""
        self._paid -= count * SECOND_US


class Restful(Protocol):
    """What counts somebody, and is as good as new after a while."""

    def is_idle(self, now_us: int) -> bool:
        """Tell whether it is as good as new."""


Counter = TypeVar("Counter", bound=Restful)


class Counters(Generic[Counter]):
    """What counts each of many: made when somebody is first counted, and forgotten when it is as good as new.

    Args:
        make: makes one, as of an instant.
    """

    def __init__(self, make: Callable[[int], Counter]) -> None:
        self._make = make
        self._counters: dict[Hashable, Counter] = {}
        self._kept_max = KEPT_MIN

    def __len__(self) -> int:
        return len(self._counters)

    def find(self, who: Hashable) -> Counter | None:
        """Return what counts somebody, None if it is as good as new."""
        return self._counters.get(who)

    def of(self, who: Hashable, now_us: int) -> Counter:
        """Return what counts somebody."""
        counter = self._counters.get(who)
        if counter is None:
            if len(self._counters) >= self._kept_max:
                self._counters = {key: each for key, each in self._counters.items() if not each.is_idle(now_us)}
                self._kept_max = max(KEPT_MIN, 2 * len(self._counters))
            counter = self._counters[who] = self._make(now_us)
        return counter


class Meters:
    """A meter for each who is counted; all have the same rate."""

    def __init__(self, per_s: int) -> None:
        self._meters = Counters(lambda _: Meter(per_s))

    def try_take(self, who: Iterable[Hashable], count: int, now_us: int) -> bool:
        """Let so many pass for each of them, if they may for all."""
        meters = [self._meters.of(each, now_us) for each in who]
        if not all(meter.has_room(count, now_us) for meter in meters):
            return False
        for meter in meters:
            meter.take(count, now_us)
        return True
