"""What a table refuses for want of capacity, and how those who write to it get on."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation
from eventsim.wire.http import Headers, HttpRequest
from eventsim_sources.table.allowance import Allowance
from tests import sdk

NewTable = Callable[..., Any]

PROVISIONED = "ProvisionedThroughputExceededException"
TABLE: dict[str, Any] = {
    "TableName": "orders",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}

WRITES_THROTTLED: dict[str, Any] = {
    "AlarmName": "hot",
    "Namespace": "AWS/DynamoDB",
    "MetricName": "WriteThrottleEvents",
    "Dimensions": [{"Name": "TableName", "Value": "orders"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 3,
    "ComparisonOperator": "GreaterThanThreshold",
}


def told(world: SyncSimulation, kind: str) -> list[Any]:
    """Return the details of all entries of a kind."""
    return [entry.detail for entry in world.trace.entries([kind])]


def units(read: int, write: int) -> dict[str, int]:
    """Return provisioned throughput as a scenario has it."""
    return {"read": read, "write": write}


def put_many(table: Any, count: int, start: int = 0) -> None:
    """Put small items, one after another."""
    for number in range(start, start + count):
        table.put_item(Item={"id": str(number)})


def test_the_sdk_of_a_hot_writer_waits_until_there_is_capacity(world: SyncSimulation, new_table: NewTable) -> None:
    """Five writes a second: of eight at once five pass; the others get through when their SDK tries again."""
    table = new_table(throughput=units(5, 5))

    def write(event: Any, context: Any) -> None:
        client = sdk.client("dynamodb")
        for number in range(8):
            client.put_item(TableName="orders", Item={"id": {"S": str(number)}})

    world.add_function("writer", handler=write)

    world.invoke("writer")

    first = next(world.trace.entries(["item write throttled"]))
    assert first.subject == "item orders/5"
    assert table.scan(Select="COUNT")["Count"] == 8
    assert 0.6 <= world.clock.now_us / 1e6 < 3


def test_what_is_beyond_the_throughput_is_refused_in_aws_s_words(world: SyncSimulation, new_table: NewTable) -> None:
    """A new table has one second's worth. A client outside is told at once; the error says what is exhausted."""
    table = new_table(throughput=units(1, 5))
    put_many(table, 5)

    with pytest.raises(ClientError) as caught:
        table.put_item(Item={"id": "one more"})

    response: Any = caught.value.response
    assert response["Error"]["Code"] == PROVISIONED
    assert response["Error"]["Message"] == (
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
        "provisioning level with the UpdateTable API."
    )
    arn = f"arn:aws:dynamodb:us-east-1:{world.account_id}:table/orders"
    reason = "TableWriteProvisionedThroughputExceeded"
    assert response["ThrottlingReasons"] == [{"reason": reason, "resource": arn}]
    assert told(world, "item write throttled") == [{"reason": reason}]
    assert world.numbers("tables", "orders")["throttled"] == 1


def test_reasons_are_told_over_http(world: SyncSimulation, new_table: NewTable) -> None:
    """As members of the error, whose names differ from one error to another."""
    new_table(throughput=units(1, 1))
    new_table("clicks")
    world.throttles = True
    world.request("dynamodb", "UpdateTable", {"TableName": "clicks", "OnDemandThroughput": {"MaxWriteRequestUnits": 1}})

    def put(table: str) -> Any:
        body = json.dumps({"TableName": table, "Item": {"id": {"S": "x"}}}).encode()
        target = ("x-amz-target", "DynamoDB_20120810.PutItem")
        headers = Headers([target, ("content-type", "application/x-amz-json-1.0")])
        return world.ask_service(HttpRequest(method="POST", path="/", headers=headers, body=body), service="dynamodb")

    first, *answers = [put(table) for table in ("orders", "orders", "clicks", "clicks")]
    provisioned, _, on_demand = answers

    assert (first.status, provisioned.status, on_demand.status) == (200, 400, 400)
    assert json.loads(provisioned.body)["ThrottlingReasons"][0]["reason"] == "TableWriteProvisionedThroughputExceeded"
    assert json.loads(on_demand.body)["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"
    assert json.loads(on_demand.body)["__type"].endswith("#ThrottlingException")


def test_capacity_comes_by_the_second_and_is_saved_up_for_five_minutes(
    world: SyncSimulation, new_table: NewTable
) -> None:
    """And not for longer."""
    table = new_table(throughput=units(1, 2))
    put_many(table, 2)
    world.advance(0.5)
    put_many(table, 1)
    with pytest.raises(ClientError, match=PROVISIONED):
        put_many(table, 1)

    world.advance("1 h")

    put_many(table, 600)
    with pytest.raises(ClientError, match=PROVISIONED):
        put_many(table, 1)


def test_what_a_larger_request_takes_is_owed(world: SyncSimulation, new_table: NewTable) -> None:
    """What a scan looks at is known afterwards only: it is paid off before anything else is read."""
    table = new_table(throughput=units(2, 100))
    table.put_item(Item={"id": "x", "text": "x" * 39_000})

    consumed = table.scan(ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]["CapacityUnits"]
    world.advance(1.5)
    with pytest.raises(ClientError, match=PROVISIONED):
        table.get_item(Key={"id": "nobody"})
    world.advance(0.25)
    table.get_item(Key={"id": "nobody"})

    assert consumed == 5
    assert told(world, "item read throttled") == [{"reason": "TableReadProvisionedThroughputExceeded"}]


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.get_item(TableName="orders", Key={"id": {"S": "x"}}),
        lambda client: client.scan(TableName="orders"),
        lambda client: client.query(
            TableName="orders",
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "x"}},
        ),
        lambda client: client.execute_statement(Statement="SELECT * FROM orders WHERE id = 'x'"),
        lambda client: client.execute_statement(Statement="SELECT * FROM orders"),
        lambda client: client.batch_get_item(RequestItems={"orders": {"Keys": [{"id": {"S": "x"}}]}}),
    ],
    ids=["get", "scan", "query", "select", "select all", "batch"],
)
def test_every_read_takes_capacity(new_table: NewTable, dynamodb: Any, read: Callable[[Any], Any]) -> None:
    """One unit is for two eventually consistent reads."""
    new_table(throughput=units(1, 1))
    read(dynamodb)
    read(dynamodb)

    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        read(dynamodb)


def test_a_condition_that_fails_takes_capacity(new_table: NewTable) -> None:
    """As much as the item that is there."""
    table = new_table(throughput=units(5, 10), items=[{"id": "x", "text": "x" * 9_000}])

    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        table.put_item(Item={"id": "x"}, ConditionExpression=Attr("id").not_exists())
    with pytest.raises(ClientError, match=PROVISIONED):
        put_many(table, 2)


def test_an_index_without_capacity_throttles_its_table(world: SyncSimulation, new_table: NewTable) -> None:
    """A write that does not touch the index passes, and who queries the index has its reads."""
    by_user = {"hash": "user", "throughput": units(1, 1)}
    table = new_table(throughput=units(5, 5), indexes={"by_user": by_user})
    table.put_item(Item={"id": "a", "user": "ada"})

    with pytest.raises(ClientError) as caught:
        table.put_item(Item={"id": "b", "user": "bob"})
    table.put_item(Item={"id": "c"})
    found = table.query(IndexName="by_user", KeyConditionExpression=Key("user").eq("ada"))

    response: Any = caught.value.response
    assert response["Error"]["Message"].startswith(
        "The level of configured provisioned throughput for one or more global secondary indexes of the table was"
    )
    assert response["ThrottlingReasons"][0]["resource"].endswith("table/orders/index/by_user")
    reason = "IndexWriteProvisionedThroughputExceeded"
    assert told(world, "item write throttled") == [{"reason": reason, "index": "by_user"}]
    assert found["Count"] == 1


def test_a_local_index_takes_from_its_table(new_table: NewTable) -> None:
    """A write with an index entry takes two units."""
    by_total = {"range": "total N", "local": True}
    table = new_table(key={"hash": "user", "range": "id"}, throughput=units(1, 4), indexes={"by_total": by_total})
    for number in range(2):
        table.put_item(Item={"user": "ada", "id": str(number), "total": number})

    with pytest.raises(ClientError, match="provisioned throughput for the table"):
        table.put_item(Item={"user": "ada", "id": "2"})


def test_a_batch_leaves_what_there_is_no_capacity_for(new_table: NewTable, dynamodb: Any) -> None:
    """Writes and reads that are left come back; if all are, the batch is refused."""
    new_table(throughput=units(1, 3), items=[{"id": str(number)} for number in range(4)])
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(5)]
    keys = [{"id": {"S": str(number)}} for number in range(4)]

    wrote = dynamodb.batch_write_item(RequestItems={"orders": puts}, ReturnConsumedCapacity="TOTAL")
    read = dynamodb.batch_get_item(RequestItems={"orders": {"Keys": keys}}, ReturnConsumedCapacity="TOTAL")

    assert wrote["UnprocessedItems"] == {"orders": puts[3:]}
    assert wrote["ConsumedCapacity"][0]["CapacityUnits"] == 3
    assert len(read["Responses"]["orders"]) == 2
    assert read["UnprocessedKeys"] == {"orders": {"Keys": keys[2:]}}
    assert read["ConsumedCapacity"][0]["CapacityUnits"] == 1
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.batch_write_item(RequestItems={"orders": puts[3:]})


def test_a_transaction_without_capacity_is_cancelled_and_takes_none(
    world: SyncSimulation, new_table: NewTable, dynamodb: Any
) -> None:
    """Each part says whether it was that one; when enough is saved up, all of it is done."""
    table = new_table(throughput=units(3, 3))
    writes = [{"Put": {"TableName": "orders", "Item": {"id": {"S": str(number)}}}} for number in range(3)]
    reads = [{"Get": {"TableName": "orders", "Key": {"id": {"S": str(number)}}}} for number in range(3)]

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=writes)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_get_items(TransactItems=reads)
    put_many(table, 3)
    world.advance(5 / 3)
    dynamodb.transact_write_items(TransactItems=writes)
    dynamodb.transact_get_items(TransactItems=reads)

    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "None", "ProvisionedThroughputExceeded"]
    assert set(reasons[2]) == {"Code", "Message"}


def test_a_transaction_that_is_repeated_takes_what_reading_would(new_table: NewTable, dynamodb: Any) -> None:
    """Twice a consistent read, and nothing of the units of writing."""
    table = new_table(throughput=units(2, 3))
    writes = [{"Put": {"TableName": "orders", "Item": {"id": {"S": "1"}}}}]

    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=writes, ClientRequestToken="once")

    put_many(table, 1)
    with pytest.raises(ClientError, match=PROVISIONED):
        table.get_item(Key={"id": "1"})


def test_statements_take_capacity_alone_in_batches_and_together(new_table: NewTable, dynamodb: Any) -> None:
    """A batch tells of each, a transaction is cancelled as a whole."""
    new_table(throughput=units(1, 2))
    insert = [{"Statement": f"INSERT INTO orders VALUE {{'id': '{number}'}}"} for number in range(3)]
    select = [{"Statement": f"SELECT * FROM orders WHERE id = '{number}'"} for number in range(3)]

    wrote = dynamodb.batch_execute_statement(Statements=insert)["Responses"]
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.execute_statement(Statement="DELETE FROM orders WHERE id = '1'")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.execute_transaction(TransactStatements=insert[2:])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.execute_transaction(TransactStatements=select)
    read = dynamodb.batch_execute_statement(Statements=select)["Responses"]

    assert [each.get("Error", {}).get("Code") for each in wrote] == [None, None, "ProvisionedThroughputExceeded"]
    assert [each.get("Error", {}).get("Code") for each in read] == [None, None, "ProvisionedThroughputExceeded"]
    reasons = caught.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", *["ProvisionedThroughputExceeded"] * 2]


def test_tables_of_the_api_are_throttled_if_the_simulation_says_so(world: SyncSimulation, dynamodb: Any) -> None:
    """By default they take everything; throughput that is raised is there at once."""
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    dynamodb.create_table(**TABLE, ProvisionedThroughput=throughput)
    table = boto3.resource(
        "dynamodb", region_name=world.region, aws_access_key_id="none", aws_secret_access_key="none"
    ).Table("orders")
    put_many(table, 20)

    world.throttles = True
    put_many(table, 1)
    with pytest.raises(ClientError, match=PROVISIONED):
        put_many(table, 1)
    dynamodb.update_table(TableName="orders", ProvisionedThroughput={**throughput, "WriteCapacityUnits": 10})
    world.advance(0.5)

    put_many(table, 5)


def test_a_hot_key_is_throttled_on_demand(world: SyncSimulation, new_table: NewTable) -> None:
    """One partition key is written 1,000 times a second, however much the table may take; others are not hindered."""
    world.throttles = True
    table = new_table(key={"hash": "user", "range": "at N"})
    with table.batch_writer() as batch:
        for number in range(1_000):
            batch.put_item(Item={"user": "star", "at": number})

    with pytest.raises(ClientError) as caught:
        table.put_item(Item={"user": "star", "at": 1_000})
    table.put_item(Item={"user": "ann", "at": 1})
    world.advance(0.001)
    table.put_item(Item={"user": "star", "at": 1_000})

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ThrottlingException"
    assert "check if you have a hot key" in response["Error"]["Message"]
    assert response["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_a_maximum_on_demand_throttles(world: SyncSimulation, dynamodb: Any) -> None:
    """Until it is taken away; without any, the account's quota counts."""
    world.throttles = True
    most = {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1}
    dynamodb.create_table(**TABLE, BillingMode="PAY_PER_REQUEST", OnDemandThroughput=most)
    put = {"TableName": "orders", "Item": {"id": {"S": "x"}}}
    dynamodb.put_item(**put)

    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(**put)
    dynamodb.update_table(TableName="orders", OnDemandThroughput={**most, "MaxWriteRequestUnits": -1})
    world.advance(1)
    for _ in range(10):
        dynamodb.put_item(**put)

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ThrottlingException"
    assert response["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"


def test_an_alarm_can_be_set_to_throttles(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """CloudWatch counts every item that was refused."""
    new_table(throughput=units(1, 1))
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(5)]
    world.request("cloudwatch", "PutMetricAlarm", WRITES_THROTTLED)

    dynamodb.batch_write_item(RequestItems={"orders": puts})
    world.advance("2 minutes")

    alarms: Any = world.request("cloudwatch", "DescribeAlarms", {})["MetricAlarms"]
    alarm = alarms[0]
    assert alarm["StateValue"] == "ALARM"
    assert "4.0" in alarm["StateReason"]


def test_a_later_index_and_another_billing_mode_begin_with_a_second_s_worth(
    world: SyncSimulation, new_table: NewTable, dynamodb: Any
) -> None:
    """What was there before does not count for them."""
    table = new_table(throughput=units(5, 5))
    dynamodb.update_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "x")],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_x",
                    "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
                }
            }
        ],
    )
    table.put_item(Item={"id": "1", "x": "x"})
    with pytest.raises(ClientError, match="global secondary indexes"):
        table.put_item(Item={"id": "2", "x": "x"})

    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    for number in range(100):
        table.put_item(Item={"id": str(number), "x": "x"})


def test_an_allowance_keeps_its_debts_and_savings_when_its_rate_changes() -> None:
    """What was saved is kept as far as there is room for it."""
    allowance = Allowance(10, 300, 0)
    allowance.take(25, 0)
    allowance.change(5, 0)

    is_paid_early, is_paid = allowance.has(1, 3_000_000), allowance.has(1, 3_200_000)
    allowance.change(1, 10_000_000_000)
    allowance.take(299, 10_000_000_000)

    assert (is_paid_early, is_paid) == (False, True)
    assert allowance.has(1, 10_000_000_000)
    assert not allowance.is_idle(10_000_000_000)


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        (
            {"indexes": {"by_x": {"hash": "x"}}, "throughput": units(5, 5)},
            "by_x.throughput",
            "this index needs its own",
        ),
        ({"indexes": {"by_x": {"hash": "x", "throughput": units(5, 5)}}}, "by_x.throughput", "give `throughput` to"),
        (
            {
                "key": {"hash": "id", "range": "at"},
                "indexes": {"by_x": {"range": "x", "local": True, "throughput": units(5, 5)}},
                "throughput": units(5, 5),
            },
            "by_x.throughput",
            "leave this out",
        ),
        ({"throughput": units(0, 5)}, "orders", "1"),
    ],
    ids=["index without", "table without", "local", "none"],
)
def test_throughput_that_makes_no_sense_is_refused(
    world: SyncSimulation, settings: dict[str, Any], key: str, words: str
) -> None:
    """With the key of the setting."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        world.add_source("tables", "orders", **{"key": "id", **settings})

    assert caught.value.key.endswith(key)
