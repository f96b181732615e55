"""Partitions by queries: which keys a record has, and where it goes by them."""

import base64
import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim_sources.delivery_stream.deaggregation import Deaggregation
from eventsim_sources.delivery_stream.query import Query, UnfitRecordError, UnknownQueryError
from tests import sdk

CLICK = {
    "customer_id": "c1",
    "type": {"device": "Phone", "sizes": [3, 4]},
    "at": 1741064767,
    "at_text": "1741064767",
    "day": "2025-03-04T05:06:07Z",
    "is-new": True,
}


def create(client: Any, query: str, prefix: str, *processors: Any) -> None:
    """Make a delivery stream whose records have partitions, with further processors."""
    parameters = {"JsonParsingEngine": "JQ-1.6", "MetadataExtractionQuery": query}
    told = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    processor = {"Type": "MetadataExtraction", "Parameters": told}
    client.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/r",
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": prefix,
            "ErrorOutputPrefix": "bad/",
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [*processors, processor]},
        },
    )


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("{who:.customer_id}", {"who": "c1"}),
        ('{customer_id, "d":.type.device}', {"customer_id": "c1", "d": "Phone"}),
        ("{d: .type.device | ascii_downcase}", {"d": "phone"}),
        ('{s: .type["sizes"][1], n: ."is-new"}', {"s": "4", "n": "true"}),
        ('{year:.at|strftime("%Y"),day:(.at|strftime("%d"))}', {"year": "2025", "day": "04"}),
        ('{hour: .at_text | tonumber | strftime("%H")}', {"hour": "05"}),
        ('{month: .day | fromdate | strftime("%m")}', {"month": "03"}),
        ('{all: "one"}', {"all": "one"}),
    ],
)
def test_a_query_gives_keys(query: str, keys: dict[str, str]) -> None:
    """By paths, and functions behind them."""
    assert Query(query).keys_of(json.dumps(CLICK).encode()) == keys


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"text", "is no JSON"),
        (b"{}", "The partition key who is null"),
        (b'{"customer_id": ""}', 'The partition key who is ""'),
        (b'{"customer_id": {}}', "The partition key who is {}"),
    ],
)
def test_a_record_may_have_no_keys(data: bytes, message: str) -> None:
    """It is no JSON, or a key would be nothing or no text."""
    with pytest.raises(UnfitRecordError, match=message):
        Query("{who:.customer_id}").keys_of(data)


@pytest.mark.parametrize(
    ("query", "near"),
    [
        (".customer_id", "`.`"),
        ("{who:.a // .b}", "`/`"),
        ("{who:.a[]}", "`]`"),
        ("{who:.a | sha}", "`sha`"),
        ("{who:.a", "`its end`"),
        ("{who:.a} | .b", r"`\|`"),
    ],
)
def test_what_is_beyond_paths_and_a_few_functions_is_not_read(query: str, near: str) -> None:
    """The message tells where it is."""
    with pytest.raises(UnknownQueryError, match=near):
        Query(query)


def test_records_lie_by_their_keys(world: SyncSimulation) -> None:
    """One object for each combination; what has no keys lies with the errors."""
    client = sdk.client("firehose")
    create(client, "{who:.who}", "in/who=!{partitionKeyFromQuery:who}/")

    for data in ({"who": "ann"}, {"who": "bob"}, {"who": "ann", "n": 2}, {"n": 3}):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": json.dumps(data).encode()})
    world.until_idle()

    listed: Any = world.request("s3", "ListObjectsV2", {"Bucket": "lake"})["Contents"]
    found = {each["Key"].partition("/clicks")[0]: world.read("lake", each["Key"]) or b"" for each in listed}
    told = json.loads(found.pop("bad/processing-failed/2025/03/04/05"))
    assert found == {"in/who=ann": b'{"who": "ann"}{"who": "ann", "n": 2}', "in/who=bob": b'{"who": "bob"}'}
    assert told["errorCode"] == "DynamicPartitioning.MetadataExtractionFailed"
    assert base64.b64decode(told["rawData"]) == b'{"n": 3}'


def processor(kind: str, **parameters: str) -> dict[str, Any]:
    """Return a processor that is no function."""
    told = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": kind, "Parameters": told}


def test_records_in_a_record_go_their_own_ways(world: SyncSimulation) -> None:
    """JSON objects one after another; a record that is something else lies with the errors as a whole."""
    client = sdk.client("firehose")
    split, lines = processor("RecordDeAggregation", SubRecordType="JSON"), processor("AppendDelimiterToRecord")
    create(client, "{who:.who}", "in/who=!{partitionKeyFromQuery:who}/", split, lines)

    for data in (b'{"who": "ann"}{"who":"bob"}\n{"who": "ann", "n": 2}', b'[{"who": "eve"}]', b'{"who": "eve"} end'):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": data})
    world.until_idle()

    listed: Any = world.request("s3", "ListObjectsV2", {"Bucket": "lake"})["Contents"]
    found = [(each["Key"].partition("/clicks")[0], world.read("lake", each["Key"]) or b"") for each in listed]
    well = {place: content for place, content in found if place.startswith("in")}
    assert well == {"in/who=ann": b'{"who": "ann"}\n{"who": "ann", "n": 2}\n', "in/who=bob": b'{"who":"bob"}\n'}
    reasons = [json.loads(content)["errorMessage"] for place, content in found if place.startswith("bad")]
    assert sorted(reasons) == ["The record holds JSON that is no object.", "The record holds what is no JSON."]


def test_a_delimiter_tells_records_apart() -> None:
    """What is empty is no record."""
    assert Deaggregation(delimiter=b"##").parts_of(b"a##b#c####d##") == [b"a", b"b#c", b"d"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "RecordDeAggregation needs the SubRecordType JSON, or DELIMITED with a Delimiter"),
        ({"SubRecordType": "DELIMITED"}, "RecordDeAggregation needs the SubRecordType JSON, or DELIMITED"),
        ({"SubRecordType": "DELIMITED", "Delimiter": "#"}, "must be base64-encoded"),
    ],
    ids=["nothing", "no delimiter", "plain delimiter"],
)
def test_a_deaggregation_that_makes_no_sense_is_refused(
    world: SyncSimulation, parameters: dict[str, str], message: str
) -> None:
    """It has a kind, and its delimiter is written in base64 (documented)."""
    client = sdk.client("firehose")

    with pytest.raises(client.exceptions.InvalidArgumentException, match=message):
        create(client, "{a:.a}", "!{partitionKeyFromQuery:a}/", processor("RecordDeAggregation", **parameters))


def test_a_function_gives_keys(world: SyncSimulation) -> None:
    """A record to which it gives none, or an empty one, lies with the errors."""

    def process(event: Any, context: Any) -> Any:
        keys = {b"a": {"who": "ann"}, b"b": {"who": 7}, b"c": {"who": None}, b"d": {"who": ""}, b"e": {}}
        return {
            "records": [
                {**each, "result": "Ok", "metadata": {"partitionKeys": keys[base64.b64decode(each["data"])]}}
                for each in event["records"]
            ]
        }

    world.add_function("process", process)
    client, arn = sdk.client("firehose"), "arn:aws:lambda:us-east-1:123456789012:function:process"
    parameters = [{"ParameterName": "LambdaArn", "ParameterValue": arn}]
    place = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake"}
    client.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            **place,
            "Prefix": "who=!{partitionKeyFromLambda:who}/",
            "ErrorOutputPrefix": "bad/",
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {
                "Enabled": True,
                "Processors": [{"Type": "Lambda", "Parameters": parameters}],
            },
        },
    )

    client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": each.encode()} for each in "abcde"])
    world.until_idle()

    listed: Any = world.request("s3", "ListObjectsV2", {"Bucket": "lake"})["Contents"]
    found = [(each["Key"].partition("/")[0], world.read("lake", each["Key"]) or b"") for each in listed]
    assert [content for place, content in found if place == "who=ann"] == [b"a"]
    assert [content for place, content in found if place == "who=7"] == [b"b"]
    told = [json.loads(content) for place, content in found if place == "bad"]
    assert {base64.b64decode(each["rawData"]) for each in told} == {b"c", b"d", b"e"}
    assert {each["errorMessage"] for each in told} == {"partitionKeys values must not be null or empty"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{who:.a[]}", r"the query '\{who:\.a\[\]\}', from `\]` on, is not simulated"),
        ("{other:.a}", "The MetadataExtractionQuery gives no who, which the prefix has"),
    ],
    ids=["not simulated", "another key"],
)
def test_a_query_that_does_not_fit_is_refused(world: SyncSimulation, query: str, message: str) -> None:
    """When the delivery stream is made, and not when records come."""
    client = sdk.client("firehose")

    with pytest.raises(client.exceptions.ClientError, match=message):
        create(client, query, "in/who=!{partitionKeyFromQuery:who}/")
