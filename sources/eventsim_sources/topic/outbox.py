"""What left the simulated world? Mail, text messages, push notifications and HTTP requests, kept to be read."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import World

ENTRIES_MAX = 10_000
"""Entries that are kept; the trace tells of all."""


class Sent(Struct, frozen=True, kw_only=True, gc=False):
    """Something that was sent out of the world.

    Attributes:
        protocol: `email`, `email-json`, `sms`, `http`, `https`, `application` or `firehose`.
        endpoint: an address, a number, a URL, an ARN.
        body: the text.
        type: `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
        timestamp: when, as `2026-01-01T00:00:00.000Z`.
        topic_arn: "" for what was published to an endpoint or a number itself.
        token: of a confirmation.
        headers: of an HTTP request.
        attributes: message attributes, for text messages and push notifications, and raw deliveries.
    """

    protocol: str
    endpoint: str
    body: str
    message_id: str
    timestamp: str
    subject: str | None = None
    type: str = "Notification"
    topic_arn: str = ""
    token: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, Any] = {}


Answer = Callable[[Sent], int | None]
"""Answers what is sent to an HTTP endpoint by a status; None is 200."""


class Outbox:
    """Everything that topics and `Publish` sent out of one simulation; `simulation.share(Outbox)` returns it.

    Attributes:
        entries: the latest `ENTRIES_MAX`, the oldest first.
    """

    def __init__(self, _: World) -> None:
        self.entries: list[Sent] = []
        self._answers: dict[str, Answer] = {}

    def answer(self, endpoint: str, answer: Answer) -> None:
        """Let a Python function stand for an HTTP endpoint: it gets what is sent there and returns a status."""
        self._answers[endpoint] = answer

    def keep(self, sent: Sent) -> int:
        """Keep something and return the endpoint's status, 200 if nobody stands for it."""
        if len(self.entries) >= ENTRIES_MAX:
            del self.entries[0]
        self.entries.append(sent)
        answer = self._answers.get(sent.endpoint)
        return 200 if answer is None else answer(sent) or 200
