"""What do calls of DynamoDB need?"""

from types import SimpleNamespace
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim.permissions.need import Need, Place
from eventsim.permissions.needs import needs_of

ORDERS = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
BY_DAY = SimpleNamespace(key=SimpleNamespace(hash_name="day"))
TABLE = SimpleNamespace(schema=SimpleNamespace(key=SimpleNamespace(hash_name="id"), indexes={"by-day": BY_DAY}))
HERE = Place("eu-west-1", "123456789012", lambda kind: {"orders": TABLE} if kind == "tables" else {})


def needs(operation: str, service: str = "dynamodb", **parameters: Any) -> list[Need]:
    return list(needs_of(service, operation, parameters, HERE))


def keys_of(operation: str, **parameters: Any) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of what a call about the table needs first."""
    return dict(needs(operation, TableName="orders", **parameters)[0].keys)


@pytest.mark.parametrize("name", ["orders", ORDERS])
def test_a_table_is_named_or_given_by_its_arn(name: str) -> None:
    """Tables of other accounts have to be."""
    (need,) = needs("DeleteTable", TableName=name)

    assert need == Need("dynamodb:DeleteTable", ORDERS)


def test_an_index_is_a_resource_of_its_own() -> None:
    """Leave to query a table is no leave to query its indexes."""
    asked = [needs("Query", TableName="orders", IndexName=index)[0].resource for index in (None, "by-day")]

    assert asked == [ORDERS, f"{ORDERS}/index/by-day"]


def test_a_batch_needs_an_action_of_its_own_on_each_table() -> None:
    """Leave to put items is no leave to write batches of them."""
    asked = {"orders": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}], "bills": []}

    assert [(need.action, need.resource) for need in needs("BatchWriteItem", RequestItems=asked)] == [
        ("dynamodb:BatchWriteItem", ORDERS),
        ("dynamodb:BatchWriteItem", ORDERS.replace("orders", "bills")),
    ]


def test_a_transaction_needs_what_its_parts_do() -> None:
    """IAM has no action for transactions; a condition key tells that it is one."""
    one = {"TableName": "orders", "Key": {"id": {"S": "1"}}}
    asked = needs("TransactWriteItems", TransactItems=[{"Delete": one}, {"ConditionCheck": one}, {"Put": one}])

    assert [need.action for need in asked] == [
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:PutItem",
    ]
    assert {need.keys["dynamodb:EnclosingOperation"] for need in asked} == {("TransactWriteItems",)}


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("GetItem", {"Key": {"line": {"N": "1"}, "id": {"S": "7"}}}),
        ("PutItem", {"Item": {"id": {"S": "7"}, "name": {"S": "x"}}}),
        ("Query", {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "7"}}}),
        (
            "Query",
            {
                "KeyConditionExpression": "#l>:l AND :id = #i",
                "ExpressionAttributeNames": {"#i": "id", "#l": "line"},
                "ExpressionAttributeValues": {":id": {"S": "7"}, ":l": {"N": "1"}},
            },
        ),
        (
            "Query",
            {"KeyConditions": {"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "7"}]}}},
        ),
        (
            "Query",
            {
                "IndexName": "by-day",
                "KeyConditionExpression": "day = :d",
                "ExpressionAttributeValues": {":d": {"S": "7"}},
            },
        ),
    ],
)
def test_a_policy_may_ask_for_the_partition(operation: str, given: dict[str, Any]) -> None:
    """So that a tenant reads its own items only."""
    assert keys_of(operation, **given)["dynamodb:LeadingKeys"] == ("7",)


def test_which_attribute_is_the_partition_key_the_table_tells() -> None:
    """It need not be the first of a key."""
    with SyncSimulation() as simulation:
        simulation.request(
            "dynamodb",
            "CreateTable",
            {
                "TableName": "orders",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("a", "b")],
                "KeySchema": [
                    {"AttributeName": "b", "KeyType": "HASH"},
                    {"AttributeName": "a", "KeyType": "RANGE"},
                ],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by-a",
                        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            },
        )
        place = Place(simulation.region, simulation.account_id, simulation.sources)
        key = {"a": {"S": "1"}, "b": {"S": "2"}}
        found = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "1"}}}
        (item,) = needs_of("dynamodb", "GetItem", {"TableName": "orders", "Key": key}, place)
        (index,) = needs_of("dynamodb", "Query", {"TableName": "orders", "IndexName": "by-a", **found}, place)

    assert item.keys["dynamodb:LeadingKeys"] == ("2",)
    assert index.keys["dynamodb:LeadingKeys"] == ("1",)


def test_a_batch_tells_all_its_partitions() -> None:
    """A policy asks that each of them is allowed."""
    asked = {"orders": {"Keys": [{"id": {"S": "7"}}, {"id": {"B": b"8"}}], "ProjectionExpression": "total"}}

    assert needs("BatchGetItem", RequestItems=asked) == [
        Need(
            "dynamodb:BatchGetItem",
            ORDERS,
            {"dynamodb:LeadingKeys": ("7", "OA=="), "dynamodb:Attributes": ("id", "total")},
        )
    ]


def test_a_policy_may_ask_for_the_attributes() -> None:
    """Those that are named anywhere, not what stands in them, nor functions and words of the language."""
    keys = keys_of(
        "UpdateItem",
        Key={"id": {"S": "7"}},
        UpdateExpression="SET #t = if_not_exists(price.net[0].#c, :v) REMOVE old",
        ConditionExpression="attribute_exists(id) AND NOT contains(tags, :v)",
        ExpressionAttributeNames={"#t": "total", "#c": "cents"},
        ReturnValues="UPDATED_NEW",
    )

    assert keys == {
        "dynamodb:LeadingKeys": ("7",),
        "dynamodb:Attributes": ("id", "old", "price", "tags", "total"),
        "dynamodb:ReturnValues": ("UPDATED_NEW",),
    }


@pytest.mark.parametrize(
    ("given", "selected"),
    [
        ({}, "ALL_ATTRIBUTES"),
        ({"IndexName": "by-day"}, "ALL_PROJECTED_ATTRIBUTES"),
        ({"ProjectionExpression": "id"}, "SPECIFIC_ATTRIBUTES"),
        ({"Select": "COUNT"}, "COUNT"),
    ],
)
def test_a_search_says_what_it_selects(given: dict[str, Any], selected: str) -> None:
    """Also where it says nothing, for then it selects all there is."""
    assert keys_of("Scan", **given)["dynamodb:Select"] == (selected,)


@pytest.mark.parametrize(
    ("statement", "action", "resource"),
    [
        ("""SELECT "a", b FROM "orders"."by-day" WHERE day = ?""", "PartiQLSelect", f"{ORDERS}/index/by-day"),
        ("select * from orders", "PartiQLSelect", ORDERS),
        ("INSERT INTO orders VALUE {'id': '1'}", "PartiQLInsert", ORDERS),
        ("""UPDATE "orders" SET a = 1 WHERE id = '1'""", "PartiQLUpdate", ORDERS),
        ("DELETE FROM orders WHERE id = '1'", "PartiQLDelete", ORDERS),
        ("EXISTS(SELECT * FROM orders WHERE id = '1')", "PartiQLSelect", ORDERS),
    ],
)
def test_a_statement_needs_an_action_of_its_kind(statement: str, action: str, resource: str) -> None:
    """On the table or the index that it names."""
    (one,) = needs("ExecuteStatement", Statement=statement)
    (part,) = needs("ExecuteTransaction", TransactStatements=[{"Statement": statement}])

    assert (one.action, one.resource) == (f"dynamodb:{action}", resource)
    assert part.keys == {**one.keys, "dynamodb:EnclosingOperation": ("ExecuteTransaction",)}


@pytest.mark.parametrize(
    ("condition", "is_scan"),
    [
        ("", "true"),
        ("WHERE total = 1", "true"),
        ("""WHERE "id" IN ['1']""", "false"),
        ("WHERE total=1 AND id='1'", "false"),
    ],
)
def test_a_statement_that_reads_the_whole_table_says_so(condition: str, is_scan: str) -> None:
    """Policies forbid it."""
    (need,) = needs("ExecuteStatement", Statement=f"SELECT * FROM orders {condition}")

    (other,) = needs("ExecuteStatement", Statement=f"SELECT * FROM elsewhere {condition}")

    assert need.keys == {"dynamodb:FullTableScan": (is_scan,)}
    assert other.keys == {}, "it has no such table"


def test_a_table_that_is_made_with_a_policy_needs_leave_to_put_it() -> None:
    """So do tags."""
    made = needs("CreateTable", TableName="orders", ResourcePolicy="{}", Tags=[{"Key": "a", "Value": "b"}])

    assert {need.resource for need in made} == {ORDERS}
    assert [need.action for need in made] == [
        "dynamodb:CreateTable",
        "dynamodb:TagResource",
        "dynamodb:PutResourcePolicy",
    ]


def test_who_restores_a_table_must_be_allowed_to_fill_it() -> None:
    """A backup is one resource, and the new table another."""
    backup = f"{ORDERS}/backup/0176-a"
    first, *others = needs("RestoreTableFromBackup", BackupArn=backup, TargetTableName="again")

    assert first == Need("dynamodb:RestoreTableFromBackup", backup)
    assert Need("dynamodb:BatchWriteItem", ORDERS.replace("orders", "again")) in others


def test_an_iterator_tells_its_stream() -> None:
    """It begins with the ARN."""
    stream = f"{ORDERS}/stream/2026-01-01T00:00:00.000"

    assert needs("GetRecords", "dynamodbstreams", ShardIterator=f"{stream}|1|AAA") == [
        Need("dynamodb:GetRecords", stream)
    ]
    assert needs("ListStreams", "dynamodbstreams", TableName="orders") == [
        Need("dynamodb:ListStreams", f"{ORDERS}/stream/*")
    ]
