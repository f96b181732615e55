"""PartiQL statements, as boto3 sends them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

NewTable = Callable[..., Any]
BOTH = {"hash": "pk", "range": "sk N"}


@pytest.fixture
def run(new_table: NewTable, dynamodb: Any) -> Callable[..., list[dict[str, Any]]]:
    """Return what carries out a statement on a table with some items."""
    items = [{"pk": pk, "sk": sk, "x": sk % 2} for pk in ("a", "b") for sk in range(4)]
    new_table(key=BOTH, items=items, indexes={"by_x": {"hash": "x N", "range": "sk N"}})

    def carry_out(statement: str, *parameters: Any, **settings: Any) -> list[dict[str, Any]]:
        given = {"Parameters": list(parameters)} if parameters else {}
        answer = dynamodb.execute_statement(Statement=statement, **given, **settings)
        return answer["Items"]  # type: ignore[no-any-return]

    return carry_out


def numbers(items: list[dict[str, Any]]) -> list[int]:
    """Return the sort keys of items."""
    return [int(item["sk"]["N"]) for item in items]


def test_a_select_reads_a_partition_an_index_or_everything(run: Any) -> None:
    """In order where there is one."""
    assert numbers(run("SELECT * FROM orders WHERE pk = 'a' AND sk > 1")) == [2, 3]
    assert numbers(run("SELECT sk FROM orders WHERE pk = ? ORDER BY sk DESC", {"S": "b"})) == [3, 2, 1, 0]
    assert numbers(run('SELECT sk FROM "orders"."by_x" WHERE x = 1')) == [1, 1, 3, 3]
    assert len(run("SELECT * FROM orders")) == 8


@pytest.mark.parametrize(
    ("statement", "given"),
    [
        ("SELECT * FROM orders WHERE pk = ?", {"L": [{"S": "a"}]}),
        ("SELECT * FROM orders WHERE pk = ?", {"N": "1"}),
        ("SELECT * FROM orders WHERE pk = 'a' AND sk > ?", {"S": "1"}),
        ("SELECT * FROM orders WHERE pk IN ['a', ?]", {"M": {}}),
    ],
    ids=["list", "hash", "range", "one of several"],
)
def test_a_key_of_another_type_is_refused(run: Any, statement: str, given: dict[str, Any]) -> None:
    """As by a query."""
    with pytest.raises(ClientError, match="Condition parameter type does not match schema type"):
        run(statement, given)


def test_a_global_index_is_not_read_consistently(run: Any) -> None:
    """By a statement no more than by a query."""
    with pytest.raises(ClientError, match="Consistent reads are not supported on global secondary indexes"):
        run('SELECT sk FROM "orders"."by_x" WHERE x = 1', ConsistentRead=True)


def test_partitions_are_in_the_order_that_is_asked_for(run: Any) -> None:
    """Each with its items in the order of the sort key, which may be another."""
    both = "SELECT pk, sk FROM orders WHERE pk IN ['a', 'b'] AND sk < 2 ORDER BY"

    down = [(item["pk"]["S"], item["sk"]["N"]) for item in run(f"{both} pk DESC")]
    mixed = [(item["pk"]["S"], item["sk"]["N"]) for item in run(f"{both} pk ASC, sk DESC")]

    assert down == [("b", "0"), ("b", "1"), ("a", "0"), ("a", "1")]
    assert mixed == [("a", "1"), ("a", "0"), ("b", "1"), ("b", "0")]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT * FROM orders WHERE pk = 'a' ORDER BY x", "Variable reference x in ORDER BY clause must be part of"),
        ("SELECT * FROM orders ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause"),
        ("SELECT * FROM orders WHERE sk = 1 ORDER BY sk", "Must have at least one non-optional hash key condition"),
    ],
)
def test_only_queries_have_an_order(run: Any, statement: str, message: str) -> None:
    """By their keys."""
    with pytest.raises(ClientError, match=message):
        run(statement)


def test_a_select_has_pages(run: Any, dynamodb: Any) -> None:
    """A token leads to the next."""
    statement = "SELECT * FROM orders WHERE pk IN ['a', 'b']"
    found, token = [], {}
    while True:
        page = dynamodb.execute_statement(Statement=statement, Limit=3, **token)
        found += numbers(page["Items"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert found == [0, 1, 2, 3, 0, 1, 2, 3]
    with pytest.raises(ClientError, match="Invalid NextToken"):
        dynamodb.execute_statement(Statement=statement, NextToken="rubbish")


def test_items_are_inserted_changed_and_deleted(run: Any, dynamodb: Any) -> None:
    """An insert replaces nothing, an update makes nothing."""
    run("INSERT INTO orders VALUE {'pk': 'c', 'sk': 1, 'tags': <<'x', 'y'>>}")
    with pytest.raises(dynamodb.exceptions.DuplicateItemException, match="Duplicate primary key exists in table"):
        run("INSERT INTO orders VALUE {'pk': 'c', 'sk': 1}")
    changed = run("UPDATE orders SET n = ? WHERE pk = 'c' AND sk = 1 RETURNING ALL NEW *", {"N": "7"})
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        run("UPDATE orders SET n = 1 WHERE pk = 'none' AND sk = 1")
    deleted = run("DELETE FROM orders WHERE pk = 'c' AND sk = 1 AND n = 7 RETURNING ALL OLD *")
    run("DELETE FROM orders WHERE pk = 'c' AND sk = 1")

    assert changed == deleted
    assert changed[0]["n"] == {"N": "7"}


def test_a_batch_of_statements_tells_of_each(run: Any, dynamodb: Any) -> None:
    """An error of one is no error of the others."""
    answer = dynamodb.batch_execute_statement(
        Statements=[
            {"Statement": "SELECT x FROM orders WHERE pk = 'a' AND sk = 1"},
            {"Statement": "SELECT x FROM orders WHERE pk = 'none' AND sk = 1"},
            {"Statement": "SELECT x FROM nowhere WHERE pk = 'a' AND sk = 1"},
            {"Statement": "SELECT x FROM orders WHERE pk = 'a'"},
        ],
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Responses"] == [
        {"TableName": "orders", "Item": {"x": {"N": "1"}}},
        {"TableName": "orders"},
        {"TableName": "nowhere", "Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
        {
            "TableName": "orders",
            "Error": {
                "Code": "ValidationError",
                "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where "
                "clause.",
            },
        },
    ]
    assert answer["ConsumedCapacity"] == [{"TableName": "orders", "CapacityUnits": 1.0}]


def test_a_batch_of_statements_reads_or_writes(run: Any, dynamodb: Any) -> None:
    """Not both, and then nothing is done."""
    texts = ("SELECT x FROM orders WHERE pk = 'a' AND sk = 1", "INSERT INTO orders VALUE {'pk': 'new', 'sk': 1}")

    with pytest.raises(ClientError, match="either reads or writes"):
        dynamodb.batch_execute_statement(Statements=[{"Statement": text} for text in texts])

    assert run("SELECT * FROM orders WHERE pk = 'new'") == []


def test_a_transaction_of_statements_is_all_or_nothing(run: Any, dynamodb: Any) -> None:
    """With EXISTS as a check."""
    insert = "INSERT INTO orders VALUE {'pk': 'new', 'sk': 1}"
    check = "EXISTS(SELECT * FROM orders WHERE pk = 'a' AND sk = 0 AND x = ?)"

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.execute_transaction(
            TransactStatements=[{"Statement": insert}, {"Statement": check, "Parameters": [{"N": "1"}]}]
        )
    nothing = run("SELECT * FROM orders WHERE pk = 'new'")
    dynamodb.execute_transaction(
        TransactStatements=[{"Statement": insert}, {"Statement": check, "Parameters": [{"N": "0"}]}]
    )
    read = dynamodb.execute_transaction(
        TransactStatements=[{"Statement": "SELECT pk FROM orders WHERE pk = 'new' AND sk = 1"}]
    )

    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert (codes, nothing) == (["None", "ConditionalCheckFailed"], [])
    assert read["Responses"] == [{"Item": {"pk": {"S": "new"}}}]
