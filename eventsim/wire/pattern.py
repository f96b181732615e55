"""Is a text of the form that a pattern of the models says? The patterns are Java's, the texts anybody's."""

import re
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Final

_LENGTH_MAX: Final = 1_024
_RISKY_LENGTH_MAX: Final = 20
"""Longer values are not held against patterns, or against those that may take exponential time: a dozen of the models'
5,000 patterns do, none of a service that is simulated here."""

_ESCAPES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPETITION: Final = re.compile(r"[*+]|\{\d*,\d*\}")

_CLASSES: Final[Mapping[str, str]] = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
}


def fits(text: str, value: str) -> bool:
    """Tell whether a value is of a pattern's form, as far as that can be told within bounded time."""
    pattern = _compiled(text)
    limit = _RISKY_LENGTH_MAX if _is_risky(text) else _LENGTH_MAX
    return pattern is None or len(value) > limit or pattern.fullmatch(value) is not None


@cache
def _is_risky(pattern: str) -> bool:
    """Tell whether a repeated group of a pattern has a repetition inside: a search may then take exponential time."""
    groups = [False]
    plain = _ESCAPES.sub("x", pattern)
    for at, char in enumerate(plain):
        if char == "(":
            groups.append(False)
        elif char == ")" and len(groups) > 1:
            has_repetition = groups.pop()
            if has_repetition and _REPETITION.match(plain, at + 1):
                return True
            groups[-1] = groups[-1] or has_repetition
        elif (char == "?" and plain[at - 1] != "(") or _REPETITION.match(plain, at):
            groups[-1] = True
    return False


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern of the models, which are Java's; None for the few that Python cannot say: unchecked."""
    for theirs, ours in _CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python wonders about, such as sets in sets, Java reads otherwise
            return re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning):
        return None
