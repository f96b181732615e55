"""What is the value of an operand in an item, and which type has it before any item is seen?"""

from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from eventsim_sources.table.expression.errors import operand_type, refused
from eventsim_sources.table.expression.path import DocumentPath, find
from eventsim_sources.table.expression.tree import Call, Collection, Literal, Operand, Parameter, Path
from eventsim_sources.table.names import Names
from eventsim_sources.table.value import AttributeValue, Item, checked, kind_of

Getter: TypeAlias = Callable[[Item], AttributeValue | None]
"""Returns the value of an operand in an item, or None when there is none."""

_SIZELESS: Final = frozenset({"N", "BOOL", "NULL"})


class Operands:
    """Binds the operands of one expression to the names and values of a request, and keeps the paths it meets."""

    def __init__(self, names: Names, what: str) -> None:
        self.what = what
        self.paths: list[DocumentPath] = []
        self._names = names

    def path(self, path: Path) -> DocumentPath:
        """Return a path with its aliases resolved."""
        resolved = self._names.path(path, self.what)
        self.paths.append(resolved)
        return resolved

    def constant(self, operand: Operand) -> AttributeValue | None:
        """Return the value of an operand that is the same for every item; None for all others."""
        match operand:
            case Parameter():
                return self._names.value(operand, self.what)
            case Literal():
                return operand.value
            case Collection():
                return self._collected(operand)
        return None

    def _collected(self, collection: Collection) -> AttributeValue:
        parts = [value for part in collection.parts if (value := self.constant(part)) is not None]
        if collection.kind == "M":
            return {"M": dict(zip(collection.names, parts, strict=True))}
        if collection.kind == "L":
            return {"L": parts}
        kinds = {kind_of(part) for part in parts}
        if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
            raise refused(
                "One or more parameter values were invalid: A set holds strings, numbers or binaries of one type"
            )
        [kind] = kinds
        return checked({f"{kind}S": [part[kind] for part in parts]})

    def getter(self, operand: Operand) -> Getter:
        """Return what finds the operand's value in an item."""
        match operand:
            case Path():
                return getter_at(self.path(operand))
            case Parameter() | Literal() | Collection():
                value = self.constant(operand)
                return lambda _: value
            case Call():
                return self._size(operand)
        assert_never(operand)

    def kind(self, operand: Operand) -> str:
        """Return the type of an operand as far as it is known without an item, or nothing."""
        if isinstance(operand, Call):
            return "N" if operand.function == "size" else ""
        value = self.constant(operand)
        return kind_of(value) if value is not None else ""

    def check_kind(self, operator: str, operand: Operand, allowed: frozenset[str]) -> None:
        """Check that the operand, if its type is known already, has an allowed one.

        Raises:
            ApiError: ValidationException, naming operator and type.
        """
        kind = self.kind(operand)
        if kind and kind not in allowed:
            raise operand_type(self.what, operator, kind)

    def _size(self, call: Call) -> Getter:
        [operand] = call.operands
        kind = self.kind(operand)
        if kind in _SIZELESS:
            raise operand_type(self.what, "size", kind)
        get = self.getter(operand)

        def size(item: Item) -> AttributeValue | None:
            value = get(item)
            if value is None or kind_of(value) in _SIZELESS:
                return None
            [(found, content)] = value.items()
            length = len(content.encode("utf-8", "surrogatepass")) if found == "S" else len(content)
            return {"N": str(length)}

        return size


def getter_at(path: DocumentPath) -> Getter:
    """Return what finds the value at a path."""
    if len(path) == 1:
        name = str(path[0])
        return lambda item: item.get(name)
    return lambda item: find(item, path)
