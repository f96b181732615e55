"""How far has an execution come? What a redrive goes on from: where each line of states is, and what is done.

A line is named by the states that it is nested in and its number there: `()` is the execution's own,
`(("Each", 2),)` the third iteration of the state `Each`.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Place = tuple[tuple[str, int], ...]


class Stay(Struct, frozen=True, kw_only=True, gc=False):
    """A state in which a line is, and with what it came there."""

    state: str
    raw: Any
    variables: Mapping[str, Any]


class Progress:
    """Where the lines of one execution are.

    Attributes:
        is_resumed: whether lines go on where they were; otherwise they begin anew.
    """

    def __init__(self) -> None:
        self.is_resumed = False
        self._stays: dict[Place, Stay] = {}
        self._results: dict[Place, Any] = {}

    def note(self, place: Place, stay: Stay) -> None:
        """Note that a line has come to a state."""
        self._stays[place] = stay

    def note_result(self, place: Place, result: Any) -> None:
        """Note that a line has come to its end."""
        self._stays.pop(place, None)
        self._results[place] = result

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
        if not self._stays and not self._results:
            return
        depth = len(place)
        for known in (self._stays, self._results):
            below = [each for each in known if len(each) > depth and each[:depth] == place and each[depth][0] == state]
            for each in below:
                del known[each]
