"""What does the next body say? Texts and JSON with placeholders, made ready once and filled in for every event.

    {n}             1, 2, 3, …: which event of its feed it is
    {uuid}          a new UUID
    {now}           the virtual date, 2026-01-01T00:00:00.000Z
    {choice a b c}  one of these words
    {random 1 100}  a whole number, both ends included
    {line}          the current line of the feed's file
    {name}          a field of that line

In JSON a text that is one placeholder and nothing else becomes its value: `{n}` a number, `{line}` the object itself.
Anything else in braces is left alone, except what is nearly a placeholder.
"""

import difflib
import json
import re
from collections.abc import Callable
from typing import Any

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ConfigurationError
from eventsim.workload.lines import Lines

Piece = Callable[[], object]
Part = str | Piece

_PLACEHOLDER = re.compile(r"\{(?P<word>[A-Za-z_]\w*)(?P<rest>(?: +[^{}\s]+)*)\}")
_WORDS = ("n", "uuid", "now", "choice", "random", "line")


class Templates:
    """Makes the templates of one feed of events; they share its count, its luck and its file.

    Attributes:
        n: which event of the feed is the current one, counted from 1.
    """

    def __init__(self, name: str, clock: Clock, chance: Chance, lines: Lines | None) -> None:
        self.n = 0
        self._name = name
        self._clock = clock
        self._chance = chance
        self._lines = lines
        self._luck = chance.stream("template", name)

    def text(self, value: object, *, key: str = "") -> str | Callable[[], str]:
        """Return the text of a value (JSON unless it is text already), or what makes it for every event.

        Raises:
            ConfigurationError: a placeholder is misspelt or misused; `key` is carried along.
        """
        parts = self._parts(value, key) if isinstance(value, str) else self._json_parts(value, key)
        return _joined(parts)

    def value(self, value: object, *, key: str = "") -> Callable[[], Any]:
        """Return what makes a value, filled in, for every event.

        Raises:
            ConfigurationError: a placeholder is misspelt or misused; `key` is carried along.
        """
        if isinstance(value, str):
            return self._string(value, key)
        if isinstance(value, list):
            items = [self.value(item, key=key) for item in value]
            return lambda: [item() for item in items]
        if isinstance(value, dict):
            fields = {name: self.value(item, key=key) for name, item in value.items()}
            return lambda: {name: item() for name, item in fields.items()}
        return lambda: value

    def _string(self, text: str, key: str) -> Piece:
        parts = self._parts(text, key)
        if len(parts) == 1 and not isinstance(parts[0], str):
            return parts[0]
        joined = _joined(parts)
        return (lambda: joined) if isinstance(joined, str) else joined

    def _parts(self, text: str, key: str) -> list[Part]:
        """Cut a text into what stays and what is filled in."""
        parts: list[Part] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            piece = self._piece(match["word"], match["rest"].split(), key)
            if piece is not None:
                parts += [text[end : match.start()], piece]
                end = match.end()
        parts.append(text[end:])
        return [part for part in parts if part != ""]

    def _json_parts(self, value: object, key: str) -> list[Part]:
        """Cut the JSON of a value into what stays and what is filled in."""
        parts: list[Part] = []
        if isinstance(value, dict):
            for name, item in value.items():
                parts += [", " if parts else "{", json.dumps(name, ensure_ascii=False), ": "]
                parts += self._json_parts(item, key)
            return [*parts, "}"] if parts else ["{}"]
        if isinstance(value, list):
            for item in value:
                parts += [", " if parts else "[", *self._json_parts(item, key)]
            return [*parts, "]"] if parts else ["[]"]
        if isinstance(value, str):
            inner = self._parts(value, key)
            if not all(isinstance(part, str) for part in inner):
                make = self._string(value, key)
                return [lambda: _as_json(make())]
        return [_as_json(value)]

    def _piece(self, word: str, arguments: list[str], key: str) -> Piece | None:
        """Return what fills in a placeholder, None for text that only looks like one."""
        match word, arguments:
            case "n", []:
                return lambda: self.n
            case "uuid", []:
                return self._chance.uuids("template", self._name)
            case "now", []:
                return self._clock.iso_ms
            case "choice", [_, *_]:
                return lambda: self._luck.choice(arguments)
            case "random", [low, high] if _is_range(low, high):
                return lambda: self._luck.randint(int(low), int(high))
            case "line", [] if self._lines is not None:
                lines = self._lines
                return lambda: lines.value
        if word not in _WORDS and self._lines is not None and not arguments:
            field = self._lines.field
            return lambda: field(word)
        self._check_unknown(word, arguments, key)
        return None

    def _check_unknown(self, word: str, arguments: list[str], key: str) -> None:
        written = " ".join([word, *arguments])
        if word == "line" and not arguments:
            raise ConfigurationError("`{line}` stands for a line of a file; name it: `lines: events.jsonl`", key=key)
        if word in _WORDS:
            usage = {"choice": "{choice a b c}", "random": "{random 1 100}"}.get(word, f"{{{word}}}")
            raise ConfigurationError(f"`{{{written}}}` does not work; write it like `{usage}`", key=key)
        near = difflib.get_close_matches(word, _WORDS, n=1, cutoff=0.75)
        if near:
            raise ConfigurationError(f"there is no placeholder `{{{written}}}`; did you mean `{{{near[0]}}}`?", key=key)


def _is_range(low: str, high: str) -> bool:
    whole = re.compile(r"-?\d{1,18}")
    return bool(whole.fullmatch(low) and whole.fullmatch(high)) and int(low) <= int(high)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else _as_json(value)


def _joined(parts: list[Part]) -> str | Callable[[], str]:
    """Return the text if nothing in it is to be filled in, else what fills it in."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    match merged:
        case []:
            return ""
        case [str(text)]:
            return text
        case [str(head), piece, str(tail)] if not isinstance(piece, str):
            return lambda: f"{head}{_as_text(piece())}{tail}"
        case _:
            return lambda: "".join([part if isinstance(part, str) else _as_text(part()) for part in merged])


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _as_json(value: object) -> str:
    return str(value) if type(value) is int else _encode(value)
