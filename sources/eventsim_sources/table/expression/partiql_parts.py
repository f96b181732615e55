"""How are the parts of a PartiQL statement read: names, literals, parameters, functions and conditions?

They become the trees of the expressions, so that one evaluation serves both. The parameters `?` become `:0`, `:1` and
so on.
"""

from typing import Final

from eventsim_sources.table.expression.condition_text import FUNCTIONS as CONDITION_FUNCTIONS
from eventsim_sources.table.expression.condition_text import VALUE_FUNCTIONS, ConditionReader
from eventsim_sources.table.expression.partiql_tokens import StatementCursor
from eventsim_sources.table.expression.reader import Reader
from eventsim_sources.table.expression.tree import (
    Alias,
    Call,
    Collection,
    Comparison,
    Literal,
    Negation,
    Operand,
    Parameter,
    Test,
)
from eventsim_sources.table.number import canonical
from eventsim_sources.table.value import AttributeValue

FUNCTIONS: Final = {**CONDITION_FUNCTIONS, "list_append": 2, "set_add": 2, "set_delete": 2}
_WORDS: Final[dict[str, AttributeValue]] = {
    "TRUE": {"BOOL": True},
    "FALSE": {"BOOL": False},
    "NULL": {"NULL": True},
}
_CLOSINGS: Final = {"[": "]", "(": ")", "<<": ">>"}
_CLAUSES: Final = frozenset({"FROM", "WHERE", "SET", "REMOVE", "RETURNING", "ORDER", "VALUE", "INTO", "SELECT", "IS"})


class StatementReader(Reader):
    """Reads the parts of a statement and counts its parameters."""

    def __init__(self, cursor: StatementCursor) -> None:
        super().__init__(cursor, FUNCTIONS, VALUE_FUNCTIONS)
        self.parameters = 0

    def name(self) -> str:
        """Read a name, with or without quotation marks."""
        token = self.cursor.token
        if token.kind == "quoted" and len(token.text) > len('""'):
            return self.cursor.take().text[1:-1].replace('""', '"')
        if token.kind != "name" or token.keyword in _CLAUSES:
            self.fail()
        return self.cursor.take().text

    def element(self) -> str | Alias:
        """Read an element of a path."""
        return self.name()

    def function_name(self) -> str:
        """Read the name of a function, in any case."""
        return self.cursor.take().text.lower()

    def value(self) -> Parameter:
        """Read a parameter."""
        self.cursor.take()
        self.parameters += 1
        return Parameter(f":{self.parameters - 1}")

    def operand(self) -> Operand:
        """Read a literal, a parameter, a path or a function."""
        literal = self.literal()
        return super().operand() if literal is None else literal

    def constant(self) -> Parameter | Literal | Collection:
        """Read a literal or a parameter."""
        literal = self.literal()
        if literal is None:
            self.fail()
        return literal

    def literal(self) -> Parameter | Literal | Collection | None:
        """Read a literal or a parameter, if one stands here."""
        token = self.cursor.token
        if token.kind == "value":
            return self.value()
        if token.kind == "string":
            return Literal({"S": self.cursor.take().text[1:-1].replace("''", "'")})
        if token.keyword in _WORDS:
            return Literal(_WORDS[self.cursor.take().keyword])
        if token.kind in ("number", "decimal"):
            return Literal({"N": canonical(self.cursor.take().text)})
        if token.text in ("+", "-") and self.cursor.after().kind in ("number", "decimal"):
            sign = self.cursor.take().text
            return Literal({"N": canonical(sign + self.cursor.take().text)})
        if token.text in ("[", "{", "<<"):
            return self._collection()
        return None

    def _collection(self) -> Collection:
        opening = self.cursor.take().text
        self.enter()
        if opening == "{":
            found = self._map()
        else:
            closing = _CLOSINGS[opening]
            parts: list[Parameter | Literal | Collection] = []
            while not self.cursor.takes(closing):
                if parts:
                    self.cursor.expect(",")
                parts.append(self.constant())
            found = Collection("L" if opening == "[" else "SET", tuple(parts))
        self.leave()
        return found

    def _map(self) -> Collection:
        members: dict[str, Parameter | Literal | Collection] = {}
        while not self.cursor.takes("}"):
            if members:
                self.cursor.expect(",")
            if self.cursor.token.kind == "string":
                name = self.cursor.take().text[1:-1].replace("''", "'")
            else:
                name = self.name()
            self.cursor.expect(":")
            members[name] = self.constant()
        return Collection("M", tuple(members.values()), tuple(members))


class StatementConditionReader(ConditionReader):
    """Reads the condition of a WHERE clause: as in expressions, and `!=`, `IS [NOT] MISSING`, `IS [NOT] NULL`."""

    def further(self, left: Test | Operand) -> Test | Operand:
        """Read what PartiQL lets follow an operand."""
        cursor = self._cursor
        if cursor.takes("!="):
            return Comparison("<>", self.as_operand(left), self.right())
        if not cursor.takes_keyword("IS"):
            return left
        negated = cursor.takes_keyword("NOT")
        operand = self.as_operand(left)
        match cursor.takes_keyword("MISSING", "NULL"):
            case "MISSING":
                found: Test = Call("attribute_not_exists", (operand,))
            case "NULL":
                found = Call("attribute_type", (operand, Literal({"S": "NULL"})))
            case _:
                cursor.fail()
        return Negation(found) if negated else found

    def choices(self, opening: str = "", closing: str = "") -> tuple[Operand, ...]:
        """Read the operands of IN, in brackets of any kind."""
        opening = opening or self._cursor.token.text
        if opening not in _CLOSINGS:
            self._cursor.fail()
        return super().choices(opening, closing or _CLOSINGS[opening])
