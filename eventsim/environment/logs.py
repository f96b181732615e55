"""What stands in the log? Lambda's own lines, word for word, and what user code prints and logs.

Every function logs to a group; every environment has a stream in it. Lambda's own lines (INIT_START, START, END,
REPORT) say only what the trace says anyway; what user code writes is cut into log events here: one for each printed
line, one for each record of `logging`, however many lines that has.
"""

import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from eventsim.clock import Clock
from eventsim.function.function import FunctionVersion
from eventsim.function.runtime import RUNTIMES_WITH_ESCAPES
from eventsim.handler.strand import slot
from eventsim.limits import LOG_TAIL_BYTES
from eventsim.outcome import Failure, Outcome, Report, Success
from eventsim.trace_header import read_header

NO_BREAK_SPACE = "\u00a0"
RUNTIME_BUILD = "v38"
"""The build of a runtime that INIT_START names; AWS counts it up with every patch (recorded for python3.12)."""


def log_stream_name(version: FunctionVersion, day: str, digits: str) -> str:
    """Return the name of an environment's stream (recorded).

    Args:
        day: the UTC day on which the environment started, as `2026/01/01`.
        digits: 32 hexadecimal digits.
    """
    is_custom = version.log_group not in ("", f"/aws/lambda/{version.function}")
    return f"{day}/{version.function if is_custom else ''}[{version.version}]{digits}"


def log_tail(log: str) -> bytes:
    """Return what `LogResult` carries before it is base64-encoded: the last 4 KB (recorded)."""
    return log.encode()[-LOG_TAIL_BYTES:]


def error_block(error_type: str, message: str, stack_trace: Sequence[str]) -> str:
    """Return the log event that tells of an unhandled error, in the text format (recorded).

    Leading spaces become NO-BREAK SPACEs one for one, lest the block be cut into events.
    """
    headline = f"[ERROR] {error_type}: {message}" if message else f"[ERROR] {error_type}"
    lines = [headline, "Traceback (most recent call last):"]
    for frame in stack_trace:
        for line in frame.splitlines():
            bare = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(bare)) + bare)
    return "\n".join(lines)


def log_event(text: str) -> str:
    """Return what was logged as a log group has it: all but an unhandled error ends with a line break (recorded)."""
    is_error_block = text.startswith("[ERROR] ") and "\n" in text[:-1]
    return text.removesuffix("\n") if is_error_block else text


# --- what user code writes ---------------------------------------------------------------------------------


class LogStream:
    """Cuts what one environment writes into log events.

    Args:
        record: takes each event as soon as it is whole.
        shown: gives a text with the paths that it would have on AWS.
    """

    __slots__ = ("_partial", "_record", "_shown", "_texts", "away", "has_written", "heard", "is_closed")

    def __init__(self, record: Callable[[str], object], shown: Callable[[str], str]) -> None:
        self._record = record
        self.heard: Callable[[str], object] | None = None
        """Told of each event that is user code's own, if anybody wants to know."""
        self.away: Callable[[str], object] | None = None
        """Takes whole events in a process that user code has forked; the log is not there."""
        self._shown = shown
        self._partial: list[str] = []
        """Pieces of the line that is not at its end yet."""
        self._texts: list[str] = []
        self.has_written = False
        """Whether there is something to `take`: most invocations write nothing."""
        self.is_closed = False
        """Whether the process behind it is dead; nothing that it still writes is seen."""

    def write(self, text: str) -> None:
        """Take printed text: every line is an event."""
        if self._is_deaf():
            return
        self.has_written = True
        first, *others = text.split("\n")
        if first:
            self._partial.append(first)
        for following in others:
            line = "".join(self._partial)
            self._partial = [following] if following else []
            self._add(f"{line}\n")

    def emit(self, event: str) -> None:
        """Take one whole event."""
        if not event or self._is_deaf():
            return
        if self.away is not None:
            self.away(event)
            return
        self._flush()
        self._add(event)

    def note(self, event: str) -> None:
        """Take one whole event that is not user code's."""
        if event and not self.is_closed:
            self._flush()
            self._keep(event)

    def _is_deaf(self) -> bool:
        """Tell whether whoever writes is dead: the process, or the strand that does not know it yet."""
        return self.is_closed or ((strand := slot.strand) is not None and strand.is_killed)

    def take(self) -> str:
        """Return everything written since the last call, each event on lines of its own."""
        self._flush()
        self.has_written = False
        texts, self._texts = self._texts, []
        return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)

    def _flush(self) -> None:
        if self._partial:
            pieces, self._partial = self._partial, []
            self._add("".join(pieces))

    def _add(self, event: str) -> None:
        event = self._shown(event)
        if self.heard is not None:
            self.heard(event)
        self._keep(event)

    def _keep(self, event: str) -> None:
        self._texts.append(event)
        self.has_written = True
        self._record(event)


class Running(Protocol):
    """What runs in an environment now, as log records name it."""

    @property
    def request_id(self) -> str:
        """The id of its request, "" during init."""

    @property
    def tenant_id(self) -> str | None:
        """The tenant for whom it runs, None for none."""


class LambdaLoggerHandler(logging.Handler):
    """The handler that AWS's runtime puts on the root logger before it imports user code."""

    def __init__(self, stream: LogStream, running: Running) -> None:
        super().__init__()
        self._stream = stream
        self._running = running

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one event; an error in a record is the user's, as on AWS.

        Raises:
            UnicodeEncodeError: it holds half a character, which AWS's runtime cannot write either.
        """
        record.aws_request_id = self._running.request_id
        record.tenant_id = self._running.tenant_id
        event = self.format(record)
        event.encode()
        self._stream.emit(event)


def runtime_handler(version: FunctionVersion, stream: LogStream, running: Running) -> logging.Handler:
    """Return the root logger's handler for one environment."""
    handler = LambdaLoggerHandler(stream, running)
    handler.setFormatter(_json_formatter() if version.log_format == "JSON" else _text_formatter())
    return handler


def runtime_level(version: FunctionVersion) -> int:
    """Return the root logger's level: WARNING in the text format, what is configured in JSON."""
    if version.log_format == "Text":
        return logging.WARNING
    return {"TRACE": logging.NOTSET, "FATAL": logging.CRITICAL}.get(
        version.application_log_level
    ) or logging.getLevelNamesMapping().get(version.application_log_level, logging.NOTSET)


def _text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter


def _json_formatter() -> logging.Formatter:
    formatter = JsonFormatter(datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    return formatter


_RECORD_MEMBERS = frozenset(
    {*vars(logging.makeLogRecord({})), "aws_request_id", "asctime", "message", "taskName", "tenant_id"}
)


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; what is absent is left out, what is `extra` is added."""

    def format(self, record: logging.LogRecord) -> str:
        error_type, error, frames = record.exc_info or (None, None, None)
        members: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": logging.getLevelName(min(max(record.levelno, 0), logging.CRITICAL) // 10 * 10),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(frames) if record.exc_info else None,
            "errorType": error_type.__name__ if error_type is not None else None,
            "errorMessage": str(error) if error is not None else None,
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
        }
        for name, value in vars(record).items():
            if name not in _RECORD_MEMBERS and name not in members:
                members[name] = value
        present = {name: value for name, value in members.items() if value is not None}
        return json.dumps(present, ensure_ascii=False, default=str) + "\n"


# --- Lambda's own lines ------------------------------------------------------------------------------------


Ending = tuple[str, str]
"""Status and error type as reports name them: `("success", "")`, `("timeout", "")`, `("failure", "ValueError")` for a
plain exception, `("error", "Runtime.ExitError")` for a dead process."""


SUCCEEDED: Ending = ("success", "")


def ending(outcome: Outcome) -> Ending:
    """Return status and error type as REPORT and INIT_REPORT show them.

    The platform knows only error types of its own form (the rule of AWS's runtime emulator).
    """
    if not isinstance(outcome, Failure):
        return SUCCEEDED
    match outcome.status:
        case "":
            return ("failure", outcome.error_type)
        case "error":
            is_known = re.fullmatch(r"(?:Runtime|Function|Sandbox|Extension)\.[A-Z][A-Za-z]+", outcome.error_type)
            return ("error", outcome.error_type if is_known else "Runtime.Unknown")
        case status:
            return (status, "")


class PlatformLog(Protocol):
    """What Lambda itself writes about an environment and its invocations, in one of the two formats."""

    def init_start(self, at_us: int, initialization_type: str) -> str:
        """Tell that an init phase begins."""

    def init_report(self, at_us: int, init_us: int, phase: str, ending: Ending) -> str:
        """Tell how an init ended."""

    def invocation(
        self, request_id: str, started_us: int, written: str, report: Report | None, ending: Ending, tenant_id: str = ""
    ) -> str:
        """Tell of a whole invocation, around what user code wrote; without a report it goes on."""

    def attendant(self, at_us: int, kind: str, record: Mapping[str, Any]) -> str:
        """Tell of an extension: `platform.extension`, or that it has subscribed to something."""

    def error(self, at_us: int, error_type: str, message: str, request_id: str, stack_trace: Sequence[str]) -> str:
        """Tell of an unhandled error in user code."""


class TextLog:
    """The text format (recorded)."""

    def __init__(self, version: FunctionVersion, runtime_version_arn: str) -> None:
        self._version = version
        self._runtime_version_arn = runtime_version_arn

    def init_start(self, at_us: int, initialization_type: str) -> str:  # noqa: ARG002 - the text names neither
        return (
            f"INIT_START Runtime Version: {runtime_version(self._version)}\t"
            f"Runtime Version ARN: {self._runtime_version_arn}\n"
        )

    def init_report(self, at_us: int, init_us: int, phase: str, ending: Ending) -> str:  # noqa: ARG002
        return f"INIT_REPORT Init Duration: {init_us / 1000:.2f} ms\tPhase: {phase}{_suffix(ending)}\n"

    def invocation(
        self,
        request_id: str,
        started_us: int,  # noqa: ARG002 - the text does not name it
        written: str,
        report: Report | None,
        ending: Ending,
        tenant_id: str = "",  # noqa: ARG002 - likewise
    ) -> str:
        start = f"START RequestId: {request_id} Version: {self._version.version}\n{written}"
        if report is None:
            return start
        init = f"Init Duration: {report.init_us / 1000:.2f} ms\t" if report.init_us else ""
        return (
            f"{start}END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {report.duration_us / 1000:.2f} ms\t"
            f"Billed Duration: {report.billed_ms} ms\tMemory Size: {report.memory_mb} MB\t"
            f"Max Memory Used: {report.memory_used_mb} MB\t{init}{_suffix(ending)[1:]}\n{_traced(report)}"
        )

    def attendant(self, at_us: int, kind: str, record: Mapping[str, Any]) -> str:  # noqa: ARG002
        head, name, state = _ATTENDANTS[kind], record["name"], record["state"]
        if "types" in record:
            members = f"Types: [{', '.join(each.capitalize() for each in record['types'])}]"
        else:
            members = f"Events: [{', '.join(record['events'])}]"
        error = f"\tError Type: {record['errorType']}" if "errorType" in record else ""
        return f"{head}\tName: {name}\tState: {state}\t{members}{error}\n"

    def error(self, at_us: int, error_type: str, message: str, request_id: str, stack_trace: Sequence[str]) -> str:  # noqa: ARG002
        return error_block(error_type, message, stack_trace) + "\n"


_ATTENDANTS = {
    "platform.extension": "EXTENSION",
    "platform.telemetrySubscription": "TELEMETRY",
    "platform.logsSubscription": "LOGS",
}
"""How lines about extensions begin (unconfirmed: as users report them)."""


def _traced(report: Report) -> str:
    """Return the line that follows REPORT, in the same event, if the trace is sampled (recorded)."""
    if not report.trace_header:
        return ""
    header = read_header(report.trace_header)
    return f"XRAY TraceId: {header.trace_id}\tSegmentId: {header.parent_id}\tSampled: true\t\n"


def _suffix(ending: Ending) -> str:
    status, error_type = ending
    if status not in ("error", "timeout"):
        return ""
    return f"\tStatus: {status}\tError Type: {error_type}" if error_type else f"\tStatus: {status}"


def runtime_version(version: FunctionVersion) -> str:
    """Return how Lambda calls the version of a runtime: `python:3.12.v38`, `nodejs:20.v38`, `provided:al2023.v38`."""
    name = re.sub(r"^([a-z]+)\.?", r"\1:", version.runtime.removesuffix(".x"))
    return f"{name}.{RUNTIME_BUILD}"


class JsonLog:
    """The JSON format: telemetry events, one object a line (recorded)."""

    def __init__(self, version: FunctionVersion, runtime_version_arn: str, clock: Clock) -> None:
        self._version = version
        self._runtime_version_arn = runtime_version_arn
        self._clock = clock
        self._is_verbose = version.system_log_level != "WARN"

    def init_start(self, at_us: int, initialization_type: str) -> str:
        record = init_start_record(self._version, self._runtime_version_arn, initialization_type)
        return self._line(at_us, "initStart", record)

    def init_report(self, at_us: int, init_us: int, phase: str, ending: Ending) -> str:
        status, error_type = ending
        record: dict[str, object] = {
            "initializationType": "on-demand",
            "phase": phase,
            "status": status,
            "metrics": {"durationMs": init_us / 1000},
        }
        if error_type:
            record["errorType"] = error_type
        return self._line(at_us, "initReport", record)

    def attendant(self, at_us: int, kind: str, record: Mapping[str, Any]) -> str:
        return self._line(at_us, kind.partition(".")[2], dict(record))

    def invocation(
        self, request_id: str, started_us: int, written: str, report: Report | None, ending: Ending, tenant_id: str = ""
    ) -> str:
        start = self._line(started_us, "start", start_record(self._version, request_id, tenant_id))
        if report is None:
            return start + written
        end = report_record(request_id, report, ending, tenant_id)
        return f"{start}{written}{self._line(started_us + report.duration_us, 'report', end)}"

    def error(self, at_us: int, error_type: str, message: str, request_id: str, stack_trace: Sequence[str]) -> str:
        members = {
            "timestamp": self._clock.iso_ms(at_us)[:-5] + "Z",
            "level": "ERROR",
            "errorMessage": message,
            "errorType": error_type,
            "requestId": request_id,
            "stackTrace": list(stack_trace),
        }
        return json.dumps(members, ensure_ascii=self._version.runtime in RUNTIMES_WITH_ESCAPES) + "\n"

    def _line(self, at_us: int, kind: str, record: dict[str, object] | dict[str, str]) -> str:
        if not self._is_verbose:
            return ""
        event = {"time": self._clock.iso_ms(at_us), "type": f"platform.{kind}", "record": record}
        return json.dumps(event, separators=(",", ":")) + "\n"


def init_start_record(version: FunctionVersion, runtime_version_arn: str, initialization_type: str) -> dict[str, str]:
    """Return what Lambda tells of the beginning of an environment."""
    return {
        "initializationType": initialization_type,
        "phase": "init",
        "runtimeVersion": runtime_version(version),
        "runtimeVersionArn": runtime_version_arn,
    }


def start_record(version: FunctionVersion, request_id: str, tenant_id: str) -> dict[str, str]:
    """Return what Lambda tells of the start of an invocation."""
    tenant = {"tenantId": tenant_id} if tenant_id else {}
    return {"requestId": request_id, "functionArn": version.function_arn, "version": version.version, **tenant}


def runtime_done_record(request_id: str, duration_us: int, outcome: Outcome) -> dict[str, Any]:
    """Return what Lambda tells subscribers of the end of a handler."""
    status, error_type = ending(outcome)
    payload = outcome.payload if isinstance(outcome, Success | Failure) else ""
    metrics = {"durationMs": duration_us / 1000, "producedBytes": len(payload.encode())}
    error = {"errorType": error_type} if error_type else {}
    return {"requestId": request_id, "status": status, **error, "metrics": metrics}


def report_record(request_id: str, report: Report, ending: Ending, tenant_id: str) -> dict[str, Any]:
    """Return what Lambda tells of the end of an invocation."""
    metrics = {
        "durationMs": report.duration_us / 1000,
        "billedDurationMs": report.billed_ms,
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.memory_used_mb,
    }
    if report.init_us:
        metrics["initDurationMs"] = report.init_us / 1000
    status, error_type = ending
    record: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": status}
    if tenant_id:
        record["tenantId"] = tenant_id
    if error_type:
        record["errorType"] = error_type
    if report.trace_header:
        record["tracing"] = _tracing(report.trace_header)
    return record


def _tracing(header: str) -> dict[str, str]:
    """Return how platform events name the trace (documented)."""
    return {"spanId": read_header(header).parent_id, "type": "X-Amzn-Trace-Id", "value": header}
