"""What do requests say of mappings for streams, and what do answers? Parameters to settings, settings to members."""

from datetime import UTC, datetime
from typing import Any

from eventsim.calls.lambda_api.errors import invalid
from eventsim.mapping.mapping import Mapping
from eventsim.mapping.spec import MappingSpec
from eventsim.mapping.stream_poller import StreamPoller
from eventsim.mapping.stream_post import NO_RESULT
from eventsim.quantity import duration_us
from eventsim.subscription import TOPIC_DESTINATION

FOR_EVER = -1
"""AWS's number for no limit."""

_SETTINGS = {
    "StartingPosition": "starting_position",
    "ParallelizationFactor": "parallelization_factor",
    "BisectBatchOnFunctionError": "bisect_batch_on_function_error",
    "TumblingWindowInSeconds": "tumbling_window",
}
_LIMITS = {"MaximumRetryAttempts": "maximum_retry_attempts", "MaximumRecordAgeInSeconds": "maximum_record_age"}
_DESTINATIONS = (":sqs:", ":sns:", ":s3:", TOPIC_DESTINATION)


def stream_changes(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a request changes in the settings of a stream's mapping.

    Raises:
        ApiError: it says what no mapping has.
    """
    changes = {setting: given[name] for name, setting in _SETTINGS.items() if name in given}
    for name, setting in _LIMITS.items():
        if name in given:
            changes[setting] = None if given[name] == FOR_EVER else given[name]
    if "StartingPositionTimestamp" in given:
        changes["starting_at"] = _iso(given["StartingPositionTimestamp"])
    if "DestinationConfig" in given:
        changes["on_failure"] = _destination(given["DestinationConfig"])
    return changes


def _iso(given: datetime | float) -> str:
    date = given if isinstance(given, datetime) else datetime.fromtimestamp(given, UTC)
    return date.astimezone(UTC).isoformat()


def _destination(config: dict[str, Any]) -> str:
    if config.get("OnSuccess"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    arn = str((config.get("OnFailure") or {}).get("Destination") or "")
    if arn and not any(service in arn for service in _DESTINATIONS):
        raise invalid(f"The destination ARN {arn} is invalid.")
    return arn


def stream_members(mapping: Mapping, spec: MappingSpec) -> dict[str, Any]:
    """Return what an answer says of a stream's mapping beyond what it says of every mapping (recorded)."""
    age, retries = spec.maximum_record_age, spec.maximum_retry_attempts
    poller = mapping.poller
    members: dict[str, Any] = {
        "BisectBatchOnFunctionError": spec.bisect_batch_on_function_error,
        "DestinationConfig": {"OnFailure": {"Destination": spec.on_failure} if spec.on_failure else {}},
        "LastProcessingResult": poller.last_result if isinstance(poller, StreamPoller) else NO_RESULT,
        "MaximumRecordAgeInSeconds": FOR_EVER if age is None else duration_us(age) // 1_000_000,
        "MaximumRetryAttempts": FOR_EVER if retries is None else retries,
        "ParallelizationFactor": spec.parallelization_factor,
        "StartingPosition": spec.starting_position,
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": duration_us(spec.tumbling_window) // 1_000_000,
    }
    if spec.starting_at:
        members["StartingPositionTimestamp"] = datetime.fromisoformat(spec.starting_at)
    return members
