"""Which conditions of a policy does a request meet? IAM's operators, as its reference has them."""

from collections.abc import Mapping
from typing import Any

import pytest

from eventsim.policy_conditions import hold, is_operator, operator_names
from eventsim.policy_text import Finding

Given = str | tuple[str, ...] | None
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders:paid"


def found(conditions: Mapping[str, Any], known: Mapping[str, Given] | None = None) -> Finding:
    """Tell whether conditions hold for a request; a key that is None is one of which nobody knows."""
    given = {key.lower(): value for key, value in (known or {}).items()}

    def values(key: str) -> tuple[str, ...] | None:
        value = given.get(key.lower(), ())
        return (value,) if isinstance(value, str) else value

    return hold(conditions, values, values)


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "is_met"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", [], "b", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "Ab", "aB", True),
        ("StringNotEqualsIgnoreCase", "Ab", "aB", False),
        ("StringLike", "a*c?", "abbcd", True),
        ("StringLike", "a*", "Ab", False),
        ("StringLike", "[ab]", "a", False),
        ("StringLike", "[ab]", "[ab]", True),
        ("StringLike", "a*b", "a\nb", True),
        ("StringNotLike", "a*", "ab", False),
        ("stringequals", "a", "a", True),
        ("NumericEquals", "5.0", "5", True),
        ("NumericEquals", 5, "5", True),
        ("NumericEquals", "five", "5", False),
        ("NumericEquals", "5", "five", False),
        ("NumericEquals", "NaN", "NaN", False),
        ("NumericNotEquals", "5", "5.00", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "9.5", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateEquals", "2026-03-01T10:00:00Z", "2026-03-01T12:00:00+02:00", True),
        ("DateEquals", "1772359200", "2026-03-01T10:00:00Z", True),
        ("DateNotEquals", "2026-03-01", "2026-03-01T00:00:00Z", False),
        ("DateLessThan", "2026-03", "2026-02-28T23:59:59Z", True),
        ("DateLessThanEquals", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000001Z", False),
        ("DateGreaterThan", "2026-03-01", "2026-03-01T00:00:01Z", True),
        ("DateGreaterThanEquals", "soon", "2026-03-01T00:00:01Z", False),
        ("DateGreaterThanEquals", "2026-03-01", "2026-03-01T00:00:00Z", True),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "False", "false", True),
        ("Bool", "true", "false", False),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QmFzZQ==", "QmFzZQ==", True),
        ("BinaryEquals", "QmFzZQ==", "QmFzZg==", False),
        ("BinaryEquals", "?", "?", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("IpAddress", "everywhere", "203.0.114.7", False),
        ("IpAddress", "0.0.0.0/0", "lambda.amazonaws.com", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
        ("NotIpAddress", ["10.0.0.0/8", "172.16.0.0/12"], "203.0.113.7", True),
        ("ArnLike", "arn:aws:sns:*:123456789012:orders*", TOPIC, True),
        ("ArnEquals", "arn:aws:sns:eu-west-?:*:orders:*", TOPIC, True),
        ("ArnLike", "arn:aws:sns:*:orders:*:paid", TOPIC, False),
        ("ArnLike", "arn:aws:sns:*", TOPIC, True),
        ("ArnLike", "*", TOPIC, True),
        ("ArnLike", "arn:aws:sns:*:*:*", "orders", False),
        ("ArnNotLike", "arn:aws:sns:*:*:orders:*", TOPIC, False),
        ("ArnNotEquals", "arn:aws:sns:*:*:bills", TOPIC, True),
        ("Null", "true", "x", False),
        ("Null", False, "x", True),
    ],
)
def test_a_value_is_compared(operator: str, wanted: Any, value: str, is_met: bool) -> None:
    """As the operator says, with one of its texts; a negated one with none of them."""
    assert found({operator: {"aws:Key": wanted}}, {"aws:key": value}) is is_met


@pytest.mark.parametrize(
    ("operator", "is_met"),
    [
        *[(name, "Not" in name) for name in operator_names() if name != "Null"],
        *[(f"{name}IfExists", True) for name in operator_names() if name != "Null"],
        *[(f"ForAllValues:{name}", True) for name in operator_names() if name != "Null"],
        *[(f"ForAnyValue:{name}", False) for name in operator_names() if name != "Null"],
        ("ForAnyValue:StringEqualsIfExists", True),
        ("Null", True),
    ],
)
def test_a_key_is_missing(operator: str, is_met: bool) -> None:
    """What is negated holds, `IfExists` and `ForAllValues` do, and nothing else; a key without values is as missing."""
    assert found({operator: {"aws:Key": "true"}}) is is_met
    assert found({operator: {"aws:Key": "true"}}, {"aws:Key": ()}) is is_met


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringNotEquals", "BoolIfExists", "ForAllValues:StringLike", "Null", "Magic"]
)
def test_a_key_of_which_nobody_knows_is_left_open(operator: str) -> None:
    """Whoever asks says what that comes to."""
    assert found({operator: {"aws:Key": "true"}}, {"aws:Key": None}) is None


@pytest.mark.parametrize(
    ("operator", "values", "is_met"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "x"), False),
        ("ForAnyValue:StringEquals", ("a", "x"), True),
        ("ForAnyValue:StringEquals", ("x", "y"), False),
        ("ForAllValues:StringNotEquals", ("x", "y"), True),
        ("ForAllValues:StringNotEquals", ("a", "x"), False),
        ("ForAnyValue:StringNotEquals", ("a", "x"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("a", "x"), True),
        ("StringNotEquals", ("a", "x"), False),
        ("ForAllValues:StringEqualsIfExists", ("a", "x"), False),
    ],
)
def test_a_key_has_many_values(operator: str, values: tuple[str, ...], is_met: bool) -> None:
    """All of them, or one of them, are as one of the texts wants."""
    assert found({operator: {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": values}) is is_met


def test_all_operators_and_all_keys_hold_at_once() -> None:
    """One that does not hold decides, even beside one of which nobody knows."""
    two = {"StringEquals": {"k": "a", "l": "b"}, "Bool": {"m": "true"}}

    assert found(two, {"k": "a", "l": "b", "m": "true"}) is True
    assert found(two, {"k": "a", "l": "b", "m": None}) is None
    assert found(two, {"k": None, "l": "b", "m": "false"}) is False


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "is_met"),
    [
        ("StringEquals", "${aws:username}", "ann", True),
        ("StringEquals", "x-${ aws:UserName }-${aws:PrincipalTag/Team}", "x-ann-red*", True),
        ("StringLike", "${aws:PrincipalTag/team}", "red roses", False),
        ("StringLike", "*-${aws:username}", "dear-ann", True),
        ("StringEqualsIgnoreCase", "${aws:username}", "ANN", True),
        ("StringNotEquals", "${aws:username}", "bob", True),
        ("StringEquals", "${missing, 'everybody'}", "everybody", True),
        ("StringEquals", "${aws:username, 'everybody'}", "everybody", False),
        ("StringEquals", "${missing, ''}", "", True),
        ("StringEquals", "${missing}", "", False),
        ("StringEquals", ["${missing}", "ann"], "ann", True),
        ("StringNotEquals", "${missing}", "ann", False),
        ("StringNotEqualsIgnoreCase", ["${missing}", "bob"], "ann", False),
        ("StringEquals", "${many}", "a", False),
        ("StringLike", "${*}${?}${$}{x}?", "*?${x}y", True),
        ("StringLike", "${*}", "x", False),
        ("StringEquals", "${unknown}", "ann", None),
        ("StringEquals", "x-${unknown}", "ann", False),
        ("StringNotEquals", "x-${unknown}", "ann", None),
        ("StringNotEquals", "x-${unknown, 'y'}", "ann", True),
        ("StringNotEquals", "${unknown}", "ann", None),
        ("StringEquals", ["${unknown}", "ann"], "ann", True),
        ("ArnLike", "arn:aws:iam::123456789012:user/${aws:username}", "arn:aws:iam::123456789012:user/ann", True),
        ("StringEquals", "${aws:username", "${aws:username", True),
        ("NumericEquals", "${number}", "5", False),
    ],
)
def test_texts_have_variables(operator: str, wanted: Any, value: str, is_met: Finding) -> None:
    """What a variable stands for is nothing but itself; one without a value matches nothing."""
    known = {"aws:username": "ann", "aws:PrincipalTag/team": "red*", "many": ("a", "b"), "number": "5", "unknown": None}

    assert found({operator: {"k": wanted}}, {**known, "k": value}) is is_met


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("StringEquals", True),
        ("ForAnyValue:ArnLikeIfExists", True),
        ("Null", True),
        ("NullIfExists", False),
        ("ForSomeValues:StringLike", False),
        ("StringMatches", False),
    ],
)
def test_operators_have_names(name: str, is_one: bool) -> None:
    """With what they may begin and end with."""
    assert is_operator(name) is is_one
