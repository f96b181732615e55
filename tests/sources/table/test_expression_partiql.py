"""PartiQL statements: what they ask of a table, and how a wrong one is refused."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.partiql import parse_statement
from eventsim_sources.table.schema import Key

ITEM: dict[str, Any] = {
    "id": {"S": "x"},
    "sk": {"N": "2"},
    "n": {"N": "10"},
    "name": {"S": "Ann"},
    "tags": {"SS": ["a", "b"]},
    "m": {"M": {"k": {"S": "v"}, "l": {"L": [{"N": "7"}]}}},
    "nothing": {"NULL": True},
    "log": {"L": []},
}


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(number: str) -> dict[str, str]:
    return {"N": number}


@pytest.mark.parametrize(
    ("where", "parameters", "truth"),
    [
        ("n = 10", [], True),
        ("n = ?", [n("10")], True),
        ("n <> 10", [], False),
        ("n != 11", [], True),
        ("n > 9.5 AND n < 1e2", [], True),
        ("n > -1", [], True),
        ("\"name\" = 'Ann'", [], True),
        ("name = 'Ann' AND n = 1", [], False),
        ("name = 'It''s'", [], False),
        ("m.k = 'v'", [], True),
        ('"m"."l"[0] = 7', [], True),
        ("n BETWEEN 1 AND ?", [n("10")], True),
        ("n IN [1, 10]", [], True),
        ("n IN (1, ?)", [n("2")], False),
        ("tags = <<'b', 'a'>>", [], True),
        ("m = {'k': 'v', 'l': [7]}", [], True),
        ("gone IS MISSING", [], True),
        ("n IS NOT MISSING", [], True),
        ("nothing IS NULL", [], True),
        ("gone IS NULL", [], False),
        ("n IS NOT NULL", [], True),
        ("nothing = NULL", [], True),
        ("contains(tags, 'a')", [], True),
        ("CONTAINS(tags, 'z')", [], False),
        ("begins_with(name, 'A')", [], True),
        ("attribute_type(n, 'N')", [], True),
        ("size(tags) = 2", [], True),
        ("NOT (n = 10 OR n = 11)", [], False),
        ("(n = 1 OR n = 10) AND name = 'Ann'", [], True),
    ],
)
def test_a_where_clause_holds_or_does_not(where: str, parameters: list[Any], truth: bool) -> None:
    """Literals, parameters, operators and functions of PartiQL."""
    statement = parse_statement(f"SELECT * FROM things WHERE {where}", parameters)

    assert statement.condition is not None
    assert statement.condition.holds(ITEM) is truth


def test_a_select_names_table_index_paths_and_order() -> None:
    """Names stand with or without quotation marks; words of the grammar in any case."""
    statement = parse_statement('select id, m.k, "m"."l"[0] from "my-table"."by-name" order by sk desc')

    assert (statement.action, statement.table, statement.index) == ("SELECT", "my-table", "by-name")
    assert statement.projection is not None
    assert statement.projection.of(ITEM) == {"id": s("x"), "k": s("v"), "l": n("7")}
    assert statement.order == (("sk", True),)
    assert statement.is_descending("sk")
    assert not statement.is_descending("id")
    assert statement.condition is None


@pytest.mark.parametrize(
    ("where", "queries"),
    [
        ("id = 'x'", [(s("x"), None, ())]),
        ("id = ?", [(s("p"), None, ())]),
        ("n = 1 AND (id = 'x' AND sk > 1)", [(s("x"), ">", (n("1"),))]),
        ("id = 'x' AND sk BETWEEN 1 AND 3", [(s("x"), "BETWEEN", (n("1"), n("3")))]),
        ("id = 'x' AND begins_with(sk, 'a')", [(s("x"), "begins_with", (s("a"),))]),
        ("id IN ['x', 'y', 'x'] AND sk = 1", [(s("x"), "=", (n("1"),)), (s("y"), "=", (n("1"),))]),
        ("id = 'x' OR id = 'y'", []),
        ("NOT id = 'x'", []),
        ("id > 'x'", []),
        ("id.k = 'x'", []),
        ("sk = 1", []),
        ("contains(id, 'x')", []),
    ],
)
def test_a_select_is_a_query_where_it_names_partitions(where: str, queries: list[Any]) -> None:
    """Else the table must be scanned; the condition filters in either case."""
    statement = parse_statement(f"SELECT * FROM things WHERE {where}", [s("p")] if "?" in where else [])

    found = [(each.hash_value, each.operator, each.operands) for each in statement.key_conditions(Key("id", "sk"))]

    assert found == queries


def test_an_insert_has_an_item() -> None:
    """Values of every type, and parameters within."""
    statement = parse_statement(
        """INSERT INTO "things" VALUE
        {'id': ?, 'n': -1.50, 'b': true, 'z': null, 'l': [1, [?]], 's': <<1, 2>>, 'm': {}}""",
        [s("x"), {"N": "2.0"}],
    )

    assert statement.action == "INSERT"
    assert statement.item == {
        "id": s("x"),
        "n": n("-1.5"),
        "b": {"BOOL": True},
        "z": {"NULL": True},
        "l": {"L": [n("1"), {"L": [n("2")]}]},
        "s": {"NS": ["1", "2"]},
        "m": {"M": {}},
    }


@pytest.mark.parametrize(
    ("clauses", "changed"),
    [
        ("SET n = 1", {"n": n("1")}),
        ("SET n = n + 1", {"n": n("11")}),
        ("SET n = n - 1 SET name = 'Bob'", {"n": n("9"), "name": s("Bob")}),
        ("SET n = 1, name = 'Bob'", {"n": n("1"), "name": s("Bob")}),
        ("SET m.k = {'a': 1}", {"m": {"M": {**ITEM["m"]["M"], "k": {"M": {"a": n("1")}}}}}),
        ("SET log = list_append(log, [1, 'a'])", {"log": {"L": [n("1"), s("a")]}}),
        ("SET tags = set_add(tags, <<'c'>>)", {"tags": {"SS": ["a", "b", "c"]}}),
        ("SET tags = set_delete(tags, <<'a'>>)", {"tags": {"SS": ["b"]}}),
        ("REMOVE name REMOVE nothing", {"name": None, "nothing": None}),
        ("SET n = 1 REMOVE name", {"n": n("1"), "name": None}),
    ],
)
def test_an_update_changes_the_item_of_a_key(clauses: str, changed: dict[str, Any]) -> None:
    """The key is in the WHERE clause, which may hold further conditions."""
    statement = parse_statement(f"UPDATE things {clauses} WHERE id = 'x' AND sk = 2 AND n > 1")

    assert statement.key(["id", "sk"]) == {"id": s("x"), "sk": n("2")}
    assert statement.update is not None
    assert statement.update.apply(ITEM, ["id", "sk"]) == {
        name: value for name, value in {**ITEM, **changed}.items() if value is not None
    }
    assert statement.condition is not None
    assert statement.condition.holds(ITEM)


@pytest.mark.parametrize(
    ("text", "returning"),
    [
        ("UPDATE t SET n = 1 WHERE id = 'x'", None),
        ("UPDATE t SET n = 1 WHERE id = 'x' RETURNING ALL OLD *", "ALL_OLD"),
        ("UPDATE t SET n = 1 WHERE id = 'x' RETURNING ALL NEW *", "ALL_NEW"),
        ("UPDATE t SET n = 1 WHERE id = 'x' RETURNING MODIFIED OLD *", "UPDATED_OLD"),
        ("UPDATE t SET n = 1 WHERE id = 'x' returning modified new *;", "UPDATED_NEW"),
        ("DELETE FROM t WHERE id = 'x' RETURNING ALL OLD *", "ALL_OLD"),
    ],
)
def test_a_statement_says_what_it_returns(text: str, returning: str | None) -> None:
    """In the words of ReturnValues."""
    assert parse_statement(text).returning == returning


def test_exists_is_a_check_of_one_item() -> None:
    """It stands in transactions only."""
    statement = parse_statement("EXISTS(SELECT * FROM t WHERE id = 'x' AND n = ?)", [n("10")])

    assert (statement.action, statement.key(["id"])) == ("EXISTS", {"id": s("x")})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT * FROM",
        "SELECT FROM t",
        "SELEC * FROM t",
        "SELECT * FROM t WHERE",
        "SELECT * FROM t LIMIT 5",
        "SELECT * FROM t ORDER sk",
        "SELECT * FROM t WHERE a = 'open",
        "SELECT * FROM t WHERE a IS GONE",
        "SELECT * FROM t WHERE a IN 5",
        "INSERT INTO t VALUES {'a': 1}",
        "INSERT INTO t VALUE 5",
        "INSERT INTO t VALUE {'a': b}",
        "UPDATE t SET a = 1",
        "UPDATE t WHERE a = 1",
        "UPDATE t SET a = size(b) WHERE id = 'x'",
        "UPDATE t SET a = a + contains(b, 'x') WHERE id = 'x'",
        "UPDATE t SET a = set_add(b, <<1>>) WHERE id = 'x'",
        "DELETE FROM t",
        "DELETE FROM t WHERE id = 'x' RETURNING ALL NEW *",
        "EXISTS(DELETE FROM t WHERE id = 'x')",
        "DROP TABLE t",
    ],
)
def test_a_statement_that_does_not_follow_the_grammar_is_refused(text: str) -> None:
    """The words behind the colon are ours."""
    with pytest.raises(ApiError) as refusal:
        parse_statement(text)

    assert refusal.value.code == "ValidationException"
    assert refusal.value.message.startswith("Statement wasn't well formed, can't be processed: ")


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        ("SELECT * FROM t WHERE id = ?", [], "Number of parameters in request and statement don't match."),
        ("SELECT * FROM t", [s("x")], "Number of parameters in request and statement don't match."),
        ("SELECT * FROM t WHERE a = ?", [{"N": "x"}], "The parameter cannot be converted to a numeric value: x"),
        ("INSERT INTO t VALUE {'a': <<1, 'x'>>}", [], "A set holds strings, numbers or binaries of one type"),
        ("SELECT * FROM t WHERE list_append(a, [1])", [], "not allowed to be used this way"),
        ("SELECT * FROM t WHERE a = list_append(b, [1])", [], "not allowed to be used this way"),
        ("UPDATE t SET a = 1 SET a = 2 WHERE id = 'x'", [], "Two document paths overlap with each other"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused(text: str, parameters: list[Any], message: str) -> None:
    """Parameters are counted and checked, sets have one type, paths do not overlap."""
    with pytest.raises(ApiError) as refusal:
        parse_statement(text, parameters)

    assert refusal.value.code == "ValidationException"
    assert message in refusal.value.message


@pytest.mark.parametrize("where", ["id = 'x'", "sk = 1", "id = 'x' OR sk = 1", "id = 'x' AND sk > 1", "id = sk"])
def test_a_write_needs_the_whole_key(where: str) -> None:
    """A statement changes one item, which it must name."""
    statement = parse_statement(f"DELETE FROM t WHERE {where}")

    with pytest.raises(ApiError, match="does not contain a mandatory equality on all key attributes"):
        statement.key(["id", "sk"])
