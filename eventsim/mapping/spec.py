"""How does a scenario describe an event source mapping? The `mappings:` section, and AWS's checks of its values."""

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
    WINDOW_VISIBILITY_MARGIN_US,
)
from eventsim.pattern import FilterCriteria, PatternError
from eventsim.quantity import Duration, duration_us

BAD_FILTER = "Invalid filter pattern definition."

_US_PER_S = 1_000_000
_WINDOW_FOR_FIFO = "Batching window is not supported for FIFO queues."
"""Unconfirmed wording."""


class MappingSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which function gets what lies in a queue, and in which portions."""

    source: Annotated[str, Meta(description="The queue that is polled.", examples=["orders"])]
    function: Annotated[str, Meta(description="The function that gets the batches.")]
    qualifier: Annotated[str, Meta(description="A version or an alias of the function.")] = ""
    batch_size: Annotated[
        int,
        Meta(description="Most messages in one batch: 1 to 10,000, for a FIFO queue 1 to 10; above 10 needs a window."),
    ] = BATCH_SIZE_DEFAULT
    batching_window: Annotated[
        Duration, Meta(description="How long a batch may wait to fill: up to `5 minutes`; not for FIFO queues.")
    ] = 0
    filters: Annotated[
        list[str | dict[str, Any]],
        Meta(
            description="Event patterns; a message that matches none of them is deleted unread. Up to 5.",
            examples=[[{"body": {"kind": ["order"]}}]],
        ),
    ] = []
    report_batch_item_failures: Annotated[
        bool, Meta(description="Whether the function may report which messages of a batch failed.")
    ] = False
    maximum_concurrency: Annotated[
        int | None, Meta(description="Most batches of this mapping at the same time: 2 to 1,000.")
    ] = None
    enabled: Annotated[bool, Meta(description="Whether it takes messages from the start.")] = True


class Refusal(Struct, frozen=True, gc=False):
    """Why AWS refuses a mapping.

    Attributes:
        key: the setting of the scenario at fault.
        message: AWS's words.
        code, status: AWS's error.
    """

    key: str
    message: str
    code: str = "InvalidParameterValueException"
    status: int = 400


def check_settings(
    spec: MappingSpec, *, is_ordered: bool, visibility_timeout_us: int, timeout_us: int
) -> Refusal | None:
    """Return the first setting that AWS would refuse, or None.

    Args:
        is_ordered: whether the source is a FIFO queue.
        visibility_timeout_us: the queue's.
        timeout_us: the function's.
    """
    window_us = duration_us(spec.batching_window, key="batching_window")
    size_max = BATCH_SIZE_ORDERED_MAX if is_ordered else BATCH_SIZE_MAX
    if not 1 <= spec.batch_size <= size_max:
        return Refusal("batch_size", _out_of_range("batchSize", spec.batch_size, 1, size_max))
    if is_ordered and window_us:
        return Refusal("batching_window", _WINDOW_FOR_FIFO)
    window_s, fraction_us = divmod(window_us, _US_PER_S)
    if fraction_us:
        message = f"The batching window is counted in whole seconds; {window_us / _US_PER_S:g} s is not."
        return Refusal("batching_window", message)
    if window_s > BATCHING_WINDOW_S_MAX:
        message = _out_of_range("maximumBatchingWindowInSeconds", window_s, 0, BATCHING_WINDOW_S_MAX)
        return Refusal("batching_window", message)
    if spec.batch_size > BATCH_SIZE_WITHOUT_WINDOW_MAX and not window_us:
        return Refusal(
            "batching_window",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{BATCH_SIZE_WITHOUT_WINDOW_MAX}",
        )
    concurrency = spec.maximum_concurrency
    if concurrency is not None and not MAPPING_CONCURRENCY_MIN <= concurrency <= MAPPING_CONCURRENCY_MAX:
        message = _out_of_range(
            "scalingConfig.maximumConcurrency", concurrency, MAPPING_CONCURRENCY_MIN, MAPPING_CONCURRENCY_MAX
        )
        return Refusal("maximum_concurrency", message)
    if visibility_timeout_us < timeout_us:
        return Refusal(
            "source",
            f"Queue visibility timeout: {visibility_timeout_us // _US_PER_S} seconds is less than Function timeout: "
            f"{timeout_us // _US_PER_S} seconds",
        )
    return _check_filters(spec)


def _check_filters(spec: MappingSpec) -> Refusal | None:
    try:
        FilterCriteria(spec.filters)
    except PatternError as error:
        return Refusal("filters", f"{BAD_FILTER} {error.reason}" if error.reason else BAD_FILTER)
    return None


def _out_of_range(member: str, value: int, least: int, most: int) -> str:
    side, bound = ("greater", least) if value < least else ("less", most)
    return (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value {side} than or equal to {bound}"
    )


def hidden_span_us(window_us: int, timeout_us: int, visibility_timeout_us: int) -> int | None:
    """Return for how long a mapping with a window hides messages, None for as long as the queue says (documented)."""
    if window_us and window_us + timeout_us > visibility_timeout_us:
        return window_us + timeout_us + WINDOW_VISIBILITY_MARGIN_US
    return None
