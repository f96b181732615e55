"""Does a run fail when a reply is not as its feed expects?"""

from contextlib import closing
from pathlib import Path

import pytest

from eventsim.expectation.expectations import Finding
from eventsim.expectation.sentence import parse
from eventsim.scenario.build import build
from eventsim.scenario.load import loads
from eventsim.simulation import SyncSimulation

HANDLER = """
def handler(event, context):
    number = int(event["pathParameters"]["id"])
    status = 200 if number < 3 else 404
    return {"statusCode": status, "headers": {"X-Shop": "tea"}, "body": '{"id": %d, "a": 1}' % number}
"""

SHOP = """\
functions:
  shop: {handler: shop.handler}
apis:
  web: {routes: {"GET /orders/{id}": shop}}
workload:
  - name: customers
    every: 1 s
    times: 3
    http: {path: "/orders/{n}", expect: EXPECTED}
"""


def play(folder: Path, expected: str) -> list[Finding]:
    """Run the shop and return what came of it."""
    (folder / "shop.py").write_text(HANDLER)
    scenario = loads(SHOP.replace("EXPECTED", expected), path=folder / "shop.yaml")
    simulation = SyncSimulation(folder=scenario.folder)
    with closing(simulation.trace), simulation, closing(build(scenario, simulation)) as plan:
        plan.begin()
        simulation.until_idle()
        return plan.expectations.finish()


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        pytest.param("{headers: {x-shop: tea}, body: {a: 1}}", "", id="members and headers"),
        pytest.param("{status: 200}", "the status should be 200", id="status"),
        pytest.param("{body: {id: 1}}", "the body should be", id="body"),
        pytest.param('{contains: "x"}', "the body should contain 'x'", id="text"),
        pytest.param("{headers: {X-Shop: coffee}}", "the header X-Shop should be 'coffee', not 'tea'", id="header"),
    ],
)
def test_every_reply_is_held_against_what_its_feed_expects(tmp_path: Path, expected: str, reason: str) -> None:
    """The first that is not so is told, and fails the run."""
    (finding,) = play(tmp_path, expected)

    assert finding.text == "every request of customers is answered as expected"
    assert finding.passed is (not reason)
    assert reason in finding.reason


def test_it_may_be_said_in_a_sentence() -> None:
    """The one that a finding says."""
    text = "every request of workload[0] is answered as expected"

    assert parse(text).text == text
