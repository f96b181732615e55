"""Which log events does the trace mean? What user code wrote stands in it; Lambda's own lines are made of its facts.

START, END and REPORT are made here, in the words of `environment.logs`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim.clock import Clock
from eventsim.environment.logs import log_event
from eventsim.environment.platform_log import JsonLog, PlatformLog, TextLog, ending
from eventsim.function.function import FunctionVersion
from eventsim.outcome import Failure, Outcome, Report, Success
from eventsim.trace import Entry

LOG_KINDS = ("cold start", "started", "logged", "succeeded", "failed", "timed out", "reported")
"""The entries that are to be read, in order."""
_NO_REPORT = Report(duration_us=0, billed_ms=0, memory_mb=0, memory_used_mb=0)


class LogPlace(Struct, frozen=True, gc=False):
    """Where an environment writes, and in which words Lambda writes there itself."""

    group: str
    stream: str
    log: PlatformLog


class _Running(Struct):
    """An invocation that has started and is not yet reported."""

    place: LogPlace
    request_id: str
    started_us: int
    tenant_id: str
    duration_us: int = 0
    outcome: Outcome = Success("")


class LogReading:
    """Goes through the trace once and says which events stand in which stream.

    A `logged` entry is caused by the `cold start` or the `started` entry of its environment.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of_environment: dict[tuple[str, int], LogPlace] = {}
        self._of_entry: dict[int, LogPlace] = {}
        self._running: dict[str, _Running] = {}

    def read(self, entry: Entry) -> Sequence[tuple[LogPlace, str]]:
        """Return the log events that an entry means."""
        detail: Any = entry.detail or {}
        match entry.kind:
            case "cold start":
                self._open(entry, detail)
            case "started":
                return self._start(entry, detail)
            case "logged":
                place = self._of_entry.get(entry.cause)
                return [] if place is None else [(place, log_event(detail["text"]))]
            case "reported":
                return self._report(entry, detail)
            case _:
                self._end(entry, detail)
        return []

    def _open(self, entry: Entry, detail: Mapping[str, Any]) -> None:
        function = entry.place.partition(" ")[2]
        version = FunctionVersion(
            function=function,
            version=detail["version"],
            function_arn=detail.get("function_arn", ""),
            handler="",
            system_log_level=detail.get("system_log_level", "INFO"),
        )
        log = JsonLog(version, "", self._clock) if detail.get("log_format") == "JSON" else TextLog(version, "")
        group = detail.get("log_group", f"/aws/lambda/{function}")
        place = LogPlace(group, detail["log_stream"], log)
        self._of_environment[entry.place, entry.value] = self._of_entry[entry.number] = place

    def _start(self, entry: Entry, detail: Mapping[str, Any]) -> list[tuple[LogPlace, str]]:
        place = self._of_environment.get((entry.place, entry.value))
        if place is None:
            return []
        self._of_entry[entry.number] = place
        self._running[entry.subject] = _Running(place, detail["request_id"], entry.at_us, detail.get("tenant_id", ""))
        return [(place, line) for line in self._lines(self._running[entry.subject], _NO_REPORT)[:1]]

    def _end(self, entry: Entry, detail: Mapping[str, Any]) -> None:
        running = self._running.get(entry.subject)
        if running is not None:
            running.duration_us = entry.value
            if entry.kind != "succeeded":
                running.outcome = Failure(
                    error_type=detail["error_type"], message="", payload="", status=detail["status"]
                )

    def _report(self, entry: Entry, detail: Mapping[str, Any]) -> list[tuple[LogPlace, str]]:
        running = self._running.pop(entry.subject, None)
        if running is None:
            return []
        if "status" in detail:  # of extensions, when the handler was done
            running.outcome = Failure(error_type=detail["error_type"], message="", payload="", status=detail["status"])
        report = Report(
            duration_us=detail.get("duration_us", running.duration_us),
            billed_ms=entry.value,
            memory_mb=detail["memory_mb"],
            memory_used_mb=detail["memory_used_mb"],
            init_us=detail.get("init_us", 0),
            trace_header=detail.get("trace_header", ""),
        )
        return [(running.place, line) for line in self._lines(running, report)[1:]]

    def _lines(self, running: _Running, report: Report) -> list[str]:
        """Return what Lambda itself writes about an invocation: the first line as it starts, the others at its end."""
        log = running.place.log
        end = ending(running.outcome)
        text = log.invocation(running.request_id, running.started_us, "", report, end, running.tenant_id)
        lines, traced, trace = text.partition("\nXRAY ")  # a further line of the same event
        events = lines.splitlines(keepends=True)
        if traced:
            events[-1] += f"{traced}{trace}"
        return events
