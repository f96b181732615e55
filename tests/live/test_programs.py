"""Do functions that are programs run in real time as they do in virtual time?"""

import asyncio
import base64
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.workplace import ENDPOINT, Workplace
from tests.patience import until


class Place(Workplace):
    """A world whose function `f` is a program."""

    def __init__(self, code: Path) -> None:
        super().__init__(endpoint_url=ENDPOINT)
        self.world.add_function("f", code=str(code), runtime="provided.al2023", timeout=1)

    def invoke(self, do: str) -> tuple[Any, str]:
        """Have it do something; return the payload and the log."""
        result = self.ask(Payload=json.dumps({"do": do}).encode())
        return json.loads(result["Payload"]), base64.b64decode(result["LogResult"]).decode()


@pytest.fixture
def place(program: Callable[..., Path]) -> Iterator[Place]:
    """A world with a program."""
    place = Place(program())
    yield place
    place.close()


def test_a_program_runs_in_real_time(place: Place) -> None:
    """Its calls go to the server, in the account's name; what it waits takes as long as it takes."""
    result, log = place.invoke(
        "import time; time.sleep(0.03); result = [os.environ[f'AWS_{n}'] for n in ('ENDPOINT_URL', 'ACCESS_KEY_ID')]"
    )

    took_ms = float(log.partition("\tDuration: ")[2].partition(" ms")[0])
    assert result == [ENDPOINT, "000000000000"]
    assert took_ms >= 30


STREAM = """
import time
def pieces():
    yield b"one"
    while not os.path.exists({go!r}):
        time.sleep(0.001)
    yield b"two"
headers = {{"Lambda-Runtime-Function-Response-Mode": "streaming"}}
path = f"/2018-06-01/runtime/invocation/{{request_id}}/response"
runtime.request("POST", path, pieces(), headers, encode_chunked=True)
runtime.getresponse().read()
"""


def test_a_piece_is_there_as_soon_as_it_is_written(place: Place, tmp_path: Path) -> None:
    """The program writes its second one when somebody has seen the first."""
    go = tmp_path / "go"
    payload = json.dumps({"do": STREAM.format(go=str(go))}).encode()

    async def run() -> list[Any]:
        async with asyncio.timeout(10):
            parameters = {"FunctionName": "f", "Payload": payload}
            answer: Any = await place.world.call("lambda", "InvokeWithResponseStream", parameters)  # type: ignore[misc]
            events = []
            async for event in answer["EventStream"]:
                events.append(event)
                go.touch()
            return events

    events = place.loop.run_until_complete(run())

    assert events == [
        {"PayloadChunk": {"Payload": b"one"}},
        {"PayloadChunk": {"Payload": b"two"}},
        {"InvokeComplete": {}},
    ]


def test_a_program_is_frozen_between_events(place: Place) -> None:
    """Nothing that it left behind runs while it has no event."""
    process_id, _ = place.invoke("result = os.getpid()")

    stopped = os.waitid(os.P_PID, process_id, os.WSTOPPED | os.WNOWAIT)
    assert stopped is not None
    assert stopped.si_status == signal.SIGSTOP
    assert place.invoke("result = os.getpid()")[0] == process_id


def has_ended(process_id: str) -> bool:
    """Tell whether a process is gone, or is only remembered until somebody asks how it ended."""
    try:
        return not Path(f"/proc/{process_id}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_was_printed_before_a_timeout_is_in_the_log(place: Place) -> None:
    """The program is gone by then, with all that it has started."""
    failed, log = place.invoke(
        "import subprocess; child = subprocess.Popen(['sleep', '100']);"
        "print('child', child.pid, flush=True); child.wait()"
    )

    child_id = log.partition("child ")[2].split()[0]
    assert failed["errorType"] == "Sandbox.Timedout"
    until(lambda: has_ended(child_id))
