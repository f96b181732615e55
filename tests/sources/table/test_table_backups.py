"""Backups of tables, recovery to a point in time, and what is kept beside: contributor insights."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NewTable = Callable[..., Any]


def items_of(dynamodb: Any, name: str) -> list[str]:
    """Return the ids of a table's items."""
    return sorted(item["id"]["S"] for item in dynamodb.scan(TableName=name)["Items"])


def test_a_backup_is_made_listed_and_deleted(world: SyncSimulation, dynamodb: Any, new_table: NewTable) -> None:
    """It is CREATING in the answer that begins it, and available when one looks; it outlives its table."""
    new_table().put_item(Item={"id": "1"})

    made = dynamodb.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]
    dynamodb.delete_table(TableName="orders")
    told = dynamodb.describe_backup(BackupArn=made["BackupArn"])["BackupDescription"]
    (listed,) = dynamodb.list_backups(TableName="orders")["BackupSummaries"]
    deleted = dynamodb.delete_backup(BackupArn=made["BackupArn"])["BackupDescription"]

    assert made["BackupArn"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/orders/backup/01767225600000-")
    assert (made["BackupStatus"], made["BackupType"], made["BackupSizeBytes"]) == ("CREATING", "USER", 3)
    assert told["BackupDetails"] == {**made, "BackupStatus": "AVAILABLE"}
    assert told["SourceTableDetails"]["ItemCount"] == 1
    assert told["SourceTableDetails"]["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert (listed["BackupName"], listed["TableName"]) == ("nightly", "orders")
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert dynamodb.list_backups()["BackupSummaries"] == []
    with pytest.raises(dynamodb.exceptions.BackupNotFoundException, match=f"Backup not found: {made['BackupArn']}"):
        dynamodb.describe_backup(BackupArn=made["BackupArn"])


def test_backups_are_listed_by_page_and_by_time(world: SyncSimulation, dynamodb: Any, new_table: NewTable) -> None:
    """In the order in which they were made; the lower bound is within, the upper is not."""
    new_table()
    for number in range(3):
        dynamodb.create_backup(TableName="orders", BackupName=f"backup-{number}")
        world.advance(60)

    pages = dynamodb.get_paginator("list_backups").paginate(PaginationConfig={"PageSize": 2})
    start = world.clock.date(0)
    first = dynamodb.list_backups(TimeRangeUpperBound=start + timedelta(seconds=60))["BackupSummaries"]
    later = dynamodb.list_backups(TimeRangeLowerBound=start.replace(tzinfo=None, second=1))["BackupSummaries"]

    assert [len(page["BackupSummaries"]) for page in pages] == [2, 1]
    assert [backup["BackupName"] for backup in first] == ["backup-0"]
    assert [backup["BackupName"] for backup in later] == ["backup-1", "backup-2"]
    assert dynamodb.list_backups(BackupType="SYSTEM")["BackupSummaries"] == []


def test_a_table_is_made_of_a_backup(dynamodb: Any, new_table: NewTable) -> None:
    """With keys, indexes and items as they were then; tags, stream and protection are its own."""
    table = new_table(indexes={"by_color": {"hash": "color"}, "by_size": {"hash": "size"}}, stream="keys_only")
    table.put_item(Item={"id": "1", "color": "red", "size": "xl"})
    arn = dynamodb.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]["BackupArn"]
    table.put_item(Item={"id": "2"})

    made = dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=arn)["TableDescription"]
    dynamodb.restore_table_from_backup(
        TargetTableName="small",
        BackupArn=arn,
        GlobalSecondaryIndexOverride=[],
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
    )
    told, small = (dynamodb.describe_table(TableName=name)["Table"] for name in ("again", "small"))

    assert made["TableStatus"] == "CREATING"
    assert made["RestoreSummary"]["RestoreInProgress"]
    assert told["RestoreSummary"] == {**made["RestoreSummary"], "RestoreInProgress": False}
    assert told["RestoreSummary"]["SourceBackupArn"] == arn
    assert {index["IndexName"] for index in told["GlobalSecondaryIndexes"]} == {"by_color", "by_size"}
    assert "LatestStreamArn" not in told
    assert (items_of(dynamodb, "again"), items_of(dynamodb, "orders")) == (["1"], ["1", "2"])
    assert "GlobalSecondaryIndexes" not in small
    assert small["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    with pytest.raises(dynamodb.exceptions.TableAlreadyExistsException, match=r"Table already exists: again$"):
        dynamodb.restore_table_from_backup(TargetTableName="again", BackupArn=arn)


def test_a_table_is_restored_to_an_instant(world: SyncSimulation, dynamodb: Any, new_table: NewTable) -> None:
    """Whatever happened since is undone; without an instant, nothing is."""
    table = new_table()
    table.put_item(Item={"id": "before"})
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=recovery)
    world.advance(60)
    table.put_item(Item={"id": "first"})
    then = world.clock.date()
    world.advance(60)
    table.put_item(Item={"id": "second"})
    table.delete_item(Key={"id": "before"})

    made = dynamodb.restore_table_to_point_in_time(
        SourceTableName="orders", TargetTableName="then", RestoreDateTime=then
    )["TableDescription"]
    dynamodb.restore_table_to_point_in_time(
        SourceTableArn=made["RestoreSummary"]["SourceTableArn"], TargetTableName="now", UseLatestRestorableTime=True
    )

    assert made["RestoreSummary"]["RestoreDateTime"] == then
    assert items_of(dynamodb, "then") == ["before", "first"]
    assert items_of(dynamodb, "now") == ["first", "second"]
    with pytest.raises(dynamodb.exceptions.InvalidRestoreTimeException):
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="orders", TargetTableName="early", RestoreDateTime=datetime(2020, 1, 1)
        )


def test_recovery_needs_a_table_that_keeps_its_changes(dynamodb: Any, new_table: NewTable) -> None:
    """It is off until somebody switches it on."""
    new_table()

    with pytest.raises(dynamodb.exceptions.PointInTimeRecoveryUnavailableException):
        dynamodb.restore_table_to_point_in_time(SourceTableName="orders", TargetTableName="again")
    with pytest.raises(dynamodb.exceptions.TableNotFoundException, match=r"Table not found: nowhere$"):
        dynamodb.restore_table_to_point_in_time(SourceTableName="nowhere", TargetTableName="again")
    with pytest.raises(dynamodb.exceptions.TableNotFoundException, match=r"Table not found: nowhere$"):
        dynamodb.create_backup(TableName="nowhere", BackupName="nightly")


def test_contributor_insights_are_kept(world: SyncSimulation, dynamodb: Any, new_table: NewTable) -> None:
    """Of a table and of its indexes; nothing is counted, which the trace tells."""
    new_table(indexes={"by_color": {"hash": "color"}})

    dynamodb.update_contributor_insights(TableName="orders", ContributorInsightsAction="ENABLE")
    dynamodb.update_contributor_insights(TableName="orders", IndexName="by_color", ContributorInsightsAction="ENABLE")
    told = dynamodb.describe_contributor_insights(TableName="orders")
    listed = dynamodb.list_contributor_insights(TableName="orders")["ContributorInsightsSummaries"]
    off = dynamodb.update_contributor_insights(TableName="orders", ContributorInsightsAction="DISABLE")

    assert told["ContributorInsightsStatus"] == "ENABLED"
    assert told["ContributorInsightsRuleList"][0].startswith("DynamoDBContributorInsights-PKC-orders-")
    assert [each.get("IndexName") for each in listed] == [None, "by_color"]
    assert off["ContributorInsightsStatus"] == "DISABLING"
    assert dynamodb.describe_contributor_insights(TableName="orders")["ContributorInsightsStatus"] == "DISABLED"
    assert any("ContributorInsightsAction" in str(entry) for entry in world.trace.entries(["accepted without effect"]))


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_global_table", {"GlobalTableName": "orders", "ReplicationGroup": [{"RegionName": "eu-west-1"}]}),
        ("describe_table_replica_auto_scaling", {"TableName": "orders"}),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(
    world: SyncSimulation, dynamodb: Any, operation: str, parameters: Any
) -> None:
    """The older global tables and the scaling of replicas."""
    with pytest.raises(Exception, match="is not simulated"):
        getattr(dynamodb, operation)(**parameters)


def test_replicas_are_refused_by_name(dynamodb: Any, new_table: NewTable) -> None:
    """A simulation has one region, and the message says who has several."""
    new_table()

    with pytest.raises(ClientError, match="ReplicaUpdates is not simulated: a simulation has one region"):
        dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
