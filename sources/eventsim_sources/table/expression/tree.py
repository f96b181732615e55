"""What does the text of an expression say, before anybody knows the names and values that it refers to?

A tree is frozen and holds no request, so one text is read once and its tree serves every request.
"""

from dataclasses import dataclass
from typing import TypeAlias

from eventsim_sources.table.value import AttributeValue


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that the request defines, such as `#status`."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: names, aliases and list indices. `plain` says that it holds no alias."""

    elements: tuple[str | int | Alias, ...]
    plain: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the request defines, such as `:limit`."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text itself, as PartiQL's do."""

    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Collection:
    """A map (`M`), list (`L`) or set (`SET`) that PartiQL's text spells out; `names` are the map's."""

    kind: str
    parts: tuple["Parameter | Literal | Collection", ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its operands."""

    function: str
    operands: tuple["Operand", ...]


Operand: TypeAlias = Path | Parameter | Literal | Collection | Call


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and `=`, `<>`, `<`, `<=`, `>` or `>=` between them."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """An operand that lies between two others, both included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class Membership:
    """An operand that equals one of several."""

    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """What does not hold."""

    part: "Test"


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by AND or OR."""

    operator: str
    parts: tuple["Test", ...]


Test: TypeAlias = Comparison | Between | Membership | Negation | Junction | Call


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The sum or difference of two operands."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Assignment:
    """One element of an update: which section (SET, REMOVE, ADD, DELETE), which path, which value."""

    section: str
    path: Path
    value: Operand | Arithmetic | None = None
