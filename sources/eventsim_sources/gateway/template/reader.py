"""How is a mapping template read? Text, references and directives, from left to right."""

import re
from functools import lru_cache
from typing import Any, NoReturn

from eventsim_sources.gateway.template.tree import (
    Binary,
    Call,
    Foreach,
    If,
    Index,
    Interpolated,
    ListOf,
    Literal,
    MapOf,
    Member,
    Node,
    Range,
    Reference,
    SetTo,
    Stop,
    TemplateMistake,
    Unary,
)

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_REFERENCE = re.compile(r"\$(!?)(\{?)(?=[A-Za-z_])")
_DIRECTIVE = re.compile(
    r"#(?:\{(set|if|elseif|else|end|foreach|stop|break|macro|include|parse|define|evaluate)\}|"
    r"(set|if|elseif|else|end|foreach|stop|break|macro|include|parse|define|evaluate)(?![\w]))"
)
_SPECIAL = re.compile(r"(\\*)[$#]")
_LINE_END = re.compile(r"[ \t]*\r?\n")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?!\.\w)|\d+")
_OPERATORS = (
    ("||", "or"),
    ("&&", "and"),
    ("==", "!=", "<=", ">=", "<", ">", "eq", "ne", "le", "ge", "lt", "gt"),
    ("+", "-"),
    ("*", "/", "%"),
)
_WORDS = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_DEPTH_MAX = 50


@lru_cache(maxsize=500)
def read_template(text: str) -> tuple[Node, ...]:
    """Return the parts of a template.

    Raises:
        TemplateMistake: it cannot be read.
    """
    reader = _Reader(text)
    nodes, end = reader.block()
    if end:
        reader.fail(f"#{end} closes nothing")
    return nodes


class _Reader:
    """One walk through a template's text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def fail(self, why: str) -> NoReturn:
        """Say what is wrong, and where."""
        line = self._text.count("\n", 0, self._at) + 1
        raise TemplateMistake(f"line {line}: {why}")

    # --- text and directives -----------------------------------------------------------------------------

    def block(self) -> tuple[tuple[Node, ...], str]:
        """Read until something closes the block; return what, "" for the end of the text."""
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            self.fail("directives nest too deeply")
        nodes: list[Node] = []
        text, begin = self._text, self._at
        while True:
            found = _SPECIAL.search(text, self._at)
            if found is None:
                self._add(nodes, text[begin:])
                self._at = len(text)
                self._depth -= 1
                return tuple(nodes), ""
            escapes = len(found[1])
            special = self._special(found.end() - 1, escapes)
            if special is None:
                self._at = found.end()
                continue
            # a reference shows its backslashes itself, since it depends on its value how many these are
            self._add(nodes, text[begin : found.start() + (0 if isinstance(special, Reference) else escapes // 2)])
            if isinstance(special, str) and special in ("end", "else", "elseif"):
                self._depth -= 1
                return tuple(nodes), special
            if special != "":
                nodes.append(special)
            begin = self._at

    @staticmethod
    def _add(nodes: list[Node], text: str) -> None:
        if text:
            nodes.append(text)

    def _special(self, at: int, escapes: int) -> Any:
        """Read what stands at `$` or `#` behind so many backslashes.

        Returns:
            None for mere text, "" for nothing to show.
        """
        text = self._text
        self._at = at
        if text[at] == "$":
            return self.reference(escapes) if _REFERENCE.match(text, at) else None
        found = _DIRECTIVE.match(text, at)
        if escapes % 2:
            self._at = at if found is None else found.end()
            return None if found is None else Literal(found[0])
        if text.startswith("##", at):
            end = text.find("\n", at)
            self._at = len(text) if end < 0 else end + 1
            return ""
        if text.startswith("#*", at):
            end = text.find("*#", at)
            if end < 0:
                self.fail("a comment has no end")
            self._at = end + 2
            return ""
        if text.startswith("#[[", at):
            end = text.find("]]#", at)
            if end < 0:
                self.fail("`#[[` has no `]]#`")
            self._at = end + 3
            return Literal(text[at + 3 : end])
        if found is None:
            return None
        self._at = found.end()
        return self._directive(found[1] or found[2])

    def _directive(self, name: str) -> Any:
        match name:
            case "end" | "else":
                self._line_end()
                return name
            case "elseif":
                return name
            case "set":
                return self._set()
            case "if":
                return self._if()
            case "foreach":
                return self._foreach()
            case "stop" | "break":
                if self._text.startswith("(", self._at):
                    self.fail(f"#{name} takes nothing in brackets here; it ends the innermost loop")
                return Stop(name == "break")
            case "parse" | "include":
                return self.fail(f"#{name} reads files, of which API Gateway has none")
            case _:
                return self.fail(f"#{name} is not simulated; write out what it would show")

    def _set(self) -> SetTo:
        self._expect("(")
        self._blanks()
        target = self.reference()
        self._expect("=")
        value = self.expression()
        self._expect(")")
        self._line_end()
        return SetTo(target, value)

    def _line_end(self) -> None:
        """Swallow the end of the line behind a directive, as Velocity 1 does."""
        found = _LINE_END.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _if(self) -> If:
        branches: list[tuple[Any, tuple[Node, ...]]] = []
        condition: Any = self._condition()
        while True:
            body, end = self.block()
            branches.append((condition, body))
            match end:
                case "end":
                    return If(tuple(branches))
                case "else":
                    condition = None
                case "elseif":
                    condition = self._condition()
                case _:
                    self.fail("an #if has no #end")

    def _condition(self) -> Any:
        self._expect("(")
        condition = self.expression()
        self._expect(")")
        self._line_end()
        return condition

    def _foreach(self) -> Foreach:
        self._expect("(")
        self._blanks()
        name = self.reference().name
        self._blanks()
        if not self._text.startswith("in", self._at):
            self.fail("a #foreach says `$each in $list`")
        self._at += 2
        items = self.expression()
        self._expect(")")
        self._line_end()
        body, end = self.block()
        if end != "end":
            self.fail("a #foreach has no #end")
        return Foreach(name, items, body)

    # --- references --------------------------------------------------------------------------------------

    def reference(self, escapes: int = 0) -> Reference:
        """Read `$name…` behind so many backslashes."""
        begin = self._at
        found = _REFERENCE.match(self._text, begin)
        if found is None:
            self.fail("a reference begins with `$`")
        self._at = found.end()
        name = self._name()
        steps: list[Member | Call | Index] = []
        while (step := self._step()) is not None:
            steps.append(step)
        if found[2]:
            if not self._text.startswith("}", self._at):
                self.fail("`${` has no `}`")
            self._at += 1
        source, is_quiet = self._text[begin : self._at], found[1] == "!"
        return Reference(name=name, steps=tuple(steps), source=source, is_quiet=is_quiet, escapes=escapes)

    def _name(self) -> str:
        found = _NAME.match(self._text, self._at)
        if found is None:
            self.fail("a name is missing")
        self._at = found.end()
        return found[0]

    def _step(self) -> Member | Call | Index | None:
        text = self._text
        if text.startswith("[", self._at):
            self._at += 1
            at = self.expression()
            self._expect("]")
            return Index(at)
        if not text.startswith(".", self._at) or _NAME.match(text, self._at + 1) is None:
            return None
        self._at += 1
        name = self._name()
        if not text.startswith("(", self._at):
            return Member(name)
        self._at += 1
        return Call(name, self._sequence(")"))

    def _sequence(self, end: str) -> tuple[Any, ...]:
        items: list[Any] = []
        self._blanks()
        while not self._text.startswith(end, self._at):
            items.append(self.expression())
            self._blanks()
            if self._text.startswith(",", self._at):
                self._at += 1
                self._blanks()
            elif not self._text.startswith(end, self._at):
                self.fail(f"`{end}` is missing")
        self._at += len(end)
        return tuple(items)

    # --- expressions -------------------------------------------------------------------------------------

    def expression(self, level: int = 0) -> Any:
        """Read an expression; operators of higher levels bind more tightly."""
        if level == len(_OPERATORS):
            return self._unary()
        left = self.expression(level + 1)
        while (operator := self._operator(level)) is not None:
            left = Binary(operator, left, self.expression(level + 1))
        return left

    def _operator(self, level: int) -> str | None:
        self._blanks()
        text = self._text
        for operator in _OPERATORS[level]:
            if not text.startswith(operator, self._at):
                continue
            end = self._at + len(operator)
            if operator.isalpha() and _NAME.match(text, end) is not None:
                continue
            self._at = end
            return _WORDS.get(operator, operator)
        return None

    def _unary(self) -> Any:
        self._blanks()
        text = self._text
        if text.startswith("!", self._at):
            self._at += 1
            return Unary("!", self._unary())
        if text.startswith("not ", self._at):
            self._at += 4
            return Unary("!", self._unary())
        if text.startswith("-", self._at):
            self._at += 1
            return Unary("-", self._unary())
        return self._operand()

    def _operand(self) -> Any:
        text, at = self._text, self._at
        if _REFERENCE.match(text, at):
            return self.reference()
        match text[at : at + 1]:
            case '"' | "'" as quote:
                return self._string(quote)
            case "(":
                self._at += 1
                inner = self.expression()
                self._expect(")")
                return inner
            case "[":
                self._at += 1
                return self._list()
            case "{":
                self._at += 1
                return self._map()
        number = _NUMBER.match(text, at)
        if number is not None:
            self._at = number.end()
            return Literal(float(number[0]) if "." in number[0] else int(number[0]))
        for word, value in (("true", True), ("false", False), ("null", None)):
            if text.startswith(word, at):
                self._at += len(word)
                return Literal(value)
        return self.fail("an expression is missing")

    def _string(self, quote: str) -> Any:
        end = self._at + 1
        text = self._text
        escaped = ("\\" + quote, quote + quote)
        while end < len(text) and (text[end] != quote or text.startswith(escaped, end)):
            end += 2 if text.startswith(escaped, end) else 1
        if end >= len(text):
            self.fail("a string has no end")
        content = text[self._at + 1 : end]
        self._at = end + 1
        if quote == "'":
            return Literal(content.replace("''", "'"))
        return Interpolated(read_template(content.replace('\\"', '"').replace('""', '"') if content else ""))

    def _list(self) -> Any:
        self._blanks()
        if self._text.startswith("]", self._at):
            self._at += 1
            return ListOf(())
        first = self.expression()
        self._blanks()
        if self._text.startswith("..", self._at):
            self._at += 2
            last = self.expression()
            self._expect("]")
            return Range(first, last)
        if self._text.startswith(",", self._at):
            self._at += 1
            return ListOf((first, *self._sequence("]")))
        self._expect("]")
        return ListOf((first,))

    def _map(self) -> MapOf:
        items: list[tuple[Any, Any]] = []
        self._blanks()
        while not self._text.startswith("}", self._at):
            name = self.expression()
            self._expect(":")
            items.append((name, self.expression()))
            self._blanks()
            if self._text.startswith(",", self._at):
                self._at += 1
                self._blanks()
        self._at += 1
        return MapOf(tuple(items))

    # --- small steps -------------------------------------------------------------------------------------

    def _blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _expect(self, what: str) -> None:
        self._blanks()
        if not self._text.startswith(what, self._at):
            self.fail(f"`{what}` is missing")
        self._at += len(what)
