"""What does the shell learn from a command?"""

from enum import IntEnum

from eventsim.errors import EventsimError, Livelock, Stalled, StorageError, UntrackedWakeup


class ExitCode(IntEnum):
    """The exit codes of every command."""

    FINE = 0
    EXPECTATION_FAILED = 1
    WRONG_INPUT = 2
    """The scenario, a file or the command line is wrong."""
    STALLED = 3
    """The run stalled or livelocked."""
    INTERNAL = 4
    """A mistake in eventsim, or the disk failed while it ran."""
    INTERRUPTED = 130
    """Ctrl-C, as shells have it."""


def exit_code_of(error: EventsimError) -> ExitCode:
    """Return the exit code for an error that ended a command."""
    match error:
        case Stalled() | Livelock():
            return ExitCode.STALLED
        case StorageError() | UntrackedWakeup():
            return ExitCode.INTERNAL
        case _:
            return ExitCode.WRONG_INPUT
