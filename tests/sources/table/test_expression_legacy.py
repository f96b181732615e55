"""The parameters that are older than expressions."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.legacy import (
    attribute_updates,
    attributes_to_get,
    check_unmixed,
    expected_condition,
    filter_condition,
    key_conditions,
)
from eventsim_sources.table.schema import Key

INVALID = "One or more parameter values were invalid: "
ITEM: dict[str, Any] = {
    "id": {"S": "x"},
    "n": {"N": "10"},
    "text": {"S": "hello"},
    "tags": {"SS": ["a", "b"]},
    "list": {"L": [{"S": "a"}]},
}


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(number: str) -> dict[str, str]:
    return {"N": number}


@pytest.mark.parametrize(
    ("name", "operator", "values", "truth"),
    [
        ("n", "EQ", [n("10.0")], True),
        ("n", "EQ", [s("10")], False),
        ("gone", "EQ", [n("1")], False),
        ("n", "NE", [n("1")], True),
        ("n", "NE", [n("10")], False),
        ("gone", "NE", [n("10")], True),
        ("n", "LT", [n("11")], True),
        ("n", "LE", [n("10")], True),
        ("n", "GT", [n("10")], False),
        ("n", "GE", [n("10")], True),
        ("text", "GT", [n("1")], False),
        ("n", "BETWEEN", [n("1"), n("10")], True),
        ("n", "BETWEEN", [n("11"), n("12")], False),
        ("n", "IN", [n("1"), n("10")], True),
        ("n", "IN", [n("1")], False),
        ("text", "BEGINS_WITH", [s("he")], True),
        ("n", "BEGINS_WITH", [s("1")], False),
        ("text", "CONTAINS", [s("ll")], True),
        ("tags", "CONTAINS", [s("a")], True),
        ("list", "CONTAINS", [s("a")], True),
        ("text", "NOT_CONTAINS", [s("ll")], False),
        ("tags", "NOT_CONTAINS", [s("z")], True),
        ("n", "NULL", [], False),
        ("gone", "NULL", [], True),
        ("n", "NOT_NULL", [], True),
        ("gone", "NOT_NULL", [], False),
    ],
)
def test_an_older_comparison_holds_or_does_not(name: str, operator: str, values: list[Any], truth: bool) -> None:
    """Expected and the filters share their operators."""
    given = {name: {"ComparisonOperator": operator, "AttributeValueList": values}}

    assert filter_condition(given).holds(ITEM) is truth
    assert expected_condition(given).holds(ITEM) is truth


@pytest.mark.parametrize(
    ("expected", "truth"),
    [
        ({"n": {"Value": n("10")}}, True),
        ({"n": {"Value": n("10"), "Exists": True}}, True),
        ({"n": {"Value": n("11")}}, False),
        ({"gone": {"Exists": False}}, True),
        ({"n": {"Exists": False}}, False),
        ({"n": {"ComparisonOperator": "GT", "Value": n("9")}}, True),
        ({}, True),
    ],
    ids=str,
)
def test_the_oldest_form_of_expected(expected: dict[str, Any], truth: bool) -> None:
    """A value that is there, or an attribute that is not."""
    assert expected_condition(expected).holds(ITEM) is truth


@pytest.mark.parametrize(("operator", "truth"), [(None, False), ("AND", False), ("OR", True)])
def test_conditions_are_joined_by_the_conditional_operator(operator: str | None, truth: bool) -> None:
    """AND unless the request says OR."""
    expected = {"n": {"Value": n("10")}, "text": {"Value": s("no")}}

    assert expected_condition(expected, operator).holds(ITEM) is truth


@pytest.mark.parametrize(
    ("expected", "operator", "message"),
    [
        ({"a": {"Exists": True}}, None, f"{INVALID}Value must be provided when Exists is true for Attribute: a"),
        ({"a": {}}, None, f"{INVALID}Value must be provided when Exists is null for Attribute: a"),
        (
            {"a": {"Exists": False, "Value": n("1")}},
            None,
            f"{INVALID}Value cannot be used when Exists is set to false for Attribute: a",
        ),
        (
            {"a": {"Exists": True, "ComparisonOperator": "EQ", "Value": n("1")}},
            None,
            f"{INVALID}Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"a": {"ComparisonOperator": "EQ", "Value": n("1"), "AttributeValueList": [n("1")]}},
            None,
            f"{INVALID}Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"a": {"ComparisonOperator": "EQ"}},
            None,
            f"{INVALID}Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            {"a": {"AttributeValueList": [n("1")]}},
            None,
            f"{INVALID}AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"a": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [n("1")]}},
            None,
            f"{INVALID}Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"a": {"ComparisonOperator": "IN", "AttributeValueList": []}},
            None,
            f"{INVALID}Invalid number of argument(s) for the IN ComparisonOperator",
        ),
        (
            {"a": {"ComparisonOperator": "NULL", "AttributeValueList": [n("1")]}},
            None,
            f"{INVALID}Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            {"a": {"ComparisonOperator": "CONTAINS", "AttributeValueList": [{"M": {}}]}},
            None,
            f"{INVALID}ComparisonOperator CONTAINS is not valid for M AttributeValue type",
        ),
        (
            {"a": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [n("1")]}},
            None,
            f"{INVALID}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            {"a": {"ComparisonOperator": "IN", "AttributeValueList": [n("1"), s("1")]}},
            None,
            f"{INVALID}AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            {"a": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [n("2"), n("1")]}},
            None,
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
        ({}, "AND", "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"a": {"Exists": False}},
            "OR",
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
    ],
    ids=str,
)
def test_an_expectation_that_is_wrong_is_refused(expected: Any, operator: str | None, message: str) -> None:
    """Each mistake has AWS's words."""
    with pytest.raises(ApiError) as refusal:
        expected_condition(expected, operator)

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("updates", "changed"),
    [
        ({"n": {"Value": n("1")}}, {"n": n("1")}),
        ({"fresh": {"Value": s("a"), "Action": "PUT"}}, {"fresh": s("a")}),
        ({"n": {"Action": "DELETE"}, "gone": {"Action": "DELETE"}}, {"n": None}),
        ({"tags": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, {"tags": {"SS": ["b"]}}),
        ({"tags": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}}}, {"tags": None}),
        ({"n": {"Action": "ADD", "Value": n("-3")}}, {"n": n("7")}),
        ({"fresh": {"Action": "ADD", "Value": n("3")}}, {"fresh": n("3")}),
        ({"tags": {"Action": "ADD", "Value": {"SS": ["c"]}}}, {"tags": {"SS": ["a", "b", "c"]}}),
    ],
    ids=str,
)
def test_attribute_updates_change_an_item(updates: dict[str, Any], changed: dict[str, Any]) -> None:
    """PUT, DELETE and ADD of whole attributes."""
    item = attribute_updates(updates).apply(ITEM, ["id"])

    assert item == {name: value for name, value in {**ITEM, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            {"": {"Value": n("1")}},
            f"{INVALID}Attribute name must be at least 1 byte and at most 65535 bytes long",
        ),
        ({"n": {}}, f"{INVALID}Only DELETE action is allowed when no attribute value is specified"),
        ({"n": {"Action": "ADD", "Value": s("x")}}, f"{INVALID}ADD action is not supported for the type S"),
        (
            {"n": {"Action": "DELETE", "Value": n("1")}},
            f"{INVALID}DELETE action with value is not supported for the type N",
        ),
        ({"text": {"Action": "ADD", "Value": n("1")}}, "Type mismatch for attribute to update"),
        ({"n": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, "Type mismatch for attribute to update"),
        (
            {"id": {"Value": s("y")}},
            f"{INVALID}Cannot update attribute id. This attribute is part of the key",
        ),
    ],
    ids=str,
)
def test_attribute_updates_that_are_wrong_are_refused(updates: dict[str, Any], message: str) -> None:
    """By themselves, or for this item."""
    with pytest.raises(ApiError) as refusal:
        attribute_updates(updates).apply(ITEM, ["id"])

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


def test_key_conditions_name_a_partition_and_a_range() -> None:
    """They become what a KeyConditionExpression becomes."""
    condition = key_conditions(
        {
            "id": {"ComparisonOperator": "EQ", "AttributeValueList": [s("x")]},
            "at": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [n("1"), n("2")]},
        },
        Key("id", "at"),
    )

    assert (condition.hash_value, condition.operator, condition.operands) == (s("x"), "BETWEEN", (n("1"), n("2")))


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"at": ("EQ", [n("1")])}, "Query condition missed key schema element: id"),
        ({"id": ("GT", [s("x")])}, "Query key condition not supported"),
        ({"id": ("CONTAINS", [s("x")])}, "Attempted conditional constraint is not an indexable operation"),
        ({"id": ("EQ", [s("x")]), "no": ("EQ", [s("x")])}, "Query condition missed key schema element: at"),
        ({}, "Query condition missed key schema element: id"),
        ({name: ("EQ", [s("x")]) for name in ("id", "at", "no")}, "Conditions can be of length 1 or 2 only"),
    ],
    ids=str,
)
def test_key_conditions_that_are_wrong_are_refused(conditions: dict[str, Any], message: str) -> None:
    """As with expressions."""
    given = {
        name: {"ComparisonOperator": operator, "AttributeValueList": values}
        for name, (operator, values) in conditions.items()
    }

    with pytest.raises(ApiError) as refusal:
        key_conditions(given, Key("id", "at"))

    assert refusal.value.message == message


def test_attributes_to_get_are_a_projection() -> None:
    """Names of whole attributes; dots mean nothing in them."""
    assert attributes_to_get(["n", "gone", "a.b"]).of({**ITEM, "a.b": n("1")}) == {"n": n("10"), "a.b": n("1")}

    with pytest.raises(ApiError, match="Duplicate value in attribute name: n"):
        attributes_to_get(["n", "text", "n"])


def test_older_parameters_and_expressions_do_not_mix() -> None:
    """The message lists both."""
    request = {"AttributesToGet": ["a"], "ProjectionExpression": "a", "FilterExpression": None, "ScanFilter": None}

    with pytest.raises(ApiError) as refusal:
        check_unmixed(request, ("ProjectionExpression", "FilterExpression"), ("AttributesToGet", "ScanFilter"))

    assert refusal.value.message == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


def test_a_list_is_added_to_a_list() -> None:
    """At its end; ADD of update expressions does not do that."""
    update = attribute_updates({"l": {"Action": "ADD", "Value": {"L": [s("b")]}}})

    assert update.apply({"l": {"L": [s("a")]}}) == {"l": {"L": [s("a"), s("b")]}}
    assert update.apply({}) == {"l": {"L": [s("b")]}}
    with pytest.raises(ApiError, match="Type mismatch for attribute to update"):
        update.apply({"l": s("a")})
