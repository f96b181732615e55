"""What does the text of an update say?

update  = section+                       section = SET assignment ("," assignment)*
                                                 | REMOVE path ("," path)*
                                                 | ADD path value ("," path value)*  | DELETE path value ("," …)*
assignment = path "=" sum                sum = operand (("+" | "-") operand)? | "(" sum ")"
operand = path | value | if_not_exists(path, operand) | list_append(operand, operand) | "(" operand ")"
"""

from functools import lru_cache
from typing import Final

from eventsim_sources.table.expression.errors import invalid
from eventsim_sources.table.expression.reader import PARENTHESES, Reader
from eventsim_sources.table.expression.tokens import cursor_of
from eventsim_sources.table.expression.tree import Arithmetic, Assignment, Operand

FUNCTIONS: Final = {"if_not_exists": 2, "list_append": 2}
_CONDITION_FUNCTIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}
)
_SECTIONS: Final = ("SET", "REMOVE", "ADD", "DELETE")


@lru_cache(maxsize=2048)
def read_update(text: str, what: str) -> tuple[Assignment, ...]:
    """Read the text of an update, once for all requests that send it.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    reader = Reader(
        cursor_of(text, what), FUNCTIONS, frozenset(FUNCTIONS), _CONDITION_FUNCTIONS, "an update expression"
    )
    cursor = reader.cursor
    found: list[Assignment] = []
    sections: list[str] = []
    while section := cursor.takes_keyword(*_SECTIONS):
        sections.append(section)
        found.append(_assignment(reader, section))
        while cursor.takes(","):
            found.append(_assignment(reader, section))
    if not sections:
        cursor.fail()
    reader.finish()
    for section in _SECTIONS:
        if sections.count(section) > 1:
            raise invalid(what, f'The "{section}" section can only be used once in an update expression;')
    return tuple(found)


def _assignment(reader: Reader, section: str) -> Assignment:
    path = reader.path()
    if section == "REMOVE":
        return Assignment(section, path)
    if section != "SET":
        reader.count_operator()
        return Assignment(section, path, reader.value())
    reader.cursor.expect("=")
    reader.count_operator()
    return Assignment(section, path, _sum(reader))


def _sum(reader: Reader) -> Operand | Arithmetic:
    cursor = reader.cursor
    opened = cursor.token.text == "("
    if not opened:
        return _rest(reader, reader.operand())
    cursor.take()
    reader.enter()
    if cursor.token.text == "(":
        reader.note(PARENTHESES, "The expression has redundant parentheses;")
    inner = _sum(reader)
    cursor.expect(")")
    reader.leave()
    return inner if isinstance(inner, Arithmetic) else _rest(reader, inner)


def _rest(reader: Reader, left: Operand) -> Operand | Arithmetic:
    for operator in ("+", "-"):
        if reader.cursor.takes(operator):
            reader.count_operator()
            return Arithmetic(operator, left, reader.operand())
    return left
