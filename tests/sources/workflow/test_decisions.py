"""Intrinsic functions, choices and retries: decisions as tables."""

from random import Random  # noqa: TID251 - luck that a test chooses
from typing import Any

import pytest

from eventsim_sources.workflow.choice import holds
from eventsim_sources.workflow.failure import StateFailed, TimedOut
from eventsim_sources.workflow.intrinsics import evaluate
from eventsim_sources.workflow.payload import Luck, filled, merged
from eventsim_sources.workflow.retry import Caught, RetryIn, decide
from eventsim_sources.workflow.scope import Scope

INPUT = {"name": "Ann", "n": 4, "list": [1, 2, 2], "json": '{"a":1}', "deep": {"x": [{"y": 7}]}, "no": None}
SCOPE = Scope(value=INPUT, context={"Execution": {"Name": "e1"}}, variables={"total": {"sum": 10}})


def luck() -> Luck:
    """Return luck that is always the same."""
    return Luck(lambda: "00000000-0000-4000-8000-000000000000", Random(1))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Format('Hello {}, {}!', $.name, $.n)", "Hello Ann, 4!"),
        (r"States.Format('\'{}\' \{\} {}', $.name, $.deep)", '\'Ann\' {} {"x":[{"y":7}]}'),
        ("States.StringToJson($.json)", {"a": 1}),
        ("States.JsonToString($.deep)", '{"x":[{"y":7}]}'),
        ("States.Array(1, 'b', $.n, true, null)", [1, "b", 4, True, None]),
        ("States.ArrayPartition($.list, 2)", [[1, 2], [2]]),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayPartition($.list, 1.5)", [[1, 2], [2]]),
        ("States.ArrayContains($.list, true)", False),
        ("States.ArrayRange(1, 9, 3)", [1, 4, 7]),
        ("States.ArrayRange(0.6, 2.5, 1)", [1, 2, 3]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.list, 1)", 2),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [1, 2]),
        ("States.Base64Encode('abc')", "YWJj"),
        ("States.Base64Decode('YWJj')", "abc"),
        ("States.Hash('abc', 'SHA-256')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("States.JsonMerge($.deep, States.StringToJson('{\"x\":1}'), false)", {"x": 1}),
        ("States.MathAdd($.n, -1)", 3),
        ("States.MathAdd(2.5, 0.5)", 4),
        ("States.MathRandom(1, 2)", 1),
        ("States.StringSplit('a.b,c', '.,')", ["a", "b", "c"]),
        ("States.UUID()", "00000000-0000-4000-8000-000000000000"),
        ("States.ArrayGetItem(States.StringSplit($$.Execution.Name, '1'), 0)", "e"),
        ("States.MathAdd($total.sum, $.deep.x[0].y)", 17),
    ],
)
def test_an_intrinsic_function_gives_a_value(call: str, value: object) -> None:
    """Arguments are texts, numbers, paths and other calls."""
    assert evaluate(call, SCOPE, luck().uuid, luck().random) == value


@pytest.mark.parametrize(
    "call",
    [
        "States.Nothing()",
        "States.Format('{}')",
        "States.Format('{}', 1",
        "States.ArrayGetItem($.list, 7)",
        "States.ArrayRange(1, 5000, 1)",
        "States.JsonMerge($.deep, $.deep, true)",
        "States.StringToJson('nonsense')",
        f"States.StringToJson('{'[' * 50_000}')",
        "States.Base64Decode('#')",
        "States.Hash('a', 'CRC')",
        "States.MathAdd('1', 2)",
        "States.ArrayLength($.name)",
        "States.ArrayRange(1, 5, 0.2)",
        "States.MathRandom(2, 1)",
        "States.StringToJson(1)",
        "States.StringSplit(1, ',')",
    ],
)
def test_a_call_that_makes_no_sense_fails_the_state(call: str) -> None:
    """As `States.IntrinsicFailure`, which a catcher may catch."""
    with pytest.raises(StateFailed) as caught:
        evaluate(call, SCOPE, luck().uuid, luck().random)

    assert caught.value.error == "States.IntrinsicFailure"
    assert str(caught.value.cause).startswith(f"The function '{call}' had the following error: ")


def test_a_path_in_a_call_that_leads_nowhere_is_told() -> None:
    """With the whole call, and nobody catches it as a failure of a function."""
    with pytest.raises(StateFailed) as caught:
        evaluate("States.Format('{}', $.nope)", SCOPE.of({"a": 1}), luck().uuid, luck().random)

    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        "The function 'States.Format('{}', $.nope)' had the following error: The JsonPath argument for the field "
        "'$.nope' could not be found in the input '{\"a\":1}'"
    )


@pytest.mark.parametrize(
    ("rule", "result"),
    [
        ({"Variable": "$.n", "NumericEquals": 4}, True),
        ({"Variable": "$.n", "NumericGreaterThan": 4}, False),
        ({"Variable": "$.n", "NumericLessThanEquals": 4}, True),
        ({"Variable": "$.n", "StringEquals": "4"}, False),
        ({"Variable": "$.name", "StringEquals": "Ann"}, True),
        ({"Variable": "$.name", "StringEqualsPath": "$.name"}, True),
        ({"Variable": "$.name", "StringMatches": "A*"}, True),
        ({"Variable": "$.name", "StringMatches": r"A\*"}, False),
        ({"Variable": "$.no", "IsNull": True}, True),
        ({"Variable": "$.none", "IsPresent": False}, True),
        ({"Variable": "$.none", "IsPresent": True}, False),
        ({"Variable": "$.n", "IsNumeric": True}, True),
        ({"Variable": "$.n", "IsString": True}, False),
        ({"Not": {"Variable": "$.n", "NumericEquals": 5}}, True),
        ({"And": [{"Variable": "$.n", "IsNumeric": True}, {"Variable": "$.n", "NumericEquals": 5}]}, False),
        ({"Or": [{"Variable": "$.n", "NumericEquals": 5}, {"Variable": "$.name", "StringLessThan": "B"}]}, True),
        ({"Variable": "$.n", "BooleanEquals": True}, False),
    ],
)
def test_a_rule_holds_or_not(rule: dict[str, Any], *, result: bool) -> None:
    """Values of other types never match."""
    assert holds(rule, SCOPE) is result


def test_timestamps_compare_by_instant() -> None:
    """Whatever their offsets."""
    scope = SCOPE.of({"t": "2026-01-01T12:00:00+02:00"})

    assert holds({"Variable": "$.t", "TimestampEquals": "2026-01-01T10:00:00Z"}, scope)
    assert holds({"Variable": "$.t", "IsTimestamp": True}, scope)


def test_a_rule_about_what_is_not_there_fails() -> None:
    """Unless it asks just that."""
    with pytest.raises(StateFailed) as caught:
        holds({"Variable": "$.none", "StringEquals": ""}, SCOPE)

    assert caught.value.error == "States.Runtime"


RETRIERS = [
    {"ErrorEquals": ["A"], "IntervalSeconds": 2, "MaxAttempts": 2, "MaxDelaySeconds": 3},
    {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1},
    {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0},
]
CATCHERS = [{"ErrorEquals": ["A", "States.Timeout"], "Next": "Named"}, {"ErrorEquals": ["States.ALL"], "Next": "All"}]
TASK_FAILED = StateFailed("B", is_task=True)


@pytest.mark.parametrize(
    ("failure", "attempts", "decision"),
    [
        pytest.param(StateFailed("A"), {}, RetryIn(2_000_000, 0), id="the first retry"),
        pytest.param(StateFailed("A"), {0: 1}, RetryIn(3_000_000, 0), id="doubled, up to the longest delay"),
        pytest.param(StateFailed("A"), {0: 2}, Caught(CATCHERS[0]), id="caught when retries are used up"),
        pytest.param(TASK_FAILED, {0: 2}, RetryIn(1_000_000, 1), id="each retrier counts its own"),
        pytest.param(TimedOut(), {}, Caught(CATCHERS[0]), id="a timeout is no task failure"),
        pytest.param(StateFailed("C"), {}, Caught(CATCHERS[1]), id="any other"),
        pytest.param(StateFailed("States.Runtime"), {}, None, id="what ALL does not stand for"),
        pytest.param(StateFailed("States.DataLimitExceeded"), {}, None, id="nor for that"),
    ],
)
def test_a_failure_leads_to_a_decision(failure: StateFailed, attempts: dict[int, int], decision: object) -> None:
    """The first retrier that means it, then the first catcher, then the end."""
    assert decide(failure, retriers=RETRIERS, catchers=CATCHERS, attempts=attempts, luck=Random(1)) == decision


def test_full_jitter_draws_from_the_whole_delay() -> None:
    """From the seed."""
    retriers = [{"ErrorEquals": ["A"], "IntervalSeconds": 100, "JitterStrategy": "FULL"}]

    delays = [
        decide(StateFailed("A"), retriers=retriers, catchers=(), attempts={}, luck=Random(seed)) for seed in (1, 1, 2)
    ]

    assert delays[0] == delays[1] != delays[2]


def test_a_template_is_filled_in() -> None:
    """Keys that end in `.$` are paths or calls, everything else is taken as it is."""
    template = {"who.$": "$.name", "made": {"of.$": "States.Array($.n)"}, "list": [{"x.$": "$$.Execution.Name"}, 1]}

    assert filled(template, SCOPE, luck()) == {"who": "Ann", "made": {"of": [4]}, "list": [{"x": "e1"}, 1]}


def test_a_field_without_a_value_is_named() -> None:
    """With the path, the field and the input."""
    with pytest.raises(StateFailed) as caught:
        filled({"x.$": "$.none"}, SCOPE.of({"a": 1}), luck())

    assert caught.value.error == "States.Runtime"
    assert caught.value.cause == (
        "The JSONPath '$.none' specified for the field 'x.$' could not be found in the input '{\"a\":1}'"
    )


def test_a_result_goes_where_it_is_wanted() -> None:
    """Into the input, instead of it, or nowhere."""
    assert merged({"a": 1}, "$.r", 2) == {"a": 1, "r": 2}
    assert merged({"a": 1}, "$", 2) == 2
    assert merged({"a": 1}, None, 2) == {"a": 1}
    with pytest.raises(StateFailed, match=r"States.ResultPathMatchFailure"):
        merged("text", "$.r", 2)
