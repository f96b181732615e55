"""What does a PartiQL statement ask of a table?

`parse_statement(text, parameters)` gives a `Statement`, whose action says what to do and which of its fields hold:

- SELECT: `projection` (None for `*`), `condition` over whole items, `index`, `is_descending` (of ORDER BY). Where
  `key_conditions(key)` is empty the whole table or index is read; else each is a query, and the
  condition filters what they find.
- EXISTS: a SELECT of one item that stands for a condition check in a transaction.
- INSERT: `item`; an item of that key may not exist yet (DuplicateItemException).
- UPDATE: `key(key_names)`, `update`, `condition` (an item must exist and fulfil it), `returning`.
- DELETE: `key(key_names)`, `condition` (an item that exists must fulfil it; none is no failure), `returning`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.conditions import bound as bound_condition
from eventsim_sources.table.expression.errors import refused
from eventsim_sources.table.expression.operands import Operands
from eventsim_sources.table.expression.partiql_text import StatementText, read_statement
from eventsim_sources.table.expression.path import DocumentPath, find
from eventsim_sources.table.expression.tree import Between, Call, Comparison, Junction, Membership, Operand, Path, Test
from eventsim_sources.table.key_condition import KeyCondition
from eventsim_sources.table.names import Names
from eventsim_sources.table.schema import Key
from eventsim_sources.table.update import Update
from eventsim_sources.table.update import bound as bound_update
from eventsim_sources.table.value import ORDERED, AttributeValue, Item, checked, checked_item, equal, kind_of, sort_key

_WHAT: Final = "WHERE clause"
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">="})


class Selection:
    """The paths of a SELECT; what lies below the top of an item is given under the last name of its path."""

    __slots__ = ("paths",)

    def __init__(self, paths: tuple[DocumentPath, ...]) -> None:
        self.paths = paths

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes it speaks of."""
        return frozenset(str(path[0]) for path in self.paths)

    def of(self, item: Mapping[str, AttributeValue]) -> Item:
        """Return what the item has at the paths."""
        found: Item = {}
        for path in self.paths:
            value = find(item, path)
            if value is not None:
                found[next(name for name in reversed(path) if isinstance(name, str))] = value
        return found


class Statement:
    """A statement with its parameters.

    Attributes:
        action: SELECT, EXISTS, INSERT, UPDATE or DELETE.
        table: the name of the table.
        index: the name of the index that a SELECT reads, or None.
        projection: what a SELECT wants of each item, or None for all.
        order: keys by which a SELECT is ordered, and whether each is descending.
        condition: the WHERE clause, or None.
        item: what INSERT puts.
        update: what UPDATE changes.
        returning: `ALL_OLD`, `ALL_NEW`, `UPDATED_OLD`, `UPDATED_NEW` or None.
        parameters_count: how many `?` the text has.
    """

    __slots__ = (
        "_operands",
        "_where",
        "action",
        "condition",
        "index",
        "item",
        "order",
        "parameters_count",
        "projection",
        "returning",
        "table",
        "update",
    )

    def __init__(self, text: StatementText, parameters: Sequence[AttributeValue]) -> None:
        names = Names(None, {f":{index}": value for index, value in enumerate(parameters)} or None)
        self._operands = Operands(names, _WHAT)
        self._where = text.where
        self.action = text.action
        self.table = text.table
        self.index = text.index
        self.order = text.order
        self.returning = text.returning
        self.parameters_count = text.parameters_count
        self.projection = None
        if text.paths is not None:
            self.projection = Selection(tuple(names.path(path, "SELECT") for path in text.paths))
        self.condition: Condition | None = bound_condition(text.where, names, _WHAT) if text.where else None
        self.item: Item | None = None
        if text.item is not None:
            value = self._operands.constant(text.item)
            assert value is not None
            self.item = checked_item(value["M"])
        self.update: Update | None = None
        if text.assignments:
            self.update = bound_update(text.assignments, names, "UpdateExpression")

    def is_descending(self, name: str) -> bool:
        """Tell whether ORDER BY wants a key in descending order."""
        return (name, True) in self.order

    def fixes(self, key_names: Iterable[str]) -> bool:
        """Tell whether the WHERE clause asks for one value of each of these attributes."""
        return self._fixed().keys() >= set(key_names)

    def key(self, key_names: Iterable[str]) -> Item:
        """Return the primary key that the WHERE clause asks for.

        Raises:
            ApiError: ValidationException, when it does not fix every attribute of the key.
        """
        fixed = self._fixed()
        if any(name not in fixed for name in key_names):
            raise refused("Where clause does not contain a mandatory equality on all key attributes")
        return {name: fixed[name] for name in key_names}

    def _fixed(self) -> Item:
        """Return the attributes of which the WHERE clause asks for one value."""
        return {
            str(test.left.elements[0]): value
            for test in self._conjuncts()
            if isinstance(test, Comparison) and test.operator == "=" and isinstance(test.left, Path)
            if len(test.left.elements) == 1 and (value := self._operands.constant(test.right)) is not None
        }

    def key_conditions(self, key: Key) -> tuple[KeyCondition, ...]:
        """Return the queries that find all that the WHERE clause may be true of; none when only a scan does.

        There is one for each partition that the clause names, with the first test of the sort key that a query makes.
        They are in the order that ORDER BY wants, or in that of the clause. An index whose partition key has several
        attributes is read whole.

        Raises:
            ApiError: ValidationException, when ORDER BY names another attribute, or no partition is named.
        """
        hash_name, range_name = key.hash_name, key.range_name or None
        partitions: tuple[AttributeValue, ...] = ()
        span: tuple[str, tuple[AttributeValue, ...]] | None = None
        for test in self._conjuncts():
            operator, name, values = self._plain(test)
            if name == hash_name and operator in ("=", "IN") and not partitions:
                partitions = tuple(
                    value for at, value in enumerate(values) if not any(equal(value, other) for other in values[:at])
                )
            elif name == range_name and operator in _RANGES | {"BETWEEN", "begins_with"} and span is None:
                span = operator, values
        self._check_order((hash_name, range_name), partitions)
        if any(name == hash_name for name, _ in self.order):
            partitions = tuple(sorted(partitions, key=_place, reverse=self.is_descending(hash_name)))
        if key.more_hash_names:
            return ()
        return tuple(KeyCondition((value,), *(span or ())) for value in partitions)

    def _check_order(self, key_names: Sequence[str | None], partitions: Sequence[AttributeValue]) -> None:
        for name, _ in self.order:
            if name not in key_names:
                raise refused(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
        if self.order and self._where is None:
            raise refused("Must have WHERE clause in the statement when using ORDER BY clause.")
        if self.order and not partitions:
            raise refused(
                "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
            )

    def _conjuncts(self) -> list[Test]:
        found: list[Test] = []
        waiting = [self._where] if self._where else []
        while waiting:
            test = waiting.pop(0)
            if isinstance(test, Junction) and test.operator == "AND":
                waiting[:0] = test.parts
            else:
                found.append(test)
        return found

    def _plain(self, test: Test) -> tuple[str, str, tuple[AttributeValue, ...]]:
        """Return operator, attribute and values of a test of one attribute against constants; else empty texts."""
        operator, subject, others = _parts(test)
        values = tuple(value for each in others if (value := self._operands.constant(each)) is not None)
        if not isinstance(subject, Path) or len(subject.elements) > 1 or len(values) < len(others):
            return "", "", ()
        return operator, str(subject.elements[0]), values


def parse_statement(text: str, parameters: Sequence[AttributeValue] = ()) -> Statement:
    """Read a statement and give it its parameters.

    Raises:
        ApiError: ValidationException, in AWS's words where they are known.
    """
    found = read_statement(text)
    if found.parameters_count != len(parameters):
        raise refused("Number of parameters in request and statement don't match.")
    return Statement(found, [checked(value, f"Parameters[{index}]") for index, value in enumerate(parameters)])


def _place(value: AttributeValue) -> tuple[str, Any]:
    """Return where a value stands among others, which no key has if they are of no type of keys."""
    kind = kind_of(value)
    return kind, sort_key(value) if kind in ORDERED else ""


def _parts(test: Test) -> tuple[str, Operand | None, tuple[Operand, ...]]:
    match test:
        case Comparison(operator, left, right):
            return operator, left, (right,)
        case Between(operand, low, high):
            return "BETWEEN", operand, (low, high)
        case Membership(operand, choices):
            return "IN", operand, choices
        case Call(function, (subject, *others)):
            return function, subject, tuple(others)
    return "", None, ()
