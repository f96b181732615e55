"""What is told of a topic's messages? Every fact goes to the trace and to the summary."""

from collections import Counter
from collections.abc import Mapping

from eventsim import World
from eventsim_sources.topic.message import Draft
from eventsim_sources.topic.outbox import Sent
from eventsim_sources.topic.subscription import Subscription

_NUMBERS = ("published", "delivered", "filtered_out", "failed", "dead_lettered", "captured", "duplicates")


class Journal:
    """Tells what becomes of one topic's messages."""

    def __init__(self, world: World, place: int) -> None:
        kind = world.trace.kind
        self._trace = world.trace
        self._record = world.trace.record
        self._new_subject = world.trace.subjects("message", "m")
        self.place = place
        self._counts: Counter[str] = Counter()
        self._published = kind("message published", "{subject} was published to {place}", value="size_bytes")
        self._throttled = kind("request throttled", "{place} refused a {action}: too many in this second")
        self._repeated = kind(
            "message repeated", "{place} took a message for a repetition of {original} and delivers it to nobody"
        )
        self._delivered = kind("message delivered", "{place} delivered {subject} to {to}", value="attempt")
        self._filtered = kind("message filtered out", "{place} did not deliver {subject} to {to}: {reason}")
        self._retrying = kind(
            "message delivery failed", "{place} could not deliver {subject} to {to}: {reason}", value="delay_us"
        )
        self._lost = kind("message given up", "{place} gave up delivering {subject} to {to}: {reason}", value="retries")
        self._buried = kind("message dead-lettered", "{place} sent {subject} to the dead-letter queue {dead_letter}")
        self._unburied = kind("message dead letter lost", "{place} could not send {subject} to {dead_letter}: {reason}")
        self._captured = kind("message captured", "{place} sent {subject} to {to}; it is kept in the outbox")
        self._subscribed = kind("endpoint subscribed", "{to} was subscribed to {place}")
        self._confirmed = kind("endpoint confirmed", "{to} confirmed its subscription to {place}")
        self._unsubscribed = kind("endpoint unsubscribed", "{to} was unsubscribed from {place}")
        self._replayed = kind("message replayed", "{place} replays {subject} to {to}")
        self._inert = kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")

    def summary(self) -> Mapping[str, int]:
        """Return how many messages were published, delivered, filtered out, …"""
        return {name: self._counts[name] for name in _NUMBERS}

    def published(self, draft: Draft, cause: int) -> tuple[int, int]:
        """Give a message its subject and tell of it; return subject and entry."""
        self._counts["published"] += 1
        subject = self._new_subject()
        return subject, self._record(self._published, subject, self.place, cause, draft.size_bytes)

    def throttled(self, action: str, cause: int) -> None:
        """Tell of a request whose messages are too many for their second."""
        self._record(self._throttled, self.place, self.place, cause, detail={"action": action})

    def restored(self) -> tuple[int, int]:
        """Give a message that an earlier server left its subject and tell of it; return subject and entry."""
        subject = self._new_subject()
        restored = self._trace.kind("restored", "{subject} was left in {place} by an earlier server")
        return subject, self._record(restored, subject, self.place)

    def repeated(self, message_id: str, cause: int) -> None:
        """Tell of a publication that changes nothing."""
        self._counts["duplicates"] += 1
        self._record(self._repeated, self.place, self.place, cause, detail={"original": message_id})

    def delivered(self, subject: int, to: str, cause: int, attempt: int) -> int:
        """Tell that an endpoint gets a message."""
        self._counts["delivered"] += 1
        return self._record(self._delivered, subject, self.place, cause, attempt, {"to": to})

    def filtered_out(self, subject: int, to: str, cause: int, reason: str) -> None:
        """Tell why a subscription does not get a message."""
        self._counts["filtered_out"] += 1
        self._record(self._filtered, subject, self.place, cause, detail={"to": to, "reason": reason})

    def retrying(self, subject: int, to: str, cause: int, reason: str, delay_us: int) -> None:
        """Tell of an attempt that failed and is repeated."""
        self._record(self._retrying, subject, self.place, cause, delay_us, {"to": to, "reason": reason})

    def given_up(self, subject: int, to: str, cause: int, reason: str, retries: int) -> int:
        """Tell that an endpoint does not get a message."""
        self._counts["failed"] += 1
        return self._record(self._lost, subject, self.place, cause, retries, {"to": to, "reason": reason})

    def dead_lettered(self, subject: int, dead_letter: str, cause: int) -> int:
        """Tell where a message goes that was given up."""
        self._counts["dead_lettered"] += 1
        return self._record(self._buried, subject, self.place, cause, detail={"dead_letter": dead_letter})

    def dead_letter_lost(self, subject: int, dead_letter: str, cause: int, reason: str) -> None:
        """Tell that the dead-letter queue did not take it."""
        self._counts["dead_lettered"] -= 1
        detail = {"dead_letter": dead_letter, "reason": reason}
        self._record(self._unburied, subject, self.place, cause, detail=detail)

    def captured(self, subject: int, to: str, cause: int, sent: Sent) -> int:
        """Tell what left the world."""
        self._counts["captured"] += 1
        detail = {"to": to, "type": sent.type, "subject": sent.subject, "body": sent.body}
        if sent.token:
            detail["token"] = sent.token
        return self._record(self._captured, subject, self.place, cause, detail=detail)

    def subscribed(self, subscription: Subscription, cause: int) -> int:
        """Tell of a new subscription."""
        return self._record(self._subscribed, self.place, self.place, cause, detail={"to": subscription.label})

    def confirmed(self, subscription: Subscription, cause: int) -> None:
        """Tell that an endpoint wants its subscription."""
        self._record(self._confirmed, self.place, self.place, cause, detail={"to": subscription.label})

    def unsubscribed(self, subscription: Subscription, cause: int) -> int:
        """Tell of a subscription that is gone."""
        return self._record(self._unsubscribed, self.place, self.place, cause, detail={"to": subscription.label})

    def replayed(self, subject: int, to: str, cause: int) -> int:
        """Tell that an archived message is delivered again."""
        return self._record(self._replayed, subject, self.place, cause, detail={"to": to})

    def inert(self, parameter: str, reason: str, cause: int) -> None:
        """Tell of a setting that changes nothing."""
        detail = {"parameter": parameter, "reason": reason}
        self._record(self._inert, self.place, self.place, cause, detail=detail)
