"""Single states, tried on their own."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.sdk import refusal

INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "double", "Payload.$": "$.number"},
    "ResultSelector": {"twice.$": "$.Payload"},
    "ResultPath": "$.result",
    "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["Known"], "ResultPath": "$.error", "Next": "Mend"}],
    "Next": "Then",
}


def tried(sfn: Any, state: object, given: object = None, **more: Any) -> Any:
    """Try a state."""
    answer = sfn.test_state(definition=json.dumps(state), input=json.dumps(given or {}), **more)
    answer.pop("ResponseMetadata")
    return answer


@pytest.mark.parametrize(
    ("state", "given", "expected"),
    [
        (
            {"Type": "Pass", "Result": 1, "ResultPath": "$.a", "Next": "B"},
            {"b": 2},
            {"status": "SUCCEEDED", "output": '{"b":2,"a":1}', "nextState": "B"},
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "One"}], "Default": "No"},
            {"a": 1},
            {"status": "SUCCEEDED", "output": '{"a":1}', "nextState": "One"},
        ),
        ({"Type": "Succeed"}, {}, {"status": "SUCCEEDED", "output": "{}"}),
        ({"Type": "Fail", "Error": "E", "Cause": "C"}, {}, {"status": "FAILED", "error": "E", "cause": "C"}),
    ],
    ids=["pass", "choice", "succeed", "fail"],
)
def test_a_state_is_tried(sfn: Any, state: object, given: object, expected: object) -> None:
    """The answer is the output and where it would go on, or the error."""
    assert tried(sfn, state, given) == expected


def test_the_way_of_the_data_is_shown(world: SyncSimulation, sfn: Any) -> None:
    """On request every step of it is told."""
    world.add_function("double", handler=lambda event, context: event * 2)

    answer = tried(sfn, INVOKE, {"number": 4}, inspectionLevel="DEBUG")

    shown = {name: json.loads(value) for name, value in answer["inspectionData"].items()}
    assert json.loads(answer["output"]) == {"number": 4, "result": {"twice": 8}}
    assert shown["afterParameters"] == {"FunctionName": "double", "Payload": 4}
    assert shown["result"]["Payload"] == 8
    assert shown["afterResultSelector"] == {"twice": 8}
    assert shown["afterResultPath"] == {"number": 4, "result": {"twice": 8}}


def test_what_the_work_comes_to_may_be_made_up(sfn: Any) -> None:
    """A mock is the result, though there is no such function."""
    answer = tried(sfn, INVOKE, {"number": 4}, mock={"result": '{"Payload": 9}'})

    assert json.loads(answer["output"])["result"] == {"twice": 9}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("Busy", {"status": "RETRIABLE", "error": "Busy"}),
        (
            "Known",
            {
                "status": "CAUGHT_ERROR",
                "error": "Known",
                "output": '{"number":4,"error":{"Error":"Known","Cause":""}}',
                "nextState": "Mend",
            },
        ),
        ("Other", {"status": "FAILED", "error": "Other"}),
    ],
)
def test_an_error_may_be_made_up(sfn: Any, error: str, expected: object) -> None:
    """The answer tells what would follow."""
    assert tried(sfn, INVOKE, {"number": 4}, mock={"errorOutput": {"error": error}}) == expected


def test_retries_made_before_count(sfn: Any) -> None:
    """Nothing is left of a retrier that has been used up."""
    mock = {"errorOutput": {"error": "Busy"}}

    answer = tried(sfn, INVOKE, {"number": 4}, mock=mock, stateConfiguration={"retrierRetryCount": 1})

    assert answer["status"] == "FAILED"


def test_a_state_of_a_machine_can_be_tried(sfn: Any) -> None:
    """With its name, the whole definition may be given."""
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}}}

    assert tried(sfn, machine, {"x": 1}, stateName="B") == {"status": "SUCCEEDED", "output": '{"x":1}'}


def test_what_cannot_be_tried_is_refused(sfn: Any) -> None:
    """States in states need a mock, and a definition must be one."""
    parallel = {"Type": "Parallel", "Branches": [json.loads('{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}')]}

    unmocked = refusal(sfn.test_state, definition=json.dumps({**parallel, "End": True}))
    broken = refusal(sfn.test_state, definition='{"Type": "Task", "End": true}')

    assert (unmocked[0], broken[0]) == ("ValidationException", "InvalidDefinition")


def test_what_follows_an_error_is_shown(sfn: Any) -> None:
    """Which retrier or catcher it is by its place, and how long it waits."""
    state = {**INVOKE, "Retry": [{"ErrorEquals": ["X"]}, {"ErrorEquals": ["Busy"], "IntervalSeconds": 7}]}
    shown = [
        tried(sfn, state, {"number": 4}, mock={"errorOutput": {"error": error}}, inspectionLevel="DEBUG")
        for error in ("Busy", "Known", "Other")
    ]

    assert [each["inspectionData"].get("errorDetails") for each in shown] == [
        {"retryIndex": 1, "retryBackoffIntervalSeconds": 7},
        {"catchIndex": 0},
        None,
    ]


def test_a_state_speaks_the_language_of_its_machine(sfn: Any) -> None:
    """And assigns: variables are shown as they are after it."""
    state = {"Type": "Pass", "Assign": {"w": "{% $v * 2 %}"}, "Output": "{% $v %}", "End": True}
    machine = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}

    answer = tried(sfn, machine, stateName="A", variables='{"v": 3}', inspectionLevel="DEBUG")

    assert answer["output"] == "3"
    assert json.loads(answer["inspectionData"]["variables"]) == {"v": 3, "w": 6}


def test_a_catcher_that_speaks_jsonata_is_tried(sfn: Any) -> None:
    """Its output is evaluated."""
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput.Error %}"}
    resource = "arn:aws:states:::lambda:invoke"
    state = {"QueryLanguage": "JSONata", "Type": "Task", "Resource": resource, "Catch": [catcher], "End": True}

    answer = tried(sfn, {**state, "Arguments": {"FunctionName": "f"}}, mock={"errorOutput": {"error": "Known"}})

    assert answer == {"status": "CAUGHT_ERROR", "error": "Known", "output": '"Known"', "nextState": "B"}


MAP = {
    "Type": "Map",
    "ItemsPath": "$.orders",
    "ItemSelector": {"at.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value", "shop.$": "$.shop"},
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Work",
        "States": {
            "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "No"},
            "No": {"Type": "Fail", "Error": "No"},
        },
    },
    "ItemBatcher": {"MaxItemsPerBatch": 2},
    "MaxConcurrency": 7,
    "ToleratedFailurePercentage": 50,
    "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Mend"}],
    "End": True,
}


def test_a_map_shows_what_its_iterations_get(sfn: Any) -> None:
    """Its items, what is selected of each, the batches, and its limits as numbers; the mock is the result."""
    given = {"shop": "s", "orders": ["a", "b", "c"]}

    answer = tried(sfn, MAP, given, mock={"result": "[1, 2]"}, inspectionLevel="DEBUG")

    shown = answer["inspectionData"]
    selected = [{"at": at, "order": order, "shop": "s"} for at, order in enumerate("abc")]
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", "[1,2]")
    assert json.loads(shown["afterItemsPath"]) == ["a", "b", "c"]
    assert json.loads(shown["afterItemSelector"]) == selected
    assert json.loads(shown["afterItemBatcher"]) == [{"Items": selected[:2]}, {"Items": selected[2:]}]
    assert [repr(shown[name]) for name in ("maxConcurrency", "toleratedFailurePercentage")] == ["7", "50.0"]


@pytest.mark.parametrize(("failed", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_a_map_bears_as_many_failures_as_it_says(sfn: Any, failed: int, status: str) -> None:
    """Of two batches half may fail."""
    given, count = {"shop": "s", "orders": ["a", "b", "c"]}, {"mapIterationFailureCount": failed}

    answer = tried(sfn, MAP, given, mock={"result": "[]"}, stateConfiguration=count)

    expected = {"error": "States.ExceedToleratedFailureThreshold"} if status == "FAILED" else {"output": "[]"}
    assert (answer["status"], expected.items() <= answer.items()) == (status, True)


def test_what_a_map_reads_may_be_made_up(sfn: Any) -> None:
    """The text as it would lie in the bucket; a pointer says where in it the items are."""
    config = {"InputType": "JSON", "ItemsPointer": "/rows"}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}
    state = {name: value for name, value in MAP.items() if name not in ("ItemsPath", "ItemSelector")}
    read = {"mapItemReaderData": '{"rows": [1, 2, 3]}'}

    answer = tried(
        sfn,
        {**state, "ItemReader": reader},
        mock={"result": "[]"},
        stateConfiguration=read,
        inspectionLevel="DEBUG",
    )

    assert json.loads(answer["inspectionData"]["afterItemsPointer"]) == [1, 2, 3]
    assert json.loads(answer["inspectionData"]["afterItemBatcher"]) == [{"Items": [1, 2]}, {"Items": [3]}]


@pytest.mark.parametrize(("origin", "status"), [("Work", "CAUGHT_ERROR"), ("No", "FAILED")])
def test_an_error_comes_from_a_state_within(sfn: Any, origin: str, status: str) -> None:
    """Only that of a Task is one that `States.TaskFailed` stands for."""
    mock, cause = {"errorOutput": {"error": "Odd"}}, {"errorCausedByState": origin}

    assert tried(sfn, MAP, {"orders": [], "shop": 1}, mock=mock, stateConfiguration=cause)["status"] == status


@pytest.mark.parametrize(
    ("state", "settings"),
    [
        (INVOKE, {"errorCausedByState": "Work"}),
        (INVOKE, {"mapIterationFailureCount": 1}),
        (MAP, {"mapItemReaderData": "[]"}),
        (MAP, {"errorCausedByState": "Other"}),
    ],
)
def test_a_configuration_is_for_states_of_one_kind(sfn: Any, state: object, settings: dict[str, Any]) -> None:
    """What another kind of state would ignore is refused."""
    mock = {"errorOutput": {"error": "E"}}

    refused = refusal(sfn.test_state, definition=json.dumps(state), mock=mock, stateConfiguration=settings)

    assert refused[0] == "ValidationException"


def test_a_trial_may_have_a_context_of_its_own(sfn: Any) -> None:
    """With a mock, and not without one."""
    state = {**INVOKE, "Parameters": {"FunctionName": "f", "Payload.$": "$$.Execution.Name"}}
    context = json.dumps({"Execution": {"Name": "mine"}})

    answer = tried(sfn, state, mock={"result": "{}"}, context=context, inspectionLevel="DEBUG")
    refused = refusal(sfn.test_state, definition=json.dumps(state), context=context)

    assert json.loads(answer["inspectionData"]["afterParameters"])["Payload"] == "mine"
    assert refused[0] == "ValidationException"
