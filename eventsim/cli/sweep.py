"""`eventsim sweep SCENARIO`: run a scenario under many seeds and tell which of them fail.

What goes wrong once in a thousand runs has a seed with which it goes wrong every time. Runs are shared out among
processes; each is the very run that `eventsim run --seed N` shows.
"""

import argparse
import contextlib
import hashlib
import multiprocessing
import os
import shlex
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from eventsim.cli.deployment import is_bare
from eventsim.cli.exit_code import ExitCode
from eventsim.cli.one_run import check_world, perform, world_of
from eventsim.cli.options import add_settings, add_until, overrides
from eventsim.cli.output import complain, say, width
from eventsim.errors import ConfigurationError, RunError
from eventsim.report.text import section, wrapped
from eventsim.report.wording import counted, printable
from eventsim.scenario.load import Scenario, load

SEEDS_DEFAULT, SEEDS_MAX = 100, 1_000_000
JOBS_MAX = 256
SEEDS_SHOWN_MAX = 8
CHUNK_MAX = 16
"""Seeds that a process takes at once: to hand one over costs as much as a short run."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one seed.

    Attributes:
        failures: what was not as it should be → what was there instead; nothing for a run that is fine.
    """

    seed: int
    digest: str
    failures: Mapping[str, str]


class Failing(Struct, kw_only=True):
    """One thing that was not as it should be, and with which seeds.

    Attributes:
        reason: what was there instead, with the first of them.
    """

    what: str
    reason: str
    seeds: list[int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="the scenario, a YAML file")
    parser.add_argument(
        "--seeds",
        type=partial(_number, most=SEEDS_MAX),
        default=SEEDS_DEFAULT,
        metavar="N",
        help=f"how many, {SEEDS_DEFAULT} if not given",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="the first of them, that of the scenario if not given")
    parser.add_argument(
        "--jobs",
        type=partial(_number, most=JOBS_MAX),
        metavar="N",
        help="processes, if not one a processor",
    )
    parser.add_argument("--json", action="store_true", help="print what came of it as one JSON object")
    add_until(parser)
    add_settings(parser)


def _number(text: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {most:,}")
    return int(text)


def carry_out(chosen: argparse.Namespace) -> int:
    """Run the scenario under every seed."""
    given = overrides(chosen)
    scenario = load(chosen.scenario, overrides=given)
    if is_bare(scenario):
        raise ConfigurationError(
            f"{chosen.scenario} is a template by itself: nothing happens in it, whatever the seed; "
            "write a scenario with `template:`, a workload and what you expect"
        )
    check_world(scenario)
    seeds = range(scenario.spec.seed, scenario.spec.seed + chosen.seeds)
    tally = _Tally()
    try:
        with contextlib.closing(_outcomes(chosen.scenario, given, seeds, chosen.jobs)) as outcomes:
            for outcome in outcomes:
                tally.count(outcome)
    except KeyboardInterrupt:
        complain(f"interrupted after {tally.outcomes:,} of {counted(len(seeds), 'seed')}")
        return ExitCode.INTERRUPTED
    unlucky, found, digest = tally.unlucky, tally.found(), tally.digest.hexdigest()
    if chosen.json:
        told = {
            "scenario": scenario.name,
            "first_seed": seeds[0],
            "seeds": len(seeds),
            "failed_seeds": unlucky,
            "failures": found,
            "digest": digest,
        }
        say(msgspec.json.encode(told).decode())
    else:
        say(_page(scenario.name, seeds, unlucky, found, digest, _command(chosen, given)))
    return ExitCode.EXPECTATION_FAILED if unlucky else ExitCode.FINE


class _Tally:
    """What the outcomes of many seeds come to.

    Attributes:
        outcomes: how many there are.
        unlucky: the seeds under which something failed, in order.
        digest: of the digests of all runs.
    """

    def __init__(self) -> None:
        self.outcomes = 0
        self.unlucky: list[int] = []
        self.digest = hashlib.sha256()
        self._failing: dict[str, Failing] = {}

    def count(self, outcome: Outcome) -> None:
        """Take one in; they come in the order of the seeds."""
        self.outcomes += 1
        self.digest.update(outcome.digest.encode())
        if outcome.failures:
            self.unlucky.append(outcome.seed)
        for what, reason in outcome.failures.items():
            self._failing.setdefault(what, Failing(what=what, reason=reason, seeds=[])).seeds.append(outcome.seed)

    def found(self) -> list[Failing]:
        """Return what failed, what failed most often first."""
        return sorted(self._failing.values(), key=lambda each: -len(each.seeds))


# --- running -----------------------------------------------------------------------------------------------


def _outcomes(
    path: Path, given: Mapping[str, str], seeds: Sequence[int], jobs: int | None
) -> Generator[Outcome, None, None]:
    """Yield what came of each seed, in their order, however the processes get on.

    When there is no need of more, the processes are ended, and the pool finds that out; futures are not cancelled, as
    `map` would do, for a pool that breaks stumbles over those (Python 3.11).
    """
    jobs = min(jobs or os.cpu_count() or 1, len(seeds))
    size = max(1, min(CHUNK_MAX, len(seeds) // (jobs * 4)))
    chunks = [seeds[at : at + size] for at in range(0, len(seeds), size)]
    count = 0
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))
    try:
        with _interrupts_held_back():
            futures = deque(pool.submit(run_seeds, path, given, chunk) for chunk in chunks)
        while futures:
            outcomes = futures.popleft().result()
            yield from outcomes
            count += len(outcomes)
            _show_progress(f"{count:,} of {counted(len(seeds), 'seed')}")
    except BrokenProcessPool:
        raise RunError(
            "a process ended in the middle of its runs: memory gave out, or native code of a handler crashed; "
            "`--jobs 1` and fewer `--seeds` find out where"
        ) from None
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown()
        _show_progress("")


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C count afterwards only; processes that begin meanwhile inherit that it does not count at all."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_seeds(path: Path, given: Mapping[str, str], seeds: Sequence[int]) -> list[Outcome]:
    """Run a scenario, which is read once, under some seeds."""
    scenario = load(path, overrides=given)
    return [_run(scenario.with_seed(seed)) for seed in seeds]


def _run(scenario: Scenario) -> Outcome:
    simulation = world_of(scenario)
    try:
        ending = perform(scenario, simulation, contextlib.nullcontext())
        failures = {finding.text: finding.reason for finding in ending.findings if not finding.passed}
        if ending.failure is not None:
            failures["the run comes to its end"] = str(ending.failure).partition("\n")[0]
        return Outcome(seed=scenario.spec.seed, digest=simulation.digest(), failures=failures)
    finally:
        simulation.trace.close()


def _show_progress(line: str) -> None:
    """Write a line over the one before, if somebody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


# --- what is shown -----------------------------------------------------------------------------------------


def _page(
    name: str, seeds: Sequence[int], unlucky: Sequence[int], found: Sequence[Failing], digest: str, command: str
) -> str:
    total = f"{printable(name)}: {counted(len(seeds), 'seed')} from {seeds[0]} to {seeds[-1]}"
    if not unlucky:
        return f"{total}, all of them fine\ndigest {digest}\n"
    lines = [
        wrapped(
            f"{each.what} – but {each.reason} (seed {each.seeds[0]}{_others(each.seeds[1:])})",
            width(),
            first=f"  {len(each.seeds):>5,} × ",
        )
        for each in found
    ]
    return "\n".join(
        (
            f"{total}: {len(seeds) - len(unlucky):,} fine, {len(unlucky):,} not\ndigest {digest}\n",
            section("what failed", lines),
            f"See one of them:\n  {command} --seed {unlucky[0]}\n",
        )
    )


def _others(seeds: Sequence[int]) -> str:
    if not seeds:
        return ""
    more = f" and {len(seeds) - SEEDS_SHOWN_MAX:,} more" if len(seeds) > SEEDS_SHOWN_MAX else ""
    return f"; also {', '.join(map(str, seeds[:SEEDS_SHOWN_MAX]))}{more}"


def _command(chosen: argparse.Namespace, given: Mapping[str, str]) -> str:
    """Return the command that runs one of the runs, but for its seed."""
    words = ["eventsim", "run", str(chosen.scenario)]
    for key, value in given.items():
        if key == "until":
            words += ["--until", value]
        elif key != "seed":
            words += ["--set", f"{key}={value}"]
    return shlex.join(words)
