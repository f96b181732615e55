"""How do web programs run behind the Lambda Web Adapter? As processes that are asked what their functions are asked."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation
from tests import sdk

ADAPTER = "arn:aws:lambda:eu-central-1:753240598075:layer:LambdaAdapterLayerArm64:26"
WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
SERVER = """
import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        self.answer({"path": self.path, "cookie": self.headers["cookie"], "port": os.environ["PORT"]})
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        print(self.path, text, os.environ['PORT'], flush=True)
        self.answer({"heard": json.loads(text)})
    def answer(self, what):
        self.send_response(500 if "wrong" in str(what) else 200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=1) as simulation:
        yield simulation


@pytest.fixture
def add(world: SyncSimulation, tmp_path: Path) -> Callable[..., None]:
    """Return what adds the function `web`, with the file that starts its program."""

    def add(start: str = "exec python3 server.py", *, mode: int = 0o755, **variables: str) -> None:
        (tmp_path / "server.py").write_text(SERVER)
        (tmp_path / "run.sh").write_text(f"#!/bin/sh\n{start}\n")
        (tmp_path / "run.sh").chmod(mode)
        world.add_function(
            "web", code=str(tmp_path), handler="run.sh", layers=[ADAPTER], environment={**WRAPPER, **variables}
        )

    return add


def logged(world: SyncSimulation) -> list[str]:
    return [entry.detail["text"].rstrip() for entry in world.trace.entries(("logged",))]


def test_it_is_asked_what_a_url_is_asked(world: SyncSimulation, add: Any) -> None:
    """And its response is the reply."""
    add()
    url = sdk.client("lambda").create_function_url_config(FunctionName="web", AuthType="NONE")["FunctionUrl"]

    reply = world.http("GET", f"{url}a?b=1", headers={"cookie": "c=1"})

    assert (reply.status, reply.json()["path"], reply.json()["cookie"]) == (200, "/a?b=1", "c=1")


def test_its_answer_is_streamed_if_it_says_so(world: SyncSimulation, add: Any) -> None:
    """By a variable and the URL's mode."""
    add(AWS_LWA_INVOKE_MODE="response_stream")
    url = sdk.client("lambda").create_function_url_config(
        FunctionName="web", AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )["FunctionUrl"]

    reply = world.http("GET", f"{url}a")

    assert (reply.status, reply.headers["content-type"], reply.json()["path"]) == (200, "application/json", "/a")


def test_other_events_are_posted(world: SyncSimulation, add: Any) -> None:
    """What it prints is in the function's log."""
    add()

    assert world.invoke("web", {"Records": [1]}) == {"heard": {"Records": [1]}}
    assert logged(world)[1].startswith('/events {"Records":[1]} ')


def test_a_status_may_be_an_error(world: SyncSimulation, add: Any) -> None:
    """If a variable says so, as a queue's messages come again then."""
    add(AWS_LWA_ERROR_STATUS_CODES="500-599")

    with pytest.raises(FunctionFailed, match="Request failed with configured error status code: 500"):
        world.invoke("web", {"wrong": True})


def test_each_environment_has_a_port(world: SyncSimulation, add: Any) -> None:
    """One has the port that the function wants."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    add(PORT=port)
    for _ in range(2):
        sdk.client("lambda").invoke(FunctionName="web", InvocationType="Event", Payload="{}")
    world.until_idle()

    ports = [text.split()[-1] for text in logged(world) if text.startswith("/events")]
    assert port in ports
    assert len(set(ports)) == len(ports) == 2


@pytest.mark.parametrize(
    ("start", "mode", "words"),
    [("exit 3", 0o755, "Runtime exited with error: exit status 3"), ("", 0o644, "exit status 126")],
    ids=["ends", "locked"],
)
def test_a_program_that_does_not_begin_ends_the_environment(
    world: SyncSimulation, add: Any, start: str, mode: int, words: str
) -> None:
    """With its status."""
    add(start, mode=mode)

    with pytest.raises(FunctionFailed, match=words):
        world.invoke("web", {})


def test_variables_that_make_no_sense_are_told(world: SyncSimulation, add: Any) -> None:
    """In the function's log."""
    add(AWS_LWA_PORT="web")

    with pytest.raises(FunctionFailed, match="exit status 1"):
        world.invoke("web", {})
    assert any("the web adapter's variables make no sense: invalid literal" in text for text in logged(world))


def test_what_has_no_effect_is_told(world: SyncSimulation, add: Any) -> None:
    """In the function's log, where whoever misses it looks."""
    add(AWS_LWA_ENABLE_COMPRESSION="true")

    world.invoke("web", {})

    assert "the web adapter is given AWS_LWA_ENABLE_COMPRESSION, which has no effect in eventsim" in logged(world)
