"""Is it time to hand records on? They gather until they are many or the oldest has waited long enough."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from eventsim import Clock


class _Sized(Protocol):
    @property
    def size_bytes(self) -> int: ...


T = TypeVar("T", bound=_Sized)


class Buffer(Generic[T]):
    """Records that wait for one another.

    Args:
        full: gets them in order, oldest first.
    """

    def __init__(
        self, clock: Clock, *, bytes_max: int, wait_s: int, full: Callable[[list[T]], None], count_max: int = 1_000_000
    ) -> None:
        self._clock = clock
        self._bytes_max = bytes_max
        self._wait_us = wait_s * 1_000_000
        self._count_max = count_max
        self._full = full
        self._waiting: list[T] = []
        self._size_bytes = 0
        self._round = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, record: T) -> None:
        """Add a record; one that would be too much goes into the next lot."""
        if self._waiting and self._size_bytes + record.size_bytes > self._bytes_max:
            self.flush()
        self._waiting.append(record)
        self._size_bytes += record.size_bytes
        if self._size_bytes >= self._bytes_max or len(self._waiting) >= self._count_max:
            self.flush()
        elif len(self._waiting) == 1:
            self._clock.at(self._clock.now_us + self._wait_us, self._due, self._round)

    def flush(self) -> None:
        """Hand everything on that is there."""
        if self._waiting:
            lot, self._waiting, self._size_bytes = self._waiting, [], 0
            self._round += 1
            self._full(lot)

    def _due(self, of_round: Any) -> None:
        if of_round == self._round:
            self.flush()
