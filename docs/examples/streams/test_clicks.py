"""A shard that is full, a split, a pushed record, and a day that goes by."""

import boto3

from eventsim import SyncSimulation

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
FIRST, *_ = SHARDS = [f"shardId-{number:012d}" for number in range(3)]


def read(kinesis, shard):
    asked = {"StreamName": "clicks", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    return kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**asked)["ShardIterator"])["Records"]


def test_clicks_are_kept_for_a_day():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("streams", "clicks", consumers=["dashboard"])
        kinesis = boto3.client("kinesis", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

        clicks = [{"PartitionKey": f"user {number}", "Data": b"click"} for number in range(500)]
        failed = [kinesis.put_records(StreamName="clicks", Records=clicks)["FailedRecordCount"] for _ in range(3)]
        assert failed == [0, 0, 500]  # a shard takes a thousand records a second

        kinesis.split_shard(StreamName="clicks", ShardToSplit=FIRST, NewStartingHashKey=str(2**127))
        placed = kinesis.put_records(StreamName="clicks", Records=clicks)["Records"]
        assert {record["ShardId"] for record in placed} == set(SHARDS[1:])

        dashboard = simulation.sources("stream_consumers")["clicks/dashboard"].arn
        position = {"Type": "LATEST"}
        pushed = kinesis.subscribe_to_shard(ConsumerARN=dashboard, ShardId=SHARDS[1], StartingPosition=position)
        kinesis.put_record(StreamName="clicks", PartitionKey="x", ExplicitHashKey="0", Data=b"pushed")
        event = next(iter(pushed["EventStream"]))["SubscribeToShardEvent"]
        assert [record["Data"] for record in event["Records"]] == [b"pushed"]

        assert len(read(kinesis, FIRST)) == 1_000
        simulation.advance("24 hours")
        assert [read(kinesis, shard) for shard in SHARDS] == [[], [], []]
