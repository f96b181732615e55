"""What is in a mapping template? Its parts as values, as the reader finds them."""

from typing import Any

from msgspec import Struct


class TemplateMistake(Exception):  # noqa: N818 - a fact, as the field says it
    """A template cannot be read or evaluated; the text says where and why."""


class Literal(Struct, frozen=True):
    """A value as it stands."""

    value: Any


class Interpolated(Struct, frozen=True):
    """A text in double quotes: references in it are filled in."""

    parts: tuple[Any, ...]


class ListOf(Struct, frozen=True):
    """`[1, $x]`."""

    items: tuple[Any, ...]


class MapOf(Struct, frozen=True):
    """`{"a": $x}`."""

    items: tuple[tuple[Any, Any], ...]


class Range(Struct, frozen=True):
    """`[1..5]`."""

    first: Any
    last: Any


class Member(Struct, frozen=True):
    """`.name`."""

    name: str


class Call(Struct, frozen=True):
    """`.name(arguments)`."""

    name: str
    arguments: tuple[Any, ...]


class Index(Struct, frozen=True):
    """`[expression]`."""

    at: Any


class Reference(Struct, frozen=True, kw_only=True):
    """`$name.member.call(x)[0]`.

    Attributes:
        source: as it is written, which is what it renders to if there is no such thing.
        is_quiet: `$!name`: renders to nothing then.
        escapes: how many backslashes are before it; each two show one, and one more shows the source.
    """

    name: str
    steps: tuple[Member | Call | Index, ...]
    source: str
    is_quiet: bool = False
    escapes: int = 0


class Unary(Struct, frozen=True):
    """`!x`, `-x`."""

    operator: str
    operand: Any


class Binary(Struct, frozen=True):
    """`x == y` and its like."""

    operator: str
    left: Any
    right: Any


Expression = Literal | Interpolated | ListOf | MapOf | Range | Reference | Unary | Binary


class SetTo(Struct, frozen=True):
    """`#set($name = expression)`."""

    target: Reference
    value: Any


class If(Struct, frozen=True):
    """`#if … #elseif … #else … #end`; a branch without condition is the last."""

    branches: tuple[tuple[Any, tuple[Any, ...]], ...]


class Foreach(Struct, frozen=True):
    """`#foreach($name in expression) … #end`."""

    name: str
    items: Any
    body: tuple[Any, ...]


class Stop(Struct, frozen=True):
    """`#stop` ends the template, `#break` the innermost loop, or the template outside of loops."""

    is_break: bool


Node = str | Literal | Reference | SetTo | If | Foreach | Stop
