"""The database shows the tables as they are, and another server goes on with them."""

import json
from pathlib import Path

import boto3
import pytest

from eventsim import SyncSimulation
from eventsim_sources.table.spec import TableKind
from tests import sdk
from tests.sources.conftest import rows


def test_the_database_shows_the_items(tmp_path: Path) -> None:
    """Each as JSON, under its key; what is deleted is gone, with its table."""
    path = tmp_path / "run.db"
    with SyncSimulation(seed=1, database=path) as simulation:
        simulation.add_source("tables", "orders", key="id", items=[{"id": "given"}])
        simulation.add_source("tables", "other", key="id", stream="keys_only", items=[{"id": "given"}])
        simulation.add_source("queues", "jobs")
        table = boto3.resource("dynamodb", **sdk.KEYS).Table("orders")
        table.put_item(Item={"id": "a", "b": b"\x00"})
        table.put_item(Item={"id": "gone"})
        simulation.until_idle()
        table.delete_item(Key={"id": "gone"})
        sdk.client("dynamodb").delete_table(TableName="other")

    assert rows(path, "select table_name, key, item from item order by key") == [
        ("orders", "a", '{"id": {"S": "a"}, "b": {"B": "AA=="}}'),
        ("orders", "given", '{"id": {"S": "given"}}'),
    ]
    assert [row[0] for row in rows(path, "select name from item_table")] == ["orders"]


def test_half_of_a_character_stays_what_it_is(tmp_path: Path) -> None:
    """It is no text that a trace or a database could hold as it is."""
    path = tmp_path / "run.db"
    item = {"id": {"S": "ä\ud800"}, "x": {"S": "\udfff"}}

    with SyncSimulation(seed=1, database=path) as simulation:
        simulation.add_source("tables", "orders", key="id")
        simulation.request("dynamodb", "PutItem", {"TableName": "orders", "Item": item})
        assert simulation.digest()

    with SyncSimulation(seed=1, database=path) as simulation:
        TableKind().restore(simulation)
        assert simulation.request("dynamodb", "Scan", {"TableName": "orders"})["Items"] == [item]


@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "made by a call"])
def test_a_table_goes_on_where_it_was(tmp_path: Path, is_declared: bool) -> None:
    """Its items, its indexes, its settings, and the end of an item's life."""
    path = tmp_path / "run.db"
    items = [{"id": "initial"}]

    with SyncSimulation(seed=1, database=path) as simulation:
        simulation.add_source(
            "tables",
            "orders",
            key="id",
            indexes={"by_x": {"hash": "x"}},
            stream="keys_only",
            ttl="ends",
            tags={"a": "1"},
            items=items,
        )
        table = boto3.resource("dynamodb", **sdk.KEYS).Table("orders")
        table.delete_item(Key={"id": "initial"})
        table.put_item(Item={"id": "a", "x": "x", "b": {b"\x00"}, "m": {"l": [1]}})
        table.put_item(Item={"id": "short", "ends": 1_767_225_660})
        arn = table.latest_stream_arn

    with SyncSimulation(seed=1, database=path) as simulation:
        if is_declared:
            simulation.add_source(
                "tables", "orders", key="id", indexes={"by_x": {"hash": "x"}}, ttl="ends", items=items
            )
        TableKind().restore(simulation)
        table = boto3.resource("dynamodb", **sdk.KEYS).Table("orders")
        found = {item["id"]: item for item in table.scan()["Items"]}
        indexed = table.scan(IndexName="by_x")["Items"]
        simulation.advance(70)
        left = {item["id"] for item in table.scan()["Items"]}
        if not is_declared:
            assert table.latest_stream_arn == arn
            client = sdk.client("dynamodb")
            assert client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"] == [{"Key": "a", "Value": "1"}]

    assert found["a"] == {"id": "a", "x": "x", "b": {b"\x00"}, "m": {"l": [1]}}
    assert found.keys() == {"a", "short"}
    assert indexed == [found["a"]]
    assert left == {"a"}
    assert {json.loads(item)["id"]["S"] for (item,) in rows(path, "select item from item")} == {"a"}
