"""Which traces does a filter expression mean? X-Ray's language of keywords, operators and values (documented).

    expression = either ("OR" either)*
    either     = one ("AND" one)*
    one        = "!" one | "(" expression ")" | service [braces] | edge [braces] | keyword [operator value]
    service    = "service(" [who] ")"        edge = "edge(" who "," who ")"
    who        = a text | "id(name: …, type: …, account.id: …)"
    braces     = "{" expression "}"

An expression is read once into a predicate. What it is asked of is a whole trace or, in braces, one segment.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.xray.summary import annotations_of, http_of, span_s, took_s
from eventsim_sources.xray.whole import Entity, Whole, part, service_of


class Scope(Struct, frozen=True):
    """What an expression is asked of.

    Attributes:
        segments: those that it is about: all of a trace, or one.
        subject: the one that answers for what only one can tell: a trace's root.
        span_s: how long it took altogether.
    """

    whole: Whole
    segments: Sequence[Entity]
    subject: Entity
    span_s: float


Predicate = Callable[[Scope], bool]
GroupOf = Callable[[str], str]
"""Returns the expression of a group, by name or ARN."""

_TOKEN = re.compile(
    r"""\s*(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?![\w.])|<=|>=|!=|[=<>!(){},:]"""
    r"""|annotation\[[^\]]+\]|[A-Za-z_][\w.\-]*)"""
)
_NOT_SIMULATED = ("coverage", "first", "index", "last", "message", "remote")
"""Keywords about lists of root causes, which are not worked out."""

_BOOLEANS: dict[str, Callable[[Scope], bool]] = {
    "ok": lambda scope: not any(scope.subject.get(flag) for flag in ("fault", "error", "throttle")),
    "fault": lambda scope: bool(scope.subject.get("fault")),
    "error": lambda scope: bool(scope.subject.get("error")),
    "throttle": lambda scope: any(each.get("throttle") for each in scope.segments),
    "partial": lambda scope: any(each.get("in_progress") for each in scope.segments),
    "inferred": lambda scope: any(each.get("inferred") for each in scope.segments),
    "root": lambda scope: any(each is scope.whole.root for each in scope.segments),
}
_NUMBERS: dict[str, Callable[[Scope], Any]] = {
    "responsetime": lambda scope: took_s(scope.subject),
    "duration": lambda scope: scope.span_s,
    "http.status": lambda scope: http_of(scope.subject).get("HttpStatus"),
}
_TEXTS: dict[str, Callable[[Entity], Any]] = {
    "http.url": lambda segment: http_of(segment).get("HttpURL"),
    "http.method": lambda segment: http_of(segment).get("HttpMethod"),
    "http.useragent": lambda segment: http_of(segment).get("UserAgent"),
    "http.clientip": lambda segment: http_of(segment).get("ClientIp"),
    "user": lambda segment: segment.get("user"),
    "name": lambda segment: segment["name"],
    "type": lambda segment: segment.get("origin"),
    "instance.id": lambda segment: part(segment, "aws", "ec2").get("instance_id"),
    "availabilityzone": lambda segment: part(segment, "aws", "ec2").get("availability_zone"),
    "resource.arn": lambda segment: segment.get("resource_arn"),
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
    "CONTAINS": lambda one, other: other in one,
    "BEGINSWITH": lambda one, other: one.startswith(other),
    "ENDSWITH": lambda one, other: one.endswith(other),
}
_NESTED_MAX = 100
"""So much nesting is refused, whatever AWS does."""
_OF_TEXTS = ("=", "!=", "CONTAINS", "BEGINSWITH", "ENDSWITH")


def of_trace(whole: Whole) -> Scope:
    """Return what an expression about a trace is asked of."""
    return Scope(whole, whole.segments, whole.root, span_s(whole.started_at, whole.ended_at))


def read_expression(text: str, group_of: GroupOf | None = None) -> Predicate:
    """Return what an expression asks of a trace; an empty one is true of all.

    Args:
        group_of: None where an expression may name no group: in that of another group.

    Raises:
        ApiError: it cannot be read, or asks for something that is not simulated.
    """
    if not text.strip():
        return lambda _: True
    return _Reader(text, group_of).read()


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str, group_of: GroupOf | None) -> None:
        self._text = text
        self._group_of = group_of
        self._tokens = list(_tokens(text))
        self._place = 0
        if sum(token in ("!", "(", "{") for token in self._tokens) > _NESTED_MAX:
            raise self._trouble()

    def read(self) -> Predicate:
        predicate = self._expression()
        if self._peek():
            raise self._trouble()
        return predicate

    # --- what stands next ------------------------------------------------------------------------------

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _skip(self, *signs: str) -> bool:
        if self._peek().upper() in signs:
            self._place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise self._trouble()

    def _trouble(self) -> ApiError:
        near = self._peek() or "the end"
        return ApiError("InvalidRequestException", f"Invalid filter expression: {self._text} (near {near})")

    # --- the grammar -----------------------------------------------------------------------------------

    def _expression(self) -> Predicate:
        parts = [self._either()]
        while self._skip("OR"):
            parts.append(self._either())
        return parts[0] if len(parts) == 1 else lambda scope: any(each(scope) for each in parts)

    def _either(self) -> Predicate:
        parts = [self._one()]
        while self._skip("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda scope: all(each(scope) for each in parts)

    def _one(self) -> Predicate:
        if self._skip("!"):
            negated = self._one()
            return lambda scope: not negated(scope)
        if self._skip("("):
            inner = self._expression()
            self._expect(")")
            return inner
        word = self._next()
        match word:
            case "service":
                return self._service()
            case "edge":
                return self._edge()
            case "group.name" | "group.arn" if self._group_of is not None:
                self._expect("=")
                return read_expression(self._group_of(self._value_of(str)))
            case _:
                return self._keyword(word)

    def _service(self) -> Predicate:
        self._expect("(")
        who = _anybody if self._peek() == ")" else self._who()
        self._expect(")")
        inner = self._braces()
        return lambda scope: any(
            who(segment) and inner(_of_segment(scope.whole, segment)) for segment in scope.segments
        )

    def _edge(self) -> Predicate:
        self._expect("(")
        caller_is = self._who()
        self._expect(",")
        called_is = self._who()
        self._expect(")")
        inner = self._braces()

        def is_edge(whole: Whole, segment: Entity) -> bool:
            caller = whole.caller_of(segment)
            return (
                caller is not None and caller_is(caller) and called_is(segment) and inner(_of_segment(whole, segment))
            )

        return lambda scope: any(is_edge(scope.whole, segment) for segment in scope.segments)

    def _braces(self) -> Predicate:
        if not self._skip("{"):
            return lambda _: True
        if self._skip("}"):
            return lambda _: True
        inner = self._expression()
        self._expect("}")
        return inner

    def _who(self) -> Callable[[Entity], bool]:
        """Read a name, or what `id(…)` says of a service."""
        if self._skip("ID"):
            self._expect("(")
            wanted: dict[str, str] = {}
            while not self._skip(")"):
                member = self._next()
                self._expect(":")
                wanted[member] = self._value_of(str)
                self._skip(",")
            if not wanted or not wanted.keys() <= {"name", "type", "account.id"}:
                raise self._trouble()
            return lambda segment: all(_id_part(segment, member) == value for member, value in wanted.items())
        name = self._value_of(str)
        return lambda segment: service_of(segment).name == name

    def _keyword(self, word: str) -> Predicate:
        if word.startswith("rootcause.") or word in _NOT_SIMULATED:
            raise not_simulated(word)
        if word in _BOOLEANS:
            return self._boolean(_BOOLEANS[word])
        if word in _NUMBERS:
            number = _NUMBERS[word]
            return self._compared(lambda scope: [number(scope)], int, float)
        if word in _TEXTS:
            text = _TEXTS[word]
            if word.startswith("http."):
                return self._compared(lambda scope: [text(scope.subject)], str)
            return self._compared(lambda scope: map(text, scope.segments), str)
        if word.startswith("annotation["):
            return self._annotation(word[len("annotation[") : -1])
        if word.startswith("annotation."):
            return self._annotation(word.removeprefix("annotation."))
        self._place -= 1
        raise self._trouble()

    def _boolean(self, told: Callable[[Scope], bool]) -> Predicate:
        if self._peek() not in ("=", "!="):
            return told
        is_equal, value = self._next() == "=", self._value_of(bool)
        return lambda scope: (told(scope) is value) is is_equal

    def _annotation(self, key: str) -> Predicate:
        def values(scope: Scope) -> Iterator[Any]:
            for segment in scope.segments:
                yield from (value for name, value in annotations_of(segment) if name == key)

        if self._peek().upper() not in _COMPARISONS:
            return lambda scope: any(True for _ in values(scope))
        return self._compared(values, str, bool, int, float)

    def _compared(self, values: Callable[[Scope], Any], *types: type) -> Predicate:
        """Read an operator and a value of one of some types, against which a keyword's own values stand."""
        operator = self._next().upper()
        wanted = self._value_of(*types)
        if operator not in (_OF_TEXTS if isinstance(wanted, str) else _COMPARISONS):
            raise self._trouble()
        if not isinstance(wanted, str) and operator in _OF_TEXTS[2:]:
            raise self._trouble()
        compare, kind = _COMPARISONS[operator], _kind_of(wanted)
        return lambda scope: any(_kind_of(value) is kind and compare(value, wanted) for value in values(scope))

    def _value_of(self, *types: type) -> Any:
        said = self._next()
        value: Any = None
        if said.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", said[1:-1])
        elif said in ("true", "false"):
            value = said == "true"
        elif re.fullmatch(r"-?\d+(\.\d+)?", said):
            value = float(said)
        if type(value) not in types:
            self._place -= 1
            raise self._trouble()
        return value


def not_simulated(what: str) -> ApiError:
    """Return the refusal of a part of the language that nobody simulates."""
    return ApiError(
        "NotImplemented", f"xray.GetTraceSummaries: `{what}` in a filter expression is not simulated.", status=501
    )


def _tokens(text: str) -> Iterator[str]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ApiError("InvalidRequestException", f"Invalid filter expression: {text} (near {text[place:]})")
        yield token[0].strip()
        place = token.end()


def _of_segment(whole: Whole, segment: Entity) -> Scope:
    return Scope(whole, [segment], segment, took_s(segment))


def _anybody(_: Entity) -> bool:
    return True


def _id_part(segment: Entity, member: str) -> str:
    if member == "account.id":
        return str(part(segment, "aws").get("account_id", ""))
    return service_of(segment).name if member == "name" else service_of(segment).type


def _kind_of(value: object) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
