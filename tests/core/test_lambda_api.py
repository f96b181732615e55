"""What does `Invoke` answer? Checks in AWS's order, three ways to invoke, the error when there is no room."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import ApiError, FunctionFailed, SyncSimulation


def greet(event: Any, context: Any) -> dict[str, Any]:
    print("greeting", event.get("name"))
    return {"hello": event.get("name"), "client": getattr(context.client_context, "custom", None)}


def fail(event: Any, context: Any) -> None:
    raise ValueError("no")


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=3) as simulation:
        simulation.add_function("greet", handler=greet)
        simulation.add_function("fail", handler=fail)
        simulation.add_function("closed", handler=greet, reserved_concurrency=0)
        yield simulation


def test_a_synchronous_invocation_returns_the_result(simulation: SyncSimulation) -> None:
    """`RequestResponse` is the default: status 200, the JSON of the result, the version that ran."""
    result = simulation.request("lambda", "Invoke", {"FunctionName": "greet", "Payload": b'{"name": "Ada"}'})

    assert result["StatusCode"] == 200
    assert json.loads(result["Payload"]) == {"hello": "Ada", "client": None}  # type: ignore[arg-type]  # bytes
    assert result["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in result


def test_the_request_has_the_id_of_the_invocation(simulation: SyncSimulation) -> None:
    """What a client logs as the request's id is what the handler calls `aws_request_id` (recorded)."""
    simulation.add_function("who", handler=lambda event, context: context.aws_request_id)

    result = simulation.request("lambda", "Invoke", {"FunctionName": "who"})

    assert result["ResponseMetadata"] == {"RequestId": json.loads(result["Payload"])}  # type: ignore[arg-type]  # bytes


def test_an_invocation_without_a_body_gets_an_empty_object(simulation: SyncSimulation) -> None:
    """AWS hands `{}` to a function that is invoked without a payload (recorded)."""
    assert simulation.invoke("greet") == {"hello": None, "client": None}


def test_a_log_tail_is_returned_on_request(simulation: SyncSimulation) -> None:
    """`LogType=Tail` adds the log in base64, from START to REPORT."""
    result = simulation.request("lambda", "Invoke", {"FunctionName": "greet", "LogType": "Tail"})

    log = base64.b64decode(str(result["LogResult"])).decode()
    assert log.startswith("START RequestId: ")
    assert "greeting None\n" in log
    assert "REPORT RequestId: " in log


def test_the_client_context_reaches_the_handler(simulation: SyncSimulation) -> None:
    """`ClientContext` is JSON in base64; the handler finds it in its context."""
    context = base64.b64encode(b'{"custom": {"shop": "7"}}').decode()

    result = simulation.request("lambda", "Invoke", {"FunctionName": "greet", "ClientContext": context})

    assert json.loads(result["Payload"])["client"] == {"shop": "7"}  # type: ignore[arg-type]  # bytes


@pytest.mark.parametrize("context", [b"10", b"[]", b"null", b'{"client": 5}', b"{", b"[" * 2_000])
def test_a_client_context_is_an_object(simulation: SyncSimulation, context: bytes) -> None:
    """What else JSON can be is refused before any code runs, in AWS's words as users report them."""
    parameters = {"FunctionName": "greet", "ClientContext": base64.b64encode(context).decode()}

    with pytest.raises(ApiError) as refused:
        simulation.request("lambda", "Invoke", parameters)

    assert refused.value.code == "InvalidRequestContentException"
    assert refused.value.message == "Client context must be a valid Base64-encoded JSON object."


def test_a_failing_function_answers_200_with_an_error(simulation: SyncSimulation) -> None:
    """An exception is the function's result, not the request's failure."""
    result = simulation.request("lambda", "Invoke", {"FunctionName": "fail"})

    assert (result["StatusCode"], result["FunctionError"]) == (200, "Unhandled")
    with pytest.raises(FunctionFailed, match="ValueError: no"):
        simulation.invoke("fail")


def test_an_event_is_accepted_at_once_and_run_later(simulation: SyncSimulation) -> None:
    """`Event` answers 202 before any code has run."""
    result = simulation.request("lambda", "Invoke", {"FunctionName": "greet", "InvocationType": "Event"})

    assert (result["StatusCode"], result["Payload"]) == (202, b"")
    assert simulation.function_numbers("greet")["invocations"] == 0
    simulation.until_idle()
    assert simulation.function_numbers("greet")["invocations"] == 1


def test_a_dry_run_runs_nothing(simulation: SyncSimulation) -> None:
    """`DryRun` checks the request and answers 204."""
    result = simulation.request("lambda", "Invoke", {"FunctionName": "greet", "InvocationType": "DryRun"})
    simulation.until_idle()

    assert (result["StatusCode"], result["Payload"]) == (204, b"")
    assert simulation.function_numbers("greet")["invocations"] == 0


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        pytest.param({"FunctionName": "nobody"}, "ResourceNotFoundException", 404, id="no such function"),
        pytest.param(
            {"FunctionName": "greet", "Qualifier": "7"}, "ResourceNotFoundException", 404, id="no such version"
        ),
        pytest.param(
            {"FunctionName": "greet", "Payload": b"{nonsense"}, "InvalidRequestContentException", 400, id="no JSON"
        ),
        pytest.param(
            {"FunctionName": "greet", "Payload": b"\xff"}, "InvalidRequestContentException", 400, id="no UTF-8"
        ),
        pytest.param(
            {"FunctionName": "greet", "Payload": b"[" * 100_000}, "InvalidRequestContentException", 400, id="too deep"
        ),
        pytest.param(
            {"FunctionName": "greet", "Payload": b'"' + b"x" * 6_291_456 + b'"'},
            "RequestTooLargeException",
            413,
            id="too large",
        ),
    ],
)
def test_a_bad_request_is_refused_whichever_way_it_invokes(
    simulation: SyncSimulation, parameters: dict[str, Any], code: str, status: int, kind: str
) -> None:
    """Existence, size and JSON are checked before anything else, also for asynchronous calls."""
    with pytest.raises(ApiError) as refused:
        simulation.request("lambda", "Invoke", {**parameters, "InvocationType": kind})

    assert (refused.value.code, refused.value.status) == (code, status)


def test_a_function_without_concurrency_throttles(simulation: SyncSimulation) -> None:
    """Reserved concurrency 0 refuses every synchronous call with 429 and AWS's reason (recorded)."""
    with pytest.raises(ApiError) as refused:
        simulation.request("lambda", "Invoke", {"FunctionName": "closed"})

    assert (refused.value.code, refused.value.status) == ("TooManyRequestsException", 429)
    assert refused.value.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
