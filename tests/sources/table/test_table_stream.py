"""What a table's stream tells of its changes, and to whom."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from eventsim import Inbox, ShardPosition, SyncSimulation
from eventsim.polled import Sharded

NewTable = Callable[..., Any]
HOUR = 3_600


def stream_of(world: SyncSimulation, table: str = "orders") -> Any:
    """Return the stream of a table, as a mapping finds it."""
    return world.sources("table streams")[table]


def told(world: SyncSimulation) -> list[dict[str, Any]]:
    """Return all records of the only shard."""
    stream = stream_of(world)
    (shard,) = stream.shards()
    return stream.records(stream.read(shard.identifier, 0, 100))  # type: ignore[no-any-return]


def test_a_record_is_what_functions_get(world: SyncSimulation, new_table: NewTable) -> None:
    """Member for member (recorded)."""
    table = new_table("TTT", stream="new_and_old_images")
    table.put_item(Item={"id": "id_value"})
    world.advance(1.5)
    table.put_item(Item={"id": "id_value", "id2": "id2_new_value"})

    stream = stream_of(world, "TTT")
    (shard,) = stream.shards()
    first, second = stream.records(stream.read(shard.identifier, 0, 10))

    assert first["dynamodb"]["SizeBytes"] == 20
    assert list(second) == [
        *("eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN"),
    ]
    assert len(second["eventID"]) == 32
    assert 21 <= len(second["dynamodb"].pop("SequenceNumber")) <= 40
    del second["eventID"]
    assert second == {
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1767225601.0,
            "Keys": {"id": {"S": "id_value"}},
            "NewImage": {"id": {"S": "id_value"}, "id2": {"S": "id2_new_value"}},
            "OldImage": {"id": {"S": "id_value"}},
            "SizeBytes": 46,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/TTT/stream/2026-01-01T00:00:00.000",
    }


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("keys_only", [set(), set(), set()]),
        ("new_image", [{"NewImage"}, {"NewImage"}, set()]),
        ("old_image", [set(), {"OldImage"}, {"OldImage"}]),
        ("new_and_old_images", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}]),
    ],
)
def test_a_view_shows_some_images(
    world: SyncSimulation, new_table: NewTable, view: str, images: list[set[str]]
) -> None:
    """What it does not show is absent, not null."""
    table = new_table(stream=view)

    table.put_item(Item={"id": "a"})
    table.put_item(Item={"id": "a", "x": 1})
    table.delete_item(Key={"id": "a"})

    records = told(world)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert [record["dynamodb"].keys() & {"NewImage", "OldImage"} for record in records] == images


def test_a_write_that_changes_nothing_is_not_told(world: SyncSimulation, new_table: NewTable) -> None:
    """The same item again, an update without effect, a deletion of nothing, a set in another order."""
    table = new_table(stream="keys_only", items=[{"id": "given"}])
    table.put_item(Item={"id": "a", "s": {"x", "y"}, "n": 1})

    table.meta.client.put_item(TableName="orders", Item={"id": "a", "s": {"y", "x"}, "n": 1})
    table.update_item(Key={"id": "a"}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": 1})
    table.delete_item(Key={"id": "none"})
    with pytest.raises(ClientError):
        table.put_item(Item={"id": "a", "n": 2}, ConditionExpression="attribute_not_exists(id)")

    assert [record["eventName"] for record in told(world)] == ["INSERT"]


def test_binaries_are_base64_in_an_event(world: SyncSimulation, new_table: NewTable) -> None:
    """At every depth; the event is JSON."""
    table = new_table(stream="new_image")

    table.put_item(Item={"id": "a", "b": b"\x00", "m": {"l": [b"\xff"]}})

    image = json.loads(json.dumps(told(world)))[0]["dynamodb"]["NewImage"]
    assert image["b"] == {"B": "AA=="}
    assert image["m"] == {"M": {"l": {"L": [{"B": "/w=="}]}}}


def test_the_stream_is_what_a_mapping_wants(world: SyncSimulation, new_table: NewTable) -> None:
    """It wakes who waits, in a step of its own, and keeps offsets."""
    table = new_table(stream="keys_only")
    stream = stream_of(world)
    (shard,) = stream.shards()
    woken: list[str] = []
    stream.when_more(shard.identifier, 0, lambda: woken.append("more"))
    world.until_idle()
    assert woken == []

    table.put_item(Item={"id": "a|b"})
    world.until_idle()

    (record,) = stream.read(shard.identifier, 0, 10)
    assert isinstance(stream, Sharded)
    assert woken == ["more"]
    assert (record.offset, record.key, record.born_us) == (0, "a||b", 0)
    assert stream.begin(shard.identifier, ShardPosition(type="TRIM_HORIZON")) == 0
    assert stream.begin(shard.identifier, ShardPosition(type="LATEST")) == 1
    assert stream.end(shard.identifier) is None
    assert stream.read(shard.identifier, 1, 10) == []


def test_a_shard_gives_way_to_another_after_four_hours(world: SyncSimulation, new_table: NewTable) -> None:
    """Without a timer: a reader is woken when somebody writes, and reads the old shard to its end first."""
    table = new_table(stream="keys_only")
    stream = stream_of(world)
    (first,) = stream.shards()
    table.put_item(Item={"id": "a"})
    woken: list[str] = []
    stream.when_more(first.identifier, 1, lambda: woken.append("closed"))
    stream.when_resharded(lambda: woken.append("resharded"))

    world.advance(9 * HOUR)
    table.put_item(Item={"id": "b"})
    world.until_idle()

    shards = stream.shards()
    assert [shard.parents for shard in shards] == [(), (shards[0].identifier,), (shards[1].identifier,)]
    assert woken == ["closed", "resharded"]
    assert [stream.end(shard.identifier) for shard in shards] == [1, 0, None]
    assert len(stream.read(shards[2].identifier, 0, 10)) == 1
    assert stream.read(shards[2].identifier, 0, 10)[0].offset == 0


def test_records_are_gone_after_a_day(world: SyncSimulation, new_table: NewTable) -> None:
    """And so are shards that closed so long ago; offsets go on counting."""
    table = new_table(stream="keys_only")
    stream = stream_of(world)
    table.put_item(Item={"id": "a"})
    world.advance(HOUR)
    table.put_item(Item={"id": "b"})
    (first,) = stream.shards()

    world.advance(23 * HOUR)
    left = stream.read(first.identifier, 0, 10)
    world.advance(24 * HOUR)

    assert [record.offset for record in left] == [1]
    assert first.identifier not in [shard.identifier for shard in stream.shards()]
    assert len(stream.shards()) == 7
    assert stream.read(first.identifier, 0, 10) == []


def test_the_api_reads_a_stream(world: SyncSimulation, new_table: NewTable, streams: Any) -> None:
    """From the list of streams to the last record; the end of a closed shard has no next iterator."""
    table = new_table(stream="new_image")
    for number in range(3):
        table.put_item(Item={"id": str(number)})
    (listed,) = streams.list_streams(TableName="orders")["Streams"]
    arn = listed["StreamArn"]
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    shard = described["Shards"][0]["ShardId"]

    def iterator(kind: str, **more: str) -> str:
        answer = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)
        return str(answer["ShardIterator"])

    page = streams.get_records(ShardIterator=iterator("TRIM_HORIZON"), Limit=2)
    rest = streams.get_records(ShardIterator=page["NextShardIterator"])
    number = page["Records"][1]["dynamodb"]["SequenceNumber"]
    at = streams.get_records(ShardIterator=iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number))
    after = streams.get_records(ShardIterator=iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=number))
    latest = streams.get_records(ShardIterator=iterator("LATEST"))
    world.advance(5 * HOUR)
    closed = streams.get_records(ShardIterator=iterator("LATEST"))

    assert (described["StreamStatus"], described["StreamViewType"]) == ("ENABLED", "NEW_IMAGE")
    assert page["Records"][0]["dynamodb"]["NewImage"] == {"id": {"S": "0"}}
    assert [len(each["Records"]) for each in (page, rest, at, after, latest)] == [2, 1, 2, 1, 0]
    assert "NextShardIterator" in latest
    assert "NextShardIterator" not in closed
    assert len(streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]) == 2


def test_reading_may_begin_at_an_instant(world: SyncSimulation, new_table: NewTable, streams: Any) -> None:
    """At the first record of then or later; one of before there are records is the oldest."""
    table = new_table(stream="keys_only")
    for name in ("first", "second", "third"):
        world.advance(60)
        table.put_item(Item={"id": name})
    (listed,) = streams.list_streams()["Streams"]
    (shard,) = stream_of(world).shards()
    asked = {"StreamArn": listed["StreamArn"], "ShardId": shard.identifier, "ShardIteratorType": "AT_TIMESTAMP"}

    def read(at: Any) -> list[str]:
        iterator = streams.get_shard_iterator(**asked, Timestamp=at)["ShardIterator"]
        return [each["dynamodb"]["Keys"]["id"]["S"] for each in streams.get_records(ShardIterator=iterator)["Records"]]

    start = world.clock.date(0)

    assert read(start - timedelta(days=2)) == ["first", "second", "third"]
    assert read(start + timedelta(seconds=120)) == ["second", "third"]
    assert read(start + timedelta(seconds=121)) == ["third"]
    with pytest.raises(ClientError, match="Timestamp must not be in the future"):
        read(start + timedelta(days=1))
    with pytest.raises(ClientError, match="Timestamp must be specified"):
        streams.get_shard_iterator(**asked)
    with pytest.raises(ClientError, match="Timestamp must not be specified for ShardIteratorType LATEST"):
        streams.get_shard_iterator(**{**asked, "ShardIteratorType": "LATEST"}, Timestamp=start)


def test_an_iterator_is_good_for_a_quarter_of_an_hour(world: SyncSimulation, new_table: NewTable, streams: Any) -> None:
    """And a position that has expired is refused."""
    table = new_table(stream="keys_only")
    table.put_item(Item={"id": "a"})
    (listed,) = streams.list_streams()["Streams"]
    (shard,) = stream_of(world).shards()
    place = {"StreamArn": listed["StreamArn"], "ShardId": shard.identifier}
    iterator = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]

    world.advance("16 minutes")

    with pytest.raises(streams.exceptions.ExpiredIteratorException):
        streams.get_records(ShardIterator=iterator)
    with pytest.raises(ClientError, match="Invalid ShardIterator"):
        streams.get_records(ShardIterator="rubbish")
    world.advance(24 * HOUR)
    with pytest.raises(streams.exceptions.TrimmedDataAccessException):
        streams.get_shard_iterator(**place, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber="1" * 21)


def test_a_stream_that_is_switched_off_can_be_read_for_a_day(
    world: SyncSimulation, new_table: NewTable, dynamodb: Any, streams: Any
) -> None:
    """Switched on again, the table has another one."""
    table = new_table(stream="keys_only")
    table.put_item(Item={"id": "a"})
    (first,) = streams.list_streams()["Streams"]

    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    table.put_item(Item={"id": "b"})
    world.advance(HOUR)
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    dynamodb.update_table(TableName="orders", StreamSpecification=view)
    with pytest.raises(ClientError, match="Table already has an enabled stream"):
        dynamodb.update_table(TableName="orders", StreamSpecification=view)
    both = streams.list_streams(TableName="orders")["Streams"]
    status = streams.describe_stream(StreamArn=first["StreamArn"])["StreamDescription"]["StreamStatus"]
    world.advance(24 * HOUR)

    assert [each["StreamArn"] for each in both] == [first["StreamArn"], stream_of(world).arn]
    assert status == "DISABLED"
    assert [each["StreamArn"] for each in streams.list_streams()["Streams"]] == [stream_of(world).arn]


def test_streams_of_a_table_that_is_not_there_are_not_listed(world: SyncSimulation, streams: Any) -> None:
    """That is an error, and not an empty list."""
    with pytest.raises(ClientError, match="Requested resource not found: Table: nobody not found"):
        streams.list_streams(TableName="nobody")


def test_streams_that_begin_at_one_instant_have_labels_of_their_own(
    new_table: NewTable, dynamodb: Any, streams: Any
) -> None:
    """Virtual time may stand still between two calls; a stream's ARN is its own all the same."""
    new_table(stream="keys_only").put_item(Item={"id": "a"})
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}

    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    dynamodb.update_table(TableName="orders", StreamSpecification=view)
    dynamodb.delete_table(TableName="orders")
    new_table(stream="keys_only")

    labels = [each["StreamLabel"][-3:] for each in streams.list_streams()["Streams"]]
    assert labels == ["000", "001", "002"]


class Kinesis(Inbox):
    """A Kinesis stream that only keeps what it is told."""

    kind: ClassVar[str] = "inboxes"
    name = "changes"

    def summary(self) -> dict[str, int]:
        """Return nothing worth knowing."""
        return {}


def test_a_kinesis_stream_may_be_told_of_changes(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """Each as one JSON record, by the item's key."""
    kinesis = Kinesis("arn:aws:kinesis:us-east-1:123456789012:stream/changes")
    world.add(kinesis)
    table = new_table()

    dynamodb.enable_kinesis_streaming_destination(TableName="orders", StreamArn=kinesis.arn)
    table.put_item(Item={"id": "a"})
    dynamodb.disable_kinesis_streaming_destination(TableName="orders", StreamArn=kinesis.arn)
    table.put_item(Item={"id": "b"})

    (envelope,) = kinesis.envelopes
    record = json.loads(envelope.body)
    assert envelope.group == "a"
    assert (record["eventName"], record["tableName"]) == ("INSERT", "orders")
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1767225600000
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}}
    (destination,) = dynamodb.describe_kinesis_streaming_destination(TableName="orders")[
        "KinesisDataStreamDestinations"
    ]
    assert destination["DestinationStatus"] == "DISABLED"


def test_a_destination_is_asked_for_what_it_is_not(world: SyncSimulation, new_table: NewTable, dynamodb: Any) -> None:
    """Enabled once, with another precision by an update, and disabled once; the words are unconfirmed."""
    kinesis = Kinesis("arn:aws:kinesis:us-east-1:123456789012:stream/changes")
    world.add(kinesis)
    new_table()
    place = {"TableName": "orders", "StreamArn": kinesis.arn}
    finer = {"UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}}
    state = "Table is not in a valid state to"

    with pytest.raises(ClientError, match=f"{state} update .* must be ACTIVE to perform UPDATE operation"):
        dynamodb.update_kinesis_streaming_destination(**place, **finer)
    dynamodb.enable_kinesis_streaming_destination(**place)
    with pytest.raises(ClientError, match=f"{state} enable .* must be DISABLED or ENABLE_FAILED to perform ENABLE"):
        dynamodb.enable_kinesis_streaming_destination(**place)
    with pytest.raises(ClientError, match="cannot be null or contain only null values"):
        dynamodb.update_kinesis_streaming_destination(**place)
    dynamodb.update_kinesis_streaming_destination(**place, **finer)
    with pytest.raises(ClientError, match="Precision is already set to the desired value of MICROSECOND for tableId"):
        dynamodb.update_kinesis_streaming_destination(**place, **finer)
    dynamodb.disable_kinesis_streaming_destination(**place)
    with pytest.raises(ClientError, match=f"{state} disable .* must be ACTIVE to perform DISABLE operation"):
        dynamodb.disable_kinesis_streaming_destination(**place)


def test_more_than_a_thousand_records_are_not_read_at_once(new_table: NewTable, streams: Any) -> None:
    """Though the service's model would let one ask for them."""
    arn = new_table(stream="keys_only").latest_stream_arn
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]

    with pytest.raises(ClientError, match=r"Value '1001' at 'limit' .* less than or equal to 1000"):
        streams.get_records(ShardIterator=iterator, Limit=1_001)
