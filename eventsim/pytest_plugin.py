"""Fixtures and a marker for tests that run simulations.

    @pytest.mark.eventsim(seed=7, scenario="orders.yaml", runs=5)
    def test_every_order_is_charged(simulation):
        simulation.until_idle()
        assert simulation.numbers("queues", "orders-dlq")["visible"] == 0

A plain test gets a `SyncSimulation`, a coroutine a `Simulation` on a virtual loop of its own, whether pytest-asyncio
or anyio runs it. A test that fails names its seed, the command that replays it, and what went wrong in its run; with
`--eventsim-report FOLDER`, its run is drawn there as a page. Nothing of eventsim is imported until a test asks for it.
"""

import contextlib
import inspect
import os
import re
import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import asyncio

    from eventsim.loop import VirtualLoop
    from eventsim.scenario.build import Plan
    from eventsim.simulation import Simulation, SyncSimulation
    from eventsim.template.deployed import Deployed

MARKER = "eventsim"
_FIXTURES = ("simulation", "eventsim_seed", "eventsim_plan", "eventsim_stack")
_SUITE = "eventsim-suite"
_FILE_NAME_CHARACTERS_MAX = 200
_HIDDEN = getattr(pytest, "HIDDEN_PARAM", "virtual")  # pytest 8.4 and newer can leave an id out


class _Run:
    """The test that runs now: its seed, once known, and its loop, once asked for."""

    def __init__(self) -> None:
        self.seed: int | None = None
        self.simulation: Simulation | SyncSimulation | None = None
        self._loop: VirtualLoop | None = None

    def loop(self) -> "VirtualLoop":
        """Return the virtual loop of this test: whoever asks first makes it."""
        from eventsim.loop import VirtualLoop

        if self._loop is None or self._loop.is_closed():
            self._loop = VirtualLoop()
        return self._loop

    def close(self) -> None:
        """Close the loop if nobody else did."""
        if self._loop is not None:
            self._loop.close()


_RUN = pytest.StashKey[_Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that replay a seed and surround a suite with a world."""
    group = parser.getgroup("eventsim")
    group.addoption(
        "--eventsim-seed", type=int, default=None, metavar="N", help="run the tests of simulations with this seed only"
    )
    group.addoption(
        "--eventsim-report",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="draw the run of every test that fails there",
    )
    about = "run every test in a world that this scenario or template describes; the tests need not know of it"
    group.addoption("--eventsim-scenario", default=None, metavar="FILE", help=about)
    parser.addini("eventsim_scenario", about, default="")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Surround a suite with a world before the first of its files is imported."""
    _surround(early_config, early_config.known_args_namespace.eventsim_scenario)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker."""
    config.addinivalue_line(
        "markers",
        "eventsim(seed=0, runs=1, scenario=None, parameters={}, region='us-east-1', start_at='2026-01-01', "
        "permissions='ignored'): run the test in virtual time; with `runs`, under so many seeds from `seed` on; with "
        "`scenario`, the fixture "
        "`simulation` holds what that file describes: a scenario, or a SAM or CloudFormation template with these "
        "parameters; it lies in `region`, its time begins at `start_at`, and the policies of "
        "roles count if `permissions` are `enforced`.",
    )
    if not config.pluginmanager.has_plugin(_SUITE):  # the plugin may have come too late for the conftest files
        _surround(config, config.getoption("--eventsim-scenario"))


def _surround(config: pytest.Config, given: str | None) -> None:
    """Surround a suite with a world if the command line or the configuration asks for it."""
    named = config.getini("eventsim_scenario")
    if given or named:
        from eventsim import pytest_suite

        path = config.invocation_params.dir / given if given else config.rootpath / named
        suite = config.stash[pytest_suite.SUITE] = pytest_suite.Suite(path)
        suite.open()
        config.pluginmanager.register(pytest_suite, _SUITE)


# --- collecting --------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each seed, and give anyio's tests a virtual loop."""
    if not _is_ours(metafunc.definition):
        return
    marker = _Marker(metafunc.definition)
    if marker.runs > 1:
        if "eventsim_seed" not in metafunc.fixturenames:
            metafunc.fixturenames.append("eventsim_seed")
        metafunc.parametrize("eventsim_seed", marker.seeds, ids=lambda seed: f"seed={seed}", indirect=True)
    if "anyio_backend" in metafunc.fixturenames and not _is_parametrized(metafunc.definition, "anyio_backend"):
        backend = ("asyncio", {"loop_factory": _loop_factory(metafunc.config)})
        # a mark, since anyio's fixture has parameters of its own, which only a mark replaces
        metafunc.definition.add_marker(pytest.mark.parametrize("anyio_backend", [backend], ids=[_HIDDEN]))


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> "Generator[None, Mapping[str, Callable[[], asyncio.AbstractEventLoop]] | None, Any]":
    """Give pytest-asyncio's tests a virtual loop; all other tests keep what they have."""
    factories = yield
    if _is_ours(item):
        return {"virtual": _loop_factory(config)}
    return factories or {"asyncio": _stock_loop}


def _stock_loop() -> "asyncio.AbstractEventLoop":
    import asyncio

    return asyncio.new_event_loop()


def _is_ours(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return item.get_closest_marker(MARKER) is not None or any(name in names for name in _FIXTURES)


def _is_parametrized(item: pytest.Item, name: str) -> bool:
    return any(name in str(marker.args[:1]) for marker in item.iter_markers("parametrize"))


def _loop_factory(config: pytest.Config) -> "Callable[[], VirtualLoop]":
    return lambda: config.stash[_RUN].loop()


class _Marker:
    """What the marker of a test says."""

    def __init__(self, item: pytest.Item) -> None:
        marker = item.get_closest_marker(MARKER)
        settings: Mapping[str, Any] = {} if marker is None else marker.kwargs
        unknown = set(settings) - {"seed", "runs", "scenario", "parameters", "region", "start_at", "permissions"}
        if unknown or (marker is not None and marker.args):
            raise pytest.UsageError(
                f"{item.nodeid}: mark.eventsim takes `seed`, `runs`, `scenario`, `parameters`, `region`, "
                "`start_at` and `permissions`, by keyword"
            )
        self.seed: int = settings.get("seed", 0)
        self.runs: int = settings.get("runs", 1)
        self.scenario: str | None = settings.get("scenario")
        self.parameters: Mapping[str, object] = settings.get("parameters", {})
        self.region: str | None = settings.get("region")
        self.permissions: str | None = settings.get("permissions")
        start_at: str | datetime | None = settings.get("start_at")
        try:
            start_at = datetime.fromisoformat(start_at) if isinstance(start_at, str) else start_at
        except ValueError:
            message = f"{start_at!r} is not a date; write `2026-01-31` or `2026-01-31T08:00:00`"
            raise pytest.UsageError(f"{item.nodeid}: mark.eventsim: start_at: {message}") from None
        self.start_at = start_at if start_at is None or start_at.tzinfo else start_at.replace(tzinfo=UTC)
        if self.runs < 1:
            raise pytest.UsageError(f"{item.nodeid}: mark.eventsim runs a test at least once, not {self.runs} times")
        wanted: int | None = item.config.getoption("--eventsim-seed")
        self.seeds = list(range(self.seed, self.seed + self.runs)) if wanted is None else [wanted]


# --- running -----------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Remember which test runs."""
    with contextlib.closing(_Run()) as run:
        item.config.stash[_RUN] = run
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Wrap the standard streams once more: pytest has put its own there since the fixture began its simulation."""
    run = pyfuncitem.config.stash.get(_RUN, None)
    if run is None or run.simulation is None:
        return (yield)
    from eventsim.handler.interpose import Interposition
    from eventsim.handler.output import SWAPS

    with Interposition(SWAPS):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the seed of a test that failed, how to run it again, and what went wrong."""
    report = yield
    run = item.config.stash.get(_RUN, None)
    if report.failed and run is not None and run.seed is not None:
        again = f"pytest {shlex.quote(_name_here(item))} --eventsim-seed {run.seed}"
        lines = [f"seed {run.seed}; replay it with", f"  {again}"]
        if run.simulation is not None and report.when == "call":
            lines += _told(run.simulation, item)
        report.sections.append(("eventsim", "\n".join(lines)))
    return report


def _name_here(item: pytest.Item) -> str:
    """Return what calls a test from the folder where pytest was called: its id begins at the root of the project."""
    path = os.path.relpath(item.path, item.config.invocation_params.dir)
    return "::".join([Path(path).as_posix(), *item.nodeid.split("::")[1:]])


def _told(simulation: "Simulation | SyncSimulation", item: pytest.Item) -> Iterator[str]:
    """Yield what a simulation has to tell of its run, once its test has failed."""
    from eventsim.report.page import trouble_lines
    from eventsim.report.text import WIDTH_DEFAULT
    from eventsim.report.troubles import find_troubles
    from eventsim.report.wording import counted, instant

    entries = counted(len(simulation.trace), "entry", "entries")
    yield f"it came to {instant(simulation.clock.now_us)} of virtual time, {entries}"
    troubles = list(trouble_lines(find_troubles(simulation.trace), WIDTH_DEFAULT))
    if troubles:
        yield "what went wrong"
        yield from troubles
    folder: Path | None = item.config.getoption("--eventsim-report")
    if folder is not None:
        yield _drawn(simulation, folder, item.nodeid)


def _drawn(simulation: "Simulation | SyncSimulation", folder: Path, name: str) -> str:
    """Draw the run of a test; return what to say of it."""
    from eventsim.errors import EventsimError
    from eventsim.report.told import save_report

    short = re.sub(r"[^\w.=-]+", "-", name).strip("-")[-_FILE_NAME_CHARACTERS_MAX:]
    path = folder / f"{short}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_report(simulation, path, name=name)
    except (EventsimError, OSError) as error:
        return f"its run cannot be drawn: {error}"
    return f"its run is drawn in {path}"


@pytest.fixture
def eventsim_seed(request: pytest.FixtureRequest) -> int:
    """The seed of this test."""
    seed: int = request.param if hasattr(request, "param") else _Marker(request.node).seeds[0]
    request.config.stash[_RUN].seed = seed
    return seed


@pytest.fixture
def _eventsim_world(
    request: pytest.FixtureRequest, eventsim_seed: int
) -> "Iterator[tuple[Simulation | SyncSimulation, Plan | None]]":
    from eventsim.simulation import Simulation, SyncSimulation

    scenario, settings = _scenario(request, eventsim_seed)
    with contextlib.ExitStack() as at_end:
        simulation: Simulation | SyncSimulation
        if inspect.iscoroutinefunction(getattr(request, "function", None)):
            simulation = Simulation(loop=request.config.stash[_RUN].loop(), **settings)
            at_end.callback(simulation.close)
            simulation.open()
        else:
            simulation = at_end.enter_context(SyncSimulation(**settings))
        at_end.callback(simulation.trace.close)
        request.config.stash[_RUN].simulation = simulation
        plan = None
        if scenario is not None:
            from eventsim.pytest_suite import mistakes_told
            from eventsim.scenario.build import build

            with mistakes_told():
                plan = build(scenario, simulation)
            plan.begin()
        yield simulation, plan


@pytest.fixture
def simulation(_eventsim_world: "tuple[Simulation | SyncSimulation, Plan | None]") -> "Simulation | SyncSimulation":
    """A simulation that has begun: a `SyncSimulation` for a plain test, a `Simulation` for a coroutine."""
    return _eventsim_world[0]


@pytest.fixture
def eventsim_plan(_eventsim_world: "tuple[Simulation | SyncSimulation, Plan | None]") -> "Plan":
    """The workload and the expectations of the marker's scenario: `eventsim_plan.expectations.finish()`."""
    plan = _eventsim_world[1]
    if plan is None:
        raise pytest.UsageError("`eventsim_plan` needs a scenario: @pytest.mark.eventsim(scenario='orders.yaml')")
    return plan


@pytest.fixture
def eventsim_stack(eventsim_plan: "Plan") -> "Deployed":
    """What came of the template that the marker names: `eventsim_stack.outputs["Url"]`, `eventsim_stack["Queue"]`."""
    if not eventsim_plan.deployed:
        raise pytest.UsageError("`eventsim_stack` needs a template: @pytest.mark.eventsim(scenario='template.yaml')")
    return eventsim_plan.deployed[0]


def _scenario(request: pytest.FixtureRequest, seed: int) -> tuple[Any, dict[str, Any]]:
    """Return the marker's scenario, None if it names none, and the settings of the simulation."""
    folder = Path(request.path).parent
    marker = _Marker(request.node)
    name = marker.scenario
    start = {} if marker.start_at is None else {"start_at": marker.start_at}
    permissions = {} if marker.permissions is None else {"permissions": marker.permissions}
    if name is None:
        region = {} if marker.region is None else {"region": marker.region}
        return None, {"seed": seed, "folder": folder, **region, **start, **permissions}
    from eventsim.pytest_suite import mistakes_told, read_scenario

    with mistakes_told():
        scenario, settings = read_scenario(folder / name, marker.parameters, region=marker.region)
    return scenario, {**settings, "seed": seed, **start, **permissions}
