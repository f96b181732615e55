"""How was provisioned throughput changed? When it last rose, when it last fell, and how often on that day; pure.

It may fall four times on a day in UTC, and after that once an hour (documented). A table that is paid per request has
none, which is no fall.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from eventsim_sources.table.limits import DAY_US, DECREASE_PAUSE_US, DECREASES_AT_ONCE_MAX

Units: TypeAlias = tuple[int, int]
"""Units of reading and of writing."""

_NONE: Final[Units] = (0, 0)


class ThroughputHistory(Struct, frozen=True, kw_only=True):
    """The changes so far of the throughput of a table or an index.

    Attributes:
        increased_us, decreased_us: when it last rose and fell, in microseconds since 1970; 0 for never.
        decrease_count: how often it fell on the day on which it last did.
    """

    increased_us: int = 0
    decreased_us: int = 0
    decrease_count: int = 0

    def decreases_on_day(self, at_us: int) -> int:
        """Return how often it fell on the day of an instant."""
        return self.decrease_count if self.decreased_us // DAY_US == at_us // DAY_US else 0

    def may_fall_us(self, at_us: int) -> int:
        """Return the instant from which it may fall again, as seen at another."""
        is_free = self.decreases_on_day(at_us) < DECREASES_AT_ONCE_MAX
        return at_us if is_free else self.decreased_us + DECREASE_PAUSE_US

    def changed(self, before: Units, after: Units, at_us: int) -> "ThroughputHistory":
        """Return the history with one more change."""
        rises = after[0] > before[0] or after[1] > before[1]
        falls = is_fall(before, after)
        return ThroughputHistory(
            increased_us=at_us if rises else self.increased_us,
            decreased_us=at_us if falls else self.decreased_us,
            decrease_count=self.decreases_on_day(at_us) + 1 if falls else self.decrease_count,
        )


def is_fall(before: Units, after: Units) -> bool:
    """Tell whether throughput falls, of reading or of writing."""
    return after != _NONE and (after[0] < before[0] or after[1] < before[1])
