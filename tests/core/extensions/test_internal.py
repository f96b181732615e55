"""How do extensions run that are threads of the runtime's own process?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation
from eventsim.report.function_log import function_logs

APP = """
import json, os, threading, time, urllib.error, urllib.request

base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"

def ask(path, body=None, **headers):
    request = urllib.request.Request(f"{base}/{path}", data=body and json.dumps(body).encode())
    for name, value in headers.items():
        request.add_header("Lambda-Extension-" + name, value)
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.load(answer)

def run(identifier):
    while True:
        _, event = ask("event/next", Identifier=identifier)
        print("inside:", event["eventType"])
        time.sleep(0.5)
        print("inside is done")

headers, _ = ask("register", {"events": ["INVOKE"]}, Name="inside")
threading.Thread(target=run, args=[headers["Lambda-Extension-Identifier"]], daemon=True).start()

def handler(event, context):
    if event == "late":
        try:
            ask("register", {"events": []}, Name="late")
        except urllib.error.HTTPError as error:
            return json.load(error)["errorType"]
    time.sleep(event or 0)
    return "done"
"""


@pytest.fixture
def add(world: SyncSimulation, tmp_path: Path) -> Callable[..., None]:
    """Return what adds the function `f`, whose module registers an extension."""

    def add(**settings: Any) -> None:
        (tmp_path / "app.py").write_text(APP)
        world.add_function("f", code=str(tmp_path), handler="app.handler", timeout="3 s", **settings)

    return add


def log_of(world: SyncSimulation) -> list[str]:
    """Return the lines of the log."""
    return [line.strip() for line in function_logs(world.trace, world.clock)]


def test_a_thread_of_a_python_handler_is_an_extension(world: SyncSimulation, add: Callable[..., None]) -> None:
    """It registers while the module is imported, and the environment waits for it, but not the caller."""
    add()

    assert world.invoke("f") == "done"
    answered_s = world.now_s
    world.until_idle()

    log = log_of(world)
    assert (answered_s, world.now_s) == (0.101, 0.6)
    assert "EXTENSION  Name: inside  State: Ready  Events: [INVOKE]" in log
    assert [line for line in log if line.startswith("inside")] == ["inside: INVOKE", "inside is done"]
    assert any("Duration: 500.00 ms  Billed Duration: 600 ms" in line for line in log)


def test_it_gets_one_event_after_another(world: SyncSimulation, add: Callable[..., None]) -> None:
    """In one environment, whose threads rest in between."""
    add()

    for _ in range(3):
        world.invoke("f", 1)
        world.advance("1 hour")
        world.invoke("f", 1)
        world.until_idle()

    assert log_of(world).count("inside: INVOKE") == 6


def test_nobody_registers_after_init(world: SyncSimulation, add: Callable[..., None]) -> None:
    """The list of extensions is closed."""
    add()

    assert world.invoke("f", "late") == "Extension.RegistrationClosed"


def test_it_dies_with_its_environment(world: SyncSimulation, add: Callable[..., None]) -> None:
    """There is nobody to tell."""
    add()

    with pytest.raises(FunctionFailed, match="Task timed out"):
        world.invoke("f", 9)
    world.until_idle()

    assert log_of(world).count("inside: INVOKE") == 1


def test_extensions_inside_and_outside_run_side_by_side(
    world: SyncSimulation, add: Callable[..., None], extension: Callable[..., str]
) -> None:
    """All of them are waited for."""
    add(layers=[extension("one")], environment={"ON_INVOKE": "sleep(800_000); say('is done')"})

    world.invoke("f")
    world.until_idle()

    assert world.now_s == 0.9
    assert [line for line in log_of(world) if "is done" in line] == ["inside is done", "one is done"]


def test_whoever_asks_for_the_runtime_is_told_that_it_is_not_there(world: SyncSimulation) -> None:
    """A handler in Python is called, and asks for nothing."""

    def handler(_event: Any, _context: Any) -> Any:
        import http.client
        import os

        connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        answer = connection.getresponse()
        return [answer.status, json.loads(answer.read())["message"]]

    world.add_function("f", handler=handler)

    assert world.invoke("f") == [404, "here are Lambda's APIs for extensions; the handler is called by the runtime"]


IN_PROGRAM = """
def extension():
    own = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    root, name = "/2020-01-01/extension", {"Lambda-Extension-Name": "inside"}
    own.request("POST", f"{root}/register", '{"events": ["INVOKE"]}', name)
    answer = own.getresponse()
    answer.read()
    identifier = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    registered.set()
    while True:
        own.request("GET", f"{root}/event/next", headers=identifier)
        print("inside:", json.loads(own.getresponse().read())["eventType"], flush=True)

registered = threading.Event()
threading.Thread(target=extension, daemon=True).start()
registered.wait()
"""


def test_a_thread_of_a_program_is_an_extension(world: SyncSimulation, program: Callable[..., Path]) -> None:
    """It asks at the same address as the runtime."""
    environment = {"AT_INIT": IN_PROGRAM}
    world.add_function("f", code=str(program()), runtime="provided.al2023", environment=environment)

    assert [world.invoke("f", {"do": "result = events"}) for _ in range(2)] == [1, 2]

    assert log_of(world).count("inside: INVOKE") == 2
