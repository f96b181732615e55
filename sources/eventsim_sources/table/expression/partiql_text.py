"""What does the text of a PartiQL statement say?

SELECT * | path, …  FROM table[.index]  [WHERE condition]  [ORDER BY key [ASC|DESC], …]
INSERT INTO table VALUE {'name': value, …}
UPDATE table  {SET path = data, … | REMOVE path, …}+  WHERE condition  [RETURNING {ALL|MODIFIED} {OLD|NEW} *]
DELETE FROM table  WHERE condition  [RETURNING ALL OLD *]
EXISTS(SELECT …)

data = value | path | path + value | path - value | list_append(path, list) | set_add(path, set) | set_delete(path, set)
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from eventsim_sources.table.expression.partiql_parts import StatementConditionReader, StatementReader
from eventsim_sources.table.expression.partiql_tokens import cursor_of_statement, malformed
from eventsim_sources.table.expression.tree import (
    Arithmetic,
    Assignment,
    Call,
    Collection,
    Operand,
    Parameter,
    Path,
    Test,
)

_SECTIONS: Final = {"set_add": "ADD", "set_delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class StatementText:
    """A statement before anybody knows its parameters. What its action does not have is None or empty."""

    action: str
    table: str
    index: str | None = None
    paths: tuple[Path, ...] | None = None
    order: tuple[tuple[str, bool], ...] = ()
    where: Test | None = None
    item: Collection | None = None
    assignments: tuple[Assignment, ...] = ()
    returning: str | None = None
    parameters_count: int = 0


@lru_cache(maxsize=1024)
def read_statement(text: str) -> StatementText:
    """Read a statement, once for all requests that send it.

    Raises:
        ApiError: ValidationException, when it does not follow the grammar.
    """
    reader = StatementReader(cursor_of_statement(text))
    cursor = reader.cursor
    match cursor.takes_keyword("SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS"):
        case "SELECT":
            found = _select(reader, "SELECT")
        case "INSERT":
            found = _insert(reader)
        case "UPDATE":
            found = _update(reader)
        case "DELETE":
            found = _delete(reader)
        case "EXISTS":
            cursor.expect("(")
            if not cursor.takes_keyword("SELECT"):
                cursor.fail()
            found = _select(reader, "EXISTS")
            cursor.expect(")")
        case _:
            cursor.fail()
    cursor.takes(";")
    reader.finish()
    return found


def _select(reader: StatementReader, action: str) -> StatementText:
    cursor = reader.cursor
    paths = None
    if not cursor.takes("*"):
        found = [reader.path()]
        while cursor.takes(","):
            found.append(reader.path())
        paths = tuple(found)
    _keyword(reader, "FROM")
    table = reader.name()
    index = reader.name() if cursor.takes(".") else None
    where = _where(reader)
    order: list[tuple[str, bool]] = []
    if cursor.takes_keyword("ORDER"):
        _keyword(reader, "BY")
        order.append(_key_order(reader))
        while cursor.takes(","):
            order.append(_key_order(reader))
    return StatementText(action, table, index, paths, tuple(order), where, parameters_count=reader.parameters)


def _key_order(reader: StatementReader) -> tuple[str, bool]:
    """Read a key and whether its order is descending."""
    name = reader.name()
    return name, reader.cursor.takes_keyword("ASC", "DESC") == "DESC"


def _insert(reader: StatementReader) -> StatementText:
    _keyword(reader, "INTO")
    table = reader.name()
    _keyword(reader, "VALUE")
    item = reader.constant()
    if not isinstance(item, Collection) or item.kind != "M":
        raise malformed("Expected a map of attributes behind VALUE")
    return StatementText("INSERT", table, item=item, parameters_count=reader.parameters)


def _update(reader: StatementReader) -> StatementText:
    table = reader.name()
    assignments: list[Assignment] = []
    while clause := reader.cursor.takes_keyword("SET", "REMOVE"):
        read = _set if clause == "SET" else _remove
        assignments.append(read(reader))
        while reader.cursor.takes(","):
            assignments.append(read(reader))
    if not assignments or reader.cursor.token.keyword != "WHERE":
        reader.fail()
    where = _where(reader)
    returning = _returning(reader, ("ALL", "MODIFIED"), ("OLD", "NEW"))
    return StatementText(
        "UPDATE",
        table,
        where=where,
        assignments=tuple(assignments),
        returning=returning,
        parameters_count=reader.parameters,
    )


def _delete(reader: StatementReader) -> StatementText:
    _keyword(reader, "FROM")
    table = reader.name()
    if reader.cursor.token.keyword != "WHERE":
        reader.fail()
    where = _where(reader)
    returning = _returning(reader, ("ALL",), ("OLD",))
    return StatementText("DELETE", table, where=where, returning=returning, parameters_count=reader.parameters)


def _where(reader: StatementReader) -> Test | None:
    return StatementConditionReader(reader).test() if reader.cursor.takes_keyword("WHERE") else None


def _remove(reader: StatementReader) -> Assignment:
    return Assignment("REMOVE", reader.path())


def _set(reader: StatementReader) -> Assignment:
    path = reader.path()
    reader.cursor.expect("=")
    data = _data(reader)
    if not isinstance(data, Call):
        return Assignment("SET", path, data)
    if data.function == "list_append":
        return Assignment("SET", path, data)
    if data.function not in _SECTIONS:
        raise malformed(f"The function {data.function} is not allowed in a SET clause")
    target, value = data.operands
    if target != path or not isinstance(value, Parameter | Collection):
        raise malformed(f"{data.function} takes the path that is set, and a set")
    return Assignment(_SECTIONS[data.function], path, value)


def _data(reader: StatementReader) -> Operand | Arithmetic:
    left = reader.operand()
    for operator in ("+", "-"):
        if reader.cursor.takes(operator):
            right = reader.operand()
            if isinstance(left, Call) or isinstance(right, Call):
                raise malformed("A function is not allowed in a sum")
            return Arithmetic(operator, left, right)
    return left


def _returning(reader: StatementReader, scopes: tuple[str, ...], ages: tuple[str, ...]) -> str | None:
    """Read a RETURNING clause as the name of a ReturnValues: `ALL_OLD`, `UPDATED_NEW` and so on."""
    cursor = reader.cursor
    if not cursor.takes_keyword("RETURNING"):
        return None
    scope, age = cursor.takes_keyword(*scopes), cursor.takes_keyword(*ages)
    if not scope or not age:
        cursor.fail()
    cursor.expect("*")
    return f"{'UPDATED' if scope == 'MODIFIED' else scope}_{age}"


def _keyword(reader: StatementReader, word: str) -> None:
    if not reader.cursor.takes_keyword(word):
        reader.fail()
