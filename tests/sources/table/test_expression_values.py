"""Attribute values: what is one, how is it written, how large is it, how do two compare?"""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim_sources.table.number import canonical, minus, plus
from eventsim_sources.table.value import check_item, checked, checked_item, compare, equal, size_of, sort_key

INVALID = "One or more parameter values were invalid: "
ONE_TYPE = "must contain exactly one of the supported datatypes"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


@pytest.mark.parametrize(
    ("text", "canon"),
    [
        ("1", "1"),
        ("1.50", "1.5"),
        ("100", "100"),
        ("0010", "10"),
        ("-0", "0"),
        ("0.000", "0"),
        ("0e999999999999999999999", "0"),
        ("+7", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("-1.20E-2", "-0.012"),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("9" * 38, "9" * 38),
        ("9" * 38 + "00", "9" * 38 + "00"),
    ],
)
def test_a_number_is_written_in_full_without_needless_zeros(text: str, canon: str) -> None:
    """DynamoDB trims leading and trailing zeros and knows no exponents."""
    assert canonical(text) == canon


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("Infinity", "The parameter cannot be converted to a numeric value: Infinity"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("١", "The parameter cannot be converted to a numeric value: ١"),
        ("1 ", "The parameter cannot be converted to a numeric value: 1 "),
        ("1e", "The parameter cannot be converted to a numeric value: 1e"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1E126", OVERFLOW),
        ("-1E126", OVERFLOW),
        ("1E99999999999999999999999", OVERFLOW),
        ("1E-131", UNDERFLOW),
        ("1E-99999999999999999999999", UNDERFLOW),
    ],
)
def test_what_is_no_number_is_refused(text: str, message: str) -> None:
    """A number has at most 38 digits and a magnitude from 1E-130 to 9.99…E+125."""
    with pytest.raises(ApiError) as refusal:
        canonical(text)

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(lambda d: abs(d.adjusted()) < 100))
def test_a_canonical_number_is_the_same_number(number: Decimal) -> None:
    """Writing a number in DynamoDB's way changes neither its value nor, when done twice, its text."""
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > 38:
        return

    text = canonical(str(number))

    assert Decimal(text) == number
    assert canonical(text) == text


@given(st.integers(-(10**37), 10**37), st.integers(-(10**37), 10**37), st.integers(-30, 30))
def test_numbers_add_and_subtract_exactly(a: int, b: int, exponent: int) -> None:
    """Sums are decimal, whatever the size of their parts."""
    left, right = canonical(f"{a}E{exponent}"), canonical(f"{b}E{exponent}")

    if len(str(abs(a + b))) <= 38:
        assert Decimal(plus(left, right)) == Decimal(f"{a + b}E{exponent}")
    if len(str(abs(a - b))) <= 38:
        assert Decimal(minus(left, right)) == Decimal(f"{a - b}E{exponent}")


def test_a_sum_of_too_many_digits_is_refused() -> None:
    """The greatest and the smallest number do not add up to one of 38 digits."""
    with pytest.raises(ApiError, match="more than 38 significant digits"):
        plus(canonical("1E125"), canonical("1E-130"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param({}, f"Supplied AttributeValue is empty, {ONE_TYPE}", id="nothing"),
        pytest.param({"X": "1"}, f"Supplied AttributeValue is empty, {ONE_TYPE}", id="unknown type"),
        pytest.param(
            {"S": "a", "N": "1"},
            f"Supplied AttributeValue has more than one datatypes set, {ONE_TYPE}",
            id="two types",
        ),
        pytest.param({"NULL": False}, f"{INVALID}Null attribute value types must have the value of true", id="no null"),
        pytest.param({"SS": []}, f"{INVALID}An string set  may not be empty", id="empty SS"),
        pytest.param({"NS": []}, f"{INVALID}An number set  may not be empty", id="empty NS"),
        pytest.param({"BS": []}, f"{INVALID}Binary sets should not be empty", id="empty BS"),
        pytest.param(
            {"SS": ["a", ""]}, f"{INVALID}An string set may not have a empty string as a member", id="empty member"
        ),
        pytest.param(
            {"BS": [b""]}, f"{INVALID}Binary sets may not contain null or empty values", id="empty binary member"
        ),
        pytest.param({"SS": ["a", "a"]}, f"{INVALID}Input collection [a, a] contains duplicates.", id="twice in SS"),
        pytest.param({"NS": ["1", "1.0"]}, "Input collection contains duplicates", id="twice in NS"),
        pytest.param(
            {"BS": [b"a", b"a"]},
            f"{INVALID}Input collection [YQ==, YQ==]of type BS contains duplicates.",
            id="twice in BS",
        ),
        pytest.param({"L": [{"N": "x"}]}, "The parameter cannot be converted to a numeric value: x", id="within L"),
        pytest.param({"M": {"a": {"SS": []}}}, f"{INVALID}An string set  may not be empty", id="within M"),
        pytest.param({"S": 5}, f"{INVALID}int is no content of type S at a", id="wrong content"),
        pytest.param({"L": [{"S": 5}]}, f"{INVALID}int is no content of type S at a[0]", id="wrong content within"),
    ],
)
def test_a_value_that_is_not_well_formed_is_refused(value: dict[str, Any], message: str) -> None:
    """Every value has one type and a content that fits."""
    with pytest.raises(ApiError) as refusal:
        check_item({"a": value})

    assert (refusal.value.code, refusal.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(
    "value",
    [{"S": ""}, {"B": b""}, {"L": []}, {"M": {}}, {"NULL": True}, {"BOOL": False}, {"SS": ["a", "b"]}, {"S": "\ud800"}],
    ids=str,
)
def test_a_value_that_is_well_formed_stays_as_it_is(value: dict[str, Any]) -> None:
    """Texts, binaries, maps and lists may be empty; the elements of a set keep their order."""
    assert checked(value, "a") == value
    assert size_of({"a": value}) >= 1


def test_checking_normalises_numbers_at_every_depth() -> None:
    """What is stored is canonical, and the given item stays as it was."""
    given_item = {"l": {"L": [{"N": "1.0"}, {"M": {"n": {"NS": ["2.50", "03"]}}}]}, "b": {"B": bytearray(b"x")}}

    item = checked_item(given_item)

    assert item == {"l": {"L": [{"N": "1"}, {"M": {"n": {"NS": ["2.5", "3"]}}}]}, "b": {"B": b"x"}}
    assert given_item["l"]["L"][0] == {"N": "1.0"}


@pytest.mark.parametrize(("levels", "fits"), [(32, True), (33, False)])
def test_maps_and_lists_nest_32_levels_deep(levels: int, fits: bool) -> None:
    """One level more is refused."""
    value: dict[str, Any] = {"S": "x"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"m": value}}

    if fits:
        check_item({"a": value})
    else:
        with pytest.raises(ApiError, match="Nesting Levels have exceeded supported limits"):
            check_item({"a": value})


@pytest.mark.parametrize(
    ("value", "size_bytes"),
    [
        ({"S": "xyz"}, 3),
        ({"S": "ä€"}, 5),
        ({"N": "1"}, 2),
        ({"N": "-1234.5"}, 5),
        ({"N": "1000"}, 2),
        ({"N": "0"}, 1),
        ({"B": b"1234"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "a"}, {"S": "b"}]}, 7),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
    ids=str,
)
def test_the_size_of_an_item_follows_the_developer_guide(value: dict[str, Any], size_bytes: int) -> None:
    """The name counts too; maps and lists cost three bytes and one for each element."""
    assert size_of({"name": value}) == len("name") + size_bytes


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ({"S": "a"}, {"S": "a"}, True),
        ({"S": "1"}, {"N": "1"}, False),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"SS": ["a"]}, {"SS": ["a", "b"]}, False),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"L": [{"SS": ["a", "b"]}]}, {"L": [{"SS": ["b", "a"]}]}, True),
        ({"M": {"x": {"NS": ["1", "2"]}}}, {"M": {"x": {"NS": ["2", "1"]}}}, True),
        ({"M": {"x": {"S": "a"}}}, {"M": {"y": {"S": "a"}}}, False),
        ({"BOOL": True}, {"BOOL": False}, False),
    ],
    ids=str,
)
def test_values_are_equal_by_type_and_content(a: dict[str, Any], b: dict[str, Any], same: bool) -> None:
    """The elements of sets have no order, those of lists have."""
    assert equal(a, b) is same
    assert equal(b, a) is same


@pytest.mark.parametrize(
    ("kind", "ascending"),
    [
        ("S", ["", "A", "Z", "a", "aa", "ä", "\uffff", "😀"]),
        ("N", ["-10", "-9", "0", "0.5", "9", "10"]),
        ("B", [b"", b"\x00", b"\x7f", b"\x80", b"\xff"]),
    ],
)
def test_keys_have_dynamodbs_order(kind: str, ascending: list[str | bytes]) -> None:
    """Texts are ordered by their UTF-8 bytes, numbers by value, binaries by unsigned bytes."""
    values = [{kind: content} for content in ascending]
    shuffled = [*values[1::2], *values[::2]]

    assert sorted(shuffled, key=sort_key) == values
    assert [compare(a, b) for a, b in pairwise(values)] == [-1] * (len(values) - 1)
    assert compare(values[0], values[0]) == 0
