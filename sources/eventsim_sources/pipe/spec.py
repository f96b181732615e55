"""What does a scenario say of a pipe? The settings under `pipes:`."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, World, duration_us
from eventsim_sources.arns import arn_of_any
from eventsim_sources.pipe.settings import Settings, read, service_of
from eventsim_sources.pipe.source import Pipe

_KINDS = ("function", "queue", "topic", "state_machine", "stream", "table", "bus")


class PipeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipe: from a source through a filter and an enrichment to a target."""

    source: Annotated[
        str,
        Meta(description="The queue, stream, table with a stream, cluster of MSK, or broker: its name or ARN."),
    ]
    topic: Annotated[str, Meta(description="Of a cluster: the topic.")] = ""
    queue: Annotated[str, Meta(description="Of a broker: the queue.")] = ""
    virtual_host: Annotated[str, Meta(description="Of a broker: the virtual host of RabbitMQ.")] = ""
    target: Annotated[
        str, Meta(description="Who gets the events: a function, queue, topic, stream, bus or state machine, or an ARN.")
    ]
    enrichment: Annotated[
        str, Meta(description="The function or express state machine that gets a batch as a list and gives another.")
    ] = ""
    filters: Annotated[
        list[dict[str, Any]], Meta(description="Event patterns; what matches none of them goes no further.")
    ] = []
    batch_size: Annotated[int | None, Meta(description="Most events in one batch.")] = None
    batching_window: Annotated[Duration | None, Meta(description="How long a batch may wait to fill.")] = None
    starting_position: Annotated[
        str, Meta(description="Of a stream: `TRIM_HORIZON` or `LATEST`.", examples=["TRIM_HORIZON"])
    ] = ""
    maximum_retry_attempts: Annotated[int | None, Meta(description="Of a stream: attempts after the first.")] = None
    on_partial_failure: Annotated[
        Literal["retry", "bisect"], Meta(description="Of a stream: whether a batch that fails is split in two.")
    ] = "retry"
    dead_letter: Annotated[
        str, Meta(description="Of a stream: the queue or topic that is told of what is given up.")
    ] = ""
    enrichment_template: Annotated[str, Meta(description="What the enrichment gets of each event.")] = ""
    template: Annotated[
        str, Meta(description="What the target gets of each event.", examples=['{"order": <$.body.id>}'])
    ] = ""
    target_parameters: Annotated[
        dict[str, Any], Meta(description="Pipes' `TargetParameters`, for what has no setting of its own here.")
    ] = {}
    enabled: Annotated[bool, Meta(description="Whether it runs.")] = True


class _Waiting:
    """A pipe whose source and target are not there yet."""

    kind = Pipe.kind

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.arn = f"arn:aws:pipes:{world.region}:{world.account_id}:pipe/{name}"

    def summary(self) -> dict[str, int]:
        """Return nothing: it does not run."""
        return {}


class PipeKind:
    """The section `pipes:` of a scenario."""

    section = Pipe.kind
    spec = PipeSpec

    def create(self, world: World, name: str, spec: PipeSpec) -> _Waiting:  # noqa: ARG002 - the door's
        """Keep the place of a pipe until everything that it names exists."""
        return _Waiting(world, name)

    def connect(self, world: World, source: _Waiting, spec: PipeSpec) -> None:
        """Build the pipe and let it run.

        Raises:
            ConfigurationError: a name is not there, or a setting makes no sense.
        """
        world.remove(source.arn)
        try:
            pipe = Pipe(world, source.name, _settings(world, spec))
        except ApiError as error:
            key = "source" if "source" in error.message.lower() or "stream" in error.message.lower() else ""
            raise ConfigurationError(error.message, key=key) from error
        world.add(pipe)
        if spec.enabled:
            pipe.start()


def _settings(world: World, spec: PipeSpec) -> Settings:
    source = _source_arn(world, spec.source)
    own: dict[str, Any] = {
        "TopicName": spec.topic or None,
        "QueueName": spec.queue or None,
        "VirtualHost": spec.virtual_host or None,
        "BatchSize": spec.batch_size,
        "MaximumBatchingWindowInSeconds": _window_s(spec),
        "StartingPosition": spec.starting_position or None,
        "MaximumRetryAttempts": spec.maximum_retry_attempts,
        "OnPartialBatchItemFailure": "AUTOMATIC_BISECT" if spec.on_partial_failure == "bisect" else None,
        "DeadLetterConfig": {"Arn": _arn(world, spec.dead_letter, "dead_letter")} if spec.dead_letter else None,
    }
    names = {
        "sqs": "SqsQueueParameters",
        "kinesis": "KinesisStreamParameters",
        "dynamodb": "DynamoDBStreamParameters",
        "kafka": "ManagedStreamingKafkaParameters",
        "mq": "RabbitMQBrokerParameters",
    }
    patterns = [{"Pattern": msgspec.json.encode(each).decode()} for each in spec.filters]
    given = {
        "Source": source,
        "SourceParameters": {
            names.get(service_of(source), ""): {name: value for name, value in own.items() if value is not None},
            "FilterCriteria": {"Filters": patterns},
        },
        "Enrichment": _arn(world, spec.enrichment, "enrichment") if spec.enrichment else "",
        "EnrichmentParameters": {"InputTemplate": spec.enrichment_template},
        "Target": _arn(world, spec.target, "target"),
        "TargetParameters": {**spec.target_parameters, "InputTemplate": spec.template},
    }
    return read(given)


def _window_s(spec: PipeSpec) -> int | None:
    window = spec.batching_window
    return None if window is None else duration_us(window, key="batching_window") // 1_000_000


def _arn(world: World, name: str, key: str) -> str:
    if name.startswith("arn:"):
        return name
    found = arn_of_any(world, _KINDS, name)
    if found is None:
        raise ConfigurationError(f"nothing here is called {name!r}", key=key)
    return found


def _source_arn(world: World, name: str) -> str:
    """Return the ARN of a source; of a table, that of its stream."""
    if name.startswith("arn:"):
        return name
    for section in ("clusters", "brokers"):
        if name in world.sources(section):
            return world.sources(section)[name].arn
    table = world.sources("tables").get(name)
    stream_arn = getattr(getattr(table, "stream", None), "arn", "")
    return str(stream_arn) if stream_arn else _arn(world, name, "source")
