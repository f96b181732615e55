"""`eventsim new [DIR]`: write a small project to begin with, which runs, tests and explains itself."""

import argparse
import shlex
from importlib import resources
from pathlib import Path

from eventsim.cli.exit_code import ExitCode
from eventsim.cli.output import say
from eventsim.errors import ScenarioError

FILES = ("scenario.yaml", "app.py", "test_app.py", "README.md")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder for it; the current one if not given",
    )


def carry_out(chosen: argparse.Namespace) -> int:
    """Write the files; nothing is overwritten."""
    folder: Path = chosen.folder
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise ScenarioError(f"{folder / there[0]} is there already, and nothing is overwritten; name another folder")
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path = folder / name
            text = resources.files("eventsim.cli").joinpath("begin", f"{name}.txt").read_text(encoding="utf-8")
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise ScenarioError(f"{error.filename or folder}: cannot write: {error.strerror}") from None
    run, test = (shlex.join(words) for words in (("eventsim", "run", str(folder / FILES[0])), ("pytest", str(folder))))
    say(f"Written: {', '.join(str(path) for path in made)}\nRun it:  {run}\nTest it: {test}")
    return ExitCode.FINE
