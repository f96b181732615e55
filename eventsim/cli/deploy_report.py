"""`eventsim deploy-report TEMPLATE`: show what of a template would work, what is inert and what is missing.

The template is deployed into a world of its own, which is thrown away.
"""

import argparse
from pathlib import Path

from eventsim.cli import deployment
from eventsim.cli.exit_code import ExitCode
from eventsim.cli.options import add_parameter
from eventsim.cli.options import template_overrides as overrides
from eventsim.cli.output import say, width
from eventsim.scenario.build import deploy, start_of
from eventsim.scenario.load import load
from eventsim.simulation import SyncSimulation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "template", type=Path, metavar="TEMPLATE", help="a template, the folder `cdk.out`, or a scenario with one"
    )
    add_parameter(parser)
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def carry_out(chosen: argparse.Namespace) -> int:
    """Deploy a template and show what came of it."""
    scenario = load(chosen.template, overrides=overrides(chosen))
    spec = scenario.spec
    simulation = SyncSimulation(
        seed=spec.seed,
        start_at=start_of(scenario),
        region=spec.region,
        account_id=spec.account,
        folder=scenario.folder,
    )
    with simulation:
        deployed = simulation.deploy_now(deploy(scenario, simulation))
    simulation.trace.close()
    say(deployment.as_json(deployed) if chosen.json else deployment.report(deployed, width=width()))
    return ExitCode.FINE
