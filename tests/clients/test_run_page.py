"""Does the page of a run answer who clicks on it? In a document object model, by its own script."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import PROGRAMS, tool

pytestmark = pytest.mark.clients

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "readings.yaml"


def test_a_page_tells_of_whatever_is_clicked_on(tmp_path: Path) -> None:
    """Names, words, tracks, and the clock: the message that cannot be read comes back twice, then is a dead letter."""
    for command in (["run", str(EXAMPLE), "--trace", "run.jsonl"], ["report", "run.jsonl"]):
        subprocess.run([sys.executable, "-m", "eventsim", *command], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "node_modules").symlink_to(tool("node/node_modules"))
    (tmp_path / "run_page.mjs").write_text((PROGRAMS / "run_page.mjs").read_text())

    done = subprocess.run(
        ["node", "run_page.mjs", "run.html"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    )

    told = {step: value for line in done.stdout.splitlines() for step, value in json.loads(line).items()}
    whose, entries = told.pop("opened with m2")
    assert whose == "message m2"
    assert entries[0] == "message m2 was sent to queue readings (size 7 bytes)"
    assert entries[-1] == "message m2 arrived in queue readings-dlq as a dead letter"
    assert (
        told
        == {
            "lit up": 12,  # m2 waits five times and is in flight three times; i2 starts and runs, i3 and i4 run
            "clicked on i2": "invocation i2",
            "its address": "#invocation%20i2",
            "clicked on a track": ["queue readings-dlq", entries[-1:]],
            "found in words": 3,
            "found nothing": ["No entry says so.", False],
            "at the end": ["00:03:00.000", ["", "", "", "1 waiting"]],
            "at the beginning": ["00:00:00.000", ["2 in flight", "", "2 starting", ""]],
            "errors": [],
        }
    )
