"""The pytest plugin deploys a template that a marker names, for plain tests and for coroutines."""

import pytest

from eventsim import Simulation, SyncSimulation
from eventsim.template.deployed import Deployed


@pytest.mark.eventsim(scenario="applications/api_queue_service/template.yaml", parameters={"WithResults": "false"})
def test_a_plain_test_finds_the_stack(simulation: SyncSimulation, eventsim_stack: Deployed) -> None:
    """Parameters of the marker are those of the template; sources go by their logical ids."""
    assert "Results" not in eventsim_stack.resources
    assert simulation.numbers("queues", "Inbox") is not None


@pytest.mark.asyncio
@pytest.mark.eventsim(scenario="applications/custom_resource/template.yaml")
async def test_a_coroutine_finds_it_deployed_to_the_end(simulation: Simulation, eventsim_stack: Deployed) -> None:
    """Custom resources have answered before the test begins."""
    assert eventsim_stack.outputs["Count"] == "1"


@pytest.mark.asyncio
async def test_a_coroutine_deploys_by_itself(simulation: Simulation) -> None:
    """`deploy` is awaited, since functions may run meanwhile."""
    deployed = await simulation.deploy("applications/custom_resource/template.yaml")

    assert deployed.outputs["Seed"] == "seed"
