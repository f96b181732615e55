"""How is XML read without trusting it, and written?

Documents with a type declaration are refused before anything is expanded: AWS's services take none, and entities are
how a small document becomes a big one or reads a file. Names are taken without their namespace.
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

_DEPTH_MAX: Final = 64
"""Deeper than any document that AWS's models describe."""

_ELEMENTS_MAX: Final = 100_000
"""More than the largest document that AWS takes: 10,000 parts of an upload with up to eight elements each."""

_UNSPEAKABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\r\ufffe\uffff\ud800-\udfff]")
"""What XML 1.0 cannot hold, and the carriage return, which readers would turn into a line feed."""

_QUOTES: Final = {'"': "&quot;"}

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


class XmlError(ValueError):
    """The document is malformed, too deep, too big, or holds a type declaration."""


class Element:
    """One element of a document that was read."""

    __slots__ = ("attributes", "children", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        """All text that stands directly in the element."""
        return "".join(self.pieces)

    def named(self, name: str) -> "list[Element]":
        """Return the children of this name."""
        return [child for child in self.children if child.name == name]

    def by_name(self) -> "dict[str, list[Element]]":
        """Return the children grouped by their names."""
        groups: dict[str, list[Element]] = {}
        for child in self.children:
            groups.setdefault(child.name, []).append(child)
        return groups


class _Reader:
    """Builds elements from what expat reports."""

    def __init__(self) -> None:
        self.top = Element("", {})
        self._open = [self.top]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > _DEPTH_MAX or self._count > _ELEMENTS_MAX:
            raise XmlError("the document is too deep or too big")
        element = Element(_local(name), {_local(name): value for name, value in attributes.items()})
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].pieces.append(data)

    def refuse(self, *_: object) -> None:
        raise XmlError("a document type declaration is not allowed")


def parse(document: bytes) -> Element:
    """Return the root of a document.

    Raises:
        XmlError: it is not well-formed, or not harmless.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise XmlError(str(error)) from error
    return reader.top.children[0]


def text_of(value: str) -> str:
    """Return a text as it stands between tags.

    What XML 1.0 cannot hold becomes a character reference all the same, as S3 does with such keys; a client that wants
    to read them asks for `encoding-type=url`.
    """
    return _UNSPEAKABLE.sub(_reference, escape(value))


def elements_of(members: Mapping[str, object]) -> str:
    """Return an element for each member, which holds its value as a text."""
    return "".join(f"<{name}>{text_of(str(value))}</{name}>" for name, value in members.items())


def attribute_of(name: str, value: str) -> str:
    """Return an attribute as it stands in a tag, with the space before it."""
    return f' {name}="{_UNSPEAKABLE.sub(_reference, escape(value, _QUOTES))}"'


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _local(name: str) -> str:
    return name.rpartition(":")[2]
