"""How does JSON text become a pattern or an event, and what is wrong with text that does not?

A pattern is read with everything its rules ask for: keys that repeat, and numbers as they were written. Its faults
are told in the words of the parser that AWS uses (Jackson).
"""

import dataclasses
import json
from typing import Final, NoReturn

from eventsim import jackson
from eventsim.errors import EventsimError
from eventsim.json_text import load_json
from eventsim.pattern.dialect import Dialect


class PatternError(EventsimError):
    """The pattern is not legal in its dialect.

    Attributes:
        message: what AWS answers.
        reason: what is wrong, even where AWS does not tell.
        path: the dotted key at fault, or "".
    """

    def __init__(self, message: str, *, reason: str, path: str = "") -> None:
        place = path or "top level"
        if reason not in message:
            super().__init__(f"{message}\n at {place}: {reason}")
        else:
            super().__init__(f"{message}\n at {place}")
        self.message = message
        self.reason = reason
        self.path = path


class Fault(Exception):  # noqa: N818 - it says what is wrong, and becomes a PatternError at the door
    """What is wrong with a pattern, before it is known for which service."""

    def __init__(self, reason: str, *, path: str = "", is_json: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.is_json = is_json

    def told_by(self, dialect: Dialect) -> PatternError:
        """Put the fault in a service's words."""
        words = dialect.message if self.is_json else dialect.json_message
        return PatternError(words.format(self.reason), reason=self.reason, path=self.path)


class Members(list[tuple[str, object]]):
    """A JSON object of a pattern: its keys in order, repeated ones included."""


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A JSON number of a pattern, as it was written."""

    text: str

    @property
    def value(self) -> float:
        """The nearest IEEE-754 double, which is what AWS compares."""
        return float(self.text)


class WrittenFloat(float):
    """A number of an event that remembers how it was written."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> "WrittenFloat":
        """Read the number."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


NUMBER_TYPES: Final = frozenset({int, float, WrittenFloat})
"""The types of an event's numbers; `bool` is none of them."""


def number_text(number: int | float) -> str:
    """Write a number as its event wrote it."""
    return number.text if isinstance(number, WrittenFloat) else repr(number)


def as_double(number: object) -> float:
    """Give the nearest IEEE-754 double of a value whose type is one of NUMBER_TYPES."""
    try:
        return float(number)  # type: ignore[arg-type]  # the caller has looked at the type
    except OverflowError:
        return float("inf")


def in_json(value: object) -> str:
    """Show a value to people, on one line."""
    return json.dumps(value, ensure_ascii=False, default=repr)


def read_pattern(text: str) -> object:
    """Read a pattern's JSON; raise `Fault` if it is none."""
    try:
        return json.loads(
            text, object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise Fault(jackson.words_for(text, error, source="String"), is_json=False) from error


def read_event(text: str) -> object:
    """Read an event's JSON; raise ValueError if it is none."""
    try:
        return load_json(text, parse_float=WrittenFloat, parse_constant=_refuse_constant)
    except Fault as error:
        raise ValueError(str(error)) from error


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise Fault(f"Non-standard token '{name}'", is_json=False)
