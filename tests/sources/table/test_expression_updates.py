"""Updates: what they make of an item, and how a wrong one is refused."""

from copy import deepcopy
from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.names import Names
from eventsim_sources.table.update import parse_update, projected

ITEM: dict[str, Any] = {
    "id": {"S": "x"},
    "n": {"N": "10"},
    "word": {"S": "hello"},
    "tags": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]},
    "m": {"M": {"k": {"S": "v"}, "box": {"M": {"l": {"L": [{"S": "q"}]}}}}},
}
VALUES: dict[str, Any] = {
    ":one": {"N": "1"},
    ":half": {"N": "0.5"},
    ":s": {"S": "s"},
    ":b": {"SS": ["b"]},
    ":bc": {"SS": ["b", "c"]},
    ":ab": {"SS": ["b", "a"]},
    ":ns": {"NS": ["1"]},
    ":list": {"L": [{"S": "new"}]},
    ":empty": {"L": []},
    ":map": {"M": {"z": {"N": "1"}}},
}
NAMES = {"#word": "word", "#m": "m", "#k": "k", "#dotted": "a.b"}


def n(*numbers: int) -> dict[str, Any]:
    return {"L": [{"N": str(number)} for number in numbers]}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SET n = :one", {"n": {"N": "1"}}),
        ("set n = :one", {"n": {"N": "1"}}),
        ("SET fresh = :one", {"fresh": {"N": "1"}}),
        ("SET n = n + :half", {"n": {"N": "10.5"}}),
        ("SET n = n - :one", {"n": {"N": "9"}}),
        ("SET n = :one - n", {"n": {"N": "-9"}}),
        ("SET n = (n + :one)", {"n": {"N": "11"}}),
        ("SET n = (n) + (:one)", {"n": {"N": "11"}}),
        ("SET fresh = if_not_exists(fresh, :one) + :one", {"fresh": {"N": "2"}}),
        ("SET n = if_not_exists(n, :one) + :one", {"n": {"N": "11"}}),
        ("SET n = if_not_exists(fresh, if_not_exists(gone, :one))", {"n": {"N": "1"}}),
        ("SET fresh = if_not_exists(m.k, :one)", {"fresh": {"S": "v"}}),
        ("SET fresh = word", {"fresh": {"S": "hello"}}),
        ("SET n = word, #word = n", {"n": {"S": "hello"}, "word": {"N": "10"}}),
        ("SET #dotted = :one", {"a.b": {"N": "1"}}),
        ("SET l = list_append(l, :list)", {"l": {"L": [*n(0, 1, 2)["L"], {"S": "new"}]}}),
        ("SET l = list_append(:list, l)", {"l": {"L": [{"S": "new"}, *n(0, 1, 2)["L"]]}}),
        ("SET log1 = list_append(if_not_exists(log1, :empty), :list)", {"log1": {"L": [{"S": "new"}]}}),
        ("SET l[1] = :s", {"l": {"L": [{"N": "0"}, {"S": "s"}, {"N": "2"}]}}),
        ("SET l[9] = :one, l[5] = :half", {"l": {"L": [*n(0, 1, 2)["L"], {"N": "0.5"}, {"N": "1"}]}}),
        ("SET m.k = :one", {"m": {"M": {**ITEM["m"]["M"], "k": {"N": "1"}}}}),
        ("SET #m.#k = :one", {"m": {"M": {**ITEM["m"]["M"], "k": {"N": "1"}}}}),
        ("SET m.box.l[0] = :one", {"m": {"M": {"k": {"S": "v"}, "box": {"M": {"l": n(1)}}}}}),
        ("REMOVE n", {"n": None}),
        ("REMOVE n, gone, word", {"n": None, "word": None}),
        ("REMOVE l[0]", {"l": n(1, 2)}),
        ("REMOVE l[0], l[2]", {"l": n(1)}),
        ("REMOVE l[7]", {}),
        ("REMOVE m.k", {"m": {"M": {"box": ITEM["m"]["M"]["box"]}}}),
        ("REMOVE m.gone", {}),
        ("SET l[2] = :one REMOVE l[0]", {"l": n(1, 1)}),
        ("SET l[5] = :one REMOVE l[0], l[1]", {"l": n(2, 1)}),
        ("ADD n :one", {"n": {"N": "11"}}),
        ("ADD fresh :one", {"fresh": {"N": "1"}}),
        ("ADD tags :bc", {"tags": {"SS": ["a", "b", "c"]}}),
        ("ADD fresh :bc", {"fresh": {"SS": ["b", "c"]}}),
        ("ADD m.count1 :one", {"m": {"M": {**ITEM["m"]["M"], "count1": {"N": "1"}}}}),
        ("ADD l[0] :one", {"l": n(1, 1, 2)}),
        ("DELETE tags :b", {"tags": {"SS": ["a"]}}),
        ("DELETE tags :bc", {"tags": {"SS": ["a"]}}),
        ("DELETE tags :ab", {"tags": None}),
        ("DELETE fresh :b", {}),
        (
            "SET fresh = :s REMOVE word ADD n :one DELETE tags :b",
            {"fresh": {"S": "s"}, "word": None, "n": {"N": "11"}, "tags": {"SS": ["a"]}},
        ),
        ("DELETE tags :b SET fresh = tags", {"fresh": {"SS": ["a", "b"]}, "tags": {"SS": ["a"]}}),
        ("REMOVE l[0] SET fresh = l[0]", {"l": n(1, 2), "fresh": {"N": "0"}}),
    ],
)
def test_an_update_changes_an_item(text: str, changed: dict[str, Any]) -> None:
    """Operands are taken from the item as it was, indices mean places as they were, and the given item stays."""
    before = deepcopy(ITEM)

    item = parse_update(text, Names(NAMES, VALUES)).apply(ITEM, ["id"])

    assert item == {name: value for name, value in {**ITEM, **changed}.items() if value is not None}
    assert before == ITEM


SET_OPERAND = "Incorrect operand type for operator or function; operator: {}, operand type: {}, typeSet: {}"
TYPE = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
OVERLAP = (
    "Two document paths {} with each other; must remove or rewrite one of these paths; path one: [{}], path two: [{}]"
)


def syntax(token: str, near: str) -> str:
    return f'Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The expression can not be empty;"),
        ("n = :one", syntax("n", "n =")),
        ("SET", syntax("<EOF>", "SET")),
        ("SET n", syntax("<EOF>", "n")),
        ("SET n = :one,", syntax("<EOF>", ",")),
        ("SET n = :one n = :one", syntax("n", ":one n =")),
        ("SET n = n + n + :one", syntax("+", "n + :one")),
        ("SET :one = n", syntax(":one", "SET :one =")),
        ("SET n = 1", syntax("1", "= 1")),
        ("ADD n = :one", syntax("=", "n = :one")),
        ("ADD n word", syntax("word", "n word")),
        ("REMOVE n = :one", syntax("=", "n = :one")),
        ("REMOVE l[-1]", syntax("-", "[-1")),
        ("SET n = :one SET word = :one", 'The "SET" section can only be used once in an update expression;'),
        ("ADD n :one ADD m :one", 'The "ADD" section can only be used once in an update expression;'),
        ("SET status = :one", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("SET n = ((n))", "The expression has redundant parentheses;"),
        ("SET n = plus(n, :one)", "Invalid function name; function: plus"),
        ("SET n = size(n)", "The function is not allowed in an update expression; function: size"),
        (
            "SET n = if_not_exists(n)",
            "Incorrect number of operands for operator or function; "
            "operator or function: if_not_exists, number of operands: 1",
        ),
        (
            "SET n = if_not_exists(:one, :one)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        ("SET n = :gone", "An expression attribute value used in expression is not defined; attribute value: :gone"),
        ("REMOVE #x", "An expression attribute name used in the document path is not defined; attribute name: #x"),
        ("SET n = n + :s", TYPE.format("+", "S")),
        ("SET n = :list - n", TYPE.format("-", "L")),
        ("SET n = n + list_append(l, :list)", TYPE.format("+", "L")),
        ("SET l = list_append(l, :one)", TYPE.format("list_append", "N")),
        ("ADD n :s", SET_OPERAND.format("ADD", "STRING", "ALLOWED_FOR_ADD_OPERAND")),
        ("ADD n :map", SET_OPERAND.format("ADD", "MAP", "ALLOWED_FOR_ADD_OPERAND")),
        ("DELETE tags :one", SET_OPERAND.format("DELETE", "NUMBER", "ALLOWED_FOR_DELETE_OPERAND")),
        ("DELETE tags :list", SET_OPERAND.format("DELETE", "LIST", "ALLOWED_FOR_DELETE_OPERAND")),
        ("SET n = :one, n = :half", OVERLAP.format("overlap", "n", "n")),
        ("SET m.k = :one REMOVE m", OVERLAP.format("overlap", "m, k", "m")),
        ("SET l = :list ADD l[0] :one", OVERLAP.format("overlap", "l", "l, [0]")),
        ("SET m.k = :one, m[0] = :one", OVERLAP.format("conflict", "m, k", "m, [0]")),
        ("SET #word = :one, word = :one", OVERLAP.format("overlap", "word", "word")),
    ],
)
def test_an_update_that_is_wrong_is_refused(text: str, reason: str) -> None:
    """Each mistake in the text has AWS's words, whatever the item."""
    with pytest.raises(ApiError) as refusal:
        parse_update(text, Names(NAMES, VALUES))

    assert refusal.value.code == "ValidationException"
    assert refusal.value.message == f"Invalid UpdateExpression: {reason}"


WRONG_TYPE = "An operand in the update expression has an incorrect data type"
ABSENT = "The provided expression refers to an attribute that does not exist in the item"
ASTRAY = "The document path provided in the update expression is invalid for update"
OF_KEY = "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET n = gone", ABSENT),
        ("SET n = gone + :one", ABSENT),
        ("SET n = m.gone.further", ABSENT),
        ("SET l = list_append(gone, :list)", ABSENT),
        ("SET n = word + :one", WRONG_TYPE),
        ("SET n = list_append(word, :list)", WRONG_TYPE),
        ("ADD word :one", WRONG_TYPE),
        ("ADD tags :ns", WRONG_TYPE),
        ("ADD n :b", WRONG_TYPE),
        ("DELETE n :b", WRONG_TYPE),
        ("DELETE tags :ns", WRONG_TYPE),
        ("SET gone.k = :one", ASTRAY),
        ("SET word.k = :one", ASTRAY),
        ("SET word[0] = :one", ASTRAY),
        ("SET m[0] = :one", ASTRAY),
        ("SET l.k = :one", ASTRAY),
        ("SET l[9].k = :one", ASTRAY),
        ("REMOVE gone.k", ASTRAY),
        ("ADD gone.k :one", ASTRAY),
        ("SET id = :s", OF_KEY),
        ("REMOVE id", OF_KEY),
        ("SET id.k = :s", OF_KEY),
    ],
)
def test_an_update_that_does_not_fit_the_item_is_refused(text: str, message: str) -> None:
    """What is wrong only with this item is told without naming the parameter."""
    update = parse_update(text, Names(None, VALUES))

    with pytest.raises(ApiError) as refusal:
        update.apply(ITEM, ["id"])

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


def test_an_update_may_not_nest_an_item_too_deeply() -> None:
    """A value that is fine by itself may lie too deep where it is put."""
    deep: dict[str, Any] = {"S": "x"}
    for _ in range(31):
        deep = {"L": [deep]}
    names = Names(None, {":v": deep})

    assert parse_update("SET m.k = :v", names).apply(ITEM)
    with pytest.raises(ApiError, match="Nesting Levels have exceeded supported limits"):
        parse_update("SET m.box.k = :v", names).apply(ITEM)


def test_a_sum_out_of_range_is_refused() -> None:
    """A number stays a number that DynamoDB can store."""
    names = Names(None, {":v": {"N": "9E125"}})

    with pytest.raises(ApiError, match="Number overflow"):
        parse_update("ADD n :v", names).apply({"n": {"N": "9E125"}})


def test_an_update_knows_which_paths_it_touches() -> None:
    """UPDATED_OLD and UPDATED_NEW show only what was touched, in its place."""
    update = parse_update("SET m.k = :one, fresh = :one REMOVE l[0], l[2]", Names(None, {":one": {"N": "1"}}))

    assert update.paths == (("m", "k"), ("fresh",), ("l", 0), ("l", 2))
    assert projected(ITEM, update.paths) == {"m": {"M": {"k": {"S": "v"}}}, "l": n(0, 2)}
    assert projected(update.apply(ITEM), update.paths) == {
        "m": {"M": {"k": {"N": "1"}}},
        "fresh": {"N": "1"},
        "l": n(1),
    }
