"""How does a scenario describe an event source mapping? The `mappings:` section, and AWS's checks of its values."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from eventsim.limits import (
    BATCH_SIZE_DEFAULT,
    BATCH_SIZE_MAX,
    BATCH_SIZE_ORDERED_MAX,
    BATCH_SIZE_WITHOUT_WINDOW_MAX,
    BATCHING_WINDOW_S_MAX,
    MAPPING_CONCURRENCY_MAX,
    MAPPING_CONCURRENCY_MIN,
    PROVISIONED_POLLERS_MAX,
    PROVISIONED_POLLERS_MAX_DEFAULT,
    PROVISIONED_POLLERS_MIN,
    PROVISIONED_POLLERS_MIN_MAX,
    WINDOW_VISIBILITY_MARGIN_US,
)
from eventsim.pattern import FilterCriteria, PatternError
from eventsim.quantity import Duration, duration_us

BAD_FILTER = "Invalid filter pattern definition."

_US_PER_S = 1_000_000
_WINDOW_FOR_FIFO = "Batching window is not supported for FIFO queues."
"""Unconfirmed wording."""


class PollersSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many event pollers a mapping has in provisioned mode; of a queue, each has up to ten batches in flight."""

    minimum: Annotated[
        int | None,
        Meta(description="How many there are at least: 2 to 200, of Kafka 1 to 200. Unless given, the least number."),
    ] = None
    maximum: Annotated[int, Meta(description="How many there may be: 2 to 10,000, and not fewer than `minimum`.")] = (
        PROVISIONED_POLLERS_MAX_DEFAULT
    )


class MappingSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which function gets what lies in a queue, a stream or a topic of Kafka, and in which portions."""

    source: Annotated[
        str,
        Meta(
            description="The queue, the stream, the table with a stream, or the cluster of Kafka that is polled.",
            examples=["orders"],
        ),
    ]
    topic: Annotated[str, Meta(description="Kafka only, and needed there: the topic of the cluster.")] = ""
    queue: Annotated[str, Meta(description="Amazon MQ only, and needed there: the queue of the broker.")] = ""
    virtual_host: Annotated[str, Meta(description="RabbitMQ only: the virtual host in which the queue lies.")] = "/"
    collection: Annotated[
        str,
        Meta(
            description="DocumentDB only, and needed there: the database, or a collection of it.",
            examples=["shop.orders"],
        ),
    ] = ""
    full_document: Annotated[
        bool, Meta(description="DocumentDB only: whether an update brings the whole document (`UpdateLookup`).")
    ] = False
    consumer_group: Annotated[
        str,
        Meta(
            description="Kafka only: the consumer group, under whose name the cluster keeps how far the topic was "
            "read; unless given, one that nobody else has."
        ),
    ] = ""
    function: Annotated[str, Meta(description="The function that gets the batches.")]
    qualifier: Annotated[str, Meta(description="A version or an alias of the function.")] = ""
    batch_size: Annotated[
        int | None,
        Meta(
            description="Most messages or records in one batch: 1 to 10,000, for a FIFO queue 1 to 10; of a queue, "
            "more than 10 need a window. Unless given, 10 of a queue and 100 of everything else."
        ),
    ] = None
    batching_window: Annotated[
        Duration | None,
        Meta(
            description="How long a batch may wait to fill: up to `5 minutes`; not for FIFO queues. Unless given, "
            "`500 ms` of Kafka, Amazon MQ and DocumentDB, and not at all elsewhere."
        ),
    ] = None
    filters: Annotated[
        list[str | dict[str, Any]],
        Meta(
            description="Event patterns; what matches none of them is deleted unread, in a stream skipped. Up to 5.",
            examples=[[{"body": {"kind": ["order"]}}]],
        ),
    ] = []
    report_batch_item_failures: Annotated[
        bool, Meta(description="Whether the function may report which messages or records of a batch failed.")
    ] = False
    maximum_concurrency: Annotated[
        int | None, Meta(description="Queues only: most batches of this mapping at the same time: 2 to 1,000.")
    ] = None
    provisioned_pollers: Annotated[
        PollersSpec | None,
        Meta(
            description="Queues and Kafka: the provisioned mode, which goes without `maximum_concurrency`.",
            examples=[{"minimum": 2, "maximum": 20}],
        ),
    ] = None
    starting_position: Annotated[
        str,
        Meta(
            description="Streams, where it is needed, and Kafka: where to begin in the shards that there are when the "
            "mapping is first enabled: `TRIM_HORIZON` (the oldest record, as Kafka's mappings do unless told "
            "otherwise), `LATEST` (after the newest) or `AT_TIMESTAMP` (see `starting_at`; not for tables).",
            examples=["TRIM_HORIZON"],
        ),
    ] = ""
    starting_at: Annotated[
        str, Meta(description="With `AT_TIMESTAMP`, the date to begin at.", examples=["2026-01-01T08:00:00Z"])
    ] = ""
    parallelization_factor: Annotated[
        int, Meta(description="Streams only: batches of one shard at the same time, in order for each key: 1 to 10.")
    ] = 1
    maximum_retry_attempts: Annotated[
        int | None,
        Meta(
            description="Streams and Kafka: attempts after the first, 0 to 10,000; unless given, until the records "
            "expire."
        ),
    ] = None
    maximum_record_age: Annotated[
        Duration | None,
        Meta(
            description="Streams and Kafka: how old a record may grow, `1 minute` to `7 days`; if not given, it may "
            "expire."
        ),
    ] = None
    bisect_batch_on_function_error: Annotated[
        bool, Meta(description="Streams and Kafka: whether a batch that fails is split in two.")
    ] = False
    tumbling_window: Annotated[
        Duration, Meta(description="Streams only: the span in which state is handed on, up to `15 minutes`.")
    ] = 0
    on_failure: Annotated[
        str,
        Meta(
            description="Streams and Kafka: the queue, topic or bucket that is told of records given up, or `kafka://TOPIC`."
        ),
    ] = ""
    counts_events: Annotated[
        bool, Meta(description="Whether it counts its events in metrics, such as `PolledEventCount`.")
    ] = False
    enabled: Annotated[bool, Meta(description="Whether it takes messages or records from the start.")] = True


class Refusal(Struct, frozen=True, gc=False):
    """Why AWS refuses a mapping.

    Attributes:
        key: the setting of the scenario at fault.
        message: AWS's words.
        code, status: AWS's error.
        reason: what is wrong, where AWS does not tell.
    """

    key: str
    message: str
    code: str = "InvalidParameterValueException"
    status: int = 400
    reason: str = ""

    @property
    def explanation(self) -> str:
        """AWS's words, and ours where they say too little."""
        return f"{self.message} {self.reason}".rstrip()


def unsupported(key: str, parameter: str) -> Refusal:
    """Return how AWS refuses a parameter that sources of this kind do not have (recorded for DestinationConfig)."""
    return Refusal(key, f"Unsupported {parameter} parameter for given event source mapping type.")


_OF_STREAMS = {
    "starting_position": "StartingPosition",
    "starting_at": "StartingPositionTimestamp",
    "parallelization_factor": "ParallelizationFactor",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "maximum_record_age": "MaximumRecordAgeInSeconds",
    "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
    "tumbling_window": "TumblingWindowInSeconds",
    "on_failure": "DestinationConfig",
}
"""Setting → AWS's name of it."""
_OF_PARTS = {
    "topic": "Topics",
    "queue": "Queues",
    "virtual_host": "SourceAccessConfigurations",
    "collection": "DocumentDBEventSourceConfig",
    "consumer_group": "ConsumerGroupId",
    "full_document": "DocumentDBEventSourceConfig",
}
_DEFAULTS = MappingSpec(source="", function="")
PARAMETERS = {
    **_OF_STREAMS,
    **_OF_PARTS,
    "maximum_concurrency": "ScalingConfig",
    "provisioned_pollers": "ProvisionedPollerConfig",
    "report_batch_item_failures": "FunctionResponseTypes",
}
"""Setting that not every kind of source has → AWS's name of it."""


def check_unsupported(spec: MappingSpec, settings: Iterable[str]) -> Refusal | None:
    """Return how AWS refuses the first of these settings that is given, None if none is."""
    for setting in settings:
        if getattr(spec, setting) != getattr(_DEFAULTS, setting):
            return unsupported(setting, PARAMETERS[setting])
    return None


def check_settings(
    spec: MappingSpec, *, is_ordered: bool, visibility_timeout_us: int, timeout_us: int
) -> Refusal | None:
    """Return the first setting of a queue's mapping that AWS would refuse, or None.

    Args:
        is_ordered: whether the source is a FIFO queue.
        visibility_timeout_us: the queue's.
        timeout_us: the function's.
    """
    refusal = check_unsupported(spec, (*_OF_STREAMS, *_OF_PARTS))
    if refusal is not None:
        return refusal
    size = BATCH_SIZE_DEFAULT if spec.batch_size is None else spec.batch_size
    size_max = BATCH_SIZE_ORDERED_MAX if is_ordered else BATCH_SIZE_MAX
    refusal = check_range("batch_size", "batchSize", size, 1, size_max)
    if refusal is not None:
        return refusal
    if is_ordered and window_us_of(spec):
        return Refusal("batching_window", _WINDOW_FOR_FIFO)
    refusal = check_batching_window(spec)
    if refusal is not None:
        return refusal
    if size > BATCH_SIZE_WITHOUT_WINDOW_MAX and not window_us_of(spec):
        return Refusal(
            "batching_window",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{BATCH_SIZE_WITHOUT_WINDOW_MAX}",
        )
    if spec.maximum_concurrency is not None:
        bounds = (MAPPING_CONCURRENCY_MIN, MAPPING_CONCURRENCY_MAX)
        parameter = "scalingConfig.maximumConcurrency"
        refusal = check_range("maximum_concurrency", parameter, spec.maximum_concurrency, *bounds)
        if refusal is not None:
            return refusal
    refusal = check_pollers(spec, PROVISIONED_POLLERS_MIN, PROVISIONED_POLLERS_MAX)
    if refusal is not None:
        return refusal
    if visibility_timeout_us < timeout_us:
        return Refusal(
            "source",
            f"Queue visibility timeout: {visibility_timeout_us // _US_PER_S} seconds is less than Function timeout: "
            f"{timeout_us // _US_PER_S} seconds",
        )
    return check_filters(spec)


def check_pollers(spec: MappingSpec, least: int, maximum_most: int) -> Refusal | None:
    """Return why AWS refuses the provisioned mode, or None.

    Args:
        least: how few pollers there may be.
        maximum_most: how many.
    """
    pollers, key, parameter = spec.provisioned_pollers, "provisioned_pollers", "provisionedPollerConfig"
    if pollers is None:
        return None
    if spec.maximum_concurrency is not None:  # unconfirmed wording
        return Refusal(key, "ScalingConfig and ProvisionedPollerConfig cannot be used together.")
    minimum = least if pollers.minimum is None else pollers.minimum
    refusal = check_range(key, f"{parameter}.minimumPollers", minimum, least, PROVISIONED_POLLERS_MIN_MAX)
    return refusal or check_range(  # that it depends on the least number is unconfirmed
        key, f"{parameter}.maximumPollers", pollers.maximum, max(least, minimum), maximum_most
    )


def window_us_of(spec: MappingSpec, default_us: int = 0) -> int:
    """Return how long a batch may wait to fill.

    Args:
        default_us: if nothing is said.
    """
    return default_us if spec.batching_window is None else duration_us(spec.batching_window, key="batching_window")


def check_batching_window(spec: MappingSpec) -> Refusal | None:
    """Return why AWS refuses the batching window, or None."""
    return check_span(
        "batching_window",
        spec.batching_window or 0,
        "The batching window",
        "maximumBatchingWindowInSeconds",
        0,
        BATCHING_WINDOW_S_MAX,
    )


def check_span(key: str, span: Duration, subject: str, parameter: str, least_s: int, most_s: int) -> Refusal | None:
    """Return why AWS refuses a span of time that it counts in whole seconds, or None."""
    span_us = duration_us(span, key=key)
    if span_us % _US_PER_S:
        return Refusal(key, f"{subject} is counted in whole seconds; {span_us / _US_PER_S:g} s is not.")
    return check_range(key, parameter, span_us // _US_PER_S, least_s, most_s)


def check_filters(spec: MappingSpec) -> Refusal | None:
    """Return why AWS refuses the filters, or None."""
    try:
        FilterCriteria(spec.filters)
    except PatternError as error:
        return Refusal("filters", BAD_FILTER, reason=error.reason)
    return None


def check_range(key: str, parameter: str, value: int, least: int, most: int) -> Refusal | None:
    """Return why AWS refuses a number, or None."""
    if least <= value <= most:
        return None
    side, bound = ("greater", least) if value < least else ("less", most)
    return Refusal(
        key,
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: "
        f"Member must have value {side} than or equal to {bound}",
    )


def hidden_span_us(window_us: int, timeout_us: int, visibility_timeout_us: int) -> int | None:
    """Return for how long a mapping with a window hides messages, None for as long as the queue says (documented)."""
    if window_us and window_us + timeout_us > visibility_timeout_us:
        return window_us + timeout_us + WINDOW_VISIBILITY_MARGIN_US
    return None
