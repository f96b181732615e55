"""Which partition keys does a record have? Queries in the part of jq that partitioning needs; pure.

query    = "{" entry ("," entry)* "}"        entry = key (":" pipeline)?        key = name | text
pipeline = term ("|" term)*
term     = path | text | number | "(" pipeline ")" | function | "strftime" "(" text ")"
path     = "." (name | text)? ("." (name | text) | "[" (number | text) "]")*

A key alone stands for the member of that name.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, TypeAlias

from eventsim import load_json

Filter: TypeAlias = Callable[[Any], Any]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>[0-9]+)|(?P<sign>\S))"""
)


class UnknownQueryError(ValueError):
    """The query says something that is not simulated; the message tells what."""


class UnfitRecordError(ValueError):
    """The record has not the keys that the query asks for; the message tells why."""


class Query:
    """A query that was read.

    Raises:
        UnknownQueryError: it is none that is simulated.
    """

    def __init__(self, text: str) -> None:
        self._filters = _Reader(text).query()

    @property
    def names(self) -> frozenset[str]:
        """The partition keys that it gives."""
        return frozenset(self._filters)

    def keys_of(self, data: bytes) -> dict[str, str]:
        """Return the partition keys of a record.

        Raises:
            UnfitRecordError: it is no JSON, or a key of it would be nothing, or no text.
        """
        try:
            document = load_json(data)
        except ValueError:
            raise UnfitRecordError("The record is no JSON.") from None
        return {name: _as_key(name, found(document)) for name, found in self._filters.items()}


def _as_key(name: str, value: Any) -> str:
    if value is None or value == "" or isinstance(value, dict | list):
        raise UnfitRecordError(
            f"The partition key {name} is {json.dumps(value)}: keys are texts, numbers, true or false."
        )
    return value if isinstance(value, str) else json.dumps(value)


class _Reader:
    """Reads one text, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [(match.lastgroup or "", match[match.lastgroup or 0]) for match in _TOKEN.finditer(text)]
        self._at = 0

    def query(self) -> dict[str, Filter]:
        """Read it whole."""
        self._expect("{")
        filters = dict([self._entry()])
        while self._takes(","):
            filters.update([self._entry()])
        self._expect("}")
        if self._at < len(self._tokens):
            self._fail()
        return filters

    def _entry(self) -> tuple[str, Filter]:
        name = self._name()
        return name, self._pipeline() if self._takes(":") else _member(name)

    def _pipeline(self) -> Filter:
        found = self._term()
        while self._takes("|"):
            found = _chained(found, self._term())
        return found

    def _term(self) -> Filter:
        kind, text = self._token
        if self._takes("("):
            found = self._pipeline()
            self._expect(")")
            return found
        if self._takes("."):
            return self._path()
        if kind in ("text", "number"):
            self._at += 1
            constant = load_json(text)
            return lambda _: constant
        if kind == "name" and text == "strftime":
            self._at += 1
            self._expect("(")
            form = self._name()
            self._expect(")")
            return lambda value: _date_of(value).strftime(form)
        if kind != "name" or text not in _FUNCTIONS:
            self._fail()
        self._at += 1
        return _FUNCTIONS[text]

    def _path(self) -> Filter:
        found: Filter = _itself
        if self._token[0] in ("name", "text"):
            found = _member(self._name())
        while True:
            if self._takes("."):
                found = _chained(found, _member(self._name()))
            elif self._takes("["):
                kind, text = self._token
                if kind not in ("text", "number"):
                    self._fail()
                self._at += 1
                self._expect("]")
                found = _chained(found, _member(load_json(text)))
            else:
                return found

    def _name(self) -> str:
        kind, text = self._token
        if kind not in ("name", "text"):
            self._fail()
        self._at += 1
        return str(load_json(text)) if kind == "text" else text

    @property
    def _token(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "its end")

    def _takes(self, sign: str) -> bool:
        if self._token != ("sign", sign):
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            self._fail()

    def _fail(self) -> NoReturn:
        raise UnknownQueryError(f"the query {self._text!r}, from `{self._token[1]}` on,")


def _itself(value: Any) -> Any:
    return value


def _chained(first: Filter, second: Filter) -> Filter:
    return lambda value: second(first(value))


def _member(key: str | int) -> Filter:
    """Return what finds a member or an element; of nothing there is none."""

    def find(value: Any) -> Any:
        if isinstance(key, int):
            return value[key] if isinstance(value, list) and key < len(value) else None
        return value.get(key) if isinstance(value, Mapping) else None

    return find


def _number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return load_json(value)
        except ValueError:
            raise UnfitRecordError(f"{value!r} is no number.") from None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _date_of(value: Any) -> datetime:
    """Return the instant of so many seconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitRecordError(f"{json.dumps(value)} is no time in seconds.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise UnfitRecordError(f"{value} is no time in seconds.") from None


def _seconds(value: Any) -> int:
    """Return the seconds since 1970 of a date such as `2025-03-04T05:06:07Z`."""
    try:
        return int(datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise UnfitRecordError(f"{value!r} is no date.") from None


_FUNCTIONS: Final[Mapping[str, Filter]] = {
    "ascii_downcase": lambda value: _text(value).lower(),
    "ascii_upcase": lambda value: _text(value).upper(),
    "fromdate": _seconds,
    "fromdateiso8601": _seconds,
    "tonumber": _number,
    "tostring": _text,
}
