"""Do tables serve over HTTP, and do they outlive the server?"""

from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from boto3.dynamodb.conditions import Key

from tests.live.conftest import Served

Serve = Callable[..., Served]


def test_no_acknowledged_item_is_lost(serve: Serve, tmp_path: Path) -> None:
    """A server that is killed leaves its tables, and the next one goes on."""
    path = tmp_path / "tables.db"
    first = serve("--quiet", "--db", str(path))
    client = first.client("dynamodb")
    client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="orders")
    for number in range(30):
        client.put_item(TableName="orders", Item={"pk": {"S": "a"}, "sk": {"N": str(number)}, "b": {"B": b"\x00\xff"}})
    client.delete_item(TableName="orders", Key={"pk": {"S": "a"}, "sk": {"N": "0"}})
    first.process.kill()
    first.process.communicate()

    second = serve("--quiet", "--db", str(path))
    keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    table = boto3.Session().resource("dynamodb", endpoint_url=second.url, **keys).Table("orders")

    items = table.query(KeyConditionExpression=Key("pk").eq("a"))["Items"]
    assert [item["sk"] for item in items] == list(range(1, 30))
    assert items[0]["b"].value == b"\x00\xff"
    with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException) as caught:
        table.put_item(
            Item={"pk": "a", "sk": 1},
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"]["sk"] == {"N": "1"}
