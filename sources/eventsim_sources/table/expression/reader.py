"""How are the parts read that all expressions share: document paths, values and functions?

Beside its syntax a text may break other rules: a reserved word, needless parentheses, a function that does not exist.
AWS tells of bad syntax first, so a reader notes those faults and raises the gravest only when all is read.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from eventsim_sources.table.expression.errors import invalid, operand_count
from eventsim_sources.table.expression.reserved import RESERVED
from eventsim_sources.table.expression.tokens import Cursor
from eventsim_sources.table.expression.tree import Alias, Call, Operand, Parameter, Path

OPERATORS_MAX: Final = 300
"""Operators and functions in an expression (DynamoDB developer guide, "Constraints": operators in expressions)."""

PATH_ELEMENTS_MAX: Final = 33
"""Elements of a document path: a name and 32 levels below it."""

INDEX_DIGITS_MAX: Final = 9
"""Digits of a list index; ours, and more than an item of 400 KB has elements."""

DEPTH_MAX: Final = 64
"""Functions, and parentheses around operands, within one another; ours, so that no text exhausts the stack."""

# The order in which faults are told of.
RESERVED_WORD, PARENTHESES, UNKNOWN_FUNCTION, MISUSED_FUNCTION, OPERANDS, LIMITS = range(6)


class Reader:
    """Reads one text and keeps what was wrong with it beside its syntax.

    Args:
        cursor: stands at the start of the text.
        functions: the functions that may stand here, with their number of operands.
        values: those of them that give a value, and may stand within others.
        foreign: the functions that exist but may not stand here.
        place: what AWS calls this kind of expression, such as `a condition expression`.
    """

    def __init__(
        self,
        cursor: Cursor,
        functions: Mapping[str, int],
        values: frozenset[str],
        foreign: frozenset[str] = frozenset(),
        place: str = "",
    ) -> None:
        self.cursor = cursor
        self.depth = 0
        self._what = cursor.what
        self._functions = functions
        self._values = values
        self._foreign = foreign
        self._place = place
        self._faults: list[tuple[int, str]] = []
        self._operators = 0

    def note(self, rank: int, fault: str) -> None:
        """Keep a fault until the syntax of the whole text is known to be good."""
        self._faults.append((rank, fault))

    def note_misuse(self, function: str) -> None:
        """Note that a function stands where its kind may not."""
        fault = f"The function is not allowed to be used this way in an expression; function: {function}"
        self.note(MISUSED_FUNCTION, fault)

    def count_operator(self) -> None:
        """Count one operator or function."""
        self._operators += 1

    def enter(self) -> None:
        """Go one level down into parentheses.

        Raises:
            ApiError: ValidationException, when there are too many levels.
        """
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise invalid(self._what, f"The expression is nested too deeply; nesting levels: {self.depth}")

    def leave(self) -> None:
        """Come one level up."""
        self.depth -= 1

    def finish(self) -> None:
        """Check that all is read and nothing was wrong.

        Raises:
            ApiError: ValidationException, with the gravest fault.
        """
        self.cursor.expect_end()
        if self._operators > OPERATORS_MAX:
            self.note(LIMITS, f"The expression contains too many operators; operator count: {self._operators}")
        if self._faults:
            raise invalid(self._what, min(self._faults, key=lambda fault: fault[0])[1])

    def path(self) -> Path:
        """Read a document path such as `a.#b[3].c`."""
        cursor = self.cursor
        elements: list[str | int | Alias] = [self.element()]
        while True:
            if cursor.takes("."):
                elements.append(self.element())
            elif cursor.takes("["):
                if cursor.token.kind != "number":
                    self.fail()
                elements.append(self._index(cursor.take().text))
                cursor.expect("]")
            else:
                break
        if len(elements) > PATH_ELEMENTS_MAX:
            self.note(LIMITS, f"The document path has too many nesting elements; nesting levels: {len(elements)}")
        return Path(tuple(elements), not any(isinstance(element, Alias) for element in elements))

    def value(self) -> Parameter:
        """Read a value such as `:v`."""
        if self.cursor.token.kind != "value":
            self.fail()
        return Parameter(self.cursor.take().text)

    def operand(self) -> Operand:
        """Read a path, a value, a function, or one of these in parentheses."""
        cursor = self.cursor
        if cursor.token.kind == "value":
            return self.value()
        if cursor.token.kind == "name" and cursor.after().text == "(":
            return self.call()
        if not cursor.takes("("):
            return self.path()
        self.enter()
        if cursor.token.text == "(":
            self.note(PARENTHESES, "The expression has redundant parentheses;")
        operand = self.operand()
        cursor.expect(")")
        self.leave()
        return operand

    def call(self) -> Call:
        """Read a function and its operands."""
        name = self.function_name()
        self.cursor.take()
        self.enter()
        operands = [self.operand()]
        while self.cursor.takes(","):
            operands.append(self.operand())
        self.cursor.expect(")")
        self.leave()
        self.count_operator()
        self._check_call(name, operands)
        return Call(name, tuple(operands))

    def function_name(self) -> str:
        """Read the name of a function."""
        return self.cursor.take().text

    def fail(self) -> NoReturn:
        """Refuse the text at the next token."""
        self.cursor.fail()

    def element(self) -> str | Alias:
        token = self.cursor.token
        if token.kind == "alias":
            return Alias(self.cursor.take().text)
        if token.kind != "name":
            self.fail()
        if token.keyword in RESERVED:
            self.note(RESERVED_WORD, f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        return self.cursor.take().text

    def _index(self, digits: str) -> int:
        if len(digits) > INDEX_DIGITS_MAX:
            self.note(LIMITS, f"List index is not within the allowable range; index: [{digits}]")
        return int(digits[:INDEX_DIGITS_MAX])

    def _check_call(self, name: str, operands: list[Operand]) -> None:
        for operand in operands:
            if isinstance(operand, Call) and operand.function not in self._values:
                self.note_misuse(operand.function)
        if name in self._foreign:
            self.note(MISUSED_FUNCTION, f"The function is not allowed in {self._place}; function: {name}")
        elif name not in self._functions:
            self.note(UNKNOWN_FUNCTION, f"Invalid function name; function: {name}")
        elif len(operands) != self._functions[name]:
            self.note(OPERANDS, operand_count(name, len(operands)))
        elif name in _OF_PATHS and not isinstance(operands[0], Path):
            self.note(OPERANDS, f"Operator or function requires a document path; operator or function: {name}")


_OF_PATHS: Final = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "if_not_exists"})
