"""Is this a state machine? What is refused when a definition is given, and where in it."""

import json
from typing import Any

import pytest

from eventsim_sources.workflow.definition import diagnostics

LAMBDA = "arn:aws:states:::lambda:invoke"


def machine(state: dict[str, Any], **more: Any) -> str:
    """Return a definition of one state, A, with another behind it that some states lead to."""
    states: dict[str, Any] = {"A": state}
    if "B" in json.dumps(state):
        states["B"] = {"Type": "Succeed"}
    return json.dumps({"StartAt": "A", "States": states, **more})


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}


def choice(**rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{"Variable": "$.a", **rule, "Next": "B"}]}


def mapped(**fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "C", "States": {"C": {"Type": "Pass", "End": True}}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": (passing(Foo=1), "Field is not supported at /States/A/Foo"),
    "a field of another type": (passing(Seconds=1), "Field is not supported at /States/A/Seconds"),
    "a retrier of a Pass": (passing(Retry=[{"ErrorEquals": ["X"]}]), "Field is not supported at /States/A/Retry"),
    "a way out of an end": ({"Type": "Fail", "Next": "A"}, "Field is not supported at /States/A/Next"),
    "seconds below zero": ({"Type": "Wait", "Seconds": -1, "End": True}, "between 0 and 99999999 at /States/A/Seconds"),
    "no timestamp": ({"Type": "Wait", "Timestamp": "noon", "End": True}, "with an offset at /States/A/Timestamp"),
    "two errors": ({"Type": "Fail", "Error": "X", "ErrorPath": "$.e"}, "Only one of these fields is allowed: [Error,"),
    "no time": (task(TimeoutSeconds=0), "between 1 and 99999999 at /States/A/TimeoutSeconds"),
    "a slow heart": (task(TimeoutSeconds=5, HeartbeatSeconds=5), "smaller than that of TimeoutSeconds"),
    "no path": (passing(InputPath="a.b"), "The value for the field 'InputPath' must be a valid JSONPath"),
    "no path in a template": (
        passing(Parameters={"deep": [{"x.$": "foo"}]}),
        "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at "
        "/States/A/Parameters/deep[0]",
    ),
    "an unknown function": (passing(Parameters={"x.$": "States.Foo()"}), "valid intrinsic function call"),
    "no reference": (passing(ResultPath="x"), "The reference path must begin with '$' at /States/A/ResultPath"),
    "a reference to the context": (passing(ResultPath="$$.x"), "it must name one place in the input"),
    "a reference to many": (passing(ResultPath="$.x[*]"), "it must name one place in the input"),
    "a retry at once": (
        task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 0}]),
        "between 1 and 99999999 at /States/A/Retry[0]/IntervalSeconds",
    ),
    "a shrinking delay": (task(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}]), "at least 1.0"),
    "a short longest delay": (
        task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 9, "MaxDelaySeconds": 5}]),
        "MaxDelaySeconds must be larger than that of IntervalSeconds",
    ),
    "an unknown jitter": (task(Retry=[{"ErrorEquals": ["X"], "JitterStrategy": "half"}]), "one of [FULL, NONE]"),
    "all before others": (
        task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]),
        "'States.ALL' must stand in the last entry of 'Retry'",
    ),
    "all beside others": (
        task(Catch=[{"ErrorEquals": ["States.ALL", "X"], "Next": "B"}]),
        "'States.ALL' must stand alone at /States/A/Catch[0]/ErrorEquals",
    ),
    "no errors": (task(Retry=[{}]), "The field 'ErrorEquals' is required at /States/A/Retry[0]"),
    "a catcher that leads nowhere": (task(Catch=[{"ErrorEquals": ["X"]}]), "required: [Next] at /States/A/Catch[0]"),
    "a catcher's unknown field": (
        task(Catch=[{"ErrorEquals": ["X"], "Next": "B", "Output": "x"}]),
        "Field is not supported at /States/A/Catch[0]/Output",
    ),
    "no list of catchers": (task(Catch={}), "'Catch' is a list of objects"),
    "a text for a number": (choice(NumericEquals="2"), "'NumericEquals' compares with at /States/A/Choices[0]"),
    "no path to compare with": (choice(StringEqualsPath="b"), "'StringEqualsPath' compares with"),
    "a number for a truth": (choice(IsPresent=1), "'IsPresent' compares with"),
    "a way out of a part of a rule": (
        {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsNull": True, "Next": "B"}, "Next": "B"}]},
        "Field is not supported at /States/A/Choices[0]/Not/Next",
    ),
    "two processors": (mapped(Iterator={}), "Only one of these fields is allowed: [ItemProcessor, Iterator]"),
    "a variable that begins with a digit": (passing(Assign={"1st": 1}), "'1st' is no name of a variable"),
    "a variable with too long a name": (passing(Assign={"n" * 81: 1}), "80 at the most"),
    "a variable of the language's own": (
        task(Catch=[{"ErrorEquals": ["X"], "Next": "B", "Assign": {"states.$": "$"}}]),
        "'states' is no name of a variable: it has a letter first, then letters, digits and '_', 80 at the most, "
        "and is not 'states' at /States/A/Catch[0]/Assign",
    ),
    "a list of variables": (passing(Assign=["x"]), "The field 'Assign' is an object at /States/A/Assign"),
    "more than all": (mapped(ToleratedFailurePercentage=101), "between 0 and 100"),
    "an operation that no integration has": (
        task(Resource="arn:aws:states:::sqs:receiveMessage"),
        "The resource provided arn:aws:states:::sqs:receiveMessage is not recognized.",
    ),
    "a way to wait that there is not": (task(Resource="arn:aws:states:::sns:publish.sync"), "is not recognized."),
    "an operation with a capital": (task(Resource="arn:aws:states:::aws-sdk:sqs:ListQueues"), "is not recognized."),
    "an operation that there is not": (task(Resource="arn:aws:states:::aws-sdk:sqs:listQueue"), "is not recognized."),
    "a parameter too few": (
        task(Parameters={"Payload": 1}),
        'The field "FunctionName" is required but was missing at /States/A/Parameters',
    ),
}


@pytest.mark.parametrize(("state", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_state_that_makes_no_sense_is_refused(state: dict[str, Any], fault: str) -> None:
    """When the machine is made, not when an execution gets there."""
    found = diagnostics(machine(state))

    assert [fault in str(each) for each in found].count(True) == 1, found


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        (machine(passing(), Foo=1), "Field is not supported at /Foo"),
        (machine(passing(), Version="2.0"), "The value is not one of [1.0] at /Version"),
        (machine(passing(), TimeoutSeconds=0), "at least 1 at /TimeoutSeconds"),
        (
            json.dumps({"StartAt": "A", "States": {"A": passing(), "B": passing()}}),
            'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B',
        ),
        (machine(passing(InputPath="$"), QueryLanguage="JSONata"), "Field is not supported at /States/A/InputPath"),
        (
            machine(
                {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Variable": "$.a", "Next": "B"}]},
                QueryLanguage="JSONata",
            ),
            "Field is not supported at /States/A/Choices[0]/Variable",
        ),
        (
            machine(passing(QueryLanguage="JSONPath"), QueryLanguage="JSONata"),
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A/Query",
        ),
        (
            "{'a': 1}",
            "INVALID_JSON_DESCRIPTION: Unexpected character (''' (code 39)): was expecting double-quote to start "
            "field name at [Source: (String)\"{'a': 1}\"; line: 1, column: 3]",
        ),
    ],
    ids=["field", "version", "time", "unreachable", "language", "rule", "way back", "no JSON"],
)
def test_a_machine_that_makes_no_sense_is_refused(definition: str, fault: str) -> None:
    """Every state must be reachable from the first."""
    assert [str(each) for each in diagnostics(definition) if fault in str(each)], diagnostics(definition)


@pytest.mark.parametrize(
    "state",
    [
        passing(Comment="x", InputPath=None, OutputPath="$.a[0]", ResultPath=None, Result={"x.$": "kept"}),
        passing(Parameters={"a.$": "$$.Execution.Name", "b.$": "$variable.x", "c.$": "States.Format('{}', $.d)"}),
        passing(Assign={"x.$": "$.y[?(@.z > 1)]", "größe_2": {"1st": 1}, "n" * 80: 1}),
        task(TimeoutSecondsPath="$.t", Credentials={"RoleArn": "x"}, Parameters={"FunctionName.$": "$.f"}),
        task(
            Retry=[{"ErrorEquals": ["X"], "MaxAttempts": 0, "JitterStrategy": "FULL", "MaxDelaySeconds": 9}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", "ResultPath": "$.e", "Assign": {"x": 1}}],
        ),
        task(Resource="arn:aws:states:::states:startExecution.sync:2", Parameters={"StateMachineArn": "x"}),
        task(Resource="arn:aws:states:::glue:startJobRun.sync"),
        choice(TimestampLessThan="2026-01-01T00:00:00Z"),
        choice(BooleanEqualsPath="$$.x"),
        mapped(ItemSelector={"x.$": "$$.Map.Item.Value"}, MaxConcurrencyPath="$.n", Label="x"),
        {"Type": "Fail", "ErrorPath": "States.Format('{}', $.a)", "CausePath": "$.b"},
        {"Type": "Succeed", "InputPath": "$.x"},
    ],
    ids=lambda state: state["Type"],
)
def test_what_the_language_allows_passes(state: dict[str, Any]) -> None:
    """Nothing is wrong with it."""
    assert diagnostics(machine(state)) == []


@pytest.mark.parametrize(
    ("field", "state"),
    [
        ("MaxConcurrency", mapped(MaxConcurrencyPath="$.n")),
        ("TimeoutSeconds", task(TimeoutSecondsPath="$.n", Parameters={"FunctionName": "f"})),
        ("HeartbeatSeconds", task(HeartbeatSecondsPath="$.n", Parameters={"FunctionName": "f"})),
    ],
    ids=str,
)
def test_a_setting_that_is_no_number_fails_the_state(world: Any, sfn: Any, field: str, state: dict[str, Any]) -> None:
    """It is known when an execution gets there; the execution ends, and says which field it was."""
    state = {**state, **({"ItemsPath": "$.items"} if state["Type"] == "Map" else {})}
    made = sfn.create_state_machine(
        name="m", definition=machine(state), roleArn="arn:aws:iam::123456789012:role/worker"
    )
    given = json.dumps({"n": "many", "items": [1]})
    started = sfn.start_execution(stateMachineArn=made["stateMachineArn"], input=given)
    world.until_idle()

    ended = sfn.describe_execution(executionArn=started["executionArn"])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert f"The {field}Path parameter cannot be parsed as a long value: $.n == many" in ended["cause"]


def test_diagnostics_are_as_many_as_are_asked_for(sfn: Any) -> None:
    """The answer says that there are more."""
    definition = machine(passing(Foo=1, Bar=2))

    found = sfn.validate_state_machine_definition(definition=definition, maxResults=1)

    assert (found["result"], len(found["diagnostics"]), found["truncated"]) == ("FAIL", 1, True)
