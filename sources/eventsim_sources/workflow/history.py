"""What happened in an execution? Its events, numbered from 1, each with the one before it."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import Clock
from eventsim_sources.workflow.limits import HISTORY_EVENTS_MAX

_SPECIAL = {
    "StateEntered": "stateEnteredEventDetails",
    "StateExited": "stateExitedEventDetails",
}
_BARE = frozenset(
    {
        *("ParallelStateStarted", "ParallelStateSucceeded", "ParallelStateFailed"),
        *("MapStateSucceeded", "MapStateFailed", "MapRunSucceeded", "LambdaFunctionStarted"),
    }
)
"""Events without details."""


class HistoryEvent(Struct, frozen=True, gc=False):
    """One event of a history."""

    number: int
    previous: int
    type: str
    at_us: int
    details: Mapping[str, Any]


class History:
    """The events of one execution, in order.

    Attributes:
        listeners: are told of every new event.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.events: list[HistoryEvent] = []
        self.listeners: list[Callable[[HistoryEvent], object]] = []

    @property
    def is_full(self) -> bool:
        """Whether the execution has as many events as it may have."""
        return len(self.events) >= HISTORY_EVENTS_MAX

    def add(self, kind: str, previous: int, details: Mapping[str, Any] | None = None) -> int:
        """Add an event and return its number."""
        number = len(self.events) + 1
        event = HistoryEvent(number, previous, kind, self._clock.now_us, details or {})
        self.events.append(event)
        for listener in self.listeners:
            listener(event)
        return number


def described(event: HistoryEvent, clock: Clock, *, with_data: bool = True) -> dict[str, Any]:
    """Return an event as `GetExecutionHistory` gives it.

    Args:
        with_data: whether inputs and outputs are asked for.
    """
    shown: dict[str, Any] = {
        "timestamp": clock.date(event.at_us),
        "type": event.type,
        "id": event.number,
        "previousEventId": event.previous,
    }
    details = details_of(event, with_data=with_data)
    if details is not None:
        shown[_member(event.type)] = details
    return shown


def details_of(event: HistoryEvent, *, with_data: bool) -> dict[str, Any] | None:
    """Return the details of an event, None where it has none.

    Args:
        with_data: whether inputs and outputs are asked for.
    """
    if event.type in _BARE:
        return None
    details = dict(event.details)
    if not with_data:
        for name in ("input", "output", "parameters", "assignedVariables"):
            details.pop(name, None)
    for name in ("input", "output", "assignedVariables"):
        if name in event.details:
            details[f"{name}Details"] = {"truncated": False}
    return details


def _member(kind: str) -> str:
    for suffix, member in _SPECIAL.items():
        if kind.endswith(suffix):
            return member
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
