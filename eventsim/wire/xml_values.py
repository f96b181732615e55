"""How do values of a shape look as XML, in answers and in S3's documents?"""

from typing import Any

from eventsim.wire.models import Shape
from eventsim.wire.text import Unreadable, read_text, write_text
from eventsim.wire.xml import Element, attribute_of, text_of


def read_structure(shape: Shape, element: Element) -> dict[str, Any]:
    """Return the structure that an element holds; what the model does not know is passed over.

    Raises:
        Unreadable: a value is not of its kind.
    """
    values: dict[str, Any] = {}
    children = element.by_name()
    for name, member in shape.members.items():
        if member.location:
            continue
        if member.is_attribute:
            attribute = member.wire_name.rpartition(":")[2]
            if attribute in element.attributes:
                values[name] = element.attributes[attribute]
            continue
        found = children.get(element_name(name, member))
        if found:
            values[name] = _read_all(member, found)
    return values


def _read_all(shape: Shape, elements: list[Element]) -> Any:
    """Return one value from the elements that bear its name: several where the shape is flattened."""
    if shape.is_flattened and shape.kind == "list":
        return [_read(shape.member, element) for element in elements]
    if shape.is_flattened and shape.kind == "map":
        return dict(_read_entry(shape, element) for element in elements)
    return _read(shape, elements[0])


def _read(shape: Shape, element: Element) -> Any:
    match shape.kind:
        case "structure":
            return read_structure(shape, element)
        case "list":
            return [_read(shape.member, child) for child in element.named(shape.member.wire_name or "member")]
        case "map":
            return dict(_read_entry(shape, child) for child in element.named("entry"))
        case "string" | "character":
            return element.text
        case _:
            return read_text(shape, element.text.strip())


def _read_entry(shape: Shape, element: Element) -> tuple[str, Any]:
    keys = element.named(shape.key.wire_name or "key")
    values = element.named(shape.value.wire_name or "value")
    if not keys or not values:
        raise Unreadable("Map")
    return keys[0].text, _read(shape.value, values[0])


def element_name(name: str, shape: Shape) -> str:
    """Return what a member's element is called: a flattened list bears its elements' name."""
    if shape.is_flattened and shape.kind == "list" and shape.member.wire_name:
        return shape.member.wire_name
    return shape.wire_name or name


class XmlWriter:
    """Writes the values of one answer, piece by piece.

    Args:
        is_exact: write milliseconds of dates also where they are zero, as S3 and EC2 do.
    """

    def __init__(self, *, is_exact: bool) -> None:
        self.pieces: list[str] = []
        self._is_exact = is_exact

    def write_members(self, shape: Shape, values: Any) -> None:
        """Write the members of a structure that stand in the body, each as an element."""
        for name, member in shape.members.items():
            value = values.get(name)
            if value is not None and not member.location and not member.is_attribute:
                self._write(member, value, element_name(name, member))

    def write_document(self, shape: Shape, values: Any, name: str, namespace: str) -> None:
        """Write a structure as the root of a document."""
        self.pieces.append(f"<{name}{attribute_of('xmlns', namespace) if namespace else ''}>")
        self.write_members(shape, values)
        self.pieces.append(f"</{name}>")

    def _write(self, shape: Shape, value: Any, name: str) -> None:
        match shape.kind:
            case "structure":
                self.pieces.append(f"<{name}{_attributes(shape, value)}>")
                self.write_members(shape, value)
                self.pieces.append(f"</{name}>")
            case "list" if shape.is_flattened:
                for item in value:
                    self._write(shape.member, item, name)
            case "list":
                self.pieces.append(f"<{name}>")
                for item in value:
                    self._write(shape.member, item, shape.member.wire_name or "member")
                self.pieces.append(f"</{name}>")
            case "map" if shape.is_flattened:
                self._write_entries(shape, value, name)
            case "map":
                self.pieces.append(f"<{name}>")
                self._write_entries(shape, value, "entry")
                self.pieces.append(f"</{name}>")
            case _:
                text = write_text(shape, value, "iso8601", is_exact=self._is_exact)
                self.pieces.append(f"<{name}>{text_of(text)}</{name}>")

    def _write_entries(self, shape: Shape, entries: Any, name: str) -> None:
        for key, value in entries.items():
            self.pieces.append(f"<{name}>")
            self._write(shape.key, key, shape.key.wire_name or "key")
            self._write(shape.value, value, shape.value.wire_name or "value")
            self.pieces.append(f"</{name}>")


def _attributes(shape: Shape, values: Any) -> str:
    """Return a structure's attributes, and the namespace that one of them may need."""
    text = ""
    if shape.namespace:
        text = attribute_of(f"xmlns:{shape.namespace_prefix}" if shape.namespace_prefix else "xmlns", shape.namespace)
    for name, member in shape.members.items():
        if member.is_attribute and values.get(name) is not None:
            text += attribute_of(member.wire_name or name, str(values[name]))
    return text
