"""What does a state machine write into its log group? The events of its executions, as its level lets through.

ALL      every event
ERROR    what fails, times out or is aborted, and Fail states
FATAL    executions that fail, time out or are aborted
"""

from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, World
from eventsim_sources.json_text import json_text
from eventsim_sources.log_writer import LogWriter, group_of
from eventsim_sources.workflow.history import HistoryEvent, details_of

_FATAL = ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")


def check_logging(given: Mapping[str, Any] | None) -> None:
    """See that a machine that logs says where.

    Raises:
        ApiError: it does not.
    """
    if not given or given.get("level", "OFF") == "OFF":
        return
    destinations = given.get("destinations") or ()
    if len(destinations) != 1:
        raise _invalid("Must specify exactly one Log Destination.")
    if not group_of(_arn(destinations)):
        raise _invalid("Log Destination must be the ARN of a log group.")  # unconfirmed wording


def _arn(destinations: Any) -> str:
    group = destinations[0].get("cloudWatchLogsLogGroup") or {}
    return str(group.get("logGroupArn") or "")


def _invalid(reason: str) -> ApiError:
    return ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {reason}")


class ExecutionLog:
    """The log of one state machine.

    Args:
        place: the machine's subject in the trace.
    """

    def __init__(self, world: World, machine_name: str, place: int) -> None:
        clock, new_id = world.clock, world.chance.uuids("state machine log", machine_name)
        self._clock = clock
        self._writer = LogWriter(
            world, place, lambda: f"states/{machine_name}/{clock.date():%Y-%m-%d-%H-%M}/{new_id()[:8]}"
        )

    def write(self, settings: Mapping[str, Any], execution_arn: str, event: HistoryEvent, *, redrives: int) -> None:
        """Write an event, if a machine with these settings logs it."""
        if not _is_logged(str(settings.get("level") or "OFF"), event.type):
            return
        details = details_of(event, with_data=bool(settings.get("includeExecutionData")))
        line = {
            "id": str(event.number),
            "type": event.type,
            "details": details or {},
            "redrive_count": str(redrives),
            "previous_event_id": str(event.previous),
            "event_timestamp": str(self._clock.epoch_ms()),
            "execution_arn": execution_arn,
        }
        message = json_text(line)
        self._writer.put(group_of(_arn(settings["destinations"])), message)


def _is_logged(level: str, event_type: str) -> bool:
    match level:
        case "ALL":
            return True
        case "ERROR":
            return event_type in ("FailStateEntered", "ExecutionAborted") or event_type.endswith(("Failed", "TimedOut"))
        case "FATAL":
            return event_type in _FATAL
    return False
