"""Is that what the schema asks for? A marked tree becomes msgspec Structs, and every mistake is noted at its place."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from msgspec import NODEFAULT, inspect

from eventsim.errors import ConfigurationError
from eventsim.marks import Items, Mistakes, Node, Place, Scalar, Table
from eventsim.spelling import did_you_mean

T = TypeVar("T")

BAD: Any = object()
"""Stands for a value that could not be made; the mistake has been noted."""

_AS_BOOLEAN = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def convert(root: Node, kind: type[T], mistakes: Mistakes, *, known: Iterable[str] = ()) -> T:
    """Return what a tree says, as `kind`.

    Args:
        known: further settings of the root that somebody who misspelt one may have meant.

    Raises:
        ScenarioError: with every mistake in the tree.
    """
    value = _Converter(mistakes, tuple(known)).value(root, inspect.type_info(kind), "", root.place, "")
    mistakes.raise_any()
    result: T = value
    return result


class _Converter:
    """One walk down the tree and the types side by side.

    Every method takes what is there (`node`), what is wanted (`wanted`), the dotted `path` of it, the `place` of its
    key, and the `hint` that its description gives.
    """

    def __init__(self, mistakes: Mistakes, known: tuple[str, ...]) -> None:
        self._mistakes = mistakes
        self._known = known

    def value(self, node: Node, wanted: inspect.Type, path: str, place: Place, hint: str) -> Any:
        if isinstance(wanted, inspect.Metadata):
            hint = (wanted.extra_json_schema or {}).get("description", hint)
            return self.value(node, wanted.type, path, place, hint)
        if isinstance(wanted, inspect.AnyType):
            return plain(node)
        if isinstance(wanted, inspect.UnionType):
            return self._union(node, wanted, path, place, hint)
        if isinstance(node, Scalar) and node.value is None:
            node = _empty(node, wanted)
        if isinstance(node, Table) and isinstance(wanted, inspect.StructType):
            return self._struct(node, wanted, path, place)
        if isinstance(node, Table) and isinstance(wanted, inspect.DictType):
            return self._dict(node, wanted, path, hint)
        if isinstance(node, Items) and isinstance(wanted, inspect.ListType):
            return self._list(node, wanted, path, hint)
        value = _scalar(node, wanted) if isinstance(node, Scalar) else BAD
        if value is BAD:
            return self._refuse(node, f"must be {_name(wanted)}", path, hint, remedy=_remedy(node, wanted))
        return self._bounded(node, value, wanted, path, hint)

    def _union(self, node: Node, wanted: inspect.UnionType, path: str, place: Place, hint: str) -> Any:
        fitting = [kind for kind in map(_bare, wanted.types) if _fits(node, kind)]
        if isinstance(node, Scalar) and _means_text(node):
            fitting = [kind for kind in fitting if isinstance(kind, inspect.StrType | inspect.LiteralType)] or fitting
        if not fitting:
            wanted_here = [kind for kind in wanted.types if not isinstance(kind, inspect.NoneType)]
            if len(wanted_here) == 1:
                return self.value(node, wanted_here[0], path, place, hint)
            return self._refuse(node, f"must be {_name(wanted)}", path, hint)
        return self.value(node, min(fitting, key=_preference), path, place, hint)

    def _struct(self, node: Table, wanted: inspect.StructType, path: str, place: Place) -> Any:
        fields = {field.encode_name: field for field in wanted.fields}
        for key, key_place in node.key_places.items():
            if key not in fields:
                where, known = (f"`{path}`", [*fields]) if path else ("a scenario", [*fields, *self._known])
                self._mistakes.add(key_place, f"{where} has no setting `{key}`{did_you_mean(key, known)}")
        for name, field in fields.items():
            if field.required and name not in node.entries:
                message = f"`{path}` lacks `{name}`" if path else f"`{name}` is missing"
                self._mistakes.add(place, message, hint=f"{name}: {_description(field.type)}")
        given = {
            fields[key].name: self.value(value, fields[key].type, _join(path, key), node.key_places[key], "")
            for key, value in node.entries.items()
            if key in fields
        }
        if any(value is BAD for value in given.values()):
            return BAD
        if any(field.default is NODEFAULT and field.required and field.name not in given for field in wanted.fields):
            return BAD
        return self._built(lambda: wanted.cls(**given), node, path, place)

    def _built(self, build: Callable[[], Any], node: Table, path: str, place: Place) -> Any:
        """Build a Struct whose own check (`__post_init__`) may refuse it."""
        try:
            return build()
        except ConfigurationError as error:
            self._mistakes.add(node.key_places.get(error.key, place), f"`{path}`: {error}")
        return BAD

    def _dict(self, node: Table, wanted: inspect.DictType, path: str, hint: str) -> Any:
        values = {
            key: self.value(value, wanted.value_type, _join(path, key), node.key_places[key], hint)
            for key, value in node.entries.items()
        }
        return BAD if any(value is BAD for value in values.values()) else values

    def _list(self, node: Items, wanted: inspect.ListType, path: str, hint: str) -> Any:
        values = [
            self.value(item, wanted.item_type, f"{path}[{index}]", item.place, hint)
            for index, item in enumerate(node.items)
        ]
        if any(value is BAD for value in values):
            return BAD
        if wanted.min_length is not None and len(values) < wanted.min_length:
            return self._refuse(node, f"must have at least {wanted.min_length} of them", path, hint)
        if wanted.max_length is not None and len(values) > wanted.max_length:
            return self._refuse(node, f"must have at most {wanted.max_length} of them", path, hint)
        return values

    def _bounded(self, node: Node, value: Any, wanted: inspect.Type, path: str, hint: str) -> Any:
        fault = _out_of_bounds(value, wanted)
        return self._refuse(node, f"must {fault}", path, hint) if fault else value

    def _refuse(self, node: Node, message: str, path: str, hint: str, *, remedy: str = "") -> Any:
        last = path.rpartition(".")[2]
        message = f"`{path}` {message}, not {_told(node)}{remedy}"
        self._mistakes.add(node.place, message, hint=f"{last}: {hint}" if hint else "")
        return BAD


def plain(node: Node) -> Any:
    """Return a tree as ordinary Python data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _bare(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _description(kind: inspect.Type) -> str:
    return (kind.extra_json_schema or {}).get("description", "") if isinstance(kind, inspect.Metadata) else ""


def _empty(node: Scalar, wanted: inspect.Type) -> Node:
    """A key with nothing behind it means an empty mapping or list where one of these is wanted."""
    if isinstance(wanted, inspect.StructType | inspect.DictType):
        return Table(node.place, {}, {})
    return Items(node.place, ()) if isinstance(wanted, inspect.ListType) else node


def _fits(node: Node, kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return any(_fits(node, _bare(member)) for member in kind.types)
    if isinstance(kind, inspect.AnyType):
        return True
    if isinstance(node, Table):
        return isinstance(kind, inspect.StructType | inspect.DictType)
    if isinstance(node, Items):
        return isinstance(kind, inspect.ListType)
    return _scalar(node, kind) is not BAD


def _means_text(node: Scalar) -> bool:
    """Tell whether text is meant where text would do: `on`, or a number that would lose digits, such as `01234`."""
    value = node.value
    if value is None or isinstance(value, bool):
        return False
    return str(value) != node.text or isinstance(value, str)


def _preference(kind: inspect.Type) -> int:
    """Which member of a union a scalar becomes when several would do: text last, a whole number before a fraction."""
    order = (inspect.NoneType, inspect.LiteralType, inspect.BoolType, inspect.IntType, inspect.FloatType)
    return next((rank for rank, kinds in enumerate(order) if isinstance(kind, kinds)), len(order))


def _scalar(node: Scalar, wanted: inspect.Type) -> Any:
    """Return a scalar as the type that is wanted, or BAD."""
    value = node.value
    if isinstance(wanted, inspect.NoneType):
        return None if value is None else BAD
    if isinstance(wanted, inspect.StrType):
        return BAD if value is None else node.text
    if isinstance(wanted, inspect.BoolType):
        return _AS_BOOLEAN.get(node.text.lower(), BAD) if node.is_plain else BAD
    if isinstance(wanted, inspect.IntType):
        return _whole(node)
    if isinstance(wanted, inspect.FloatType):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else BAD
    if isinstance(wanted, inspect.LiteralType):
        return next((member for member in wanted.values if member in (node.text, value)), BAD)
    if isinstance(wanted, inspect.DateType):
        return _dated(node, date.fromisoformat)
    if isinstance(wanted, inspect.DateTimeType):
        return _dated(node, datetime.fromisoformat)
    return BAD


def _dated(node: Scalar, read: Callable[[str], date]) -> Any:
    try:
        return read(node.text)
    except ValueError:
        return BAD


def _whole(node: Scalar) -> Any:
    """Return a whole number; `1_000_000` is one, as in Python."""
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = node.text.replace("_", "")
    return int(digits) if node.is_plain and digits.isdecimal() and node.text[0] != "_" else BAD


def _out_of_bounds(value: Any, wanted: inspect.Type) -> str:
    """Return what the type's Meta asks for and the value is not, "" if all is well."""
    if isinstance(wanted, inspect.IntType | inspect.FloatType):
        if wanted.ge is not None and value < wanted.ge:
            return f"be at least {wanted.ge}"
        if wanted.gt is not None and value <= wanted.gt:
            return f"be more than {wanted.gt}"
        if wanted.le is not None and value > wanted.le:
            return f"be at most {wanted.le}"
        if wanted.lt is not None and value >= wanted.lt:
            return f"be less than {wanted.lt}"
    if isinstance(wanted, inspect.StrType) and wanted.pattern is not None and not re.search(wanted.pattern, value):
        return f"look like /{wanted.pattern}/"
    return ""


_FIELDS_NAMED_MAX = 5
"""Settings that a message lists; of a mapping with more, it says only that one is wanted."""

_NAMES: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.DateType: "a date like 2026-03-01",
    inspect.DateTimeType: "an instant like 2026-03-01T12:00:00Z",
    inspect.ListType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}


def _name(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.LiteralType):
        return _either([f"`{value}`" for value in kind.values])
    if isinstance(kind, inspect.UnionType):
        return _either([_name(_bare(member)) for member in kind.types if not isinstance(member, inspect.NoneType)])
    name = _NAMES.get(type(kind), "nothing")
    if isinstance(kind, inspect.StructType) and len(kind.fields) <= _FIELDS_NAMED_MAX:
        return f"{name} with {_either([f'`{field.encode_name}`' for field in kind.fields])}"
    return name


def _remedy(node: Node, wanted: inspect.Type) -> str:
    """Return what to do about it, where that is plain to see."""
    if isinstance(wanted, inspect.LiteralType) and isinstance(node, Scalar):
        near = did_you_mean(node.text, [str(member) for member in wanted.values])
        return near if near.endswith("?") else ""
    if isinstance(wanted, inspect.ListType):
        return "; put it in brackets" if isinstance(node, Scalar) else "; put `- ` before it"
    return ""


def _either(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _told(node: Node) -> str:
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    if node.value is None:
        return "empty"
    shown = node.text if len(node.text) <= 40 else node.text[:40] + "…"
    return f"the text {shown!r}" if isinstance(node.value, str) else f"{shown}"
