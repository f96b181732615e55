"""What the functions of templates come to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.template.intrinsic import NO_VALUE, Resolver, Unresolved, as_text

KNOWN = {"Name": "shop", "List": ["a", "b"], "AWS::Region": "us-east-1", "Queue": "https://queue"}
ATTRIBUTES = {("Queue", "Arn"): "arn:queue", ("Stack", "Outputs.Url"): "https://url"}


class Table:
    """A scope that is a table."""

    def reference(self, name: str) -> Any:
        if name not in KNOWN:
            raise LookupError(f"no {name}")
        return KNOWN[name]

    def attribute(self, logical_id: str, name: str) -> Any:
        if (logical_id, name) not in ATTRIBUTES:
            raise LookupError(f"no {logical_id}.{name}")
        return ATTRIBUTES[logical_id, name]

    def imported(self, name: str) -> Any:
        return f"imported {name}"


def resolver(**conditions: Any) -> Resolver:
    mappings = {"Sizes": {"small": {"memory": 128}}}
    return Resolver(mappings=mappings, conditions=conditions, scope=Table(), region="us-east-1")


CONDITIONS = {
    "Yes": {"Fn::Equals": ["a", "a"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
    "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Name"}, "shop"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:queue"),
        ({"Fn::GetAtt": ["Stack", "Outputs", "Url"]}, "https://url"),
        ({"Fn::GetAtt": ["Stack", "Outputs.Url"]}, "https://url"),
        ({"Fn::Sub": "${Name}-${Queue.Arn}-${ AWS::Region }-${!Literal}"}, "shop-arn:queue-us-east-1-${Literal}"),
        ({"Fn::Sub": ["${Name} ${extra}", {"Name": "own", "extra": {"Ref": "Name"}}]}, "own shop"),
        ({"Fn::Sub": "$${Name} {{resolve:ssm:x}}"}, "$shop {{resolve:ssm:x}}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3, True]]}, "a-shop-3-true"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Select": [2, {"Fn::Split": ["/", "a/b/c"]}]}, "c"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::FindInMap": ["Sizes", "huge", "memory", {"DefaultValue": 1}]}, 1),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-url"}}, "imported shop-url"),
        ({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, '{"a":"shop"}'),
        ({"Fn::Length": {"Ref": "List"}}, 2),
        ({"Fn::If": ["Yes", 1, {"Ref": "Nowhere"}]}, 1),
        ({"Fn::If": ["No", {"Ref": "Nowhere"}, 2]}, 2),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
    ids=lambda node: json.dumps(node, default=str)[:50],
)
def test_a_function_comes_to_its_value(node: Any, value: Any) -> None:
    """One row for each form that people write; a branch that is not taken is not read."""
    assert resolver(**CONDITIONS).value(node) == value


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"Ref": "Nowhere"}, "no Nowhere"),
        ({"Fn::GetAtt": ["Queue"]}, "takes a logical id and an attribute"),
        ({"Fn::Sub": "${Nowhere}"}, "no Nowhere"),
        ({"Fn::Select": [5, ["a"]]}, "there is no element 5 in a list of 1"),
        ({"Fn::FindInMap": ["Sizes", "smal", "memory"]}, "no key `smal`; did you mean `small`"),
        ({"Fn::If": ["Maybe", 1, 2]}, "there is no condition `Maybe`"),
        ({"Fn::Joins": ["", []]}, "there is no function `Fn::Joins`; did you mean `Fn::Join`"),
        ({"Fn::Join": ["-", [["a"]]]}, "text is wanted here, and this is a list"),
        ({"Fn::Transform": {"Name": "Own"}}, "runs a macro"),
        ({"Fn::Cidr": ["x", 1, 8]}, "Fn::Cidr"),
    ],
)
def test_a_mistake_is_told_with_the_way_to_it(node: Any, message: str) -> None:
    """The error knows the path, from which the line follows."""
    with pytest.raises(Unresolved, match=message) as caught:
        resolver(**CONDITIONS).value({"x": [node]}, ("Resources",))

    assert caught.value.path[:3] == ("Resources", "x", 0)


def test_a_condition_that_depends_on_itself_is_a_mistake() -> None:
    """Nothing goes round for ever."""
    circle = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Condition": "A"}}

    with pytest.raises(Unresolved, match="depends on itself"):
        resolver(**circle).holds("A", ())


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(categories=("Ll",)), min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(plain)
def test_data_without_functions_is_itself(data: Any) -> None:
    """Resolving changes nothing where nothing is to be resolved."""
    assert resolver().value(data) == data


@given(st.lists(st.text(st.characters(exclude_characters="|"), min_size=1), min_size=1, max_size=6))
def test_splitting_undoes_joining(parts: list[str]) -> None:
    """What a delimiter joined it takes apart, if it does not occur within."""
    assert resolver().value({"Fn::Split": ["|", {"Fn::Join": ["|", parts]}]}) == parts


@given(st.text(st.characters(exclude_characters="${}")))
def test_text_without_variables_is_left_alone(text: str) -> None:
    """`Fn::Sub` touches variables only."""
    assert resolver().value({"Fn::Sub": text}) == text


@given(plain, st.booleans())
def test_a_condition_chooses_one_of_two(data: Any, holds: bool) -> None:
    """And never reads the other."""
    condition = {"C": {"Fn::Equals": [holds, True]}}
    branches = [data, {"Ref": "Nowhere"}] if holds else [{"Ref": "Nowhere"}, data]

    assert resolver(**condition).value({"Fn::If": ["C", *branches]}) == data


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (10, "10"), (1.5, "1.5"), ("x", "x")])
def test_scalars_become_text_as_cloudformation_writes_them(value: Any, text: str) -> None:
    """What ends up in an environment is text."""
    assert as_text(value) == text


def test_no_value_at_the_top_is_itself() -> None:
    """Whoever asks for one property sees that it is left out."""
    assert resolver().value({"Ref": "AWS::NoValue"}) is NO_VALUE
