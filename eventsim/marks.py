"""Where in the file does it say so? YAML as a tree whose every key and value knows its line and column.

The tree is built from the C parser's events, not by PyYAML's constructors: nothing in a file can run code, an alias is
the node itself and not a copy, and a plain scalar keeps its text until somebody knows which type is wanted there. So
`on`, `no` and `yes` are text where text is wanted, and `account: 012345678901` keeps its zero. Scalars mean what YAML
1.2 says, which is less than 1.1 (no octal, no sexagesimal numbers, no dates).
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from yaml import events

from eventsim.errors import ScenarioError

TEXT_CHARACTERS_MAX = 4 * 1024 * 1024
DEPTH_MAX = 64
NODES_MAX = 1_000_000
"""Values in the tree once every alias is written out."""
MISTAKES_SHOWN_MAX = 10
LINE_SHOWN_MAX = 110

_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""

Value = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line, counted from 1. Line 0 is no line of the file but the whole of it.

    Attributes:
        origin: what stands in the file's stead, such as `--set seed=x`, "" for the file.
    """

    line: int
    column: int
    length: int = 1
    origin: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A single value as written; `is_plain` says that no quotes forbid to read it as a number."""

    place: Place
    text: str
    is_plain: bool
    weight: int = 1

    @property
    def value(self) -> Value:
        """What it means where any type is welcome."""
        return resolve(self.text) if self.is_plain else self.text


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]
    weight: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A mapping, with the place of every key."""

    place: Place
    entries: dict[str, "Node"]
    key_places: dict[str, Place]
    weight: int = 1


Node = Scalar | Items | Table


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a kind of file allows beyond plain YAML.

    Attributes:
        tagged: returns what a value with a local tag (`!Ref`) stands for, None for a tag that it does not know.
        repeated: told of a key that is there twice, of which the last counts; None if that is a mistake.
    """

    tagged: Callable[[str, Node], Node | None] = lambda _, __: None
    repeated: Callable[[Place, str], object] | None = None


SCENARIO = Dialect()


class Mistakes:
    """What is wrong with a file, collected so that one run shows all of it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines = _LINE_BREAK.split(text.rstrip())
        self._found: dict[tuple[int, int, str], str] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str, *, hint: str = "") -> None:
        """Note a mistake at a place; `hint` is a line below the quotation."""
        self._found.setdefault((place.line, place.column, message), self._quote(place, message, hint))

    def error(self) -> ScenarioError:
        """Return everything noted so far as one error, in the order of the file."""
        blocks = [block for _, block in sorted(self._found.items())]
        more = len(blocks) - MISTAKES_SHOWN_MAX
        rest = [f"… and {more} more"] if more > 0 else []
        return ScenarioError("\n\n".join(blocks[:MISTAKES_SHOWN_MAX] + rest))

    def raise_any(self) -> None:
        """Raise what was noted, if anything was."""
        if self._found:
            raise self.error()

    def _quote(self, place: Place, message: str, hint: str) -> str:
        if place.origin:
            head = [f"{place.origin}: {message}"]
        elif place.line == 0:
            head = [f"{self.name}: {message}"]
        else:
            if place.line > len(self._lines):
                place = Place(len(self._lines), len(self._lines[-1]) + 1)
            head = [f"{self.name}:{place.line}:{place.column}: {message}", *self._caret(place)]
        return "\n".join([*head, f"  = {hint}"] if hint else head)

    def _caret(self, place: Place) -> list[str]:
        line = "".join(char if char.isprintable() or char == "\t" else "·" for char in self._lines[place.line - 1])
        start = place.column - 1
        cut = max(0, start - LINE_SHOWN_MAX // 2) if len(line) > LINE_SHOWN_MAX else 0
        shown = line[cut : cut + LINE_SHOWN_MAX]
        indent = "".join("\t" if character == "\t" else " " for character in shown[: start - cut])
        carets = "^" * max(1, min(place.length, len(shown) - (start - cut)))
        number = str(place.line)
        return [f" {number} | {shown}", f" {' ' * len(number)} | {indent}{carets}"]


def read(text: str, mistakes: Mistakes, *, origin: str = "", dialect: Dialect = SCENARIO) -> Node | None:
    """Return the tree of a YAML text, None for an empty one.

    Raises:
        ScenarioError: it is not YAML, or more of it than anybody writes by hand.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise too_long(mistakes, origin=origin)
    try:
        return _Composer(text, mistakes, origin, dialect).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1, origin=origin) if mark else Place(0, 0, origin=origin)
        mistakes.add(place, f"this is not YAML: {error.problem or error.context}", hint=_remedy(error.problem or ""))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        mistakes.add(Place(line, column, origin=origin), f"YAML does not allow this character: {error.reason}")
    raise mistakes.error()


def too_long(mistakes: Mistakes, *, origin: str = "") -> ScenarioError:
    """Return what to say about a file that is longer than a scenario may be."""
    mistakes.add(
        Place(0, 0, origin=origin),
        f"the file has more than the {TEXT_CHARACTERS_MAX:,} characters that a scenario may have",
        hint="put its events into a JSON Lines or CSV file, which may be of any length, and name that file: "
        "`workload: [{lines: events.jsonl, every: 1 ms, send: {queue: orders}}]`",
    )
    return mistakes.error()


def _remedy(problem: str) -> str:
    if "cannot start any token" in problem:
        return "indent with spaces, not with tabs; put quotes around text that begins with @, `, % or *"
    if "mapping values are not allowed" in problem:
        return "put quotes around text that holds a colon and a space, and check the indentation of this line"
    if "expected ',' or" in problem or "could not find expected" in problem:
        return "look for a bracket, a brace, a quote or a colon that is missing on this line or above"
    return ""


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve(text: str) -> Value:
    """Return what a plain scalar means in YAML 1.2; an infinite number, which JSON has not, stays text."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML may have been built without its C parser, which is ten times faster."""

_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))


class _Composer:
    """From parser events to the tree, one pass, with bounds on depth and on what aliases may expand to."""

    def __init__(self, text: str, mistakes: Mistakes, origin: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._mistakes = mistakes
        self._origin = origin
        self._anchors: dict[str, Node | None] = {}
        self._depth = 0

    def document(self) -> Node | None:
        next(self._events)
        event = next(self._events)
        if isinstance(event, events.StreamEndEvent):
            return None
        root = self._node(next(self._events))
        next(self._events)
        event = next(self._events)
        if not isinstance(event, events.StreamEndEvent):
            self._refuse(event, "a second document begins here; one file holds one scenario")
        return root

    def _node(self, event: Any) -> Node:
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._scalar(event) if isinstance(event, events.ScalarEvent) else self._collection(event)
        node = self._untagged(event, node)
        if node.weight > NODES_MAX:
            self._refuse(event, f"the aliases in here expand to more than {NODES_MAX:,} values; use fewer")
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            self._refuse(event, f"there is no anchor `&{event.anchor}` above; quote text that begins with `*`")
        node = self._anchors[event.anchor]
        if node is None:
            self._refuse(event, f"`*{event.anchor}` stands inside of `&{event.anchor}`: it would contain itself")
        return node

    def _untagged(self, event: Any, node: Node) -> Node:
        """Return what a tag makes of a value; most have none."""
        tag = event.tag
        if tag is None or tag in _KNOWN_TAGS or tag == "!":
            return node
        meant = self._dialect.tagged(tag, node)
        if meant is not None:
            return meant
        shown = tag.replace(_TAG, "!!")
        if self._dialect is not SCENARIO:
            self._refuse(event, f"`{shown}`: CloudFormation has no such tag")
        why = "that is a tag of CloudFormation's" if re.fullmatch(r"![A-Z]\w+", tag) else "tags are not allowed here"
        return self._refuse(event, f"`{shown}`: {why}; a scenario holds plain text, numbers, lists and mappings")

    def _scalar(self, event: Any) -> Scalar:
        is_text = event.tag in (_TAG + "str", "!")
        is_plain = event.implicit[0] or (event.style in (None, "") and event.tag is not None)
        return Scalar(self._place(event), event.value, is_plain and not is_text)

    def _collection(self, event: Any) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self._refuse(event, f"this is nested more than {DEPTH_MAX} levels deep")
        node = self._items(event) if isinstance(event, events.SequenceStartEvent) else self._table(event)
        self._depth -= 1
        return node

    def _items(self, start: Any) -> Items:
        items: list[Node] = []
        weight = 1
        while not isinstance(event := next(self._events), events.SequenceEndEvent):
            items.append(self._node(event))
            weight += items[-1].weight
        return Items(self._place(start), tuple(items), weight)

    def _table(self, start: Any) -> Table:
        entries: dict[str, Node] = {}
        key_places: dict[str, Place] = {}
        merged: list[Table] = []
        weight = 1
        while not isinstance(event := next(self._events), events.MappingEndEvent):
            if not isinstance(event, events.ScalarEvent):
                self._refuse(event, "a key is a plain name; put quotes around it if it holds brackets or braces")
            place = self._place(event)
            value = self._node(next(self._events))
            weight += value.weight
            if event.value == "<<" and event.implicit[0]:
                merged += self._merged(place, value)
            elif event.value in entries and self._dialect.repeated is not None:
                self._dialect.repeated(place, event.value)
                entries[event.value], key_places[event.value] = value, place
            elif event.value in entries:
                first = key_places[event.value].line
                self._mistakes.add(place, f"`{event.value}` is here twice, first on line {first}; keep one of them")
            else:
                entries[event.value] = value
                key_places[event.value] = place
        for table in merged:
            for key, value in table.entries.items():
                if key not in entries:
                    entries[key], key_places[key] = value, table.key_places[key]
        return Table(self._place(start), entries, key_places, weight)

    def _merged(self, place: Place, value: Node) -> list[Table]:
        tables = value.items if isinstance(value, Items) else (value,)
        if not all(isinstance(table, Table) for table in tables):
            self._mistakes.add(place, "`<<` takes an alias of a mapping, or a list of them")
        return [table for table in tables if isinstance(table, Table)]

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1 << 30
        return Place(start.line + 1, start.column + 1, max(1, length), self._origin)

    def _refuse(self, event: Any, message: str) -> NoReturn:
        self._mistakes.add(self._place(event), message)
        raise self._mistakes.error()
