"""Who waits for a message, and when shall they be woken?

Nobody polls: whoever finds nothing leaves a wake-up call. As long as somebody waits, and only then, one timer stands
at the instant at which a hidden message returns; it is taken back when nothing is hidden any more, so that a run with
an idle consumer ends as soon as nothing can happen.
"""

from asyncio import TimerHandle
from collections.abc import Callable
from operator import call

from eventsim import Clock
from eventsim_sources.queue.store import Store

Wake = Callable[[], None]


class Waiters:
    """The consumers of one queue that wait."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store
        self.waiting: list[Wake] = []
        """Whom to wake; a list, so that every send may ask at no cost whether there is anybody."""
        self._timer: TimerHandle | None = None
        self._timer_us = 0

    def add(self, wake: Wake) -> None:
        """Call `wake` once, as soon as a receive may find something."""
        self.waiting.append(wake)
        self.rouse()

    def discard(self, wake: Wake) -> None:
        """Forget somebody who no longer waits."""
        if wake in self.waiting:
            self.waiting.remove(wake)
            self.rouse()

    def wake_all(self) -> None:
        """Wake everybody who waits."""
        wakes, self.waiting = self.waiting, []
        self._set_timer(None)
        for wake in wakes:
            self._clock.soon(call, wake)

    def rouse(self) -> None:
        """Look whether those who wait have reason to look; all are woken, for who comes first may decline."""
        if not self.waiting:
            self._set_timer(None)
        elif self._store.is_receivable(self._clock.now_us):
            self.wake_all()
        else:
            self._set_timer(self._store.next_due_us(self._clock.now_us))

    def _set_timer(self, due_us: int | None) -> None:
        if self._timer is not None:
            if due_us is not None and self._timer_us <= due_us:
                return
            self._timer.cancel()
            self._timer = None
        if due_us is not None:
            self._timer = self._clock.loop.call_later((due_us - self._clock.now_us) / 1e6, self._ring)
            self._timer_us = due_us

    def _ring(self) -> None:
        self._timer = None
        self.rouse()
