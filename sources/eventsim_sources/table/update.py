"""What does an update make of an item?

All operands are worked out from the item as it was; only then are the changes made. So the order of the clauses does
not matter, `SET a = b, b = a` swaps, and an index means the place in the list as it was. Elements set beyond the end of
a list are appended in the order of their indices.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from eventsim_sources.table import number
from eventsim_sources.table.expression.errors import invalid, operand_type, refused
from eventsim_sources.table.expression.operands import Operands
from eventsim_sources.table.expression.path import DocumentPath, check_apart, find, projected
from eventsim_sources.table.expression.tree import Arithmetic, Assignment, Call, Operand, Path
from eventsim_sources.table.expression.update_text import read_update
from eventsim_sources.table.names import Names
from eventsim_sources.table.value import SETS, AttributeValue, Item, checked, in_order, kind_of

Value: TypeAlias = Callable[[Item], AttributeValue]
"""Works out a value from the item as it was."""

_TYPE_WORDS: Final = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
    "M": "MAP",
    "L": "LIST",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
}
_ADDABLE: Final = SETS | {"N"}
_WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"
_ABSENT: Final = "The provided expression refers to an attribute that does not exist in the item"
_ASTRAY: Final = "The document path provided in the update expression is invalid for update"
_GONE: Final[AttributeValue] = {}
"""Stands in a list for an element that is removed, until all changes are made."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: at which path, and how the new value follows from the item as it was and the value there.

    `changed` returns the new value, or None when nothing shall be there.
    """

    path: DocumentPath
    changed: Callable[[Item, AttributeValue | None], AttributeValue | None]


class Update:
    """Changes to an item.

    Attributes:
        paths: the document paths that it touches, in the order of the text.
    """

    __slots__ = ("_changes", "paths")

    def __init__(self, changes: Sequence[Change]) -> None:
        self.paths = tuple(change.path for change in changes)
        self._changes = sorted(changes, key=lambda change: index if isinstance(index := change.path[-1], int) else -1)

    def apply(self, item: Item, key_names: Iterable[str] = ()) -> Item:
        """Return the item as it is after the update; the given one stays as it is.

        Args:
            key_names: the attributes of the primary key, which no update may touch.

        Raises:
            ApiError: ValidationException, when the update does not fit the item.
        """
        self.check_keys(key_names)
        changes = [(change.path, change.changed(item, find(item, change.path))) for change in self._changes]
        new: Item = dict(item)
        copied: dict[DocumentPath, AttributeValue] = {}
        for path, value in changes:
            if value is not None and len(path) > 1 and ("M" in value or "L" in value):
                checked(value, depth=len(path) - 1)
            holder = _holder(new, path, copied)
            _put(holder, path[-1], value)
        for holding in copied.values():
            if "L" in holding:
                holding["L"] = [element for element in holding["L"] if element is not _GONE]
        return new

    def check_keys(self, key_names: Iterable[str]) -> None:
        """Check that no key attribute is touched.

        Raises:
            ApiError: ValidationException, naming the attribute.
        """
        keys = set(key_names)
        for path in self.paths:
            if path[0] in keys:
                raise refused(
                    f"One or more parameter values were invalid: Cannot update attribute {path[0]}. "
                    "This attribute is part of the key"
                )


def parse_update(text: str, names: Names, what: str = "UpdateExpression") -> Update:
    """Read an update.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    names.begin()
    return bound(read_update(text, what), names, what)


def bound(assignments: Iterable[Assignment], names: Names, what: str) -> Update:
    """Give the trees of an update their names and values.

    Raises:
        ApiError: ValidationException, when one is not defined or of a wrong type, or two paths overlap.
    """
    binder = _Binder(Operands(names, what))
    changes = [binder.change(assignment) for assignment in assignments]
    check_apart([change.path for change in changes], what)
    return Update(changes)


def added(old: AttributeValue | None, value: AttributeValue, mismatch: str = _WRONG_TYPE) -> AttributeValue:
    """Add a number to a number or a set to a set; to nothing, it is the value itself.

    Raises:
        ApiError: ValidationException, in the words of `mismatch`, when the types differ.
    """
    if old is None:
        return value
    kind = kind_of(value)
    if kind_of(old) != kind:
        raise refused(mismatch)
    if kind == "N":
        return {"N": number.plus(old["N"], value["N"])}
    return {kind: in_order(kind, {*old[kind], *value[kind]})}


def deleted(old: AttributeValue | None, value: AttributeValue, mismatch: str = _WRONG_TYPE) -> AttributeValue | None:
    """Take the elements of a set out of another; when none is left, nothing is.

    Raises:
        ApiError: ValidationException, in the words of `mismatch`, when the types differ.
    """
    if old is None:
        return None
    kind = kind_of(value)
    if kind_of(old) != kind:
        raise refused(mismatch)
    rest = [element for element in old[kind] if element not in value[kind]]
    return {kind: rest} if rest else None


class _Binder:
    """Turns the trees of an update into changes."""

    def __init__(self, operands: Operands) -> None:
        self._operands = operands
        self._what = operands.what

    def change(self, assignment: Assignment) -> Change:
        path = self._operands.path(assignment.path)
        tree = assignment.value
        if tree is None:
            return Change(path, lambda _item, _old: None)
        if assignment.section == "SET":
            value = self._value(tree)
            return Change(path, lambda item, _: value(item))
        assert not isinstance(tree, Arithmetic)
        constant = self._operands.constant(tree)
        assert constant is not None
        allowed = _ADDABLE if assignment.section == "ADD" else SETS
        if kind_of(constant) not in allowed:
            raise invalid(
                self._what,
                "Incorrect operand type for operator or function; "
                f"operator: {assignment.section}, operand type: {_TYPE_WORDS[kind_of(constant)]}, "
                f"typeSet: ALLOWED_FOR_{assignment.section}_OPERAND",
            )
        combine = added if assignment.section == "ADD" else deleted
        return Change(path, lambda _, old: combine(old, constant))

    def _value(self, tree: Operand | Arithmetic) -> Value:
        match tree:
            case Arithmetic(operator, left, right):
                return self._arithmetic(operator, left, right)
            case Call("if_not_exists", (Path() as path, default)):
                get, otherwise = self._operands.getter(path), self._value(default)

                def present(item: Item) -> AttributeValue:
                    found = get(item)
                    return otherwise(item) if found is None else found

                return present
            case Call(_, (left, right)):
                return self._joined(left, right)
        get_operand = self._operands.getter(tree)

        def value(item: Item) -> AttributeValue:
            found = get_operand(item)
            if found is None:
                raise refused(_ABSENT)
            return found

        return value

    def _arithmetic(self, operator: str, left: Operand, right: Operand) -> Value:
        for operand in (left, right):
            self._check(operator, operand, "N")
        first, second = self._value(left), self._value(right)
        work = number.plus if operator == "+" else number.minus

        def result(item: Item) -> AttributeValue:
            a, b = first(item), second(item)
            if "N" not in a or "N" not in b:
                raise refused(_WRONG_TYPE)
            return {"N": work(a["N"], b["N"])}

        return result

    def _joined(self, left: Operand, right: Operand) -> Value:
        for operand in (left, right):
            self._check("list_append", operand, "L")
        first, second = self._value(left), self._value(right)

        def result(item: Item) -> AttributeValue:
            a, b = first(item), second(item)
            if "L" not in a or "L" not in b:
                raise refused(_WRONG_TYPE)
            return {"L": [*a["L"], *b["L"]]}

        return result

    def _check(self, operator: str, operand: Operand, wanted: str) -> None:
        if isinstance(operand, Call):
            kind = "L" if operand.function == "list_append" else ""
        else:
            kind = self._operands.kind(operand)
        if kind and kind != wanted:
            raise operand_type(self._what, operator, kind)


def _holder(item: Item, path: DocumentPath, copied: dict[DocumentPath, AttributeValue]) -> Any:
    """Return the map or list that holds the path's last element, as a copy that may be changed."""
    holder: Any = item
    for depth, element in enumerate(path[:-1], start=1):
        member = _member(holder, element)
        if member is None:
            raise refused(_ASTRAY)
        prefix = path[:depth]
        if prefix not in copied:
            [(kind, content)] = member.items()
            if kind not in ("M", "L"):
                raise refused(_ASTRAY)
            copied[prefix] = {kind: content.copy()}
            holder[element] = copied[prefix]
        [holder] = copied[prefix].values()
    if isinstance(holder, list) != isinstance(path[-1], int):
        raise refused(_ASTRAY)
    return holder


def _member(holder: Any, element: str | int) -> AttributeValue | None:
    if isinstance(holder, list):
        if not isinstance(element, int) or element >= len(holder):
            return None
        found: AttributeValue = holder[element]
        return found
    member: AttributeValue | None = holder.get(element) if isinstance(element, str) else None
    return member


def _put(holder: Any, element: str | int, value: AttributeValue | None) -> None:
    if isinstance(element, str):
        if value is None:
            holder.pop(element, None)
        else:
            holder[element] = value
    elif element < len(holder):
        holder[element] = _GONE if value is None else value
    elif value is not None:
        holder.append(value)


__all__ = ["Change", "Update", "added", "bound", "deleted", "parse_update", "projected"]
