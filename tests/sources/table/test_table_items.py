"""Operations on one item, as boto3 knows them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, SyncSimulation

NewTable = Callable[..., Any]


def test_an_item_is_there_until_it_is_deleted(new_table: NewTable) -> None:
    """Put, get, delete; what is not there is no `Item`."""
    table = new_table()
    item = {"id": "a", "n": Decimal("1.5"), "m": {"l": [1, None, True]}, "s": {"x", "y"}, "b": b"\x00\xff"}

    table.put_item(Item=item)
    got = table.get_item(Key={"id": "a"})["Item"]
    old = table.delete_item(Key={"id": "a"}, ReturnValues="ALL_OLD")["Attributes"]

    assert got == old == item
    assert "Item" not in table.get_item(Key={"id": "a"})
    assert "Attributes" not in table.delete_item(Key={"id": "a"}, ReturnValues="ALL_OLD")


def test_a_set_comes_back_in_order(new_table: NewTable, dynamodb: Any) -> None:
    """Python's sets have none, and a run must not hang on it."""
    table = new_table()

    table.put_item(Item={"id": "a", "s": {"c", "a", "b"}, "n": {10, 9, -1}})
    table.update_item(Key={"id": "a"}, UpdateExpression="ADD s :s", ExpressionAttributeValues={":s": {"aa"}})

    item = dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]
    assert item["s"] == {"SS": ["a", "aa", "b", "c"]}
    assert item["n"] == {"NS": ["-1", "9", "10"]}


def test_nobody_shares_an_item_with_the_table(new_table: NewTable, dynamodb: Any) -> None:
    """Changing what one gave, or what one got, changes nothing there."""
    new_table()
    given = {"id": {"S": "a"}, "l": {"L": [{"M": {"x": {"S": "1"}}}]}}
    dynamodb.put_item(TableName="orders", Item=given)

    given["l"]["L"][0]["M"]["x"]["S"] = "2"  # type: ignore[index]
    got = dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]
    got["l"]["L"].clear()

    again = dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]
    assert again["l"] == {"L": [{"M": {"x": {"S": "1"}}}]}


EMPTY = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"x": {"S": "1"}}, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            {"id": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        ({"id": {"S": ""}}, f"{EMPTY} string value. Key: id"),
        (
            {"id": {"S": "a"}, "at": {"S": "1"}},
            "One or more parameter values were invalid: Type mismatch for Index Key at Expected: N Actual: S "
            "IndexName: by_customer",
        ),
        (
            {"id": {"S": "a"}, "customer": {"S": ""}},
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
            "The AttributeValue for a key attribute cannot contain an empty string value. "
            "IndexName: by_customer, IndexKey: customer",
        ),
        (
            {"id": {"S": "x" * 2049}},
            "One or more parameter values were invalid: "
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        (
            {"id": {"S": "a"}, "customer": {"S": "é" * 1025}},
            "One or more parameter values were invalid: "
            "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        ({"id": {"S": "a"}, "x": {"S": "x" * 409_600}}, "Item size has exceeded the maximum allowed size"),
    ],
    ids=["missing", "type", "empty", "index type", "index empty", "long key", "long index key", "large"],
)
def test_an_item_that_does_not_fit_is_refused(
    new_table: NewTable, dynamodb: Any, item: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    new_table(indexes={"by_customer": {"hash": "customer", "range": "at N"}})

    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(TableName="orders", Item=item)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": message}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"id": {"S": "a"}, "x": {"S": "b"}}, "The provided key element does not match the schema"),
        ({"x": {"S": "b"}}, "The provided key element does not match the schema"),
        ({"id": {"N": "1"}}, "The provided key element does not match the schema"),
        ({"id": {"S": ""}}, f"{EMPTY} string value. Key: id"),
    ],
    ids=["more", "other", "type", "empty"],
)
@pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
def test_a_key_that_does_not_fit_is_refused(
    new_table: NewTable, dynamodb: Any, operation: str, key: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    new_table()

    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(TableName="orders", Key=key)

    assert caught.value.response["Error"]["Message"] == message


NO_VALUE = {"id": {"S": "a"}, "x": {}}
VALUE_FAULT = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
EXPRESSION_FAULT = 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("put_item", {"Item": NO_VALUE, "ReturnValues": "ALL_NEW", "ConditionExpression": "x ="}, VALUE_FAULT),
        (
            "put_item",
            {"Item": {"id": {"S": "a"}}, "ReturnValues": "ALL_NEW", "ConditionExpression": "x ="},
            "ReturnValues can only be ALL_OLD or NONE",
        ),
        ("put_item", {"Item": {"x": {"S": "a"}}, "ConditionExpression": "x ="}, EXPRESSION_FAULT),
        ("put_item", {"Item": {"x": {"S": "a"}}}, "Requested resource not found"),
        (
            "put_item",
            {"Item": {"id": {"S": "a"}, "x": {"S": "x" * 409_600}}},
            "Item size has exceeded the maximum allowed size",
        ),
        ("get_item", {"Key": NO_VALUE, "ProjectionExpression": "x,"}, VALUE_FAULT),
        ("delete_item", {"Key": NO_VALUE, "ReturnValues": "ALL_NEW", "ConditionExpression": "x ="}, VALUE_FAULT),
        ("update_item", {"Key": NO_VALUE, "ConditionExpression": "x ="}, VALUE_FAULT),
        ("update_item", {"Key": {"x": {"S": "a"}}, "ConditionExpression": "x ="}, EXPRESSION_FAULT),
    ],
)
def test_of_several_faults_values_are_told_of_first(
    world: SyncSimulation, dynamodb: Any, operation: str, parameters: dict[str, Any], message: str
) -> None:
    """Then of expressions, of the table after that, and last of what does not fit it; here there is no table."""
    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(TableName="nobody", **parameters)

    assert caught.value.response["Error"]["Message"] == message


def test_a_table_that_is_not_there_is_not_named(world: SyncSimulation, dynamodb: Any) -> None:
    """Operations on items say no more than that; those on tables name it."""
    with pytest.raises(ClientError, match=r"Requested resource not found$"):
        dynamodb.get_item(TableName="nowhere", Key={"id": {"S": "a"}})
    with pytest.raises(ClientError, match="Requested resource not found: Table: nowhere not found"):
        dynamodb.describe_table(TableName="nowhere")


def test_a_table_may_be_named_by_its_arn(new_table: NewTable, dynamodb: Any) -> None:
    """As well as by its name."""
    table = new_table(items=[{"id": "a"}])

    got = dynamodb.get_item(TableName=table.table_arn, Key={"id": {"S": "a"}})

    assert got["Item"] == {"id": {"S": "a"}}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"TableName": "orders"}, "Value null at 'item' failed to satisfy constraint: Member must not be null"),
        ({"TableName": "orders", "Item": "text"}, "Invalid type for parameter Item, value: text, type: <class 'str'>"),
        (
            {"TableName": "orders", "Item": {"id": "text"}},
            "Invalid type for parameter Item.id, value: text, type: <class 'str'>",
        ),
        (
            {"TableName": "orders", "Item": {"id": {"S": 7}}},
            "Invalid type for parameter Item.id.S, value: 7, type: <class 'int'>",
        ),
        ({"TableName": "orders", "Item": {"id": {}}}, "Supplied AttributeValue is empty"),
    ],
)
def test_a_call_that_no_client_has_checked_is_refused_too(
    world: SyncSimulation, new_table: NewTable, parameters: dict[str, Any], message: str
) -> None:
    """State machines and front doors send whatever they were given."""
    new_table()

    with pytest.raises(ApiError, match=message):
        world.request("dynamodb", "PutItem", parameters)


def test_a_condition_that_fails_may_show_the_item(new_table: NewTable, dynamodb: Any) -> None:
    """`ReturnValuesOnConditionCheckFailure` brings it with the error; nothing is written."""
    new_table(items=[{"id": "a", "n": 1}])

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName="orders",
            Item={"id": {"S": "a"}},
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    assert caught.value.response["Error"]["Message"] == "The conditional request failed"
    assert caught.value.response["Item"] == {"id": {"S": "a"}, "n": {"N": "1"}}
    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "1"}


@pytest.mark.parametrize(
    ("shown", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {"id": "a", "n": 1, "m": {"x": 1, "y": 2}}),
        ("UPDATED_OLD", {"n": 1, "m": {"x": 1}}),
        ("ALL_NEW", {"id": "a", "n": 3, "m": {"x": 9, "y": 2}, "new": "v"}),
        ("UPDATED_NEW", {"n": 3, "m": {"x": 9}, "new": "v"}),
    ],
)
def test_an_update_shows_what_was_asked_for(new_table: NewTable, shown: str, attributes: dict[str, Any] | None) -> None:
    """Of the item before or after, whole or only what the update names."""
    table = new_table(items=[{"id": "a", "n": 1, "m": {"x": 1, "y": 2}}])

    answer = table.update_item(
        Key={"id": "a"},
        UpdateExpression="ADD n :two SET m.x = :nine, #new = :v",
        ExpressionAttributeNames={"#new": "new"},
        ExpressionAttributeValues={":two": 2, ":nine": 9, ":v": "v"},
        ReturnValues=shown,
    )

    assert answer.get("Attributes") == attributes


def test_an_update_makes_the_item_that_is_not_there(new_table: NewTable) -> None:
    """With its key, and with nothing else if nothing is said."""
    table = new_table()

    table.update_item(Key={"id": "a"})
    table.update_item(Key={"id": "b"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1})

    assert sorted(table.scan()["Items"], key=lambda item: item["id"]) == [{"id": "a"}, {"id": "b", "n": 1}]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ReturnValues": "ALL_NEW"}, "ReturnValues can only be ALL_OLD or NONE"),
        (
            {"ReturnValues": "EVERYTHING"},
            "1 validation error detected: Value 'EVERYTHING' at 'returnValues' failed to satisfy constraint: "
            "Member must satisfy enum value set: [",
        ),
        (
            {"Expected": {"id": {"Exists": False}}, "ConditionExpression": "attribute_exists(id)"},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            {"ConditionExpression": "attribute_exists(id)", "ExpressionAttributeValues": {":x": {"S": "1"}}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}",
        ),
    ],
    ids=["values", "enum", "mixed", "unused"],
)
def test_a_put_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, parameters: dict[str, Any], message: str
) -> None:
    """In AWS's words, before anything is written."""
    new_table()

    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(TableName="orders", Item={"id": {"S": "a"}}, **parameters)

    assert caught.value.response["Error"]["Message"].startswith(message)


def test_parameters_older_than_expressions_work(new_table: NewTable, dynamodb: Any) -> None:
    """Expected, AttributeUpdates and AttributesToGet."""
    new_table(items=[{"id": "a", "n": 1}])

    dynamodb.update_item(
        TableName="orders",
        Key={"id": {"S": "a"}},
        Expected={"n": {"Value": {"N": "1"}}},
        AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "1"}}},
    )
    got = dynamodb.get_item(TableName="orders", Key={"id": {"S": "a"}}, AttributesToGet=["n"])

    assert got["Item"] == {"n": {"N": "2"}}


def test_an_older_update_that_only_deletes_makes_nothing(new_table: NewTable) -> None:
    """There is nothing to delete from; an expression would make an item of the key."""
    table = new_table()

    table.update_item(Key={"id": "a"}, AttributeUpdates={"x": {"Action": "DELETE"}})

    assert table.scan()["Count"] == 0


@pytest.mark.parametrize(
    ("operation", "parameters", "units"),
    [
        ("get_item", {"Key": {"id": {"S": "large"}}}, 1.5),
        ("get_item", {"Key": {"id": {"S": "large"}}, "ConsistentRead": True}, 3.0),
        ("get_item", {"Key": {"id": {"S": "none"}}}, 0.5),
        ("put_item", {"Item": {"id": {"S": "new"}}}, 1.0),
        ("put_item", {"Item": {"id": {"S": "large"}}}, 10.0),
        ("delete_item", {"Key": {"id": {"S": "large"}}}, 10.0),
        ("delete_item", {"Key": {"id": {"S": "none"}}}, 1.0),
    ],
)
def test_capacity_follows_from_sizes(
    new_table: NewTable, dynamodb: Any, operation: str, parameters: dict[str, Any], units: float
) -> None:
    """4 KB a read unit, halved if eventually consistent; 1 KB a write unit, of the larger of old and new."""
    new_table(items=[{"id": "large", "x": "x" * 10_000}])

    answer = getattr(dynamodb, operation)(TableName="orders", ReturnConsumedCapacity="TOTAL", **parameters)

    assert answer["ConsumedCapacity"] == {"TableName": "orders", "CapacityUnits": units}


def test_indexes_consume_writes_of_their_own(new_table: NewTable, dynamodb: Any) -> None:
    """A new entry is one write, a moved one is two, an unchanged projection none."""
    new_table(indexes={"by_customer": {"hash": "customer", "projection": "keys"}})

    def put(**item: str) -> Any:
        values = {name: {"S": value} for name, value in {"id": "a", **item}.items()}
        answer = dynamodb.put_item(TableName="orders", Item=values, ReturnConsumedCapacity="INDEXES")
        return answer["ConsumedCapacity"]

    new, unchanged, moved = put(customer="ada"), put(customer="ada", x="1"), put(customer="bob", x="1")

    assert new["Table"] == {"CapacityUnits": 1.0}
    assert new["GlobalSecondaryIndexes"] == {"by_customer": {"CapacityUnits": 1.0}}
    assert (unchanged["CapacityUnits"], "GlobalSecondaryIndexes" in unchanged) == (1.0, False)
    assert moved["CapacityUnits"] == 3.0


def test_a_table_with_local_indexes_tells_of_item_collections(new_table: NewTable, dynamodb: Any) -> None:
    """Others have none."""
    new_table(key={"hash": "pk", "range": "sk"}, indexes={"by_x": {"range": "x", "local": True}})

    answer = dynamodb.put_item(
        TableName="orders", Item={"pk": {"S": "a"}, "sk": {"S": "b"}}, ReturnItemCollectionMetrics="SIZE"
    )

    assert answer["ItemCollectionMetrics"] == {
        "ItemCollectionKey": {"pk": {"S": "a"}},
        "SizeEstimateRangeGB": [0.0, 1.0],
    }


def test_the_trace_tells_of_every_write_and_why(world: SyncSimulation, new_table: NewTable) -> None:
    """An entry's cause is the call that did it; the numbers count along."""
    table = new_table()

    table.put_item(Item={"id": "a"})
    table.put_item(Item={"id": "a"})
    table.put_item(Item={"id": "a", "x": 1})
    with pytest.raises(ClientError):
        table.put_item(Item={"id": "a"}, ConditionExpression="attribute_not_exists(id)")
    table.delete_item(Key={"id": "a"})

    entries = [entry for entry in world.trace.entries() if entry.subject == "item orders/a"]
    causes = {entry.number: entry.place for entry in world.trace.entries(["called"])}
    assert [entry.kind for entry in entries] == [
        *("item inserted", "item rewritten", "item modified", "condition failed", "item deleted"),
    ]
    assert [causes[entry.cause] for entry in entries][-1] == "operation dynamodb.DeleteItem"
    assert world.numbers("tables", "orders") == {
        "items": 0,
        "written": 3,
        "deleted": 1,
        "expired": 0,
        "read": 0,
        "condition_failures": 1,
        "throttled": 0,
    }
