"""Names and values of a request, projections and reserved words."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.conditions import parse_condition
from eventsim_sources.table.expression.reserved import RESERVED
from eventsim_sources.table.names import Names
from eventsim_sources.table.projection import parse_projection
from eventsim_sources.table.update import parse_update

ITEM: dict[str, Any] = {
    "id": {"S": "x"},
    "n": {"N": "1"},
    "l": {"L": [{"S": "a"}, {"S": "b"}, {"M": {"k": {"S": "c"}, "z": {"S": "d"}}}]},
    "m": {"M": {"k": {"S": "v"}, "z": {"S": "w"}}},
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("n", {"n": {"N": "1"}}),
        ("n, gone, id", {"n": {"N": "1"}, "id": {"S": "x"}}),
        ("#m", {"m": ITEM["m"]}),
        ("m.k", {"m": {"M": {"k": {"S": "v"}}}}),
        ("m.k, m.z", {"m": ITEM["m"]}),
        ("l[2], l[0]", {"l": {"L": [{"S": "a"}, ITEM["l"]["L"][2]]}}),
        ("l[2].k, l[1]", {"l": {"L": [{"S": "b"}, {"M": {"k": {"S": "c"}}}]}}),
        ("m.gone, l[7], n.k", {}),
    ],
)
def test_a_projection_keeps_what_lies_at_its_paths(text: str, found: dict[str, Any]) -> None:
    """Maps and lists that hold a path stay around it; elements of lists close up in their order."""
    projection = parse_projection(text, Names({"#m": "m"}))

    assert projection.of(ITEM) == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The expression can not be empty;"),
        ("n,", 'Syntax error; token: "<EOF>", near: ","'),
        ("user-id", 'Syntax error; token: "-", near: "user-id"'),
        ("n m", 'Syntax error; token: "m", near: "n m"'),
        ("*", 'Syntax error; token: "*", near: "*"'),
        ("size(n)", 'Syntax error; token: "(", near: "size(n"'),
        ("name", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("#x", "An expression attribute name used in the document path is not defined; attribute name: #x"),
        (
            "m, m.k",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [m], path two: [m, k]",
        ),
        (
            "m.k, m[0]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            "path one: [m, k], path two: [m, [0]]",
        ),
    ],
)
def test_a_projection_that_is_wrong_is_refused(text: str, reason: str) -> None:
    """Each mistake has AWS's words, behind the name of the parameter."""
    with pytest.raises(ApiError) as refusal:
        parse_projection(text, Names({"#m": "m"}))

    assert refusal.value.message == f"Invalid ProjectionExpression: {reason}"


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        ({}, None, "ExpressionAttributeNames must not be empty"),
        (None, {}, "ExpressionAttributeValues must not be empty"),
        ({"a": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        ({"#": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        ({"#a-b": "b"}, None, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'),
        (None, {"v": {"S": "x"}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'),
        (
            {"#a": ""},
            None,
            "ExpressionAttributeNames contains invalid value: Attribute name must not be empty for key #a",
        ),
        (
            None,
            {":v": {}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
            "must contain exactly one of the supported datatypes for key :v",
        ),
        (
            None,
            {":v": {"SS": []}},
            "ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: "
            "An string set  may not be empty for key :v",
        ),
        (
            None,
            {":v": {"N": "x"}},
            "ExpressionAttributeValues contains invalid value: "
            "The parameter cannot be converted to a numeric value: x for key :v",
        ),
    ],
    ids=str,
)
def test_names_and_values_must_be_well_formed(names: Any, values: Any, message: str) -> None:
    """They are checked before any expression is read."""
    with pytest.raises(ApiError) as refusal:
        Names(names, values)

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        (
            {"#a": "a", "#b": "b"},
            None,
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}",
        ),
        (None, {":v": {"S": "x"}}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"),
    ],
    ids=["names", "values"],
)
def test_a_name_or_value_that_nobody_uses_is_refused(names: Any, values: Any, message: str) -> None:
    """All expressions of a request share them, so this is known when all are read."""
    shared = Names(names, values)
    parse_condition("attribute_exists(id)", shared)

    with pytest.raises(ApiError) as refusal:
        shared.check_all_used()

    assert refusal.value.message == message


def test_each_expression_of_a_request_may_use_some_of_the_names() -> None:
    """What one expression does not use another may."""
    shared = Names({"#n": "n", "#id": "id"}, {":v": {"N": "1"}, ":w": {"N": "2"}})

    parse_update("SET #n = :v", shared)
    parse_condition("#id <> :w", shared)

    shared.check_all_used()


@pytest.mark.parametrize(
    ("names", "values", "expressions", "message"),
    [
        ({"#a": "a"}, None, (), "ExpressionAttributeNames can only be specified when using expressions"),
        (None, {":v": {"S": "x"}}, (), "ExpressionAttributeValues can only be specified when using expressions"),
        (
            None,
            {":v": {"S": "x"}},
            ("ConditionExpression",),
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            None,
            {":v": {"S": "x"}},
            ("UpdateExpression", "ConditionExpression"),
            "ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression and ConditionExpression are null",
        ),
    ],
    ids=["names", "values", "one expression", "two expressions"],
)
def test_names_and_values_need_an_expression(names: Any, values: Any, expressions: Any, message: str) -> None:
    """Without any expression they make no sense."""
    with pytest.raises(ApiError) as refusal:
        Names(names, values).check_all_used(expressions)

    assert refusal.value.message == message


def test_no_names_are_fine_without_expressions() -> None:
    """A request without any of them is a plain one."""
    Names().check_all_used()


def test_all_573_reserved_words_are_refused() -> None:
    """The list of the developer guide, in any case."""
    assert len(RESERVED) == 573
    for word in sorted(RESERVED - {"AND", "OR", "NOT", "BETWEEN", "IN"}):
        with pytest.raises(ApiError, match=f"reserved keyword: {word.lower()}$"):
            parse_condition(f"attribute_exists({word.lower()})", Names())
