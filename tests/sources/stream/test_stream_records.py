"""Put records and read them, as boto3 does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.sdk import refusal
from tests.sources.stream.conftest import FIRST, data, iterator

THROTTLED = "ProvisionedThroughputExceededException"
SECOND = "shardId-000000000001"
MEBIBYTE = 1 << 20


def test_a_record_is_read_as_it_was_put(kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation) -> None:
    """With its number, its key and the millisecond of its arrival; a text stands for its UTF-8."""
    new_stream()
    world.advance("1.5 s")

    put = kinesis.put_record(StreamName="orders", Data="ü", PartitionKey="k")
    (record,) = kinesis.get_records(ShardIterator=iterator(kinesis))["Records"]

    assert put["ShardId"] == FIRST
    assert record == {
        "SequenceNumber": put["SequenceNumber"],
        "ApproximateArrivalTimestamp": datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC),
        "Data": "ü".encode(),
        "PartitionKey": "k",
    }


def test_sequence_numbers_have_56_digits_and_grow(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """They begin with 49, and a child's are larger than its parent's."""
    new_stream()
    records = [{"Data": b"a", "PartitionKey": "k"}] * 20

    numbers = [each["SequenceNumber"] for each in kinesis.put_records(StreamName="orders", Records=records)["Records"]]
    kinesis.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="5")
    later = kinesis.put_record(StreamName="orders", Data=b"b", PartitionKey="k", SequenceNumberForOrdering=numbers[-1])

    assert {(len(number), number[:2]) for number in numbers} == {(56, "49")}
    assert numbers == sorted(set(numbers), key=int)
    assert int(later["SequenceNumber"]) > int(numbers[-1])


def test_the_md5_of_the_key_chooses_the_shard(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """MD5("a") begins with 0c, MD5("b") with 92; an explicit hash key goes before."""
    new_stream(shards=2)

    places = [
        kinesis.put_record(StreamName="orders", Data=b"", **key)["ShardId"]
        for key in (
            {"PartitionKey": "a"},
            {"PartitionKey": "b"},
            {"PartitionKey": "b", "ExplicitHashKey": "0"},
            {"PartitionKey": "a", "ExplicitHashKey": str(2**127)},
            {"PartitionKey": "a", "ExplicitHashKey": str(2**127 - 1)},
        )
    ]

    assert places == [FIRST, SECOND, FIRST, SECOND, FIRST]


def test_a_shard_takes_a_thousand_records_a_second(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """Those beyond fail one by one, and PutRecord with an error; half a second later five hundred fit."""
    new_stream()
    records = [{"Data": b"a", "PartitionKey": "k"}] * 500

    answers = [kinesis.put_records(StreamName="orders", Records=records) for _ in range(3)]
    alone = refusal(kinesis.put_record, StreamName="orders", Data=b"a", PartitionKey="k")
    world.advance("0.25 s")
    after = kinesis.put_records(StreamName="orders", Records=records)

    message = f"Rate exceeded for shard {FIRST} in stream orders under account {world.account_id}."
    assert [answer["FailedRecordCount"] for answer in answers] == [0, 0, 500]
    assert answers[2]["Records"][0] == {"ErrorCode": THROTTLED, "ErrorMessage": message}
    assert alone == (THROTTLED, message)
    assert after["FailedRecordCount"] == 250
    assert world.numbers("streams", "orders") == {
        "put": 1_250,
        "throttled": 751,
        "expired": 0,
        "records": 1_250,
        "open_shards": 1,
    }


def test_a_shard_takes_a_mebibyte_a_second(kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation) -> None:
    """Keys count. What is refused stops nobody on another shard."""
    new_stream(shards=2)
    half = MEBIBYTE // 2 - 1
    records = [
        *([{"Data": bytes(half), "PartitionKey": "a"}] * 2),
        {"Data": b"1", "PartitionKey": "a"},
        {"Data": b"1", "PartitionKey": "b"},
    ]

    answer = kinesis.put_records(StreamName="orders", Records=records)

    assert [each.get("ErrorCode") for each in answer["Records"]] == [None, None, THROTTLED, None]


def test_without_limits_everything_fits(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """A scenario may switch the rates off."""
    new_stream(throughput="unlimited")
    records = [{"Data": b"a", "PartitionKey": "k"}] * 500

    failed = [kinesis.put_records(StreamName="orders", Records=records)["FailedRecordCount"] for _ in range(10)]

    assert sum(failed) == 0
    assert [len(data(kinesis)) for _ in range(10)] == [5_000] * 10


@pytest.mark.parametrize(
    ("parameters", "code", "says"),
    [
        ({"Data": bytes(MEBIBYTE), "PartitionKey": "k"}, "ValidationException", "less than or equal to 1048576"),
        ({"Data": b"", "PartitionKey": "k" * 257}, "ValidationException", "'partitionKey' failed"),
        (
            {"Data": b"", "PartitionKey": "k", "ExplicitHashKey": "01"},
            "ValidationException",
            "'explicitHashKey' failed",
        ),
        ({"Data": b"", "PartitionKey": "k", "ExplicitHashKey": str(2**128)}, "InvalidArgumentException", "2^128-1"),
        ({"Data": b"", "PartitionKey": "k", "SequenceNumberForOrdering": "5"}, "InvalidArgumentException", "invalid"),
        ({"Data": b"", "PartitionKey": "k", "StreamName": "none"}, "ResourceNotFoundException", "Stream none under"),
        ({"Data": b"", "PartitionKey": "k", "DryRun": True}, "DryRunOperationException", "DryRun"),
        ({"Data": b"", "PartitionKey": "k", "StreamId": "a" * 20 + "-abc"}, "NotImplemented", "StreamId"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_what_may_not_be_put(
    kinesis: Any, new_stream: Callable[..., Any], parameters: dict[str, Any], code: str, says: str
) -> None:
    """Every refusal bears AWS's code, and nothing is stored."""
    stream = new_stream()

    found, message = refusal(kinesis.put_record, **{"StreamName": "orders", **parameters})

    assert (found, says in message) == (code, True), message
    assert stream.summary()["put"] == 0


def test_a_batch_has_bounds(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Five hundred records, and ten mebibytes in all; a member at fault is named by its place."""
    new_stream(throughput="unlimited")
    many = [{"Data": b"", "PartitionKey": "k"}] * 501
    large = [{"Data": bytes(MEBIBYTE - 1), "PartitionKey": "k"}] * 11
    odd = [{"Data": b"", "PartitionKey": "k"}, {"Data": b"", "PartitionKey": "k" * 300}]

    refused = [refusal(kinesis.put_records, StreamName="orders", Records=records) for records in (many, large, odd)]

    codes = ["ValidationException", "InvalidArgumentException", "ValidationException"]
    assert [code for code, _ in refused] == codes
    assert "records.2.member.partitionKey" in refused[2][1]


def test_a_larger_record_size_is_for_the_stream(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Ten mebibytes go in at once when the shard has rested."""
    new_stream()
    kinesis.update_max_record_size(
        StreamARN="arn:aws:kinesis:us-east-1:123456789012:stream/orders", MaxRecordSizeInKiB=10_240
    )

    kinesis.put_record(StreamName="orders", Data=bytes(10 * MEBIBYTE - 1), PartitionKey="k")

    assert refusal(kinesis.put_record, StreamName="orders", Data=b"", PartitionKey="k")[0] == THROTTLED
    assert [len(each) for each in data(kinesis)] == [10 * MEBIBYTE - 1]


def test_every_iterator_begins_where_it_says(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """At and after a number, at the oldest, behind the newest, and at an instant."""
    new_stream(throughput="unlimited")
    numbers = []
    for each in (b"0", b"1", b"2"):
        numbers.append(kinesis.put_record(StreamName="orders", Data=each, PartitionKey="k")["SequenceNumber"])
        world.advance("1 s")
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    newest = iterator(kinesis, type_="LATEST")
    kinesis.put_record(StreamName="orders", Data=b"3", PartitionKey="k")
    first = kinesis.list_shards(StreamName="orders")["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]

    assert data(kinesis, type_="TRIM_HORIZON") == [b"0", b"1", b"2", b"3"]
    assert data(kinesis, type_="AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"1", b"2", b"3"]
    assert data(kinesis, type_="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"2", b"3"]
    assert data(kinesis, type_="AT_SEQUENCE_NUMBER", StartingSequenceNumber=first)[0] == b"0"
    assert data(kinesis, type_="AT_TIMESTAMP", Timestamp=begun + timedelta(seconds=1)) == [b"1", b"2", b"3"]
    assert data(kinesis, type_="AT_TIMESTAMP", Timestamp=0) == [b"0", b"1", b"2", b"3"]
    assert [each["Data"] for each in kinesis.get_records(ShardIterator=newest)["Records"]] == [b"3"]


def test_a_read_may_give_nothing_although_there_are_records(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """The next iterator stands where this one stood, and the reader knows that it is behind (documented)."""
    new_stream(throughput="unlimited", empty_reads=0.5)
    for number in range(20):
        kinesis.put_record(StreamName="orders", Data=bytes([number]), PartitionKey="k")
    place = iterator(kinesis)
    answers = []
    for _ in range(60):
        answers.append(kinesis.get_records(ShardIterator=place, Limit=2))
        place = answers[-1]["NextShardIterator"]

    first_empty = next(answer for answer in answers if not answer["Records"])
    assert first_empty["MillisBehindLatest"] > 0
    assert [each["Data"][0] for answer in answers for each in answer["Records"]] == list(range(20))


def test_a_record_needs_a_key(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Where keys decide on the shard: nothing is put without one."""
    new_stream()
    message = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"

    one = refusal(kinesis.put_record, StreamName="orders", Data=b"1")
    many = refusal(
        kinesis.put_records, StreamName="orders", Records=[{"Data": b"1", "PartitionKey": "k"}, {"Data": b"2"}]
    )

    assert one == ("ValidationException", message.format("partitionKey"))
    assert many == ("ValidationException", message.format("records.2.member.partitionKey"))
    assert data(kinesis) == []


def test_a_stream_that_spreads_records_needs_no_keys(kinesis: Any) -> None:
    """And tells of none in what was put without."""
    mode = {"StreamMode": "ON_DEMAND"}
    kinesis.create_stream(StreamName="orders", StreamModeDetails=mode, RecordDistributionStrategy="AUTO")

    for key in ({}, {"PartitionKey": "k"}):
        shard = kinesis.put_record(StreamName="orders", Data=b"1", **key)["ShardId"]
        record = kinesis.get_records(ShardIterator=iterator(kinesis, shard))["Records"][-1]
        assert {name: value for name, value in record.items() if name == "PartitionKey"} == key


def test_a_number_of_another_shard_is_no_place(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """AWS says that it did not come from this stream."""
    new_stream(shards=2)
    number = kinesis.put_record(StreamName="orders", Data=b"", PartitionKey="a")["SequenceNumber"]
    asked = {"StreamName": "orders", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number}

    code, message = refusal(kinesis.get_shard_iterator, ShardId=SECOND, **asked)

    assert code == "InvalidArgumentException"
    assert "did not come from this stream" in message


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        (
            "shardId-000000000009",
            "Shard shardId-000000000009 in stream orders under account 123456789012 does not exist",
        ),
        ("nine", "Could not find shard nine in stream orders under account 123456789012."),
    ],
)
def test_a_shard_that_is_not_there_is_not_read(
    kinesis: Any, new_stream: Callable[..., Any], shard: str, message: str
) -> None:
    """AWS tells what has the form of an id from what has not."""
    new_stream()
    asked = {"StreamName": "orders", "ShardIteratorType": "LATEST"}

    assert refusal(kinesis.get_shard_iterator, ShardId=shard, **asked) == ("ResourceNotFoundException", message)


ONE_OR_TWO = (
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}, f"{ONE_OR_TWO}AT_SEQUENCE_NUMBER and no StartingSequenceNumber."),
        (
            {"ShardIteratorType": "LATEST", "StartingSequenceNumber": "1"},
            f"{ONE_OR_TWO}LATEST and also a StartingSequenceNumber.",
        ),
        (
            {"ShardIteratorType": "AT_TIMESTAMP"},
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
            "Current request has no timestamp parameter.",
        ),
        (
            {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1767225601.5},
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            "timestampInMillis: 1767225601500, currentTimestampInMillis: 1767225600000",
        ),
    ],
    ids=["no number", "a number too many", "no instant", "an instant to come"],
)
def test_an_iterator_has_what_its_type_needs(
    kinesis: Any, new_stream: Callable[..., Any], asked: dict[str, Any], message: str
) -> None:
    """And nothing that its type does not need."""
    new_stream()

    refused = refusal(kinesis.get_shard_iterator, StreamName="orders", ShardId=FIRST, **asked)

    assert refused == ("InvalidArgumentException", message)


def test_an_iterator_is_good_for_five_minutes(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """To the millisecond; and what is no iterator is an invalid argument."""
    new_stream()
    text = iterator(kinesis)
    world.advance("300 s")
    kinesis.get_records(ShardIterator=text)
    world.advance("1 ms")

    code, message = refusal(kinesis.get_records, ShardIterator=text)

    assert code == "ExpiredIteratorException"
    assert message == (
        "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while right now it is "
        "Thu Jan 01 00:05:00 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds."
    )
    assert refusal(kinesis.get_records, ShardIterator="AAAA")[0] == "InvalidArgumentException"


def test_a_reader_pages_and_knows_how_far_behind_it_is(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """`MillisBehindLatest` is 0 at the tip only."""
    new_stream()
    for each in (b"0", b"1", b"2"):
        kinesis.put_record(StreamName="orders", Data=each, PartitionKey="k")
    world.advance("10 s")

    first = kinesis.get_records(ShardIterator=iterator(kinesis), Limit=2)
    rest = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    none = kinesis.get_records(ShardIterator=rest["NextShardIterator"])

    assert [len(answer["Records"]) for answer in (first, rest, none)] == [2, 1, 0]
    assert [answer["MillisBehindLatest"] for answer in (first, rest, none)] == [10_000, 0, 0]


def test_a_shard_is_read_five_times_a_second(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """And its iterators are asked for as often."""
    new_stream()
    text = iterator(kinesis)
    for _ in range(5):
        kinesis.get_records(ShardIterator=text)

    sixth = refusal(kinesis.get_records, ShardIterator=text)
    world.advance("0.2 s")
    kinesis.get_records(ShardIterator=text)
    for _ in range(5):
        iterator(kinesis)
    asked = {"StreamName": "orders", "ShardId": FIRST, "ShardIteratorType": "LATEST"}

    assert sixth[0] == THROTTLED
    assert refusal(kinesis.get_shard_iterator, **asked)[0] == THROTTLED


def test_ten_mebibytes_are_followed_by_a_pause(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """A read gives no more at once, and the shard rests for five seconds."""
    new_stream()
    for _ in range(12):
        kinesis.put_record(StreamName="orders", Data=bytes(MEBIBYTE - 1), PartitionKey="k")
        world.advance("1 s")

    full = kinesis.get_records(ShardIterator=iterator(kinesis))
    world.advance("4.9 s")
    early = refusal(kinesis.get_records, ShardIterator=full["NextShardIterator"])
    world.advance("0.1 s")
    rest = kinesis.get_records(ShardIterator=full["NextShardIterator"])

    assert (len(full["Records"]), early[0], len(rest["Records"])) == (10, THROTTLED, 2)


def test_more_than_two_mebibytes_a_second_are_refused(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """Three of them take a second and a half."""
    new_stream()
    for _ in range(3):
        kinesis.put_record(StreamName="orders", Data=bytes(MEBIBYTE - 1), PartitionKey="k")
        world.advance("1 s")

    first = kinesis.get_records(ShardIterator=iterator(kinesis))
    second = refusal(kinesis.get_records, ShardIterator=first["NextShardIterator"])
    world.advance("1 s")

    assert (len(first["Records"]), second[0]) == (3, THROTTLED)
    assert kinesis.get_records(ShardIterator=first["NextShardIterator"])["Records"] == []


def test_records_expire_after_the_retention(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """A day, unless it is longer; what has expired stays gone when the retention grows."""
    stream = new_stream()
    kinesis.put_record(StreamName="orders", Data=b"old", PartitionKey="k")
    world.advance("23 hours")
    kinesis.put_record(StreamName="orders", Data=b"new", PartitionKey="k")
    before = data(kinesis)
    world.advance("1 hour")

    kinesis.increase_stream_retention_period(StreamName="orders", RetentionPeriodHours=8_760)
    after = data(kinesis)
    world.advance("364 days")
    late = data(kinesis)
    world.advance("1 day")

    assert (before, after, late, data(kinesis)) == ([b"old", b"new"], [b"new"], [b"new"], [])
    assert stream.summary()["expired"] == 2
    assert world.trace.count("records expired") == 2


def test_a_shorter_retention_takes_records_at_once(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """They do not come back."""
    new_stream(retention="48 hours")
    kinesis.put_record(StreamName="orders", Data=b"old", PartitionKey="k")
    world.advance("30 hours")
    before = data(kinesis)

    kinesis.decrease_stream_retention_period(StreamName="orders", RetentionPeriodHours=24)

    assert (before, data(kinesis)) == ([b"old"], [])


def test_records_say_whether_they_were_encrypted(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Those from before do not."""
    new_stream()
    kinesis.put_record(StreamName="orders", Data=b"plain", PartitionKey="k")
    kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")

    put = kinesis.put_record(StreamName="orders", Data=b"secret", PartitionKey="k")
    records = kinesis.get_records(ShardIterator=iterator(kinesis))["Records"]
    described = kinesis.describe_stream(StreamName="orders")["StreamDescription"]
    kinesis.stop_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")

    assert put["EncryptionType"] == "KMS"
    assert [record.get("EncryptionType") for record in records] == [None, "KMS"]
    assert (described["EncryptionType"], described["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert "EncryptionType" not in kinesis.put_record(StreamName="orders", Data=b"", PartitionKey="k")


def test_a_record_that_is_too_large_is_told_by_its_place(world: SyncSimulation, kinesis: Any) -> None:
    """Data and key are more than the stream takes; the data is not repeated."""
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    records = [{"Data": b"x", "PartitionKey": "k"}, {"Data": b"x" * (1 << 20), "PartitionKey": "k"}]

    with pytest.raises(ClientError, match=r"Value at 'records\.2\.member\.data' failed .* equal to 1048576"):
        kinesis.put_records(StreamName="orders", Records=records)
