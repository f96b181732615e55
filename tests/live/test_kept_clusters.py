"""Does a server with a database go on with its topics of Kafka?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.live.conftest import Served, bodies

Serve = Callable[..., Served]

SCENARIO = """
clusters: {shop: {topics: {orders: {partitions: 2}}}}
queues: {booked: {}}
functions:
  book: {handler: book.handler}
mappings:
  - {source: shop, topic: orders, function: book, consumer_group: g, batch_size: 1, batching_window: 0}
"""
CODE = """
import base64
import boto3

def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="booked")["QueueUrl"]
    for records in event["records"].values():
        for record in records:
            sqs.send_message(QueueUrl=url, MessageBody=base64.b64decode(record["value"]).decode())
"""
FILES = {"scenario.yaml": SCENARIO, "book.py": CODE}


def produce(served: Served, value: Any) -> Any:
    status, body = served.ask("POST", "/_eventsim/produce", {"topic": "orders", "key": "ann", "value": value})
    assert status == 200, body
    return json.loads(body)


def test_records_and_offsets_outlive_the_server(serve: Serve, tmp_path: Path) -> None:
    """What was read is not read again, what was not is, and offsets go on."""
    arguments = ("--quiet", "--db", str(tmp_path / "state.db"), "scenario.yaml")
    off = ("--set", "mappings.0.enabled=false")
    first = serve(*arguments, files=FILES)
    produced = [produce(first, 1)]
    read = bodies(first.client("sqs"), "booked", 1)
    first.end()
    second = serve(*arguments, *off, files=FILES)
    produced.append(produce(second, {"order": 2}))
    second.end()

    third = serve(*arguments, files=FILES)
    produced.append(produce(third, 3))

    assert produced == [{"partition": 0, "offset": at} for at in range(3)]
    assert (read, bodies(third.client("sqs"), "booked", 2)) == (["1"], ["3", '{"order":2}'])


def test_what_cannot_be_produced_is_refused(serve: Serve) -> None:
    """With an example of what can."""
    served = serve("--quiet", "scenario.yaml", files=FILES)

    answers = [served.ask("POST", "/_eventsim/produce", body) for body in ({}, {"topic": "order", "value": 1})]

    assert [status for status, _ in answers] == [400, 400]
    assert b"Topic order not present" in answers[1][1]
    assert all('send {"topic": "orders"' in json.loads(body)["message"] for _, body in answers)
