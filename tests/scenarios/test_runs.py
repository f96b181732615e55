"""Is every scenario the same again? Equal traces whatever surrounds a run, equal to what is recorded."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.update.recorded import SCENARIOS, comparable
from eventsim.cli.main import main

FOLDER = SCENARIOS[0].parent
NAMES = [scenario.stem for scenario in SCENARIOS]


def _process(name: str, hash_seed: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "eventsim", "run", f"{name}.yaml"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
    )


def _summary(name: str, *arguments: str) -> dict[str, Any]:
    """Run a scenario in this process."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = main(["run", str(FOLDER / f"{name}.yaml"), "--json", *arguments])
    assert code == 0, printed.getvalue()
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


@pytest.fixture
def noisy_neighbours() -> Iterator[None]:
    """Keep every processor busy."""
    crowd = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    yield
    for neighbour in crowd:
        neighbour.kill()
        neighbour.wait()


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_print_the_same_and_what_is_recorded(name: str) -> None:
    """Under two hash seeds. `make docs` records anew; look at what it changed."""
    processes = [_process(name, "1"), _process(name, "2")]
    first, second = [process.communicate()[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert first == second
    assert comparable(first) == (FOLDER / f"{name}.out").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["fifo_accounts", "poison_message"])
def test_twenty_runs_are_one_run(name: str) -> None:
    """In one process, one after another: nothing of a run is left to the next."""
    assert len({_summary(name)["digest"] for _ in range(20)}) == 1


@pytest.mark.parametrize("name", ["thumbnails_fixed", "offers_side_by_side"])
def test_noise_changes_nothing(name: str, noisy_neighbours: None) -> None:
    """A slow machine makes a run slower, never different."""
    noisy = _summary(name)["digest"]

    assert noisy == _summary(name)["digest"]


@pytest.mark.parametrize("name", ["fifo_accounts", "poison_message"])
def test_a_database_changes_nothing(name: str, tmp_path: Path) -> None:
    """It mirrors the queues and has no say."""
    path = tmp_path / "queues.db"

    assert _summary(name, "--db", str(path))["digest"] == _summary(name)["digest"]
    assert path.stat().st_size > 0


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_keeps_every_expectation(name: str) -> None:
    """What a scenario expects hangs on no particular luck."""
    findings = _summary(name, "--seed", "1")["expectations"]

    assert [finding["text"] for finding in findings if not finding["passed"]] == []


def test_another_seed_is_another_run() -> None:
    """Other ids, and with them another trace."""
    digests = {_summary("fifo_accounts", "--seed", seed)["digest"] for seed in "012"}

    assert len(digests) == 3
