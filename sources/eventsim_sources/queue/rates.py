"""May a FIFO queue take one more request? So many calls of each action in a second; a batch is one call.

With high throughput the quota is that of the partition in which a message group lies. Groups are spread over partitions
that AWS does not tell of, so each has its own here; receives and deletions, which name no group, are not counted then.
"""

from collections.abc import Iterable

from eventsim_sources.meter import Meters
from eventsim_sources.queue.limits import FIFO_CALLS_PER_S
from eventsim_sources.queue.settings import Settings


class Rates:
    """The calls of one queue."""

    def __init__(self) -> None:
        self._meters = Meters(FIFO_CALLS_PER_S)

    def try_call(self, action: str, groups: Iterable[str], settings: Settings, now_us: int) -> bool:
        """Let a call in, unless there were too many.

        Args:
            action: `SendMessage`, whether alone or in a batch.
            groups: the message groups that it names.
        """
        if settings.throughput_limit == "perMessageGroupId":
            return self._meters.try_take({(action, group) for group in groups}, 1, now_us)
        return self._meters.try_take((action,), 1, now_us)
