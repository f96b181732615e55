"""Conditions and filters: what they mean, and how a wrong one is refused."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.conditions import parse_condition
from eventsim_sources.table.names import Names

ITEM: dict[str, Any] = {
    "id": {"S": "x1"},
    "n": {"N": "10"},
    "word": {"S": "hello"},
    "bytes": {"B": b"\x01\x02"},
    "flag": {"BOOL": True},
    "nil": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": [b"a"]},
    "l": {"L": [{"S": "a"}, {"N": "2"}, {"M": {"deep": {"S": "down"}}}]},
    "m": {"M": {"k": {"S": "v"}, "n": {"N": "5"}}},
}
VALUES: dict[str, Any] = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":five": {"N": "5"},
    ":ten": {"N": "10.0"},
    ":a": {"S": "a"},
    ":he": {"S": "he"},
    ":hello": {"S": "hello"},
    ":ll": {"S": "ll"},
    ":zz": {"S": "zz"},
    ":v": {"S": "v"},
    ":S": {"S": "S"},
    ":SS": {"S": "SS"},
    ":bin": {"B": b"\x01"},
    ":true": {"BOOL": True},
    ":null": {"NULL": True},
    ":ba": {"SS": ["b", "a"]},
    ":list": {"L": [{"S": "a"}]},
    ":map": {"M": {"k": {"S": "v"}}},
    ":half": {"N": "2.50"},
}
NAMES = {"#n": "n", "#m": "m", "#dotted": "a.b", "#k": "k"}


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("n = :ten", True),
        ("n = :one", False),
        ("word = :ten", False),
        ("absent = :one", False),
        ("n <> :one", True),
        ("n <> :ten", False),
        ("word <> :ten", True),
        ("absent <> :one", True),
        ("n < :ten", False),
        ("n <= :ten", True),
        ("n > :two", True),
        ("n >= :ten", True),
        ("word > :he", True),
        ("word > :two", False),
        ("absent < :two", False),
        ("bytes > :bin", True),
        (":two < n", True),
        ("m.n < n", True),
        ("ss = :ba", True),
        ("flag = :true", True),
        ("nil = :null", True),
        ("m.k = :v", True),
        ("#m.#k = :v", True),
        ("m.k.further = :v", False),
        ("l[0] = :a", True),
        ("l[2].deep = :a", False),
        ("l [ 1 ] = :two", True),
        ("l[9] = :a", False),
        ("n[0] = :a", False),
        ("n BETWEEN :two AND :ten", True),
        ("n between :one and :two", False),
        ("word BETWEEN :he AND :zz", True),
        ("absent BETWEEN :one AND :two", False),
        (":five BETWEEN m.n AND n", True),
        ("n IN (:one, :ten)", True),
        ("n IN (:one)", False),
        ("absent IN (:one)", False),
        ("word in (:one, word2, :hello)", True),
        ("attribute_exists(n)", True),
        ("attribute_exists(nil)", True),
        ("attribute_exists(absent)", False),
        ("attribute_exists(m.k)", True),
        ("attribute_exists(l[1])", True),
        ("attribute_not_exists(absent)", True),
        ("attribute_not_exists(n)", False),
        ("attribute_type(word, :S)", True),
        ("attribute_type(n, :S)", False),
        ("attribute_type(ss, :SS)", True),
        ("attribute_type(absent, :S)", False),
        ("begins_with(word, :he)", True),
        ("begins_with(word, :ll)", False),
        ("begins_with(bytes, :bin)", True),
        ("begins_with(n, :he)", False),
        ("begins_with(absent, :he)", False),
        ("contains(word, :ll)", True),
        ("contains(word, :zz)", False),
        ("contains(ss, :a)", True),
        ("contains(ns, :half)", True),
        ("contains(ns, :a)", False),
        ("contains(l, :a)", True),
        ("contains(l, :two)", True),
        ("contains(bytes, :bin)", True),
        ("contains(n, :one)", False),
        ("contains(absent, :a)", False),
        ("size(word) = :five", True),
        ("size(ss) = :two", True),
        ("size(l) > :two", True),
        ("size(m) = :two", True),
        ("size(bytes) = :two", True),
        ("size(absent) > :one", False),
        ("size(n) > :one", False),
        ("size(:hello) = :five", True),
        ("size(word) < size(l)", False),
        ("NOT n = :one", True),
        ("not not n = :ten", True),
        ("NOT n = :ten OR word = :hello", True),
        ("NOT (n = :ten OR word = :hello)", False),
        ("n = :ten AND word = :hello", True),
        ("n = :ten AND word = :he", False),
        ("n = :one OR word = :hello", True),
        ("n = :ten OR n = :one AND word = :he", True),
        ("(n = :ten OR n = :one) AND word = :he", False),
        ("(n = :ten) AND (word = :hello)", True),
        ("((n = :ten) AND word = :hello)", True),
        ("(n) = (:ten)", True),
        ("\n\tn\n=\n:ten ", True),
        ("n=:ten AND(word=:hello)", True),
    ],
)
def test_a_condition_holds_or_does_not(text: str, truth: bool) -> None:
    """Operators, functions, precedence, paths and what is missing."""
    condition = parse_condition(text, Names(NAMES, VALUES))

    assert condition.holds(ITEM) is truth


def test_without_an_item_nothing_exists() -> None:
    """A condition on an item that is not there sees no attribute."""
    assert parse_condition("attribute_not_exists(id)", Names()).holds(None)
    assert not parse_condition("attribute_exists(id)", Names()).holds(None)


def test_a_condition_knows_the_attributes_it_speaks_of() -> None:
    """A filter may not speak of keys, so its reader must know."""
    condition = parse_condition("#n = :one AND size(m.k) > :one OR attribute_exists(l[0])", Names(NAMES, VALUES))

    assert condition.attributes == {"n", "m", "l"}


def test_an_alias_may_stand_for_a_name_with_dots() -> None:
    """The dot within a name defined by the request is part of the name."""
    names = Names({"#dotted": "a.b"}, {":one": {"N": "1"}})

    assert parse_condition("#dotted = :one", names).holds({"a.b": {"N": "1"}})


TYPE = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
COUNT = "Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}"
NEEDS_PATH = "Operator or function requires a document path; operator or function: {}"
MISUSED = "The function is not allowed to be used this way in an expression; function: {}"
DISTINCT = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: {}, first operand: [{}]"
)
PARENTHESES = "The expression has redundant parentheses;"


def syntax(token: str, near: str) -> str:
    return f'Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The expression can not be empty;"),
        ("  ", "The expression can not be empty;"),
        ("n", syntax("<EOF>", "n")),
        ("n =", syntax("<EOF>", "=")),
        ("n = :one AND", syntax("<EOF>", "AND")),
        ("AND n = :one", syntax("AND", "AND n")),
        ("n = = :one", syntax("=", "= = :one")),
        ("n == :one", syntax("=", "= = :one").replace("= =", "==")),
        ("n = 5", syntax("5", "= 5")),
        ("n = 'x'", syntax("'", "= 'x")),
        ("n != :one", syntax("!", "n !=")),
        ("(n = :one", syntax("<EOF>", ":one")),
        ("n = :one)", syntax(")", ":one)")),
        ("a-b = :one", syntax("-", "a-b")),
        ("_a = :one", syntax("_", "_a")),
        ("l[x] = :one", syntax("x", "[x]")),
        ("l[:one] = :one", syntax(":one", "[:one]")),
        ("m.0 = :one", syntax("0", ".0 =")),
        ("n IN :one", syntax(":one", "IN :one")),
        ("n IN ()", syntax(")", "()")),
        ("n BETWEEN :one :two", syntax(":two", ":one :two")),
        ("attribute_exists()", syntax(")", "()")),
        ("n = :one = :two", syntax("=", ":one = :two")),
        ("(n = :one) = :two", syntax(":two", "= :two")),
        ("name = :one", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("n = :one AND Size > :two", "Attribute name is a reserved keyword; reserved keyword: Size"),
        ("m.timestamp = :one", "Attribute name is a reserved keyword; reserved keyword: timestamp"),
        ("((n = :one))", PARENTHESES),
        ("n = :one AND ((n = :two))", PARENTHESES),
        ("n = ((:one))", PARENTHESES),
        ("exists(n)", "Invalid function name; function: exists"),
        ("Attribute_Exists(n)", "Invalid function name; function: Attribute_Exists"),
        ("list_append(l, :one) = :two", "The function is not allowed in a condition expression; function: list_append"),
        ("if_not_exists(l, :one)", "The function is not allowed in a condition expression; function: if_not_exists"),
        ("size(n)", MISUSED.format("size")),
        ("NOT size(n)", MISUSED.format("size")),
        ("attribute_exists(n) = :true", MISUSED.format("attribute_exists")),
        ("n = begins_with(word, :he)", MISUSED.format("begins_with")),
        ("begins_with(contains(word, :he), :he)", MISUSED.format("contains")),
        ("size(attribute_exists(n)) = :one", MISUSED.format("attribute_exists")),
        ("attribute_exists(n, m)", COUNT.format("attribute_exists", 2)),
        ("begins_with(word)", COUNT.format("begins_with", 1)),
        ("size(n, m) = :one", COUNT.format("size", 2)),
        ("attribute_exists(:one)", NEEDS_PATH.format("attribute_exists")),
        ("attribute_not_exists(size(n))", NEEDS_PATH.format("attribute_not_exists")),
        ("attribute_type(:one, :S)", NEEDS_PATH.format("attribute_type")),
        (
            "#gone = :one",
            "An expression attribute name used in the document path is not defined; attribute name: #gone",
        ),
        ("n = :gone", "An expression attribute value used in expression is not defined; attribute value: :gone"),
        ("n = n", DISTINCT.format("=", "n")),
        ("m.k < m.k", DISTINCT.format("<", "m, k")),
        ("contains(l, l)", DISTINCT.format("contains", "l")),
        ("n IN (:one, n)", DISTINCT.format("IN", "n")),
        ("begins_with(word, :one)", TYPE.format("begins_with", "N")),
        ("contains(:one, :a)", TYPE.format("contains", "N")),
        ("attribute_type(n, :one)", TYPE.format("attribute_type", "N")),
        ("size(:one) = :one", TYPE.format("size", "N")),
        ("size(size(word)) = :one", TYPE.format("size", "N")),
        ("n < :true", TYPE.format("<", "BOOL")),
        ("n >= :null", TYPE.format(">=", "NULL")),
        ("n > :list", TYPE.format(">", "L")),
        ("n <= :map", TYPE.format("<=", "M")),
        ("n < :ba", TYPE.format("<", "SS")),
        ("n BETWEEN :ba AND :ba", TYPE.format("BETWEEN", "SS")),
        (
            "attribute_type(n, :a)",
            "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "n BETWEEN :two AND :one",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            "n BETWEEN :two AND :a",
            "The BETWEEN operator requires same data type for lower and upper bounds; "
            "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:a}",
        ),
    ],
)
def test_a_condition_that_is_wrong_is_refused(text: str, reason: str) -> None:
    """Each mistake has AWS's words, behind the name of the parameter."""
    with pytest.raises(ApiError) as refusal:
        parse_condition(text, Names(NAMES, VALUES))

    assert refusal.value.code == "ValidationException"
    assert refusal.value.message == f"Invalid ConditionExpression: {reason}"


def test_bad_syntax_is_told_of_before_anything_else() -> None:
    """A reserved word in a text that does not follow the grammar is not the first trouble."""
    with pytest.raises(ApiError, match="Syntax error"):
        parse_condition("name = :one AND", Names(None, VALUES))


def test_a_filter_is_refused_under_its_own_name() -> None:
    """The message names the parameter in which the mistake is."""
    with pytest.raises(ApiError, match=r"^ValidationException: Invalid FilterExpression: Syntax error"):
        parse_condition("n =", Names(), "FilterExpression")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("n IN (" + ",".join([":one"] * 101) + ")", COUNT.format("IN", 101), id="101 choices"),
        pytest.param(
            "n = :one" + " " * 4100,
            "Expression size has exceeded the maximum allowed size; expression size: 4108",
            id="4 KB",
        ),
        pytest.param(
            " AND ".join(["a=:one"] * 151),
            "The expression contains too many operators; operator count: 301",
            id="300 operators",
        ),
        pytest.param(
            "a" + ".b" * 33 + " = :one",
            "The document path has too many nesting elements; nesting levels: 34",
            id="nested path",
        ),
        pytest.param(
            "size(" * 65 + "l" + ")" * 65 + " = :one",
            "The expression is nested too deeply; nesting levels: 65",
            id="nested functions",
        ),
        pytest.param(
            f"l[{'9' * 50}] = :one",
            f"List index is not within the allowable range; index: [{'9' * 50}]",
            id="list index",
        ),
    ],
)
def test_a_condition_has_bounds(text: str, reason: str) -> None:
    """Operands, characters, operators and levels are counted."""
    with pytest.raises(ApiError) as refusal:
        parse_condition(text, Names(NAMES, VALUES))

    assert refusal.value.message == f"Invalid ConditionExpression: {reason}"


@pytest.mark.parametrize("shape", ["(n=:ten AND ", "(n=:one OR ", "NOT (", "NOT NOT ("])
def test_conditions_may_stand_deep_within_one_another(shape: str) -> None:
    """Clients join long lists two by two, each pair in parentheses."""
    levels = 280 // shape.count("N") if "NOT" in shape else 140
    text = shape * levels + "n=:ten" + ")" * levels

    condition = parse_condition(text, Names(None, {":ten": VALUES[":ten"], ":one": VALUES[":one"]}))

    assert condition.holds(ITEM)


def test_a_hundred_choices_and_300_operators_are_allowed() -> None:
    """The bounds themselves are within."""
    assert parse_condition("n IN (" + ",".join([":ten"] * 100) + ")", Names(None, VALUES)).holds(ITEM)
    assert parse_condition(" AND ".join(["n=:ten"] * 150), Names(None, VALUES)).holds(ITEM)
