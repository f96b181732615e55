"""How a scenario describes a mapping for a stream, and what AWS says of its settings."""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim import ConfigurationError, SyncSimulation
from eventsim.mapping.spec import MappingSpec, PollersSpec, check_settings
from eventsim.mapping.stand_in import Tape
from eventsim.mapping.stream_spec import check_stream_settings, stream_settings

S = 1_000_000


@pytest.fixture
def tape(build: Callable[..., Any]) -> Tape:
    """An ordered source."""
    made: Tape = build().tape()
    return made


def spec(**settings: Any) -> MappingSpec:
    """Describe a mapping from a tape to a function."""
    return MappingSpec(source="tape", function="f", **{"starting_position": "LATEST", **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 10_000},
        {"batching_window": 300},
        {"parallelization_factor": 10},
        {"maximum_retry_attempts": 0},
        {"maximum_retry_attempts": 10_000},
        {"maximum_record_age": "1 minute"},
        {"maximum_record_age": "7 days"},
        {"tumbling_window": "15 minutes"},
        {"filters": [{"data": {"a": [1]}}]},
        {"starting_position": "AT_TIMESTAMP", "starting_at": "2026-01-01"},
    ],
    ids=str,
)
def test_settings_within_bounds_are_taken(settings: dict[str, Any], tape: Tape) -> None:
    """The bounds themselves are allowed (documented); a hundred records need no window (recorded)."""
    assert check_stream_settings(spec(**settings), tape) is None


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"starting_position": ""}, "starting_position", "Value null at 'startingPosition'"),
        ({"starting_position": "EARLY"}, "starting_position", "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]"),
        ({"starting_position": "AT_TIMESTAMP"}, "starting_at", "needs the date"),
        ({"starting_at": "2026-01-01"}, "starting_at", "AT_TIMESTAMP only"),
        ({"starting_position": "AT_TIMESTAMP", "starting_at": "soon"}, "starting_at", "'soon' is not a date"),
        ({"batch_size": 0}, "batch_size", "greater than or equal to 1"),
        ({"batch_size": 10_001}, "batch_size", "less than or equal to 10000"),
        ({"batching_window": 301}, "batching_window", "less than or equal to 300"),
        ({"parallelization_factor": 11}, "parallelization_factor", "less than or equal to 10"),
        ({"maximum_retry_attempts": 10_001}, "maximum_retry_attempts", "less than or equal to 10000"),
        ({"maximum_record_age": 59}, "maximum_record_age", "greater than or equal to 60"),
        ({"maximum_record_age": "8 days"}, "maximum_record_age", "less than or equal to 604800"),
        ({"tumbling_window": 901}, "tumbling_window", "less than or equal to 900"),
        ({"tumbling_window": 0.5}, "tumbling_window", "whole seconds"),
        ({"maximum_concurrency": 2}, "maximum_concurrency", "Unsupported ScalingConfig parameter"),
        ({"provisioned_pollers": PollersSpec()}, "provisioned_pollers", "Unsupported ProvisionedPollerConfig"),
        ({"filters": ["x"]}, "filters", "Invalid filter pattern definition."),
        ({"filters": [{"data": ["text"]}]}, "filters", "Invalid filter pattern definition."),
    ],
    ids=str,
)
def test_settings_out_of_bounds_are_refused(settings: dict[str, Any], key: str, words: str, tape: Tape) -> None:
    """The refusal names the setting and says what AWS says."""
    refusal = check_stream_settings(spec(**settings), tape)

    assert refusal is not None
    assert refusal.key == key
    assert words in refusal.message


def test_a_table_has_no_dates_to_begin_at(build: Callable[..., Any]) -> None:
    """Recorded."""
    source = build().tape(service="dynamodb")

    refusal = check_stream_settings(spec(starting_position="AT_TIMESTAMP", starting_at="2026-01-01"), source)

    assert refusal is not None
    assert refusal.message == f"Unsupported starting position for arn type: {source.arn}"


@pytest.mark.parametrize("setting", ["starting_position", "on_failure", "maximum_retry_attempts", "tumbling_window"])
def test_queues_have_no_settings_of_streams(setting: str) -> None:
    """What would have no effect is refused by name."""
    value: Any = 1 if setting in ("maximum_retry_attempts", "tumbling_window") else "LATEST"
    asked = MappingSpec(source="pile", function="f", **{setting: value})

    refusal = check_settings(asked, is_ordered=False, visibility_timeout_us=30 * S, timeout_us=3 * S)

    assert refusal is not None
    assert refusal.key == setting


def test_a_stream_s_batch_has_up_to_a_hundred_records(tape: Tape) -> None:
    """Unless the scenario says otherwise (recorded)."""
    assert stream_settings(spec(), tape).batch.size_max == 100


def test_a_destination_that_is_not_there_is_a_mistake() -> None:
    """It is found out before the run."""
    with SyncSimulation() as simulation:
        simulation.add_source("streams", "clicks")
        simulation.add_source("queues", "failures")
        simulation.add_function("f", handler=lambda event, context: None)
        simulation.add_mapping(source="clicks", function="f", starting_position="LATEST", on_failure="failure")

        with pytest.raises(ConfigurationError, match="there is no 'failure' to send to; did you mean `failures`"):
            simulation.connect()
