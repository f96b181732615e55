"""Does a client in another language work as it is? The JavaScript SDK, version 3."""

import json
from pathlib import Path

import pytest

from tests.clients.conftest import HANDLER, PROGRAMS, Account, packed, tool
from tests.live.conftest import Served

pytestmark = pytest.mark.clients


def test_the_javascript_sdk_works_as_it_is(server: Served, tmp_path: Path) -> None:
    """Queues in JSON, buckets in XML with trailing checksums and parts, functions with streamed answers, and errors."""
    (tmp_path / "sdk.mjs").write_text((PROGRAMS / "sdk.mjs").read_text())
    (tmp_path / "function.zip").write_bytes(packed(app=HANDLER))
    (tmp_path / "node_modules").symlink_to(tool("node/node_modules"))

    told = Account(server.url, "222222222222").run("node", "sdk.mjs", "function.zip", folder=tmp_path)

    assert [json.loads(line) for line in told.splitlines()] == [
        {"received": [["grüße ✓", "g", [0, 1, 255]], ["two", "h", []]]},
        {"left": {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}},
        {"queues": [f"{server.url}/222222222222/js.fifo"]},
        {"no queue": "QueueDoesNotExist"},
        {"stream": [100_000, {"by": "ada"}]},
        {"objects": [["ein Strom+ü", 100_000], ["parts", 10 << 20], ["sum/CRC32", 5], ["sum/CRC32C", 5]]},
        {"objects": [["sum/CRC64NVME", 5], ["sum/SHA1", 5], ["sum/SHA256", 5]]},
        {"deleted": 2},
        {"no object": "NoSuchKey"},
        {"returned": "222222222222"},
        {"logged": True},
        {"streamed": "222222222222"},
        {"no function": "ResourceNotFoundException"},
    ]
