"""What would stand in CloudWatch? The log of every invocation, rebuilt from the trace, and what came back."""

from collections.abc import Iterator, Mapping, Sequence

from eventsim.calls.log_reading import LOG_KINDS, LogReading
from eventsim.clock import Clock
from eventsim.report.wording import printable, shortened
from eventsim.trace import Entry, Trace

LINES_SHOWN_MAX = 20
"""A run with more log lines than this shows them only when asked."""

RESULT_CHARACTERS_MAX = 400
"""Of a result, unless logs are asked for: five lines of a terminal."""

_FRAME_LINES = 3


def log_line_count(trace: Trace) -> int:
    """Return about how many lines `function_logs` gives, without going through the trace."""
    return trace.count("logged") + _FRAME_LINES * trace.count("reported")


def function_logs(trace: Trace, clock: Clock, *, is_whole: bool = True) -> Iterator[str]:
    """Yield the log of each invocation when it ends, with its environment's if that began with it, and its result.

    What extensions write when an environment ends comes last.

    Args:
        is_whole: whether results are told however long they are.
    """
    reading = LogReading(clock)
    written: dict[str, list[str]] = {}
    results: dict[str, str] = {}
    late: dict[str, list[str]] = {}
    for entry in trace.entries(LOG_KINDS):
        is_late = entry.kind == "logged" and entry.subject not in written
        if is_late:
            texts = late.setdefault(f"{_heading(entry)}, afterwards", [])
        else:
            texts = written.setdefault(entry.subject, [])
        texts.extend(line for _, line in reading.read(entry))
        if entry.kind == "succeeded":
            results[entry.subject] = str(entry.detail.get("result", "") if isinstance(entry.detail, Mapping) else "")
        elif entry.kind == "reported":
            result = results.pop(entry.subject, "")
            yield from _told(_heading(entry), written.pop(entry.subject), result if is_whole else _cut(result))
    for heading, texts in late.items():
        yield from _told(heading, texts, "")


def _heading(entry: Entry) -> str:
    return f"{entry.subject.partition(' ')[2]} · {entry.place.partition(' ')[2]}"


def _told(heading: str, events: Sequence[str], result: str) -> Iterator[str]:
    yield heading
    for event in events:
        for line in event.rstrip("\n").split("\n"):
            yield "  " + printable(line.replace("\t", "  ")).rstrip()
    if result:
        yield f"  result: {printable(result)}"


def _cut(result: str) -> str:
    if len(result) <= RESULT_CHARACTERS_MAX:
        return result
    return f"{shortened(result, RESULT_CHARACTERS_MAX)} ({len(result):,} characters; --logs shows them)"
