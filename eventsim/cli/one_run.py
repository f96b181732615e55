"""How is a scenario carried out, from its world's beginning to its last expectation?"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from eventsim.cli.deployment import is_bare
from eventsim.errors import ConfigurationError, Livelock, Stalled
from eventsim.expectation.expectations import Finding
from eventsim.permissions.role import Permissions
from eventsim.scenario.build import Plan, build, start_of
from eventsim.scenario.load import Scenario
from eventsim.simulation import SyncSimulation

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed


class Ending(Struct, frozen=True, kw_only=True):
    """How a run ended.

    Attributes:
        findings: what came of the expectations; none are judged after a failure.
        failure: why it could not go on.
        deployed: what came of the scenario's templates.
    """

    findings: list[Finding]
    failure: Stalled | Livelock | None
    deployed: "tuple[Deployed, ...]"


def world_of(
    scenario: Scenario, database: Path | None = None, permissions: Permissions | None = None
) -> SyncSimulation:
    """Return the empty world of a scenario.

    Args:
        permissions: what is to become of them, None for what the scenario says.
    """
    spec = scenario.spec
    return SyncSimulation(
        seed=spec.seed,
        start_at=start_of(scenario),
        region=spec.region,
        account_id=spec.account,
        throttles=spec.throttles,
        permissions=permissions or spec.permissions,
        folder=scenario.folder,
        database=database,
    )


def perform(scenario: Scenario, simulation: SyncSimulation, meanwhile: AbstractContextManager[object]) -> Ending:
    """Build a scenario's world and run it to its end; a template by itself is only deployed.

    Args:
        meanwhile: is entered for as long as time passes.

    Raises:
        ScenarioError: the world cannot be built so.
    """
    findings: list[Finding] = []
    failure: Stalled | Livelock | None = None
    try:
        with simulation:
            plan = build(scenario, simulation)
            try:
                if not is_bare(scenario):
                    plan.begin()
                    with meanwhile:
                        _run_to_end(simulation, plan)
            except (Stalled, Livelock) as error:
                failure = error  # what led to it is worth showing
            else:
                findings = plan.expectations.finish()
    except ConfigurationError as error:
        raise scenario.located(error) from error
    return Ending(findings=findings, failure=failure, deployed=plan.deployed)


def check_world(scenario: Scenario) -> None:
    """Build a scenario's world, and have nothing happen in it.

    Raises:
        ScenarioError: the world cannot be built so.
    """
    simulation = world_of(scenario)
    try:
        with simulation:
            build(scenario, simulation).check()
    except ConfigurationError as error:
        raise scenario.located(error) from error
    finally:
        simulation.trace.close()


def _run_to_end(simulation: SyncSimulation, plan: Plan) -> None:
    if plan.until_us is None:
        simulation.until_idle()
    else:
        simulation.advance(plan.until_us / 1e6)
