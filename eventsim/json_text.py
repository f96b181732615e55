"""JSON that somebody else has written: whatever is wrong with it is a `ValueError`."""

import json
from collections.abc import Callable
from typing import Any


def load_json(
    text: str | bytes,
    *,
    parse_float: Callable[[str], Any] | None = None,
    parse_constant: Callable[[str], Any] | None = None,
) -> Any:
    """Return what a JSON text says, as `json.loads` does.

    Raises:
        json.JSONDecodeError: a `ValueError`: the text is no JSON, or nests deeper than Python's stack.
        UnicodeDecodeError: a `ValueError`: bytes are no text.
    """
    try:
        return json.loads(text, parse_float=parse_float, parse_constant=parse_constant)
    except RecursionError as error:
        shown = text if isinstance(text, str) else text.decode(errors="replace")
        raise json.JSONDecodeError("It nests too deeply", shown, 0) from error
