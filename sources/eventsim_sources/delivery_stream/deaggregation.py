"""Which records lie in one? JSON objects one after another, or what stands between delimiters; pure."""

import json
import re
from typing import Final

from msgspec import Struct

_SPACE: Final = re.compile(r"\s*")


class UnsplittableError(ValueError):
    """The record is no row of JSON objects."""


class Deaggregation(Struct, frozen=True, kw_only=True):
    """How several records are told apart in one.

    Attributes:
        delimiter: what stands between them; empty for JSON objects, which need nothing there, or a line end.
    """

    delimiter: bytes = b""

    def parts_of(self, data: bytes) -> list[bytes]:
        """Return the records in a record.

        Raises:
            UnsplittableError: it is no row of JSON objects, and should be.
        """
        if self.delimiter:
            return [part for part in data.split(self.delimiter) if part]
        return _objects(data)


def _objects(data: bytes) -> list[bytes]:
    parts: list[bytes] = []
    try:
        text = data.decode()
        at = _beginning(text, 0)
        while at < len(text):
            value, end = json.JSONDecoder().raw_decode(text, at)
            if not isinstance(value, dict):
                raise UnsplittableError("The record holds JSON that is no object.")
            parts.append(text[at:end].encode())
            at = _beginning(text, end)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise UnsplittableError("The record holds what is no JSON.") from None
    return parts


def _beginning(text: str, at: int) -> int:
    """Return where the next value begins: white space before it does not count."""
    space = _SPACE.match(text, at)
    return at if space is None else space.end()
