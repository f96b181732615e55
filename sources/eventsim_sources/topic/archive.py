"""What was published before? The messages that a FIFO topic keeps for replays."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from eventsim import Clock
from eventsim_sources.topic.message import Message
from eventsim_sources.topic.subscription import ReplayPolicy


class Archive:
    """The archived messages of one topic; without a retention there are none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: deque[Message] = deque()
        self._retention_us = 0
        self._since_us = 0

    def retain(self, retention_us: int) -> None:
        """Keep messages from now on for so long; 0 ends the archive and empties it."""
        if retention_us and not self._retention_us:
            self._since_us = self._clock.now_us
        self._retention_us = retention_us
        if not retention_us:
            self._messages.clear()

    def keep(self, message: Message) -> None:
        """Keep a message, if there is an archive."""
        if self._retention_us:
            self._messages.append(message)
            self._forget()

    @property
    def begins_at(self) -> str:
        """From when on messages can be replayed, "" if none can."""
        if not self._retention_us:
            return ""
        return self._clock.iso_ms(max(self._since_us, self._clock.now_us - self._retention_us))

    def between(self, policy: ReplayPolicy) -> Iterator[Message]:
        """Yield the messages that a policy asks for, in the order of publication."""
        self._forget()
        for message in list(self._messages):
            at: datetime = self._clock.date(message.at_us)
            if at >= policy.starting and (policy.ending is None or at < policy.ending):
                yield message

    def _forget(self) -> None:
        oldest_us = self._clock.now_us - self._retention_us
        while self._messages and self._messages[0].at_us < oldest_us:
            self._messages.popleft()
