"""Operations on tables: how they are made, described, changed and deleted."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NewTable = Callable[..., Any]

PLAIN: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def index(name: str = "by_x", attribute: str = "x") -> dict[str, Any]:
    """Return a global index."""
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def test_a_table_is_made_and_described(world: SyncSimulation, dynamodb: Any) -> None:
    """It is CREATING in the answer, and ready when one looks; the waiter is content at once."""
    made = dynamodb.create_table(**PLAIN, Tags=[{"Key": "team", "Value": "sales"}])["TableDescription"]
    dynamodb.get_waiter("table_exists").wait(TableName="orders")
    told = dynamodb.describe_table(TableName="orders")["Table"]

    assert (made["TableStatus"], told["TableStatus"]) == ("CREATING", "ACTIVE")
    assert told["TableArn"] == "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert told["CreationDateTime"] == world.clock.date()
    assert (told["ItemCount"], told["TableSizeBytes"], told["DeletionProtectionEnabled"]) == (0, 0, False)
    tags = dynamodb.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "sales"}]


def test_a_name_is_taken_once(dynamodb: Any) -> None:
    """Until the table is deleted."""
    dynamodb.create_table(**PLAIN)

    with pytest.raises(dynamodb.exceptions.ResourceInUseException, match=r"Table already exists: orders$"):
        dynamodb.create_table(**PLAIN)
    deleted = dynamodb.delete_table(TableName="orders")["TableDescription"]
    dynamodb.get_waiter("table_not_exists").wait(TableName="orders")
    dynamodb.create_table(**PLAIN)

    assert deleted["TableStatus"] == "DELETING"


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"TableName": "ab"},
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 3",
        ),
        (
            {"TableName": "a b c"},
            "1 validation error detected: Value 'a b c' at 'tableName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            {"BillingMode": "PROVISIONED"},
            f"{INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
            "PAY_PER_REQUEST",
        ),
        (
            {"AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}]},
            f"{INVALID}Some index key attributes are not defined in AttributeDefinitions. Keys: [id], "
            "AttributeDefinitions: [other]",
        ),
        (
            {"AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "x")]},
            f"{INVALID}Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"KeySchema": [{"AttributeName": name, "KeyType": "HASH"} for name in ("id", "x", "y")]},
            "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: "
            "Member must have length less than or equal to 2",
        ),
        ({"GlobalSecondaryIndexes": []}, f"{INVALID}List of GlobalSecondaryIndexes is empty"),
        (
            {"LocalSecondaryIndexes": [index(attribute="id")]},
            f"{INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex",
        ),
        (
            {"GlobalSecondaryIndexes": [index(attribute="id"), index(attribute="id")]},
            f"{INVALID}Duplicate index name: by_x",
        ),
    ],
    ids=[
        *("short", "pattern", "no throughput", "throughput", "undefined", "unused", "first range"),
        *("three keys", "no index", "local", "twice"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(dynamodb: Any, change: dict[str, Any], message: str) -> None:
    """In AWS's words."""
    with pytest.raises(ClientError) as caught:
        dynamodb.create_table(**{**PLAIN, **change})

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": message}


UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


def test_a_table_needs_a_key(dynamodb: Any) -> None:
    """The model lets it be missing, for the sake of replicas."""
    with pytest.raises(ClientError, match="Value null at 'keySchema'"):
        dynamodb.create_table(TableName="orders", BillingMode="PAY_PER_REQUEST")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
            f"{INVALID}ProvisionedThroughput must be specified for index: by_x",
        ),
        (
            {"GlobalSecondaryIndexUpdates": []},
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
            "SSESpecification or ReplicaUpdates is required",
        ),
        (
            {
                "AttributeDefinitions": [{"AttributeName": "y", "AttributeType": "S"}],
                "GlobalSecondaryIndexUpdates": [
                    {"Create": {**index(attribute="y"), "IndexName": "by_y"}},
                    {"Update": {"IndexName": "by_x", "ProvisionedThroughput": UNITS}},
                ],
            },
            f"{INVALID}ProvisionedThroughput should not be specified for index: by_x when BillingMode is "
            "PAY_PER_REQUEST",
        ),
    ],
    ids=["index without throughput", "nothing", "one change of two"],
)
def test_a_change_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, change: dict[str, Any], message: str
) -> None:
    """And nothing is changed."""
    new_table(indexes={"by_x": {"hash": "x"}})

    with pytest.raises(ClientError) as caught:
        dynamodb.update_table(TableName="orders", **change)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    told = dynamodb.describe_table(TableName="orders")["Table"]
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [each["IndexName"] for each in told["GlobalSecondaryIndexes"]] == ["by_x"]


def test_a_table_with_an_index_becomes_provisioned(new_table: NewTable, dynamodb: Any) -> None:
    """The throughput of its indexes goes with its own."""
    new_table(indexes={"by_x": {"hash": "x"}})
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}

    dynamodb.update_table(
        TableName="orders",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by_x", "ProvisionedThroughput": units}}],
    )

    (index,) = dynamodb.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"]
    assert index["IndexStatus"] == "ACTIVE"
    assert index["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units}


def test_what_is_not_simulated_is_refused_by_name(new_table: NewTable, dynamodb: Any) -> None:
    """Replicas, for one."""
    new_table()

    with pytest.raises(ClientError, match="ReplicaUpdates is not simulated"):
        dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])


def test_no_table_is_a_global_one(new_table: NewTable, dynamodb: Any) -> None:
    """Who asks for one of the older version is told so."""
    new_table()

    assert dynamodb.list_global_tables()["GlobalTables"] == []
    for ask in (dynamodb.describe_global_table, dynamodb.describe_global_table_settings):
        with pytest.raises(dynamodb.exceptions.GlobalTableNotFoundException, match="with name: 'orders'"):
            ask(GlobalTableName="orders")


def test_an_index_may_come_later_and_go(new_table: NewTable, dynamodb: Any) -> None:
    """It has the items that were there before, as far as they fit it."""
    table = new_table(items=[{"id": "a", "x": "1"}, {"id": "b", "x": 1}, {"id": "c"}])

    made = dynamodb.update_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index()}],
    )
    table.put_item(Item={"id": "d", "x": "2"})
    table.delete_item(Key={"id": "b"})
    found = {item["id"] for item in table.scan(IndexName="by_x")["Items"]}
    (told,) = dynamodb.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"]
    gone = dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_x"}}])

    statuses = [answer["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] for answer in (made, gone)]
    assert statuses == ["CREATING", "DELETING"]
    assert made["TableDescription"]["GlobalSecondaryIndexes"][0]["Backfilling"] is False
    assert "Backfilling" not in told
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="orders")["Table"]
    assert found == {"a", "d"}
    assert (told["IndexStatus"], told["ItemCount"]) == ("ACTIVE", 2)
    with pytest.raises(ClientError, match="The table does not have the specified index: by_x"):
        table.scan(IndexName="by_x")


def test_a_key_keeps_its_type(new_table: NewTable, dynamodb: Any) -> None:
    """Whoever adds an index may name the keys that there are, but not as something else."""
    new_table()
    types = [{"AttributeName": name, "AttributeType": kind} for name, kind in (("id", "N"), ("x", "S"))]

    with pytest.raises(ClientError, match=r"ValidationException.*Attribute id is defined as S, not as N"):
        dynamodb.update_table(
            TableName="orders", AttributeDefinitions=types, GlobalSecondaryIndexUpdates=[{"Create": index()}]
        )

    told = dynamodb.describe_table(TableName="orders")["Table"]
    assert told["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "The update expression attempted to update the secondary index key to unsupported type"),
        (
            "",
            "One or more parameter values are not valid. The update expression attempted to update a secondary index "
            "key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value.",
        ),
        ("x" * 1025, "The update expression attempted to update the secondary index key beyond allowed size limits"),
    ],
    ids=["of another type", "empty", "too long"],
)
def test_an_index_key_may_not_be_updated_to_what_it_is_not(new_table: NewTable, value: object, message: str) -> None:
    """Updates say it in words of their own."""
    table = new_table(indexes={"by_x": {"hash": "y", "range": "x"}})

    with pytest.raises(ClientError) as caught:
        table.update_item(Key={"id": "a"}, UpdateExpression="SET x = :v", ExpressionAttributeValues={":v": value})

    assert caught.value.response["Error"]["Message"] == message


def test_tables_are_listed_in_pages(new_table: NewTable, dynamodb: Any) -> None:
    """In order of their names."""
    for name in ("ccc", "aaa", "bbb"):
        new_table(name)

    page = dynamodb.list_tables(Limit=2)
    names = [name for each in dynamodb.get_paginator("list_tables").paginate() for name in each["TableNames"]]

    assert (page["TableNames"], page["LastEvaluatedTableName"]) == (["aaa", "bbb"], "bbb")
    assert names == ["aaa", "bbb", "ccc"]


def test_a_protected_table_stays(dynamodb: Any) -> None:
    """Until the protection is taken away."""
    dynamodb.create_table(**PLAIN, DeletionProtectionEnabled=True)

    with pytest.raises(ClientError, match="currently protected against deletion"):
        dynamodb.delete_table(TableName="orders")
    dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="orders")

    assert dynamodb.list_tables()["TableNames"] == []


def test_backups_and_policies_are_kept(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """And given back; the trace says that policies have no effect."""
    table = new_table()
    dynamodb.update_continuous_backups(
        TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    revision = dynamodb.put_resource_policy(ResourceArn=table.table_arn, Policy='{"Statement": []}')["RevisionId"]

    backups = dynamodb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    policy = dynamodb.get_resource_policy(ResourceArn=table.table_arn)

    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert (policy["Policy"], policy["RevisionId"]) == ('{"Statement": []}', revision)
    assert world.trace.count("accepted without effect") == 1
    dynamodb.delete_resource_policy(ResourceArn=table.table_arn)
    with pytest.raises(dynamodb.exceptions.PolicyNotFoundException):
        dynamodb.get_resource_policy(ResourceArn=table.table_arn)


@pytest.mark.parametrize(
    "policy", ["allow", "[]", '{"Version": "2012-10-17"}' + " " * 20_480], ids=["no JSON", "a list", "long"]
)
def test_a_policy_is_a_document_of_20_kb_at_most(new_table: NewTable, dynamodb: Any, policy: str) -> None:
    """Of a new table as of one that is there."""
    arn = new_table().table_arn

    with pytest.raises(ClientError, match=r"ValidationException.*Resource-based policy"):
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy)
    with pytest.raises(ClientError, match=r"ValidationException.*Resource-based policy"):
        dynamodb.create_table(**{**PLAIN, "TableName": "others"}, ResourcePolicy=policy)


def test_tags_come_and_go(new_table: NewTable, dynamodb: Any) -> None:
    """By the table's ARN."""
    arn = new_table(tags={"a": "1"}).table_arn

    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])

    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("orders", "ValidationException", "Invalid TableArn: Invalid ResourceArn provided as input orders"),
        (
            "arn:aws:dynamodb:us-east-1:123456789012:table/other",
            "ResourceNotFoundException",
            "Requested resource not found: ResourcArn: arn:aws:dynamodb:us-east-1:123456789012:table/other not found",
        ),
    ],
    ids=["no arn", "nobody's"],
)
def test_tags_are_for_what_is_there(new_table: NewTable, dynamodb: Any, arn: str, code: str, message: str) -> None:
    """A name is no ARN."""
    new_table()

    with pytest.raises(ClientError) as caught:
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "sales"}])

    assert caught.value.response["Error"] == {"Code": code, "Message": message}


def test_tags_are_listed_by_page(new_table: NewTable, dynamodb: Any) -> None:
    """Ten at a time; the paginator finds them all."""
    arn = new_table(tags={f"key-{number}": "v" for number in range(12)}).table_arn

    first = dynamodb.list_tags_of_resource(ResourceArn=arn)
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)

    assert len(first["Tags"]) == 10
    assert len(pages.build_full_result()["Tags"]) == 12
    with pytest.raises(ClientError, match="Invalid NextToken"):
        dynamodb.list_tags_of_resource(ResourceArn=arn, NextToken="x")


def test_a_table_tells_when_it_came_to_be_paid_by_request(world: SyncSimulation, dynamodb: Any) -> None:
    """A table that never was has no summary of its billing; one that was tells it for ever after."""
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    made = dynamodb.create_table(**{**PLAIN, "BillingMode": "PROVISIONED"}, ProvisionedThroughput=units)
    world.advance(60)

    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    then = world.clock.date()
    world.advance(60)
    dynamodb.update_table(TableName="orders", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    told = dynamodb.describe_table(TableName="orders")["Table"]["BillingModeSummary"]

    assert "BillingModeSummary" not in made["TableDescription"]
    assert told == {"BillingMode": "PROVISIONED", "LastUpdateToPayPerRequestDateTime": then}


@pytest.mark.parametrize(
    ("key", "arn"),
    [
        ({}, r"arn:aws:kms:us-east-1:123456789012:key/[0-9a-f-]{36}"),
        ({"KMSMasterKeyId": "alias/mine"}, "arn:aws:kms:us-east-1:123456789012:alias/mine"),
        ({"KMSMasterKeyId": "arn:aws:kms:eu-west-1:1:key/k"}, "arn:aws:kms:eu-west-1:1:key/k"),
    ],
    ids=["none", "alias", "ARN"],
)
def test_an_encrypted_table_tells_the_arn_of_its_key(dynamodb: Any, key: dict[str, str], arn: str) -> None:
    """The account's own key for DynamoDB if none was named."""
    made = dynamodb.create_table(**PLAIN, SSESpecification={"Enabled": True, **key})["TableDescription"]

    assert made["SSEDescription"]["SSEType"] == "KMS"
    assert re.fullmatch(arn, made["SSEDescription"]["KMSMasterKeyArn"])


def test_limits_and_endpoints_are_told(world: SyncSimulation, dynamodb: Any) -> None:
    """Some clients ask for them first."""
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40_000
    assert dynamodb.describe_endpoints()["Endpoints"][0]["Address"] == "dynamodb.us-east-1.amazonaws.com"


def test_warm_throughput_is_kept(dynamodb: Any) -> None:
    """Of the table and of its indexes; nothing grows warm by it."""
    warm = {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 5_000}
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "x")]

    made = dynamodb.create_table(**PLAIN, WarmThroughput=warm)["TableDescription"]
    told = dynamodb.update_table(
        TableName="orders",
        AttributeDefinitions=types,
        GlobalSecondaryIndexUpdates=[{"Create": {**index(), "WarmThroughput": warm}}],
    )["TableDescription"]

    assert made["WarmThroughput"] == {**warm, "Status": "ACTIVE"}
    assert told["GlobalSecondaryIndexes"][0]["WarmThroughput"] == {**warm, "Status": "ACTIVE"}
    assert told["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"


def test_one_index_is_made_at_a_time(dynamodb: Any) -> None:
    """Neither is made if two are asked for."""
    dynamodb.create_table(**PLAIN)
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "x", "y")]
    both = [{"Create": index()}, {"Create": index("by_y", "y")}]

    with pytest.raises(dynamodb.exceptions.LimitExceededException, match="Only 1 online index can be created"):
        dynamodb.update_table(TableName="orders", AttributeDefinitions=types, GlobalSecondaryIndexUpdates=both)

    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="orders")["Table"]
