"""Was this published before? What a FIFO topic remembers for five minutes."""

from collections import OrderedDict

from eventsim_sources.topic.limits import DEDUPLICATION_US

Scope = tuple[str, str]
"""Message group ("" where ids count across the topic) and deduplication id."""


class Deduplication:
    """The ids of a topic's last five minutes."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Scope, tuple[int, str, str]] = OrderedDict()

    def find(self, scope: Scope, now_us: int) -> tuple[str, str] | None:
        """Return message id and sequence number of what was published under this id, None if nothing was."""
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest][0] > now_us:
                break
            del self._seen[oldest]
        found = self._seen.get(scope)
        return None if found is None else found[1:]

    def note(self, scope: Scope, now_us: int, message_id: str, sequence_number: str) -> None:
        """Remember what was published now."""
        self._seen[scope] = now_us + DEDUPLICATION_US, message_id, sequence_number
