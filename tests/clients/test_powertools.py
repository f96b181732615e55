"""Does Powertools for AWS Lambda work inside handlers as it is, in virtual time and live?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.clients.conftest import Account, tool
from tests.live.conftest import Served, url_of

pytestmark = pytest.mark.clients

FUNCTIONS = Path(__file__).parent / "functions"
LOOKS_MAX = 20

SCENARIO = f"""\
functions:
  batch: {{handler: shop.batch, code: {FUNCTIONS}, layers: [LAYER], timeout: 20 s, memory: 512 MB}}
  orders: {{handler: shop.orders, code: {FUNCTIONS}, layers: [LAYER], timeout: 20 s, memory: 512 MB}}
  objects: {{handler: shop.objects, code: {FUNCTIONS}, layers: [LAYER], timeout: 20 s, memory: 512 MB}}
queues:
  charges: {{visibility_timeout: 120 s}}
  orders: {{visibility_timeout: 120 s}}
  silence: {{}}
buckets:
  inbox: {{notifications: [{{function: objects, events: ["ObjectCreated:*"]}}]}}
mappings:
  - {{source: charges, function: batch, batching_window: 1 s, batch_size: 10, report_batch_item_failures: true}}
  - {{source: orders, function: orders}}
"""


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(folder=FUNCTIONS) as simulation:
        settings: Any = {"code": ".", "layers": [tool("layer")], "timeout": "20 s", "memory": "512 MB"}
        for name in ("batch", "orders", "objects"):
            simulation.add_function(name, handler=f"shop.{name}", **settings)
        simulation.add_source("queues", "charges", visibility_timeout="120 s")
        simulation.add_source("queues", "orders", visibility_timeout="120 s")
        simulation.add_source(
            "buckets", "inbox", notifications=[{"function": "objects", "events": ["ObjectCreated:*"]}]
        )
        simulation.add_mapping(
            source="charges",
            function="batch",
            batching_window="1 s",
            batch_size=10,
            report_batch_item_failures=True,
        )
        simulation.add_mapping(source="orders", function="orders")
        yield simulation


def documents(lines: list[str]) -> list[dict[str, Any]]:
    """Return the lines of a log that are JSON objects."""
    return [json.loads(line) for line in lines if line.startswith("{")]


def log_of(simulation: SyncSimulation, function: str) -> list[dict[str, Any]]:
    """Return what a function of a simulation logged in JSON."""
    events = simulation.request(
        "logs", "FilterLogEvents", {"logGroupName": f"/aws/lambda/{function}", "filterPattern": ""}
    )["events"]
    return documents([event["message"] for event in events])  # type: ignore[attr-defined]


def test_a_batch_fails_in_part_and_charges_nobody_twice(simulation: SyncSimulation) -> None:
    """Only the poisonous record comes back; of two equal orders one is charged, and charged anew when that is over."""
    for order in ({"id": 1, "item": "tea"}, {"id": 1, "item": "tea"}, {"id": 2, "item": "poison"}):
        simulation.send("charges", json.dumps(order))
    simulation.advance("61 s")
    simulation.send("charges", '{"id": 1, "item": "tea"}')
    simulation.advance("5 s")

    charged = [line for line in log_of(simulation, "batch") if line.get("message") == "charged"]

    assert simulation.numbers("queues", "charges")["deleted"] == 3
    assert simulation.numbers("queues", "charges")["in_flight"] == 1
    assert [line["timestamp"][:19] for line in charged] == ["2026-01-01 00:00:01", "2026-01-01 00:01:02"]
    assert [(line["order"], line["cold_start"], line["function_name"]) for line in charged] == [
        (1, True, "batch"),
        (1, False, "batch"),
    ]


def test_metrics_are_written_at_virtual_dates(simulation: SyncSimulation) -> None:
    """CloudWatch's embedded format, with the milliseconds of the run."""
    simulation.send("charges", '{"id": 1, "item": "tea"}')
    simulation.advance("5 s")

    metric = next(line for line in log_of(simulation, "batch") if "_aws" in line)

    assert metric["Charged"] == [1.0]
    assert 1_767_225_601_000 <= metric["_aws"]["Timestamp"] <= 1_767_225_602_000


def test_envelopes_unpack_records_of_queues_and_buckets(simulation: SyncSimulation) -> None:
    """Our events satisfy the models of Powertools, which are strict; two functions log under one service name."""
    simulation.send("orders", '{"id": 3, "item": "cake"}')
    simulation.request("s3", "PutObject", {"Bucket": "inbox", "Key": "a b.txt", "Body": b"x"})
    simulation.advance("5 s")

    assert [line["items"] for line in log_of(simulation, "orders")] == [["cake"]]
    assert [line["keys"] for line in log_of(simulation, "objects")] == [["a+b.txt"]]


def test_the_same_live(tmp_path: Path) -> None:
    """In processes of their own, on the wall clock."""
    (tmp_path / "shop.yaml").write_text(SCENARIO.replace("LAYER", tool("layer")))
    served = Served(tmp_path, "--quiet", "--account-id", "123456789012", "shop.yaml")
    try:
        account = Account(served.url, "123456789012")
        sqs = account.client("sqs")
        for item in ("tea", "tea", "poison"):
            body = json.dumps({"id": 1 if item == "tea" else 2, "item": item})
            sqs.send_message(QueueUrl=url_of(sqs, "charges"), MessageBody=body)
        sqs.send_message(QueueUrl=url_of(sqs, "orders"), MessageBody='{"id": 3, "item": "cake"}')
        account.client("s3").put_object(Bucket="inbox", Key="a b.txt", Body=b"x")

        found = [wait_for_lines(account, name) for name in ("batch", "orders", "objects")]
    finally:
        served.end()

    assert [line["order"] for line in found[0] if line.get("message") == "charged"] == [1]
    assert [line["items"] for line in found[1]] == [["cake"]]
    assert [line["keys"] for line in found[2]] == [["a+b.txt"]]


def wait_for_lines(account: Account, function: str) -> list[dict[str, Any]]:
    """Wait until a live function's first invocation has ended, and return what it logged in JSON."""
    logs, silence = account.client("logs"), url_of(account.client("sqs"), "silence")
    for _ in range(LOOKS_MAX):
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        lines = [event["message"] for event in events]
        if any(line.startswith("REPORT") for line in lines):
            return documents(lines)
        account.client("sqs").receive_message(QueueUrl=silence, WaitTimeSeconds=1)  # nothing comes; it takes a second
    raise AssertionError(f"{function} did not end")
