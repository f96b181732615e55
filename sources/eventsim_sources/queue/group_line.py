"""Which visible message of a FIFO queue is received next?

The rule, which reproduces every recorded trace: keep each group sorted by sequence number, and for each message a
*key*: at first its order of arrival, renewed each time the message returns to visible. A receive considers groups by
the key of their head (the oldest message not yet gone). From the head on it takes visible messages and stops at the
first that is delayed or in flight; then comes the next group.

So one call drains a group before it touches the next, a group with a message in flight at its head gives nothing, and
deleting everything in flight unblocks it at once. No receive looks at a group that has nothing to give: groups whose
head is visible wait in a heap, and an entry that no longer tells the truth is dropped when it comes up.
"""

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from eventsim_sources.queue.message import GONE, NOT_RECEIVED_US, VISIBLE, Message


class Group(msgspec.Struct, gc=False):
    """One message group: its messages by sequence number, and where the first that may still live stands."""

    group_id: str
    messages: list[Message]
    start: int = 0
    gone_count: int = 0
    offered_key: int = 0

    def head(self) -> Message | None:
        """Return the oldest message that is not gone."""
        messages = self.messages
        start, end = self.start, len(messages)
        while start < end and messages[start].state == GONE:
            start += 1
        self.start = start
        return messages[start] if start < end else None

    def compact(self) -> None:
        """Let go of gone messages once they are the greater part, which keeps every step O(1) on average."""
        if self.gone_count * 2 > len(self.messages):
            self.messages = [message for message in self.messages if message.state != GONE]
            self.start = 0
            self.gone_count = 0


class GroupLine:
    """First come, first served within each group, and no overtaking of a message in flight."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._offers: list[tuple[int, Group]] = []
        self._key = 0

    def join(self, message: Message) -> None:
        """Stand last in the group at first; return to one's place in it, with a new key, ever after."""
        group_id = message.extras.group_id
        assert group_id is not None, "a FIFO queue's message has a group"
        group = self._groups.get(group_id)
        if message.key == 0:
            if group is None:
                group = self._groups[group_id] = Group(group_id, [])
            group.messages.append(message)
            self._renew(message)
        elif message.received_us != NOT_RECEIVED_US:
            self._renew(message)
        assert group is not None, "a message that returns has its group"
        self._offer(group)

    def walk(self) -> Iterator[Message]:
        """Yield group by group, each from its head to the first message that is not visible."""
        while self.is_open():
            _, group = heapq.heappop(self._offers)
            group.offered_key = 0
            for message in islice(group.messages, group.start, None):
                if message.state == VISIBLE:
                    yield message
                elif message.state != GONE:
                    break

    def leave(self, messages: Sequence[Message]) -> None:
        """Unblock what stood behind messages that are gone."""
        touched: dict[str, Group] = {}
        for message in messages:
            group = self._groups[message.extras.group_id or ""]
            group.gone_count += 1
            touched[group.group_id] = group
        for group in touched.values():
            group.compact()
            if group.messages:
                self._offer(group)
            else:
                del self._groups[group.group_id]

    def is_open(self) -> bool:
        """Tell whether some group's head is visible; offers that no longer tell the truth are dropped."""
        offers = self._offers
        while offers:
            key, group = offers[0]
            head = group.head()
            if head is not None and head.state == VISIBLE and head.key == key:
                return True
            heapq.heappop(offers)
        return False

    def _renew(self, message: Message) -> None:
        self._key += 1
        message.key = self._key

    def _offer(self, group: Group) -> None:
        head = group.head()
        if head is not None and head.state == VISIBLE and head.key != group.offered_key:
            group.offered_key = head.key
            heapq.heappush(self._offers, (head.key, group))
