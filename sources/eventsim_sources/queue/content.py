"""May this be sent? The rules for bodies, message attributes, group and deduplication ids."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from eventsim_sources.number_text import is_number
from eventsim_sources.queue import errors
from eventsim_sources.queue.limits import (
    ATTRIBUTE_NAME_LENGTH_MAX,
    ATTRIBUTE_TYPE_LENGTH_MAX,
    DELAY_MAX_S,
    MESSAGE_ATTRIBUTES_MAX,
    SECOND_US,
    TOKEN_LENGTH_MAX,
)
from eventsim_sources.queue.message import NO_EXTRAS, Extras, MessageAttribute
from eventsim_sources.queue.settings import Settings

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TOKEN = re.compile(rf"[!-~]{{1,{TOKEN_LENGTH_MAX}}}")
_NAME_CHARACTERS = re.compile(r"[\w.-]+")
_ATTRIBUTE_NAME = re.compile(r"(?![.])(?!(?i:aws|amazon)[.])(?!.*[.][.])[\w.-]+(?<![.])")
_ATTRIBUTE_TYPE = re.compile(r"(?:String|Number|Binary)(?:[.].*)?", re.DOTALL)


class Outgoing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message that may be sent: `delay_us` is None where the queue's own delay holds."""

    body: str
    size_bytes: int
    extras: Extras = NO_EXTRAS
    delay_us: int | None = None
    system_attributes: Mapping[str, MessageAttribute] = {}


def plain(body: str, settings: Settings, *, trace_header: str = "") -> Outgoing:
    """Check a message that is nothing but its body: what most sends are.

    Args:
        trace_header: the sender's, which the message bears, "" for none.

    Raises:
        ApiError: It is empty, too large or holds forbidden characters, or the queue is FIFO and wants more.
    """
    if not body or settings.is_fifo:
        check_request({"MessageBody": body}, settings)
    check_body(body)
    size_bytes = _bytes_of(body)
    check_size(size_bytes, settings)
    extras = Extras(trace_header=trace_header) if trace_header else NO_EXTRAS
    return Outgoing(body=body, size_bytes=size_bytes, extras=extras)


def checked(
    entry: Mapping[str, Any], settings: Settings, *, is_in_batch: bool = False, trace_header: str = ""
) -> Outgoing:
    """Check the parameters of SendMessage, or of one entry of its batch, past `check_request`.

    Args:
        trace_header: the sender's, which the message bears unless it has one of its own (recorded).

    Raises:
        ApiError: The body, an attribute, the delay or the size is refused.
    """
    body = entry["MessageBody"]
    check_body(body)
    attributes = read_attributes(entry.get("MessageAttributes") or {})
    system = _read_system_attributes(entry.get("MessageSystemAttributes") or {})
    size_bytes = size_of(body, attributes)
    check_size(size_bytes, settings, is_in_batch=is_in_batch)
    group_id = entry.get("MessageGroupId")
    deduplication_id = entry.get("MessageDeduplicationId")
    extras = NO_EXTRAS
    if attributes or system or trace_header or group_id is not None or deduplication_id is not None:
        header = system.get("AWSTraceHeader")
        extras = Extras(
            attributes=attributes,
            group_id=group_id,
            deduplication_id=deduplication_id,
            trace_header=header.string_value if header else trace_header or None,
        )
    return Outgoing(
        body=body,
        extras=extras,
        delay_us=_read_delay(entry.get("DelaySeconds"), settings),
        size_bytes=size_bytes,
        system_attributes=system,
    )


def check_request(entry: Mapping[str, Any], settings: Settings, *, is_in_batch: bool = False) -> None:
    """Check what is refused for a request as a whole, even where one entry of a batch is to blame.

    Raises:
        ApiError: The body is missing, or group and deduplication id do not suit the queue.
    """
    if not entry.get("MessageBody"):
        raise errors.parameter_missing("MessageBody")
    group_id = entry.get("MessageGroupId")
    deduplication_id = entry.get("MessageDeduplicationId")
    _check_token(group_id, "MessageGroupId")
    _check_token(deduplication_id, "MessageDeduplicationId")
    if not settings.is_fifo:
        if deduplication_id is not None:  # emulated words
            raise errors.value_invalid(
                deduplication_id,
                "MessageDeduplicationId",
                "The request includes a parameter that is not valid for this queue type.",
            )
        return
    if group_id is None:
        missing = errors.parameter_missing("MessageGroupId")
        raise errors.parameter_invalid(missing.message) if is_in_batch else missing
    if deduplication_id is None and not settings.has_content_deduplication:
        raise errors.parameter_invalid(
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def check_body(body: str) -> None:
    """Refuse characters that XML 1.0 does not know.

    Raises:
        ApiError: There is one.
    """
    # What is printable is allowed, and asking that is three times faster than searching.
    if not body.isprintable() and _FORBIDDEN.search(body):
        raise errors.message_contents_invalid()


def check_size(size_bytes: int, settings: Settings, *, is_in_batch: bool = False) -> None:
    """Refuse a message beyond the queue's maximum; a batch has its own words (recorded).

    Raises:
        ApiError: It is too large.
    """
    if size_bytes > settings.message_bytes_max:
        begin = "One or more parameters cannot be validated" if is_in_batch else "One or more parameters are invalid"
        raise errors.parameter_invalid(
            f"{begin}. Reason: Message must be shorter than {settings.message_bytes_max} bytes."
        )


def size_of(body: str, attributes: Mapping[str, MessageAttribute]) -> int:
    """Return the bytes that count: the body, and name, type and value of each attribute."""
    size_bytes = _bytes_of(body)
    for name, attribute in attributes.items():
        size_bytes += _bytes_of(name) + _bytes_of(attribute.data_type)
        size_bytes += len(attribute.binary_value or b"") + _bytes_of(attribute.string_value or "")
    return size_bytes


def read_attributes(given: Mapping[str, Mapping[str, Any]]) -> dict[str, MessageAttribute]:
    """Read message attributes in botocore's shape.

    Raises:
        ApiError: A name, type or value is refused; the words are emulated except for an empty value.
    """
    if len(given) > MESSAGE_ATTRIBUTES_MAX:  # unconfirmed words
        raise errors.parameter_invalid(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{MESSAGE_ATTRIBUTES_MAX}]."
        )
    return {name: _read_attribute(name, value) for name, value in given.items()}


def _read_attribute(name: str, value: Mapping[str, Any]) -> MessageAttribute:
    if len(name) > ATTRIBUTE_NAME_LENGTH_MAX:
        raise errors.parameter_invalid("Message (user) attribute names must be shorter than 256 Bytes")
    if not name:  # unconfirmed words
        raise errors.parameter_invalid("The name of a message (user) attribute must not be empty.")
    if not _NAME_CHARACTERS.fullmatch(name):  # unconfirmed words
        raise errors.parameter_invalid(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters."
        )
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise errors.parameter_invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for "
            "internal use. Additionally, they cannot start or end with '.'."
        )
    if value.get("StringListValues") or value.get("BinaryListValues"):  # unconfirmed words
        raise errors.operation_unsupported("Message attribute list values in SendMessage operation are not supported.")
    data_type = value.get("DataType") or ""
    if not _ATTRIBUTE_TYPE.fullmatch(data_type) or len(data_type) >= ATTRIBUTE_TYPE_LENGTH_MAX:  # unconfirmed words
        raise errors.parameter_invalid(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported "
            "type prefixes: Binary, Number, String."
        )
    kind = data_type.partition(".")[0]
    content = value.get("BinaryValue" if kind == "Binary" else "StringValue")
    if not content:
        raise errors.parameter_invalid(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        )
    if kind == "Binary":
        return MessageAttribute(data_type=data_type, binary_value=bytes(content))
    if _FORBIDDEN.search(content):
        raise errors.message_contents_invalid()
    if kind == "Number" and not is_number(content):  # emulated words
        raise errors.parameter_invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return MessageAttribute(data_type=data_type, string_value=content)


def _read_system_attributes(given: Mapping[str, Mapping[str, Any]]) -> dict[str, MessageAttribute]:
    for name, value in given.items():
        if name != "AWSTraceHeader" or value.get("DataType") != "String":  # unconfirmed words
            raise errors.parameter_invalid(
                f"Message system attribute '{name}' is invalid: only AWSTraceHeader of type String may be sent."
            )
    return {name: _read_attribute(name, value) for name, value in given.items()}


def _read_delay(delay_s: int | None, settings: Settings) -> int | None:
    if delay_s is None or (settings.is_fifo and delay_s == 0):
        return None
    if settings.is_fifo:
        raise errors.value_invalid(
            delay_s, "DelaySeconds", "The request include parameter that is not valid for this queue type."
        )
    if not 0 <= delay_s <= DELAY_MAX_S:  # unconfirmed words
        raise errors.value_invalid(delay_s, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    return delay_s * SECOND_US


def _check_token(value: str | None, parameter: str) -> None:
    if value is not None and not _TOKEN.fullmatch(value):
        raise errors.value_invalid(
            value,
            parameter,
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
