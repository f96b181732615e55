"""`eventsim run SCENARIO`: run a scenario in virtual time and show what came of it."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from eventsim.cli import deployment
from eventsim.cli.database import check_database
from eventsim.cli.exit_code import ExitCode, exit_code_of
from eventsim.cli.handler_mistakes import functions_of, told, without_handlers
from eventsim.cli.interrupt import Interrupted, interruptible
from eventsim.cli.one_run import perform, world_of
from eventsim.cli.options import add_arguments, overrides, permissions_for
from eventsim.cli.output import complain, say, width
from eventsim.cli.progress import Progress
from eventsim.cli.run_files import RunFiles
from eventsim.errors import ConfigurationError
from eventsim.permissions.role import Permissions
from eventsim.report.cost import PriceList, price_list
from eventsim.report.function_log import LINES_SHOWN_MAX, function_logs, log_line_count
from eventsim.report.page import summary_page
from eventsim.report.summary import Summary, summarise
from eventsim.report.wording import counted, instant
from eventsim.scenario.load import Scenario, load
from eventsim.simulation import SyncSimulation

__all__ = ["add_arguments", "carry_out"]


def carry_out(chosen: argparse.Namespace) -> int:
    """Run the scenario once, or twice in processes of their own."""
    if chosen.twice:
        from eventsim.cli import twice

        return twice.run_twice(chosen)
    scenario = load(chosen.scenario, overrides=overrides(chosen))
    prices = _prices(scenario, chosen.prices)
    with RunFiles(chosen) as files:
        simulation = _world(scenario, chosen.db, permissions_for(chosen, scenario.spec.permissions))
        try:
            return _run(scenario, simulation, files, prices, chosen)
        finally:
            simulation.trace.close()


def _run(
    scenario: Scenario,
    simulation: SyncSimulation,
    files: RunFiles,
    prices: PriceList,
    chosen: argparse.Namespace,
) -> int:
    began_s = time.perf_counter()
    try:
        ending = perform(scenario, simulation, _watched(simulation))
    except Interrupted:
        far = (
            f"{instant(simulation.clock.now_us)} of virtual time, {counted(len(simulation.trace), 'entry', 'entries')}"
        )
        complain(f"interrupted after {far}; nothing was written")
        return ExitCode.INTERRUPTED
    if deployment.is_bare(scenario):
        say(deployment.page(scenario, ending.deployed, width=width(), is_json=chosen.json))
        return ExitCode.FINE
    summary = summarise(
        simulation,
        scenario=scenario.name,
        wall_s=time.perf_counter() - began_s,
        findings=ending.findings,
        prices=prices,
    )
    _show(summary, simulation, deployment.pointer(ending.deployed, str(chosen.scenario)), chosen)
    files.write(simulation, summary.scenario)
    functions = functions_of(simulation)
    absent = without_handlers(simulation.trace, functions)
    if absent:
        complain(told(scenario, ending.deployed, absent, functions))
    if ending.failure is not None:
        complain(str(ending.failure))
        return exit_code_of(ending.failure)
    return ExitCode.FINE if summary.has_passed else ExitCode.EXPECTATION_FAILED


@contextmanager
def _watched(simulation: SyncSimulation) -> Iterator[None]:
    """Show how far a run is, and let Ctrl-C end it."""
    with Progress(simulation), interruptible(simulation):
        yield


def _world(scenario: Scenario, database: Path | None, permissions: Permissions) -> SyncSimulation:
    if database is not None:
        check_database(database)
    return world_of(scenario, database, permissions)


def _prices(scenario: Scenario, file: Path | None) -> PriceList:
    try:
        return price_list(scenario.spec.prices, file=file)
    except ConfigurationError as error:
        if not error.key:  # the file of prices is at fault
            raise
        raise scenario.located(error) from error


def _show(summary: Summary, simulation: SyncSimulation, pointer: str, chosen: argparse.Namespace) -> None:
    if chosen.json:
        say(msgspec.json.encode(summary.as_json()).decode())
        return
    page = summary_page(summary, width=width(), is_timed=sys.stdout.isatty())
    if pointer:
        page += f"{pointer}\n"
    line_count = log_line_count(simulation.trace)
    if line_count and (chosen.logs or line_count <= LINES_SHOWN_MAX):
        logs = "\n".join(function_logs(simulation.trace, simulation.clock, is_whole=chosen.logs))
        page = f"{logs}\n\n{page}"
    elif line_count:
        page += f"{line_count:,} log lines: --logs shows them\n"
    say(page)
