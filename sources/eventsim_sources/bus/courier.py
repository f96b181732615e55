"""How does an event reach the targets of a rule? One delivery for each: attempts, retries, a dead letter.

- Targets do not wait for one another, and the first attempt is a step of its own: who put the event has the answer.
- A target that refuses for good is not asked again; one that is in trouble is, after growing delays drawn by chance.
- What is given up goes to the target's dead-letter queue, as the bus had it, with attributes that tell why.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Delivery, Envelope, GivenUp, Passage, Underway, World
from eventsim_sources.bus.event import BusEvent, from_json
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.reach import Parcel, Reach
from eventsim_sources.bus.rule import Rule, RuleTarget
from eventsim_sources.input_template import UnfitInput

_CODES = {
    "AccessDenied": "NO_PERMISSIONS",
    "AccessDeniedException": "NO_PERMISSIONS",
    "NotImplemented": "SDK_CLIENT_ERROR",
    "NotSimulated": "SDK_CLIENT_ERROR",
    "ResourceNotFoundException": "NO_RESOURCE",
    "InternalError": "INTERNAL_ERROR",
}
_ATTRIBUTE_CHARS_MAX = 1_024


class Undelivered(Struct, frozen=True, kw_only=True, gc=False):
    """What the next server needs to deliver an event to a target.

    Attributes:
        target: as it was put.
        text: the event as JSON.
    """

    rule_arn: str
    target: Mapping[str, Any]
    text: str
    ingested_at: str
    hops: int
    trace_header: str = ""


class Courier:
    """Carries events to the targets of rules."""

    def __init__(self, world: World, journal: Journal, reach: Reach) -> None:
        self._world = world
        self._journal = journal
        self._reach = reach
        self._chance = world.chance.stream("bus", "deliveries")
        self._transit = world.transit("event for a target")

    def deliver(self, rule: Rule, event: BusEvent, cause: int) -> None:
        """Begin to deliver an event to every target of a rule."""
        clock = self._world.clock
        for target in rule.targets.values():
            passage = None
            if self._transit is not None:
                passage = Passage(clock, self._transit, partial(_undelivered, rule, target, event))
            clock.soon(self._delivery(rule, target, event, cause, passage).begin, None)

    def resume(
        self, find_rule: Callable[[str], Rule | None], read_target: Callable[[Mapping[str, Any]], RuleTarget]
    ) -> None:
        """Go on with the deliveries that an earlier server left.

        Args:
            find_rule: returns the rule with an ARN.
            read_target: makes a target of what was put.

        Raises:
            StorageError: they cannot be read.
        """
        if self._transit is None:
            return
        clock = self._world.clock
        for number, underway in self._transit.left(Underway[Undelivered]):
            left = underway.content
            target, rule = read_target(left.target), find_rule(left.rule_arn)
            event = self._event(left)
            if rule is None:
                self._journal.abandoned(event, left.rule_arn.rpartition("/")[2], target.told)
                self._transit.drop(number)
                continue
            cause = self._journal.restored(event, rule.place)
            passage = Passage.again(clock, self._transit, number, underway)
            self._delivery(rule, target, event, cause, passage).resume()

    def _event(self, left: Undelivered) -> BusEvent:
        return BusEvent(
            document=from_json(left.text),
            text=left.text,
            ingested_at=left.ingested_at,
            subject=self._journal.new_event(),
            hops=left.hops,
            trace_header=left.trace_header,
        )

    def _delivery(
        self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int, passage: Passage | None
    ) -> Delivery:
        return Delivery(
            clock=self._world.clock,
            chance=self._chance,
            policy=target.policy,
            attempt=partial(self._attempt, rule, target, event, cause),
            retrying=partial(self._retrying, rule, target, event, cause),
            given_up=partial(self._give_up, rule, target, event, cause),
            passage=passage,
        )

    def _attempt(
        self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int, _number: int
    ) -> Awaitable[object] | None:
        try:
            text = target.input.of(event, rule_arn=rule.arn, rule_name=rule.rule_name)
        except UnfitInput as error:
            raise ApiError("INVALID_JSON", str(error)) from None
        answer = self._reach.send(Parcel(rule=rule, target=target, event=event, text=text, cause=cause))
        if answer is not None:
            return self._once_sent(answer, rule, target, event, cause)
        self._tell(rule, target, event, cause)
        return None

    async def _once_sent(
        self, answer: Awaitable[object], rule: Rule, target: RuleTarget, event: BusEvent, cause: int
    ) -> None:
        await answer
        self._tell(rule, target, event, cause)

    def _tell(self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int) -> None:
        rule.delivered_count += 1
        self._journal.delivered(event, rule, cause, target.told)

    def _retrying(
        self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int, error: ApiError, delay_us: int
    ) -> None:
        rule.retried_count += 1
        self._journal.retrying(event, rule, cause, target.told, error.message, delay_us)

    def _give_up(self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int, end: GivenUp) -> None:
        rule.lost_count += 1
        entry = self._journal.failed(event, rule, cause, target.told, end.error.message)
        if target.dead_letter_arn:
            self._bury(rule, target, event, entry, end)

    def _bury(self, rule: Rule, target: RuleTarget, event: BusEvent, cause: int, end: GivenUp) -> None:
        name = target.dead_letter_arn.rpartition(":")[2]
        entry = self._journal.buried(event, rule, cause, name)
        envelope = Envelope(
            body=event.text,  # unconfirmed: the original event, not what the target would have got
            attributes=_dead_letter_attributes(rule, target, end),
            source_arn=rule.arn,
            cause=entry,
            lineage=event.lineage,
        )
        try:
            self._reach.queue(target.dead_letter_arn, rule.arn, entry).accept(envelope)
        except ApiError as error:
            self._journal.unburied(event, rule, entry, f"queue {name}", error.message)


def _undelivered(rule: Rule, target: RuleTarget, event: BusEvent) -> Undelivered:
    return Undelivered(
        rule_arn=rule.arn,
        target=target.given,
        text=event.text,
        ingested_at=event.ingested_at,
        hops=event.hops,
        trace_header=event.trace_header,
    )


def _dead_letter_attributes(rule: Rule, target: RuleTarget, end: GivenUp) -> dict[str, dict[str, str]]:
    """Return the message attributes of a dead letter; the last two only if it was retried (unconfirmed)."""
    attributes = {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": target.arn,
        "ERROR_CODE": error_code(end.error),
        "ERROR_MESSAGE": end.error.message[:_ATTRIBUTE_CHARS_MAX] or end.error.code,
    }
    if end.condition:
        attributes["EXHAUSTED_RETRY_CONDITION"] = end.condition
        attributes["RETRY_ATTEMPTS"] = str(end.retries)
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def error_code(error: ApiError) -> str:
    """Return which of the documented codes of dead letters says what went wrong."""
    if error.code.isupper():
        return error.code
    if error.code in _CODES:
        return _CODES[error.code]
    if "Throttl" in error.code or error.status == 429:
        return "THROTTLING"
    if "NotFound" in error.code or "NonExistent" in error.code or "DoesNotExist" in error.code:
        return "NO_RESOURCE"
    return "ERROR_FROM_TARGET" if error.status >= 500 else "INVALID_PARAMETER"
