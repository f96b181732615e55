"""Which values do message attributes offer to a filter policy?"""

from collections.abc import Mapping

from eventsim.pattern.element import UNREADABLE
from eventsim.pattern.notation import read_event


def attribute_values(attributes: Mapping[str, object]) -> dict[str, object]:
    """Read attributes as `Publish` takes them, `{"name": {"DataType": ..., "StringValue": ...}}`.

    Binary attributes are left out: they never match (documented).
    """
    values: dict[str, object] = {}
    for name, attribute in attributes.items():
        if not isinstance(attribute, Mapping):
            raise TypeError(f"attribute {name!r} must be a mapping with DataType and StringValue, not {attribute!r}")
        data_type, text = str(attribute.get("DataType")), attribute.get("StringValue")
        if isinstance(text, str):
            values[name] = _value(data_type, text)
    return values


def _value(data_type: str, text: str) -> object:
    if data_type == "String.Array":
        array = _json(text)
        return array if isinstance(array, list) else UNREADABLE
    if data_type.partition(".")[0] == "Number":
        number = _json(text.strip().removeprefix("+"))
        return number if isinstance(number, int | float) and type(number) is not bool else UNREADABLE
    return text


def _json(text: str) -> object:
    try:
        return read_event(text)
    except ValueError:
        return UNREADABLE
