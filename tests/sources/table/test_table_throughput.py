"""How may provisioned throughput be changed, and what is told of that?"""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

TABLE: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def units(read: int, write: int) -> dict[str, int]:
    """Return throughput."""
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def test_changes_of_throughput_are_told(world: SyncSimulation, dynamodb: Any) -> None:
    """When it last rose and fell, and how often it fell on this day: one change may do both."""
    dynamodb.create_table(**TABLE, ProvisionedThroughput=units(5, 5))
    begun = world.clock.date()
    world.advance(60)

    dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(6, 4))
    world.advance(60)
    dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(5, 4))
    today = dynamodb.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
    world.advance(86_400)
    tomorrow = dynamodb.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]

    at = {
        "LastIncreaseDateTime": begun + timedelta(minutes=1),
        "LastDecreaseDateTime": begun + timedelta(minutes=2),
    }
    assert today == {**units(5, 4), **at, "NumberOfDecreasesToday": 2}
    assert tomorrow == {**units(5, 4), **at, "NumberOfDecreasesToday": 0}


def test_a_change_that_begins_tells_what_is_still_there(dynamodb: Any) -> None:
    """Of the table and of its indexes; who looks afterwards finds what was asked for."""
    index = {
        "IndexName": "by_x",
        "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        "ProvisionedThroughput": units(5, 5),
    }
    types = [*TABLE["AttributeDefinitions"], {"AttributeName": "x", "AttributeType": "S"}]
    dynamodb.create_table(
        **{**TABLE, "AttributeDefinitions": types},
        ProvisionedThroughput=units(5, 5),
        GlobalSecondaryIndexes=[index],
    )

    begun = dynamodb.update_table(
        TableName="orders",
        ProvisionedThroughput=units(10, 10),
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by_x", "ProvisionedThroughput": units(10, 10)}}],
    )["TableDescription"]
    done = dynamodb.describe_table(TableName="orders")["Table"]

    for told, count in ((begun, 5), (done, 10)):
        parts = [told, *told["GlobalSecondaryIndexes"]]
        assert [each["ProvisionedThroughput"]["WriteCapacityUnits"] for each in parts] == [count, count]


def test_throughput_falls_four_times_a_day_and_then_once_an_hour(world: SyncSimulation, dynamodb: Any) -> None:
    """A rise is always allowed."""
    dynamodb.create_table(**TABLE, ProvisionedThroughput=units(10, 10))
    for count in range(1, 5):
        dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(10, 10 - count))
    dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(11, 6))

    with pytest.raises(dynamodb.exceptions.LimitExceededException) as caught:
        dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(11, 5))
    world.advance(3_600)
    told = dynamodb.update_table(TableName="orders", ProvisionedThroughput=units(11, 5))["TableDescription"]

    assert caught.value.response["Error"]["Message"] == (
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the "
        "first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 "
        "seconds. Number of decreases today: 4. Last decrease at Thursday, January 1, 2026 at 12:00:00 AM Coordinated "
        "Universal Time. Next decrease can be made at Thursday, January 1, 2026 at 1:00:00 AM Coordinated Universal "
        "Time"
    )
    assert told["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 5


def test_a_provisioned_table_is_warm_for_what_is_provisioned(dynamodb: Any) -> None:
    """One that is paid per request bears more from the beginning."""
    dynamodb.create_table(**TABLE, ProvisionedThroughput=units(5, 6))

    provisioned = dynamodb.describe_table(TableName="orders")["Table"]["WarmThroughput"]
    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    by_request = dynamodb.describe_table(TableName="orders")["Table"]["WarmThroughput"]

    assert provisioned == {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 6, "Status": "ACTIVE"}
    assert by_request == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}


def test_throughput_of_an_index_becomes_another_or_none(dynamodb: Any) -> None:
    """As that of a table does."""
    dynamodb.create_table(
        **{**TABLE, "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "x")]},
        ProvisionedThroughput=units(5, 5),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_x",
                "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": units(5, 5),
            }
        ],
    )
    same = [{"Update": {"IndexName": "by_x", "ProvisionedThroughput": units(5, 5)}}]

    with pytest.raises(ClientError, match="The provisioned throughput for the index by_x will not change"):
        dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=same)
