"""Does this text match a wildcard, and is the wildcard one that AWS takes on?"""

from collections.abc import Callable, Sequence
from typing import Final

from eventsim.pattern.notation import Fault

COMPLEXITY_MAX: Final = 9
"""The most beginnings of one wildcard that a text may match at once.

Unconfirmed: AWS was recorded to accept a wildcard of complexity 7 and to refuse one of 10."""

_STAR: Final = None
_Symbol = str | None


def compile_wildcard(wildcard: str) -> Callable[[object], bool]:
    """Compile text in which `*` stands for any run of characters, even none."""
    symbols = _read(wildcard)
    _check_complexity(symbols)
    pieces = [""]
    for symbol in symbols:
        if symbol is _STAR:
            pieces.append("")
        else:
            pieces[-1] += symbol
    if len(pieces) == 1:
        return lambda value: value == pieces[0]
    return _piecewise(pieces[0], tuple(pieces[1:-1]), pieces[-1])


def _piecewise(first: str, middle: Sequence[str], last: str) -> Callable[[object], bool]:
    """Accept text that begins and ends as told and holds the pieces between, in order."""
    fixed_length = len(first) + len(last)

    def test(value: object) -> bool:
        if type(value) is not str or len(value) < fixed_length:
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        position, end = len(first), len(value) - len(last)
        for piece in middle:
            found = value.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return True

    return test


def _read(wildcard: str) -> list[_Symbol]:
    symbols: list[_Symbol] = []
    characters = iter(enumerate(wildcard))
    for index, character in characters:
        following = wildcard[index + 1 : index + 2]
        if character == "*":
            if following == "*":
                raise Fault(f"Consecutive wildcard characters at pos {_position(wildcard, index)}")
            symbols.append(_STAR)
        elif character == "\\":
            if following not in {"*", "\\"}:
                raise Fault(f"Invalid escape character at pos {_position(wildcard, index)}")
            symbols.append(following)
            next(characters)
        else:
            symbols.append(character)
    return symbols


def _position(wildcard: str, index: int) -> int:
    """Count as AWS does: in bytes, from the opening quote (recorded)."""
    return 1 + len(wildcard[:index].encode("utf-8", "surrogatepass"))


def _check_complexity(symbols: Sequence[_Symbol]) -> None:
    """Refuse a wildcard of which some text matches too many beginnings at once.

    Beginnings count from the first star on: of `*:*:b`, the text `::` matches `*`, `*:`, `*:*`, `*:*:`. A set of
    such beginnings is a state; we visit all that any text can reach.
    """
    if _STAR not in symbols:
        return
    first_star = symbols.index(_STAR)
    start = _with_stars(symbols, {0})
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        if sum(length > first_star for length in state) > COMPLEXITY_MAX:
            raise Fault(
                "Rule is too complex - try using fewer wildcard characters "
                "or fewer repeating character sequences after a wildcard character"
            )
        for character in {symbols[length] for length in state if length < len(symbols)} - {_STAR}:
            following = _with_stars(symbols, _advance(symbols, state, character))
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def _advance(symbols: Sequence[_Symbol], state: frozenset[int], character: _Symbol) -> set[int]:
    grown = {length + 1 for length in state if length < len(symbols) and symbols[length] == character}
    return grown | {length for length in state if length and symbols[length - 1] is _STAR}


def _with_stars(symbols: Sequence[_Symbol], state: set[int]) -> frozenset[int]:
    """A star matches nothing as well, so whoever stands before one stands behind it too."""
    return frozenset(state | {length + 1 for length in state if length < len(symbols) and symbols[length] is _STAR})
