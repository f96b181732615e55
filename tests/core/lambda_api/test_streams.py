"""What else runs a function? The old asynchronous call, and results as a stream."""

import json
from typing import Any

from tests import sdk


def test_the_old_asynchronous_call_queues_an_event(aws: Any) -> None:
    """`InvokeAsync` answers 202, and the function runs later."""
    aws.create()

    answer = aws("InvokeAsync", FunctionName="f", InvokeArgs=b'{"n": 1}')
    aws.simulation.until_idle()

    assert answer == {"Status": 202}
    assert aws.simulation.function_numbers("f")["invocations"] == 1


def test_a_result_comes_as_a_stream(aws: Any) -> None:
    """Python's managed runtime gives it in one piece; an event says that it is complete."""
    aws.create()
    client = sdk.client("lambda")

    answer = client.invoke_with_response_stream(FunctionName="f", Payload=b'{"n": 1}', LogType="Tail")

    events = list(answer["EventStream"])
    assert json.loads(events[0]["PayloadChunk"]["Payload"]) == {"saw": {"n": 1}}
    assert list(events[1]["InvokeComplete"]) == ["LogResult"]
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")


def test_a_failure_ends_the_stream(aws: Any) -> None:
    """The status was sent before, so the last event tells of it."""
    aws.create(source="def handler(event, context): raise ValueError('no')")

    (complete,) = aws("InvokeWithResponseStream", FunctionName="f")["EventStream"]

    assert complete["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert json.loads(complete["InvokeComplete"]["ErrorDetails"])["errorType"] == "ValueError"
