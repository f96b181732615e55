"""Which visible message of a standard queue is received next?

A line is what a store takes messages from. Its verbs: `join` (a message became visible), `walk` (the receivable
messages in order; the store takes each one it is given before it asks for the next), `leave` (messages are gone for
good); `is_open` asks whether a walk would yield anything. Gone messages are skipped when their turn comes, which
keeps every step O(1).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random  # noqa: TID251 - only the type; chance makes the generator
from typing import Protocol

from eventsim_sources.queue.message import GONE, VISIBLE, Message


class Line(Protocol):
    """The order in which a store's messages are received."""

    def join(self, message: Message) -> None:
        """Put a message in line: when it is stored (even if delayed), and whenever it becomes visible again."""
        ...

    def walk(self) -> Iterator[Message]:
        """Yield the receivable messages in order; each must have changed its state before the next is asked for."""
        ...

    def leave(self, messages: Sequence[Message]) -> None:
        """Learn that messages are gone."""
        ...

    def is_open(self) -> bool:
        """Tell whether a walk would yield anything."""
        ...


class OrderedLine:
    """First come, first served: the default, more orderly than the real service ever promises."""

    def __init__(self) -> None:
        self._visible: deque[Message] = deque()

    def join(self, message: Message) -> None:
        """Stand at the end of the line."""
        if message.state == VISIBLE:
            self._visible.append(message)

    def walk(self) -> Iterator[Message]:
        """Yield from the front."""
        visible = self._visible
        while visible:
            message = visible.popleft()
            if message.state == VISIBLE:
                yield message

    def leave(self, messages: Sequence[Message]) -> None:  # noqa: ARG002  the door's shape
        """Drop gone messages from the front, so that a queue nobody reads does not keep what expired."""
        visible = self._visible
        while visible and visible[0].state == GONE:
            visible.popleft()

    def is_open(self) -> bool:
        """Tell whether a visible message stands in line."""
        visible = self._visible
        while visible and visible[0].state == GONE:
            visible.popleft()
        return bool(visible)


class ShuffledLine:
    """Any visible message may come next: what the real service allows itself."""

    def __init__(self, random: Random) -> None:
        self._visible: list[Message] = []
        self._random = random
        self._gone_count = 0

    def join(self, message: Message) -> None:
        """Stand anywhere."""
        if message.state == VISIBLE:
            self._visible.append(message)

    def walk(self) -> Iterator[Message]:
        """Yield by lot."""
        visible = self._visible
        while visible:
            place = int(self._random.random() * len(visible))
            visible[place], visible[-1] = visible[-1], visible[place]
            message = visible.pop()
            if message.state == VISIBLE:
                yield message

    def leave(self, messages: Sequence[Message]) -> None:
        """Clear the gone ones out once they might be half of all."""
        self._gone_count += len(messages)
        if self._gone_count * 2 > len(self._visible):
            self._visible[:] = [message for message in self._visible if message.state == VISIBLE]
            self._gone_count = 0

    def is_open(self) -> bool:
        """Tell whether a visible message stands in line."""
        while self._visible and self._visible[-1].state == GONE:
            self._visible.pop()
        return bool(self._visible)
