"""Which items does a file hold that a table is made of? Lines of DynamoDB's JSON, or CSV.

What is no item is told and left out (DynamoDB developer guide, "Amazon S3 import formats for DynamoDB").
"""

import csv
import gzip
import io
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim import ApiError, load_json
from eventsim_sources.table import errors
from eventsim_sources.table.limits import ITEM_BYTES_MAX
from eventsim_sources.table.restore import from_json
from eventsim_sources.table.schema import Schema
from eventsim_sources.table.value import Item, checked_item, size_of


class Format(Struct, frozen=True, kw_only=True):
    """How files are written.

    Attributes:
        is_csv: comma-separated values, otherwise DynamoDB's JSON.
        is_packed: whether they are gzip files.
        delimiter, header: of CSV; without a header the first line of each file is one.
    """

    is_csv: bool = False
    is_packed: bool = False
    delimiter: str = ","
    header: Sequence[str] = ()


def read_items(content: bytes, format: Format, schema: Schema) -> Iterator[Item | ApiError]:  # noqa: A002 - its name
    """Yield the items of a file, and an error for each line that is none."""
    try:
        text = (gzip.decompress(content) if format.is_packed else content).decode("utf-8-sig", "surrogatepass")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        yield errors.invalid(f"The file cannot be read: {error}")
        return
    found = _csv_items(text, format, schema) if format.is_csv else _json_items(text)
    for given in found:
        yield given if isinstance(given, ApiError) else _fitting(given, schema)


def _fitting(given: Mapping[str, Any], schema: Schema) -> Item | ApiError:
    """Return an item that a table with these keys takes, or why it takes none."""
    try:
        item = checked_item(given)
        schema.check_item(item)
    except ApiError as error:
        return error
    if size_of(item) > ITEM_BYTES_MAX:
        return errors.invalid("Item size has exceeded the maximum allowed size")
    return item


def _json_items(text: str) -> Iterator[dict[str, Any] | ApiError]:
    for line in text.split("\n"):  # `splitlines` would split within texts
        if not line.strip():
            continue
        try:
            yield from_json(load_json(line)["Item"])
        except (ValueError, TypeError, KeyError, AttributeError):
            yield errors.invalid(f"The line is no item of DynamoDB's JSON: {line[:80]}")


def _csv_items(text: str, format: Format, schema: Schema) -> Iterator[dict[str, Any] | ApiError]:  # noqa: A002
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=format.delimiter)
    header = list(format.header) or next(rows, [])
    for row in rows:
        if not row:
            continue
        if len(row) != len(header):
            yield errors.invalid(f"The line has {len(row)} values, the header {len(header)}")
            continue
        yield _csv_item(dict(zip(header, row, strict=True)), schema)


def _csv_item(row: Mapping[str, str], schema: Schema) -> dict[str, Any] | ApiError:
    """Return an item whose keys have their types; all else are texts."""
    item: dict[str, Any] = {}
    for name, text in row.items():
        kind = schema.types.get(name, "S")
        try:
            item[name] = {kind: b64decode(text, validate=True) if kind == "B" else text}
        except ValueError:
            return errors.invalid(f"{name} is no base64: {text[:80]}")
    return item
