"""How does a scenario come to buses and rules? The sections `buses:` and `rules:`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from msgspec import Struct

from eventsim import BUS, ApiError, ConfigurationError, Pattern, PatternError, World, compile_pattern, duration_us
from eventsim_sources.arns import arn_of
from eventsim_sources.bus.api.call import checked_name
from eventsim_sources.bus.api.targets import check_bus_input, read_target
from eventsim_sources.bus.archive import Archive
from eventsim_sources.bus.directory import Directory
from eventsim_sources.bus.limits import DAY_US, SECOND_US
from eventsim_sources.bus.names import DEFAULT_BUS, is_bus_arn
from eventsim_sources.bus.policy import by_id
from eventsim_sources.bus.rule import Rule, RuleSettings
from eventsim_sources.bus.source import Bus
from eventsim_sources.bus.spec import BusSpec, RuleSpec, RuleTargetSpec
from eventsim_sources.json_text import json_text
from eventsim_sources.schedule.expression import RULE, Expression, ExpressionError, parse_expression


class BusKind:
    """The section `buses:` of a scenario."""

    section: ClassVar[str] = "buses"
    spec: ClassVar[type[Struct]] = BusSpec

    def create(self, world: World, name: str, spec: BusSpec) -> Bus:
        """Build a bus with its archives.

        Raises:
            ConfigurationError: a name, a pattern or a span is not such as AWS takes.
        """
        with _as_aws_says():
            checked_name(name, "name", length_max=256)
        if spec.arn is not None and not is_bus_arn(spec.arn):
            raise ConfigurationError(f"{spec.arn!r} is no ARN of an event bus", key="arn")
        directory = world.share(Directory)
        settings = {"Description": spec.description} if spec.description else {}
        bus = directory.add_bus(name, settings, arn=spec.arn or "")
        bus.statements = by_id(spec.policy)
        bus.tags.update(spec.tags)
        for archive_name, each in spec.archives.items():
            key = f"archives.{archive_name}"
            text, pattern = _pattern(each.pattern, f"{key}.pattern")
            archive = Archive(
                world,
                archive_name,
                bus.arn,
                pattern_text=text,
                pattern=pattern,
                retention_days=0 if each.retention is None else _days(each.retention, f"{key}.retention"),
            )
            directory.archives[archive_name] = archive
            bus.archives.append(archive)
        return bus

    def connect(self, world: World, source: Bus, spec: BusSpec) -> None:  # noqa: ARG002 - every kind's door
        """Have the default bus beside it."""
        world.share(Directory).default()


class RuleKind:
    """The section `rules:` of a scenario."""

    section: ClassVar[str] = "rules"
    spec: ClassVar[type[Struct]] = RuleSpec

    def create(self, world: World, name: str, spec: RuleSpec) -> Rule:
        """Build a rule that nobody asks yet.

        Raises:
            ConfigurationError: its name, pattern or schedule is not such as AWS takes.
        """
        with _as_aws_says():
            checked_name(name, "name")
        pattern_text, pattern = _pattern(spec.pattern, "pattern")
        if spec.schedule is not None and spec.bus != DEFAULT_BUS:
            message = "ScheduleExpression is supported only on the default event bus."
            raise ConfigurationError(message, key="schedule")
        settings = RuleSettings(
            pattern_text=pattern_text,
            pattern=pattern,
            schedule_text=spec.schedule,
            schedule=None if spec.schedule is None else _schedule(spec.schedule),
            is_enabled=spec.enabled,
            state="ENABLED" if spec.enabled else "DISABLED",
            other={"Description": spec.description} if spec.description else {},
        )
        rule = Rule(world, arn_of(world, "bus", spec.bus), name, settings, label=name)
        rule.tags.update(spec.tags)
        return rule

    def connect(self, world: World, source: Rule, spec: RuleSpec) -> None:
        """Put the rule on its bus and find its targets.

        Raises:
            ConfigurationError: the bus or a target is not there, or AWS would refuse a target.
        """
        directory = world.share(Directory)
        bus = directory.find_bus(spec.bus)
        if bus is None:
            elsewhere = world.sources(Bus.kind).get(spec.bus)
            if elsewhere is None:
                raise world.missing("bus", spec.bus, key="bus")
            hint = f"here; name the one elsewhere by its ARN, {elsewhere.arn}"
            raise ConfigurationError(f"there is no bus `{spec.bus}` {hint}", key="bus")
        for number, each in enumerate(spec.targets):
            key = f"targets.{number}"
            given = _given(world, each, f"target-{number + 1}", key)
            with _as_aws_says(key):
                target = read_target(given)
                check_bus_input(source, target)
                source.targets[target.id] = target
        directory.adopt_rule(bus, source)

    def resume(self, world: World) -> None:
        """Go on with events that were on their way to targets.

        Raises:
            StorageError: they cannot be read.
        """
        world.share(Directory).resume(read_target)


def _given(world: World, spec: RuleTargetSpec, target_id: str, key: str) -> dict[str, Any]:
    """Return a target in botocore's shape."""
    kind, name = spec.named
    arn = arn_of(world, kind, name)
    if kind not in ("arn", "state_machine", "log_group"):
        _check_there(world, arn, kind, name, f"{key}.{kind}")
    given: dict[str, Any] = {"Id": target_id, "Arn": arn}
    if spec.input is not None:
        given["Input"] = json_text(spec.input)
    if spec.input_path is not None:
        given["InputPath"] = spec.input_path
    if spec.template is not None:
        given["InputTransformer"] = {"InputPathsMap": spec.paths, "InputTemplate": spec.template}
    if spec.group is not None:
        given["SqsParameters"] = {"MessageGroupId": spec.group}
    if spec.partition_key is not None:
        given["KinesisParameters"] = {"PartitionKeyPath": spec.partition_key}
    retry = _retry(spec, key)
    if retry:
        given["RetryPolicy"] = retry
    if spec.dead_letter is not None:
        dead_letter_arn = arn_of(world, "queue", spec.dead_letter)
        _check_there(world, dead_letter_arn, "queue", spec.dead_letter, f"{key}.dead_letter")
        given["DeadLetterConfig"] = {"Arn": dead_letter_arn}
    return given


def _retry(spec: RuleTargetSpec, key: str) -> dict[str, int]:
    retry: dict[str, int] = {}
    if spec.retries is not None:
        retry["MaximumRetryAttempts"] = spec.retries
    if spec.max_age is not None:
        retry["MaximumEventAgeInSeconds"] = duration_us(spec.max_age, key=f"{key}.max_age") // SECOND_US
    return retry


def _check_there(world: World, arn: str, kind: str, name: str, key: str) -> None:
    if world.target(arn) is None and not name.startswith("arn:"):
        raise world.missing(kind, name, key=key)


def _pattern(given: Mapping[str, Any] | None, key: str) -> tuple[str | None, Pattern | None]:
    if given is None:
        return None, None
    try:
        return json.dumps(given), compile_pattern(given, BUS)
    except PatternError as error:
        where = f", at `{error.path}`" if error.path else ""
        raise ConfigurationError(f"{error.reason}{where}", key=key) from error


def _schedule(text: str) -> Expression:
    try:
        return parse_expression(text, dialect=RULE)
    except ExpressionError as error:
        raise ConfigurationError(str(error), key="schedule") from error


def _days(value: Any, key: str) -> int:
    days, rest = divmod(duration_us(value, key=key), DAY_US)
    if rest or not days:
        raise ConfigurationError(f"an archive keeps events for whole days, not for {value!r}", key=key)
    return days


@contextmanager
def _as_aws_says(key: str = "") -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        raise ConfigurationError(error.message, key=key) from error
