"""How does an expression of a prefix write an instant? In the patterns of Java's DateTimeFormatter; pure.

A letter is a field, and how often it stands there says how it is written: `M` is 3, `MM` 03, `MMM` Mar. Text in
apostrophes stands for itself, as does everything that is no letter.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

_PIECE: Final = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")
_NUMBERS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "d": lambda at: at.day,
    "D": lambda at: at.timetuple().tm_yday,
    "H": lambda at: at.hour,
    "k": lambda at: at.hour or 24,
    "K": lambda at: at.hour % 12,
    "h": lambda at: at.hour % 12 or 12,
    "m": lambda at: at.minute,
    "s": lambda at: at.second,
}
_LETTERS: Final = frozenset({*_NUMBERS, *"yuMLEaS"})


def is_pattern(text: str) -> bool:
    """Tell whether every apostrophe of a text has its partner, so that it may be a pattern."""
    return "".join(piece[0] for piece in _PIECE.finditer(text)) == text


def unknown_letters(pattern: str) -> list[str]:
    """Return the letters of a pattern that are not known here."""
    return sorted({piece[1] for piece in _PIECE.finditer(pattern) if piece[1]} - _LETTERS)


def written(pattern: str, at: datetime) -> str:
    """Write an instant."""
    return "".join(_piece(piece[0], at) for piece in _PIECE.finditer(pattern))


def _piece(piece: str, at: datetime) -> str:
    letter, count = piece[0], len(piece)
    if letter == "'":
        return piece[1:-1].replace("''", "'") or "'"
    match letter:
        case "y" | "u":
            return f"{at:%y}" if count == 2 else f"{at.year:0{count}}"
        case "M" | "L":
            return {3: f"{at:%b}", 4: f"{at:%B}"}.get(count, f"{at.month:0{count}}")
        case "E":
            return f"{at:%A}" if count == 4 else f"{at:%a}"
        case "a":
            return f"{at:%p}"
        case "S":
            return f"{at.microsecond:06}".ljust(count, "0")[:count]
    return f"{_NUMBERS[letter](at):0{count}}" if letter in _NUMBERS else piece
