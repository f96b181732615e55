"""What a scenario may say of a table."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from eventsim import ConfigurationError, SyncSimulation
from eventsim.cli.main import main

NewTable = Callable[..., Any]


def test_a_table_is_described_in_our_words(new_table: NewTable, dynamodb: Any) -> None:
    """Keys are texts unless they say otherwise; indexes, stream and time to live have names."""
    new_table(
        key={"hash": "customer", "range": "number N"},
        indexes={"by_day": {"hash": "day", "projection": "keys"}, "by_total": {"range": "total N", "local": True}},
        stream="keys_only",
        ttl="ends",
    )

    told = dynamodb.describe_table(TableName="orders")["Table"]

    types = {each["AttributeName"]: each["AttributeType"] for each in told["AttributeDefinitions"]}
    assert types == {"customer": "S", "number": "N", "day": "S", "total": "N"}
    assert [each["AttributeName"] for each in told["KeySchema"]] == ["customer", "number"]
    (for_all,), (local,) = told["GlobalSecondaryIndexes"], told["LocalSecondaryIndexes"]
    assert for_all["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert [each["AttributeName"] for each in local["KeySchema"]] == ["customer", "total"]
    assert told["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def test_initial_items_are_plain_or_as_aws_writes_them(new_table: NewTable) -> None:
    """Nobody is told of them as changes."""
    plain = {"id": "a", "n": 1.5, "flag": True, "nothing": None, "list": [1, {"x": "y"}]}
    table = new_table(items=[plain, {"id": {"S": "b"}, "n": {"N": "2"}}])

    assert table.get_item(Key={"id": "a"})["Item"] == {**plain, "n": Decimal("1.5")}
    assert table.get_item(Key={"id": "b"})["Item"] == {"id": "b", "n": 2}


@pytest.mark.parametrize(
    ("name", "write"),
    [("items.json", json.dumps), ("items.jsonl", lambda items: "\n".join(map(json.dumps, items)))],
    ids=["json", "json lines"],
)
def test_initial_items_may_stand_in_a_file(
    tmp_path: Path, new_table: NewTable, name: str, write: Callable[[Any], str]
) -> None:
    """In the folder of the scenario."""
    (tmp_path / name).write_text(write([{"id": "a"}, {"id": "b"}]))

    table = new_table(items=name)

    assert table.scan()["Count"] == 2


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ({"key": "id X"}, "tables.orders.key.hash", "'id X' ends in 'X'"),
        ({"key": {"hash": "a", "range": "a"}}, "tables.orders.key", "name two attributes"),
        ({"key": "id", "items": [{"x": 1}]}, "tables.orders.items", "item 1 does not fit: .*Missing the key id"),
        ({"key": "id", "items": "nowhere.json"}, "tables.orders.items", "nowhere.json cannot be read"),
        ({"key": "id", "indexes": {"by_x": {}}}, "tables.orders.indexes.by_x.hash", "a partition key of its own"),
        ({"key": "id", "indexes": {"by_x": {"range": "x", "local": True}}}, "tables.orders.indexes", "range key"),
        ({"key": "id", "indexes": {"x": {"hash": "x"}}}, "tables.orders.indexes.x", "'x' cannot be the name"),
        ({"key": "id", "indexes": {"by_x": {"hash": "id N"}}}, "tables.orders.indexes.by_x.hash", "is S elsewhere"),
    ],
    ids=["type", "same", "item", "file", "global", "local", "name", "types"],
)
def test_a_mistake_is_told_with_its_key(world: SyncSimulation, settings: dict[str, Any], key: str, words: str) -> None:
    """And with what to do."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        world.add_source("tables", "orders", **settings)

    assert caught.value.key == key


def test_a_scenario_throttles_the_tables_of_its_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By what they are given there."""
    table = {
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    }
    resources = {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": table}}
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources}))
    put = {
        "service": "dynamodb",
        "operation": "PutItem",
        "parameters": {"TableName": "orders", "Item": {"id": {"S": "x"}}},
    }
    scenario = {
        "throttles": True,
        "template": "template.json",
        "workload": [{"times": 3, "call": put}],
        "expect": ["table orders has 2 throttled"],
    }
    (tmp_path / "scenario.yaml").write_text(json.dumps(scenario))

    code = main(["run", str(tmp_path / "scenario.yaml")])

    assert "writes throttled: TableWriteProvisionedThroughputExceeded" in capsys.readouterr().out
    assert code == 0


def test_a_queue_may_have_the_name_of_a_table(world: SyncSimulation, new_table: NewTable) -> None:
    """Who sends to that name means the queue: nothing can be sent to a table."""
    new_table()
    queue = world.add_source("queues", "orders")

    assert world.directory.find("orders") is queue


def test_a_run_with_tables_is_the_same_run_again() -> None:
    """Ids, order and trace follow from the seed."""

    def digest() -> str:
        import boto3

        with SyncSimulation(seed=7) as simulation:
            simulation.add_source("tables", "orders", key="id", stream="keys_only", indexes={"by_x": {"hash": "x"}})
            table = boto3.resource(
                "dynamodb", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
            ).Table("orders")
            for number in range(20):
                table.put_item(Item={"id": str(number), "x": "x"})
            table.query(IndexName="by_x", KeyConditionExpression=Key("x").eq("x"))
            table.scan()
            return simulation.digest()

    assert digest() == digest()
