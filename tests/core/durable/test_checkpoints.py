"""What may a durable function save, and what is it told? The protocol below AWS's SDK, without it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim.durable.operation import Operation
from eventsim.durable.replay import operations_page
from eventsim.errors import ApiError
from tests import sdk
from tests.core.durable.world import ask, finished, history, start, world

Save = Callable[..., Any]
"""Saves updates under the last token, and returns the answer."""


def durable(handle: Callable[[Save, Mapping[str, Any]], Any]) -> Callable[[Any, Any], Any]:
    """Return a handler that saves by hand: `handle` gets what saves and the event, and returns the output."""

    def handler(event: Any, context: Any) -> Any:
        client = sdk.client("lambda")
        arn, token = event["DurableExecutionArn"], [event["CheckpointToken"]]

        def save(*updates: Mapping[str, Any], **more: Any) -> Any:
            parameters = {"CheckpointToken": token[0], **more}
            answer = client.checkpoint_durable_execution(DurableExecutionArn=arn, Updates=list(updates), **parameters)
            token[0] = answer["CheckpointToken"]
            return answer

        return handle(save, event)

    return handler


def step(action: str, **more: Any) -> dict[str, Any]:
    """Return an update of the step `s`."""
    return {"Id": "s", "Type": "STEP", "Action": action, **more}


def done(result: str = "1") -> dict[str, str]:
    """Return the output that ends an execution."""
    return {"Status": "SUCCEEDED", "Result": result}


def refusals_of(*batches: Sequence[Mapping[str, Any]]) -> list[str]:
    """Save batches of updates one after another; return the refusals, "" for each batch that was saved."""
    words = []

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        for batch in batches:
            try:
                save(*batch)
            except ClientError as error:
                words.append(str(error.response["Error"]["Message"]))
            else:
                words.append("")
        return done()

    with world(durable(handle)) as simulation:
        assert finished(simulation)["Status"] == "SUCCEEDED"
    return words


START = step("START")
CONTEXT = {"Id": "c", "Type": "CONTEXT", "Action": "START"}


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        pytest.param([[START, step("SUCCEED")]], "", id="a step may begin and end at once"),
        pytest.param([[START, START]], "Cannot checkpoint multiple operations with the same ID.", id="twice"),
        pytest.param([[CONTEXT, START, START], [CONTEXT]], "", id="nothing of what is refused was saved"),
        pytest.param([[START], [START]], "Invalid current STEP state to start.", id="a step that runs"),
        pytest.param([[step("SUCCEED")], [step("FAIL")]], "Invalid current STEP state to close.", id="over"),
        pytest.param([[step("RETRY")]], "Invalid StepOptions for the given action.", id="a retry without delay"),
        pytest.param([[step("CANCEL")]], "Invalid action for the given operation type.", id="no such action"),
        pytest.param([[step("FAIL", Payload="1")]], "Cannot provide a Payload for FAIL action.", id="payload"),
        pytest.param([[step("SUCCEED", Error={})]], "Cannot provide an Error for SUCCEED action.", id="error"),
        pytest.param([[step("START", ParentId="x")]], "Invalid parent operation id.", id="no such parent"),
        pytest.param([[CONTEXT, step("START", ParentId="c")]], "", id="a parent of the same batch"),
        pytest.param([[START], [step("SUCCEED", Name="n")]], "Inconsistent operation name.", id="other name"),
        pytest.param([[CONTEXT], [CONTEXT]], "Cannot start a CONTEXT that already exist.", id="a context again"),
        pytest.param(
            [[{"Id": "w", "Type": "WAIT", "Action": "CANCEL"}]],
            "Cannot cancel a WAIT that does not exist or has already completed.",
            id="no wait to cancel",
        ),
        pytest.param(
            [[step("SUCCEED", Payload="x" * 1_048_577)]],
            "STEP payload size must be less than or equal to 1048576 bytes.",
            id="too large",
        ),
        pytest.param(
            [[{"Id": "e", "Type": "EXECUTION", "Action": "FAIL"}, START]],
            "EXECUTION checkpoint must be the last update.",
            id="the end is not the end",
        ),
        pytest.param(
            [[{"Id": "i", "Type": "CHAINED_INVOKE", "Action": "START"}]],
            "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.",
            id="nobody to call",
        ),
        pytest.param(
            [
                [
                    {
                        "Id": "i",
                        "Type": "CHAINED_INVOKE",
                        "Action": "START",
                        "ChainedInvokeOptions": {"FunctionName": "arn:aws:lambda:us-east-1:999999999999:function:far"},
                    }
                ]
            ],
            "Cannot start a CHAINED_INVOKE on a function in another account.",
            id="another account",
        ),
    ],
)
def test_updates_are_checked_in_aws_s_words(batches: Sequence[Any], words: str) -> None:
    """What is refused is not saved, no part of it."""
    assert refusals_of(*batches)[-1] == words


def test_a_token_is_good_for_one_checkpoint() -> None:
    """Who has an old one is not the invocation that runs; a repetition under a client's token is answered again."""
    seen: dict[str, Any] = {}

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        first = save(START, ClientToken="once")
        again = save(START, CheckpointToken=event["CheckpointToken"], ClientToken="once")
        seen["is the same"] = again["CheckpointToken"] == first["CheckpointToken"]
        try:
            save(step("SUCCEED"), CheckpointToken=event["CheckpointToken"])
        except ClientError as error:
            seen["words"] = error.response["Error"]["Message"]
        return done()

    with world(durable(handle)) as simulation:
        told = finished(simulation)
        assert seen == {"is the same": True, "words": "Invalid checkpoint token"}
        kinds = history(simulation, told["DurableExecutionArn"])
        assert kinds == ["ExecutionStarted", "StepStarted", "ExecutionSucceeded"]


def test_an_execution_that_is_over_takes_no_checkpoints() -> None:
    """An invocation that still runs when somebody stops its execution saves nothing more, and calls nobody."""
    words = []

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        client = sdk.client("lambda")
        client.stop_durable_execution(DurableExecutionArn=event["DurableExecutionArn"])
        try:
            save(START)
        except ClientError as error:
            words.append(error.response["Error"]["Message"])
        return done()

    with world(durable(handle)) as simulation:
        told = finished(simulation)
        assert words == ["Invalid checkpoint token"]
        assert told["Status"] == "STOPPED"
        assert history(simulation, told["DurableExecutionArn"]) == ["ExecutionStarted", "ExecutionStopped"]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        pytest.param(None, "Response status is required", id="no output"),
        pytest.param({"Status": "DONE"}, "Unexpected invocation status: DONE", id="no status"),
        pytest.param(
            {"Status": "FAILED", "Result": "1"}, "Cannot provide a Result for FAILED status.", id="failed with a result"
        ),
        pytest.param(
            {"Status": "PENDING"}, "Cannot return PENDING status with no pending operations.", id="nothing to wait for"
        ),
    ],
)
def test_an_output_that_makes_no_sense_fails_the_execution(output: Any, words: str) -> None:
    """A function without the SDK returns something else than an execution needs."""
    with world(lambda event, context: output) as simulation:
        told = finished(simulation)
        assert told["Error"] == {"ErrorMessage": words, "ErrorType": "InvalidParameterValueException"}


def test_the_event_tells_what_was_saved_but_not_what_a_finished_context_did() -> None:
    """Its children are needed only if it says so."""
    told: list[list[str]] = []
    contexts = [{"Id": name, "Type": "CONTEXT", "Action": "START"} for name in ("kept", "left")]
    children = [
        {"Id": f"{name}-child", "ParentId": name, "Type": "STEP", "Action": "SUCCEED"} for name in ("kept", "left")
    ]
    ends = [
        {"Id": "kept", "Type": "CONTEXT", "Action": "SUCCEED", "ContextOptions": {"ReplayChildren": True}},
        {"Id": "left", "Type": "CONTEXT", "Action": "SUCCEED"},
    ]
    wait = {"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 60}}

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        told.append([operation["Id"] for operation in event["InitialExecutionState"]["Operations"]])
        if len(told) > 1:
            assert event["UpdatedOperationIds"] == ["w"]
            return done()
        save(*contexts, *children)
        save(*ends, wait)
        return {"Status": "PENDING"}

    with world(durable(handle)) as simulation:
        assert finished(simulation)["Status"] == "SUCCEEDED"
        assert told[1][1:] == ["kept", "left", "kept-child", "w"]


def test_a_large_result_is_saved_before_the_function_returns() -> None:
    """The execution has ended by then; what is returned no longer counts."""

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        execution = event["InitialExecutionState"]["Operations"][0]["Id"]
        save({"Id": execution, "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"large"'})
        return done('"small"')

    with world(durable(handle)) as simulation:
        assert finished(simulation)["Result"] == '"large"'


def test_a_pause_lets_the_running_invocation_save_once_more() -> None:
    """The answer has no token: it can save nothing else, and returns."""
    answers: list[Any] = []

    def handler(event: Any, context: Any) -> Any:
        client = sdk.client("lambda")
        arn = event["DurableExecutionArn"]
        if answers:
            return done()
        client.pause_durable_execution(DurableExecutionArn=arn)
        answers.append(
            client.checkpoint_durable_execution(
                DurableExecutionArn=arn, CheckpointToken=event["CheckpointToken"], Updates=[START]
            )
        )
        return {"Status": "PENDING"}

    with world(handler) as simulation:
        arn = start(simulation)
        simulation.advance("10 minutes")
        assert "CheckpointToken" not in answers[0]
        assert ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)["Status"] == "PAUSED"
        ask(simulation, "ResumeDurableExecution", DurableExecutionArn=arn)
        simulation.until_idle()
        assert ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)["Status"] == "SUCCEEDED"


def test_pages_hold_what_fits() -> None:
    """At least one operation, however large; the marker leads on, and a foreign one is refused."""
    operations = [
        Operation(id=str(number), type="STEP", status="SUCCEEDED", started_us=0, result="x" * 1_000)
        for number in range(5)
    ]
    first, marker = operations_page(operations, "", bytes_max=2_500)
    rest, end = operations_page(operations, marker, bytes_max=1_000_000)
    assert [each.id for each in (*first, *rest)] == ["0", "1", "2", "3", "4"]
    assert (len(first), end) == (2, "")
    assert len(operations_page(operations, "", bytes_max=1)[0]) == 1
    with pytest.raises(ApiError, match="Invalid Marker"):
        operations_page(operations, "no marker", bytes_max=1)


def test_the_story_of_an_execution_is_told() -> None:
    """The summary counts executions, the trace names operations, the metrics of Lambda know them."""

    def handle(save: Save, event: Mapping[str, Any]) -> Any:
        save(step("START", Name="charge"), step("SUCCEED"))
        return done(json.dumps("ok"))

    with world(durable(handle)) as simulation:
        finished(simulation)
        numbers = simulation.numbers("functions", "work")
        assert (numbers["executions_begun"], numbers["executions_succeeded"]) == (1, 1)
        changes = [entry.detail for entry in simulation.trace.entries(["saved"])]
        assert changes == [
            {"operation": "step charge", "change": "begins"},
            {"operation": "step charge", "change": "succeeds"},
        ]
        metrics = simulation.call("cloudwatch", "ListMetrics", {"Namespace": "AWS/Lambda"})["Metrics"]
        assert {"DurableExecutionStarted", "DurableExecutionDuration"} <= {each["MetricName"] for each in metrics}
