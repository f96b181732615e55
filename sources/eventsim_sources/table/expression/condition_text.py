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
from eventsim_sources.table.expression.reader import OPERANDS, PARENTHESES, Reader
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

VALUE_FUNCTIONS: Final = frozenset({"size"})
"""Those that give a value, and may stand where an operand may."""

_UPDATE_FUNCTIONS: Final = frozenset({"if_not_exists", "list_append"})
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})


@lru_cache(maxsize=2048)
def read_condition(text: str, what: str) -> Test:
    """Read the text of a condition, once for all requests that send it.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    reader = Reader(cursor_of(text, what), FUNCTIONS, VALUE_FUNCTIONS, _UPDATE_FUNCTIONS, "a condition expression")
    test = ConditionReader(reader).test()
    reader.finish()
    return test


class _Level:
    """What is read so far between two parentheses: the parts joined by OR, those joined by AND, and NOTs."""

    __slots__ = ("both", "either", "negations", "opened")

    def __init__(self, opened: int) -> None:
        self.opened = opened
        self.either: list[Test] = []
        self.both: list[Test] = []
        self.negations = 0


class ConditionReader:
    """Reads a condition from a reader of parts.

    It keeps open parentheses in a list and does not call itself, so many of them do not exhaust the stack: clients
    build long conditions two by two, each pair in parentheses.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._cursor = reader.cursor
        self._group = (-1, -1)

    def test(self) -> Test:
        """Read a condition; what follows it is left."""
        levels = [_Level(-1)]
        while True:
            part: Test | Operand = self._start(levels)
            while not self._joined(levels[-1], part := self._negated(levels[-1], self._compared(part))):
                whole = self._whole(levels[-1], part)
                if len(levels) == 1:
                    return self._as_test(whole)
                self._close(levels.pop())
                part = whole

    def _start(self, levels: list[_Level]) -> Operand:
        """Read up to the first operand, opening a level at each parenthesis."""
        cursor = self._cursor
        while True:
            while cursor.takes_keyword("NOT"):
                self._reader.count_operator()
                levels[-1].negations += 1
            if cursor.token.text != "(":
                return self._operand()
            levels.append(_Level(cursor.index))
            cursor.take()

    def _close(self, level: _Level) -> None:
        """Leave a level at its closing parenthesis."""
        closed = self._cursor.index
        self._cursor.expect(")")
        if self._group == (level.opened + 1, closed - 1):
            self._reader.note(PARENTHESES, "The expression has redundant parentheses;")
        self._group = (level.opened, closed)

    def _negated(self, level: _Level, part: Test | Operand) -> Test | Operand:
        if not level.negations:
            return part
        negation = Negation(self._as_test(part))
        twice = level.negations % 2 == 0
        level.negations = 0
        return Negation(negation) if twice else negation

    def _joined(self, level: _Level, part: Test | Operand) -> bool:
        """Add the part to its level if AND or OR follows it, and tell whether one does."""
        keyword = self._cursor.token.keyword
        if keyword not in ("AND", "OR"):
            return False
        level.both.append(self._as_test(part))
        if keyword == "OR":
            level.either.append(_junction("AND", level.both))
            level.both = []
        self._cursor.take()
        self._reader.count_operator()
        return True

    def _whole(self, level: _Level, part: Test | Operand) -> Test | Operand:
        if not level.both and not level.either:
            return part
        return _junction("OR", [*level.either, _junction("AND", [*level.both, self._as_test(part)])])

    def _compared(self, left: Test | Operand) -> Test | Operand:
        """Read the comparison of which an operand is the left side, if it is one."""
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
        if isinstance(part, Call) and (part.function in VALUE_FUNCTIONS or part.function not in FUNCTIONS):
            self._reader.note_misuse(part.function)
        return part

    def as_operand(self, part: Test | Operand) -> Operand:
        """Check that what was read is an operand."""
        if not isinstance(part, Path | Parameter | Literal | Collection | Call):
            self._cursor.fail()
        if isinstance(part, Call) and part.function not in VALUE_FUNCTIONS:
            self._reader.note_misuse(part.function)
        return part


def _junction(operator: str, tests: list[Test]) -> Test:
    """Join tests; what is joined by the same operator already becomes part of the whole."""
    if len(tests) == 1:
        return tests[0]
    parts: list[Test] = []
    for test in tests:
        if isinstance(test, Junction) and test.operator == operator:
            parts += test.parts
        else:
            parts.append(test)
    return Junction(operator, tuple(parts))
