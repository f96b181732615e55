"""Do durable functions live on a server: over the wire, and past its death?"""

import io
import json
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served
from tests.live.test_durability import restarted
from tests.patience import until

Serve = Callable[..., Served]

SCENARIO = """\
functions:
  work: {handler: app.work, durable: {execution_timeout: 10 minutes}}
"""
APP = """\
import time

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def work(event, context):
    context.wait(Duration.from_minutes(1), name="a minute")
    return context.create_callback(name="answer").result()


@durable_execution
def note(event, context):
    def add(word):
        with open(event["notes"], "a") as notes:
            notes.write(f"{word}\\n")

    context.step(lambda _: add("begun"), name="begin")
    while "go on" not in open(event["notes"]).read():
        time.sleep(0.01)
    context.wait(Duration.from_seconds(1))
    context.step(lambda _: add("ended"), name="end")
"""


def begun(functions: Any, function: str, event: Any, **more: Any) -> str:
    """Begin an execution that nobody waits for; return its ARN."""
    payload = json.dumps(event)
    settings = {"Qualifier": "$LATEST", "InvocationType": "Event", "Payload": payload, **more}
    return str(functions.invoke(FunctionName=function, **settings)["DurableExecutionArn"])


def events(functions: Any, arn: str) -> list[dict[str, Any]]:
    """Return the history of an execution, from all pages."""
    pages = functions.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn, PaginationConfig={"PageSize": 3}
    )
    return [event for page in pages for event in page["Events"]]


def kinds(functions: Any, arn: str) -> list[str]:
    """Return what happened in an execution, without its invocations."""
    told = [event["EventType"] for event in events(functions, arn)]
    return [kind for kind in told if kind != "InvocationCompleted"]


def refused(ask: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(ClientError) as refusal:
        ask()
    return str(refusal.value.response["Error"]["Code"])


def test_a_client_carries_an_execution_on(serve: Serve) -> None:
    """Begun, looked at, paused, resumed, answered and forgotten over HTTP, while time passes on demand."""
    served = serve("--quiet", "--virtual", "scenario.yaml", files={"scenario.yaml": SCENARIO, "app.py": APP})
    functions = served.client("lambda")
    arn = begun(functions, "work", {"n": 1}, DurableExecutionName="one")
    same = {"DurableExecutionArn": arn}

    served.advance("61 s")
    functions.pause_durable_execution(**same, Reason="lunch")
    paused = functions.get_durable_execution(**same)
    functions.resume_durable_execution(**same)
    (asked,) = (event for event in events(functions, arn) if event["EventType"] == "CallbackStarted")
    callback = {"CallbackId": asked["CallbackStartedDetails"]["CallbackId"]}
    functions.send_durable_execution_callback_heartbeat(**callback)
    functions.send_durable_execution_callback_success(**callback, Result=b'"yes"')
    served.advance("1 s")
    ended = functions.get_durable_execution(**same)
    listed = functions.list_durable_executions_by_function(FunctionName="work", StartedBefore=ended["EndTimestamp"])

    assert begun(functions, "work", {"n": 1}, DurableExecutionName="one") == arn
    assert refused(lambda: begun(functions, "work", {"n": 2}, DurableExecutionName="one")).endswith(
        "AlreadyStartedException"
    )
    assert (paused["Status"], paused["PauseDetails"]["Reason"]) == ("PAUSED", "lunch")
    assert json.loads(ended["Result"]) == '"yes"'
    assert 60 < (ended["EndTimestamp"] - ended["StartTimestamp"]).total_seconds() < 63
    assert [each["DurableExecutionArn"] for each in listed["DurableExecutions"]] == [arn]
    assert refused(lambda: functions.send_durable_execution_callback_success(**callback)) == "CallbackTimeoutException"
    functions.delete_durable_execution(**same)
    assert refused(lambda: functions.get_durable_execution(**same)) == "ResourceNotFoundException"


def package() -> bytes:
    """Return the functions with AWS's SDK, as they are uploaded."""
    spec = find_spec("aws_durable_execution_sdk_python")
    assert spec is not None
    assert spec.origin is not None
    sdk = Path(spec.origin).parent
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", APP)
        for module in sdk.rglob("*.py"):
            archive.write(module, module.relative_to(sdk.parent))
    return content.getvalue()


def test_an_execution_outlives_the_death_of_its_server(serve: Serve, tmp_path: Path) -> None:
    """Killed while one is invoked and another waits, both come to their end once, and no step is repeated."""
    path, invoked, waiting = tmp_path / "state.db", tmp_path / "invoked", tmp_path / "waiting"
    waiting.write_text("go on\n")
    first = serve("--quiet", "--db", str(path))
    functions = first.client("lambda")
    functions.create_function(
        FunctionName="note",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="app.note",
        Code={"ZipFile": package()},
        DurableConfig={"ExecutionTimeout": 600},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="note", WaiterConfig={"Delay": 0})
    arns = [begun(functions, "note", {"notes": str(notes)}) for notes in (invoked, waiting)]
    until(lambda: last_kinds(functions, arns), lambda last: last == ["StepSucceeded", "WaitStarted"])

    functions = restarted(serve, first, path).client("lambda")
    with invoked.open("a") as more:
        more.write("go on\n")
    until(lambda: last_kinds(functions, arns), lambda last: set(last) == {"ExecutionSucceeded"})

    assert (invoked.read_text(), waiting.read_text()) == ("begun\ngo on\nended\n", "go on\nbegun\nended\n")
    for arn in arns:
        assert kinds(functions, arn) == [
            *("ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "WaitSucceeded"),
            *("StepStarted", "StepSucceeded", "ExecutionSucceeded"),
        ]


def last_kinds(functions: Any, arns: list[str]) -> list[str]:
    """Return what happened last in each of some executions."""
    return [kinds(functions, arn)[-1] for arn in arns]
