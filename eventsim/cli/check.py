"""`eventsim check SCENARIO`: find everything that is wrong without running it.

Besides the file itself, every function's module is imported as a cold start would: in an environment of its own, with
its environment variables, in virtual time, and without any network.
"""

import argparse
import re
from pathlib import Path

from eventsim.cli import deployment
from eventsim.cli.exit_code import ExitCode
from eventsim.cli.one_run import world_of
from eventsim.cli.output import complain, say
from eventsim.errors import ConfigurationError
from eventsim.function.function import LATEST, Functions, FunctionVersion
from eventsim.function.runtime import unbuilt
from eventsim.report.cost import price_list
from eventsim.report.wording import counted, printable, shortened
from eventsim.runtime_api.launch import locked_program
from eventsim.scenario.build import Plan, build
from eventsim.scenario.load import Scenario, load
from eventsim.simulation import SyncSimulation
from eventsim.trace import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="the scenario, a YAML file; or a template")


def carry_out(chosen: argparse.Namespace) -> int:
    """Check a scenario; all mistakes are told at once."""
    scenario = load(chosen.scenario)
    simulation = world_of(scenario)
    try:
        with simulation:
            plan = build(scenario, simulation)
            price_list(scenario.spec.prices)
            failures = _failed_imports(simulation)
            plan.check()
    except ConfigurationError as error:
        raise scenario.located(error) from error
    finally:
        simulation.trace.close()
    if failures:
        complain(_told(scenario, failures, simulation.functions))
        return ExitCode.WRONG_INPUT
    say(_praise(scenario, plan))
    pointer = deployment.pointer(plan.deployed, str(chosen.scenario))
    if pointer:
        say(pointer)
    return ExitCode.FINE


def _failed_imports(simulation: SyncSimulation) -> dict[str, Entry]:
    """Return the failed init of each function whose module cannot be imported."""
    for function in simulation.functions:
        for version in function.versions.values():
            simulation.host.open(version).prepare(_ignore)
    simulation.advance(INIT_S_MAX)
    return {entry.place.partition(" ")[2]: entry for entry in simulation.trace.entries(("init failed",))}


INIT_S_MAX = 11
"""A little longer than an init phase may take."""


def _ignore(_: bool) -> None:
    """The trace tells of it."""


_OF_NO_REQUEST = "RequestId:  Error: "
"""What Lambda puts before its own words when nobody has asked for anything yet."""


def _told(scenario: Scenario, failures: dict[str, Entry], functions: Functions) -> str:
    mistakes = scenario.mistakes()
    for name, entry in failures.items():
        version = functions[name].versions[LATEST]
        words = str(entry.detail["message"]).removeprefix(_OF_NO_REQUEST)
        message = f"{entry.detail['error_type']}: {words}"
        told = shortened(printable(message)) + (_remedy(message, version.code) or _remedy_of_program(version))
        scenario.note(mistakes, ConfigurationError(told, key=f"functions.{name}.handler"))
    return str(mistakes.error())


def _remedy(message: str, code: Path | None) -> str:
    """Return what to do about a module of Node.js that is missing here, "" if that is for its author to know."""
    found = re.search(r"Cannot find (?:module|package) '([^']+)", message)
    missing = "" if found is None else found[1]
    of_sdk = re.match(r"@(?:aws-sdk|smithy)/[\w-]+", missing)
    if of_sdk is not None:
        return f"; on Lambda it is there, here it must be installed: npm install --save-dev {of_sdk[0]}"
    source = unbuilt(code, missing) if code is not None and missing else ""
    return f"; {source} must be built first, as for Lambda (esbuild, tsc, `sam build`)" if source else ""


def _remedy_of_program(version: FunctionVersion) -> str:
    """Return what to do about a program that nobody may execute, "" if that is not the trouble."""
    program = locked_program(version)
    return "" if program is None else f"; {program} is not executable: chmod +x {program}"


def _praise(scenario: Scenario, plan: Plan) -> str:
    spec = scenario.spec
    resources = sum(len(each.resources) for each in plan.deployed)
    parts = [
        counted(len(spec.functions), "function"),
        *(_counted(section, len(sources)) for section, sources in scenario.sources.items()),
        counted(len(spec.mappings), "mapping"),
        counted(resources, "resource of a template", "resources of templates"),
        counted(len(spec.workload), "feed"),
        counted(len(spec.expect), "expectation"),
    ]
    return f"{printable(scenario.name)} is fine: {', '.join(part for part in parts if not part.startswith('0 '))}"


def _counted(section: str, count: int) -> str:
    """Return `1 bus`, `2 state machines`."""
    plural = section.replace("_", " ")
    singular = plural.removesuffix("es") if plural.endswith("ses") else plural.removesuffix("s")
    return counted(count, singular, plural)
