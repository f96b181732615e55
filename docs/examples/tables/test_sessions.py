"""Sessions that end by themselves, and a function that is told of it."""

import boto3
from boto3.dynamodb.conditions import Key

from eventsim import SyncSimulation

ended = []


def handler(event, context):
    expired = [record for record in event["Records"] if "userIdentity" in record]
    ended.extend(record["dynamodb"]["OldImage"]["user"]["S"] for record in expired)


def test_a_session_ends_after_an_hour():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source(
            "tables",
            "sessions",
            key="id",
            indexes={"by_user": {"hash": "user", "range": "ends N"}},
            stream="old_image",
            ttl="ends",
        )
        simulation.add_function("farewell", handler=handler)
        simulation.add_mapping(source="sessions", function="farewell", starting_position="TRIM_HORIZON")
        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        sessions = boto3.resource("dynamodb", **keys).Table("sessions")

        now_s = simulation.clock.epoch_ms() // 1000
        sessions.put_item(Item={"id": "s1", "user": "ada", "ends": now_s + 3_600})
        sessions.put_item(Item={"id": "s2", "user": "ada", "ends": now_s + 86_400})
        assert ended == []

        simulation.advance("2 hours")

        found = sessions.query(IndexName="by_user", KeyConditionExpression=Key("user").eq("ada"))
        assert [item["id"] for item in found["Items"]] == ["s2"]
        assert ended == ["ada"]
