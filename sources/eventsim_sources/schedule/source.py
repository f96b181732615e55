"""What does a schedule do? It fires at its instants, tells its target, tries again, and may delete itself at the end.

What recurs keeps no run from ending: a month of it is asked for by `until`. What happens once is waited for.
"""

import json
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from msgspec import Struct

from eventsim import ApiError, Caller, Delivery, Envelope, GivenUp, Passage, Underway, World
from eventsim_sources.delegation import check_delivery
from eventsim_sources.retry_policy import delivery_policy
from eventsim_sources.schedule import reach
from eventsim_sources.schedule.limits import MINUTE_US
from eventsim_sources.schedule.settings import Settings

_MICROSECOND = timedelta(microseconds=1)


KIND = "firing of a schedule"
"""What a delivery is called among all that is on its way."""


class Undelivered(Struct, frozen=True, kw_only=True, gc=False):
    """What the next server needs to tell a target of a firing.

    Attributes:
        target: as it was when the schedule fired.
        is_last: whether the schedule may delete itself after it.
    """

    schedule_arn: str
    target: Mapping[str, Any]
    due_at: datetime
    execution_id: str
    is_last: bool


class Firing:
    """One time that a schedule fires.

    Attributes:
        due_at: its nominal time.
    """

    __slots__ = ("attempts", "due_at", "entry", "execution_id", "subject", "text")

    def __init__(self, due_at: datetime, execution_id: str, subject: int) -> None:
        self.due_at = due_at
        self.execution_id = execution_id
        self.subject = subject
        self.entry = 0
        self.attempts = 0
        self.text = ""


class Schedule:
    """A schedule of EventBridge Scheduler.

    Attributes:
        group: the name of its group.
        short_name: its name within its group.
    """

    kind: ClassVar[str] = "schedules"

    def __init__(self, world: World, group: str, name: str, settings: Settings) -> None:
        self.group = group
        self.short_name = name
        self.name = name if group == "default" else f"{group}/{name}"
        self.arn = f"arn:aws:scheduler:{world.region}:{world.account_id}:schedule/{group}/{name}"
        self.settings = settings
        self.created_us = self.modified_us = world.clock.now_us
        self._world = world
        self._turn = 0
        self._fired = self._delivered = self._retried = self._lost = 0
        self._place = world.trace.subject("schedule", self.name)
        self._luck = world.chance.stream("schedule", self.name)
        self._new_id = world.chance.uuids("schedule", self.name)
        self._new_subject = world.trace.subjects("firing", "f")
        self._transit = world.transit(KIND)
        kind = world.trace.kind
        self._FIRED = kind("schedule fired", "{place} fires: {subject}, which was due at {due}")
        self._DELIVERED = kind("schedule delivered", "{place} told {to} of {subject}")
        self._RETRYING = kind(
            "schedule delivery retried", "{place} could not tell {to}, and will try again: {reason}", value="delay_us"
        )
        self._FAILED = kind("schedule delivery failed", "{place} could not tell {to} of {subject}: {reason}")
        self._BURIED = kind("undelivered firing kept", "{place} sent {subject} to the dead-letter queue {to}")
        self._UNBURIED = kind("undelivered firing lost", "{place} could not send {subject} to {to}: {reason}")
        self._ENDED = kind("schedule deleted", "{place} has fired for the last time and deletes itself")

    def summary(self) -> Mapping[str, int]:
        """Return how often it fired and what became of it."""
        return {"fired": self._fired, "delivered": self._delivered, "retried": self._retried, "lost": self._lost}

    def begin(self) -> None:
        """Follow the settings from now on; firings of earlier ones that are still to come are void."""
        self._turn += 1
        if self.settings.is_enabled:
            self._wait(self._turn, self.settings.first(self._world.clock.date()))

    def change(self, settings: Settings) -> None:
        """Take other settings."""
        self.settings = settings
        self.modified_us = self._world.clock.now_us
        self.begin()

    def stop(self) -> None:
        """Fire no more."""
        self._turn += 1

    # --- firing ----------------------------------------------------------------------------------------

    def _wait(self, turn: int, due_at: datetime | None) -> None:
        if due_at is None:
            return
        clock, settings = self._world.clock, self.settings
        while due_at is not None and due_at < clock.start_at:  # there was another server, or none
            due_at = settings.following(due_at)
        if due_at is None:
            clock.soon(self._end_of, turn)
            return
        due_us = (due_at - clock.start_at) // _MICROSECOND
        if settings.window_min:
            due_us += self._luck.randint(0, settings.window_min * MINUTE_US)
        wait = clock.at if settings.is_once else clock.by_calendar
        wait(max(due_us, clock.now_us), partial(self._ring, turn), due_at)

    def _ring(self, turn: int, due_at: datetime) -> None:
        if turn != self._turn:
            return
        following = self.settings.following(due_at)
        self._fire(due_at, is_last=following is None)
        self._wait(turn, following)

    def _end_of(self, turn: int) -> None:
        """End if the settings are those of this turn still."""
        if turn == self._turn:
            self._end(is_last=True)

    def _fire(self, due_at: datetime, *, is_last: bool) -> None:
        self._fired += 1
        firing = Firing(due_at, self._new_id(), self._new_subject())
        due = f"{due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        firing.entry = self._world.trace.record(self._FIRED, firing.subject, self._place, 0, detail={"due": due})
        target = dict(self.settings.target)
        passage = None
        if self._transit is not None:
            content = partial(self._undelivered, firing, target, is_last)
            passage = Passage(self._world.clock, self._transit, content)
        self._delivery(firing, target, is_last, passage).begin()

    def resume(self, number: int, underway: Underway[Undelivered]) -> None:
        """Go on with a firing whose target an earlier server had not reached."""
        left, transit, trace = underway.content, self._transit, self._world.trace
        assert transit is not None, "it has come from there"
        firing = Firing(left.due_at, left.execution_id, self._new_subject())
        restored = trace.kind("restored", "{subject} was left in {place} by an earlier server")
        firing.entry = trace.record(restored, firing.subject, self._place)
        passage = Passage.again(self._world.clock, transit, number, underway)
        self._delivery(firing, left.target, left.is_last, passage).resume()

    def _undelivered(self, firing: Firing, target: Mapping[str, object], is_last: bool) -> Undelivered:
        return Undelivered(
            schedule_arn=self.arn,
            target=target,
            due_at=firing.due_at,
            execution_id=firing.execution_id,
            is_last=is_last,
        )

    def _delivery(self, firing: Firing, target: Mapping[str, Any], is_last: bool, passage: Passage | None) -> Delivery:
        return Delivery(
            clock=self._world.clock,
            chance=self._luck,
            policy=delivery_policy(target.get("RetryPolicy", {})),
            attempt=partial(self._attempt, firing, target, is_last),
            retrying=partial(self._retrying, firing, target),
            given_up=partial(self._give_up, firing, target, is_last),
            passage=passage,
        )

    def _attempt(
        self,
        firing: Firing,
        target: Mapping[str, object],
        is_last: bool,
        number: int,
    ) -> Awaitable[object] | None:
        firing.attempts = number
        firing.text = self._text(firing, target)
        answer = reach.send(self._world, arn=self.arn, target=target, text=firing.text, cause=firing.entry)
        if answer is None:
            self._deliver(firing, target, is_last=is_last)
            return None
        return self._once_answered(answer, firing, target, is_last=is_last)

    async def _once_answered(
        self, answer: Awaitable[object], firing: Firing, target: Mapping[str, object], *, is_last: bool
    ) -> None:
        await answer
        self._deliver(firing, target, is_last=is_last)

    def _text(self, firing: Firing, target: Mapping[str, object]) -> str:
        """Return what the target gets, with the placeholders of Scheduler's filled in."""
        due = f"{firing.due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        given = target.get("Input")
        if given is None:
            return self._default_text(firing, due) if "::aws-sdk:" not in str(target["Arn"]) else "{}"
        text = str(given)
        for name, value in (
            ("schedule-arn", self.arn),
            ("scheduled-time", due),
            ("execution-id", firing.execution_id),
            ("attempt-number", str(firing.attempts)),
        ):
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def _default_text(self, firing: Firing, due: str) -> str:
        """Return the event that a target gets for which no input is set (unconfirmed)."""
        event = {
            "version": "0",
            "id": firing.execution_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self._world.account_id,
            "time": due,
            "region": self._world.region,
            "resources": [self.arn],
            "detail": "{}",
        }
        return json.dumps(event, separators=(",", ":"))

    # --- what came of it -------------------------------------------------------------------------------

    def _deliver(self, firing: Firing, target: Mapping[str, object], *, is_last: bool) -> None:
        self._delivered += 1
        self._record(self._DELIVERED, firing, {"to": _told(target)})
        self._end(is_last=is_last)

    def _retrying(self, firing: Firing, target: Mapping[str, object], error: ApiError, delay_us: int) -> None:
        self._retried += 1
        self._record(self._RETRYING, firing, _trouble(target, error), delay_us)

    def _give_up(
        self,
        firing: Firing,
        target: Mapping[str, object],
        is_last: bool,
        end: GivenUp,
    ) -> None:
        self._lost += 1
        entry = self._record(self._FAILED, firing, _trouble(target, end.error))
        config = target.get("DeadLetterConfig") or {}
        arn = config.get("Arn", "") if isinstance(config, dict) else ""
        if arn:
            self._bury(firing, target, arn, entry, end)
        self._end(is_last=is_last)

    def _bury(self, firing: Firing, target: Mapping[str, object], arn: str, cause: int, end: GivenUp) -> None:
        """Send what the target did not get to the dead-letter queue, with attributes (which, is unconfirmed)."""
        attributes = {
            "SCHEDULE_ARN": self.arn,
            "TARGET_ARN": str(target["Arn"]),
            "EXECUTION_ID": firing.execution_id,
            "EXECUTION_TIME": f"{firing.due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "ERROR_CODE": end.error.code,
            "ERROR_MESSAGE": end.error.message[:1024] or end.error.code,
            "RETRY_ATTEMPTS": str(end.retries),
            "IS_PAYLOAD_TRUNCATED": "false",
        }
        if end.condition:
            attributes["EXHAUSTED_RETRY_CONDITION"] = end.condition
        envelope = Envelope(
            body=firing.text,
            source_arn=self.arn,
            attributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
            cause=self._record(self._BURIED, firing, {"to": arn.rpartition(":")[2]}, cause=cause),
        )
        queue = self._world.target(arn)
        reason = f"there is no {arn}"
        if queue is not None:
            try:
                role_arn = str(target.get("RoleArn") or "")
                check_delivery(self._world, arn, Caller(arn=self.arn, cause=envelope.cause, role_arn=role_arn))
                queue.accept(envelope)
            except ApiError as error:
                reason = error.message
            else:
                return
        self._record(self._UNBURIED, firing, {"to": arn, "reason": reason})

    def _end(self, *, is_last: bool) -> None:
        """Delete the schedule once nothing more is to come, if it is to be deleted then."""
        if is_last and self.settings.is_deleted_after:
            self._world.trace.record(self._ENDED, self._place, self._place)
            self.stop()
            self._world.remove(self.arn)

    def _record(
        self, kind: int, firing: Firing, detail: Mapping[str, object], value: int = 0, *, cause: int = 0
    ) -> int:
        cause = cause or firing.entry
        return self._world.trace.record(kind, firing.subject, self._place, cause, value, dict(detail))


def _told(target: Mapping[str, object]) -> str:
    return str(target["Arn"]).rpartition(":")[2]


def _trouble(target: Mapping[str, object], error: ApiError) -> dict[str, object]:
    """Return the detail of an attempt that failed; one that met a throttle says so."""
    told: dict[str, object] = {"to": _told(target), "reason": error.message}
    return {**told, "is_throttled": True} if error.status == 429 or "Throttl" in error.code else told
