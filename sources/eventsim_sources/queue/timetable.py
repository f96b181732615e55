"""Which hidden messages become visible next, and when?

Most deadlines arrive in rising order (one visibility timeout, time that only grows), so they queue up in a deque;
the few that do not go to a heap. Nothing is ever taken out in the middle: an entry whose message was deleted, or
given another deadline, is told apart by the caller when its time comes.
"""

import heapq
from collections import deque
from typing import Final, NamedTuple

# Entries for one instant are joined up to this size, so that looking into one costs a bounded time.
_ENTRY_MESSAGES_MAX: Final = 64


class Deadline(NamedTuple):
    """At this instant these messages, known by number, may become visible; `order` breaks ties."""

    due_us: int
    order: int
    numbers: list[int]


class Timetable:
    """Deadlines in the order (instant, order of entry)."""

    def __init__(self) -> None:
        self._rising: deque[Deadline] = deque()
        self._heap: list[Deadline] = []
        self._order = 0

    def add(self, due_us: int, numbers: list[int]) -> None:
        """Enter one deadline for these messages."""
        rising = self._rising
        if rising:
            last = rising[-1]
            if last.due_us == due_us and len(last.numbers) < _ENTRY_MESSAGES_MAX:
                last.numbers.extend(numbers)
                return
            if last.due_us > due_us:
                self._order += 1
                heapq.heappush(self._heap, Deadline(due_us, self._order, numbers))
                return
        self._order += 1
        rising.append(Deadline(due_us, self._order, numbers))

    def peek(self) -> Deadline | None:
        """Return the earliest deadline without taking it."""
        if not self._heap:
            return self._rising[0] if self._rising else None
        if not self._rising or self._heap[0] < self._rising[0]:
            return self._heap[0]
        return self._rising[0]

    def pop(self) -> None:
        """Take the earliest deadline out."""
        if self._heap and (not self._rising or self._heap[0] < self._rising[0]):
            heapq.heappop(self._heap)
        else:
            self._rising.popleft()

    def clear(self) -> None:
        """Forget every deadline."""
        self._rising.clear()
        self._heap.clear()
