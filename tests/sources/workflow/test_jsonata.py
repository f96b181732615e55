"""State machines that speak JSONata."""

import json
from collections.abc import Mapping
from random import Random  # noqa: TID251 - luck that a test chooses
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim_sources.workflow.failure import StateFailed
from eventsim_sources.workflow.payload import Luck
from eventsim_sources.workflow.query import Queries
from tests.sdk import refusal
from tests.sources.workflow.conftest import MACHINE, ROLE, ended

ECHO = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "echo", "Payload": "{% $states.input.order %}"},
}
FAIL = {"Type": "Fail", "Error": "{% 'Not' & 'Found' %}", "Cause": "nowhere"}


def definition(states: Mapping[str, Any], language: str = "JSONata") -> str:
    """Return a definition; a state without `Next` is the end, the first is the start."""
    done = {
        name: {**state, **({} if "Next" in state or state["Type"] in ("Succeed", "Fail", "Choice") else {"End": True})}
        for name, state in states.items()
    }
    return json.dumps({"QueryLanguage": language, "StartAt": next(iter(done)), "States": done})


def output(world: SyncSimulation, sfn: Any, states: Mapping[str, Any], given: Any = None, **more: Any) -> Any:
    """Run a machine and return its output, or its error and cause."""
    sfn.create_state_machine(name="m", definition=definition(states, **more), roleArn=ROLE)
    execution = ended(world, sfn, MACHINE, given)
    return json.loads(execution["output"]) if "output" in execution else (execution["error"], execution["cause"])


@pytest.mark.parametrize(
    ("states", "given", "expected"),
    [
        pytest.param({"A": {"Type": "Pass"}}, {"a": 1}, {"a": 1}, id="nothing said"),
        pytest.param(
            {"A": {"Type": "Pass", "Output": {"sum": "{% $sum($states.input.n) %}", "plain": [1, "x"]}}},
            {"n": [1, 2]},
            {"sum": 3, "plain": [1, "x"]},
            id="output",
        ),
        pytest.param(
            {
                "A": {"Type": "Pass", "Assign": {"v": "{% $states.input.a %}"}, "Next": "B"},
                "B": {"Type": "Pass", "Output": "{% $v * 2 %}"},
            },
            {"a": 4},
            8,
            id="variables",
        ),
        pytest.param(
            {"A": {"Type": "Pass", "Output": {"n": "{% $states.input.n %}", "l": "{% $states.input.l %}"}}},
            {"n": None, "l": [None, 1]},
            {"n": None, "l": [None, 1]},
            id="null is a value",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input.a > 3 %}", "Next": "B", "Output": "{% 'big' %}"}],
                    "Default": "C",
                },
                "B": {"Type": "Succeed"},
                "C": FAIL,
            },
            {"a": 4},
            "big",
            id="choice",
        ),
        pytest.param(
            {
                "A": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "B"}], "Default": "C"},
                "B": {"Type": "Succeed"},
                "C": FAIL,
            },
            {},
            ("NotFound", "nowhere"),
            id="fail",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Map",
                    "Items": "{% $states.input.items %}",
                    "ItemSelector": {
                        "value": "{% $states.context.Map.Item.Value %}",
                        "index": "{% $states.context.Map.Item.Index %}",
                    },
                    "ItemProcessor": {
                        "StartAt": "P",
                        "States": {"P": {"Type": "Pass", "Output": "{% $states.input.value * 10 %}", "End": True}},
                    },
                    "Output": "{% $sum($states.result) %}",
                }
            },
            {"items": [1, 2]},
            30,
            id="map",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Parallel",
                    "Arguments": {"q": "{% $states.input.a %}"},
                    "Branches": [
                        {
                            "StartAt": "P",
                            "States": {"P": {"Type": "Pass", "Output": "{% $states.input.q %}", "End": True}},
                        }
                    ],
                    "Output": "{% $states.result[0] %}",
                }
            },
            {"a": 7},
            7,
            id="parallel",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Pass",
                    "Output": {
                        "partition": "{% $partition([1, 2, 3], 2) %}",
                        "range": "{% $range(1, 9, 4) %}",
                        "hash": "{% $hash('abc', 'MD5') %}",
                        "parse": "{% $parse('[1]')[0] %}",
                        "uuid": "{% $length($uuid()) %}",
                        "random": "{% $random(1) = $random(1) %}",
                        "now": "{% $now() %}",
                        "year": "{% $now('[Y0001]') %}",
                        "millis": "{% $millis() %}",
                    },
                }
            },
            {},
            {
                "partition": [[1, 2], [3]],
                "range": [1, 5, 9],
                "hash": "900150983cd24fb0d6963f7d28e17f72",
                "parse": 1,
                "uuid": 36,
                "random": True,
                "now": "2026-01-01T00:00:00.000Z",
                "year": "2026",
                "millis": 1767225600000,
            },
            id="functions",
        ),
    ],
)
def test_data_flows_by_expressions(
    world: SyncSimulation, sfn: Any, states: Mapping[str, Any], given: Any, expected: Any
) -> None:
    """What stands between `{%` and `%}` is evaluated; all else is as it stands."""
    assert output(world, sfn, states, given) == expected


def test_a_task_takes_arguments_and_gives_its_result(world: SyncSimulation, sfn: Any) -> None:
    """`Arguments` is what the work gets, `$states.result` what it comes to."""
    world.add_function("echo", handler=lambda event, context: event)
    task = {**ECHO, "Output": "{% $states.result.Payload.id %}"}

    assert output(world, sfn, {"A": task}, {"order": {"id": 5}}) == 5


def test_a_caught_failure_is_error_output(world: SyncSimulation, sfn: Any) -> None:
    """The catcher says what goes on, and assigns."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    world.add_function("echo", handler=fail)
    catcher = {
        "ErrorEquals": ["States.ALL"],
        "Next": "B",
        "Output": {"error": "{% $states.errorOutput.Error %}", "id": "{% $states.input.order.id %}"},
        "Assign": {"seen": True},
    }
    after = {"Type": "Pass", "Output": "{% $merge([$states.input, {'seen': $seen}]) %}"}

    found = output(world, sfn, {"A": {**ECHO, "Catch": [catcher]}, "B": after}, {"order": {"id": 5}})

    assert found == {"error": "ValueError", "id": 5, "seen": True}


def test_a_wait_is_computed(world: SyncSimulation, sfn: Any) -> None:
    """In virtual time."""
    wait = {"Type": "Wait", "Seconds": "{% $states.input.minutes * 60 %}", "Output": "{% $millis() %}"}

    assert output(world, sfn, {"A": wait}, {"minutes": 5}) == 1767225900000


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("$states.input.none", "returned nothing (undefined)."),
        ("1 + 'a'", "threw an error during evaluation. T2002: "),
        ("$sum", "returned an unsupported result type."),
    ],
    ids=["undefined", "type", "no value"],
)
def test_an_expression_that_comes_to_nothing_fails_the_state(
    world: SyncSimulation, sfn: Any, expression: str, reason: str
) -> None:
    """The cause names expression and field (recorded for undefined)."""
    error, cause = output(world, sfn, {"A": {"Type": "Pass", "Output": {"x": "{% " + expression + " %}"}}})

    told = f"The JSONata expression '{expression}' specified for the field 'Output/x' {reason}"
    assert error == "States.QueryEvaluationError"
    assert told in cause


@pytest.mark.parametrize(
    ("state", "location", "told"),
    [
        pytest.param({"Type": "Pass", "Output": {"a": "{% $x %}"}}, "Output/a", "returned nothing", id="nothing"),
        pytest.param(
            {"Type": "Wait", "Seconds": "{% 'a' %}"},
            "Seconds",
            "returned an unexpected result type. Expected 'number', but was 'string' for value: \"a\"",
            id="another type",
        ),
    ],
)
def test_an_evaluation_that_fails_is_an_event(
    world: SyncSimulation, sfn: Any, state: Any, location: str, told: str
) -> None:
    """`EvaluationFailed` names the state and the field, before whatever follows the failure."""
    output(world, sfn, {"A": state})

    arn = sfn.list_executions(stateMachineArn=MACHINE)["executions"][0]["executionArn"]
    failed, end = sfn.get_execution_history(executionArn=arn)["events"][-2:]
    details = failed["evaluationFailedEventDetails"]
    assert (failed["type"], failed["previousEventId"], end["previousEventId"]) == ("EvaluationFailed", 2, 3)
    assert (details["state"], details["location"]) == ("A", location)
    assert told in details["cause"]
    assert end["executionFailedEventDetails"]["cause"] == details["cause"]


def test_a_map_without_a_list_fails(world: SyncSimulation, sfn: Any) -> None:
    """Its own event of failure follows that of the evaluation."""
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    output(world, sfn, {"A": {"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": processor}}, {"a": 1})

    arn = sfn.list_executions(stateMachineArn=MACHINE)["executions"][0]["executionArn"]
    events = sfn.get_execution_history(executionArn=arn)["events"]
    assert [each["type"] for each in events[2:]] == ["EvaluationFailed", "MapStateFailed", "ExecutionFailed"]
    assert "Expected 'array', but was 'object'" in events[2]["evaluationFailedEventDetails"]["cause"]


def test_a_catcher_that_cannot_be_evaluated_fails_the_state(world: SyncSimulation, sfn: Any) -> None:
    """Its `Output` is an expression like any other: the cause says where."""
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $x %}"}

    error, cause = output(world, sfn, {"A": {**ECHO, "Catch": [catcher]}, "B": {"Type": "Pass"}}, {"order": 1})

    assert error == "States.QueryEvaluationError"
    assert cause.startswith("An error occurred while executing the state 'A' (entered at the event id #2). ")


def test_variables_that_a_state_assigns_are_told(world: SyncSimulation, sfn: Any) -> None:
    """The event of its exit has them, as JSON texts."""
    output(world, sfn, {"A": {"Type": "Pass", "Assign": {"v": "{% $states.input.a %}", "w": "x"}}}, {"a": [4]})

    arn = sfn.list_executions(stateMachineArn=MACHINE)["executions"][0]["executionArn"]
    exited = sfn.get_execution_history(executionArn=arn)["events"][2]["stateExitedEventDetails"]
    assert exited["assignedVariables"] == {"v": "[4]", "w": '"x"'}
    assert exited["assignedVariablesDetails"] == {"truncated": False}


def test_a_text_is_not_evaluated(world: SyncSimulation, sfn: Any) -> None:
    """The service has `$parse` in the place of `$eval`."""
    error, cause = output(world, sfn, {"A": {"Type": "Pass", "Output": "{% $eval('1 + 1') %}"}})

    assert error == "States.QueryEvaluationError"
    assert "$parse" in cause


def test_an_evaluation_has_an_end(world: SyncSimulation) -> None:
    """One that runs away is stopped after so many steps, the same every time."""
    queries = Queries(Luck(lambda: "", Random(1)), world.clock, steps_max=1000)

    with pytest.raises(StateFailed, match="takes more than 1000 steps"):
        queries.filled("{% ($f := function($n) { $f($n + 1) }; $f(0)) %}", "Output", {}, {})


def test_a_state_may_speak_another_language(world: SyncSimulation, sfn: Any) -> None:
    """Variables are seen by both."""
    states = {
        "A": {"Type": "Pass", "Assign": {"v.$": "$.a"}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $v + 1 %}"},
    }

    assert output(world, sfn, states, {"a": 1}, language="JSONPath") == 2


@pytest.mark.parametrize(
    ("state", "location"),
    [
        ({"Type": "Pass", "Output": "{% $sum( %}"}, "/States/A/Output"),
        ({"Type": "Pass", "ResultPath": "$.x"}, "/States/A/ResultPath"),
    ],
    ids=["cannot be read", "a field of JSONPath"],
)
def test_a_mistake_is_found_when_the_machine_is_made(sfn: Any, state: Mapping[str, Any], location: str) -> None:
    """With its place."""
    code, message = refusal(sfn.create_state_machine, name="m", definition=definition({"A": state}), roleArn=ROLE)

    assert code == "InvalidDefinition"
    assert message.endswith(f"at {location}'")
