"""Did a FIFO consumer repeat a receive whose answer it lost?

A `ReceiveRequestAttemptId` replays the same messages with the same handles for five minutes, as long as every one of
them is still hidden by that very receive: none deleted, changed, expired or received again (documented).
"""

from collections import deque
from typing import NamedTuple

from eventsim_sources.queue.limits import RECEIVE_ATTEMPT_WINDOW_US
from eventsim_sources.queue.message import IN_FLIGHT, Message


class Attempt(NamedTuple):
    """What one receive gave out, and until when it hid it."""

    at_us: int
    hidden_until_us: int
    messages: list[Message]


class ReceiveAttempts:
    """The receives of the last five minutes that bore an id."""

    def __init__(self) -> None:
        self._attempts: dict[str, Attempt] = {}
        self._ids: deque[tuple[int, str]] = deque()

    def find(self, attempt_id: str, now_us: int) -> list[Message]:
        """Return what this attempt was given, or nothing if that is no longer true."""
        while self._ids and self._ids[0][0] <= now_us - RECEIVE_ATTEMPT_WINDOW_US:
            at_us, old_id = self._ids.popleft()
            attempt = self._attempts.get(old_id)
            if attempt is not None and attempt.at_us == at_us:
                del self._attempts[old_id]
        attempt = self._attempts.get(attempt_id)
        if attempt is None or not all(_is_untouched(message, attempt) for message in attempt.messages):
            return []
        return attempt.messages

    def remember(self, attempt_id: str, messages: list[Message], now_us: int) -> None:
        """Keep a receive's answer; a replay keeps its first instant, so the five minutes do not grow."""
        first = self._attempts.get(attempt_id)
        is_replay = first is not None and first.messages is messages
        at_us = first.at_us if first is not None and is_replay else now_us
        self._attempts[attempt_id] = Attempt(at_us, messages[0].hidden_until_us, messages)
        if not is_replay:
            self._ids.append((now_us, attempt_id))

    def clear(self) -> None:
        """Forget every attempt."""
        self._attempts.clear()
        self._ids.clear()


def _is_untouched(message: Message, attempt: Attempt) -> bool:
    return message.state == IN_FLIGHT and message.hidden_until_us == attempt.hidden_until_us
