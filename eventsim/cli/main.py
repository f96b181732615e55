"""Which command is meant, and how does it end? The command line of eventsim.

Every verb has a file of its own, imported when it is called. Bad input ends in one message, never in a traceback.
"""

import argparse
import contextlib
import gc
import importlib
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from eventsim.cli.exit_code import ExitCode, exit_code_of
from eventsim.cli.output import complain, open_streams, say
from eventsim.errors import EventsimError

VERBS = {
    "run": "run a scenario in virtual time and show what came of it",
    "sweep": "run a scenario under many seeds and tell which of them fail",
    "deploy-report": "show what of a template would work, what is inert and what is missing",
    "check": "find everything that is wrong with a scenario without running it",
    "story": "tell what happened to one message, invocation or object",
    "report": "draw a run as a page for the browser",
    "pattern": "tell whether an event pattern matches an event, and why",
    "new": "write a small project to begin with",
    "serve": "serve AWS's APIs on one port of this machine",
    "exec": "run a command against a server of its own",
}

_ENDINGS = """\
exit codes:
  0  fine
  1  an expectation failed
  2  the scenario or the command line is wrong
  3  the run stalled or livelocked
  4  eventsim itself failed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command and return its exit code."""
    open_streams()
    try:
        with contextlib.nullcontext() if arguments is not None else _nothing_is_garbage():
            chosen = _parser(arguments).parse_args(arguments)
            verb = importlib.import_module(_module_of(chosen.verb))
        code: int = verb.carry_out(chosen)
    except EventsimError as error:
        complain(str(error))
        return exit_code_of(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        complain(f"{place}{error.strerror or error}")
        return ExitCode.INTERNAL
    except KeyboardInterrupt:
        complain("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: whatever comes here is our mistake
        complain(_confession(error))
        return ExitCode.INTERNAL
    return code


@contextlib.contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """Let what is imported stay for good in a process of our own: to look through it takes a fifth of a short run."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Lays help out alike on every Python: an option of two names has its value behind the last, as since 3.13."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if len(action.option_strings) < 2 or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {action.metavar}"


_COMMANDS_COLUMN = 17
"""Where the help of commands stands: Pythons before 3.13 forget that commands are indented, and put it there."""


def _parser(arguments: Sequence[str] | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventsim",
        description="Run event-driven, AWS-Lambda-style architectures in virtual time.",
        epilog=_ENDINGS,
        formatter_class=partial(_Layout, max_help_position=_COMMANDS_COLUMN),
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    asked = next((word for word in (sys.argv[1:] if arguments is None else arguments) if word in VERBS), "")
    for name, says in VERBS.items():
        verb = verbs.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.", formatter_class=_Layout)
        if name == asked:
            importlib.import_module(_module_of(name)).add_arguments(verb)
    return parser


def _module_of(verb: str) -> str:
    return f"eventsim.cli.{verb.replace('-', '_')}"


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        say(f"eventsim {version('eventsim')}")
        parser.exit()


def _confession(error: Exception) -> str:
    """Return what to say of a mistake of our own: where it happened, in one line."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = "" if frame is None else f" at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
    return f"this is a mistake in eventsim, please report it: {type(error).__name__}: {error}{place}"
