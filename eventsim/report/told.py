"""What can a simulation tell of its run so far? A story, a trace file, a page."""

from pathlib import Path

from eventsim.assembly import Assembly
from eventsim.quantity import Duration, duration_us
from eventsim.report.run_page import run_page
from eventsim.report.saved import Happenings, Heading, TraceFile
from eventsim.report.story import tell_story
from eventsim.report.text import WIDTH_DEFAULT
from eventsim.report.timeline import timeline
from eventsim.report.whole_file import WholeFile


def heading_of(world: Assembly, name: str) -> Heading:
    """Return what stands above a run's trace.

    Args:
        name: of the scenario, the test, the server's world.
    """
    trace = world.trace
    return Heading(
        scenario=name,
        seed=world.seed,
        start=world.clock.start_at,
        digest=trace.digest(),
        entries=len(trace),
        kinds=list(trace.kinds),
    )


def story(simulation: Assembly, name: str) -> str:
    """Return what happened to a message, an invocation, an object, a rule, so far, in English.

    Args:
        name: `m7`, `i3`, an object's key, a request id: whatever `eventsim story` takes.

    Raises:
        ConfigurationError: nobody is called so, or several are; the text says who there is.
    """
    return "\n".join(tell_story(simulation.trace, name, width=WIDTH_DEFAULT))


def save_trace(simulation: Assembly, path: Path | str, *, name: str = "") -> None:
    """Write all that happened so far into a file, for `eventsim story` and `eventsim report`.

    Args:
        path: of the file; it is there whole, or as it was before.
        name: what the run is called.

    Raises:
        TraceFileError: the file cannot be made.
        StorageError: the disk is full or failed.
    """
    with TraceFile(Path(path)) as file:
        file.write(heading_of(simulation, name), simulation.trace.entries())


def save_report(
    simulation: Assembly,
    path: Path | str,
    *,
    name: str = "",
    since: Duration = 0,
    until: Duration | None = None,
) -> None:
    """Draw the run so far as a page for the browser.

    Args:
        path: of the page; it is there whole, or as it was before.
        name: what the run is called.
        since: how long after the beginning the picture begins, such as `2 h`.
        until: how long after the beginning it ends.

    Raises:
        TraceFileError: the file cannot be made.
        StorageError: the disk is full or failed.
    """
    with WholeFile(Path(path), "page") as file:
        draw_report(simulation, file, name=name, since=since, until=until)


def draw_report(
    simulation: Assembly, file: WholeFile, *, name: str, since: Duration = 0, until: Duration | None = None
) -> None:
    """Draw the run so far into a file that is open already.

    Raises:
        StorageError: the disk is full or failed.
    """
    until_us = None if until is None else duration_us(until)
    heading = heading_of(simulation, name)
    fill_page(file, heading, simulation.trace, since_us=duration_us(since), until_us=until_us)


def fill_page(
    file: WholeFile, heading: Heading, happenings: Happenings, *, since_us: int = 0, until_us: int | None = None
) -> int:
    """Draw a run, live or saved, into a file; return how many entries are shown.

    Raises:
        StorageError: the disk is full or failed.
    """
    drawn = timeline(happenings, since_us=since_us, until_us=until_us)
    page = run_page(heading, happenings, drawn)
    file.fill(lambda output: output.write(page.encode()))
    return len(drawn.entries)
