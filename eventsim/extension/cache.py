"""What does an extension remember? Answers, each for a while; the one least asked for makes room."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from eventsim.clock import Clock

T = TypeVar("T")


class Cache(Generic[T]):
    """Answers by question.

    Args:
        size: how many are kept.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._kept: dict[Hashable, tuple[int, T]] = {}
        """Until when, and what; in the order in which somebody asked."""

    def get(self, question: Hashable) -> T | None:
        """Return the answer to a question, None if there is none or it is too old."""
        found = self._kept.pop(question, None)
        if found is None or found[0] <= self._clock.now_us:
            return None
        self._kept[question] = found
        return found[1]

    def put(self, question: Hashable, answer: T, lives_us: int) -> None:
        """Keep an answer for a while, or not at all if there is no room or no time for it."""
        if self._size and lives_us:
            self._kept[question] = self._clock.now_us + lives_us, answer
            if len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]
