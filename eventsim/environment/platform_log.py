"""What does Lambda itself write into the log? INIT_START, START, END, REPORT, word for word, in its two formats.

These lines say only what the trace says anyway.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eventsim.clock import Clock
from eventsim.function.function import FunctionVersion
from eventsim.function.runtime import RUNTIMES_WITH_ESCAPES
from eventsim.outcome import Failure, Outcome, Report, Success
from eventsim.trace_header import read_header

NO_BREAK_SPACE = "\u00a0"
RUNTIME_BUILD = "v38"
"""The build of a runtime that INIT_START names; AWS counts it up with every patch (recorded for python3.12)."""

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
