"""What does a text of a policy match? `*` and `?` are wild, `${key}` is what the request says there; pure.

Not everything is known of a request. So an answer is yes, no, or None: nobody knows.
"""

import fnmatch
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from msgspec import Struct

Finding = bool | None
"""Does something hold? None if nobody knows."""
Lookup = Callable[[str], tuple[str, ...] | None]
"""Condition key → the request's values of it, () if it has none, None if nobody knows."""

_PATTERNS_KEPT: Final = 4096
_VARIABLE: Final = re.compile(r"\$\{\s*([^{},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_SPECIAL: Final = frozenset("*?$")
"""`${*}` and its like are the characters themselves."""


def every(findings: Iterable[Finding]) -> Finding:
    """Tell whether all of these hold."""
    result: Finding = True
    for finding in findings:
        if finding is False:
            return False
        result = result and finding
    return result


def some(findings: Iterable[Finding]) -> Finding:
    """Tell whether one of these holds."""
    return contrary(every(map(contrary, findings)))


def contrary(finding: Finding) -> Finding:
    """Tell whether something does not hold."""
    return None if finding is None else not finding


class Form(Struct, frozen=True):
    """A text whose variables are filled in.

    Attributes:
        pattern: in the words of `fnmatch`; what must be itself is quoted.
        is_certain: all of its variables are known; the others may be anything.
    """

    pattern: str
    is_certain: bool = True

    @property
    def is_anything(self) -> bool:
        """Tell whether every value has this form."""
        return self.is_certain and set(self.pattern) == {"*"}

    def fits(self, value: str) -> Finding:
        """Tell whether a value has this form."""
        if not _compiled(self.pattern)(value):
            return False
        return True if self.is_certain else None


def is_like(value: str, pattern: str) -> bool:
    """Tell whether a value has a form in which `*` and `?` are wild, and nothing else is."""
    return _compiled(_wild(pattern))(value)


def form_of(text: str, variables: Lookup | None, *, is_wild: bool) -> Form | None:
    """Return the form that a text of a policy asks for, None if a variable of it has no value.

    Args:
        variables: what they stand for; None for a policy of a version without variables.
        is_wild: `*` and `?` stand for others; in the value of a variable they never do.
    """
    quote = _wild if is_wild else _literal
    if variables is None or "${" not in text:
        return Form(quote(text))
    pattern, end, is_certain = "", 0, True
    for variable in _VARIABLE.finditer(text):
        key, default = variable.groups()
        pattern += quote(text[end : variable.start()])
        end = variable.end()
        values = (key,) if key in _SPECIAL else variables(key)
        if values is None:
            pattern, is_certain = pattern + "*", False
        elif len(values) == 1:
            pattern += _literal(values[0])
        elif default is not None:
            pattern += _literal(default)
        else:
            return None
    return Form(pattern + quote(text[end:]), is_certain)


def is_filled(text: str, variables: Lookup | None) -> Finding:
    """Tell whether all variables of a text have values."""
    if variables is None or "${" not in text:
        return True
    return every(
        None if (values := variables(key)) is None else len(values) == 1
        for key, default in (variable.groups() for variable in _VARIABLE.finditer(text))
        if key not in _SPECIAL and default is None
    )


def _wild(text: str) -> str:
    return text.replace("[", "[[]")


def _literal(text: str) -> str:
    return re.sub(r"[*?[]", r"[\g<0>]", text)


@lru_cache(_PATTERNS_KEPT)
def _compiled(pattern: str) -> Callable[[str], bool]:
    match = re.compile(fnmatch.translate(pattern)).match
    return lambda value: match(value) is not None
