"""Is a saved trace the trace that was saved, and is a broken one told apart?"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim.errors import StorageError, TraceFileError
from eventsim.report.saved import Heading, SavedTrace, TraceFile
from eventsim.trace import Trace


class Now:
    """The time of a test."""

    now_us = 0


@pytest.fixture
def trace() -> Trace:
    """A trace of three entries."""
    now = Now()
    told = Trace(now)
    sent = told.kind("sent", "{subject} was sent to {place}", value="size_bytes")
    failed = told.kind("failed", "{subject} fails: {message}")
    message, queue = told.new_subject("message", "m"), told.subject("queue", "orders")
    first = told.record(sent, message, queue, 0, 12)
    now.now_us = 120_000_250
    told.record(failed, message, queue, first, -1, {"message": "é\n\x1b", "parts": [1, 2.5, None]})
    told.record(sent, cause=2)
    return told


def save(trace: Trace, path: Path) -> Path:
    """Write a trace as the command does."""
    with TraceFile(path) as file:
        heading = Heading(scenario="s", digest=trace.digest(), entries=len(trace), kinds=list(trace.kinds))
        file.write(heading, trace.entries())
    return path


def test_a_saved_trace_looks_the_same_as_a_live_one(trace: Trace, tmp_path: Path) -> None:
    """Reports cannot tell one from the other."""
    saved = SavedTrace(save(trace, tmp_path / "run.jsonl"))

    assert list(saved.entries()) == list(trace.entries())
    assert tuple(saved.kinds) == trace.kinds
    assert saved.heading.digest == trace.digest()


def test_only_entries_of_some_kinds_may_be_asked_for(trace: Trace, tmp_path: Path) -> None:
    """A saved trace and a live one filter alike, and keep the numbers."""
    saved = SavedTrace(save(trace, tmp_path / "run.jsonl"))

    assert [entry.number for entry in saved.entries(["failed"])] == [2]
    assert list(saved.entries(["failed", "nonsense"])) == list(trace.entries(["failed", "nonsense"]))


def test_time_is_exact_decimal_text(trace: Trace, tmp_path: Path) -> None:
    """A float would lose microseconds after a few years; text does not."""
    lines = save(trace, tmp_path / "run.jsonl").read_text().splitlines()

    assert json.loads(lines[2])["t"] == "120.000250"


def cut_off(text: str) -> str:
    return "\n".join(text.splitlines()[:-1]) + "\n"


def cut_in_a_line(text: str) -> str:
    return text[:-40]


def without_one(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:1], *lines[2:]])


def back_in_time(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:3], lines[3].replace('"t":"', '"t":"-'), *lines[4:]])


def of_no_kind(text: str) -> str:
    heading, entries = text.split("\n", 1)
    return f"{heading}\n{entries.replace('sent', 'lost', 1)}"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(cut_off, r":4: .* ends after 2 of 3 entries", id="cut off"),
        pytest.param(cut_in_a_line, r":4: .* is not an entry", id="cut in a line"),
        pytest.param(without_one, r":2: .* entry 2 where entry 1 should be", id="a line is missing"),
        pytest.param(back_in_time, ":4: .* is earlier than the one before", id="time runs backwards"),
        pytest.param(of_no_kind, ":2: .* of the kind 'lost', of which the heading knows nothing", id="no such kind"),
        pytest.param(lambda _: "", ":1: .* not the heading", id="empty"),
        pytest.param(lambda _: "[1]\n", ":1: .* not the heading", id="some other JSON"),
        pytest.param(lambda _: '{"eventsim_trace": 99}\n', "has format 99", id="another format"),
        pytest.param(lambda _: '{"eventsim_trace": 1, "seed": "x"}\n', ":1: .* not the heading", id="a wrong heading"),
    ],
)
def test_a_broken_trace_is_told_with_its_line(
    trace: Trace, tmp_path: Path, damage: Callable[[str], str], message: str
) -> None:
    """Nobody shall look for the story of a message in half a trace."""
    path = save(trace, tmp_path / "run.jsonl")
    path.write_text(damage(path.read_text()))

    with pytest.raises(TraceFileError, match=message):
        list(SavedTrace(path).entries())


def test_binary_junk_is_no_trace(tmp_path: Path) -> None:
    """Any file may be named by mistake."""
    path = tmp_path / "junk"
    path.write_bytes(bytes(range(256)) * 100)

    with pytest.raises(TraceFileError, match="not the heading"):
        SavedTrace(path)


def test_a_trace_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """A run that ends early leaves the older file as it was, and no other."""
    path = tmp_path / "run.jsonl"
    path.write_text("older")

    with TraceFile(path):
        pass

    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_found_before_the_run(tmp_path: Path) -> None:
    """After an hour's run it would be too late."""
    with pytest.raises(TraceFileError, match="No such file or directory"):
        TraceFile(tmp_path / "nowhere" / "run.jsonl")


@pytest.mark.parametrize("device", ["/dev/full"])
def test_a_full_disk_is_told_in_a_sentence(trace: Trace, device: str) -> None:
    """The trace cannot be kept; the run itself was fine."""
    path = Path(device)

    with TraceFile(path) as file, pytest.raises(StorageError, match="No space left on device"):
        file.write(Heading(entries=len(trace)), trace.entries())

    assert path.exists()


def test_a_special_file_is_written_to_and_not_replaced(trace: Trace) -> None:
    """`--trace /dev/null` must not put a file in its place."""
    save(trace, Path(os.devnull))

    assert Path(os.devnull).is_char_device()
