"""Errors: facts with a name, wherever they are told."""

import pickle

import pytest

from eventsim.errors import (
    ApiError,
    ConfigurationError,
    EventsimError,
    Livelock,
    NotSimulated,
    Stalled,
    UntrackedWakeup,
)
from eventsim.simulation import FunctionFailed


@pytest.mark.parametrize(
    "error",
    [
        ApiError("NoSuchKey", "The specified key does not exist.", status=404, fields={"Key": "k"}),
        ConfigurationError("wrong", key="functions.f"),
        FunctionFailed({"errorType": "ValueError", "errorMessage": "x", "stackTrace": ["in f\n"]}),
        Livelock(1.0, 5, ["who"]),
        NotSimulated("bedrock", "InvokeModel"),
        Stalled(1.0, ["who"]),
        UntrackedWakeup("what", "where"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_in_another_process(error: EventsimError) -> None:
    """Pools of processes pickle what their workers raise; one that cannot be read again breaks the pool."""
    again = pickle.loads(pickle.dumps(error))

    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
