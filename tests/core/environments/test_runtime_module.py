"""What do tracers find of AWS's runtime? What Sentry's SDK looks for, and wraps in the way that it does."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim.environment.runtime_module import RUNTIME, LambdaRuntimeClient

TRACED = """
import json, sys

told = []


def wrapped(runtime):
    handle, client = runtime.handle_event_request, runtime.LambdaRuntimeClient
    post_result, post_error, post_init_error = (
        client.post_invocation_result, client.post_invocation_error, client.post_init_error
    )

    def handle_event_request(lambda_runtime_client, request_handler, *args, **kwargs):
        def handler(event, context):
            told.append(f"begins {context.aws_request_id[:4]}")
            return request_handler(event, context)

        return handle(lambda_runtime_client, handler, *args, **kwargs)

    def result(*args, **kwargs):
        print("flushed", *told, json.loads(args[2]))
        return post_result(*args, **kwargs)

    def error(*args, **kwargs):
        print("flushed", *told, json.loads(args[2])["errorType"])
        return post_error(*args, **kwargs)

    def init_error(*args, **kwargs):
        print("flushed", json.loads(args[1])["errorType"])
        return post_init_error(*args, **kwargs)

    runtime.handle_event_request = handle_event_request
    client.post_invocation_result, client.post_invocation_error = result, error
    client.post_init_error = init_error


wrapped(sys.modules["bootstrap"])
"""

HANDLER = """
def handler(event, context):
    if event == "bad":
        raise ValueError("bad order")
    return "good"
"""


@pytest.fixture(autouse=True)
def unwrapped() -> Iterator[None]:
    """Leave the module, which is the process's, as it was."""
    before, methods = dict(vars(RUNTIME)), dict(vars(LambdaRuntimeClient))
    yield
    vars(RUNTIME).update(before)
    for name in ("post_init_error", "post_invocation_result", "post_invocation_error"):
        setattr(LambdaRuntimeClient, name, methods[name])


@pytest.mark.parametrize(("event", "told"), [("fine", "good"), ("bad", "ValueError")])
def test_a_tracer_sees_each_event_and_its_end(machine: Any, event: str, told: str) -> None:
    """It may send what it has before the answer is given: what it wraps waits for it."""
    attempt = machine.invoke(machine.open(TRACED + HANDLER), event)

    assert f"flushed begins 3f2d {told}\n" in attempt.log


def test_a_tracer_sees_that_a_module_failed(machine: Any) -> None:
    machine.invoke(machine.open(TRACED + "raise KeyError('table')"))

    assert "flushed KeyError\n" in machine.logged()


def test_a_handler_is_reported_as_without_a_tracer(machine: Any) -> None:
    """The error is the handler's own."""
    attempt = machine.invoke(machine.open(TRACED + HANDLER), "bad")

    error = json.loads(attempt.outcome.payload)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "bad order")


def test_a_bootstrap_of_the_code_comes_first(machine: Any) -> None:
    """`/var/task` comes first on AWS's path."""
    code = {"app.py": "import bootstrap\n\ndef handler(event, context):\n    return bootstrap.OWN\n"}

    attempt = machine.invoke(machine.open({**code, "bootstrap.py": "OWN = 7\n"}))

    assert attempt.outcome.payload == "7"
