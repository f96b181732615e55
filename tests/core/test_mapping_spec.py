"""How a scenario describes a mapping, and what AWS says of its settings."""

from typing import Any

import pytest

from eventsim.mapping.spec import MappingSpec, PollersSpec, Refusal, check_settings, hidden_span_us

S = 1_000_000


def spec(**settings: Any) -> MappingSpec:
    """Describe a mapping from a queue to a function."""
    return MappingSpec(source="pile", function="f", **settings)


def check(settings: MappingSpec, *, is_ordered: bool = False, visibility_s: int = 30, timeout_s: int = 3) -> Any:
    """Check settings against a queue and a function."""
    return check_settings(
        settings, is_ordered=is_ordered, visibility_timeout_us=visibility_s * S, timeout_us=timeout_s * S
    )


@pytest.mark.parametrize(
    "settings",
    [
        spec(),
        spec(batch_size=10_000, batching_window="5 minutes"),
        spec(batch_size=11, batching_window=1),
        spec(maximum_concurrency=2),
        spec(maximum_concurrency=1_000),
        spec(provisioned_pollers=PollersSpec()),
        spec(provisioned_pollers=PollersSpec(minimum=200, maximum=10_000)),
        spec(filters=[{"body": {"a": [1]}}, '{"body": ["go"]}']),
    ],
    ids=["default", "largest", "just above ten", "two", "a thousand", "two pollers", "most pollers", "filters"],
)
def test_settings_within_bounds_are_taken(settings: MappingSpec) -> None:
    """The bounds themselves are allowed (documented)."""
    assert check(settings) is None


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        (
            spec(batch_size=11),
            "batching_window",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            spec(batch_size=0),
            "batch_size",
            "1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have "
            "value greater than or equal to 1",
        ),
        (
            spec(batch_size=10_001, batching_window=1),
            "batch_size",
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have "
            "value less than or equal to 10000",
        ),
        (
            spec(batching_window=301),
            "batching_window",
            "1 validation error detected: Value '301' at 'maximumBatchingWindowInSeconds' failed to satisfy "
            "constraint: Member must have value less than or equal to 300",
        ),
        (
            spec(maximum_concurrency=1),
            "maximum_concurrency",
            "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy "
            "constraint: Member must have value greater than or equal to 2",
        ),
        (
            spec(provisioned_pollers=PollersSpec(minimum=201, maximum=300)),
            "provisioned_pollers",
            "1 validation error detected: Value '201' at 'provisionedPollerConfig.minimumPollers' failed to satisfy "
            "constraint: Member must have value less than or equal to 200",
        ),
        (
            spec(provisioned_pollers=PollersSpec(minimum=20, maximum=10)),
            "provisioned_pollers",
            "1 validation error detected: Value '10' at 'provisionedPollerConfig.maximumPollers' failed to satisfy "
            "constraint: Member must have value greater than or equal to 20",
        ),
        (
            spec(provisioned_pollers=PollersSpec(), maximum_concurrency=5),
            "provisioned_pollers",
            "ScalingConfig and ProvisionedPollerConfig cannot be used together.",
        ),
        (spec(filters=[{"body": "text"}]), "filters", "Invalid filter pattern definition."),
        (spec(filters=["no JSON"]), "filters", "Invalid filter pattern definition."),
        (spec(filters=[{"body": []}]), "filters", "Invalid filter pattern definition."),
    ],
    ids=[
        "large without window",
        "too small",
        "too large",
        "window too long",
        "concurrency of one",
        "too many pollers",
        "fewer pollers than the least",
        "two ways to scale",
        "leaf without list",
        "filter without JSON",
        "empty list",
    ],
)
def test_settings_out_of_bounds_are_refused(settings: MappingSpec, key: str, message: str) -> None:
    """With AWS's words (recorded, or built as the service model's messages are)."""
    refusal = check(settings)

    assert refusal.key == key
    assert refusal.message.startswith(message)


def test_what_aws_does_not_tell_of_a_filter_is_explained() -> None:
    """The API answers as AWS does (recorded); whoever writes a scenario learns what is wrong."""
    refusal = check(spec(filters=[{"body": []}]))

    assert refusal.message == "Invalid filter pattern definition."
    assert refusal.explanation == "Invalid filter pattern definition. Empty arrays are not allowed"


def test_a_fifo_queue_has_small_batches_and_no_window() -> None:
    """Ten at most, and no batching window (documented)."""
    assert check(spec(batch_size=11, batching_window=1), is_ordered=True).key == "batch_size"
    assert check(spec(batching_window=1), is_ordered=True).key == "batching_window"


def test_a_window_is_whole_seconds() -> None:
    """AWS counts it in seconds."""
    refusal = check(spec(batching_window="500 ms"))

    assert refusal == Refusal("batching_window", "The batching window is counted in whole seconds; 0.5 s is not.")


def test_messages_stay_hidden_while_the_function_may_run() -> None:
    """The queue's visibility timeout is at least the function's timeout (documented)."""
    assert check(spec(), visibility_s=30, timeout_s=60).message == (
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    )


@pytest.mark.parametrize(
    ("window_s", "timeout_s", "visibility_s", "hidden_s"),
    [(0, 30, 30, None), (10, 20, 30, None), (11, 20, 30, 61)],
    ids=["no window", "fits", "too short"],
)
def test_a_window_may_hide_messages_for_longer(
    window_s: int, timeout_s: int, visibility_s: int, hidden_s: int | None
) -> None:
    """Window + timeout + 30 s if these do not fit into the visibility timeout (documented)."""
    hidden_us = hidden_span_us(window_s * S, timeout_s * S, visibility_s * S)

    assert hidden_us == (None if hidden_s is None else hidden_s * S)
