"""What stands in a template, and on which line? YAML with CloudFormation's tags, or JSON, as plain data with places.

A template is read as the tree that scenarios are read as, so that aliases, depth and size are bounded and every error
can quote its line. Scalars mean what YAML 1.1 says of `yes` and `no`, as CloudFormation has it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventsim.errors import ScenarioError, TemplateError
from eventsim.json_text import load_json
from eventsim.marks import Dialect, Items, Mistakes, Node, Place, Scalar, Table, read

BYTES_MAX = 1_000_000
"""CloudFormation's own limit for a template in a bucket."""
_SHORT_FORMS = {"Ref": "Ref", "Condition": "Condition"}
_FUNCTIONS = frozenset(
    (
        *("And", "Base64", "Cidr", "Equals", "FindInMap", "ForEach", "GetAtt", "GetAZs", "If", "ImportValue", "Join"),
        *("Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
        *("Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"),
    )
)
_BOOLEANS = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), False),
}

Path_ = tuple[str | int, ...]
"""The way to a value in a template: keys and indices."""


class Refusal(TemplateError):  # noqa: N818 - a fact
    """The template is refused in words that CloudFormation has for it.

    Attributes:
        words: what the API says.
    """

    def __init__(self, text: str, words: str) -> None:
        super().__init__(text)
        self.words = words


@dataclass(frozen=True, slots=True)
class Document:
    """A template as its file has it.

    Attributes:
        path: the file; for one that came over the wire, what to call it.
        folder: what paths in it are relative to.
        body: the template as plain data; long forms of the functions only.
        warnings: what is odd about it without being wrong.
    """

    path: Path
    folder: Path
    text: str
    root: Table
    body: dict[str, Any]
    warnings: tuple[str, ...] = ()

    def error(self, path: Sequence[str | int], message: str) -> TemplateError:
        """Return an error that quotes the line which a path leads to, as far as the template has it."""
        mistakes = Mistakes(str(self.path), self.text)
        mistakes.add(self.place(path), message)
        return TemplateError(str(mistakes.error()))

    def refusal(self, path: Sequence[str | int], words: str) -> Refusal:
        """Return an error in CloudFormation's words that quotes the line which a path leads to."""
        return Refusal(str(self.error(path, words)), words)

    def place(self, path: Sequence[str | int]) -> Place:
        """Return the place of a value, or of what is nearest to it on the way there."""
        node: Node = self.root
        place = Place(0, 0)
        for depth, step in enumerate(path):
            if isinstance(node, Table):
                key = _nearest(node.entries, str(step), is_logical_id=depth == 1)
                if key is None:
                    break
                place, node = node.key_places[key], node.entries[key]
            elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                place = node.place
            else:
                break
        return place

    @property
    def resources(self) -> Mapping[str, Any]:
        """The resources as the file has them, by logical id."""
        resources = self.body.get("Resources")
        return resources if isinstance(resources, dict) else {}


def read_document(path: Path) -> Document:
    """Read a template from its file.

    Raises:
        TemplateError: it cannot be read, is too large, or is neither YAML nor JSON; the text names the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise TemplateError(f"{path}: cannot read the template: {error.strerror}") from None
    if len(data) > BYTES_MAX:
        raise TemplateError(f"{path}: a template has at most {BYTES_MAX:,} bytes, and this file has more")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TemplateError(f"{path}:{line}: a template is UTF-8 text, and this line is not") from None
    return parse_document(text, path)


def parse_document(text: str, path: Path, *, folder: Path | None = None) -> Document:
    """Read a template from its text.

    Args:
        folder: what paths in it are relative to; the folder of `path` if not given.

    Raises:
        TemplateError: it is no template; the text names the line.
    """
    warnings: list[str] = []
    root = _tree(text, path, warnings)
    if not isinstance(root, Table):
        text = f"{path}: a template is a mapping with the key `Resources`"
        raise Refusal(text, "Template format error: unsupported structure.")
    body = plain(root)
    return Document(path, path.parent if folder is None else folder, text, root, body, tuple(warnings))


def is_template(text: str) -> bool:
    """Tell whether a file is a template, by what stands at the left margin (or, in JSON, among its first keys)."""
    keys = ("Resources", "AWSTemplateFormatVersion", "Transform")
    if text.lstrip().startswith("{"):
        return any(f'"{key}"' in text for key in keys)
    return any(line.startswith(f"{key}:") for line in text.splitlines() for key in keys)


def _tree(text: str, path: Path, warnings: list[str]) -> Node | None:
    def repeated(place: Place, key: str) -> None:
        warnings.append(f"{path}:{place.line}: `{key}` is here twice; the last one counts")

    mistakes = Mistakes(str(path), text)
    is_json = text.lstrip().startswith(("{", "["))
    try:
        # a tab is blank space between JSON's tokens, and cannot stand inside of its strings
        return read(text.replace("\t", " ") if is_json else text, mistakes, dialect=Dialect(_tagged, repeated))
    except ScenarioError as error:
        unread = _from_json(text) if is_json else None
        if unread is None:
            raise _ill_formed(str(error), is_json=is_json) from None
        return unread


def _ill_formed(text: str, *, is_json: bool) -> TemplateError:
    """Return the refusal of what is no YAML or JSON, by its first line and column."""
    place = re.match(r"[^\n]*?:(\d+):(\d+): this is not YAML", text)
    if place is None:
        return TemplateError(text)
    kind = "JSON" if is_json else "YAML"
    words = f"Template format error: {kind} not well-formed. (line {place[1]}, column {place[2]})"
    return Refusal(text, words)


def _from_json(text: str) -> Node | None:
    """Return the tree of JSON that YAML does not allow (a pair of surrogates, for one), without places."""
    try:
        value = load_json(text)
    except ValueError:
        return None
    return node_of(value, Place(0, 0))


def node_of(value: Any, place: Place) -> Node:
    """Return plain data as a tree, all of it in one place."""
    if isinstance(value, dict):
        entries = {str(key): node_of(each, place) for key, each in value.items()}
        return Table(place, entries, dict.fromkeys(entries, place))
    if isinstance(value, list | tuple):
        return Items(place, tuple(node_of(each, place) for each in value))
    if isinstance(value, str):
        return Scalar(place, value, is_plain=False)
    return Scalar(place, json.dumps(value), is_plain=True)


def _tagged(tag: str, node: Node) -> Node | None:
    """Return the long form of a tag: `!Sub x` means `Fn::Sub: x`."""
    name = tag.removeprefix("!")
    if tag == name or (name not in _SHORT_FORMS and name not in _FUNCTIONS):
        return None
    if name == "GetAtt" and isinstance(node, Scalar):
        logical_id, _, attribute = node.text.partition(".")
        node = Items(node.place, tuple(Scalar(node.place, text, is_plain=False) for text in (logical_id, attribute)))
    key = _SHORT_FORMS.get(name, f"Fn::{name}")
    return Table(node.place, {key: node}, {key: node.place}, node.weight + 1)


def plain(node: Node) -> Any:
    """Return a tree as plain data."""
    if isinstance(node, Scalar):
        return _BOOLEANS.get(node.text, node.value) if node.is_plain else node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def _nearest(entries: Mapping[str, Node], wanted: str, *, is_logical_id: bool) -> str | None:
    """Return the key that is meant; an id that a transform made begins with the one that it was made for."""
    if wanted in entries:
        return wanted
    made_for = [key for key in entries if wanted.startswith(key)] if is_logical_id else []
    return max(made_for, key=len, default=None)


@dataclass(slots=True)
class Notes:
    """What is worth telling of a deployment, each thing once."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Note a line."""
        if line not in self.lines:
            self.lines.append(line)
