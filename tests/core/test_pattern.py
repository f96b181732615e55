"""Patterns match what AWS matches, refuse what AWS refuses, and say why."""

import json
from pathlib import Path

import pytest

from eventsim.pattern import (
    BUS,
    POLLER,
    TOPIC_ATTRIBUTES,
    TOPIC_BODY,
    Dialect,
    FilterCriteria,
    PatternError,
    compile_pattern,
)

DATA = Path(__file__).parents[1] / "data"
SCOPES = {"MessageBody": TOPIC_BODY, "MessageAttributes": TOPIC_ATTRIBUTES}


def cases(file: str) -> list[object]:
    """Read the cases of a data file, each under its own name."""
    return [pytest.param(case, id=case["name"]) for case in json.loads((DATA / file).read_text("utf-8"))["cases"]]


def answer(pattern: str, dialect: Dialect, event: object) -> object:
    """Answer as the data files do: true, false or "error"."""
    try:
        return compile_pattern(pattern, dialect).matches(event)  # type: ignore[arg-type]  # read from a file
    except PatternError:
        return "error"


def refusal(pattern: object, dialect: Dialect = BUS) -> PatternError:
    """Give the error that a pattern causes."""
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern, dialect)  # type: ignore[arg-type]  # wrong on purpose
    return raised.value


def matches(elements: object, value: object, dialect: Dialect = BUS) -> bool:
    """Try the array of a leaf on one value."""
    return compile_pattern({"k": elements}, dialect).matches({"k": value})


# --- what others have seen ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("eventbridge-patterns.json"))
def test_a_bus_answers_as_aws(case: dict[str, object]) -> None:
    """Recorded from AWS, or asserted by the tests of the published engine."""
    found = answer(str(case["pattern"]), BUS, case["event"])

    assert found == case["match"]


@pytest.mark.parametrize(
    "case",
    [param for param in cases("eventbridge-patterns.json") if "error" in param.values[0]],  # type: ignore[attr-defined]
)
def test_a_bus_refuses_in_the_words_of_aws(case: dict[str, dict[str, str]]) -> None:
    """The first line of AWS's message is the fault; what follows is where."""
    error = refusal(case["pattern"])

    assert error.message == case["error"]["message"].split("\n")[0]


@pytest.mark.parametrize("case", cases("sns-filter-policies.json"))
def test_a_topic_answers_as_aws(case: dict[str, object]) -> None:
    """Seen in tests whose responses match AWS's recordings, or a peer's unit tests."""
    message = case.get("message", case.get("attributes", {}))

    found = answer(str(case["policy"]), SCOPES[str(case["scope"])], message)

    assert found == case["match"]


# --- one value ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "accepted", "refused"),
    [
        pytest.param(["x"], ["x"], ["X", "", None, 1, True], id="string"),
        pytest.param([""], [""], [None, "x"], id="empty string"),
        pytest.param([None], [None], ["null", "", 0, False, []], id="null"),
        pytest.param([True], [True], ["true", 1, False], id="true"),
        pytest.param([1], [1, 1.0], ["1", True], id="one is not true"),
        pytest.param([300], [300, 300.0, 3.0e2], ["300", 301], id="number by value"),
        pytest.param([9007199254740993], [9007199254740992], [9007199254740994], id="number as a double"),
        pytest.param(["10.0.0.1"], ["10.0.0.1"], ["10.0.0.10", 10], id="IPv4 address"),
        pytest.param(["2001:DB8::1"], ["2001:db8:0::1", "2001:DB8::1"], ["2001:db8::2"], id="IPv6 spellings"),
        pytest.param(["08:23"], ["08:23"], ["8:23"], id="no address"),
        pytest.param([{"prefix": ""}], ["", "x"], [None, 1, True], id="empty prefix"),
        pytest.param([{"prefix": {"equals-ignore-case": "Ab"}}], ["aBc"], ["bab"], id="prefix in any case"),
        pytest.param([{"suffix": ".png"}], ["a.png"], ["a.PNG", "a.png\n"], id="suffix"),
        pytest.param([{"suffix": {"equals-ignore-case": ".png"}}], ["x\n.PnG"], ["a.png\n"], id="suffix in any case"),
        pytest.param([{"equals-ignore-case": "Straße"}], ["STRAße", "strASSe"], ["strase"], id="each letter's forms"),
        pytest.param([{"equals-ignore-case": "k"}], ["K"], ["\u212a"], id="Kelvin sign is no K"),
        pytest.param([{"exactly": "a"}], ["a"], ["A", 1], id="exactly"),
        pytest.param([{"exists": True}], ["x", None, 0, False, ["x"]], [{}, {"a": 1}, []], id="exists on leaves"),
        pytest.param([{"exists": False}], [{}, {"a": 1}, [], [{"a": 1}]], ["x", None, ["x"]], id="absent on leaves"),
        pytest.param([{"cidr": "10.0.0.7/24"}], ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "::1", "x", 10], id="cidr"),
        pytest.param([{"anything-but": "a"}], ["b", 1, None, ["a", "b"]], ["a", {}, []], id="anything but a string"),
        pytest.param([{"anything-but": [1, 2]}], [3, "1", None], [1, 2.0], id="anything but numbers"),
        pytest.param(
            [{"anything-but": {"prefix": ["a", "b"]}}], ["c", 1, None], ["ax", "b"], id="anything but a prefix"
        ),
        pytest.param([{"anything-but": {"wildcard": ""}}], ["x", None], [""], id="anything but the empty wildcard"),
        pytest.param([{"anything-but": ["a"]}, {"exists": False}], ["b", {}, []], ["a"], id="differs or is absent"),
    ],
)
def test_an_element_accepts_what_it_says(elements: list[object], accepted: list[object], refused: list[object]) -> None:
    """The operators, each with the values at its edges."""
    verdicts = [[matches(elements, value) for value in values] for values in (accepted, refused)]

    assert verdicts == [[True] * len(accepted), [False] * len(refused)]


@pytest.mark.parametrize(
    ("comparison", "inside"),
    [
        pytest.param(["=", 5], [5, 5.0], id="equal"),
        pytest.param(["<", 5], [-1, 4.999], id="below"),
        pytest.param(["<=", 5], [-1, 4.999, 5, 5.0], id="at most"),
        pytest.param([">", 5], [5.001, 9], id="above"),
        pytest.param([">=", 5], [5, 5.0, 5.001, 9], id="at least"),
        pytest.param([">", 0, "<=", 5], [4.999, 5, 5.0], id="between"),
    ],
)
def test_numeric_compares_json_numbers_only(comparison: list[object], inside: list[float]) -> None:
    """A numeric string never matches, nor does a boolean."""
    values = [-1, 4.999, 5, 5.0, 5.001, 9, "5", True, None]

    assert [value for value in values if matches([{"numeric": comparison}], value)] == inside


@pytest.mark.parametrize(
    ("wildcard", "accepted", "refused"),
    [
        pytest.param("*", ["", "x", "\n"], [1, None], id="anything"),
        pytest.param("", [""], ["x"], id="nothing"),
        pytest.param("a*b", ["ab", "axb", "abb"], ["a", "b", "xab"], id="ends do not overlap"),
        pytest.param("aba*aba", ["abaaba"], ["aba", "ababa"], id="ends do not share letters"),
        pytest.param("*x*y*", ["xy", "axbyc"], ["yx"], id="in order"),
        pytest.param(r"a\*\\*", ["a*\\", "a*\\z"], ["ab\\", "a*"], id="escapes"),
    ],
)
def test_a_star_stands_for_any_run(wildcard: str, accepted: list[str], refused: list[object]) -> None:
    """Also for the empty run; a backslash makes it a letter."""
    verdicts = [[matches([{"wildcard": wildcard}], value) for value in values] for values in (accepted, refused)]

    assert verdicts == [[True] * len(accepted), [False] * len(refused)]


# --- keys and arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", [{"a": {"b": {"c": [1]}}}, {"a.b": {"c": [1]}}, {"a.b.c": [1]}], ids=str)
@pytest.mark.parametrize(
    "event", [{"a": {"b": {"c": 1}}}, {"a.b": {"c": 1}}, {"a": {"b.c": 1}}, {"a.b.c": 1, "a": {"b": 0}}], ids=str
)
def test_dots_join_keys(pattern: dict[str, object], event: dict[str, object]) -> None:
    """A dot in a key and a step into an object are one, in the pattern and in the event (recorded)."""
    assert compile_pattern(pattern, BUS).matches(event)


STAFF = {"staff": [{"first": "Anna", "last": "Smith"}, {"first": "Peter", "last": "Jones", "ids": [[7], 8]}]}


@pytest.mark.parametrize(
    ("wanted", "is_match"),
    [
        pytest.param({"first": ["Anna"], "last": ["Smith"]}, True, id="one element"),
        pytest.param({"first": ["Anna"], "last": ["Jones"]}, False, id="two elements"),
        pytest.param({"first": ["Anna"], "ids": [{"exists": False}]}, True, id="absent in this element"),
        pytest.param({"first": ["Peter"], "ids": [{"exists": False}]}, False, id="present in this element"),
        pytest.param({"first": ["Peter"], "ids": [7]}, True, id="nested array"),
        pytest.param({"first": ["Anna"], "ids": [8]}, False, id="array of another element"),
        pytest.param({"first": [{"prefix": ""}], "last": ["Jones"], "ids": [8]}, True, id="second choice"),
    ],
)
def test_keys_under_an_array_match_in_one_element(wanted: dict[str, object], is_match: bool) -> None:
    """Arrays are transparent, but two fields under one array must come from the same element."""
    assert compile_pattern({"staff": wanted}, BUS).matches(STAFF) is is_match


def test_an_element_binds_only_the_keys_that_sort_later() -> None:
    """Absence is judged against the elements already taken, in the order of the paths (published engine)."""
    pattern = compile_pattern({"d": {"a": [{"exists": True}], "b": [{"exists": False}]}}, BUS)
    mirrored = compile_pattern({"d": {"a": [{"exists": False}], "b": [{"exists": True}]}}, BUS)

    verdicts = [each.matches({"d": [{"a": 1}, {"b": 2}]}) for each in (pattern, mirrored)]

    assert verdicts == [True, False]
    assert not pattern.matches({"d": [{"a": 1, "b": 2}]})


def test_a_value_directly_in_an_array_goes_with_any_element_of_it() -> None:
    """Only objects and arrays take an index; a value beside them does not."""
    pattern = compile_pattern({"p": [3], "p.q": ["x"]}, BUS)

    assert pattern.matches({"p": [{"q": "x"}, 3]})


def test_deep_arrays_are_searched_without_recursion() -> None:
    """An event may nest arrays as deep as its service allows."""
    event: object = "x"
    for _ in range(5_000):
        event = [event]

    assert compile_pattern({"k": ["x"]}, BUS).matches({"k": event})


def test_a_search_over_many_elements_stays_small() -> None:
    """Elements that no later key can tell apart are followed once."""
    event = {key: [{"x": 1, "y": 2}] * 300 for key in "abcdef"}
    asked: dict[str, object] = {key: {"x": [1], "y": [2]} for key in "abcdef"}

    assert compile_pattern(asked, BUS).matches(event)
    assert not compile_pattern({**asked, "g": [1]}, BUS).matches(event)


# --- $or and repeated keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "is_match"),
    [
        pytest.param({"s": 1, "d": {"a": 1, "c": 3}}, True, id="first and third"),
        pytest.param({"s": 1, "d": {"b": 2, "c": 4}}, True, id="second and fourth"),
        pytest.param({"s": 2, "d": {"b": 2, "c": 4}}, False, id="sibling fails"),
        pytest.param({"s": 1, "d": {"c": 4}}, False, id="neither branch"),
    ],
)
def test_or_is_anded_to_its_siblings(event: dict[str, object], is_match: bool) -> None:
    """Branches may nest and repeat; every combination is one alternative."""
    nested = {"$or": [{"a": [1]}, {"b": [2]}], "inner": [{"exists": False}]}
    pattern = {"s": [1], "d": {**nested, "$or": [{"a": [1], "c": [3]}, {"$or": [{"b": [2]}, {"e": [5]}], "c": [4]}]}}

    assert compile_pattern(pattern, BUS).matches(event) is is_match


def test_or_with_reserved_words_is_an_ordinary_key() -> None:
    """So is `$or` with anything but objects in its array."""
    pattern = compile_pattern({"$or": [{"prefix": "a"}, "b"]}, BUS)

    assert [pattern.matches({"$or": value}) for value in ("ax", "b", "c")] == [True, True, False]


def test_the_last_of_equal_paths_wins() -> None:
    """Repeated keys replace a leaf, and do not replace what lies elsewhere (published engine)."""
    pattern = compile_pattern('{"a": ["x"], "a": ["y"], "a": {"b": [1]}, "a": {"c": [2]}}', BUS)

    assert pattern.matches({"a": ["y", {"b": 1, "c": 2}]})
    assert not pattern.matches({"a": ["x", {"b": 1, "c": 2}]})
    assert not pattern.matches({"a": ["y", {"c": 2}]})


# --- refusals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object"),
        ('"text"', "Filter is not an object"),
        ({"k": "x"}, '"k" must be an object or an array'),
        ({"k": None}, '"k" must be an object or an array'),
        ({}, "Empty objects are not allowed"),
        ({"k": {}}, "Empty objects are not allowed"),
        ({"$or": [{}, {"a": [1]}]}, "Empty objects are not allowed"),
        ({"k": []}, "Empty arrays are not allowed"),
        ({"k": [["x"]]}, "Match value must be String, number, true, false, or null"),
        ({"k": [{"NUMERIC": ["=", 1]}]}, "Unrecognized match type NUMERIC"),
        ({"k": [{"prefix": "a", "suffix": "b"}]}, "Only one key allowed in match expression"),
        ({"k": [{}]}, "Match expression name not found"),
        ({"k": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"k": [{"suffix": ["a"]}]}, "suffix match pattern must be a string"),
        ({"k": [{"prefix": {"suffix": "a"}}]}, "Unsupported prefix pattern: suffix"),
        ({"k": [{"equals-ignore-case": 5}]}, "equals-ignore-case match pattern must be a string"),
        ({"k": [{"wildcard": 5}]}, "wildcard match pattern must be a string"),
        ({"k": [{"wildcard": "arn:aws:events:us-east-1:**:x"}]}, "Consecutive wildcard characters at pos 26"),
        ({"k": [{"wildcard": r"é\x"}]}, "Invalid escape character at pos 3"),
        ({"k": [{"wildcard": "a\\"}]}, "Invalid escape character at pos 2"),
        ({"k": [{"cidr": 1}]}, "prefix match pattern must be a string"),
        ({"k": [{"cidr": "10.0.0.0"}]}, "Malformed CIDR, one '/' required"),
        ({"k": [{"cidr": "10.0.0.0/8/8"}]}, "Malformed CIDR, one '/' required"),
        ({"k": [{"cidr": "x/y"}]}, "Malformed CIDR, mask bits must be an integer"),
        ({"k": [{"cidr": "xx.11.xx/8"}]}, "Nonstandard IP address: xx.11.xx"),
        ({"k": [{"cidr": "10.0.0.0/32"}]}, "IPv4 mask bits must be < 32"),
        ({"k": [{"cidr": "10.0.0.0/-1"}]}, "Malformed CIDR, mask bits must not be negative"),
        ({"k": [{"numeric": 10}]}, "Value of numeric must be an array."),
        ({"k": [{"numeric": []}]}, "Invalid member in numeric match: ]"),
        ({"k": [{"numeric": [[]]}]}, "Invalid member in numeric match: ["),
        ({"k": [{"numeric": ["x", 1]}]}, "Unrecognized numeric range operator: x"),
        ({"k": [{"numeric": ["=", "1"]}]}, "Value of equals must be numeric"),
        ({"k": [{"numeric": ["<", None]}]}, "Value of < must be numeric"),
        ({"k": [{"numeric": ["<", 1, ">", 0]}]}, "Too many elements in numeric expression"),
        ({"k": [{"numeric": [">", 0, ">", 1]}]}, "Bad numeric range operator: >"),
        ({"k": [{"numeric": [">", 0, 30]}]}, "Bad value in numeric range: 30"),
        ({"k": [{"numeric": [">", 0, "<"]}]}, "Value of < must be numeric"),
        ({"k": [{"numeric": [">", 0, "<", 1, 2]}]}, "Too many terms in numeric range expression"),
        ({"k": [{"numeric": [">", 1, "<", 1]}]}, "Bottom must be less than top"),
        ({"k": [{"exists": 1}]}, "exists match pattern must be either true or false."),
        ({"k": [{"anything-but": None}]}, "Value of anything-but must be an array or single string/number value."),
        ({"k": [{"anything-but": [None]}]}, "Inside anything but list, start|null|boolean is not supported."),
        (
            {"k": [{"anything-but": ["a", 1]}]},
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            {"k": [{"anything-but": []}]},
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        ({"k": [{"anything-but": {"numeric": ["=", 1]}}]}, "Unsupported anything-but pattern: numeric"),
        ({"k": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"k": [{"anything-but": {"suffix": [1]}}]}, "prefix/suffix match pattern must be a string"),
        (
            {"k": [{"anything-but": {"prefix": {"equals-ignore-case": "a"}}}]},
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            {"k": [{"anything-but": {"equals-ignore-case": [1]}}]},
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        ),
        ({"$or": [{"a": [1]}]}, "There must have at least 2 Objects in $or relationship."),
        (
            "this is no JSON",
            "Unrecognized token 'this': was expecting "
            "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        ),
        ('{"k": [NaN]}', "Non-standard token 'NaN'"),
        (
            '{"k": ["x"',
            "Unexpected end-of-input: expected close marker for Array "
            '(start marker at [Source: (String)"{"k": ["x""; line: 1, column: 7])',
        ),
        ("[" * 100_000, "Document nesting depth exceeds the maximum allowed"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_pattern_is_refused_for_the_reason_aws_gives(pattern: object, reason: str) -> None:
    """The reason follows AWS's prefix; the first fault in the text's order is told."""
    error = refusal(pattern)

    assert error.message == f"Event pattern is not valid. Reason: {reason}"


def test_an_error_says_which_key_is_at_fault() -> None:
    """AWS names a column; we name the key, on a line of its own."""
    error = refusal({"detail": {"state": [{"x": 1}]}})

    assert error.path == "detail.state"
    assert str(error).splitlines()[1] == " at detail.state"


def test_the_alternatives_of_a_pattern_are_bounded() -> None:
    """Ten doublings pass the thousand; the refusal comes before the work."""
    branches = {f"k{number}": {"$or": [{"a": [1]}, {"b": [1]}]} for number in range(40)}

    assert "more than 1000 combinations" in refusal(branches).reason


@pytest.mark.parametrize(
    ("wildcard", "is_refused"),
    [
        pytest.param("*:*:*:*:*:event-bus/*", True, id="recorded as too complex"),
        pytest.param("/Users/*/dir/dir/dir/dir/dir/doc.txt", False, id="recorded as accepted"),
        pytest.param("*aaaaaaaaaa", True, id="repeats itself after the star"),
        pytest.param("aaaaaaaaaaaaaaaaaaaa*", False, id="repeats itself before the star"),
    ],
)
def test_a_wildcard_may_not_fit_in_too_many_ways(wildcard: str, is_refused: bool) -> None:
    """What counts is how many beginnings of the wildcard one text may match at once."""
    found = answer(json.dumps({"k": [{"wildcard": wildcard}]}), BUS, {})

    assert found == ("error" if is_refused else False)


# --- topics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        pytest.param({key: [1] for key in "abcdef"}, "Filter policy can not have more than 5 keys", id="six keys"),
        pytest.param({"a": list(range(151))}, "Filter policy is too complex", id="151 values"),
        pytest.param({"a": {"b": list(range(76))}}, "Filter policy is too complex", id="depth counts"),
        pytest.param({"a": [{"wildcard": "x*"}]}, "Unrecognized match type wildcard", id="wildcard"),
        pytest.param(
            {"a": [{"prefix": {"equals-ignore-case": "x"}}]}, "prefix match pattern must be a string", id="nested case"
        ),
        pytest.param({"a": {}}, "Empty objects are not allowed", id="empty object inside"),
    ],
)
def test_a_filter_policy_is_refused_in_the_words_of_its_topic(policy: dict[str, object], reason: str) -> None:
    """Its bounds and operators are narrower than a rule's."""
    assert refusal(policy, TOPIC_BODY).message == f"FilterPolicy: {reason}"


def test_a_filter_policy_may_combine_150_values() -> None:
    """Branches of `$or` add up, keys multiply, depth multiplies."""
    policy = {"a": list(range(15)), "$or": [{"b": [1, 2]}, {"c": [1]}, {"d": {"e": [1]}}], "f": {"g": [1]}}

    assert compile_pattern(policy, TOPIC_BODY).matches({"a": 3, "b": 1, "f": {"g": 1}})


def test_a_policy_of_attributes_does_not_nest() -> None:
    """Attributes are flat."""
    error = refusal({"a": {"b": [1]}}, TOPIC_ATTRIBUTES)

    assert error.message == "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy"


@pytest.mark.parametrize("message", ['{"a": 1}', "plain text", "[1]"])
def test_the_empty_policy_accepts_every_message(message: str) -> None:
    """Even one that is no JSON."""
    assert compile_pattern("{}", TOPIC_BODY).matches(message)


@pytest.mark.parametrize(
    ("elements", "data_type", "text", "is_match"),
    [
        pytest.param(["5"], "String", "5", True, id="string"),
        pytest.param([5], "String", "5", False, id="string is no number"),
        pytest.param([5], "Number", "5.0", True, id="number"),
        pytest.param(["5"], "Number", "5", False, id="number is no string"),
        pytest.param([{"numeric": [">", 4]}], "Number.int", "5", True, id="custom number type"),
        pytest.param(["b"], "String.Array", '["a", "b"]', True, id="any element"),
        pytest.param([True], "String.Array", "[true]", True, id="boolean element"),
        pytest.param([{"exists": True}], "String.Array", "['a']", False, id="malformed array"),
        pytest.param([{"exists": False}], "String.Array", '"a"', False, id="malformed array is not absent"),
        pytest.param([{"anything-but": "a"}], "String.Array", "b", False, id="malformed array differs from nothing"),
    ],
)
def test_an_attribute_matches_by_its_data_type(
    elements: list[object], data_type: str, text: str, is_match: bool
) -> None:
    """Strings, numbers and arrays are told apart by the data type."""
    policy = compile_pattern({"k": elements}, TOPIC_ATTRIBUTES)

    assert policy.matches({"k": {"DataType": data_type, "StringValue": text}}) is is_match


def test_a_binary_attribute_never_matches() -> None:
    """It counts as absent."""
    policy = compile_pattern({"k": [{"exists": True}]}, TOPIC_ATTRIBUTES)

    assert not policy.matches({"k": {"DataType": "Binary", "BinaryValue": b"x"}})


# --- filters of a mapping ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "body", "is_match"),
    [
        pytest.param({"body": {"k": ["v"]}}, '{"k": "v"}', True, id="JSON, JSON"),
        pytest.param({"body": {"k": ["v"]}}, '{"k": "w"}', False, id="JSON, other value"),
        pytest.param({"body": {"k": ["v"]}}, "plain", False, id="JSON wanted, text given"),
        pytest.param({"body": {"k": [{"exists": False}]}}, "plain", False, id="absence wanted, text given"),
        pytest.param({"body": ["plain"]}, "plain", True, id="text, text"),
        pytest.param({"body": [{"exists": False}]}, '{"k": 1}', False, id="text wanted, JSON given"),
        pytest.param({"attributes": {"n": ["1"]}}, "plain", True, id="metadata only"),
        pytest.param({"attributes": {"n": ["2"]}}, '{"k": "v"}', False, id="other metadata"),
        pytest.param({"body": {"k": [300]}}, '{"k": 300}', True, id="number written alike"),
        pytest.param({"body": {"k": [300]}}, '{"k": 300.0}', False, id="number written otherwise"),
        pytest.param('{"body": {"k": [3.0e2]}}', '{"k": 3.0e2}', True, id="exponent written alike"),
        pytest.param({"body": {"k": [{"numeric": ["=", 300]}]}}, '{"k": 3.0e2}', True, id="numeric compares values"),
    ],
)
def test_a_filter_sees_the_decoded_payload(pattern: str | dict[str, object], body: str, is_match: bool) -> None:
    """A payload in another format than the pattern's never matches."""
    record = {"messageId": "m", "body": body, "attributes": {"n": "1"}}
    criteria = FilterCriteria([pattern])

    assert criteria.matches(record, "body") is is_match
    assert criteria.explain(record, "body").matched is is_match
    assert record["body"] == body


def test_filters_are_ored() -> None:
    """Without any filter every record is taken."""
    criteria = FilterCriteria([{"body": {"k": [1]}}, {"body": {"k": [2]}}])

    verdicts = [criteria.matches({"body": f'{{"k": {number}}}'}, "body") for number in (1, 2, 3)]

    assert verdicts == [True, True, False]
    assert FilterCriteria([]).matches({"body": "x"}, "body")


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param([None], id="null"),
        pytest.param(["text"], id="no JSON"),
        pytest.param([{"eventSource": "aws:sqs"}], id="leaf is no array"),
        pytest.param([{"eventSource": []}], id="empty array"),
        pytest.param([{"k": [1]}] * 6, id="six filters"),
        pytest.param([json.dumps({"k": ["x" * 4_096]})], id="too long"),
    ],
)
def test_a_bad_filter_is_refused_in_the_one_sentence_of_aws(patterns: list[str]) -> None:
    """AWS does not tell the reason (recorded); we do, on a second line."""
    with pytest.raises(PatternError) as raised:
        FilterCriteria(patterns)

    assert raised.value.message == "Invalid filter pattern definition."
    assert raised.value.reason in str(raised.value)


# --- explanations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "event", "sentence"),
    [
        pytest.param({"a": ["x"]}, {"a": "x"}, 'matched: a is "x"', id="matched"),
        pytest.param(
            {"a": ["x", {"prefix": "y"}]},
            {"a": "z"},
            'not matched: a is "z", wanted "x" or a string that begins with "y"',
            id="other value",
        ),
        pytest.param(
            {"a": {"b": [{"numeric": [">", 0, "<=", 5]}]}},
            {"a": {}},
            "not matched: a.b is absent, wanted a number > 0 and <= 5",
            id="absent",
        ),
        pytest.param(
            {"staff": {"first": ["Anna"], "last": ["Jones"]}},
            STAFF,
            'not matched: staff.last is "Smith" and "Jones", but in another array element than the keys before',
            id="apart",
        ),
        pytest.param(
            {"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, "matched (alternative 2 of 2): b is 2", id="alternative"
        ),
        pytest.param(
            {"c": [3], "$or": [{"a": [1], "b": [1]}, {"b": [2]}]},
            {"b": 1, "c": 3},
            "not matched (nearest is alternative 1 of 2): a is absent, wanted 1",
            id="nearest alternative",
        ),
        pytest.param(
            {"a": [{"exists": False}]}, {"a": 1}, "not matched: a is 1, wanted no value at all", id="unwanted presence"
        ),
        pytest.param({"a": [{"exists": False}]}, {}, "matched: a is absent", id="wanted absence"),
        pytest.param(
            {"a": [1]}, "text", "not matched: the event is something else, wanted a JSON object", id="no object"
        ),
    ],
)
def test_an_explanation_is_one_sentence(pattern: dict[str, object], event: dict[str, object], sentence: str) -> None:
    """It names the key, what stood there and what was wanted."""
    assert str(compile_pattern(pattern, BUS).explain(event)) == sentence


def test_an_explanation_of_a_filter_names_the_format_of_the_payload() -> None:
    """The commonest surprise of filters has its own sentence."""
    explanation = FilterCriteria([{"body": {"k": [1]}}]).explain({"body": "plain"}, "body")

    assert str(explanation) == "not matched: body is text, wanted a JSON object"


def test_poller_patterns_match_text_too() -> None:
    """Every dialect takes an event as JSON text."""
    pattern = compile_pattern({"data": {"k": [300]}}, POLLER)

    assert pattern.matches('{"data": {"k": 300}}')
