"""Is the least policy that a run tells of enough for the same run? A function is given that, and no other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.templates.conftest import APPLICATIONS
from tests.templates.test_permissions import WORKING, Story, world_with

LOGGING = "AWSLambdaBasicExecutionRole"


class Narrowed(SyncSimulation):
    """A world in which functions of stacks may do nothing but what their policies here let them.

    Args:
        policies: function → policies.
    """

    def __init__(self, policies: Mapping[str, Sequence[object]]) -> None:
        super().__init__(folder=APPLICATIONS, permissions="enforced")
        self.narrowed = {name: {"policies": list(each)} for name, each in policies.items()}

    def deploy(self, template: Path | str, **settings: Any) -> Any:
        """Deploy a template, whose functions have the policies of here in place of their roles'."""
        functions = self.narrowed | dict(settings.pop("functions", {}))
        return super().deploy(template, **settings, functions=functions)


def policies_needed(story: Story) -> dict[str, list[object]]:
    """Return what the functions of a story must be allowed, and to write logs, by name."""
    with world_with("noted") as world:
        story(world)
        documents = world.permissions_needed()
        names = [function.name for function in world.functions]
        return {name: [*filter(None, [documents.get(name)]), LOGGING] for name in names}


@pytest.mark.parametrize("story", WORKING, ids=lambda story: story.__name__.removeprefix("test_"))
def test_what_a_run_has_needed_is_enough_for_it(story: Story) -> None:
    """Nobody is refused who may do what `--policies` tells of."""
    with Narrowed(policies_needed(story)) as world:
        story(world)

        assert [entry.detail for entry in world.trace.entries(("permission missing",))] == []
    world.trace.close()
