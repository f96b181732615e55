"""May something be done once more today? So many times within 24 hours, whenever these begin."""

from collections import deque

from eventsim_sources.stream.limits import DAY_US


class Daily:
    """What was done within the last 24 hours.

    Args:
        count_max: how often it may be done.
    """

    __slots__ = ("_done_us", "count_max")

    def __init__(self, count_max: int) -> None:
        self.count_max = count_max
        self._done_us: deque[int] = deque()

    def try_once(self, now_us: int) -> bool:
        """Let it be done once more, unless it was done too often."""
        done_us = self._done_us
        while done_us and done_us[0] <= now_us - DAY_US:
            done_us.popleft()
        if len(done_us) >= self.count_max:
            return False
        done_us.append(now_us)
        return True
