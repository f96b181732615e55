"""How does an event reach the targets of a rule? One delivery for each: attempts, retries, a dead letter.

- Targets do not wait for one another, and the first attempt is a step of its own: who put the event has the answer.
- A target that refuses for good is not asked again; one that is in trouble is, after growing delays drawn by chance.
- What is given up goes to the target's dead-letter queue, as the bus had it, with attributes that tell why.
"""

from collections.abc import Awaitable
from functools import partial

from eventsim import ApiError, Delivery, Envelope, GivenUp, World
from eventsim_sources.bus.event import BusEvent
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.reach import Parcel, Reach
from eventsim_sources.bus.rule import Rule, RuleTarget
from eventsim_sources.input_template import UnfitInput

_CODES = {
    "AccessDenied": "NO_PERMISSIONS",
    "NotImplemented": "SDK_CLIENT_ERROR",
    "NotSimulated": "SDK_CLIENT_ERROR",
    "ResourceNotFoundException": "NO_RESOURCE",
    "InternalError": "INTERNAL_ERROR",
}
_ATTRIBUTE_CHARS_MAX = 1_024


class Courier:
    """Carries events to the targets of rules."""

    def __init__(self, world: World, journal: Journal, reach: Reach) -> None:
        self._world = world
        self._journal = journal
        self._reach = reach
        self._chance = world.chance.stream("bus", "deliveries")

    def deliver(self, rule: Rule, event: BusEvent, cause: int) -> None:
        """Begin to deliver an event to every target of a rule."""
        for target in rule.targets.values():
            delivery = Delivery(
                clock=self._world.clock,
                chance=self._chance,
                policy=target.policy,
                attempt=partial(self._attempt, rule, target, event, cause),
                retrying=partial(self._retrying, rule, target, event, cause),
                given_up=partial(self._give_up, rule, target, event, cause),
            )
            self._world.clock.soon(delivery.begin, None)

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
            self._reach.queue(target.dead_letter_arn, rule.arn).accept(envelope)
        except ApiError as error:
            self._journal.unburied(event, rule, entry, f"queue {name}", error.message)


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
