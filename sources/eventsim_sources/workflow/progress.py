"""How far has an execution come? What a redrive goes on from: where each line of states is, and what is done.

A line is named by the states that it is nested in and its number there: `()` is the execution's own,
`(("Each", 2),)` the third iteration of the state `Each`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Place = tuple[tuple[str, int], ...]


class Stay(Struct, frozen=True, kw_only=True, gc=False):
    """A state in which a line is, and with what it came there."""

    state: str
    raw: Any
    variables: Mapping[str, Any]


class Step(Struct, frozen=True, omit_defaults=True, gc=False):
    """One change: a line has come to a state, or to its end, or the lines of a state are forgotten.

    Attributes:
        results: what it came to, as the one element; empty if it has not ended.
        forgotten: the state whose lines are forgotten.
    """

    place: Place
    stay: Stay | None = None
    results: tuple[Any, ...] = ()
    forgotten: str = ""


class Progress:
    """Where the lines of one execution are.

    Attributes:
        is_resumed: whether lines go on where they were; otherwise they begin anew.
        listeners: are told of every change.
    """

    def __init__(self) -> None:
        self.is_resumed = False
        self.listeners: list[Callable[[Step], object]] = []
        self._stays: dict[Place, Stay] = {}
        self._results: dict[Place, Any] = {}

    def note(self, place: Place, stay: Stay) -> None:
        """Note that a line has come to a state."""
        self._take(Step(place, stay=stay))

    def note_result(self, place: Place, result: Any) -> None:
        """Note that a line has come to its end."""
        self._take(Step(place, results=(result,)))

    def _take(self, step: Step) -> None:
        self.carry_out(step)
        for listener in self.listeners:
            listener(step)

    def carry_out(self, step: Step) -> None:
        """Make one change."""
        if step.stay is not None:
            self._stays[step.place] = step.stay
        elif step.forgotten:
            self._forget(step.place, step.forgotten)
        else:
            self._stays.pop(step.place, None)
            (self._results[step.place],) = step.results

    def stay(self, place: Place) -> Stay | None:
        """Return where a line was when the execution failed, None if it begins anew."""
        return self._stays.get(place) if self.is_resumed else None

    def has_result(self, place: Place) -> bool:
        """Tell whether a line was done before the execution failed."""
        return self.is_resumed and place in self._results

    def result(self, place: Place) -> Any:
        """Return the result of a line that is done."""
        return self._results[place]

    def forget_below(self, place: Place, state: str) -> None:
        """Forget the lines of a state that begins anew, or is left."""
        if self._stays or self._results:
            self._take(Step(place, forgotten=state))

    def _forget(self, place: Place, state: str) -> None:
        depth = len(place)
        for known in (self._stays, self._results):
            below = [each for each in known if len(each) > depth and each[:depth] == place and each[depth][0] == state]
            for each in below:
                del known[each]
