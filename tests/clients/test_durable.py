"""Does AWS's SDK for durable functions in JavaScript work as it is, in virtual time and live?"""

import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from eventsim import SyncSimulation
from tests.clients.conftest import tool
from tests.live.conftest import Served
from tests.patience import until

pytestmark = pytest.mark.clients

FUNCTION = Path(__file__).parent / "functions" / "order.mjs"
SCENARIO = """\
functions:
  order: {handler: order.handler, runtime: nodejs22.x, timeout: 30 s, durable: {execution_timeout: 2 days}}
  price: {handler: order.price, runtime: nodejs22.x}
"""
RESULT = {"greeting": "hello Ada", "both": ["left", "right"], "price": 3, "attempts": 2, "answer": "yes"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the scenario, its functions and the SDK."""
    shutil.copy(FUNCTION, tmp_path)
    (tmp_path / "node_modules").symlink_to(tool("node/node_modules"))
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    return tmp_path


def begun(functions: Any, pause_s: int) -> dict[str, str]:
    """Begin an execution that pauses for so long; return what names it."""
    payload = json.dumps({"name": "Ada", "seconds": pause_s})
    settings = {"Qualifier": "$LATEST", "InvocationType": "Event", "Payload": payload}
    return {"DurableExecutionArn": functions.invoke(FunctionName="order", **settings)["DurableExecutionArn"]}


def callbacks(functions: Any, execution: dict[str, str]) -> list[str]:
    """Return the callbacks that an execution has asked for."""
    events = functions.get_durable_execution_history(**execution)["Events"]
    return [each["CallbackStartedDetails"]["CallbackId"] for each in events if each["EventType"] == "CallbackStarted"]


def in_virtual_time(folder: Path) -> tuple[Any, str]:
    """Run an execution of a day; return what is told of it, and the digest."""
    with SyncSimulation(folder=folder, seed=1) as simulation:
        settings: Any = {"code": ".", "runtime": "nodejs22.x", "timeout": "30 s"}
        simulation.add_function("order", handler="order.handler", durable={"execution_timeout": "2 days"}, **settings)
        simulation.add_function("price", handler="order.price", **settings)
        functions = boto3.client("lambda", region_name="us-east-1")
        execution = begun(functions, 86_400)
        simulation.advance("25 h")
        (callback,) = callbacks(functions, execution)
        functions.send_durable_execution_callback_success(CallbackId=callback, Result=b"yes")
        simulation.until_idle()
        return functions.get_durable_execution(**execution), simulation.trace.digest()


def test_an_execution_in_virtual_time(folder: Path) -> None:
    """Steps that are attempted again, waits, branches, calls and callbacks; two runs have one digest."""
    told, digest = in_virtual_time(folder)

    assert (told["Status"], json.loads(told["Result"])) == ("SUCCEEDED", RESULT)
    assert in_virtual_time(folder)[1] == digest


def test_an_execution_on_a_server(folder: Path) -> None:
    """The same in real time."""
    served = Served(folder, "--quiet", "scenario.yaml")
    try:
        functions = served.client("lambda")
        execution = begun(functions, 1)
        (asked,) = until(lambda: callbacks(functions, execution))
        functions.send_durable_execution_callback_success(CallbackId=asked, Result=b"yes")
        told = until(lambda: functions.get_durable_execution(**execution), lambda told: told["Status"] != "RUNNING")
    finally:
        served.end()

    assert (told["Status"], json.loads(told["Result"])) == ("SUCCEEDED", RESULT)
