"""What does AWS's own parser of JSON say of text that is none? AWS reads with Jackson, we with Python.

The words are those of Jackson's parser of bytes; what AWS makes of them is recorded for the common faults only.
"""

import json
import re
from typing import Final

from eventsim.json_text import load_json

_LITERALS: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_EXPECTATIONS: Final = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
}
_NO_END: Final = "Unterminated string starting at"
_KINDS: Final = {"{": "Object", "[": "Array"}
_MARKS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
"""Strings, which may hold anything, and where objects and arrays begin and end."""
_SHOWN_BYTES_MAX: Final = 500
"""Of a longer text only so much is shown."""


def words_for(text: str, error: json.JSONDecodeError, *, source: str = "byte[]") -> str:
    """Say what Python's parser found as Jackson says it.

    Args:
        source: what Jackson was given to read: `byte[]` or `String`.
    """
    fault, index = _fault(text, error)
    before, rest = text[:index], text[index:]
    if _is_at_end(text, error):
        return "Unexpected end-of-input" + _end_words(text, error, source)
    match fault:
        case "Expecting value":
            return _value_words(before, rest)
        case "Expecting ',' delimiter":
            kind = _KINDS[text[_begin_of_open(before)]]
            return f"Unexpected character {_described(rest[0])}: was expecting comma to separate {kind} entries"
        case "Invalid control character at":
            reason = "has to be escaped using backslash to be included in string value"
            return f"Illegal unquoted character ((CTRL-CHAR, code {ord(rest[0])})): {reason}"
        case "Invalid \\escape" if rest[1:]:
            return f"Unrecognized character escape '{rest[1]}' (code {ord(rest[1])})"
    return f"Unexpected character {_described(rest[0])}: {_EXPECTATIONS.get(fault, fault)}"


def json_fault(text: str) -> str:
    """Return what AWS's parser says is wrong with a JSON text, and where; "" for nothing."""
    try:
        load_json(text)
    except json.JSONDecodeError as error:
        if isinstance(error.__cause__, RecursionError):
            return str(error)
        return words_for(text, error, source="String") + place_in(text, error, source="String")
    return ""


def place_in(text: str, error: json.JSONDecodeError, *, source: str = "byte[]") -> str:
    """Say where: the text, and line and column behind what is wrong, as Jackson counts them."""
    fault, index = _fault(text, error)
    behind = len(text)
    if not _is_at_end(text, error):
        word = re.match(r"\w+", text[index:]) if fault == "Expecting value" else None
        behind = index + len("?" if word is None else word[0])
    return f" at {_place(text, behind, source)}"


def _fault(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Return what is wrong and where; Python has words of its own for a comma at the end since 3.13."""
    if not error.msg.startswith("Illegal trailing comma"):
        return error.msg, error.pos
    rest = text[error.pos + 1 :].lstrip()
    wanted = "Expecting value" if rest[0] == "]" else "Expecting property name enclosed in double quotes"
    return wanted, len(text) - len(rest)


def _is_at_end(text: str, error: json.JSONDecodeError) -> bool:
    return error.pos >= len(text) or error.msg == _NO_END


def _end_words(text: str, error: json.JSONDecodeError, source: str) -> str:
    """Say in the middle of what a text ends."""
    before = text[: error.pos].rstrip()
    begin, last = _begin_of_open(before), before[-1:]
    if error.msg == _NO_END:
        if begin < 0 or text[begin] == "[" or last == ":":
            return " in VALUE_STRING"
        return " in field name" if text[error.pos + 1 :] else ": was expecting closing '\"' for name"
    if begin < 0:
        return ""
    kind = _KINDS[text[begin]]
    if last in (",", ":") or error.msg == "Expecting ':' delimiter":
        return f" within/between {kind} entries"
    return f": expected close marker for {kind} (start marker at {_place(text, begin, source)})"


def _value_words(before: str, rest: str) -> str:
    if word := re.match(r"\w+", rest):
        return f"Unrecognized token '{word[0]}': was expecting {_LITERALS}"
    begin = _begin_of_open(before)
    is_missing = rest[0] in ",}" or (rest[0] == "]" and begin >= 0 and before[begin] == "[")
    return f"Unexpected character {_described(rest[0])}: expected a " + (
        "value" if is_missing else f"valid value {_LITERALS}"
    )


def _begin_of_open(before: str) -> int:
    """Return where the innermost object or array begins that a text leaves open, -1 for none."""
    begins: list[int] = []
    for mark in _MARKS.finditer(before):
        if mark[0] in _KINDS:
            begins.append(mark.start())
        elif mark[0] in ("}", "]"):
            begins.pop()
    return begins[-1] if begins else -1


def _described(character: str) -> str:
    return f"('{character}' (code {ord(character)}))"


def _place(text: str, index: int, source: str) -> str:
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    return f'[Source: ({source})"{_shown(text)}; line: {line}, column: {column}]'


def _shown(text: str) -> str:
    content = text.encode()
    if len(content) <= _SHOWN_BYTES_MAX:
        return f'{text}"'
    more = len(content) - _SHOWN_BYTES_MAX
    return f'{content[:_SHOWN_BYTES_MAX].decode(errors="ignore")}"[truncated {more} bytes]'
