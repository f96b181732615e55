"""Who waits for records, or for other shards? Nobody polls: whoever finds nothing leaves a wake-up call."""

from collections.abc import Callable
from operator import call

from eventsim import Clock

Wake = Callable[[], None]


class Waiters:
    """The readers of one stream that wait; each is woken once, in a step of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._for_records: dict[str, list[Wake]] = {}
        self._for_shards: list[Wake] = []

    def await_records(self, shard: str, wake: Wake) -> None:
        """Call `wake` once there are records, or no more can come."""
        self._for_records.setdefault(shard, []).append(wake)

    def await_shards(self, wake: Wake) -> None:
        """Call `wake` once there are other shards."""
        self._for_shards.append(wake)

    def discard(self, shard: str, wake: Wake) -> None:
        """Forget somebody who no longer waits for records."""
        waiting = self._for_records.get(shard, [])
        if wake in waiting:
            waiting.remove(wake)

    def tell_records(self, shard: str) -> None:
        """Wake who waits for a shard."""
        if self._for_records:
            self._wake(self._for_records.pop(shard, []))

    def tell_shards(self) -> None:
        """Wake who waits for other shards."""
        waiting, self._for_shards = self._for_shards, []
        self._wake(waiting)

    def tell_all(self) -> None:
        """Wake everybody."""
        for shard in list(self._for_records):
            self.tell_records(shard)
        self.tell_shards()

    def wake_soon(self, wake: Wake) -> None:
        """Wake one who need not wait."""
        self._wake([wake])

    def wake_at(self, at_us: int, wake: Wake) -> None:
        """Wake one at an instant from which on there is something."""
        self._clock.at(at_us, call, wake)

    def _wake(self, waiting: list[Wake]) -> None:
        for wake in waiting:
            self._clock.soon(call, wake)
