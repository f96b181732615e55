"""Where is each of a queue's messages now, and how does time alone move it?

Messages enter visible or delayed, are taken, shown again and removed; the counters follow. Time passes by being told:
`catch_up` lets happen what fell due, and is owed only from `attention_us` on, so that asking costs one comparison.
"""

import heapq
import sys
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from eventsim_sources.queue.line import Line
from eventsim_sources.queue.message import DELAYED, GONE, IN_FLIGHT, VISIBLE, Message
from eventsim_sources.queue.register import Register
from eventsim_sources.queue.timetable import Deadline, Timetable

Effect = Literal[
    "admitted",
    "duplicated",
    "received",
    "hidden",
    "shown",
    "deleted",
    "dead_lettered",
    "withdrawn",
    "expired",
    "purged",
]
"""What happens to messages after they were sent."""

Observer = Callable[[Effect, Sequence[Message], int], None]

NEVER_US: Final = sys.maxsize


class Counts(NamedTuple):
    """How many messages a queue holds in each state."""

    visible: int
    in_flight: int
    delayed: int


class Contents:
    """The messages of one queue by number, in line, by deadline and by age."""

    def __init__(self, line: Line, retention_us: int) -> None:
        self.line = line
        self.observe: Observer | None = None
        self.visible = self.in_flight = self.delayed = 0
        self.attention_us = NEVER_US
        self.messages = Register()
        self._newest_us = 0
        self._older: list[tuple[int, int]] = []
        self._retention_us = retention_us
        self._timetable = Timetable()
        self._due_us = self._expiry_us = NEVER_US

    def add(self, message: Message, delayed_until_us: int | None) -> None:
        """Take a new message in."""
        self.messages.add(message)
        if delayed_until_us is None:
            self.visible += 1
        else:
            message.state = DELAYED
            self.delayed += 1
            self.hide((message,), delayed_until_us)
        self.line.join(message)
        sent_us = message.sent_us
        if sent_us < self._newest_us:
            heapq.heappush(self._older, (sent_us, message.number))
        else:
            self._newest_us = sent_us
        expiry_us = sent_us + self._retention_us
        if expiry_us < self._expiry_us:
            self._expiry_us = expiry_us
            if expiry_us < self.attention_us:
                self.attention_us = expiry_us

    def restore(self, messages: Sequence[Message], last_number: int) -> None:
        """Take in, while empty, what an earlier one held; what fell due since then is still to happen."""
        self.messages.restore(messages, last_number)
        for message in messages:
            self.line.join(message)
            if message.state == VISIBLE:
                self.visible += 1
                continue
            if message.state == IN_FLIGHT:
                self.in_flight += 1
            else:
                self.delayed += 1
            self._expect((message,), message.hidden_until_us)
        self._newest_us = max((message.sent_us for message in messages), default=0)
        self._older = [(message.sent_us, message.number) for message in messages]
        heapq.heapify(self._older)
        self._expiry_us = self.attention_us = 0

    def take(self, messages: Sequence[Message], hidden_until_us: int) -> None:
        """Count messages that were visible and have just become in flight, hidden until that instant."""
        self.visible -= len(messages)
        self.in_flight += len(messages)
        self._timetable.add(hidden_until_us, [message.number for message in messages])
        if hidden_until_us < self._due_us:
            self._due_us = hidden_until_us
            if hidden_until_us < self.attention_us:
                self.attention_us = hidden_until_us

    def hide(self, messages: Sequence[Message], until_us: int) -> None:
        """Set when messages that are delayed or in flight shall become visible."""
        for message in messages:
            message.hidden_until_us = until_us
        self._expect(messages, until_us)

    def _expect(self, messages: Sequence[Message], until_us: int) -> None:
        self._timetable.add(until_us, [message.number for message in messages])
        if until_us < self._due_us:
            self._due_us = until_us
            if until_us < self.attention_us:
                self.attention_us = until_us

    def show(self, messages: Sequence[Message], at_us: int) -> None:
        """Make messages visible that were delayed or in flight."""
        for message in messages:
            if message.state == DELAYED:
                self.delayed -= 1
            else:
                self.in_flight -= 1
            message.state = VISIBLE
            self.line.join(message)
        self.visible += len(messages)
        if self.observe is not None:
            self.observe("shown", messages, at_us)

    def remove(self, messages: Sequence[Message]) -> None:
        """Let go of messages, whatever their state."""
        in_flight = 0
        for message in messages:
            state = message.state
            if state == IN_FLIGHT:
                in_flight += 1
            elif state == VISIBLE:
                self.visible -= 1
            else:
                self.delayed -= 1
            message.state = GONE
        self.in_flight -= in_flight
        self.messages.remove(messages)
        self.line.leave(messages)

    def clear(self, line: Line) -> list[Message]:
        """Let go of every message, begin a new line, and return what there was."""
        removed = self.messages.clear()
        for message in removed:
            message.state = GONE
        self._older.clear()
        self._timetable.clear()
        self.line = line
        self.visible = self.in_flight = self.delayed = 0
        self._due_us = self._expiry_us = self.attention_us = NEVER_US
        return removed

    def keep_for(self, retention_us: int) -> None:
        """Keep messages for this long from now on, those that are here included."""
        self._retention_us = retention_us
        self._expiry_us = self.attention_us = 0

    def next_due_us(self, now_us: int) -> int | None:
        """Return the earliest instant after now at which a hidden message becomes visible by itself."""
        self.catch_up(now_us)
        return self._due_us if self._due_us < NEVER_US else None

    def catch_up(self, now_us: int) -> None:
        """Let happen what fell due: hidden messages become visible, and messages beyond retention are gone."""
        timetable = self._timetable
        self._due_us = NEVER_US
        while (deadline := timetable.peek()) is not None:
            if deadline.due_us > now_us:
                if self._hides_any(deadline):
                    self._due_us = deadline.due_us
                    break
                timetable.pop()
                continue
            timetable.pop()
            due = self._hidden_until(deadline)
            if due:
                self.show(due, deadline.due_us)
        if now_us >= self._expiry_us:
            self._expire(now_us)
        self.attention_us = min(self._due_us, self._expiry_us)

    def _hides_any(self, deadline: Deadline) -> bool:
        """Tell whether a deadline still concerns anybody; whom it does not is struck off, and not asked again."""
        last = self.messages.get(deadline.numbers[-1])
        if last is not None and _is_due(last, deadline):
            return True
        deadline.numbers[:] = [message.number for message in self._hidden_until(deadline)]
        return bool(deadline.numbers)

    def _hidden_until(self, deadline: Deadline) -> list[Message]:
        """Return whom a deadline still concerns."""
        due = self.messages.among(deadline.numbers)
        if not due:
            return due  # the usual answer: most messages are gone long before
        due = [message for message in due if _is_due(message, deadline)]
        if len(due) < 2:
            return due
        return list({message.number: message for message in due}.values())  # one may have been hidden twice until then

    def _expire(self, now_us: int) -> None:
        while (oldest := self._oldest()) is not None:
            self._expiry_us = oldest.sent_us + self._retention_us
            if self._expiry_us > now_us:
                return
            self.remove((oldest,))
            if self.observe is not None:
                self.observe("expired", (oldest,), self._expiry_us)
        self._expiry_us = NEVER_US

    def _oldest(self) -> Message | None:
        """Return the message that was sent first.

        That is the one that arrived first, save for those out of another queue, which may bring an older time along.
        """
        first = self.messages.oldest()
        while self._older:
            sent_us, number = self._older[0]
            message = self.messages.get(number)
            if message is not None:
                return message if first is None or sent_us < first.sent_us else first
            heapq.heappop(self._older)
        return first


def _is_due(message: Message, deadline: Deadline) -> bool:
    return message.state != VISIBLE and message.hidden_until_us == deadline.due_us
