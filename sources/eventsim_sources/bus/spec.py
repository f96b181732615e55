"""What does a scenario say of buses and rules? The settings under `buses:` and `rules:`."""

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from eventsim import ConfigurationError, Duration

TARGETS = ("function", "queue", "topic", "stream", "bus", "state_machine", "log_group", "arn")


class ArchiveSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bus remembers."""

    pattern: Annotated[
        dict[str, Any] | None, Meta(description="Only events that match this pattern; all if not given.")
    ] = None
    retention: Annotated[
        Duration | None, Meta(description="How long events are kept, in whole days; for ever if not given.")
    ] = None


class BusSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event bus. The bus `default` is there without being named."""

    precedes_templates: ClassVar[bool] = True

    description: Annotated[str, Meta(description="What the bus is for.")] = ""
    arn: Annotated[
        str | None,
        Meta(
            description="Its ARN, if it is in another account or region; rules, targets and events name it by that.",
            examples=["arn:aws:events:eu-west-1:111122223333:event-bus/default"],
        ),
    ] = None
    policy: Annotated[
        list[dict[str, Any]],
        Meta(
            description="Who of other accounts may put events here: the statements of its resource policy.",
            examples=[[{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "events:PutEvents"}]],
        ),
    ] = []
    archives: Annotated[
        dict[str, ArchiveSpec], Meta(description="Archives of the bus by name, from which events can be replayed.")
    ] = {}
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


class RuleTargetSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a rule tells, and of what. Name exactly one target."""

    function: Annotated[str | None, Meta(description="A function, invoked asynchronously: its name or ARN.")] = None
    queue: Annotated[str | None, Meta(description="A queue: its name or ARN.")] = None
    topic: Annotated[str | None, Meta(description="A topic: its name or ARN.")] = None
    stream: Annotated[str | None, Meta(description="A stream: its name or ARN.")] = None
    bus: Annotated[str | None, Meta(description="Another bus: its name or ARN.")] = None
    state_machine: Annotated[str | None, Meta(description="A state machine: its name or ARN.")] = None
    log_group: Annotated[str | None, Meta(description="A log group: its name.")] = None
    arn: Annotated[str | None, Meta(description="Anything else: its ARN.")] = None
    input: Annotated[Any, Meta(description="What the target gets instead of the event: any JSON.")] = None
    input_path: Annotated[
        str | None, Meta(description="The part of the event that the target gets.", examples=["$.detail"])
    ] = None
    template: Annotated[
        str | None,
        Meta(
            description="A text that the target gets, with placeholders: names of `paths`, or `aws.events.rule-name` "
            "and the like. JSON if it begins with `{`; else it stands in double quotes.",
            examples=['"order <id> is paid"', '{"order": <id>}'],
        ),
    ] = None
    paths: Annotated[
        dict[str, str], Meta(description="Placeholders of the template by name.", examples=[{"id": "$.detail.id"}])
    ] = {}
    group: Annotated[str | None, Meta(description="`MessageGroupId`, for a queue.")] = None
    partition_key: Annotated[
        str | None, Meta(description="Where in the event the key for a stream stands; the event's id if not given.")
    ] = None
    retries: Annotated[
        Annotated[int, Meta(ge=0, le=185)] | None, Meta(description="How often delivery is tried again: 185 times.")
    ] = None
    max_age: Annotated[
        Duration | None, Meta(description="For how long delivery is tried: `1 minute` to `24 h` (the default).")
    ] = None
    dead_letter: Annotated[
        str | None, Meta(description="The queue for events that the target did not get: its name or ARN.")
    ] = None

    def __post_init__(self) -> None:
        named = [name for name in TARGETS if getattr(self, name) is not None]
        if len(named) != 1:
            found = f"not {' and '.join(named)}" if named else "and none is there"
            raise ConfigurationError(f"one target is wanted, one of {', '.join(TARGETS)}, {found}", key="")
        inputs = [name for name in ("input", "input_path", "template") if getattr(self, name) is not None]
        if len(inputs) > 1:
            message = f"`{inputs[0]}` and `{inputs[1]}` exclude each other; keep one"
            raise ConfigurationError(message, key=inputs[1])
        if self.paths and self.template is None:
            raise ConfigurationError("`paths` goes with `template`, which is not there", key="paths")

    @property
    def named(self) -> tuple[str, str]:
        """Return the kind of target and its name or ARN."""
        return next((kind, getattr(self, kind)) for kind in TARGETS if getattr(self, kind) is not None)


class RuleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of a bus: it tells its targets of events that match its pattern, or when its time has come."""

    bus: Annotated[str, Meta(description="The bus whose events it sees.")] = "default"
    pattern: Annotated[
        dict[str, Any] | None,
        Meta(
            description="An event pattern in AWS's language.",
            examples=[
                {"source": ["shop"], "detail-type": ["order placed"], "detail": {"total": [{"numeric": [">", 100]}]}}
            ],
        ),
    ] = None
    schedule: Annotated[
        str | None,
        Meta(
            description="`rate(…)` or `cron(…)` with AWS's six fields, in UTC; on the default bus only.",
            examples=["rate(5 minutes)", "cron(0 2 * * ? *)"],
        ),
    ] = None
    enabled: Annotated[bool, Meta(description="Whether it takes events and keeps its schedule.")] = True
    description: Annotated[str, Meta(description="What the rule is for.")] = ""
    targets: Annotated[list[RuleTargetSpec], Meta(description="Whom it tells: up to five.", max_length=5)] = []
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}

    def __post_init__(self) -> None:
        if self.pattern is None and self.schedule is None:
            raise ConfigurationError("a rule needs a `pattern`, a `schedule`, or both", key="")

    @property
    def is_endless(self) -> bool:
        """Whether it fires for ever by itself."""
        return self.schedule is not None
