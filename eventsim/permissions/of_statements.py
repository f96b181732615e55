"""What do PartiQL statements of DynamoDB need? An action of their own kind on the table or the index that they name."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from eventsim.permissions.item_keys import hash_name
from eventsim.permissions.need import Need, Needs, Place, called, members, nothing, text_in

_STATEMENT: Final = re.compile(
    r"""\s*(?:EXISTS\s*\(\s*)?
    (?:(?P<Select>SELECT)\b.*?\bFROM|(?P<Insert>INSERT)\s+INTO|(?P<Update>UPDATE)\b|(?P<Delete>DELETE)\s+FROM)\s*
    (?:"(?P<quoted>[^"]+)"|(?P<table>[\w-]+))(?:\.(?:"(?P<quoted_index>[^"]+)"|(?P<index>[\w-]+)))?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_table = called("TableName", "dynamodb", "table/{}")


def _needs_of(text: str, place: Place, enclosing: str = "") -> Iterable[Need]:
    """Return what a statement needs; one that cannot be read will be refused for that."""
    match = _STATEMENT.match(text)
    if match is None:
        return []
    table = _table({"TableName": match["quoted"] or match["table"]}, place)
    index = match["quoted_index"] or match["index"] or ""
    keys = {"dynamodb:EnclosingOperation": (enclosing,)} if enclosing else {}
    name = hash_name(place, table, index)
    if match["Select"] and name:
        keys["dynamodb:FullTableScan"] = ("false" if _is_narrowed(text[match.end() :], name) else "true",)
    action = next(word for word in ("Select", "Insert", "Update", "Delete") if match[word])
    return [Need(f"dynamodb:PartiQL{action}", f"{table}/index/{index}" if index else table, keys)]


def _is_narrowed(condition: str, name: str) -> bool:
    """Tell whether a condition says which partitions to read."""
    return re.search(rf'(?<![\w.])"?{re.escape(name)}"?\s*(?:=|IN\b)', condition, re.I) is not None


def _each_of(parameter: str, enclosing: str) -> Needs:
    """Return what needs what the statements of a list do."""
    return lambda given, place: [
        need
        for entry in members(given.get(parameter))
        for need in _needs_of(text_in(entry, "Statement"), place, enclosing)
    ]


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "BatchExecuteStatement": nothing,
        "ExecuteStatement": lambda given, place: _needs_of(text_in(given, "Statement"), place),
        "ExecuteTransaction": _each_of("TransactStatements", "ExecuteTransaction"),
    }
)
