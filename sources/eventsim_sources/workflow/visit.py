"""Where is an execution? On one or more lines, each of them in one state at a time."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.flow import Passed, State
from eventsim_sources.workflow.progress import Place


class Line:
    """One line of states: the execution's own, a branch's, or an iteration's.

    Attributes:
        at: the number of the last event on it.
        variables: what its states have assigned.
        place: by which states it is nested where.
    """

    def __init__(
        self, at: int, variables: Mapping[str, Any], place: Place = (), item: Mapping[str, Any] | None = None
    ) -> None:
        self.at = at
        self.place = place
        self.variables = dict(variables)
        self.item = item


class Mock(Struct, frozen=True, kw_only=True):
    """What work comes to that nobody does.

    Attributes:
        iterations_failed: how many iterations of a Map failed.
        read: the text that its reader read, None for none.
    """

    result: Any = None
    failure: StateFailed | None = None
    iterations_failed: int = 0
    read: str | None = None

    def outcome(self) -> Any:
        """Return the result.

        Raises:
            StateFailed: it failed.
        """
        if self.failure is not None:
            raise self.failure
        return self.result


class Visit(Struct, kw_only=True):
    """One stay in a state.

    Attributes:
        raw: the input as it came.
        entered: the number of the event that tells of it.
        is_resumed: whether a redrive goes on with it.
        mock: what the work comes to where it is only tried.
        assigned: what it has assigned when it was left.
        context: what takes the place of members of the context object where it is only tried.
    """

    name: str
    state: State
    raw: Any
    line: Line
    entered: int
    entered_at: str
    retries: int = 0
    is_resumed: bool = False
    mock: Mock | None = None
    assigned: Mapping[str, Any] = {}
    context: Mapping[str, Any] = {}

    def leave(self, passed: Passed) -> Any:
        """Assign what the state assigns, and return its output."""
        self.assigned = passed.variables
        self.line.variables.update(passed.variables)
        return passed.output
