"""What does AWS check of a mapping for an ordered source, and what do its settings mean to the poller?

Ordered sources are streams, tables, and the parts of those that have some: topics of Kafka, queues of Amazon MQ,
collections of DocumentDB. What each of them may say stands in `RULES`.
"""

from datetime import UTC, datetime

from msgspec import Struct, structs

from eventsim.limits import (
    BATCH_SIZE_MAX,
    KAFKA_POLLERS_MAX,
    KAFKA_POLLERS_MIN,
    PART_WINDOW_US,
    SHARD_BATCH_SIZE_DEFAULT,
    SHARD_LANES_MAX,
    SHARD_RECORD_AGE_S_MAX,
    SHARD_RECORD_AGE_S_MIN,
    SHARD_RETRIES_MAX,
    TUMBLING_WINDOW_S_MAX,
)
from eventsim.mapping.batch import BatchPolicy
from eventsim.mapping.progress import ShardPolicy
from eventsim.mapping.shard_reader import FORGIVING_KEYS
from eventsim.mapping.spec import (
    BAD_FILTER,
    PARAMETERS,
    MappingSpec,
    Refusal,
    check_batching_window,
    check_filters,
    check_pollers,
    check_range,
    check_span,
    check_unsupported,
    window_us_of,
)
from eventsim.mapping.stream_post import StreamSettings
from eventsim.pattern import FilterCriteria, ForgivingCriteria
from eventsim.polled import Sharded, ShardPosition
from eventsim.quantity import duration_us
from eventsim.subscription import DOCUMENTS, KAFKA, MQ, TOPIC_DESTINATION, Subscription

POSITIONS = ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
"""In the order in which AWS names them (recorded)."""
AT_TIMESTAMP = "AT_TIMESTAMP"
_DATA_KEYS = {"kinesis": "data", "dynamodb": "dynamodb"}
"""Service → what a filter may not compare as plain text (documented)."""


class Rules(Struct, frozen=True):
    """What mappings of one service may say.

    Attributes:
        refused: settings that they do not have.
        part: the setting that names the part of the source, "" if it has none.
        position: where they begin unless they say so, "" if they must.
        window_us: the batching window unless they say so.
    """

    refused: tuple[str, ...]
    part: str = ""
    position: str = ""
    window_us: int = 0


_LANES = ("parallelization_factor", "tumbling_window")
_LIMITS = ("maximum_retry_attempts", "maximum_record_age", "bisect_batch_on_function_error", "on_failure")
_OF_SHARDS = (*_LANES, *_LIMITS, "report_batch_item_failures", "maximum_concurrency", "provisioned_pollers")
_OF_STREAM = Rules(
    (
        "maximum_concurrency",
        "provisioned_pollers",
        "topic",
        "queue",
        "virtual_host",
        "collection",
        "consumer_group",
        "full_document",
    )
)
RULES = {
    "kinesis": _OF_STREAM,
    "dynamodb": _OF_STREAM,
    KAFKA: Rules(
        ("maximum_concurrency", *_LANES, "queue", "virtual_host", "collection", "full_document"),
        part="topic",
        position="TRIM_HORIZON",
        window_us=PART_WINDOW_US,
    ),
    MQ: Rules(
        (*_OF_SHARDS, "starting_position", "starting_at", "topic", "collection", "consumer_group", "full_document"),
        part="queue",
        position="TRIM_HORIZON",
        window_us=PART_WINDOW_US,
    ),
    DOCUMENTS: Rules(
        (*_OF_SHARDS, "topic", "queue", "virtual_host", "consumer_group"),
        part="collection",
        position="LATEST",
        window_us=PART_WINDOW_US,
    ),
}
"""Service → its rules (documented)."""


def check_stream_settings(spec: MappingSpec, source: Sharded) -> Refusal | None:
    """Return the first setting of an ordered source's mapping that AWS would refuse, or None."""
    rules = RULES[source.service]
    return (
        check_unsupported(spec, _refused(spec, rules))
        or check_part(spec, rules)
        or check_pollers(spec, KAFKA_POLLERS_MIN, KAFKA_POLLERS_MAX)
        or _check_position(spec, source)
        or check_range("batch_size", "batchSize", batch_size_of(spec), 1, BATCH_SIZE_MAX)
        or check_batching_window(spec)
        or check_range(
            "parallelization_factor", "parallelizationFactor", spec.parallelization_factor, 1, SHARD_LANES_MAX
        )
        or _check_limits(spec)
        or _check_destination(spec, source)
        or _check_stream_filters(spec, source)
    )


def _refused(spec: MappingSpec, rules: Rules) -> tuple[str, ...]:
    """Return what these mappings may not say; the position that goes without saying is no matter."""
    is_silent = spec.starting_position == rules.position
    return tuple(each for each in rules.refused if not (is_silent and each == "starting_position"))


def check_part(spec: MappingSpec, rules: Rules) -> Refusal | None:
    """Return how a mapping that names no part is refused (words unconfirmed, after those for a lack of credentials)."""
    if not rules.part or getattr(spec, rules.part):
        return None
    parameter = PARAMETERS[rules.part]
    return Refusal(rules.part, f"Required '{parameter[0].lower()}{parameter[1:]}' parameter is missing.")


def part_of(spec: MappingSpec) -> str:
    """Return the topic, the queue or the collection that a mapping names, "" if it names none."""
    return spec.topic or spec.queue or spec.collection


def subscription_of(spec: MappingSpec) -> Subscription:
    """Return what a mapping wants of a source that has parts."""
    pollers = spec.provisioned_pollers
    return Subscription(
        part=part_of(spec),
        virtual_host=spec.virtual_host,
        group=spec.consumer_group,
        is_whole=spec.full_document,
        batch_size=batch_size_of(spec),
        readers=1 if pollers is None or pollers.minimum is None else pollers.minimum,
    )


def with_stream_defaults(spec: MappingSpec, source: Sharded) -> MappingSpec:
    """Return the settings with those that go without saying for an ordered source."""
    pollers = spec.provisioned_pollers
    if pollers is not None and pollers.minimum is None:
        pollers = structs.replace(pollers, minimum=KAFKA_POLLERS_MIN)
    return structs.replace(
        spec,
        batch_size=batch_size_of(spec),
        starting_position=spec.starting_position or RULES[source.service].position,
        provisioned_pollers=pollers,
    )


def _check_position(spec: MappingSpec, source: Sharded) -> Refusal | None:
    position = spec.starting_position or RULES[source.service].position
    if not position:
        message = (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
        return Refusal("starting_position", message)
    if position not in POSITIONS:
        message = (
            f"1 validation error detected: Value '{position}' at 'startingPosition' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(POSITIONS)}]"
        )
        return Refusal("starting_position", message, "ValidationException")
    if position == AT_TIMESTAMP and source.service == "dynamodb":
        return Refusal("starting_position", f"Unsupported starting position for arn type: {source.arn}")
    if (position == AT_TIMESTAMP) != bool(spec.starting_at):
        message = (
            "AT_TIMESTAMP needs the date to begin at."
            if position == AT_TIMESTAMP
            else "A date to begin at goes with the starting position AT_TIMESTAMP only."
        )
        return Refusal("starting_at", message)
    if spec.starting_at and _date(spec.starting_at) is None:
        return Refusal("starting_at", f"{spec.starting_at!r} is not a date; write `2026-01-31T08:00:00Z`.")
    return None


def _check_limits(spec: MappingSpec) -> Refusal | None:
    retries = spec.maximum_retry_attempts
    if retries is not None:
        refusal = check_range("maximum_retry_attempts", "maximumRetryAttempts", retries, 0, SHARD_RETRIES_MAX)
        if refusal is not None:
            return refusal
    if spec.maximum_record_age is not None:
        bounds = (SHARD_RECORD_AGE_S_MIN, SHARD_RECORD_AGE_S_MAX)
        parameter = "maximumRecordAgeInSeconds"
        refusal = check_span("maximum_record_age", spec.maximum_record_age, "The record age", parameter, *bounds)
        if refusal is not None:
            return refusal
    bounds = (0, TUMBLING_WINDOW_S_MAX)
    return check_span(
        "tumbling_window", spec.tumbling_window, "The tumbling window", "tumblingWindowInSeconds", *bounds
    )


def _check_stream_filters(spec: MappingSpec, source: Sharded) -> Refusal | None:
    refusal = check_filters(spec)
    data_key = _DATA_KEYS.get(source.service)
    if refusal is None and data_key is not None and FilterCriteria(spec.filters).wants_text(data_key):
        return Refusal("filters", BAD_FILTER)
    return refusal


def batch_size_of(spec: MappingSpec) -> int:
    """Return the batch size of an ordered source's mapping."""
    return SHARD_BATCH_SIZE_DEFAULT if spec.batch_size is None else spec.batch_size


def stream_settings(spec: MappingSpec, source: Sharded) -> StreamSettings:
    """Return what a poller needs to know of checked settings."""
    age = spec.maximum_record_age
    rules = RULES[source.service]
    return StreamSettings(
        function=spec.function,
        qualifier=spec.qualifier,
        position=ShardPosition(type=spec.starting_position or rules.position, at=_date(spec.starting_at)),
        policy=ShardPolicy(
            retention_us=source.retention_us,
            retries_max=spec.maximum_retry_attempts,
            age_max_us=None if age is None else duration_us(age),
            is_bisecting=spec.bisect_batch_on_function_error,
        ),
        batch=BatchPolicy(size_max=batch_size_of(spec), window_us=window_us_of(spec, rules.window_us)),
        lanes=spec.parallelization_factor,
        criteria=_criteria(spec, source) if spec.filters else None,
        reports_item_failures=spec.report_batch_item_failures,
        tumbling_us=duration_us(spec.tumbling_window),
        on_failure=_destination(spec, source),
        counts_events=spec.counts_events,
    )


def _destination(spec: MappingSpec, source: Sharded) -> str:
    """Return who is told of records given up; of a topic, the cluster too."""
    name = spec.on_failure
    return f"{name}@{source.arn}" if name.startswith(TOPIC_DESTINATION) else name


def _check_destination(spec: MappingSpec, source: Sharded) -> Refusal | None:
    if spec.on_failure.startswith(TOPIC_DESTINATION) and source.service != KAFKA:  # unconfirmed wording
        return Refusal("on_failure", f"The destination ARN {spec.on_failure} is invalid.")
    return None


def _criteria(spec: MappingSpec, source: Sharded) -> FilterCriteria | ForgivingCriteria:
    keys = FORGIVING_KEYS.get(source.service)
    return FilterCriteria(spec.filters) if keys is None else ForgivingCriteria(spec.filters, keys)


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date is not None and date.tzinfo is None else date
