"""Query and Scan: order, pages, filters, indexes."""

from collections.abc import Callable
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

NewTable = Callable[..., Any]
BOTH = {"hash": "pk", "range": "sk N"}


def lines(count: int = 5, **more: Any) -> list[dict[str, Any]]:
    """Return items of one partition."""
    return [{"pk": "a", "sk": number, **more} for number in range(count)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Key("sk").eq(2), [2]),
        (Key("sk").lt(2), [-10, 0, 1]),
        (Key("sk").lte(2), [-10, 0, 1, 2]),
        (Key("sk").gt(2), [3, 10]),
        (Key("sk").gte(2), [2, 3, 10]),
        (Key("sk").between(1, 3), [1, 2, 3]),
        (Key("sk").between(4, 9), []),
        (None, [-10, 0, 1, 2, 3, 10]),
    ],
    ids=["=", "<", "<=", ">", ">=", "between", "nothing between", "all"],
)
@pytest.mark.parametrize("is_forward", [True, False], ids=["forward", "backward"])
def test_a_query_finds_a_range_in_order(
    new_table: NewTable, condition: Any, found: list[int], is_forward: bool
) -> None:
    """Numbers are ordered as numbers."""
    table = new_table(key=BOTH, items=[{"pk": "a", "sk": sk} for sk in (10, 2, -10, 1, 3, 0)])
    in_partition = Key("pk").eq("a")

    answer = table.query(
        KeyConditionExpression=in_partition if condition is None else in_partition & condition,
        ScanIndexForward=is_forward,
    )

    assert [int(item["sk"]) for item in answer["Items"]] == (found if is_forward else found[::-1])


def test_a_query_finds_texts_by_their_beginning(new_table: NewTable) -> None:
    """In the order of UTF-8 bytes."""
    table = new_table(key={"hash": "pk", "range": "sk"}, items=[{"pk": "a", "sk": sk} for sk in ("b", "ab", "aä", "a")])

    answer = table.query(KeyConditionExpression=Key("pk").eq("a") & Key("sk").begins_with("a"))

    assert [item["sk"] for item in answer["Items"]] == ["a", "ab", "aä"]


def test_a_limit_counts_before_the_filter(new_table: NewTable) -> None:
    """A page may be empty and yet have a next one; the last page by limit has one, too."""
    table = new_table(key=BOTH, items=[*lines(3), {"pk": "a", "sk": 3, "x": 1}])
    asked: dict[str, Any] = {"KeyConditionExpression": Key("pk").eq("a"), "FilterExpression": Attr("x").exists()}

    first = table.query(Limit=2, **asked)
    second = table.query(Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"], **asked)
    third = table.query(Limit=2, ExclusiveStartKey=second["LastEvaluatedKey"], **asked)

    assert [(page["Count"], page["ScannedCount"]) for page in (first, second, third)] == [(0, 2), (1, 2), (0, 0)]
    assert first["LastEvaluatedKey"] == {"pk": "a", "sk": 1}
    assert "LastEvaluatedKey" not in third


def test_a_page_ends_at_a_megabyte(new_table: NewTable) -> None:
    """Whatever the limit."""
    table = new_table(key=BOTH, items=lines(10, x="x" * 300_000))

    first = table.query(KeyConditionExpression=Key("pk").eq("a"))
    pages = list(
        table.meta.client.get_paginator("query").paginate(
            TableName="orders", KeyConditionExpression=Key("pk").eq("a"), Select="COUNT"
        )
    )

    assert first["Count"] == 4
    assert [page["Count"] for page in pages] == [4, 4, 2]
    assert "Items" not in pages[0]


@pytest.mark.parametrize("is_forward", [True, False], ids=["forward", "backward"])
def test_pages_of_an_index_lose_and_repeat_nothing(new_table: NewTable, is_forward: bool) -> None:
    """Items with equal index keys are told apart by the table's key, which the page's key holds as well."""
    items = [{"id": f"o{number}", "customer": "ada", "day": number // 4} for number in range(12)]
    table = new_table(items=items, indexes={"by_day": {"hash": "customer", "range": "day N"}})
    asked = {"IndexName": "by_day", "KeyConditionExpression": Key("customer").eq("ada"), "Limit": 5}

    found, page = [], table.query(ScanIndexForward=is_forward, **asked)
    while True:
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        after = page["LastEvaluatedKey"]
        assert after.keys() == {"id", "customer", "day"}
        page = table.query(ScanIndexForward=is_forward, ExclusiveStartKey=after, **asked)

    days = [int(item["day"]) for item in found]
    assert days == sorted(days, reverse=not is_forward)
    assert sorted(item["id"] for item in found) == sorted(item["id"] for item in items)


def test_a_scan_finds_everything_once_in_an_order_of_its_own(new_table: NewTable) -> None:
    """The order does not depend on that of writing; pages and segments part it."""
    names = [f"o{number}" for number in range(40)]
    one = new_table("one", items=[{"id": name} for name in names])
    other = new_table("two", items=[{"id": name} for name in reversed(names)])

    order = [item["id"] for item in one.scan()["Items"]]
    in_pages = [
        item["id"]
        for page in one.meta.client.get_paginator("scan").paginate(TableName="one", PaginationConfig={"PageSize": 7})
        for item in page["Items"]
    ]
    in_segments = [[item["id"] for item in one.scan(Segment=n, TotalSegments=4)["Items"]] for n in range(4)]

    assert sorted(order) == sorted(names)
    assert order != names
    assert [item["id"] for item in other.scan()["Items"]] == order
    assert in_pages == order
    assert [name for segment in in_segments for name in segment] == order
    assert all(in_segments)


def test_an_index_is_sparse_and_projects(new_table: NewTable) -> None:
    """It has the items that have its key, and of them the keys and what is named."""
    table = new_table(
        items=[{"id": "a", "customer": "ada", "x": 1, "y": 2}, {"id": "b", "x": 1}],
        indexes={
            "whole": {"hash": "customer"},
            "keys": {"hash": "customer", "projection": "keys"},
            "some": {"hash": "customer", "projection": ["x"]},
        },
    )

    scanned = {name: table.scan(IndexName=name)["Items"] for name in ("whole", "keys", "some")}

    assert scanned == {
        "whole": [{"id": "a", "customer": "ada", "x": 1, "y": 2}],
        "keys": [{"id": "a", "customer": "ada"}],
        "some": [{"id": "a", "customer": "ada", "x": 1}],
    }


def test_a_local_index_fetches_what_it_does_not_have(new_table: NewTable) -> None:
    """From the table; and it can be read consistently."""
    table = new_table(
        key=BOTH, items=lines(1, x="1", y="2"), indexes={"by_x": {"range": "x", "local": True, "projection": "keys"}}
    )
    asked = {"IndexName": "by_x", "KeyConditionExpression": Key("pk").eq("a"), "ConsistentRead": True}

    assert table.query(**asked)["Items"] == [{"pk": "a", "sk": 0, "x": "1"}]
    assert table.query(Select="ALL_ATTRIBUTES", **asked)["Items"] == [{"pk": "a", "sk": 0, "x": "1", "y": "2"}]
    assert table.query(ProjectionExpression="y", **asked)["Items"] == [{"y": "2"}]


def test_what_a_local_index_fetches_counts_towards_a_page(new_table: NewTable) -> None:
    """A megabyte is all that a query reads, of the index or of its table."""
    indexes = {"by_x": {"range": "x", "local": True, "projection": "keys"}}
    table = new_table(key=BOTH, items=lines(10, x="1", y="y" * 300_000), indexes=indexes)
    asked = {"IndexName": "by_x", "KeyConditionExpression": Key("pk").eq("a")}

    whole = table.query(Select="ALL_ATTRIBUTES", **asked)

    assert (whole["Count"], whole["LastEvaluatedKey"]) == (4, {"pk": "a", "sk": 3, "x": "1"})
    assert table.query(**asked)["Count"] == 10


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"IndexName": "nope"}, "The table does not have the specified index: nope"),
        (
            {"IndexName": "by_x", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"IndexName": "by_x", "Select": "ALL_ATTRIBUTES"},
            f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index by_x because its "
            "projection type is not ALL",
        ),
        (
            {"IndexName": "by_x", "ProjectionExpression": "y"},
            f"{INVALID}Global secondary index by_x does not project [y]",
        ),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            {"Select": "COUNT", "AttributesToGet": ["x"]},
            "Cannot specify the AttributesToGet when choosing to get only the Count",
        ),
        ({"ExclusiveStartKey": {"pk": {"S": "a"}}}, "The provided starting key is invalid"),
        ({"Segment": 0}, "The TotalSegments parameter is required but was not present"),
        ({"TotalSegments": 2}, "The Segment parameter is required but was not present"),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2",
        ),
    ],
)
def test_a_scan_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, parameters: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    new_table(key=BOTH, indexes={"by_x": {"hash": "x", "projection": "keys"}})

    with pytest.raises(ClientError) as caught:
        dynamodb.scan(TableName="orders", **parameters)

    assert caught.value.response["Error"]["Message"].startswith(message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
        ({"KeyConditionExpression": "sk = :n"}, "Query condition missed key schema element: pk"),
        (
            {"KeyConditionExpression": "pk = :a", "FilterExpression": "sk = :n"},
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
        ),
        (
            {"KeyConditionExpression": "pk = :n"},
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            {"KeyConditionExpression": "pk = :a", "ExclusiveStartKey": {"pk": {"S": "b"}, "sk": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        (
            {
                "KeyConditionExpression": "pk = :a AND sk < :n",
                "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "1"}},
            },
            "The provided starting key does not match the range key predicate",
        ),
        (
            {"KeyConditionExpression": "pk = :a", "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {}}},
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain exactly one of the "
            "supported datatypes",
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    new_table: NewTable, dynamodb: Any, parameters: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    new_table(key=BOTH)
    text = " ".join(str(value) for value in parameters.values())
    values = {name: value for name, value in {":a": {"S": "a"}, ":n": {"N": "1"}}.items() if name in text}

    with pytest.raises(ClientError) as caught:
        dynamodb.query(TableName="orders", **parameters, **({"ExpressionAttributeValues": values} if values else {}))

    assert caught.value.response["Error"]["Message"] == message


def test_reading_consumes_what_was_looked_at(new_table: NewTable, dynamodb: Any) -> None:
    """All of it together, rounded up once; an index consumes for itself."""
    new_table(key=BOTH, items=lines(10, x="x" * 1_000), indexes={"by_x": {"hash": "x"}})

    table = dynamodb.scan(TableName="orders", ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
    index = dynamodb.scan(TableName="orders", IndexName="by_x", ReturnConsumedCapacity="INDEXES")

    assert table["ConsumedCapacity"] == {"TableName": "orders", "CapacityUnits": 3.0}
    assert index["ConsumedCapacity"] == {
        "TableName": "orders",
        "CapacityUnits": 1.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by_x": {"CapacityUnits": 1.5}},
    }


def test_a_local_index_consumes_what_it_fetches(new_table: NewTable, dynamodb: Any) -> None:
    """The index for its entries together, the table for each item that is fetched (developer guide, local indexes)."""
    index = {"by_x": {"range": "x", "local": True, "projection": "keys"}}
    new_table(key=BOTH, items=lines(3, x="1", y="y" * 5_000), indexes=index)
    asked = {
        "TableName": "orders",
        "IndexName": "by_x",
        "KeyConditionExpression": "pk = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
        "ReturnConsumedCapacity": "INDEXES",
        "ConsistentRead": True,
    }

    entries = dynamodb.query(**asked)["ConsumedCapacity"]
    fetched = dynamodb.query(Select="ALL_ATTRIBUTES", **asked)["ConsumedCapacity"]

    assert entries["CapacityUnits"] == 1.0
    assert fetched == {
        "TableName": "orders",
        "CapacityUnits": 7.0,
        "Table": {"CapacityUnits": 6.0},
        "LocalSecondaryIndexes": {"by_x": {"CapacityUnits": 1.0}},
    }


def test_queries_older_than_expressions_work(new_table: NewTable, dynamodb: Any) -> None:
    """KeyConditions and QueryFilter."""
    new_table(key=BOTH, items=[*lines(3), {"pk": "a", "sk": 3, "x": 1}])

    answer = dynamodb.query(
        TableName="orders",
        KeyConditions={"pk": {"AttributeValueList": [{"S": "a"}], "ComparisonOperator": "EQ"}},
        QueryFilter={"x": {"AttributeValueList": [{"N": "1"}], "ComparisonOperator": "EQ"}},
    )

    assert (answer["Count"], answer["ScannedCount"]) == (1, 4)


def test_no_key_is_empty(new_table: NewTable, dynamodb: Any) -> None:
    """So who queries for an empty one made a mistake."""
    new_table(key={"hash": "id", "range": "sort"}, indexes={"by_color": {"hash": "color"}})
    empty = {":e": {"S": ""}, ":id": {"S": "1"}}

    with pytest.raises(ClientError, match=r"cannot contain an empty string value\. Key: sort"):
        dynamodb.query(
            TableName="orders", KeyConditionExpression="id = :id AND sort = :e", ExpressionAttributeValues=empty
        )
    with pytest.raises(ClientError, match="IndexName: by_color, IndexKey: color"):
        dynamodb.query(
            TableName="orders",
            IndexName="by_color",
            KeyConditionExpression="color = :e",
            ExpressionAttributeValues={":e": {"S": ""}},
        )
