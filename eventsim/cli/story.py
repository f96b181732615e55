"""`eventsim story TRACE [NAME]`: tell what happened to one message, invocation or object."""

import argparse
from pathlib import Path

from eventsim.cli.exit_code import ExitCode
from eventsim.cli.output import say, width
from eventsim.report.saved import SavedTrace
from eventsim.report.story import list_subjects, tell_story
from eventsim.report.wording import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("trace", type=Path, metavar="TRACE", help="a file that `eventsim run --trace` wrote")
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="m7, i3, an object's key, a queue, a rule, a function, a logical id, a request id; without it, all who "
        "have a story",
    )
    parser.add_argument("--all", action="store_true", help="leave nothing out, however long it becomes")


def carry_out(chosen: argparse.Namespace) -> int:
    """Tell a story, or list who has one."""
    trace = SavedTrace(chosen.trace)
    if chosen.name:
        lines = tell_story(trace, chosen.name, width=width(), is_whole=chosen.all)
    else:
        lines = list_subjects(trace, width=width(), is_whole=chosen.all)
    heading = trace.heading
    told = "\n".join(lines).replace("story TRACE", f"story {chosen.trace}")
    began = f"{heading.start:%Y-%m-%d %H:%M:%S} UTC"
    say(f"{printable(heading.scenario) or 'a run'}, seed {heading.seed}; times count from {began}\n\n{told}")
    return ExitCode.FINE
