"""How does a handler ask an extension that listens at a port of its own?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation

WAITS = "aws('ReceiveMessage', QueueUrl='https://sqs.us-east-1.amazonaws.com/123456789012/jobs', WaitTimeSeconds=5)"
QUEUES = {"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/jobs"]}


def _ask(do: str, _context: Any) -> Any:
    import json
    import urllib.request

    with open("/tmp/port") as file:  # noqa: PTH123 - the handler's own
        port = file.read()
    with urllib.request.urlopen(f"http://localhost:{port}/", data=do.encode()) as answer:
        return json.load(answer)


@pytest.fixture
def cached(world: SyncSimulation, extension: Callable[..., str]) -> SyncSimulation:
    """Return a world with a function beside which an extension serves."""
    world.add_source("queues", "jobs")
    layers = [extension("cache")]
    world.add_function("f", handler=_ask, layers=layers, environment={"AT_INIT": "serve()"}, timeout="10 s")
    return world


def test_a_handler_asks_an_extension_that_asks_aws(cached: SyncSimulation) -> None:
    """The run answers the call while the handler waits."""
    assert cached.invoke("f", "aws('ListQueues')") == QUEUES
    assert cached.now_s == 0.101


def test_time_passes_for_what_an_extension_waits_for(cached: SyncSimulation) -> None:
    """As it does for the handler's own calls."""
    assert cached.invoke("f", WAITS) == {}
    assert cached.now_s == 5.101


def test_an_extension_that_does_not_answer_is_the_handlers_trouble(extension: Callable[..., str]) -> None:
    """Which has a time limit."""
    with SyncSimulation(seed=1, guard_s=0.2) as world:
        layers = [extension("cache")]
        world.add_function("f", handler=_ask, layers=layers, environment={"AT_INIT": "serve()"}, timeout="1 s")

        with pytest.raises(FunctionFailed, match=r"Task timed out after 1\.00 seconds"):
            world.invoke("f", "time.sleep(600)")

        assert world.invoke("f", "1 + 1") == 2
    world.trace.close()


def test_nobody_answers_where_nobody_listens(cached: SyncSimulation) -> None:
    """A handler is told as on any machine."""

    def ask(_event: Any, _context: Any) -> str:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", 9)
        connection.request("GET", "/")
        try:
            connection.getresponse()
        except ConnectionRefusedError as error:
            return type(error).__name__
        return ""

    cached.add_function("g", handler=ask, layers=list(map(str, cached.functions["f"].versions["$LATEST"].layers)))

    assert cached.invoke("g") == "ConnectionRefusedError"


IN_PROGRAM = """
with open(os.environ["TMPDIR"] + "/port") as file:
    connection = http.client.HTTPConnection("127.0.0.1", int(file.read()))
connection.request("POST", "/", {do!r})
result = json.loads(connection.getresponse().read())
"""


@pytest.mark.parametrize(
    ("do", "answer", "at_s"), [("aws('ListQueues')", QUEUES, 0.101), (WAITS, {}, 5.101)], ids=["at once", "later"]
)
def test_a_program_asks_an_extension_that_asks_aws(
    world: SyncSimulation,
    extension: Callable[..., str],
    program: Callable[..., Path],
    do: str,
    answer: Any,
    at_s: float,
) -> None:
    """A program that waits for an extension is silent, so the run looks at that."""
    world.add_source("queues", "jobs")
    settings: Any = {"layers": [extension("cache")], "environment": {"AT_START": "serve()"}, "timeout": "10 s"}
    world.add_function("f", code=str(program()), runtime="provided.al2023", **settings)

    assert world.invoke("f", {"do": IN_PROGRAM.format(do=do)}) == answer
    assert world.now_s == at_s
