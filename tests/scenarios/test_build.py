"""How does a scenario become a world, and what does somebody read whose world cannot be built?"""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventsim.errors import ConfigurationError, ScenarioError
from eventsim.expectation.expectations import Finding
from eventsim.scenario.build import build, start_of
from eventsim.scenario.load import loads
from eventsim.simulation import SyncSimulation

HANDLER = """
import json

def handler(event, context):
    for record in event["Records"]:
        if json.loads(record["body"])["order"] == 13:
            raise ValueError("order 13 again")
"""

SHOP = """\
functions:
  charge: {handler: charges.handler}
queues:
  orders: {visibility_timeout: 30 s, dead_letter: {queue: orders-dlq, max_receive_count: 3}}
  orders-dlq:
mappings:
  - {source: orders, function: charge, batch_size: 10}
workload:
  - {every: 1 s, times: 20, send: {queue: orders, body: {order: "{n}"}}}
expect:
  - every message sent to orders is deleted or in orders-dlq
  - queue orders-dlq has 1 message
  - function charge has 3 errors
  - at 5.5 s, queue orders has 6 messages sent
  - 90 % of messages to orders are settled within 1 s
  - function charge never logs "card"
"""


@pytest.fixture
def play(tmp_path: Path) -> Callable[[str], list[Finding]]:
    """Run a scenario in a folder with a handler and return its findings."""
    (tmp_path / "charges.py").write_text(HANDLER)

    def run(text: str) -> list[Finding]:
        scenario = loads(text, path=tmp_path / "shop.yaml")
        simulation = SyncSimulation(folder=scenario.folder, start_at=start_of(scenario))
        with closing(simulation.trace), simulation, closing(build(scenario, simulation)) as plan:
            try:
                plan.begin()
                simulation.until_idle()
            except ConfigurationError as error:
                raise scenario.located(error) from error
            return plan.expectations.finish()

    return run


def test_a_scenario_is_built_played_and_judged(play: Callable[[str], list[Finding]]) -> None:
    """From the file to the findings: one message fails three times and ends in the dead-letter queue."""
    findings = play(SHOP)

    assert [finding.reason for finding in findings] == [""] * 6


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{source: orders,",
            "{source: order,",
            "7:14: `mappings[0].source`: there is no source `order`; did you mean `orders`?",
        ),
        (
            "function: charge,",
            "function: charg,",
            "`mappings[0].function`: there is no function `charg`; did you mean `charge`?",
        ),
        (
            "send: {queue: orders,",
            "send: {queue: orderz,",
            "9:43: `workload[0].send.queue`: there is no queue `orderz`",
        ),
        (", times: 20", "", "9:5: `workload[0]`: this goes on for ever; give it `times` or `until`"),
        ("queue orders-dlq has", "queue dlq has", "12:5: `expect[1]`: there is no queue `dlq`"),
        (
            "function charge has 3",
            "function charge hs 3",
            "13:5: `expect[2]`: 'function charge hs 3 errors' is not a sente",
        ),
        (
            "{queue: orders-dlq,",
            "{queue: orders-dql,",
            "`queues.orders.dead_letter.queue`: there is no queue 'orders-dql'; did you mean `orders-dlq`?",
        ),
        ("{queue: orders-dlq,", "{queue: orders,", "`queues.orders.dead_letter"),
        ("visibility_timeout: 30 s", "visibility_timeout: 13 h", "4:32: `queues.orders.visibility_timeout`"),
        ("batch_size: 10", "batch_size: 11", "`mappings[0].batch"),
        ("charges.handler}", "charges.handler, timeout: 16 minutes}", "2:47: `functions.charge.timeout`"),
        ("charges.handler}", "charges.handler, code: nowhere}", "2:44: `functions.charge.code`"),
        ("body: {order", "file: missing.txt, body: {order", "`body` and `file` exclude each other"),
        ('body: {order: "{n}"}', "file: missing.txt", "`workload[0].send.file`: cannot read"),
        ('"{n}"', '"{uid}"', "there is no placeholder `{uid}`; did you mean `{uuid}`?"),
        ("errors", "eros", "`expect[2]`: function charge has no number of 'eros'; did you mean `errors`?"),
        ("functions:", "start: tomorrow\nfunctions:", "1:8: `start`: 'tomorrow' is not a date"),
        ("functions:", "until: 3 s\nfunctions:", "`expect[3]`: the run ends before this instant, at 3 s"),
        (
            "functions:",
            "faults: [{function: charg}]\nfunctions:",
            "1:21: `faults[0].function`: there is no function `charg`",
        ),
        (
            "functions:",
            "stubs: [{service: a, operation: B, python: no.f}]\nfunctions:",
            "`stubs[0].python`: `no.f`: there is",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_what_cannot_be_built_is_shown_in_the_file(
    play: Callable[[str], list[Finding]], old: str, new: str, said: str
) -> None:
    """Every refusal of every room comes with line and column of the setting that it is about."""
    assert old in SHOP

    with pytest.raises(ScenarioError) as caught:
        play(SHOP.replace(old, new))

    assert said in str(caught.value)


def test_a_body_that_aws_refuses_is_shown_in_the_file(play: Callable[[str], list[Finding]], tmp_path: Path) -> None:
    """A message of more than 1 MB never gets into a queue."""
    (tmp_path / "large.txt").write_text("x" * (1_048_576 + 1))

    with pytest.raises(ScenarioError, match=r"shop.yaml:9:5: `workload\[0\]`: AWS refuses this: .*1048576 bytes"):
        play(SHOP.replace('body: {order: "{n}"}', "file: large.txt"))


def test_mistakes_of_many_rooms_are_shown_at_once(play: Callable[[str], list[Finding]]) -> None:
    """Whoever mends one should see the others."""
    text = SHOP.replace("30 s", "13 h").replace("charges.handler}", "charges.handler, timeout: 0 s}")

    with pytest.raises(ScenarioError) as caught:
        play(text)

    assert "`functions.charge.timeout`" in str(caught.value)
    assert "`queues.orders.visibility_timeout`" in str(caught.value)


@pytest.mark.parametrize(
    ("start", "date"),
    [
        ("2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),
        ("2026-03-29T01:30:00+01:00", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_scenario_begins_on_its_date(start: str, date: datetime) -> None:
    """In UTC, unless it says otherwise."""
    assert start_of(loads(f"start: {start}\n")) == date
