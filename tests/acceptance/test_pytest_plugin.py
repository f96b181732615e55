"""Does the pytest plugin give tests a simulation, whoever runs them? In a project of its own each time."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim.cli.main import main

Pytest = Callable[..., str]

BEGINNING = """\
import asyncio

import anyio
import pytest
import pytest_asyncio

import eventsim


def count(event, context):
    print("counting", event["n"])
    return event["n"] + 1


"""


@pytest.fixture
def project(tmp_path: Path, folder: Path) -> Pytest:
    """A project with one test file; call it with the tests and options of pytest, and it returns the output."""

    def run(tests: str, *options: str, folder: str = ".") -> str:
        (tmp_path / "pytest.ini").write_text(
            "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
        )
        (tmp_path / "test_it.py").write_text(BEGINNING + tests)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *options],
            cwd=tmp_path / folder,
            capture_output=True,
            text=True,
            timeout=60,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            check=False,
        )
        return done.stdout + done.stderr

    return run


def test_a_new_project_has_tests_that_pass(tmp_path: Path, project: Pytest) -> None:
    """`eventsim new` writes them."""
    main(["new", str(tmp_path / "shop")])

    assert "2 passed" in project("", "shop")


VISITORS = """\
import time


@pytest.fixture(scope="session")
def session():
    yield
    assert time.time() > 1_780_000_000, "the machine's time counts once the world has ended"


@pytest.fixture(scope="module", params=[1, 2])
def hour(session):
    began_s = time.time()
    yield
    time.sleep(3_600)
    assert time.time() - began_s == 7_200


def test_a(hour):
    time.sleep(3_600)
"""


def test_fixtures_of_a_suite_clean_up_in_virtual_time(tmp_path: Path, project: Pytest) -> None:
    """What a suite deletes can be waited for; the world ends before fixtures of the session do."""
    (tmp_path / "empty.yaml").write_text("{}")

    assert re.search(r"^2 passed in ", project(VISITORS, "--eventsim-scenario", "empty.yaml"), re.MULTILINE)


TASKS = """
import asyncio
import time
import unittest

async def wait():
    begun_s = time.time()
    await asyncio.sleep(3600)
    assert 3600 <= time.time() - begun_s < 3601
    assert await asyncio.wait_for(asyncio.to_thread(int, "5"), 3600) == 5
    await asyncio.sleep(3600)  # while the thread is idle

class Unit(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        await wait()

@pytest.mark.asyncio
async def test_asyncio():
    await wait()
"""


def test_tasks_of_a_suite_wait_in_virtual_time(tmp_path: Path, project: Pytest) -> None:
    """On loops of their own, which read virtual clocks; threads that they wait for get real time."""
    (tmp_path / "empty.yaml").write_text("{}")

    assert re.search(r"^2 passed in ", project(TASKS, "--eventsim-scenario", "empty.yaml"), re.MULTILINE)


BROKEN = """\
def fail(event, context):
    raise ValueError("no order")


def test_broken(simulation):
    simulation.add_source("queues", "orders")
    simulation.add_function("charge", handler=fail)
    simulation.add_mapping(source="orders", function="charge", batch_size=1)
    simulation.send("orders", "one")
    simulation.advance("1 minute")
    assert simulation.numbers("queues", "orders")["deleted"] == 1
"""


def test_a_test_that_fails_tells_what_went_wrong(project: Pytest) -> None:
    """The assertion alone says that a number is wrong, not why."""
    told = project(BROKEN)

    assert "it came to 00:01:00.000 of virtual time, " in told
    assert "what went wrong\n  function charge\n      2 × ValueError: no order (first i1 at 00:00:00.101)\n" in told


def test_the_run_of_a_test_that_fails_is_drawn(project: Pytest, tmp_path: Path) -> None:
    """Under its name, in a folder that need not be there; not those of tests that pass."""
    told = project(f"{BROKEN}\n\ndef test_fine(simulation):\n    pass\n", "--eventsim-report", "runs")

    (page,) = (tmp_path / "runs").iterdir()
    assert page.name == "test_it.py-test_broken.html"
    assert f"its run is drawn in {Path('runs') / page.name}" in told
    assert "invocation i1 fails: no order" in page.read_text()


def test_a_page_that_cannot_be_written_spoils_no_report(project: Pytest, tmp_path: Path) -> None:
    """The test has failed all the same, and says why."""
    (tmp_path / "runs").write_text("a file")

    told = project(BROKEN, "--eventsim-report", "runs")

    assert "its run cannot be drawn: " in told
    assert "1 failed" in told


def test_every_kind_of_test_gets_a_simulation(project: Pytest) -> None:
    """Plain tests, pytest-asyncio's and anyio's, whose other backends are left out; a day in it takes no time."""
    tests = """\
def test_plain(simulation):
    simulation.add_function("count", handler=count)
    simulation.advance("1 day")
    assert simulation.invoke("count", {"n": 1}) == 2
    assert simulation.now_s >= 86_400

async def coroutine(simulation):
    simulation.add_function("count", handler=count)
    await anyio.sleep(86_400)
    assert await simulation.invoke("count", {"n": 1}) == 2
    await simulation.until_idle()
    assert simulation.now_s >= 86_400

@pytest.mark.asyncio
async def test_pytest_asyncio(simulation):
    await coroutine(simulation)

@pytest.mark.anyio
async def test_anyio(simulation):
    await coroutine(simulation)
"""

    assert "3 passed" in project(tests)


def test_coroutine_fixtures_share_the_simulation_s_loop(project: Pytest) -> None:
    """A fixture that waits before the test lets the same virtual time pass."""
    tests = """\
async def world(simulation):
    simulation.add_function("count", handler=count)
    await asyncio.sleep(100)
    yield simulation
    await asyncio.sleep(100)

asyncio_world = pytest_asyncio.fixture(world, name="asyncio_world")
anyio_world = pytest.fixture(world, name="anyio_world")

async def use(world):
    assert world.now_s == 100
    assert await world.invoke("count", {"n": 1}) == 2

@pytest.mark.asyncio
async def test_pytest_asyncio(asyncio_world):
    await use(asyncio_world)

@pytest.mark.anyio
async def test_anyio(anyio_world):
    await use(anyio_world)
"""

    assert "2 passed" in project(tests)


def test_the_marker_alone_gives_a_virtual_loop(project: Pytest) -> None:
    """For tests that build their simulation themselves; others keep the loop that they had."""
    tests = """\
@pytest.mark.eventsim
@pytest.mark.asyncio
async def test_marked(eventsim_seed):
    async with eventsim.Simulation(seed=eventsim_seed) as simulation:
        await simulation.advance("1 day")

@pytest.mark.asyncio
async def test_other():
    assert not isinstance(asyncio.get_running_loop(), eventsim.VirtualLoop)
"""

    assert "2 passed" in project(tests)


def test_what_handlers_print_goes_to_their_log(project: Pytest) -> None:
    """Although pytest changes the standard streams after the fixtures are made."""
    tests = """\
def test_it(simulation, capsys):
    simulation.add_function("count", handler=count)
    simulation.invoke("count", {"n": 5})
    assert simulation.trace.count("logged") == 2
    assert capsys.readouterr().out == ""
"""

    assert "1 passed" in project(tests)


RUNS = """\
@pytest.mark.eventsim(seed=5, runs=3)
def test_seeds(simulation):
    assert simulation.seed != 6
"""


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "under xdist"])
def test_a_failing_seed_is_named_with_the_command_that_replays_it(project: Pytest, options: list[str]) -> None:
    """The other seeds pass, and the command runs the one that does not."""
    printed = project(RUNS, *options)

    assert "1 failed, 2 passed" in printed
    command = re.search(r"pytest '(test_it.py::test_seeds\[seed=6])' (--eventsim-seed) (6)", printed)

    assert command is not None
    assert "1 failed" in project(RUNS, *command.groups())


def test_the_command_that_replays_it_works_where_pytest_was_called(project: Pytest, tmp_path: Path) -> None:
    """Ids of tests begin at the root of the project, which may lie above."""
    (tmp_path / "shop" / "tests").mkdir(parents=True)
    (tmp_path / "shop" / "tests" / "test_orders.py").write_text(BEGINNING + RUNS)

    printed = project("", "tests", folder="shop")

    assert "pytest 'tests/test_orders.py::test_seeds[seed=6]' --eventsim-seed 6" in printed


def test_one_seed_may_be_asked_for(project: Pytest) -> None:
    """It takes the place of all others."""
    assert "1 passed" in project(RUNS, "--eventsim-seed", "17")


def test_seed_nought_is_a_seed(project: Pytest) -> None:
    """It is not the same as none."""
    assert "2 passed" in project(
        "@pytest.mark.eventsim(seed=-1, runs=2)\n"
        "def test_it(simulation, request):\n    assert f'[seed={simulation.seed}]' in request.node.name\n"
    )


def test_a_world_lies_in_a_region(project: Pytest) -> None:
    """That of the suite's clients, whose tests may name it."""
    tests = """\
@pytest.mark.eventsim(region="eu-central-1")
def test_made_by_hand(simulation):
    simulation.add_source("queues", "orders")
    assert simulation.sources("queues")["orders"].arn == "arn:aws:sqs:eu-central-1:123456789012:orders"

@pytest.mark.eventsim(region="eu-central-1", scenario="orders.yaml")
def test_of_a_scenario(simulation):
    assert {queue.arn.split(":")[3] for queue in simulation.sources("queues").values()} == {"eu-central-1"}
"""

    assert "2 passed" in project(tests)


def test_a_world_begins_at_a_date(project: Pytest) -> None:
    """Whoever looks for a leap day need not freeze anything."""
    tests = """\
import datetime

def day(event, context):
    return datetime.datetime.now().isoformat()[:13]

@pytest.mark.eventsim(start_at="2028-02-29T08:00:00+01:00")
def test_made_by_hand(simulation):
    simulation.add_function("day", handler=day)
    assert simulation.invoke("day") == "2028-02-29T07"

@pytest.mark.eventsim(start_at=datetime.datetime(2028, 2, 29), scenario="orders.yaml")
def test_of_a_scenario(simulation):
    simulation.add_function("day", handler=day)
    assert simulation.invoke("day") == "2028-02-29T00"
"""

    assert "2 passed" in project(tests)


def test_a_scenario_is_built_and_its_workload_begins(project: Pytest) -> None:
    """Paths are relative to the test's file."""
    tests = """\
@pytest.mark.eventsim(scenario="orders.yaml")
def test_it(simulation, eventsim_plan):
    simulation.until_idle()
    assert simulation.numbers("queues", "dead")["visible"] == 1
    assert eventsim_plan.expectations.finish() == []
"""

    assert "1 passed" in project(tests)


@pytest.mark.parametrize(
    ("marker", "options"),
    [
        pytest.param("@pytest.mark.eventsim(scenario='shop.yaml')", [], id="by the marker"),
        pytest.param("", ["--eventsim-scenario", "shop.yaml"], id="by an option"),
    ],
)
def test_a_wrong_template_is_told_without_a_traceback(
    project: Pytest, tmp_path: Path, marker: str, options: list[str]
) -> None:
    """Who wrote it looks for file, line and remedy; where eventsim noticed it helps nobody."""
    (tmp_path / "shop.yaml").write_text("template: shop.yml\n")
    (tmp_path / "shop.yml").write_text("Resources:\n  Orders: {Type: 'AWS::SQS::Queue', DependsOn: Order}\n")

    printed = project(f"{marker}\ndef test_it(simulation):\n    pass\n", *options)

    assert "1 error" in printed
    told, _, _ = printed.partition("short test summary")  # which repeats as much of it as there is room
    assert told.count("shop.yml:2:37: Orders: ") == 1
    assert not re.search(r"\.py:\d", printed)


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        pytest.param("seeds=3", "`parameters`, `region`, `start_at` and `permissions`, by keyword", id="unknown"),
        pytest.param("start_at='soon'", "write `2026-01-31`", id="no date"),
        pytest.param("runs=0", "at least once", id="no run"),
        pytest.param("scenario='nowhere.yaml'", "cannot read the scenario", id="no scenario"),
    ],
)
def test_a_wrong_marker_is_told(project: Pytest, marker: str, says: str) -> None:
    """In a sentence."""
    assert says in project(f"@pytest.mark.eventsim({marker})\ndef test_it(simulation):\n    pass\n")
