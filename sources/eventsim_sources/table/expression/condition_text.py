"""What does the text of a condition say?

    test    = both (OR both)*              both = negated (AND negated)*         negated = NOT* simple
    simple  = "(" test ")" | function | operand comparator operand | operand BETWEEN operand AND operand
            | operand IN "(" operand ("," operand)* ")"
    operand = path | value | size(path) | "(" operand ")"

What stands in parentheses is known only once it is read, so reading yields operands and tests alike, and checks then
which it is.
"""

from functools import lru_cache
from typing import Final

from eventsim_sources.table.expression.errors import operand_count
from eventsim_sources.table.expression.reader import MISUSED_FUNCTION, OPERANDS, PARENTHESES, Reader
from eventsim_sources.table.expression.tokens import cursor_of
from eventsim_sources.table.expression.tree import (
    Between,
    Call,
    Collection,
    Comparison,
    Junction,
    Literal,
    Membership,
    Negation,
    Operand,
    Parameter,
    Path,
    Test,
)

CHOICES_MAX: Final = 100
"""Operands of IN (DynamoDB API reference, condition expressions: IN)."""

COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
FUNCTIONS: Final = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
"""The functions of conditions and how many operands each takes; all but `size` are true or false."""

_UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})


@lru_cache(maxsize=2048)
def read_condition(text: str, what: str) -> Test:
    """Read the text of a condition, once for all requests that send it.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    reader = Reader(cursor_of(text, what), FUNCTIONS, _UPDATE_FUNCTIONS, "a condition expression")
    conditions = ConditionReader(reader)
    test = conditions.test()
    reader.finish()
    return test


class ConditionReader:
    """Reads a condition from a reader of parts."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._cursor = reader.cursor
        self._group = (-1, -1)

    def test(self) -> Test:
        """Read a condition; what follows it is left."""
        return self._as_test(self._either())

    def _either(self) -> Test | Operand:
        part = self._both()
        if self._cursor.token.keyword != "OR":
            return part
        parts = [self._as_test(part)]
        while self._cursor.takes_keyword("OR"):
            self._reader.count_operator()
            parts.append(self._as_test(self._both()))
        return Junction("OR", tuple(parts))

    def _both(self) -> Test | Operand:
        part = self._negated()
        if self._cursor.token.keyword != "AND":
            return part
        parts = [self._as_test(part)]
        while self._cursor.takes_keyword("AND"):
            self._reader.count_operator()
            parts.append(self._as_test(self._negated()))
        return Junction("AND", tuple(parts))

    def _negated(self) -> Test | Operand:
        count = 0
        while self._cursor.takes_keyword("NOT"):
            self._reader.count_operator()
            count += 1
        part = self._simple()
        if not count:
            return part
        negation = Negation(self._as_test(part))
        return negation if count % 2 else Negation(negation)

    def _simple(self) -> Test | Operand:
        left = self._primary()
        token = self._cursor.token
        if token.kind == "sign" and token.text in COMPARATORS:
            operator = self._cursor.take().text
            self._reader.count_operator()
            return Comparison(operator, self.as_operand(left), self.right())
        if self._cursor.takes_keyword("BETWEEN"):
            self._reader.count_operator()
            operand, low = self.as_operand(left), self.right()
            if not self._cursor.takes_keyword("AND"):
                self._cursor.fail()
            return Between(operand, low, self.right())
        if self._cursor.takes_keyword("IN"):
            self._reader.count_operator()
            return Membership(self.as_operand(left), self.choices())
        return self.further(left)

    def further(self, left: Test | Operand) -> Test | Operand:
        """Read what else may follow an operand; here nothing."""
        return left

    def _primary(self) -> Test | Operand:
        cursor = self._cursor
        if cursor.token.text != "(":
            return self._operand()
        opened = cursor.index
        cursor.take()
        self._reader.enter()
        inner = self._either()
        closed = cursor.index
        cursor.expect(")")
        self._reader.leave()
        if self._group == (opened + 1, closed - 1):
            self._reader.note(PARENTHESES, "The expression has redundant parentheses;")
        self._group = (opened, closed)
        return inner

    def _operand(self) -> Operand:
        if self._cursor.token.keyword in _KEYWORDS:
            self._cursor.fail()
        return self._reader.operand()

    def right(self) -> Operand:
        """Read an operand on the right of an operator."""
        return self.as_operand(self._operand())

    def choices(self, opening: str = "(", closing: str = ")") -> tuple[Operand, ...]:
        """Read the operands of IN."""
        self._cursor.expect(opening)
        choices = [self.right()]
        while self._cursor.takes(","):
            choices.append(self.right())
        self._cursor.expect(closing)
        if len(choices) > CHOICES_MAX:
            self._reader.note(OPERANDS, operand_count("IN", len(choices)))
        return tuple(choices)

    def _as_test(self, part: Test | Operand) -> Test:
        if isinstance(part, Path | Parameter | Literal | Collection):
            self._cursor.fail()
        if isinstance(part, Call) and part.function == "size":
            self._misused(part)
        return part

    def as_operand(self, part: Test | Operand) -> Operand:
        """Check that what was read is an operand."""
        if not isinstance(part, Path | Parameter | Literal | Collection | Call):
            self._cursor.fail()
        if isinstance(part, Call) and part.function != "size" and part.function in FUNCTIONS:
            self._misused(part)
        return part

    def _misused(self, call: Call) -> None:
        fault = f"The function is not allowed to be used this way in an expression; function: {call.function}"
        self._reader.note(MISUSED_FUNCTION, fault)
