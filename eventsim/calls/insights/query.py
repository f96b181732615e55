"""What does a query answer? Its commands, one after another; each gets the rows that the one before has left.

    fields @timestamp, @message, status / 100 as class     names what is shown, and works out new fields
    filter status >= 500 and @message like /time.?out/     keeps some rows
    parse @message "user=* took *ms" as user, ms           takes fields out of a text
    stats count(*) as n, avg(ms) by user, bin(5m)          one row for each group
    sort n desc | limit 20 | dedup user | display user

The newest events come first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from eventsim.calls.insights.expression import TIMESTAMP, Expression, ExpressionReader, Row, is_true
from eventsim.calls.insights.functions import Value, number_of, text_of
from eventsim.calls.insights.reader import QueryMistake, Reader
from eventsim.calls.insights.stats import StatsReader

ROWS_MAX = 10_000
"""Rows of an answer (documented)."""
_POINTER = "@ptr"
_UNKNOWN = (
    *("pattern", "diff", "unmask", "unnest", "lookup", "anomaly", "source", "filterindex", "join", "subqueries"),
    *("addtotals", "addcoltotals", "timechart", "where", "eval", "expand"),
)


class Table(Struct, frozen=True):
    """Rows, and which of their fields are shown.

    Attributes:
        shown: names in order, empty for what is shown where nothing is said.
        is_summed: whether they are rows of `stats`, which lead back to no event.
    """

    rows: Sequence[Row]
    shown: tuple[str, ...] = ()
    is_summed: bool = False

    def with_rows(self, rows: Iterable[Row]) -> "Table":
        """Return the same with other rows."""
        return Table(list(rows), self.shown, self.is_summed)


Command = Callable[[Table], Table]


def read_query(text: str) -> Callable[[Sequence[Row], int], list[list[dict[str, str]]]]:
    """Return what answers a query: of rows, the newest first, at most so many rows as an answer has them.

    Raises:
        QueryMistake: it is none, or not one that is simulated.
    """
    reader, commands = Reader(text), list[Command]()
    while not reader.is_done:
        if commands:
            reader.want("|")
        commands.append(_command(reader))
    if not commands:
        raise reader.mistake("expected a command")

    def answer(rows: Sequence[Row], limit: int) -> list[list[dict[str, str]]]:
        table = Table(rows)
        for command in commands:
            table = command(table)
        return [_shown(table, row) for row in table.rows[:limit]]

    return answer


def _shown(table: Table, row: Row) -> list[dict[str, str]]:
    names = table.shown or (TIMESTAMP, "@message")
    if not table.is_summed and _POINTER not in names:
        names = (*names, _POINTER)
    return [{"field": name, "value": text_of(row[name])} for name in names if row.get(name) is not None]


def _command(reader: Reader) -> Command:
    at, word = reader.at, reader.name().lower()
    read = _COMMANDS.get(word)
    if read is None:
        reason = f"the command {word} is not simulated" if word in _UNKNOWN else f"unexpected symbol found {word}"
        raise QueryMistake(reason, at)
    return read(reader)


# --- commands ----------------------------------------------------------------------------------------------


def _fields(reader: Reader) -> Command:
    made = _named_list(reader, ExpressionReader(reader))

    def apply(table: Table) -> Table:
        rows = [{**row, **{name: worth(row) for name, worth in made}} for row in table.rows]
        names = dict.fromkeys([*table.shown, *(name for name, _ in made)])
        return Table(rows, tuple(names), table.is_summed)

    return apply


def _display(reader: Reader) -> Command:
    names = _names(reader)
    return lambda table: Table(table.rows, names, table.is_summed)


def _filter(reader: Reader) -> Command:
    test = ExpressionReader(reader).expression()
    return lambda table: table.with_rows(row for row in table.rows if is_true(test(row)))


def _stats(reader: Reader) -> Command:
    sums = _named_list(reader, StatsReader(reader))
    keys = _named_list(reader, ExpressionReader(reader)) if reader.took("by") else []
    names = tuple(name for name, _ in (*keys, *sums))

    def apply(table: Table) -> Table:
        groups: dict[tuple[str, ...], tuple[dict[str, Value], list[Row]]] = {}
        for row in table.rows:
            values = {name: worth(row) for name, worth in keys}
            place = tuple(text_of(value) for value in values.values())
            groups.setdefault(place, (values, []))[1].append(row)
        rows = [{**values, **{name: worth(members) for name, worth in sums}} for values, members in groups.values()]
        return Table(rows, names, is_summed=True)

    return apply


def _sort(reader: Reader) -> Command:
    keys: list[tuple[Expression, bool]] = []
    while not keys or reader.took(","):
        worth = ExpressionReader(reader).expression()
        keys.append((worth, reader.took("asc", "desc") == "desc"))

    def apply(table: Table) -> Table:
        rows = list(table.rows)
        for worth, is_falling in reversed(keys):
            rows.sort(key=lambda row, worth=worth: _order(worth(row)), reverse=is_falling)  # type: ignore[misc]  # of now
        return table.with_rows(rows)

    return apply


def _order(value: Value) -> tuple[int, float, str]:
    """Return a key that has numbers before texts, and both behind fields that are not there."""
    number = number_of(value)
    if value is None:
        return 0, 0.0, ""
    return (1, number, "") if number is not None else (2, 0.0, text_of(value))


def _limit(reader: Reader) -> Command:
    number = reader.number()
    if number is None or not 1 <= number <= ROWS_MAX:
        raise reader.mistake(f"expected a number from 1 to {ROWS_MAX}")
    count = int(number)
    return lambda table: table.with_rows(table.rows[:count])


def _dedup(reader: Reader) -> Command:
    """Read which fields make events the same; one that lacks a field is like no other (documented)."""
    names = _names(reader)

    def apply(table: Table) -> Table:
        seen: set[tuple[str, ...]] = set()
        rows = []
        for row in table.rows:
            values = tuple(text_of(row.get(name)) for name in names)
            if values not in seen or any(row.get(name) is None for name in names):
                rows.append(row)
            seen.add(values)
        return table.with_rows(rows)

    return apply


def _parse(reader: Reader) -> Command:
    at = reader.at
    field = "@message"
    pattern, text = reader.regular(), reader.quoted()
    if pattern is None and text is None:
        field = reader.name()
        pattern, text = reader.regular(), reader.quoted()
    if pattern is not None:
        names = tuple(pattern.groupindex) or (_names(reader) if reader.took("as") else ())
    elif text is not None:
        places = "(.*?)".join(re.escape(part) for part in text.split("*"))
        pattern = re.compile(f"{places}$" if text.endswith("*") else places, re.DOTALL)
        reader.want("as")
        names = _names(reader)
    else:
        raise reader.mistake("expected a text or a regular expression")
    if len(names) != pattern.groups:
        raise QueryMistake(f"{pattern.groups} places are to be taken, and {len(names)} names are given", at)
    found = pattern

    def apply(table: Table) -> Table:
        return table.with_rows({**row, **_taken(found, names, row.get(field))} for row in table.rows)

    return apply


def _taken(pattern: re.Pattern[str], names: Sequence[str], value: Value) -> Mapping[str, Value]:
    match = None if value is None else pattern.search(text_of(value))
    return {} if match is None else dict(zip(names, match.groups(), strict=True))


def _names(reader: Reader) -> tuple[str, ...]:
    names = [reader.name()]
    while reader.took(","):
        names.append(reader.name())
    return tuple(names)


def _named_list(reader: Reader, expressions: ExpressionReader) -> list[tuple[str, Expression]]:
    """Read expressions; each has the name behind `as`, or is called as it is written."""
    made: list[tuple[str, Expression]] = []
    while not made or reader.took(","):
        at, worth = reader.at, expressions.expression()
        written = reader.since(at)
        made.append((reader.name() if reader.took("as") else written.strip("`"), worth))
    return made


_COMMANDS: Mapping[str, Callable[[Reader], Command]] = {
    "dedup": _dedup,
    "display": _display,
    "fields": _fields,
    "filter": _filter,
    "limit": _limit,
    "head": _limit,
    "parse": _parse,
    "sort": _sort,
    "stats": _stats,
}
