"""Does a simulation tell what happened so far, to a test as to the command line?"""

from pathlib import Path

import pytest

from eventsim import ConfigurationError, SyncSimulation, TraceFileError, save_report, save_trace, story
from eventsim.report.saved import SavedTrace


@pytest.fixture
def simulation() -> SyncSimulation:
    """One message is in a queue, and ten seconds pass."""
    with SyncSimulation(seed=7) as simulation:
        simulation.add_source("queues", "orders")
        simulation.send("orders", "one")
        simulation.advance("10 s")
        return simulation


def test_a_story_is_told_in_the_middle_of_a_run(simulation: SyncSimulation) -> None:
    """At a breakpoint, say."""
    assert "message m1 was sent to queue orders (size 3 bytes)" in story(simulation, "m1")


def test_a_story_of_nobody_names_who_there_is(simulation: SyncSimulation) -> None:
    """As on the command line."""
    with pytest.raises(ConfigurationError, match="did you mean `m1`"):
        story(simulation, "m11")


def test_a_trace_that_was_saved_is_the_same_run(simulation: SyncSimulation, tmp_path: Path) -> None:
    """With its name, its seed and its digest."""
    save_trace(simulation, tmp_path / "run.jsonl", name="orders")

    saved = SavedTrace(tmp_path / "run.jsonl")
    assert (saved.heading.scenario, saved.heading.seed, saved.heading.digest) == ("orders", 7, simulation.digest())
    assert list(saved.entries()) == list(simulation.trace.entries())


def test_a_report_is_a_page(simulation: SyncSimulation, tmp_path: Path) -> None:
    """Of the part that is asked for."""
    save_report(simulation, tmp_path / "all.html", name="orders")
    save_report(simulation, tmp_path / "late.html", since="5 s")

    assert "message m1 was sent" in (tmp_path / "all.html").read_text()
    assert "message m1 was sent" not in (tmp_path / "late.html").read_text()


def test_a_folder_that_is_not_there_is_told(simulation: SyncSimulation, tmp_path: Path) -> None:
    """In a sentence, for traces and pages."""
    with pytest.raises(TraceFileError, match="cannot write the trace: No such file or directory"):
        save_trace(simulation, tmp_path / "no" / "run.jsonl")
    with pytest.raises(TraceFileError, match="cannot write the page: No such file or directory"):
        save_report(simulation, tmp_path / "no" / "run.html")
