"""What does a scenario say of a schedule? The settings under `schedules:`."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, Underway, World, duration_us
from eventsim_sources.arns import arn_of
from eventsim_sources.retry_policy import AGE_MAX_S, AGE_MIN_S, RETRIES_MAX
from eventsim_sources.schedule.directory import DEFAULT, Directory
from eventsim_sources.schedule.expression import SCHEDULER, ExpressionError, parse_expression
from eventsim_sources.schedule.limits import MINUTE_US, SECOND_US
from eventsim_sources.schedule.settings import Settings, read
from eventsim_sources.schedule.source import KIND, Schedule, Undelivered

_TARGETS = ("function", "queue", "topic", "stream", "bus", "state_machine", "arn")
_AT_FAULT = {
    "Timezone": "timezone",
    "EndDate": "end",
    "EventBridgeParameters": "source",
    "KinesisParameters": "group",
    "Invalid JSON": "input",
    "Input is longer": "input",
    "Arn is not": "arn",
    "only reads": "arn",
}
"""Words of refusals → the setting that they are about."""


class ScheduleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule of EventBridge Scheduler. Name exactly one target."""

    expression: Annotated[
        str,
        Meta(
            description="When: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, `at(2026-03-29T08:00:00)`.",
            examples=["cron(0 8 ? * MON-FRI *)"],
        ),
    ]
    timezone: Annotated[
        str, Meta(description="By the clocks of which zone; `UTC` if not given.", examples=["Europe/Paris"])
    ] = "UTC"
    start: Annotated[datetime | None, Meta(description="It does not fire before this instant.")] = None
    end: Annotated[datetime | None, Meta(description="It does not fire from this instant on.")] = None
    function: Annotated[str | None, Meta(description="A function, invoked asynchronously: its name or ARN.")] = None
    queue: Annotated[str | None, Meta(description="A queue: its name or ARN.")] = None
    topic: Annotated[str | None, Meta(description="A topic: its name or ARN.")] = None
    stream: Annotated[str | None, Meta(description="A stream: its name or ARN; `group` is the partition key.")] = None
    bus: Annotated[str | None, Meta(description="A bus: its name or ARN; `source` and `detail_type` say more.")] = None
    state_machine: Annotated[str | None, Meta(description="A state machine: its name or ARN.")] = None
    arn: Annotated[
        str | None,
        Meta(description="Any target's ARN; `arn:aws:scheduler:::aws-sdk:sqs:sendMessage` calls an operation."),
    ] = None
    input: Annotated[
        Any,
        Meta(
            description="What the target gets: text, or data that becomes JSON. `<aws.scheduler.scheduled-time>`, "
            "`<aws.scheduler.execution-id>` and the like are filled in."
        ),
    ] = None
    group: Annotated[str | None, Meta(description="The message group of a FIFO queue, the partition key.")] = None
    source: Annotated[str | None, Meta(description="The source of the event, for a bus.")] = None
    detail_type: Annotated[str | None, Meta(description="The detail type of the event, for a bus.")] = None
    flexible_window: Annotated[
        Duration | None, Meta(description="It fires at some instant within this span, up to `24 h`, by chance.")
    ] = None
    enabled: Annotated[bool, Meta(description="Whether it fires.")] = True
    after_completion: Annotated[
        Literal["keep", "delete"], Meta(description="What becomes of it once it has fired for the last time.")
    ] = "keep"
    retries: Annotated[
        Annotated[int, Meta(ge=0, le=RETRIES_MAX)] | None, Meta(description="How often delivery is tried again.")
    ] = None
    max_age: Annotated[Duration | None, Meta(description="For how long delivery is tried: `1 minute` to `24 h`.")] = (
        None
    )
    dead_letter: Annotated[str | None, Meta(description="The queue for what the target did not get.")] = None

    @property
    def is_endless(self) -> bool:
        """Whether it fires for ever, so that the scenario must say when the run ends."""
        return self.enabled and self.end is None and not self.expression.startswith("at(")

    def __post_init__(self) -> None:
        named = [name for name in _TARGETS if getattr(self, name) is not None]
        if len(named) != 1:
            found = f"not {' and '.join(named)}" if named else "and none is there"
            raise ConfigurationError(f"one target is wanted, one of {', '.join(_TARGETS)}, {found}", key="")


class ScheduleKind:
    """The section `schedules:` of a scenario."""

    section = Schedule.kind
    spec = ScheduleSpec

    def create(self, world: World, name: str, spec: ScheduleSpec) -> Schedule:
        """Build one schedule.

        Raises:
            ConfigurationError: a setting makes no sense.
        """
        return Schedule(world, DEFAULT, name, _settings(world, spec))

    def connect(self, world: World, source: Schedule, spec: ScheduleSpec) -> None:
        """See that the target is there, and begin.

        Raises:
            ConfigurationError: it is not.
        """
        arn = str(source.settings.target["Arn"])
        key = next(name for name in _TARGETS if getattr(spec, name) is not None)
        if "::aws-sdk:" not in arn and world.target(arn) is None:
            named = str(getattr(spec, key))
            if key == "arn":
                raise ConfigurationError(f"there is no target {named!r}", key=key)
            raise world.missing(key, named, key=key)
        source.begin()

    def resume(self, world: World) -> None:
        """Go on with firings whose targets were not reached.

        Raises:
            StorageError: they cannot be read.
        """
        transit = world.transit(KIND)
        if transit is None:
            return
        schedules = {each.arn: each for each in world.share(Directory).schedules()}
        for number, underway in transit.left(Underway[Undelivered]):
            schedule = schedules.get(underway.content.schedule_arn)
            if schedule is not None:
                schedule.resume(number, underway)
            else:
                _give_up(world, underway.content)
                transit.drop(number)


def _give_up(world: World, left: Undelivered) -> None:
    """Tell of a firing whose schedule is gone."""
    trace = world.trace
    place = trace.subject("schedule", left.schedule_arn.rpartition("/")[2])
    failed = trace.kind("schedule delivery failed", "{place} could not tell {to} of {subject}: {reason}")
    told = {"to": str(left.target["Arn"]).rpartition(":")[2], "reason": "the schedule is gone"}
    trace.record(failed, trace.new_subject("firing", "f"), place, detail=told)


def _settings(world: World, spec: ScheduleSpec) -> Settings:
    key = next(name for name in _TARGETS if getattr(spec, name) is not None)
    target: dict[str, Any] = {
        "Arn": arn_of(world, key, getattr(spec, key)),
        "RoleArn": f"arn:aws:iam::{world.account_id}:role/eventsim",
    }
    if spec.input is not None:
        target["Input"] = spec.input if isinstance(spec.input, str) else json.dumps(spec.input)
    if spec.group is not None:
        target["SqsParameters"] = {"MessageGroupId": spec.group}
        target["KinesisParameters"] = {"PartitionKey": spec.group}
    if spec.source is not None or spec.detail_type is not None:
        target["EventBridgeParameters"] = {"Source": spec.source or "", "DetailType": spec.detail_type or ""}
    if spec.dead_letter is not None:
        target["DeadLetterConfig"] = {"Arn": arn_of(world, "queue", spec.dead_letter)}
    target["RetryPolicy"] = _retry(spec)
    given: dict[str, Any] = {
        "ScheduleExpression": spec.expression,
        "ScheduleExpressionTimezone": spec.timezone,
        "StartDate": spec.start,
        "EndDate": spec.end,
        "State": "ENABLED" if spec.enabled else "DISABLED",
        "ActionAfterCompletion": "DELETE" if spec.after_completion == "delete" else "NONE",
        "FlexibleTimeWindow": _window(spec),
        "Target": target,
    }
    try:
        parse_expression(spec.expression, dialect=SCHEDULER)
    except ExpressionError as error:
        raise ConfigurationError(str(error), key="expression") from error
    try:
        return read(given)
    except ApiError as error:
        name = next((each for words, each in _AT_FAULT.items() if words in error.message), "expression")
        raise ConfigurationError(error.message, key=name) from error


def _retry(spec: ScheduleSpec) -> dict[str, int]:
    retry: dict[str, int] = {}
    if spec.retries is not None:
        retry["MaximumRetryAttempts"] = spec.retries
    if spec.max_age is not None:
        age_s = duration_us(spec.max_age, key="max_age") // SECOND_US
        if not AGE_MIN_S <= age_s <= AGE_MAX_S:
            raise ConfigurationError(f"the age is {AGE_MIN_S} s to {AGE_MAX_S} s, not {age_s} s", key="max_age")
        retry["MaximumEventAgeInSeconds"] = age_s
    return retry


def _window(spec: ScheduleSpec) -> dict[str, Any]:
    if spec.flexible_window is None:
        return {"Mode": "OFF"}
    minutes, rest = divmod(duration_us(spec.flexible_window, key="flexible_window"), MINUTE_US)
    if rest:
        raise ConfigurationError("a flexible window is counted in whole minutes", key="flexible_window")
    return {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": minutes}
