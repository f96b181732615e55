"""What does a state machine write into its log group? The events of its executions, as its level lets through.

ALL      every event
ERROR    what fails, times out or is aborted, and Fail states
FATAL    executions that fail, time out or are aborted
"""

import json
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Caller, World
from eventsim_sources.workflow.history import HistoryEvent, details_of

_FATAL = ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")
_GROUP = ":log-group:"


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
    if _GROUP not in _arn(destinations):
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
        self._world = world
        self._machine_name = machine_name
        self._place = place
        self._new_id = world.chance.uuids("state machine log", machine_name)
        self._streams: dict[str, str] = {}
        self._lost: set[str] = set()
        self._kind = world.trace.kind("log not written", "{place} could not write to the log group {to}: {reason}")

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
            "event_timestamp": str(self._world.clock.epoch_ms()),
            "execution_arn": execution_arn,
        }
        group = _arn(settings["destinations"]).partition(_GROUP)[2].removesuffix(":*")
        self._put(group, json.dumps(line, separators=(",", ":"), ensure_ascii=False))

    def _put(self, group: str, message: str) -> None:
        """Put a line; a group that does not take it is told of once, and harms no execution (documented)."""
        event = {"timestamp": self._world.clock.epoch_ms(), "message": message}
        try:
            given = {"logGroupName": group, "logStreamName": self._stream(group), "logEvents": [event]}
            self._world.call("logs", "PutLogEvents", given, caller=Caller())
        except ApiError as error:
            if group not in self._lost:
                self._lost.add(group)
                detail = {"to": group, "reason": error.message}
                self._world.trace.record(self._kind, self._place, self._place, detail=detail)

    def _stream(self, group: str) -> str:
        """Return the stream of this machine in a group, which it makes first."""
        stream = self._streams.get(group)
        if stream is None:
            stream = f"states/{self._machine_name}/{self._world.clock.date():%Y-%m-%d-%H-%M}/{self._new_id()[:8]}"
            given = {"logGroupName": group, "logStreamName": stream}
            self._world.call("logs", "CreateLogStream", given, caller=Caller())
            self._streams[group] = stream
        return stream


def _is_logged(level: str, event_type: str) -> bool:
    match level:
        case "ALL":
            return True
        case "ERROR":
            return event_type in ("FailStateEntered", "ExecutionAborted") or event_type.endswith(("Failed", "TimedOut"))
        case "FATAL":
            return event_type in _FATAL
    return False
