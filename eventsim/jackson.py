"""What does AWS's own parser of JSON say of text that is none? AWS reads with Jackson, we with Python.

The words of rare faults are unconfirmed.
"""

import json
import re
from typing import Final

_LITERALS: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_EXPECTATIONS: Final = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Illegal trailing comma before end of object": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting ',' delimiter": "was expecting comma to separate entries",
}
_SHOWN_BYTES_MAX: Final = 500
"""Of a longer text only so much is shown."""


def words_for(text: str, error: json.JSONDecodeError) -> str:
    """Say what Python's parser found as Jackson says it."""
    rest = text[error.pos :]
    if not rest or error.msg == "Unterminated string starting at":
        return "Unexpected end-of-input"
    if word := re.match(r"\w+", rest):
        if error.msg == "Expecting value":
            return f"Unrecognized token '{word[0]}': was expecting {_LITERALS}"
    elif error.msg == "Expecting value":
        return f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): expected a valid value {_LITERALS}"
    expectation = _EXPECTATIONS.get(error.msg, error.msg)
    return f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): {expectation}"


def place_in(text: str, error: json.JSONDecodeError) -> str:
    """Say where: the text, and line and column behind what is wrong, as Jackson counts them."""
    rest = text[error.pos :]
    word = re.match(r"\w+", rest) if error.msg == "Expecting value" else None
    column = error.colno + len(rest[:1] if word is None else word[0])
    return f' at [Source: (byte[])"{_shown(text)}; line: {error.lineno}, column: {column}]'


def _shown(text: str) -> str:
    content = text.encode()
    if len(content) <= _SHOWN_BYTES_MAX:
        return f'{text}"'
    more = len(content) - _SHOWN_BYTES_MAX
    return f'{content[:_SHOWN_BYTES_MAX].decode(errors="ignore")}"[truncated {more} bytes]'
