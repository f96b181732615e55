"""Does aiobotocore work as it is, with many requests at once?"""

import json
import os
import site
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import HANDLER, PROGRAMS, Account, packed, tool
from tests.live.conftest import Served

pytestmark = pytest.mark.clients


def test_aiobotocore_works_as_it_is(server: Served, tmp_path: Path) -> None:
    """Fifty sends at once, a long poll that is answered late, streamed objects, pages, and functions side by side."""
    code = tmp_path / "function.zip"
    code.write_bytes(packed(app=HANDLER))

    told = Account(server.url, "222222222222").run(tool("venv/bin/python"), str(PROGRAMS / "aio.py"), str(code))

    assert [json.loads(line) for line in told.splitlines()] == [
        {"received": 50},
        {"polled": ["late"]},
        {"read": 100_000},
        {"objects": ["0", "1", "2", "3", "4"]},
        {"returned": ["222222222222", "222222222222"]},
    ]


def test_functions_use_aiobotocore_in_virtual_time() -> None:
    """Calls of one loop are under way side by side, bodies are streams, retries take virtual time; always the same."""
    root = Path(__file__).parents[2]
    command = (tool("venv/bin/python"), str(PROGRAMS / "aio_handlers.py"))
    packages = (str(root), str(root / "sources"), *site.getsitepackages())
    keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}

    done = subprocess.run((*command, *packages), check=True, capture_output=True, text=True, env={**os.environ, **keys})

    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"poll_beside_others": [["late"], "10", 5.1]},
        {"objects": ["one\ntwo\n", ["one", "two"], [1]]},
        {"refused": ["ValidationException", 2, {"calls": 3}]},
        {"too_long": "Task timed out after 5.00 seconds"},
        {"outside": ["one\ntwo\n", ["one", "two"], [1]]},
        {"same": True},
        {"in_a_test": ["late", 4.0]},
    ]
