"""Is a run the same again? Two processes with different hash seeds, and the first line in which their traces differ."""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from eventsim.cli.exit_code import ExitCode
from eventsim.cli.output import complain, say
from eventsim.report.wording import printable, shortened

HASH_SEEDS = ("1", "2")
LINE_CHARACTERS_MAX = 1_000


def run_twice(chosen: argparse.Namespace) -> int:
    """Run a scenario in two processes at once and compare their traces.

    The exit code is that of the runs; if they differ, it is that of a failed expectation.
    """
    with tempfile.TemporaryDirectory(prefix="eventsim-twice-") as folder:
        traces = [Path(folder, f"{hash_seed}.jsonl") for hash_seed in HASH_SEEDS]
        runs = [_start(chosen, hash_seed, trace) for hash_seed, trace in zip(HASH_SEEDS, traces, strict=True)]
        try:
            outputs = [run.communicate() for run in runs]
        except BaseException:
            for run in runs:
                run.kill()
                run.wait()
            raise
        codes = [run.returncode for run in runs]
        if any(code not in (ExitCode.FINE, ExitCode.EXPECTATION_FAILED, ExitCode.STALLED) for code in codes):
            worst = codes.index(max(codes))
            sys.stderr.write(outputs[worst][1])
            return codes[worst]
        difference = _first_difference(*traces)
        summary = msgspec.json.decode(outputs[0][0])
        if chosen.trace is not None:
            _keep(traces[0], chosen.trace)
        if chosen.report is not None:
            _draw(traces[0], chosen.report)
    if difference:
        complain(f"two runs of {chosen.scenario} differ. {difference}")
        return ExitCode.EXPECTATION_FAILED
    if chosen.json:
        say(outputs[0][0])
    else:
        name, entries = printable(summary["scenario"]), f"{summary['entries']:,} entries"
        say(f"{name}: twice the same, {entries}\ndigest {summary['digest']}")
    sys.stderr.write(outputs[0][1])
    return codes[0]


def _start(chosen: argparse.Namespace, hash_seed: str, trace: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "eventsim", "run", str(chosen.scenario), "--json", "--trace", str(trace)]
    if chosen.seed is not None:
        command += ["--seed", str(chosen.seed)]
    if chosen.until is not None:
        command += ["--until", chosen.until]
    if chosen.db is not None and hash_seed == HASH_SEEDS[0]:
        command += ["--db", str(chosen.db)]
    if chosen.prices is not None:
        command += ["--prices", str(chosen.prices)]
    if chosen.permissions is not None:
        command += ["--permissions", chosen.permissions]
    if chosen.policies is not None and hash_seed == HASH_SEEDS[0]:
        command += ["--policies", str(chosen.policies)]
    for key, value in chosen.set:
        command += ["--set", f"{key}={value}"]
    for name, value in chosen.parameter:
        command += ["--parameter", f"{name}={value}"]
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
    )


def _first_difference(first: Path, second: Path) -> str:
    """Return the first pair of trace lines that differ, "" if there is none; the headings' digests come last."""
    with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        headings = (one.readline(), other.readline())
        for number, pair in enumerate(itertools.zip_longest(one, other, fillvalue="(nothing more)"), 2):
            if pair[0] != pair[1]:
                return _shown(number, *pair)
    return "" if headings[0] == headings[1] else _shown(1, *headings)


def _shown(number: int, one: str, other: str) -> str:
    lines = [shortened(printable(line.rstrip("\n")), LINE_CHARACTERS_MAX) for line in (one, other)]
    return f"The first difference is in line {number} of their traces:\n  {lines[0]}\n  {lines[1]}"


def _keep(written: Path, wanted: Path) -> None:
    from eventsim.report.saved import SavedTrace, TraceFile

    saved = SavedTrace(written)
    with TraceFile(wanted) as file:
        file.write(saved.heading, saved.entries())


def _draw(written: Path, wanted: Path) -> None:
    from eventsim.cli.report import draw
    from eventsim.report.saved import SavedTrace

    draw(SavedTrace(written), wanted)
