"""Where in a document does a path lead? JSONPath as state machines and mapping templates take it.

A definite path names one place: `$.order.lines[0]`. Any other (`[*]`, `..`, slices, unions, filters) gives a list of
all that it finds. Words of errors are those of the library behind both services (recorded for two of them).
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<sign>==|!=|<=|>=|<|>|&&|\|\||!|\(|\)|,)|(?P<word>true|false|null)\b)"""
)
_NAME = re.compile(r"[^\s.\[\]()'\",?]+")
_NAME_IN_FILTER = re.compile(r"[^\s.\[\]()'\",:?@&|!<>=]+")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"true": True, "false": False, "null": None}
_SEGMENTS_MAX = 256
_MISSING = object()

Test = Callable[[Any, Any], bool]
"""Of a filter: an element, and the whole document."""


class PathError(Exception):
    """A path is none, or leads nowhere in this document."""


class Segment(Struct, frozen=True, gc=False):
    """One step. `kind`: `name`, `index`, `union`, `slice`, `all`, `descent`, `filter`, `length`."""

    kind: str
    value: Any = None


class Path(Struct, frozen=True):
    """A compiled path."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def is_definite(self) -> bool:
        """Whether it names one place."""
        return all(segment.kind in ("name", "index", "length") for segment in self.segments)

    def find(self, document: Any) -> Any:
        """Return what is there: one value for a definite path, a list for any other.

        Raises:
            PathError: a definite path leads nowhere.
        """
        if self.is_definite:
            return self._walk(document)
        found = [document]
        for segment in self.segments:
            found = [each for value in found for each in _step(value, segment, document)]
        return found

    def leads_somewhere(self, document: Any) -> bool:
        """Tell whether there is something."""
        try:
            return not (self.find(document) == [] and not self.is_definite)
        except PathError:
            return False

    def _walk(self, value: Any) -> Any:
        document = value
        for number, segment in enumerate(self.segments):
            value = next(_step(value, segment, document), _MISSING)
            if value is _MISSING:
                at = "".join(_shown(each) for each in self.segments[: number + 1])
                what = "No results for" if number == len(self.segments) - 1 else "Missing property in"
                raise PathError(f"Invalid path '{self.text}' : {what} path{':' if what[0] == 'N' else ''} ${at}")
        return value


def _shown(segment: Segment) -> str:
    return f"['{segment.value}']" if segment.kind == "name" else f"[{segment.value}]"


def _step(value: Any, segment: Segment, document: Any) -> Iterator[Any]:
    match segment.kind:
        case "name" if isinstance(value, dict) and segment.value in value:
            yield value[segment.value]
        case "index" if isinstance(value, list) and -len(value) <= segment.value < len(value):
            yield value[segment.value]
        case "union":
            for each in segment.value:
                yield from _step(value, each, document)
        case "slice" if isinstance(value, list):
            yield from value[segment.value]
        case "all":
            yield from _children(value)
        case "descent":
            yield value
            for child in _children(value):
                yield from _step(child, segment, document)
        case "filter":
            yield from (each for each in _children(value) if segment.value(each, document))
        case "length" if isinstance(value, list | dict | str):
            yield len(value)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


# --- reading -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def parse_path(text: str) -> Path:
    """Read a path that begins with `$`.

    Raises:
        PathError: it is none.
    """
    if not text.startswith("$"):
        raise PathError(f"Invalid path '{text}' : a path begins with $")
    segments, end = _segments(text, 1)
    if end != len(text):
        raise PathError(f"Invalid path '{text}' : cannot read it from position {end}")
    return Path(text, segments)


def _segments(text: str, at: int, names: re.Pattern[str] = _NAME) -> tuple[tuple[Segment, ...], int]:
    found: list[Segment] = []
    while at < len(text) and text[at] in ".[" and len(found) < _SEGMENTS_MAX:
        if text.startswith("..", at):
            found.append(Segment("descent"))
            at += 1 if text[at + 2 : at + 3] != "[" else 2
        if text[at] == "[":
            segment, at = _bracket(text, at + 1)
        else:
            segment, at = _dotted(text, at + 1, names)
        found.append(segment)
    return tuple(found), at


def _dotted(text: str, at: int, names: re.Pattern[str]) -> tuple[Segment, int]:
    if text.startswith("*", at):
        return Segment("all"), at + 1
    name = names.match(text, at)
    if name is None:
        raise PathError(f"Invalid path '{text}' : a name is missing at position {at}")
    if text.startswith("()", name.end()):
        if name[0] != "length":
            raise PathError(f"Invalid path '{text}' : there is no function {name[0]}()")
        return Segment("length"), name.end() + 2
    return Segment("name", name[0]), name.end()


def _bracket(text: str, at: int) -> tuple[Segment, int]:
    if text.startswith("?(", at):
        test, at = _disjunction(text, at + 2)
        return Segment("filter", test), _expect(text, at, ")]")
    end = _bracket_end(text, at)
    parts = [part.strip() for part in _split(text[at:end])]
    segments = [_element(text, part) for part in parts]
    return segments[0] if len(segments) == 1 else Segment("union", tuple(segments)), end + 1


def _bracket_end(text: str, at: int) -> int:
    quote = ""
    while at < len(text):
        if quote and text[at] == "\\":
            at += 1
        elif quote:
            quote = "" if text[at] == quote else quote
        elif text[at] in "'\"":
            quote = text[at]
        elif text[at] == "]":
            return at
        at += 1
    raise PathError(f"Invalid path '{text}' : a bracket is not closed")


def _split(inside: str) -> list[str]:
    return [found[0] for found in re.finditer(r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,'"])+""", inside)] or [""]


def _element(text: str, part: str) -> Segment:
    if part == "*":
        return Segment("all")
    if re.fullmatch(r"-?\d+", part):
        return Segment("index", int(part))
    if re.fullmatch(r"-?\d*:-?\d*(?::-?\d*)?", part):
        return Segment("slice", slice(*(int(each) if each else None for each in part.split(":"))))
    if len(part) > 1 and part[0] == part[-1] and part[0] in "'\"":
        return Segment("name", _unquoted(part))
    raise PathError(f"Invalid path '{text}' : cannot read [{part}]")


def _unquoted(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


# --- filters: [?(@.price < 10 && @.kind == 'book')] ----------------------------------------------------------


def _expect(text: str, at: int, what: str) -> int:
    for sign in what:
        while text[at : at + 1] == " ":
            at += 1
        if not text.startswith(sign, at):
            raise PathError(f"Invalid path '{text}' : {sign!r} is missing at position {at}")
        at += 1
    return at


def _sign(text: str, at: int) -> tuple[str, int]:
    token = _TOKEN.match(text, at)
    return (token["sign"], token.end()) if token is not None and token["sign"] else ("", at)


def _joined(text: str, at: int, by: str, part: Callable[[str, int], tuple[Test, int]]) -> tuple[list[Test], int]:
    """Read parts for as long as this sign stands between them."""
    test, at = part(text, at)
    tests, (sign, after) = [test], _sign(text, at)
    while sign == by:
        test, at = part(text, after)
        tests.append(test)
        sign, after = _sign(text, at)
    return tests, at


def _disjunction(text: str, at: int) -> tuple[Test, int]:
    tests, at = _joined(text, at, "||", _conjunction)
    return (lambda value, document: any(test(value, document) for test in tests)), at


def _conjunction(text: str, at: int) -> tuple[Test, int]:
    tests, at = _joined(text, at, "&&", _comparison)
    return (lambda value, document: all(test(value, document) for test in tests)), at


def _comparison(text: str, at: int) -> tuple[Test, int]:
    sign, after = _sign(text, at)
    if sign == "!":
        inner, at = _comparison(text, after)
        return (lambda value, document: not inner(value, document)), at
    if sign == "(":
        inner, at = _disjunction(text, after)
        return inner, _expect(text, at, ")")
    left, at = _operand(text, at)
    sign, after = _sign(text, at)
    if sign not in ("==", "!=", *_COMPARE):
        return (lambda value, document: left(value, document) is not _MISSING), at
    right, at = _operand(text, after)
    return (lambda value, document: _compare(sign, left(value, document), right(value, document))), at


def _compare(sign: str, left: Any, right: Any) -> bool:
    if sign in ("==", "!="):
        return (left == right and isinstance(left, bool) == isinstance(right, bool)) == (sign == "==")
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right))
    are_texts = isinstance(left, str) and isinstance(right, str)
    return (are_numbers or are_texts) and _COMPARE[sign](left, right)


def _operand(text: str, at: int) -> tuple[Callable[[Any, Any], Any], int]:
    while text[at : at + 1] == " ":
        at += 1
    if text[at : at + 1] in ("@", "$"):
        segments, end = _segments(text, at + 1, _NAME_IN_FILTER)
        path, is_own = Path(text[at:end], segments), text[at] == "@"
        return (lambda value, document: _found(path, value if is_own else document)), end
    token = _TOKEN.match(text, at)
    if token is None or token["sign"]:
        raise PathError(f"Invalid path '{text}' : a value is missing at position {at}")
    literal: Any = _WORDS.get(token["word"])
    if token["quoted"]:
        literal = _unquoted(token["quoted"])
    elif token["number"]:
        literal = float(token["number"]) if not re.fullmatch(r"-?\d+", token["number"]) else int(token["number"])
    return (lambda _value, _document: literal), token.end()


def _found(path: Path, value: Any) -> Any:
    try:
        return path.find(value)
    except PathError:
        return _MISSING
