"""Operations on many items: batches and transactions."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NewTable = Callable[..., Any]


def put(name: str, **more: Any) -> dict[str, Any]:
    """Return a put of a transaction."""
    return {"Put": {"TableName": "orders", "Item": {"id": {"S": name}}, **more}}


def test_a_batch_writes_each_item_for_itself(new_table: NewTable) -> None:
    """boto3's `batch_writer` sends 25 at once."""
    table = new_table(items=[{"id": "gone"}])

    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item(Item={"id": str(number)})
        batch.delete_item(Key={"id": "gone"})

    assert {item["id"] for item in table.scan()["Items"]} == {str(number) for number in range(60)}


def test_a_batch_reads_what_is_there(new_table: NewTable, dynamodb: Any) -> None:
    """Of several tables; what is not there is left out."""
    new_table("one", items=[{"id": "a", "x": 1, "y": 2}])
    new_table("two", items=[{"id": "b"}])

    answer = dynamodb.batch_get_item(
        RequestItems={
            "one": {"Keys": [{"id": {"S": "a"}}, {"id": {"S": "none"}}], "ProjectionExpression": "x"},
            "two": {"Keys": [{"id": {"S": "none"}}]},
        },
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Responses"] == {"one": [{"x": {"N": "1"}}], "two": []}
    assert answer["UnprocessedKeys"] == {}
    assert answer["ConsumedCapacity"] == [
        {"TableName": "one", "CapacityUnits": 1.0},
        {"TableName": "two", "CapacityUnits": 0.5},
    ]


def test_what_is_beyond_16_mb_comes_back_unprocessed(new_table: NewTable, dynamodb: Any) -> None:
    """As keys to be asked for again."""
    names = [str(number) for number in range(50)]
    new_table(items=[{"id": name, "x": "x" * 400_000} for name in names])

    answer = dynamodb.batch_get_item(RequestItems={"orders": {"Keys": [{"id": {"S": name}} for name in names]}})

    got = [item["id"]["S"] for item in answer["Responses"]["orders"]]
    left = [key["id"]["S"] for key in answer["UnprocessedKeys"]["orders"]["Keys"]]
    assert got + left == names
    assert len(got) == 41


def keys(count: int, *tables: str) -> dict[str, Any]:
    """Return a BatchGetItem of so many keys of each table."""
    return {table: {"Keys": [{"id": {"S": str(number)}} for number in range(count)]} for table in tables}


def writes(count: int, *tables: str) -> dict[str, Any]:
    """Return a BatchWriteItem of so many puts to each table."""
    return {
        table: [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(count)] for table in tables
    }


@pytest.mark.parametrize(
    ("operation", "asked", "message"),
    [
        ("batch_get_item", keys(51, "orders", "other"), "Too many items requested for the BatchGetItem call"),
        ("batch_get_item", {"orders": {"Keys": [{"id": {"S": "a"}}] * 2}}, "Provided list of item keys contains dup"),
        ("batch_write_item", writes(13, "orders", "other"), "Too many items requested for the BatchWriteItem call"),
        (
            "batch_write_item",
            {"orders": writes(1, "orders")["orders"] * 2},
            "Provided list of item keys contains duplicates",
        ),
        ("batch_write_item", {"orders": [{}]}, "Supplied AttributeValue has to contain one of"),
        (
            "batch_write_item",
            {"nobody": writes(1, "nobody")["nobody"], "orders": [{"DeleteRequest": {"Key": {"id": {}}}}]},
            "Supplied AttributeValue is empty",
        ),
        (
            "batch_get_item",
            {"nobody": {"Keys": [{"id": {}}], "ProjectionExpression": "x,"}},
            "Supplied AttributeValue is empty",
        ),
    ],
    ids=["keys", "duplicate keys", "writes", "duplicate writes", "neither", "value of a write", "value of a key"],
)
def test_a_batch_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, operation: str, asked: dict[str, Any], message: str
) -> None:
    """As a whole."""
    table = new_table()
    new_table("other")

    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(RequestItems=asked)

    assert message in caught.value.response["Error"]["Message"]
    assert table.scan()["Count"] == 0


def test_a_transaction_does_everything(new_table: NewTable, dynamodb: Any) -> None:
    """Puts, updates, deletions and checks; it consumes twice what single requests do."""
    table = new_table(items=[{"id": "a", "n": 1}, {"id": "b"}, {"id": "c"}])

    answer = dynamodb.transact_write_items(
        TransactItems=[
            put("new", ConditionExpression="attribute_not_exists(id)"),
            {
                "Update": {
                    "TableName": "orders",
                    "Key": {"id": {"S": "a"}},
                    "UpdateExpression": "ADD n :n",
                    "ExpressionAttributeValues": {":n": {"N": "1"}},
                }
            },
            {"Delete": {"TableName": "orders", "Key": {"id": {"S": "b"}}}},
            {
                "ConditionCheck": {
                    "TableName": "orders",
                    "Key": {"id": {"S": "c"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
        ],
        ReturnConsumedCapacity="TOTAL",
    )

    assert {item["id"]: item.get("n") for item in table.scan()["Items"]} == {"a": 2, "c": None, "new": None}
    assert answer["ConsumedCapacity"] == [{"TableName": "orders", "CapacityUnits": 8.0, "WriteCapacityUnits": 8.0}]


def test_a_transaction_does_nothing_if_one_part_fails(new_table: NewTable, dynamodb: Any) -> None:
    """The error gives a reason for each part, in order."""
    table = new_table(items=[{"id": "a", "x": "text"}])

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(
            TransactItems=[
                put("new"),
                put(
                    "a",
                    ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ),
            ]
        )

    item = {"id": {"S": "a"}, "x": {"S": "text"}}
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item},
    ]
    assert caught.value.response["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    )
    assert table.scan()["Count"] == 1


def test_an_update_that_does_not_fit_cancels_a_transaction(new_table: NewTable, dynamodb: Any) -> None:
    """With the code `ValidationError`."""
    new_table(items=[{"id": "a", "x": "text"}])
    add = {
        "TableName": "orders",
        "Key": {"id": {"S": "a"}},
        "UpdateExpression": "ADD x :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Update": add}])

    (reason,) = caught.value.response["CancellationReasons"]
    assert reason == {
        "Code": "ValidationError",
        "Message": "An operand in the update expression has an incorrect data type",
    }


def test_a_token_makes_a_transaction_happen_once(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """Within ten minutes; with other parameters it is refused."""
    table = new_table()
    add = {
        "TableName": "orders",
        "Key": {"id": {"S": "a"}},
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }

    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="token")
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[put("a")], ClientRequestToken="token")
    world.advance("10 minutes")
    dynamodb.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="token")

    assert table.get_item(Key={"id": "a"})["Item"]["n"] == 2


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ([put("a"), put("a")], "Transaction request cannot include multiple operations on one item"),
        ([{}], "TransactItems can only contain one of Check, Put, Update or Delete"),
        ([put(str(number)) for number in range(101)], "Member must have length less than or equal to 100"),
    ],
    ids=["twice", "nothing", "many"],
)
def test_a_transaction_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, asked: list[dict[str, Any]], message: str
) -> None:
    """In AWS's words."""
    new_table()

    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=asked)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert message in caught.value.response["Error"]["Message"]


def test_a_transaction_reads_items_in_order(new_table: NewTable, dynamodb: Any) -> None:
    """What is not there has no `Item`."""
    new_table(items=[{"id": "a", "x": 1}])

    answer = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": "orders", "Key": {"id": {"S": "none"}}}},
            {"Get": {"TableName": "orders", "Key": {"id": {"S": "a"}}, "ProjectionExpression": "x"}},
        ],
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Responses"] == [{}, {"Item": {"x": {"N": "1"}}}]
    assert answer["ConsumedCapacity"] == [{"TableName": "orders", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"Put": {"Item": {"x": {"S": "1"}}}}, "Missing the key id in the item"),
        ({"Put": {"Item": {"id": {"S": "1"}, "color": {"S": ""}}}}, "IndexName: by_color, IndexKey: color"),
        ({"Delete": {"Key": {"id": {"N": "1"}}}}, "The provided key element does not match the schema"),
    ],
    ids=["no key", "an empty key of an index", "another key"],
)
def test_a_part_that_does_not_fit_its_table_cancels_a_transaction(
    new_table: NewTable, dynamodb: Any, part: dict[str, Any], reason: str
) -> None:
    """The reasons tell which part it is."""
    new_table(indexes={"by_color": {"hash": "color"}})
    ((kind, given),) = part.items()
    good = {"Put": {"TableName": "orders", "Item": {"id": {"S": "good"}}}}

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException, match=r"\[None, ValidationError\]") as caught:
        dynamodb.transact_write_items(TransactItems=[good, {kind: {"TableName": "orders", **given}}])

    none, told = caught.value.response["CancellationReasons"]
    assert none == {"Code": "None"}
    assert told["Code"] == "ValidationError"
    assert reason in told["Message"]
    assert dynamodb.scan(TableName="orders")["Count"] == 0


def test_a_key_that_does_not_fit_cancels_a_transaction_of_reads(new_table: NewTable, dynamodb: Any) -> None:
    """As it does one of writes."""
    new_table()
    keys = [{"id": {"S": "1"}}, {"other": {"S": "1"}}]

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": "orders", "Key": key}} for key in keys])

    assert [each["Code"] for each in caught.value.response["CancellationReasons"]] == ["None", "ValidationError"]


def test_values_that_no_table_takes_are_refused_as_they_are(new_table: NewTable, dynamodb: Any) -> None:
    """Nothing of a transaction is looked at then."""
    new_table()
    put = {"TableName": "orders", "Item": {"id": {"S": "1"}, "n": {"N": "one"}}}

    with pytest.raises(ClientError, match=r"ValidationException.*cannot be converted to a numeric value: one"):
        dynamodb.transact_write_items(TransactItems=[{"Put": put}])
