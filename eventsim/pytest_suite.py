"""How does a suite run in a simulation that it knows nothing of? One that asks AWS for its stack, and sleeps.

    AWS_SAM_STACK_NAME=shop pytest --eventsim-scenario template.yaml

Every module of tests gets a world of its own, in which the template is deployed before the first of its tests. Tests
see virtual time: `time.sleep` lets it pass. What is asked before, while modules are imported, is the prelude's affair.
"""

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import EventsimError, ScenarioError

if TYPE_CHECKING:
    from eventsim.pytest_prelude import Prelude
    from eventsim.scenario.build import Plan
    from eventsim.simulation import SyncSimulation

_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "eventsim",
    "AWS_SECRET_ACCESS_KEY": "eventsim",
    "AWS_DEFAULT_REGION": "us-east-1",
}
"""What clients of AWS want to find, unless it is there already."""


class Suite:
    """The world around the tests that run now.

    Args:
        path: a scenario or a template.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.simulation: SyncSimulation | None = None
        self._prelude: Prelude | None = None
        self._at_end = contextlib.ExitStack()
        self._visit = contextlib.ExitStack()

    def open(self) -> None:
        """Be there for who asks while modules are imported.

        Raises:
            UsageError: the scenario cannot be read.
        """
        from eventsim.pytest_prelude import Prelude

        self._at_end.enter_context(_variables(_VARIABLES))
        try:
            world, build = self._at_end.enter_context(self._world())
        except EventsimError as error:
            raise pytest.UsageError(str(error)) from None
        self._prelude = Prelude(world, build)
        self._at_end.enter_context(self._prelude.answering())

    def close(self) -> None:
        """End."""
        self._at_end.close()

    @contextlib.contextmanager
    def around_module(self) -> Iterator[None]:
        """Have a world in which everything is deployed."""
        from eventsim.template.naming import STACK_NAME_VARIABLE

        with contextlib.ExitStack() as at_end:
            with mistakes_told():
                simulation, build = at_end.enter_context(self._world())
                plan = build()
            if plan.deployed:
                at_end.enter_context(_variables({STACK_NAME_VARIABLE: plan.deployed[0].name}))
            if self._prelude is not None:
                self._prelude.repeat(simulation)
            self.simulation = simulation
            try:
                yield
            finally:
                self._visit.close()  # fixtures of the session are still to be torn down, in real time
                self.simulation = None

    @contextlib.contextmanager
    def _world(self) -> "Iterator[tuple[SyncSimulation, Callable[[], Plan]]]":
        """Open a world, and tell how to build the scenario in it."""
        from eventsim.scenario.build import build
        from eventsim.simulation import SyncSimulation
        from eventsim.template.naming import STACK_NAME_VARIABLE

        scenario, settings = read_scenario(self.path, {}, stack=os.environ.get(STACK_NAME_VARIABLE, ""))
        with contextlib.ExitStack() as at_end:
            simulation = at_end.enter_context(SyncSimulation(**settings))
            at_end.callback(simulation.trace.close)

            def begin() -> "Plan":
                plan = build(scenario, simulation)
                at_end.callback(plan.close)
                plan.begin()
                return plan

            yield simulation, begin

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Let virtual time count for as long as this lasts."""
        from eventsim.handler.interpose import Interposition
        from eventsim.handler.output import SWAPS
        from eventsim.handler.virtual_time import visited

        if self.simulation is None:
            yield
            return
        with contextlib.ExitStack() as self._visit:
            self._visit.enter_context(Interposition(SWAPS))
            self._visit.enter_context(visited(self.simulation.clock, self.simulation.advance))
            yield


SUITE = pytest.StashKey[Suite]()


@pytest.fixture(scope="module", autouse=True)
def _eventsim_suite(request: pytest.FixtureRequest) -> Iterator[None]:
    """Deploy everything before a module's first test."""
    with request.config.stash[SUITE].around_module():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Let fixtures, and `setUpClass`, see virtual time."""
    with request.config.stash[SUITE].inside():
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End after the last fixture."""
    session.config.stash[SUITE].close()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End where there was no session, either."""
    config.stash[SUITE].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test see virtual time."""
    with item.config.stash[SUITE].inside():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Let a fixture that gives way to itself with another parameter see virtual time."""
    with item.config.stash[SUITE].inside():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Let fixtures see virtual time while they clean up."""
    with item.config.stash[SUITE].inside():
        return (yield)


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that are not set."""
    missing = {name: value for name, value in wanted.items() if not os.environ.get(name)}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


@contextlib.contextmanager
def mistakes_told() -> Iterator[None]:
    """Tell of a scenario that is wrong in the error's own words: where eventsim noticed it helps nobody."""
    try:
        yield
    except ScenarioError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def read_scenario(
    path: Path, parameters: Mapping[str, object], *, stack: str = "", region: str | None = None
) -> tuple[Any, dict[str, Any]]:
    """Return a scenario, or what a template is as one, and the settings of its simulation.

    Args:
        region: where it lies, if not where the scenario says.
    """
    from eventsim.scenario.build import start_of
    from eventsim.scenario.load import load

    overrides = {f"template.parameters.{key}": json.dumps(value) for key, value in parameters.items()}
    if region is not None:
        overrides["region"] = json.dumps(region)
    scenario = load(path, overrides=overrides, stack=stack)
    settings = {
        "seed": scenario.spec.seed,
        "start_at": start_of(scenario),
        "region": scenario.spec.region,
        "account_id": scenario.spec.account,
        "throttles": scenario.spec.throttles,
        "permissions": scenario.spec.permissions,
        "folder": scenario.folder,
    }
    return scenario, settings
