"""What does AWS check of a mapping for a stream, and what do its settings mean to the poller?"""

from datetime import UTC, datetime

from eventsim.limits import (
    BATCH_SIZE_MAX,
    SHARD_BATCH_SIZE_DEFAULT,
    SHARD_LANES_MAX,
    SHARD_RECORD_AGE_S_MAX,
    SHARD_RECORD_AGE_S_MIN,
    SHARD_RETRIES_MAX,
    TUMBLING_WINDOW_S_MAX,
)
from eventsim.mapping.batch import BatchPolicy
from eventsim.mapping.progress import ShardPolicy
from eventsim.mapping.spec import (
    BAD_FILTER,
    MappingSpec,
    Refusal,
    check_batching_window,
    check_filters,
    check_range,
    check_span,
    unsupported,
)
from eventsim.mapping.stream_post import StreamSettings
from eventsim.pattern import FilterCriteria
from eventsim.quantity import duration_us
from eventsim.source import Sharded, ShardPosition

POSITIONS = ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
"""In the order in which AWS names them (recorded)."""
AT_TIMESTAMP = "AT_TIMESTAMP"
_DATA_KEYS = {"kinesis": "data", "dynamodb": "dynamodb"}
"""Service → what a filter may not compare as plain text (documented)."""


def check_stream_settings(spec: MappingSpec, source: Sharded) -> Refusal | None:
    """Return the first setting of a stream's mapping that AWS would refuse, or None."""
    if spec.maximum_concurrency is not None:
        return unsupported("maximum_concurrency", "ScalingConfig")
    if spec.provisioned_pollers is not None:
        return unsupported("provisioned_pollers", "ProvisionedPollerConfig")
    return (
        _check_position(spec, source)
        or check_range("batch_size", "batchSize", batch_size_of(spec), 1, BATCH_SIZE_MAX)
        or check_batching_window(spec)
        or check_range(
            "parallelization_factor", "parallelizationFactor", spec.parallelization_factor, 1, SHARD_LANES_MAX
        )
        or _check_limits(spec)
        or _check_stream_filters(spec, source)
    )


def _check_position(spec: MappingSpec, source: Sharded) -> Refusal | None:
    position = spec.starting_position
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
    if refusal is None and FilterCriteria(spec.filters).wants_text(_DATA_KEYS[source.service]):
        return Refusal("filters", BAD_FILTER)
    return refusal


def batch_size_of(spec: MappingSpec) -> int:
    """Return the batch size of a stream's mapping."""
    return SHARD_BATCH_SIZE_DEFAULT if spec.batch_size is None else spec.batch_size


def stream_settings(spec: MappingSpec, source: Sharded) -> StreamSettings:
    """Return what a poller needs to know of checked settings."""
    age = spec.maximum_record_age
    return StreamSettings(
        function=spec.function,
        qualifier=spec.qualifier,
        position=ShardPosition(type=spec.starting_position, at=_date(spec.starting_at)),
        policy=ShardPolicy(
            retention_us=source.retention_us,
            retries_max=spec.maximum_retry_attempts,
            age_max_us=None if age is None else duration_us(age),
            is_bisecting=spec.bisect_batch_on_function_error,
        ),
        batch=BatchPolicy(size_max=batch_size_of(spec), window_us=duration_us(spec.batching_window)),
        lanes=spec.parallelization_factor,
        criteria=FilterCriteria(spec.filters) if spec.filters else None,
        reports_item_failures=spec.report_batch_item_failures,
        tumbling_us=duration_us(spec.tumbling_window),
        on_failure=spec.on_failure,
        counts_events=spec.counts_events,
    )


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date is not None and date.tzinfo is None else date
