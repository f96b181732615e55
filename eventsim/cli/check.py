"""`eventsim check SCENARIO`: find everything that is wrong without running it.

Besides the file itself, every function's module is imported as a cold start would: in an environment of its own, with
its environment variables, in virtual time, and without any network.
"""

import argparse
from collections import Counter
from pathlib import Path

from eventsim.cli import deployment
from eventsim.cli.exit_code import ExitCode
from eventsim.cli.handler_mistakes import failed_inits, functions_of, told
from eventsim.cli.one_run import world_of
from eventsim.cli.output import complain, say
from eventsim.errors import ConfigurationError
from eventsim.report.cost import price_list
from eventsim.report.wording import counted, printable
from eventsim.scenario.build import Plan, build
from eventsim.scenario.load import Scenario, load
from eventsim.simulation import SyncSimulation


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
            _import_handlers(simulation)
            failures = failed_inits(simulation.trace)
            plan.check()
    except ConfigurationError as error:
        raise scenario.located(error) from error
    finally:
        simulation.trace.close()
    if failures:
        complain(told(scenario, plan.deployed, failures, functions_of(simulation)))
        return ExitCode.WRONG_INPUT
    say(_praise(scenario, plan))
    pointer = deployment.pointer(plan.deployed, str(chosen.scenario))
    if pointer:
        say(pointer)
    return ExitCode.FINE


def _import_handlers(simulation: SyncSimulation) -> None:
    """Have every version of every function begin an environment; the trace tells what came of it."""
    for world in simulation.parts().values():
        for function in world.functions:
            for version in function.versions.values():
                world.host.open(version).prepare(_ignore)
    simulation.advance(INIT_S_MAX)


INIT_S_MAX = 11
"""A little longer than an init phase may take."""


def _ignore(_: bool) -> None:
    """The trace tells of it."""


def _praise(scenario: Scenario, plan: Plan) -> str:
    everywhere = (scenario, *scenario.elsewhere)
    specs = [each.spec for each in everywhere]
    sources: Counter[str] = Counter()
    for each in everywhere:
        sources.update({section: len(of_section) for section, of_section in each.sources.items()})
    parts = [
        counted(sum(len(spec.functions) for spec in specs), "function"),
        *(_counted(section, count) for section, count in sources.items()),
        counted(sum(len(spec.mappings) for spec in specs), "mapping"),
        counted(sum(len(each.resources) for each in plan.deployed), "resource of a template", "resources of templates"),
        counted(sum(len(spec.workload) for spec in specs), "feed"),
        counted(sum(len(spec.expect) for spec in specs), "expectation"),
    ]
    return f"{printable(scenario.name)} is fine: {', '.join(part for part in parts if not part.startswith('0 '))}"


def _counted(section: str, count: int) -> str:
    """Return `1 bus`, `2 state machines`."""
    plural = section.replace("_", " ")
    singular = plural.removesuffix("es") if plural.endswith("ses") else plural.removesuffix("s")
    return counted(count, singular, plural)
