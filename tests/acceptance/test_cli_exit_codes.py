"""Which exit code does an error have?"""

import pytest

from eventsim.cli.exit_code import ExitCode, exit_code_of
from eventsim.errors import (
    ConfigurationError,
    EventsimError,
    Livelock,
    NotSimulated,
    ScenarioError,
    Stalled,
    StorageError,
    TraceFileError,
    UntrackedWakeup,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(ScenarioError("?"), ExitCode.WRONG_INPUT, id="scenario"),
        pytest.param(ConfigurationError("?"), ExitCode.WRONG_INPUT, id="configuration"),
        pytest.param(TraceFileError("?"), ExitCode.WRONG_INPUT, id="trace file"),
        pytest.param(NotSimulated("ses", "SendEmail"), ExitCode.WRONG_INPUT, id="not simulated"),
        pytest.param(Stalled(1.0, ["somebody"]), ExitCode.STALLED, id="stalled"),
        pytest.param(Livelock(1.0, 5, ["somebody"]), ExitCode.STALLED, id="livelock"),
        pytest.param(StorageError("?"), ExitCode.INTERNAL, id="storage"),
        pytest.param(UntrackedWakeup("?", "thread"), ExitCode.INTERNAL, id="untracked wake-up"),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(error: EventsimError, code: int) -> None:
    """2 is the user's, 3 the run's, 4 ours or the machine's."""
    assert exit_code_of(error) == code
