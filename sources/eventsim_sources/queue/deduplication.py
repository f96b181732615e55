"""Was the same message accepted within the last five minutes?

The window begins with the accepted send; duplicates do not extend it, and deleting the message does not end it
(recorded). With scope `messageGroup` each group has its own ids. Old entries are dropped when somebody looks.
"""

from collections import deque

from eventsim_sources.queue.limits import DEDUPLICATION_WINDOW_US
from eventsim_sources.queue.message import Duplicate, Message


class DeduplicationWindow:
    """What a FIFO queue remembers of the messages it accepted."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self._is_per_group = scope == "messageGroup"
        self._accepted: dict[str | tuple[str, str], tuple[int, Duplicate]] = {}
        self._keys: deque[str | tuple[str, str]] = deque()

    def find(self, group_id: str, deduplication_id: str, now_us: int) -> Duplicate | None:
        """Return what a send with this id would duplicate."""
        self._forget(now_us - DEDUPLICATION_WINDOW_US)
        accepted = self._accepted.get(self._key(group_id, deduplication_id))
        return accepted[1] if accepted else None

    def remember(self, group_id: str, deduplication_id: str, message: Message) -> None:
        """Open the window of an accepted message."""
        original = Duplicate(message_id=message.message_id, number=message.number)
        self.restore(group_id, deduplication_id, original, message.sent_us)

    def restore(self, group_id: str, deduplication_id: str, original: Duplicate, accepted_us: int) -> None:
        """Open a window again that an earlier one had open; the oldest comes first."""
        key = self._key(group_id, deduplication_id)
        self._accepted[key] = (accepted_us, original)
        self._keys.append(key)

    def remembers(self, message: Message) -> bool:
        """Tell whether it was this message that opened a window, which may be over by now."""
        extras = message.extras
        accepted = self._accepted.get(self._key(extras.group_id or "", extras.deduplication_id or ""))
        return accepted is not None and accepted[1].number == message.number

    @property
    def first_number(self) -> int:
        """The number of the message that opened the first window of those that are not forgotten, 0 for none."""
        return self._accepted[self._keys[0]][1].number if self._keys else 0

    def clear(self) -> None:
        """Forget everything, as a purge does (recorded)."""
        self._accepted.clear()
        self._keys.clear()

    def _key(self, group_id: str, deduplication_id: str) -> str | tuple[str, str]:
        return (group_id, deduplication_id) if self._is_per_group else deduplication_id

    def _forget(self, until_us: int) -> None:
        while self._keys and self._accepted[self._keys[0]][0] <= until_us:
            del self._accepted[self._keys.popleft()]
