"""Expressions of any shape: printed, read and evaluated, they mean what they were made to mean."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim_sources.table.conditions import parse_condition
from eventsim_sources.table.key_condition import parse_key_condition
from eventsim_sources.table.names import Names
from eventsim_sources.table.partiql import parse_statement
from eventsim_sources.table.projection import parse_projection
from eventsim_sources.table.schema import Key
from eventsim_sources.table.update import parse_update, projected
from eventsim_sources.table.value import checked, equal, size_of

Tree = tuple[Any, ...]

CONSTANTS: dict[str, Any] = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":a": {"S": "a"},
    ":ab": {"S": "ab"},
    ":set": {"SS": ["a", "b"]},
}
ORDERS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

scalars = st.sampled_from([{"N": "1"}, {"N": "2"}, {"N": "3"}, {"S": "a"}, {"S": "ab"}, {"S": "b"}, {"SS": ["b", "a"]}])
items = st.dictionaries(st.sampled_from(["a", "b", "c"]), scalars, max_size=3)
paths = st.sampled_from(["a", "b", "c"]).map(lambda name: ("path", name))
constants = st.sampled_from(sorted(CONSTANTS)).map(lambda name: ("value", name))
bounds = st.sampled_from([(":one", ":two"), (":a", ":ab"), (":one", ":one")])
tests = st.one_of(
    st.tuples(st.just("compare"), st.sampled_from(["=", "<>"]), paths, constants),
    st.tuples(st.just("compare"), st.sampled_from(sorted(ORDERS)), paths, constants.filter(lambda c: c[1] != ":set")),
    st.tuples(st.just("between"), paths, bounds),
    st.tuples(st.just("in"), paths, st.lists(constants, min_size=1, max_size=3)),
    st.tuples(st.just("exists"), paths),
    st.tuples(st.just("begins"), paths, st.just(("value", ":a"))),
    st.tuples(st.just("contains"), paths, constants),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def printed(tree: Tree) -> str:
    match tree:
        case ("and" | "or" as word, parts):
            return f" {word.upper()} ".join(f"({printed(part)})" for part in parts)
        case ("not", part):
            return f"NOT ({printed(part)})"
        case ("compare", operator, left, right):
            return f"{left[1]} {operator} {right[1]}"
        case ("between", path, (low, high)):
            return f"{path[1]} BETWEEN {low} AND {high}"
        case ("in", path, choices):
            return f"{path[1]} IN ({', '.join(choice[1] for choice in choices)})"
        case ("exists", path):
            return f"attribute_exists({path[1]})"
        case (function, path, operand):
            return f"{ {'begins': 'begins_with', 'contains': 'contains'}[function] }({path[1]}, {operand[1]})"
    raise AssertionError(tree)


def plain(value: dict[str, Any] | None) -> Any:
    """A value as Python compares it: numbers as decimals, sets as sets."""
    if value is None:
        return None
    [(kind, content)] = value.items()
    return {"N": Decimal, "SS": frozenset}.get(kind, str)(content)


def meant(tree: Tree, item: dict[str, Any]) -> bool:
    def at(operand: Tree) -> Any:
        return plain(item.get(operand[1]) if operand[0] == "path" else CONSTANTS[operand[1]])

    match tree:
        case ("and", parts):
            return all(meant(part, item) for part in parts)
        case ("or", parts):
            return any(meant(part, item) for part in parts)
        case ("not", part):
            return not meant(part, item)
        case ("compare", "=", left, right):
            return bool(at(left) == at(right))
        case ("compare", "<>", left, right):
            return bool(at(left) != at(right))
        case ("compare", operator, left, right):
            return type(at(left)) is type(at(right)) and ORDERS[operator](at(left), at(right))
        case ("between", path, (low, high)):
            least, most = at(("value", low)), at(("value", high))
            return type(at(path)) is type(least) and least <= at(path) <= most
        case ("in", path, choices):
            return at(path) in [at(choice) for choice in choices]
        case ("exists", path):
            return at(path) is not None
    return meant_by_function(tree[0], at(tree[1]), at(tree[2]))


def meant_by_function(function: str, whole: Any, part: Any) -> bool:
    if function == "begins":
        return isinstance(whole, str) and whole.startswith(part)
    return isinstance(part, str) and isinstance(whole, str | frozenset) and part in whole


@given(trees, items)
def test_a_condition_means_what_it_was_made_to_mean(tree: Tree, item: dict[str, Any]) -> None:
    """Printed, read and evaluated, a tree has the value of a direct evaluation."""
    condition = parse_condition(printed(tree), Names(None, CONSTANTS))

    assert condition.holds(item) is meant(tree, item)


WORDS = r"""
a b.c l[0] #n :v :w ( ) , . [ ] = <> < > <= >= + - AND OR NOT BETWEEN IN SET REMOVE ADD DELETE size contains
contains( size( attribute_type( attribute_exists( begins_with( if_not_exists( list_append( set_add( set_delete(
name 1 ' " ? << >> { } : ; * SELECT FROM t WHERE INSERT INTO VALUE UPDATE EXISTS( RETURNING ALL OLD IS MISSING NULL
ORDER BY 'x' 1.5 é
"""
words = st.sampled_from([*WORDS.split(), "\0", "\U0001f600"])
texts = st.one_of(st.text(max_size=30), st.lists(words, max_size=25).map(" ".join), st.lists(words).map("".join))
NAMES = {"#n": "n"}
VALUES = {":v": {"N": "1"}, ":w": {"S": "x"}}
ITEM: dict[str, Any] = {"a": {"N": "1"}, "b": {"M": {"c": {"S": "x"}}}, "l": {"L": [{"N": "1"}]}}


@given(texts)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Whatever is sent as an expression is understood or refused in words."""
    with suppress(ApiError):
        parse_condition(text, Names(NAMES, VALUES)).holds(ITEM)
    with suppress(ApiError):
        parse_update(text, Names(NAMES, VALUES)).apply(ITEM, ["id"])
    with suppress(ApiError):
        parse_projection(text, Names(NAMES, VALUES)).of(ITEM)
    with suppress(ApiError):
        parse_key_condition(text, Names(NAMES, VALUES), Key("a", "b"))


@given(texts, st.sampled_from(["", "SELECT * FROM t WHERE ", "UPDATE t SET a = ", "INSERT INTO t VALUE {'a': "]))
def test_no_statement_does_more_than_be_refused(text: str, start: str) -> None:
    """Whatever is sent as a statement is understood or refused in words."""
    with suppress(ApiError):
        statement = parse_statement(start + text, [{"N": "1"}] * (start + text).count("?"))
        statement.key_conditions(Key("a", "b"))
        statement.key(["a"])
        if statement.condition is not None:
            statement.condition.holds(ITEM)
        if statement.update is not None:
            statement.update.apply(ITEM)


values: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, st.text(max_size=5)),
        st.builds(lambda number: {"N": str(number)}, st.integers(-(10**20), 10**20)),
        st.builds(lambda content: {"B": content}, st.binary(max_size=5)),
        st.builds(lambda truth: {"BOOL": truth}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda texts: {"SS": texts}, st.lists(st.text(min_size=1, max_size=3), min_size=1, unique=True)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda elements: {"L": elements}, st.lists(inner, max_size=4)),
        st.builds(lambda members: {"M": members}, st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=4)),
    ),
    max_leaves=10,
)


@given(values)
def test_a_value_is_checked_once_and_for_all(value: dict[str, Any]) -> None:
    """Checking twice changes nothing more, and a value equals itself."""
    once = checked(value)

    assert checked(once) == once
    assert equal(once, checked(value))
    assert size_of({"a": once}) >= 1


@given(values, values)
def test_what_is_set_is_found_and_what_is_removed_is_gone(old: dict[str, Any], new: dict[str, Any]) -> None:
    """SET and REMOVE below a map touch nothing else."""
    item = {"m": {"M": {"old": checked(old), "kept": {"S": "k"}}}}
    names = Names({"#old": "old"}, {":new": new})

    changed = parse_update("SET m.fresh = :new, m.copied = m.#old REMOVE m.#old", names).apply(item)

    assert changed == {"m": {"M": {"kept": {"S": "k"}, "fresh": checked(new), "copied": checked(old)}}}
    assert projected(changed, [("m", "fresh"), ("m", "gone")]) == {"m": {"M": {"fresh": checked(new)}}}
