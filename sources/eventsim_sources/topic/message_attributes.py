"""What are a message's attributes? Their checks, their size, and how they are shown to subscribers."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from eventsim_sources.number_text import is_number
from eventsim_sources.topic import errors
from eventsim_sources.topic.limits import ATTRIBUTE_NAME_LENGTH_MAX

Attributes = Mapping[str, Mapping[str, Any]]
"""As `Publish` takes them: name → DataType and StringValue or BinaryValue."""

_ODD_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]")


def check_attributes(attributes: Attributes) -> None:
    """See that message attributes are well-formed.

    Raises:
        ApiError: a name, a type or a value is refused.
    """
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)


def _check_name(name: str) -> None:
    if not name:  # unconfirmed words
        raise errors.attribute_value_invalid("Length of message attribute name must be greater than 0.")
    if len(name.encode()) >= ATTRIBUTE_NAME_LENGTH_MAX:
        raise errors.attribute_value_invalid("Length of message attribute name must be less than 256 bytes.")
    odd = _ODD_CHARACTER.search(name)
    if odd:
        raise errors.attribute_value_invalid(
            f"Invalid non-alphanumeric character '#x{ord(odd[0]):X}' was found in the message attribute name. "
            "Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    for where, is_dot in (("starting", name.startswith(".")), ("ending", name.endswith("."))):
        if is_dot:
            raise errors.attribute_value_invalid(
                f"Invalid message attribute name {where} with character '.' was found."
            )
    if ".." in name:
        raise errors.attribute_value_invalid("Message attribute name can not have successive '.' character.")


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    data_type = attribute.get("DataType")
    if data_type is None:
        raise errors.validation(
            f"Value null at 'messageAttributes.{name}.member.dataType' failed to satisfy constraint: "
            "Member must not be null"
        )
    prefix = data_type.partition(".")[0]
    if prefix not in ("Binary", "Number", "String"):
        raise errors.attribute_value_invalid(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    wanted, other = ("BinaryValue", "StringValue") if prefix == "Binary" else ("StringValue", "BinaryValue")
    if attribute.get(other) and not attribute.get(wanted):
        field = wanted.removesuffix("Value")
        raise errors.attribute_value_invalid(
            f"The message attribute '{name}' with type '{data_type}' must use field '{field}'."
        )
    if not attribute.get(wanted):
        raise errors.attribute_value_invalid(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{data_type}'."
        )
    if prefix == "Number" and not is_number(attribute[wanted]):  # emulated words
        raise errors.attribute_value_invalid(f"Could not cast message attribute '{name}' value to number.")


def size_of(attributes: Attributes) -> int:
    """Return the bytes of names, types and values."""
    return sum(
        len(name.encode())
        + len(str(each.get("DataType", "")).encode())
        + len(str(each.get("StringValue") or "").encode())
        + len(each.get("BinaryValue") or b"")
        for name, each in attributes.items()
    )


def shown(attributes: Attributes) -> dict[str, dict[str, str]]:
    """Return attributes as notifications show them: `{"name": {"Type": …, "Value": …}}`, bytes in base64."""
    return {
        name: {
            "Type": str(each["DataType"]),
            "Value": str(each["StringValue"])
            if each.get("StringValue") is not None
            else base64.b64encode(bytes(each.get("BinaryValue") or b"")).decode(),
        }
        for name, each in attributes.items()
    }
