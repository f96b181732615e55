"""Which fields does a log event have that is separated by blanks? Patterns such as `[ip, user, ..., status=4*]`.

Text in double quotes or square brackets is one field. A pattern names every field, or leaves some out by `...`; a field
may be compared with numbers and texts (`*` stands for any characters, `%…%` is a regular expression), and comparisons
joined by `&&` and `||`. A field without a name is called by its place: `$3`.
"""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

Fields = dict[str, str]
_Test = Callable[[str], bool]

_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)')
_CONDITION = re.compile(r"\s*([A-Za-z_]\w*)?\s*(!=|<=|>=|=|<|>)\s*(.+?)\s*$", re.DOTALL)
_REGULAR = re.compile(r"%([^%]+)%")
_ELLIPSIS = "..."


class PatternMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The pattern is not one, or not one that is simulated; the text tells which."""


def compile_fields(pattern: str) -> Callable[[str], Fields | None]:
    """Return what splits an event into the pattern's fields, None where it does not match.

    Raises:
        PatternMistake: the pattern makes no sense.
    """
    if not pattern.endswith("]"):
        raise PatternMistake("Invalid filter pattern")
    parts = [part.strip() for part in _split(pattern[1:-1], ",")]
    if parts.count(_ELLIPSIS) > 1:
        raise PatternMistake("Invalid filter pattern")
    gap = parts.index(_ELLIPSIS) if _ELLIPSIS in parts else None
    named = [_named(part) for part in parts]

    def fields(event: str) -> Fields | None:
        values = [quoted or bracketed or word for quoted, bracketed, word in _FIELD.findall(event)]
        placed = _placed(values, len(parts), gap)
        if placed is None:
            return None
        found: Fields = {}
        for place, (value, (name, test)) in enumerate(zip(placed, named, strict=True), start=1):
            if value is not None:
                if not test(value):
                    return None
                found[f"${name or place}"] = value
        return found

    return fields


def _placed(values: Sequence[str], count: int, gap: int | None) -> list[str | None] | None:
    """Return the value for each part of a pattern, None for `...`; None if there are too few values or too many."""
    if gap is None:
        return list(values) if len(values) == count else None
    behind = count - gap - 1
    if len(values) < gap + behind:
        return None
    return [*values[:gap], None, *values[len(values) - behind :]]


def _named(part: str) -> tuple[str, _Test]:
    """Return the name of a field and what it must be."""
    if part == _ELLIPSIS or re.fullmatch(r"[A-Za-z_]?\w*", part):
        return part if part != _ELLIPSIS else "", lambda _: True
    name = ""
    either: list[list[_Test]] = []
    for alternative in _split(part, "||"):
        both: list[_Test] = []
        for condition in _split(alternative, "&&"):
            match = _CONDITION.fullmatch(condition.strip().strip("()"))
            if match is None:
                raise PatternMistake("Invalid filter pattern")
            name = match[1] or name
            both.append(comparison(match[2], match[3]))
        either.append(both)
    return name, lambda value: any(all(test(value) for test in both) for both in either)


def comparison(sign: str, wanted: str) -> _Test:
    """Return the comparison of a field's text with what a pattern says.

    Raises:
        PatternMistake: it makes no sense.
    """
    regular = regular_expression(wanted)
    if regular is not None and sign in ("=", "!="):
        return lambda text: (regular.search(text) is not None) is (sign == "=")
    quoted = wanted[1:-1] if len(wanted) > 1 and wanted[0] == wanted[-1] == '"' else None
    shape = (wanted if quoted is None else quoted).replace("[", "[[]").replace("?", "[?]")
    if sign in ("=", "!="):
        return lambda text: fnmatchcase(text, shape) is (sign == "=")
    try:
        number = float(wanted)
    except ValueError as error:
        raise PatternMistake("Invalid filter pattern") from error

    def compares(text: str) -> bool:
        try:
            value = float(text)
        except ValueError:
            return False
        return {"<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number}[sign]

    return compares


def regular_expression(text: str) -> re.Pattern[str] | None:
    """Return the regular expression that `%…%` is, None if it is none; AWS's has no groups, and so stays quick.

    Raises:
        PatternMistake: it is not one.
    """
    match = _REGULAR.fullmatch(text)
    if match is None:
        return None
    if "(" in match[1].replace("\\(", "") or ")" in match[1].replace("\\)", ""):
        raise PatternMistake("Invalid character(s) in regular expression: groups are not supported")  # unconfirmed
    try:
        return re.compile(match[1])
    except re.error as error:
        raise PatternMistake("Invalid regular expression in filter pattern") from error  # unconfirmed wording


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator that stands neither in quotes nor between `%`."""
    pieces, begin, place, within = [], 0, 0, ""
    while place < len(text):
        character = text[place]
        if within:
            within = "" if character == within else within
        elif character in '"%':
            within = character
        elif text.startswith(separator, place):
            pieces.append(text[begin:place])
            begin = place + len(separator)
            place = begin
            continue
        place += 1
    return [*pieces, text[begin:]]
