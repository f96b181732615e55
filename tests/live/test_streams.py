"""Streams over HTTP: in every protocol's words, pushed as they come, and there again after a kill."""

import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interpreters import needs_node
from tests.live.conftest import Served

Serve = Callable[..., Served]
FIRST = "shardId-000000000000"


def furnished(served: Served) -> tuple[Any, str]:
    """Return a client, and the ARN of the consumer of a new stream."""
    kinesis = served.client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="orders")["StreamDescription"]["StreamARN"]
    return kinesis, kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="fast")["Consumer"]["ConsumerARN"]


def read(kinesis: Any, shard: str = FIRST) -> list[bytes]:
    """Return the data of a shard's records."""
    asked = {"StreamName": "orders", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    answer = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**asked)["ShardIterator"])
    return [record["Data"] for record in answer["Records"]]


@pytest.mark.parametrize("virtual", [(), ("--virtual",), ("--virtual=auto",)], ids=["live", "virtual", "auto"])
def test_records_are_pushed_over_http(serve: Serve, virtual: tuple[str, ...]) -> None:
    """The answer stays open, and virtual time does not run away from it; each event is written when it comes."""
    kinesis, consumer = furnished(serve("--quiet", *virtual))
    answer = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=FIRST, StartingPosition={"Type": "LATEST"})
    events = iter(answer["EventStream"])

    kinesis.put_record(StreamName="orders", Data=b"\x00\xff", PartitionKey="k")
    first = next(events)["SubscribeToShardEvent"]
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")
    (last,) = events

    assert [record["Data"] for record in first["Records"]] == [b"\x00\xff"]
    assert len(last["SubscribeToShardEvent"]["ChildShards"]) == 2


NODE = """
import http2 from "node:http2";

const [url, body] = process.argv.slice(1);
const scope = "Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=none";
const headers = {
  ":method": "POST",
  ":path": "/",
  authorization: `AWS4-HMAC-SHA256 ${scope}`,
  "content-type": "application/x-amz-json-1.1",
};
const session = http2.connect(url);
const ask = (target, body) => {
  const stream = session.request({ ...headers, "x-amz-target": `Kinesis_20131202.${target}` });
  stream.end(JSON.stringify(body));
  return stream;
};
const pushed = ask("SubscribeToShard", JSON.parse(body));
let isAnswered = false;
pushed.on("response", ({ ":status": status }) => {
  console.log(status);
  ask("PutRecord", { StreamName: "orders", Data: "aGVsbG8=", PartitionKey: "k" }).on("response", () => {
    isAnswered = true;
  });
});
let seen = "";
pushed.on("data", (piece) => {
  seen += piece.toString("latin1");
  if (isAnswered && seen.includes("aGVsbG8=")) {
    console.log("pushed");
    session.destroy();
  }
});
"""


@needs_node
def test_node_subscribes_to_a_shard_over_http_2(serve: Serve) -> None:
    """As the SDK's client of Kinesis does: one connection, on which a request is answered while the push goes on."""
    served = serve("--quiet")
    _, consumer = furnished(served)
    body = {"ConsumerARN": consumer, "ShardId": FIRST, "StartingPosition": {"Type": "LATEST"}}

    command = ["node", "--input-type=module", "-e", NODE, served.url, json.dumps(body)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)

    assert told.stdout.split() == ["200", "pushed"]


def test_an_open_subscription_does_not_hold_up_the_end(serve: Serve) -> None:
    """The server stops at once."""
    served = serve("--quiet")
    kinesis, consumer = furnished(served)
    answer = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=FIRST, StartingPosition={"Type": "LATEST"})

    code, told = served.end()

    answer["EventStream"].close()
    assert (code, told) == (0, "")


def test_a_stream_goes_on_after_a_kill(serve: Serve, tmp_path: Path) -> None:
    """Shards, records with their numbers, consumers, and iterators that are not too old."""
    arguments = ("--quiet", "--db", str(tmp_path / "streams.db"))
    first = serve(*arguments)
    kinesis, consumer = furnished(first)
    kinesis.put_record(StreamName="orders", Data=b"before", PartitionKey="k")
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")
    kinesis.put_record(StreamName="orders", Data=b"\x00\xff", PartitionKey="k")
    shards = kinesis.list_shards(StreamName="orders")["Shards"]
    described = kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]
    asked = {"StreamName": "orders", "ShardId": shards[2]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]

    first.process.kill()
    first.process.communicate()
    again = serve(*arguments).client("kinesis")

    assert again.list_shards(StreamName="orders")["Shards"] == shards
    assert again.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"] == described
    assert again.get_records(ShardIterator=iterator)["Records"] == records
    assert read(again) == [b"before"]
    later = again.put_record(StreamName="orders", Data=b"", PartitionKey="k")["SequenceNumber"]
    assert int(later) > int(records[0]["SequenceNumber"])


def test_whatever_was_acknowledged_is_there(serve: Serve, tmp_path: Path) -> None:
    """However early the kill comes after the answer."""
    arguments = ("--quiet", "--db", str(tmp_path / "streams.db"))
    served = serve(*arguments)
    furnished(served)
    acknowledged = []

    for number in itertools.count():
        kinesis = served.client("kinesis")
        for _ in range(3):
            data = f"{number}-{len(acknowledged)}".encode()
            kinesis.put_record(StreamName="orders", Data=data, PartitionKey="k")
            acknowledged.append(data)
        served.process.kill()
        served.process.communicate()
        served = serve(*arguments)
        if number == 2:
            break

    assert read(served.client("kinesis")) == acknowledged
