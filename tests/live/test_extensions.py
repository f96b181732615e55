"""Do extensions run beside functions in real time as they do in virtual time?"""

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

APP = "def handler(event, context):\n    print('handles')\n    return 'done'\n"


class Place(Workplace):
    """A world whose function `f` runs in a worker, with an extension beside it."""

    def __init__(self, folder: Path, layer: str) -> None:
        (folder / "app.py").write_text(APP)
        self._folder = folder
        self._layer = layer
        super().__init__(endpoint_url=ENDPOINT)

    def add(self, **variables: str) -> None:
        """Add the function."""
        settings: Any = {"handler": "app.handler", "timeout": "5 s", "environment": variables}
        self.world.add_function("f", code=str(self._folder), layers=[self._layer], **settings)

    def invoke(self) -> tuple[Any, str]:
        """Invoke it; return the payload and the log."""
        result = self.ask()
        return json.loads(result["Payload"]), base64.b64decode(result["LogResult"]).decode()

    def wait_for(self, kind: str, text: str = "") -> str:
        """Wait for an entry of the trace, and return what it says."""

        def found() -> list[str]:
            texts = [str((entry.detail or {}).get("text", "")) for entry in self.world.trace.entries([kind])]
            return [each for each in texts if text in each]

        async def wait() -> None:
            async with asyncio.timeout(20):
                while not found():  # noqa: ASYNC110 - the trace calls nobody
                    await asyncio.sleep(0.01)

        self.loop.run_until_complete(wait())
        return found()[0].strip()


@pytest.fixture
def place(tmp_path: Path, extension: Callable[..., str]) -> Iterator[Place]:
    """A world with an extension."""
    place = Place(tmp_path, extension("one"))
    yield place
    place.close()


def test_the_caller_does_not_wait_for_an_extension_in_real_time(place: Place, tmp_path: Path) -> None:
    """The report comes when it is done."""
    go = tmp_path / "go"
    place.add(ON_INVOKE=f"while not os.path.exists({str(go)!r}): time.sleep(0.01)")

    payload, log = place.invoke()
    reports = place.world.trace.count("reported")
    go.touch()
    place.wait_for("reported")

    assert (payload, reports) == ("done", 0)
    assert log.splitlines()[1:] == ["handles"]


def test_an_extension_has_the_servers_address(place: Place) -> None:
    """It calls AWS in the account's name, as the function does."""
    place.add(ON_INVOKE="say(os.environ['AWS_ENDPOINT_URL'], os.environ['AWS_ACCESS_KEY_ID'])")

    place.invoke()

    assert place.wait_for("logged", "one ") == f"one {ENDPOINT} 000000000000"


def test_an_extension_is_frozen_between_events(place: Place) -> None:
    """And killed at the end, if it does not go by itself."""
    place.add(AT_INIT="say(os.getpid())", ON_SHUTDOWN="time.sleep(100)")
    place.invoke()
    place.wait_for("reported")
    process_id = int(place.wait_for("logged", "one ").split()[1])

    stopped = os.waitid(os.P_PID, process_id, os.WSTOPPED | os.WNOWAIT)
    place.loop.run_until_complete(place.world.close_sources())

    assert stopped is not None
    assert stopped.si_status == signal.SIGSTOP
    until(lambda: not Path(f"/proc/{process_id}").exists())


def test_telemetry_comes_in_real_time(place: Place) -> None:
    """As soon as its buffer is due."""
    waits = "wait_for('platform.runtimeDone'); seen.clear(); say('has seen', event['requestId'])"
    place.add(AT_INIT="listen(buffering={'timeoutMs': 25})", ON_INVOKE=waits)

    for _ in range(2):
        place.invoke()
        entry = list(place.world.trace.entries(["started"]))[-1]
        assert place.wait_for("logged", f"has seen {entry.detail['request_id']}")
