"""Does aiobotocore work as it is, with many requests at once?"""

import json
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
