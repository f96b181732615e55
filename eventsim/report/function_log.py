"""What would stand in CloudWatch? The log of every invocation, rebuilt from the trace, and what came back."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from eventsim.environment.logs import TextLog
from eventsim.function.function import FunctionVersion
from eventsim.outcome import Report
from eventsim.report.saved import Happenings
from eventsim.report.wording import printable
from eventsim.trace import Entry, Trace

LINES_SHOWN_MAX = 20
"""A run with more log lines than this shows them only when asked."""

_FRAME_LINES = 3
_KINDS = ("started", "logged", "succeeded", "failed", "timed out", "reported")


class _Open(Struct, kw_only=True):
    started: Entry
    preface: str = ""
    written: str = ""
    ending: tuple[str, str] = ("", "")
    duration_us: int = 0
    result: str = ""


def log_line_count(trace: Trace) -> int:
    """Return about how many lines `function_logs` gives, without going through the trace."""
    return trace.count("logged") + _FRAME_LINES * trace.count("reported")


def function_logs(happenings: Happenings) -> Iterator[str]:
    """Yield the log of each invocation when it ends: START, what it wrote, END, REPORT, and its result."""
    running: dict[str, _Open] = {}
    before: dict[str, str] = {}
    for entry in happenings.entries(_KINDS):
        one = running.get(entry.subject)
        detail = entry.detail if isinstance(entry.detail, Mapping) else {}
        match entry.kind:
            case "started":
                running[entry.subject] = _Open(started=entry, preface=before.pop(entry.subject, ""))
            case "logged" if one is not None:
                one.written += _line(detail)
            case "logged":
                before[entry.subject] = before.get(entry.subject, "") + _line(detail)
            case "succeeded" if one is not None:
                one.duration_us, one.result = entry.value, str(detail.get("result", ""))
            case "reported" if one is not None:
                yield from _told(running.pop(entry.subject), entry)
            case _ if one is not None:
                one.duration_us, one.ending = entry.value, (str(detail.get("status", "")), "")


def _line(detail: Mapping[str, object]) -> str:
    text = str(detail.get("text", ""))
    return text if text.endswith("\n") else text + "\n"


def _told(one: _Open, reported: Entry) -> Iterator[str]:
    started = one.started
    name = started.place.partition(" ")[2]
    billing = reported.detail
    report = Report(
        duration_us=one.duration_us,
        billed_ms=reported.value,
        memory_mb=billing["memory_mb"],
        memory_used_mb=billing["memory_used_mb"],
        init_us=billing.get("init_us", 0),
    )
    version = FunctionVersion(function=name, version=started.detail["version"], function_arn="", handler="")
    log = TextLog(version, "").invocation(started.detail["request_id"], started.at_us, one.written, report, one.ending)
    yield f"{started.subject.partition(' ')[2]} · {name}"
    for line in (one.preface + log).rstrip("\n").split("\n"):
        yield "  " + printable(line.replace("\t", "  ")).rstrip()
    if one.result:
        yield f"  result: {printable(one.result)}"
