"""What does the trace tell of a bus? One function for each fact."""

from collections.abc import Mapping
from typing import Any

from eventsim import World
from eventsim_sources.bus.event import BusEvent
from eventsim_sources.bus.rule import Rule


class Journal:
    """Records what happens to events on the buses of one simulation."""

    def __init__(self, world: World) -> None:
        self._trace = world.trace
        self._record = world.trace.record
        self._subject_of = world.trace.subject
        self.new_event = world.trace.subjects("event", "e")
        """Gives the subject of the next event."""
        kind = world.trace.kind
        self._put = kind("event put", "{subject} was put on {place}: {detail_type} from {source}", value="size_bytes")
        self._vanished = kind("event vanished", "{subject} was put on {place}, which does not exist: it is gone")
        self._refused = kind("entry refused", "{place} refused an entry: {code}: {reason}")
        self._matched = kind("event matched", "{place} took {subject}", value="rules_before")
        self._not_matched = kind("event not matched", "{place} did not take {subject}: {reason}")
        self._unmatched = kind("event taken by nobody", "no rule of {place} took {subject}")
        self._fired = kind("rule fired", "{place} fired by its schedule: {subject}")
        self._delivered = kind("event delivered", "{place} delivered {subject} to {to}")
        self._retrying = kind(
            "event delivery retried",
            "{place} could not deliver {subject} to {to}, and will try again: {reason}",
            value="delay_us",
        )
        self._failed = kind("event delivery failed", "{place} could not deliver {subject} to {to}: {reason}")
        self._buried = kind("undelivered event kept", "{place} sent {subject} to the dead-letter queue {to}")
        self._unburied = kind("undelivered event lost", "{place} could not send {subject} to {to}: {reason}")
        self._archived = kind("event archived", "{subject} went into {place}")
        self._replay = kind("replay went on", "{place} is {state}", value="event_count")
        self._replayed = kind("event replayed", "{subject} came to {place} again: {detail_type} from {source}")
        self._token = kind("token asked for", "{place} asked {url} for a token, which answered {status}")
        self._sent_out = kind("request sent out", "{place} sent {method} {url}, which answered {status}")

    def put(self, subject: int, place: int, cause: int, document: Mapping[str, Any], size_bytes: int) -> int:
        """An event came to a bus."""
        detail = {"source": document["source"], "detail_type": document["detail-type"], "id": document["id"]}
        return self._record(self._put, subject, place, cause, size_bytes, detail)

    def replayed(self, subject: int, place: int, cause: int, event: BusEvent) -> int:
        """An event came out of an archive."""
        document = event.document
        detail = {"source": document["source"], "detail_type": document["detail-type"], "id": event.id}
        return self._record(self._replayed, subject, place, cause, detail=detail)

    def vanished(self, subject: int, bus: str, cause: int, event_id: str) -> int:
        """An event was put on a bus that is not there."""
        return self._record(self._vanished, subject, self._subject_of("bus", bus), cause, detail={"id": event_id})

    def refused(self, bus: str, cause: int, code: str, reason: str) -> None:
        """An entry of PutEvents is no event."""
        place = self._subject_of("bus", bus)
        self._record(self._refused, place, place, cause, detail={"code": code, "reason": reason})

    def matched(self, event: BusEvent, rule: Rule, rules_before: int) -> int:
        """A rule took an event, after so many others."""
        return self._record(
            self._matched, event.subject, rule.place, event.entry, rules_before, rule.dimensions or None
        )

    def not_matched(self, event: BusEvent, place: int, reason: str) -> None:
        """A rule did not take an event."""
        self._record(self._not_matched, event.subject, place, event.entry, detail={"reason": reason})

    def taken_by_nobody(self, event: BusEvent, place: int) -> None:
        """No rule took an event."""
        self._record(self._unmatched, event.subject, place, event.entry)

    def fired(self, subject: int, rule: Rule) -> int:
        """A rule fired by its schedule."""
        return self._record(self._fired, subject, rule.place, detail=rule.dimensions or None)

    def delivered(self, event: BusEvent, rule: Rule, cause: int, to: str) -> None:
        """A target took an event."""
        self._record(self._delivered, event.subject, rule.place, cause, detail={"to": to, **rule.dimensions})

    def restored(self, event: BusEvent, place: int) -> int:
        """An earlier server had not delivered an event yet."""
        restored = self._trace.kind("restored", "{subject} was left in {place} by an earlier server")
        return self._record(restored, event.subject, place)

    def retrying(self, event: BusEvent, rule: Rule, cause: int, to: str, reason: str, delay_us: int) -> None:
        """A target is in trouble and is asked again."""
        detail = {"to": to, "reason": reason, **rule.dimensions}
        self._record(self._retrying, event.subject, rule.place, cause, delay_us, detail)

    def failed(self, event: BusEvent, rule: Rule, cause: int, to: str, reason: str) -> int:
        """A target does not get an event."""
        detail = {"to": to, "reason": reason, **rule.dimensions}
        return self._record(self._failed, event.subject, rule.place, cause, detail=detail)

    def abandoned(self, event: BusEvent, rule: str, to: str) -> None:
        """A target does not get an event, as the rule is gone that an earlier server had."""
        place = self._subject_of("rule", rule)
        self._record(self._failed, event.subject, place, detail={"to": to, "reason": "the rule is gone"})

    def buried(self, event: BusEvent, rule: Rule, cause: int, to: str) -> int:
        """An event goes to a dead-letter queue."""
        return self._record(self._buried, event.subject, rule.place, cause, detail={"to": to, **rule.dimensions})

    def unburied(self, event: BusEvent, rule: Rule, cause: int, to: str, reason: str) -> None:
        """Not even the dead-letter queue takes an event."""
        detail = {"to": to, "reason": reason, **rule.dimensions}
        self._record(self._unburied, event.subject, rule.place, cause, detail=detail)

    def archived(self, event: BusEvent, archive: str) -> None:
        """An archive keeps an event."""
        self._record(self._archived, event.subject, self._subject_of("archive", archive), event.entry)

    def replay(self, name: str, state: str, cause: int, count: int) -> int:
        """A replay has another state."""
        place = self._subject_of("replay", name)
        return self._record(self._replay, place, place, cause, count, {"state": state})

    def sent_out(self, event: BusEvent, destination: str, cause: int, method: str, url: str, status: int) -> None:
        """An API destination was called."""
        place = self._subject_of("API destination", destination)
        detail = {"method": method, "url": url, "status": status}
        self._record(self._sent_out, event.subject, place, cause, detail=detail)

    def token_asked_for(self, connection: str, url: str, status: int, cause: int) -> None:
        """An authorization endpoint was called."""
        place = self._subject_of("connection", connection)
        self._record(self._token, place, place, cause, detail={"url": url.partition("?")[0], "status": status})
