"""How do typed values look as text: in headers, query strings, forms and XML?"""

import base64
import binascii
import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

from eventsim.json_text import load_json
from eventsim.wire.models import Shape

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_DIGITS_MAX: Final = 32
"""More digits than any number of AWS's has."""

_SPECIAL: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Unreadable(ValueError):  # noqa: N818 - a fact, as the field says it
    """A value is not what the model says.

    Attributes:
        kind: what was expected, such as `Integer`.
        value: what was found.
        where: the header, query parameter or label at fault, or "" in a body.
    """

    def __init__(self, kind: str, value: object = "", where: str = "") -> None:
        super().__init__(f"{where or 'a value'} is not of the type {kind}")
        self.kind = kind
        self.value = value
        self.where = where


def read_text(shape: Shape, text: str) -> Any:
    """Return the value that a text stands for.

    Raises:
        Unreadable: it stands for none.
    """
    match shape.kind:
        case "string" | "character":
            return _json_text(text) if shape.is_json_text else text
        case "boolean":
            return _boolean(text)
        case "integer" | "long":
            return _integer(text)
        case "float" | "double":
            return _float(text)
        case "timestamp":
            return read_timestamp(text)
        case "blob":
            return read_blob(text)
        case kind:
            raise Unreadable(f"a {kind} cannot be written as text")


def write_text(shape: Shape, value: Any, timestamp_format: str, *, is_exact: bool = False) -> str:
    """Return a value as text.

    Args:
        timestamp_format: what holds where the model says nothing.
        is_exact: write milliseconds of ISO dates also where they are zero.
    """
    match shape.kind:
        case "boolean":
            return "true" if value else "false"
        case "timestamp":
            return write_timestamp(value, shape.timestamp_format or timestamp_format, is_exact=is_exact)
        case "blob":
            return write_blob(value)
        case "float" | "double":
            return write_float(value)
        case "string" if shape.is_json_text:
            return write_blob(json.dumps(value, separators=(",", ":")))
        case _:
            return str(value)


def read_timestamp(value: str | float) -> datetime:
    """Return the date that a number of seconds, an ISO date or an HTTP date stands for.

    Raises:
        Unreadable: it is none of these, or beyond the years that dates have.
    """
    try:
        if isinstance(value, str):
            return _date(value.strip())
        return _EPOCH + timedelta(microseconds=round(value * 1_000_000))
    except (ValueError, OverflowError, TypeError) as error:
        raise Unreadable("Timestamp", value) from error


def write_timestamp(value: datetime, form: str, *, is_exact: bool = False) -> str:
    """Return a date as text, in one of the model's formats."""
    moment = value.astimezone(UTC)
    match form:
        case "rfc822":
            return format_datetime(moment.replace(microsecond=0), usegmt=True)
        case "unixtimestamp":
            return str(write_seconds(moment))
        case _:
            milliseconds = moment.microsecond // 1_000
            fraction = f".{milliseconds:03d}" if milliseconds or is_exact else ""
            return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def write_seconds(value: datetime) -> int | float:
    """Return a date as seconds since 1970, to the millisecond."""
    milliseconds = (value - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds // 1_000 if milliseconds % 1_000 == 0 else milliseconds / 1_000


def read_blob(text: str) -> bytes:
    """Return the bytes that a text in base64 stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("Blob", text) from error


def write_blob(value: bytes | str) -> str:
    """Return bytes in base64."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def write_float(value: float) -> str:
    """Return a number as text; those that are none have names."""
    return special_float(value) or repr(float(value))


def special_float(value: float) -> str:
    """Return the name of what is no finite number, or ""."""
    if math.isfinite(value):
        return ""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def named_float(name: str) -> float:
    """Return what `special_float` names."""
    try:
        return _SPECIAL[name]
    except KeyError as error:
        raise Unreadable("Double", name) from error


def split_list(shape: Shape, text: str) -> list[str]:
    """Split a header that holds a list; strings may be quoted, and HTTP dates hold a comma themselves."""
    if shape.member.kind == "timestamp" and shape.member.timestamp_format in ("", "rfc822"):
        parts = text.split(",")
        return [f"{day},{rest}".strip() for day, rest in zip(parts[::2], parts[1::2], strict=False)]
    values: list[str] = []
    rest = text.strip()
    while rest:
        if rest.startswith('"'):
            value, rest = _quoted(rest)
        else:
            value, _, rest = rest.partition(",")
            value = value.strip()
        values.append(value)
        rest = rest.lstrip(" \t")
    return values


def join_list(values: list[str]) -> str:
    """Join values to a header, quoting those that hold a comma or a quote."""
    return ",".join(
        '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if "," in value or '"' in value else value
        for value in values
    )


def _quoted(text: str) -> tuple[str, str]:
    """Return what stands in quotes at the start of a text, and what follows its comma."""
    value: list[str] = []
    at = 1
    while at < len(text) and text[at] != '"':
        at += text[at : at + 2] in ('\\"', "\\\\")  # step over a backslash that escapes
        value.append(text[at])
        at += 1
    return "".join(value), text[at + 1 :].partition(",")[2]


def _date(text: str) -> datetime:
    if text[:1].isdigit() and "-" in text[1:]:
        moment = datetime.fromisoformat(text)
    elif text[:1].isalpha():
        moment = parsedate_to_datetime(text)
    else:
        return _EPOCH + timedelta(microseconds=round(_float(text) * 1_000_000))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _boolean(text: str) -> bool:
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise Unreadable("Boolean", text)


def _integer(text: str) -> int:
    digits = text.strip()
    if len(digits) > _DIGITS_MAX or not digits.isascii() or not digits.lstrip("+-").isdecimal():
        raise Unreadable("Integer", text)
    try:
        return int(digits)
    except ValueError as error:
        raise Unreadable("Integer", text) from error


def _float(text: str) -> float:
    name = text.strip()
    if name in _SPECIAL:
        return _SPECIAL[name]
    if not name[-1:].isdecimal() or "_" in name:  # Python reads more than AWS: `nan`, `1_0`
        raise Unreadable("Double", text)
    try:
        return float(name)
    except ValueError as error:
        raise Unreadable("Double", text) from error


def _json_text(text: str) -> Any:
    try:
        value: Any = load_json(read_blob(text))
    except ValueError as error:
        raise Unreadable("JSON", text) from error
    return value
