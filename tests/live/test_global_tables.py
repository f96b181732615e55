"""Do replicas of a table in other regions come to hold the same? On a server, which has a world for each region."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served

HERE, THERE, BEYOND = "us-east-1", "eu-west-1", "ap-southeast-2"


class Globe:
    """A server in virtual time, and clients for the tables of several regions."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.of = {region: served.client("dynamodb", region_name=region) for region in (HERE, THERE, BEYOND)}

    def wait(self) -> None:
        """Let a second pass, in which AWS replicates."""
        self.served.advance("1 second")

    def table(self, name: str, *regions: str, **settings: Any) -> None:
        """Make a table with replicas."""
        self.of[HERE].create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            **{"BillingMode": "PAY_PER_REQUEST", **settings},
        )
        for region in regions:
            self.replicate(name, Create={"RegionName": region})

    def replicate(self, name: str, *, at: str = HERE, **update: Any) -> Any:
        """Change the replicas of a table."""
        return self.of[at].update_table(TableName=name, ReplicaUpdates=[update])["TableDescription"]

    def put(self, region: str, name: str, key: str, **attributes: Any) -> None:
        """Put an item."""
        self.of[region].put_item(TableName=name, Item={"pk": {"S": key}, **attributes})

    def values(self, region: str, name: str) -> dict[str, str]:
        """Return the values of all items by their keys."""
        items = self.of[region].scan(TableName=name)["Items"]
        return {item["pk"]["S"]: item["v"]["S"] for item in items}

    def records(self, region: str, name: str) -> list[dict[str, Any]]:
        """Return what the stream of a table tells."""
        streams = self.served.client("dynamodbstreams", region_name=region)
        arn = self.of[region].describe_table(TableName=name)["Table"]["LatestStreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        asked = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        told = streams.get_records(ShardIterator=streams.get_shard_iterator(**asked)["ShardIterator"])
        return list(told["Records"])


@pytest.fixture(scope="module")
def globe(serve: Callable[..., Served]) -> Globe:
    """Return a server in virtual time."""
    return Globe(serve("--virtual"))


def refused(call: Callable[..., Any], *given: Any, **more: Any) -> str:
    """Return the message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*given, **more)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value.response["Error"]["Message"])


def test_a_replica_begins_with_what_the_table_holds(globe: Globe) -> None:
    """Its stream does not tell of that; either is told as the replica of the other."""
    globe.table("begun")
    globe.put(HERE, "begun", "a", v={"S": "1"})

    answer = globe.replicate("begun", Create={"RegionName": THERE})

    here, there = (globe.of[region].describe_table(TableName="begun")["Table"] for region in (HERE, THERE))
    assert answer["TableStatus"] == "UPDATING"
    to_here = {"RegionName": HERE, "ReplicaArn": here["TableArn"]}
    to_there = {"RegionName": THERE, "ReplicaArn": there["TableArn"]}
    assert answer["Replicas"] == [{**to_there, "ReplicaStatus": "CREATING"}]
    assert here["Replicas"] == [{**to_there, "ReplicaStatus": "ACTIVE"}]
    assert there["Replicas"] == [{**to_here, "ReplicaStatus": "ACTIVE"}]
    assert {table["GlobalTableVersion"] for table in (here, there)} == {"2019.11.21"}
    assert here["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert there["TableArn"] == here["TableArn"].replace(HERE, THERE)
    assert globe.values(THERE, "begun") == {"a": "1"}
    assert globe.records(THERE, "begun") == []


def test_what_is_written_anywhere_is_written_everywhere(globe: Globe) -> None:
    """Within a second, but not at once; and each region's stream tells of it, once."""
    globe.table("spread", THERE, BEYOND)

    globe.put(HERE, "spread", "a", v={"S": "1"})
    globe.put(BEYOND, "spread", "b", v={"S": "2"})
    at_once = globe.values(THERE, "spread")
    globe.wait()
    globe.of[THERE].delete_item(TableName="spread", Key={"pk": {"S": "a"}})
    globe.wait()

    assert at_once == {}
    assert [globe.values(region, "spread") for region in (HERE, THERE, BEYOND)] == [{"b": "2"}] * 3
    told = [[record["eventName"] for record in globe.records(region, "spread")] for region in (HERE, THERE, BEYOND)]
    assert told == [["INSERT", "INSERT", "REMOVE"]] * 3


def test_the_last_writer_wins(globe: Globe) -> None:
    """Two regions write one item before they hear of each other: everywhere the later write stays."""
    globe.table("raced", THERE)

    globe.put(HERE, "raced", "a", v={"S": "earlier"})
    globe.served.advance("0.1 seconds")
    globe.put(THERE, "raced", "a", v={"S": "later"})
    globe.wait()

    assert globe.values(HERE, "raced") == globe.values(THERE, "raced") == {"a": "later"}
    (record,) = globe.records(THERE, "raced")
    assert record["dynamodb"]["NewImage"]["v"] == {"S": "later"}


def test_writes_of_one_instant_keep_their_order(globe: Globe) -> None:
    """Of one region; time stands still between two calls of a client."""
    globe.table("still", THERE)

    globe.put(HERE, "still", "a", v={"S": "first"})
    globe.put(HERE, "still", "a", v={"S": "second"})
    globe.wait()

    assert globe.values(THERE, "still") == {"a": "second"}
    assert [record["eventName"] for record in globe.records(THERE, "still")] == ["INSERT", "MODIFY"]


def test_one_region_deletes_what_has_outlived_its_time(globe: Globe) -> None:
    """Elsewhere that is replicated, and there the record does not name DynamoDB as who did it (documented)."""
    globe.table("short", THERE)
    globe.of[HERE].update_time_to_live(
        TableName="short", TimeToLiveSpecification={"Enabled": True, "AttributeName": "end"}
    )
    globe.put(HERE, "short", "a", end={"N": "1767225600"})
    globe.served.advance("3 minutes")

    ends = [globe.records(region, "short")[-1] for region in (HERE, THERE)]

    assert [end["eventName"] for end in ends] == ["REMOVE", "REMOVE"]
    assert sorted("userIdentity" in end for end in ends) == [False, True]
    status = globe.of[THERE].describe_time_to_live(TableName="short")["TimeToLiveDescription"]
    assert status == {"TimeToLiveStatus": "ENABLED", "AttributeName": "end"}


def test_replicas_have_indexes_in_common_and_protection_of_their_own(globe: Globe) -> None:
    """So it is with table classes, once a replica has another one."""
    globe.table("common")
    globe.replicate("common", Create={"RegionName": THERE, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"})

    globe.of[HERE].update_table(
        TableName="common",
        AttributeDefinitions=[{"AttributeName": "v", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_v",
                    "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    globe.of[HERE].update_table(TableName="common", DeletionProtectionEnabled=True)

    there = globe.of[THERE].describe_table(TableName="common")["Table"]
    assert [index["IndexName"] for index in there["GlobalSecondaryIndexes"]] == ["by_v"]
    assert not there["DeletionProtectionEnabled"]
    assert there["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    (replica,) = globe.of[HERE].describe_table(TableName="common")["Table"]["Replicas"]
    assert replica["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}


def test_a_replica_is_dropped(globe: Globe) -> None:
    """The table goes with all that it holds, and the others go on without it."""
    globe.table("dropped", THERE, BEYOND)

    answer = globe.replicate("dropped", at=BEYOND, Delete={"RegionName": THERE})
    globe.put(HERE, "dropped", "a", v={"S": "1"})
    globe.wait()

    assert {"RegionName": THERE, "ReplicaStatus": "DELETING"} in answer["Replicas"]
    assert THERE not in [
        each["RegionName"] for each in globe.of[HERE].describe_table(TableName="dropped")["Table"]["Replicas"]
    ]
    assert globe.of[THERE].list_tables(ExclusiveStartTableName="drop", Limit=1)["TableNames"] != ["dropped"]
    assert globe.values(BEYOND, "dropped") == {"a": "1"}


def test_a_replica_that_makes_no_sense_is_refused(globe: Globe) -> None:
    """In AWS's words: its own region, a name that is taken, one that is none of the replicas, provisioned writes."""
    globe.table("sense", THERE)
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    globe.table("units", BillingMode="PROVISIONED", ProvisionedThroughput=units)

    assert refused(globe.replicate, "sense", Create={"RegionName": HERE}) == (
        "Cannot add, delete, or update the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required."
    )
    assert refused(globe.replicate, "sense", Create={"RegionName": THERE}) == (
        "Failed to create a the new replica of table with name: 'sense' because one or more replicas already existed "
        "as tables."
    )
    assert refused(globe.replicate, "sense", Delete={"RegionName": BEYOND}) == (
        "Replica specified in the Replica Update or Replica Delete action of the request was not found"
    )
    assert refused(globe.replicate, "units", Create={"RegionName": THERE}) == (
        "Table write capacity should either be Pay-Per-Request or AutoScaled."
    )
    assert refused(globe.of[HERE].delete_table, TableName="sense") == (
        "Replica cannot be deleted because it has acted as a source region for new replicas being added to the table "
        "in the last 24 hours."
    )


def test_replicas_outlive_the_server(serve: Callable[..., Served], tmp_path: Path) -> None:
    """The next one goes on to replicate, also to a region that nobody has asked for since."""
    path = str(tmp_path / "tables.db")
    first = Globe(serve("--virtual", "--db", path))
    first.table("kept", THERE)
    first.put(HERE, "kept", "a", v={"S": "1"})
    first.wait()
    first.served.end()

    second = Globe(serve("--db", path))
    (replica,) = second.of[HERE].describe_table(TableName="kept")["Table"]["Replicas"]

    assert replica["RegionName"] == THERE
    assert second.values(THERE, "kept") == {"a": "1"}


STACK = """
Resources:
  Visits:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: visits
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Replicas: [REPLICAS]
"""


def test_a_stack_s_global_table_is_replicated(globe: Globe) -> None:
    """Where its template says so, then elsewhere, and nowhere once the stack is deleted."""
    stacks = globe.served.client("cloudformation")

    def regions(*names: str) -> str:
        return STACK.replace("REPLICAS", ", ".join(f"{{Region: {name}}}" for name in names))

    def found() -> list[str]:
        return [region for region in (HERE, THERE, BEYOND) if "visits" in globe.of[region].list_tables()["TableNames"]]

    stacks.create_stack(StackName="globe", TemplateBody=regions(HERE, THERE))
    globe.served.advance("1 minute")
    made = found()
    globe.put(HERE, "visits", "a", v={"S": "1"})
    globe.wait()
    values = globe.values(THERE, "visits")
    stacks.update_stack(StackName="globe", TemplateBody=regions(HERE, BEYOND))
    globe.served.advance("1 minute")
    changed = found()
    stacks.delete_stack(StackName="globe")
    globe.served.advance("1 minute")

    assert made == [HERE, THERE]
    assert values == {"a": "1"}
    assert changed == [HERE, BEYOND]
    assert found() == []
