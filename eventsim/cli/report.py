"""`eventsim report TRACE`: draw a run as a page for the browser."""

import argparse
from pathlib import Path

from eventsim.cli.exit_code import ExitCode
from eventsim.cli.options import duration
from eventsim.cli.output import say
from eventsim.errors import TraceFileError
from eventsim.quantity import duration_us
from eventsim.report.saved import SavedTrace
from eventsim.report.told import fill_page
from eventsim.report.whole_file import WholeFile
from eventsim.report.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a file that `eventsim run --trace` wrote")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the page, if not TRACE with `.html`")
    parser.add_argument("--since", type=duration, metavar="TIME", help="begin so long after the run began: `2 h`")
    parser.add_argument("--until", type=duration, metavar="TIME", help="end so long after the run began")


def carry_out(chosen: argparse.Namespace) -> int:
    """Write the page."""
    trace = SavedTrace(chosen.trace)
    path: Path = chosen.output or chosen.trace.with_suffix(".html")
    if path.resolve() == chosen.trace.resolve():
        raise TraceFileError(f"{path}: is the trace itself; name the page with --output FILE")
    since_us = 0 if chosen.since is None else duration_us(chosen.since)
    until_us = None if chosen.until is None else duration_us(chosen.until)
    count = draw(trace, path, since_us=since_us, until_us=until_us)
    shown = "all" if count == trace.heading.entries else f"{count:,} of"
    say(f"{path} shows {shown} {counted(trace.heading.entries, 'entry', 'entries')}: open it in a browser")
    return ExitCode.FINE


def draw(trace: SavedTrace, path: Path, *, since_us: int = 0, until_us: int | None = None) -> int:
    """Draw a trace that was saved, or a part of it; return how many entries the page shows."""
    with WholeFile(path, "page") as file:
        return fill_page(file, trace.heading, trace, since_us=since_us, until_us=until_us)
