"""Key conditions: which partition and which sort keys a query asks for."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.table.key_condition import parse_key_condition
from eventsim_sources.table.names import Names
from eventsim_sources.table.schema import Key

VALUES: dict[str, Any] = {
    ":id": {"S": "p"},
    ":a": {"S": "a"},
    ":b": {"S": "b"},
    ":n": {"N": "1"},
    ":list": {"L": []},
}
NAMES = {"#id": "id", "#sk": "sk", "#m": "m"}
A, B = VALUES[":a"], VALUES[":b"]


@pytest.mark.parametrize(
    ("text", "operator", "operands", "within"),
    [
        ("id = :id", None, (), ["", "a", "ab", "b", "c"]),
        ("#id = :id", None, (), ["", "a", "ab", "b", "c"]),
        ("(id = :id)", None, (), ["", "a", "ab", "b", "c"]),
        ("id = :id AND sk = :a", "=", (A,), ["a"]),
        ("sk = :a and id = :id", "=", (A,), ["a"]),
        ("id = :id AND sk < :b", "<", (B,), ["", "a", "ab"]),
        ("id = :id AND sk <= :b", "<=", (B,), ["", "a", "ab", "b"]),
        ("id = :id AND sk > :a", ">", (A,), ["ab", "b", "c"]),
        ("id = :id AND sk >= :a", ">=", (A,), ["a", "ab", "b", "c"]),
        ("id = :id AND sk BETWEEN :a AND :b", "BETWEEN", (A, B), ["a", "ab", "b"]),
        ("id = :id AND begins_with(sk, :a)", "begins_with", (A,), ["a", "ab"]),
        ("(id = :id) AND (begins_with(#sk, :a))", "begins_with", (A,), ["a", "ab"]),
    ],
)
def test_a_key_condition_names_a_partition_and_a_range(
    text: str, operator: str | None, operands: tuple[Any, ...], within: list[str]
) -> None:
    """The partition by equality, the sort key by at most one comparison; the order of the two is free."""
    condition = parse_key_condition(text, Names(NAMES, VALUES), Key("id", "sk"))

    assert condition.hash_value == {"S": "p"}
    assert (condition.operator, condition.operands) == (operator, operands)
    assert [key for key in ("", "a", "ab", "b", "c") if condition.holds({"S": key})] == within


MISUSE = "Invalid condition in KeyConditionExpression: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id", 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "id"'),
        ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("hash = :id", "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: hash"),
        ("sk = :a", "Query condition missed key schema element: id"),
        ("other1 = :a", "Query condition missed key schema element: id"),
        ("id = :id AND other1 = :a", "Query condition missed key schema element: sk"),
        ("id < :id", "Query key condition not supported"),
        ("begins_with(id, :id)", "Query key condition not supported"),
        ("id BETWEEN :a AND :b AND sk = :a", "Query key condition not supported"),
        ("id = :id OR sk = :a", "Invalid operator used in KeyConditionExpression: OR"),
        ("NOT id = :id", "Invalid operator used in KeyConditionExpression: NOT"),
        ("NOT NOT id = :id", "Invalid operator used in KeyConditionExpression: NOT"),
        ("id = :id AND sk <> :a", "Invalid operator used in KeyConditionExpression: <>"),
        ("id = :id AND sk IN (:a, :b)", "Invalid operator used in KeyConditionExpression: IN"),
        ("id = :id AND contains(sk, :a)", "Invalid operator used in KeyConditionExpression: contains"),
        ("attribute_exists(id)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("id = :id AND size(sk) = :n", "KeyConditionExpressions cannot contain nested operations"),
        ("id = :id AND id = :a", "KeyConditionExpressions must only contain one condition per key"),
        ("id = :id AND sk > :a AND sk < :b", "KeyConditionExpressions must only contain one condition per key"),
        ("id = :id AND sk = :a AND other1 = :b", "Conditions can be of length 1 or 2 only"),
        ("#m.x = :id", "KeyConditionExpressions cannot have conditions on nested attributes"),
        ("id = sk", f"{MISUSE}Multiple attribute names used in one condition"),
        (":id = :a", f"{MISUSE}No key attribute specified"),
        (":id = id", f"{MISUSE}= operator must have the key attribute as its first operand"),
        (
            "id = :id AND begins_with(sk, :n)",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N",
        ),
        (
            "id = :id AND sk > :list",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: >, operand type: L",
        ),
        (
            "id = :id AND sk BETWEEN :b AND :a",
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to "
            "lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
        ),
    ],
)
def test_a_key_condition_that_is_wrong_is_refused(text: str, message: str) -> None:
    """Only equality of the partition and one comparison of the sort key can be looked up."""
    with pytest.raises(ApiError) as refusal:
        parse_key_condition(text, Names(NAMES, VALUES), Key("id", "sk"))

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


def test_a_table_without_sort_key_knows_no_second_condition() -> None:
    """There is nothing that it could be about."""
    with pytest.raises(ApiError, match="Query key condition not supported"):
        parse_key_condition("id = :id AND sk = :a", Names(None, VALUES), Key("id"))


@pytest.mark.parametrize(
    ("text", "types", "fits"),
    [
        ("id = :id", {"id": "S"}, True),
        ("id = :n", {"id": "S"}, False),
        ("id = :id AND sk > :n", {"id": "S", "sk": "N"}, True),
        ("id = :id AND sk > :a", {"id": "S", "sk": "N"}, False),
    ],
)
def test_values_must_have_the_types_of_the_keys(text: str, types: dict[str, str], fits: bool) -> None:
    """A key of another type cannot be there."""
    key = Key("id", "sk")
    condition = parse_key_condition(text, Names(None, VALUES), key)

    if fits:
        condition.check_types(key, types)
    else:
        with pytest.raises(ApiError, match="Condition parameter type does not match schema type"):
            condition.check_types(key, types)
