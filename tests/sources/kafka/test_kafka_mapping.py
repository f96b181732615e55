"""How does a function get the records of a topic of Kafka? In batches of all partitions, each of them in order."""

import json
from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError
from tests.sources.kafka.conftest import Reader, Shop


def test_the_event_is_lambda_s(shop: Shop) -> None:
    """Records stand by partition; keys and values are base64, headers lists of bytes, an absent key is left out."""
    shop.topic(partitions=2)
    book = shop.reader()
    shop.simulation.produce("orders", {"n": 1}, key="k", partition=1, headers={"from": "ü"}, timestamp_ms=1767225600123)
    shop.simulation.produce("orders", None, partition=0)
    shop.until_idle()

    (event,) = book.events
    assert event["eventSource"] == "aws:kafka"
    assert event["eventSourceArn"] == shop.simulation.directory.sources("clusters")["shop"].arn
    assert event["bootstrapServers"].count(":9092") == 3
    assert event["records"] == {
        "orders-1": [
            {
                "topic": "orders",
                "partition": 1,
                "offset": 0,
                "timestamp": 1767225600123,
                "timestampType": "CREATE_TIME",
                "key": "aw==",
                "value": "eyJuIjoxfQ==",
                "headers": [{"from": [195, 188]}],
            }
        ],
        "orders-0": [
            {
                "topic": "orders",
                "partition": 0,
                "offset": 0,
                "timestamp": 1767225600000,
                "timestampType": "CREATE_TIME",
                "headers": [],
            }
        ],
    }


def test_a_cluster_of_ones_own_has_no_arn(shop: Shop) -> None:
    """Its bootstrap servers are all there is to it."""
    shop.simulation.add_source("clusters", "shop", bootstrap_servers=["a.example.com:9092", "b.example.com:9092"])
    book = shop.reader()
    shop.produce("x")
    shop.until_idle()

    (event,) = book.events
    assert event["eventSource"] == "SelfManagedKafka"
    assert "eventSourceArn" not in event
    assert event["bootstrapServers"] == "a.example.com:9092,b.example.com:9092"


def test_a_batch_waits_half_a_second(shop: Shop) -> None:
    """The window begins with the first record (documented)."""
    shop.topic()
    book = shop.reader()
    shop.until_idle()
    shop.simulation.advance("10 s")
    shop.produce("a")
    shop.simulation.advance("400 ms")
    shop.produce("b")
    shop.until_idle()

    (handed,) = shop.told("batched from shard")
    assert (handed.at_us, book.values) == (10_500_000, ["a", "b"])


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        pytest.param({"batching_window": 0, "batch_size": 2}, [2, 2, 1], id="size"),
        pytest.param({"batching_window": "5 s"}, [5], id="window"),
    ],
)
def test_a_batch_ends_by_its_size_or_its_window(shop: Shop, settings: dict[str, Any], sizes: list[int]) -> None:
    """Without a window what is there goes at once."""
    shop.topic(partitions=3)
    book = shop.reader(**settings)
    shop.produce("a", "b", "c", "d", "e")
    shop.until_idle()

    assert [len(batch) for batch in book.batches] == sizes


def test_a_batch_is_no_larger_than_six_megabytes(shop: Shop) -> None:
    """Payloads count as base64."""
    shop.topic()
    book = shop.reader()
    shop.produce(*("x" * 1_000_000 for _ in range(6)))
    shop.until_idle()

    assert [len(batch) for batch in book.batches] == [4, 2]


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        pytest.param({}, ["a", "b", "c"], id="unless told otherwise"),
        pytest.param({"starting_position": "TRIM_HORIZON"}, ["a", "b", "c"], id="oldest"),
        pytest.param({"starting_position": "LATEST"}, ["c"], id="newest"),
        pytest.param(
            {"starting_position": "AT_TIMESTAMP", "starting_at": "2026-01-01T00:00:05Z"}, ["b", "c"], id="instant"
        ),
    ],
)
def test_it_begins_where_it_is_told_to(shop: Shop, settings: dict[str, Any], values: list[str]) -> None:
    """The oldest record is where it begins unless told otherwise (recorded)."""
    shop.topic()
    shop.produce("a")
    shop.simulation.advance("10 s")
    shop.produce("b")
    book = shop.reader(**settings)
    shop.until_idle()
    shop.produce("c")
    shop.until_idle()

    assert book.values == values


def test_a_failing_batch_is_tried_until_it_succeeds(shop: Shop) -> None:
    """Nothing else goes out meanwhile: that is what mappings of Kafka do unless told otherwise (documented)."""
    shop.topic(partitions=2)
    book = shop.reader(batch_size=1, batching_window=0)
    book.fails = lambda _: len(book.events) < 4
    shop.produce("a", "b")
    shop.until_idle()

    assert book.values == ["a", "a", "a", "a", "b"]


def test_records_that_outlive_the_retention_are_lost(shop: Shop) -> None:
    """A topic keeps its records for seven days, unless it says otherwise."""
    shop.topic(retention="1 hour")
    book = shop.reader(batch_size=1, batching_window=0)
    book.fails = lambda records: records[0][2] == "poison"
    shop.produce("poison")
    shop.simulation.advance("59 minutes")
    shop.produce("fine")
    shop.until_idle()

    assert book.values[-1] == "fine"
    assert shop.simulation.numbers("clusters", "shop")["expired"] == 1
    (lost,) = shop.told("records lost")
    assert (lost.value, lost.at_us > 3_600_000_000) == (1, True)


def test_what_is_given_up_is_told(shop: Shop) -> None:
    """The record names the offsets of every partition (documented); a bucket gets the payload too."""
    shop.topic(partitions=2)
    shop.simulation.add_source("queues", "failed")
    book = shop.reader(maximum_retry_attempts=1, on_failure="failed")
    book.fails = lambda _: True
    for at in (0, 1, 1):
        shop.produce("x", partition=at)
    shop.until_idle()

    url = "http://localhost/123456789012/failed"
    received: Any = shop.simulation.request("sqs", "ReceiveMessage", {"QueueUrl": url})
    record = json.loads(received["Messages"][0]["Body"])
    info = record["KafkaBatchInfo"]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert list(info) == ["batchSize", "eventSourceArn", "bootstrapServers", "payloadSize", "recordsInfo"]
    assert info["payloadSize"] == len(json.dumps(book.events[0], separators=(",", ":")))
    date = "2026-01-01T00:00:00.000Z"
    assert info["recordsInfo"] == {
        "orders-0": {
            "firstRecordOffset": "0",
            "lastRecordOffset": "0",
            "firstRecordTimestamp": date,
            "lastRecordTimestamp": date,
        },
        "orders-1": {
            "firstRecordOffset": "0",
            "lastRecordOffset": "1",
            "firstRecordTimestamp": date,
            "lastRecordTimestamp": date,
        },
    }


def test_a_topic_of_the_cluster_may_be_told(shop: Shop) -> None:
    """It gets the event too, as a bucket does."""
    shop.simulation.add_source("clusters", "shop")
    book = shop.reader(maximum_retry_attempts=0, on_failure="kafka://failed")
    book.fails = lambda _: True
    told = Reader()
    shop.simulation.add_function("told", handler=told)
    shop.simulation.add_mapping(source="shop", topic="failed", function="told")
    shop.produce("x")
    shop.until_idle()

    (record,) = [json.loads(value) for value in told.values]
    assert json.loads(record["payload"]) == book.events[0]
    assert record["KafkaBatchInfo"]["batchSize"] == 1


def test_a_bucket_may_be_told(shop: Shop) -> None:
    """It keeps the record under a key."""
    shop.topic()
    shop.simulation.add_source("buckets", "failed")
    book = shop.reader(maximum_retry_attempts=0, on_failure="failed")
    book.fails = lambda _: True
    shop.produce("x")
    shop.until_idle()

    listed: Any = shop.simulation.request("s3", "ListObjectsV2", {"Bucket": "failed"})
    assert [item["Key"].rpartition("/")[0][-18:] for item in listed["Contents"]] == ["/orders/2026/01/01"]


def test_a_record_that_is_too_old_is_given_up(shop: Shop) -> None:
    """It grows old by its timestamp."""
    shop.topic()
    book = shop.reader(maximum_record_age="1 minute")
    shop.produce("old", timestamp_ms=1767225600000 - 61_000)
    shop.produce("new")
    shop.until_idle()

    assert book.values == ["new"]
    assert [entry.detail["condition"] for entry in shop.told("records given up")] == ["RecordAgeExceeded"]


def test_a_poisoned_batch_is_split(shop: Shop) -> None:
    """Until the poison is alone."""
    shop.topic()
    book = shop.reader(bisect_batch_on_function_error=True, maximum_retry_attempts=0)
    book.fails = lambda records: any(value == "c" for _, _, value in records)
    shop.produce("a", "b", "c", "d")
    shop.until_idle()

    assert ["".join(value for _, _, value in batch) for batch in book.batches] == ["abcd", "ab", "cd", "c", "d"]


@pytest.mark.parametrize(
    "identifier",
    [pytest.param({"partition": "orders-0", "offset": 2}, id="object"), pytest.param("orders-0-2", id="text")],
)
def test_a_function_may_report_what_failed(shop: Shop, identifier: object) -> None:
    """What comes after it is tried again, too (the form of the identifier is unconfirmed)."""
    shop.topic()
    book = shop.reader(report_batch_item_failures=True, maximum_retry_attempts=0)
    book.answer = {"batchItemFailures": [{"itemIdentifier": identifier}]}
    shop.produce("a", "b", "c", "d")
    shop.until_idle()

    assert ["".join(value for _, _, value in batch) for batch in book.batches] == ["abcd", "cd"]


def test_a_filter_sees_key_and_value(shop: Shop) -> None:
    """Where a payload has another format than the pattern wants, its part of the pattern is ignored (documented)."""
    shop.topic()
    book = shop.reader(filters=[{"key": ["ann"], "value": {"total": [{"numeric": [">", 50]}]}}])
    for key, value in (("ann", '{"total": 51}'), ("ann", '{"total": 50}'), ("bob", '{"total": 51}'), ("ann", "text")):
        shop.produce(value, key=key)
    shop.produce("text", key="bob")
    shop.until_idle()

    assert book.values == ['{"total": 51}', "text"]
    assert len(shop.told("skipped")) == 3


def test_a_consumer_group_goes_on_where_it_was(shop: Shop) -> None:
    """Whatever the mapping says of where to begin; records that were filtered out are behind it, too."""
    shop.topic(partitions=2)
    shop.reader("first", consumer_group="booking", filters=[{"value": {"n": [1]}}])
    shop.produce('{"n": 1}', '{"n": 2}')
    shop.until_idle()
    mappings: Any = shop.simulation.request("lambda", "ListEventSourceMappings", {})["EventSourceMappings"]
    shop.simulation.request("lambda", "DeleteEventSourceMapping", {"UUID": mappings[0]["UUID"]})
    shop.until_idle()

    second = shop.reader("second", consumer_group="booking")
    third = shop.reader("third")
    shop.produce('{"n": 3}')
    shop.until_idle()

    assert second.values == ['{"n": 3}']
    assert sorted(third.values) == ['{"n": 1}', '{"n": 2}', '{"n": 3}']


def test_a_consumer_group_has_one_mapping(shop: Shop) -> None:
    """Its name must be unique (documented; the words are unconfirmed)."""
    shop.topic()
    shop.reader("first", consumer_group="booking")
    shop.until_idle()

    shop.reader("second", consumer_group="booking")
    with pytest.raises(ConfigurationError, match="The consumer group ID booking is that of the mapping"):
        shop.until_idle()


def test_a_disabled_mapping_goes_on_after_its_offsets(shop: Shop) -> None:
    """Nothing is given twice, and nothing is left out."""
    shop.topic(partitions=3)
    book = shop.reader()
    shop.produce("a", "b", "c")
    shop.until_idle()
    mappings: Any = shop.simulation.request("lambda", "ListEventSourceMappings", {})["EventSourceMappings"]
    for is_enabled in (False, True):
        change = {"UUID": mappings[0]["UUID"], "Enabled": is_enabled}
        shop.simulation.request("lambda", "UpdateEventSourceMapping", change)
        shop.produce("d" if is_enabled else "e")
        shop.until_idle()

    assert book.values == ["a", "b", "c", "e", "d"]


def test_event_pollers_share_out_the_partitions(shop: Shop) -> None:
    """In provisioned mode there are as many consumers as pollers at least, but no more than partitions."""
    shop.topic(partitions=2)
    book = shop.reader(provisioned_pollers={"minimum": 5})
    for at in (0, 1, 0, 1):
        shop.produce(str(at), partition=at)
    shop.until_idle()

    assert sorted(book.batches) == [[(0, 0, "0"), (0, 1, "0")], [(1, 0, "1"), (1, 1, "1")]]
    assert {entry.at_us for entry in shop.told("batched from shard")} == {500_000}


def test_how_far_it_is_behind_is_a_metric(shop: Shop) -> None:
    """`OffsetLag` is how many records of the partition come after the batch."""
    shop.topic()
    shop.reader(batch_size=2, batching_window=0)
    shop.produce("a", "b", "c")
    shop.until_idle()

    assert [entry.value for entry in shop.told("handed on")] == [1, 0]


def test_the_api_finds_a_cluster_by_its_arn_or_its_servers(shop: Shop) -> None:
    """One of the servers is enough, as it is for a client."""
    arn = "arn:aws:kafka:us-east-1:123456789012:cluster/shop/abcd-4"
    shop.simulation.add_source("clusters", "shop", arn=arn)
    shop.simulation.add_source("clusters", "own", bootstrap_servers=["a.example.com:9092", "b.example.com:9092"])
    shop.simulation.add_function("f", handler=lambda event, context: None)
    servers = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["b.example.com:9092"]}}
    access = [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}]
    given: list[dict[str, Any]] = [
        {"EventSourceArn": arn},
        {"SelfManagedEventSource": servers, "SourceAccessConfigurations": access},
    ]

    for each in given:
        request = {"FunctionName": "f", "Topics": ["orders"], **each}
        created = shop.simulation.request("lambda", "CreateEventSourceMapping", request)
        assert {name: created[name] for name in each} == each
    shop.simulation.produce("orders", "x", cluster="shop")
    shop.simulation.produce("orders", "x", cluster="own")
    shop.until_idle()

    assert shop.simulation.function_numbers("f")["invocations"] == 2
    assert shop.told("nobody produces") == []


@pytest.mark.parametrize(
    ("topic", "message"), [("order", "Topic order not present"), ("", "Required 'topics' parameter is missing")]
)
def test_a_mapping_names_a_topic_that_is_there(shop: Shop, topic: str, message: str) -> None:
    """The error of a scenario names the setting."""
    shop.topic()
    shop.simulation.add_function("f", handler=lambda event, context: None)
    shop.simulation.add_mapping(source="shop", topic=topic, function="f")

    with pytest.raises(ConfigurationError, match=message) as refused:
        shop.until_idle()

    assert refused.value.key == "mappings.topic"


def test_a_record_that_cannot_be_put_is_refused(shop: Shop) -> None:
    """The caller learns of it."""
    shop.topic()

    with pytest.raises(ApiError, match="no partition 7"):
        shop.produce("x", partition=7)
