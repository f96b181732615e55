"""Who is told of an event? A bus: its rules try their patterns, and those that match tell their targets.

Why a rule did not take an event is told for few rules: those that the index has tried, and all of a bus that has few.
A bus with a thousand rules does not write a thousand entries for each event. Rules of other buses that would have taken
it, and never took anything, are told of it a few times: perhaps they are on the wrong bus.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from eventsim import Envelope, Pattern, PatternIndex, Trace, World
from eventsim_sources.arns import arn_of
from eventsim_sources.bus import errors, policy
from eventsim_sources.bus.archive import Archive
from eventsim_sources.bus.event import BusEvent, event_time, from_json, make_document, to_json
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.names import account_of, region_of
from eventsim_sources.bus.rule import Rule

EXPLAINED_MAX = 10
"""For so many rules it is told why they did not take an event; so often a rule is told of events elsewhere."""
_REASONS_MAX = 10_000


class Buses(Protocol):
    """What a bus asks of its simulation."""

    journal: Journal

    def elsewhere(self, event: BusEvent, bus: str) -> list[tuple[str, Rule]]:
        """Return rules of other buses whose pattern matches an event, with what those buses are called."""

    def deliver(self, rule: Rule, event: BusEvent, cause: int) -> None:
        """Deliver an event to a rule's targets."""


class Bus:
    """An event bus.

    Args:
        name: what it is called here.
        arn: its ARN, if it is in another account or region.
    """

    kind: ClassVar[str] = "buses"

    def __init__(
        self, world: World, name: str, buses: Buses, settings: Mapping[str, Any] | None = None, *, arn: str = ""
    ) -> None:
        self.name = name
        self.arn = arn or arn_of(world, "bus", name)
        self.is_here = self.arn == arn_of(world, "bus", name)
        """Whether it belongs to the account and the region of its simulation."""
        self.settings: dict[str, Any] = dict(settings or {})
        """`Description`, `DeadLetterConfig`, … in botocore's shape."""
        self.created = self.modified = world.clock.date()
        self.tags: dict[str, str] = {}
        self.statements: dict[str, dict[str, Any]] = {}
        """Its policy, by statement id."""
        self.policy_head: Mapping[str, Any] = policy.HEAD
        """What its policy says beside the statements: `Version`, `Id`."""
        self.rules: dict[str, Rule] = {}
        self.archives: list[Archive] = []
        self.put_count = self.matched_count = 0
        self.place = world.trace.subject("bus", name)
        self._world = world
        self._buses = buses
        self._index: PatternIndex[str] = PatternIndex()
        self._reasons: dict[tuple[str, str, str], str] = {}
        self._new_id = world.chance.uuids("bus", name, "events")

    def records_in(self, trace: Trace) -> bool:
        """Tell whether what happens here is told in this trace, or in that of which it is a part."""
        return self._world.trace.shares(trace)

    def may_put(self, account_id: str, *, source: str, detail_type: str, rule_arn: str = "") -> bool:
        """Tell whether an account may put an event here, by itself or by a rule of its."""
        if not self.statements and account_id == account_of(self.arn):
            return True
        return policy.permits(
            self.statements.values(),
            bus_arn=self.arn,
            account_id=account_id,
            source=source,
            detail_type=detail_type,
            rule_arn=rule_arn,
        )

    def summary(self) -> Mapping[str, int]:
        """Return how many events came, and how many of them some rule took."""
        return {"events": self.put_count, "matched": self.matched_count}

    def accept(self, envelope: Envelope) -> None:
        """Take an event from a service: an event without its id and account, or the record of an invocation.

        Raises:
            ApiError: it is neither.
        """
        try:
            given = from_json(envelope.body)
        except ValueError:
            given = None
        if isinstance(given, dict) and "requestContext" in given:
            given = self._of_invocation(given)
        if not isinstance(given, dict) or not _is_event(given):
            raise errors.validation("Parameter Event is not valid.")
        self.publish(
            source=given["source"],
            detail_type=given["detail-type"],
            detail=given["detail"],
            resources=given.get("resources", ()),
            time=given.get("time", ""),
            cause=envelope.cause,
            trace_header=envelope.trace_header,
        )

    def _of_invocation(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event that a function's destination makes of its record (recorded)."""
        context = record["requestContext"]
        is_success = context.get("condition") == "Success"
        return {
            "source": "lambda",
            "detail-type": f"Lambda Function Invocation Result - {'Success' if is_success else 'Failure'}",
            "resources": [self.arn, context.get("functionArn", "")],
            "detail": record,
        }

    def publish(
        self,
        *,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: Any = (),
        time: str = "",
        event_id: str = "",
        account: str = "",
        region: str = "",
        cause: int = 0,
        hops: int = 0,
        trace_header: str = "",
    ) -> str:
        """Put an event on the bus and return its id.

        Args:
            time: as events have it; now by default.
            account, region: where the event comes from; those of the bus by default.
            hops: how many buses it has come over. Loop detection does not see through buses (documented).
            trace_header: X-Ray's header of who puts it, "" for none.
        """
        world = self._world
        event_id = event_id or self._new_id()
        now = world.clock.date()
        document = make_document(
            event_id=event_id,
            source=source,
            detail_type=detail_type,
            detail=detail,
            time=time or event_time(now),
            account=account or account_of(self.arn),
            region=region or region_of(self.arn),
            resources=resources,
        )
        journal = self._buses.journal
        subject = journal.new_event()
        text = to_json(document)
        entry = journal.put(subject, self.place, cause, document, len(text.encode()))
        event = BusEvent(
            document=document,
            text=text,
            ingested_at=event_time(now),
            subject=subject,
            entry=entry,
            hops=hops,
            trace_header=trace_header,
        )
        self.put_count += 1
        for archive in self.archives:
            if archive.keep(event, world.clock.now_us):
                journal.archived(event, archive.name)
        self.offer(event)
        return event_id

    def forward(self, event: BusEvent, cause: int) -> None:
        """Take an event that a rule of another bus passes on; it keeps its id (unconfirmed), time and origin."""
        document = event.document
        self.publish(
            source=document["source"],
            detail_type=document["detail-type"],
            detail=document["detail"],
            resources=document["resources"],
            time=document["time"],
            account=document["account"],
            region=document["region"],
            event_id=event.id,
            cause=cause,
            hops=event.hops + 1,
            trace_header=event.trace_header,
        )

    def offer(self, event: BusEvent, only: frozenset[str] = frozenset()) -> None:
        """Let the rules try their patterns on an event, all or only those with these ARNs."""
        matching = self._index.matching(event.document)
        taken = [
            rule
            for name in matching
            if (rule := self.rules[name]).settings.is_enabled and (not only or rule.arn in only)
        ]
        journal = self._buses.journal
        if len(taken) < len(self.rules) and not event.is_replayed:
            self._explain(event, frozenset(matching))
        for rules_before, rule in enumerate(taken):
            rule.matched_count += 1
            self._buses.deliver(rule, event, journal.matched(event, rule, rules_before))
        if event.is_replayed:
            return
        if taken:
            self.matched_count += 1
        else:
            journal.taken_by_nobody(event, self.place)
        self._tell_elsewhere(event)

    def _tell_elsewhere(self, event: BusEvent) -> None:
        """Tell rules of other buses what they miss, those that never took anything, a few times each."""
        for bus, rule in self._buses.elsewhere(event, self.name):
            if rule.matched_count == 0 and rule.missed_count < EXPLAINED_MAX:
                rule.missed_count += 1
                reason = f"it was put on bus {self.name}, and the rule is on bus {bus}"
                self._buses.journal.not_matched(event, rule.place, reason)

    def _explain(self, event: BusEvent, matching: frozenset[str]) -> None:
        tried = self._index.near(event.document) if len(self.rules) > EXPLAINED_MAX else list(self.rules)
        for name in tried[:EXPLAINED_MAX]:
            rule = self.rules[name]
            if name in matching and rule.settings.is_enabled:
                continue
            pattern = rule.settings.pattern
            if name in matching:
                reason = "the rule is disabled"
            elif pattern is None:
                continue  # it fires by its schedule alone
            else:
                reason = self._reason(name, pattern, event)
            self._buses.journal.not_matched(event, rule.place, reason)

    def _reason(self, name: str, pattern: Pattern, event: BusEvent) -> str:
        """Say why a pattern does not match; what hangs on source and detail type alone is worked out once."""
        key = name, event.document["source"], event.document["detail-type"]
        known = self._reasons.get(key)
        if known is not None:
            return known
        explanation = pattern.explain(event.document)
        reason = str(explanation).removeprefix("not matched: ")
        if explanation.key in ("source", "detail-type"):
            if len(self._reasons) >= _REASONS_MAX:
                self._reasons.clear()
            self._reasons[key] = reason
        return reason

    # --- rules -----------------------------------------------------------------------------------------

    def put_rule(self, rule: Rule) -> None:
        """Make a rule, or what it asks for, known."""
        self.rules[rule.rule_name] = rule
        self._reasons.clear()
        pattern = rule.settings.pattern
        if pattern is None:
            self._index.remove(rule.rule_name)
        else:
            self._index.put(rule.rule_name, pattern)

    def remove_rule(self, name: str) -> None:
        """Forget a rule."""
        self.rules.pop(name).turn += 1
        self._index.remove(name)

    def would_take(self, event: BusEvent) -> list[Rule]:
        """Return the rules whose pattern matches an event."""
        return [self.rules[name] for name in self._index.matching(event.document)]

    def rule(self, name: str) -> Rule:
        """Return a rule.

        Raises:
            ApiError: there is none of this name.
        """
        rule = self.rules.get(name)
        if rule is None:
            raise errors.missing("Rule", name, on=self.name)
        return rule


def _is_event(given: Mapping[str, Any]) -> bool:
    is_named = isinstance(given.get("source"), str) and isinstance(given.get("detail-type"), str)
    return is_named and isinstance(given.get("detail"), dict)
