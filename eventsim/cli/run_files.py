"""Which files does a run leave behind? A trace, a page and policies, as the command line asks."""

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from eventsim.assembly import Assembly
from eventsim.report.saved import TraceFile
from eventsim.report.told import draw_report, heading_of
from eventsim.report.whole_file import WholeFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write everything that happened, as JSON lines")
    parser.add_argument("--report", type=Path, metavar="FILE", help="draw the run as a page for the browser")
    parser.add_argument(
        "--policies",
        type=Path,
        metavar="FILE",
        help="write the least policy of IAM for each function, and each role of another service: what calls needed",
    )


class RunFiles:
    """The files, opened before the run, so that a folder in which nobody may write is found at once.

    Raises:
        TraceFileError: one of them cannot be made.
    """

    def __init__(self, chosen: argparse.Namespace) -> None:
        with ExitStack() as opened:
            self._trace = None if chosen.trace is None else opened.enter_context(TraceFile(chosen.trace))
            self._page = None if chosen.report is None else opened.enter_context(WholeFile(chosen.report, "page"))
            self._policies = (
                None if chosen.policies is None else opened.enter_context(WholeFile(chosen.policies, "policies"))
            )
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def write(self, world: Assembly, name: str) -> None:
        """Write what happened in a world so far.

        Args:
            name: what the run is called.

        Raises:
            StorageError: the disk is full or failed.
        """
        if self._trace is not None:
            self._trace.write(heading_of(world, name), world.trace.entries())
        if self._page is not None:
            draw_report(world, self._page, name=name)
        if self._policies is not None:
            text = json.dumps(world.permissions_needed(), indent=2) + "\n"
            self._policies.fill(lambda file: file.write(text.encode()))
