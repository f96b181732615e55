"""Delivery streams through boto3: records gather, are processed, and become objects."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from eventsim.scenario.build import build
from eventsim.scenario.load import load
from eventsim_sources.delivery_stream.prefix import evaluated
from tests import sdk
from tests.sources.delivery_stream.conftest import AT, objects


def create(client: Any, *, function: str = "", **settings: Any) -> Any:
    destination: dict[str, Any] = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake"}
    if function:
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function}"
        parameters = [{"ParameterName": "LambdaArn", "ParameterValue": arn}]
        processors = [{"Type": "Lambda", "Parameters": parameters}]
        destination["ProcessingConfiguration"] = {"Enabled": True, "Processors": processors}
    return client.create_delivery_stream(
        DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration={**destination, **settings}
    )


def test_records_gather_for_as_long_as_they_may(world: SyncSimulation) -> None:
    """Five minutes after the first record they become one object, named by the hour and the stream's version."""
    client = sdk.client("firehose")
    create(client, Prefix="in/")

    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
    client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": b"b"}, {"Data": b"c"}])
    world.advance(299)
    assert objects(world) == {}
    world.advance(2)

    assert objects(world) == {"in/2025/03/04/05/clicks-1-2025-03-04-05-06-07": b"abc"}


def test_a_full_buffer_does_not_wait(world: SyncSimulation) -> None:
    """What would be too much goes into the next object."""
    client = sdk.client("firehose")
    create(client, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})

    for _ in range(3):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"x" * 600_000})
    world.advance(1)

    assert [len(content) for content in objects(world).values()] == [600_000]


def test_a_function_changes_drops_and_fails_records(world: SyncSimulation) -> None:
    """Its event is Firehose's; what it could not process lies below the error prefix, a line for each record."""
    seen = []

    def process(event: Any, context: Any) -> Any:
        seen.append(event)
        results = {"a": "Ok", "b": "Dropped", "c": "ProcessingFailed"}
        records = []
        for record in event["records"]:
            data = base64.b64decode(record["data"]).decode()
            made = base64.b64encode(data.upper().encode()).decode()
            records.append({"recordId": record["recordId"], "result": results[data], "data": made})
        return {"records": records}

    world.add_function("process", handler=process)
    client = sdk.client("firehose")
    create(client, function="process", Prefix="ok/", ErrorOutputPrefix="bad/!{firehose:error-output-type}/")

    for data in (b"a", b"b", b"c"):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": data})
    world.until_idle()

    (event,) = seen
    assert list(event) == ["invocationId", "deliveryStreamArn", "region", "records"]
    assert list(event["records"][0]) == ["recordId", "approximateArrivalTimestamp", "data"]
    found = objects(world)
    assert found.pop("ok/2025/03/04/05/clicks-1-2025-03-04-05-06-07") == b"A"
    (line,) = found["bad/processing-failed/clicks-1-2025-03-04-05-06-07"].splitlines()
    told = json.loads(line)
    assert (told["errorCode"], told["attemptsMade"]) == ("Lambda.ProcessingFailedStatus", 1)
    assert base64.b64decode(told["rawData"]) == b"c"


def test_a_function_that_fails_is_asked_four_times(world: SyncSimulation) -> None:
    """Three retries, and then the records are in the error output."""

    def process(event: Any, context: Any) -> Any:
        raise ValueError("no")

    world.add_function("process", handler=process)
    client = sdk.client("firehose")
    create(client, function="process")

    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
    world.until_idle()

    (content,) = objects(world).values()
    assert json.loads(content)["errorCode"] == "Lambda.FunctionError"
    assert world.function_numbers("process")["invocations"] == 4


def test_a_stream_is_read_from_its_end(world: SyncSimulation) -> None:
    """Records carry what Kinesis knows of them; nobody else may put any."""
    world.request("kinesis", "CreateStream", {"StreamName": "raw", "ShardCount": 1})
    client = sdk.client("firehose")
    role, stream = "arn:aws:iam::123456789012:role/r", "arn:aws:kinesis:us-east-1:123456789012:stream/raw"
    world.until_idle()
    client.create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": stream, "RoleARN": role},
        S3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::lake"},
    )
    world.advance(5)

    world.request("kinesis", "PutRecord", {"StreamName": "raw", "PartitionKey": "k", "Data": b"hello"})
    world.until_idle()

    assert list(objects(world).values()) == [b"hello"]
    told = client.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]["Source"]
    assert told["KinesisStreamSourceDescription"] == {
        "KinesisStreamARN": stream,
        "RoleARN": role,
        "DeliveryStartTimestamp": AT,
    }
    with pytest.raises(client.exceptions.InvalidArgumentException, match="KinesisStreamAsSource"):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})


def test_what_a_producer_library_put_together_is_taken_apart(world: SyncSimulation) -> None:
    """Records that the Kinesis Producer Library aggregated come out one by one, before a function sees them."""
    seen: list[Any] = []

    def process(event: Any, context: Any) -> Any:
        seen.extend(each["kinesisRecordMetadata"] for each in event["records"])
        told = [{"recordId": each["recordId"], "result": "Ok", "data": each["data"]} for each in event["records"]]
        return {"records": told}

    world.add_function("process", handler=process)
    world.request("kinesis", "CreateStream", {"StreamName": "raw", "ShardCount": 1})
    client = sdk.client("firehose")
    role, stream = "arn:aws:iam::123456789012:role/r", "arn:aws:kinesis:us-east-1:123456789012:stream/raw"
    world.until_idle()
    arn = "arn:aws:lambda:us-east-1:123456789012:function:process"
    processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": arn}]}
    client.create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": stream, "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": "arn:aws:s3:::lake",
            "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        },
    )
    world.advance(5)
    records = b"\x0a\x01a\x0a\x01b" + b"\x1a\x08\x08\x00\x1a\x04one," + b"\x1a\x08\x08\x01\x1a\x04two,"
    aggregate = b"\xf3\x89\x9a\xc2" + records + hashlib.md5(records).digest()
    broken = aggregate[:-1] + b"!"

    for data in (aggregate, broken):
        world.request("kinesis", "PutRecord", {"StreamName": "raw", "PartitionKey": "k", "Data": data})
    world.until_idle()

    assert list(objects(world).values()) == [b"one,two," + broken]
    assert [(each["partitionKey"], each["subsequenceNumber"]) for each in seen] == [("a", 0), ("b", 1), ("k", 0)]


def test_a_topic_and_a_rule_send_to_a_delivery_stream(world: SyncSimulation) -> None:
    """Both are pushes like any other."""
    client = sdk.client("firehose")
    arn = create(client)["DeliveryStreamARN"]
    role = "arn:aws:iam::123456789012:role/r"
    topic = world.request("sns", "CreateTopic", {"Name": "t"})["TopicArn"]
    attributes = {"SubscriptionRoleArn": role, "RawMessageDelivery": "true"}
    sdk.client("sns").subscribe(TopicArn=topic, Protocol="firehose", Endpoint=arn, Attributes=attributes)
    world.request("events", "PutRule", {"Name": "r", "EventPattern": '{"source": ["shop"]}'})
    target = {"Id": "f", "Arn": arn, "RoleArn": role, "InputPath": "$.source"}
    world.request("events", "PutTargets", {"Rule": "r", "Targets": [target]})

    world.request("sns", "Publish", {"TopicArn": topic, "Message": "from topic "})
    world.put_event("shop", "order")
    world.until_idle()

    (content,) = objects(world).values()
    assert content in (b'from topic "shop"', b'"shop"from topic ')


def test_a_delivery_stream_is_described_changed_and_deleted(world: SyncSimulation) -> None:
    """What has gathered is delivered before; a version that is not the current one is refused."""
    client = sdk.client("firehose")
    create(client, Prefix="old/")
    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})

    told = client.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
    change = {"DeliveryStreamName": "clicks", "DestinationId": told["Destinations"][0]["DestinationId"]}
    update = {"ExtendedS3DestinationUpdate": {"Prefix": "new/"}}
    client.update_destination(**change, CurrentDeliveryStreamVersionId="1", **update)
    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"b"})
    with pytest.raises(client.exceptions.ConcurrentModificationException):
        client.update_destination(**change, CurrentDeliveryStreamVersionId="1", **update)
    client.delete_delivery_stream(DeliveryStreamName="clicks")
    world.until_idle()

    assert sorted(key.partition("/")[0] for key in objects(world)) == ["new", "old"]
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Firehose clicks not found under account"):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": b"b"})


def refusal(call: Any, **given: Any) -> str:
    """Return the message with which Firehose refuses a call."""
    code, message = sdk.refusal(call, **given)
    assert code == "InvalidArgumentException"
    return message


def test_an_update_changes_a_backup_and_does_not_end_it(world: SyncSimulation) -> None:
    """What it does not name stays as it is; partitions are for a stream's whole life (documented)."""
    client = sdk.client("firehose")
    backup = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake", "Prefix": "all/"}
    create(client, S3BackupMode="Enabled", S3BackupConfiguration=backup)
    name = {"DeliveryStreamName": "clicks"}
    place = {**name, "DestinationId": "destinationId-000000000001"}

    client.update_destination(
        **place,
        CurrentDeliveryStreamVersionId="1",
        ExtendedS3DestinationUpdate={"S3BackupUpdate": {"CompressionFormat": "GZIP"}},
    )
    told = client.describe_delivery_stream(**name)["DeliveryStreamDescription"]["Destinations"][0]

    changed = told["ExtendedS3DestinationDescription"]["S3BackupDescription"]
    assert (changed["Prefix"], changed["CompressionFormat"]) == ("all/", "GZIP")
    place["CurrentDeliveryStreamVersionId"] = "2"
    ended = refusal(client.update_destination, **place, ExtendedS3DestinationUpdate={"S3BackupMode": "Disabled"})
    assert ended == "S3BackupMode cannot be disabled once it is enabled"
    partitions = {"DynamicPartitioningConfiguration": {"Enabled": True}, "Prefix": "!{partitionKeyFromLambda:a}/"}
    begun = refusal(client.update_destination, **place, ExtendedS3DestinationUpdate=partitions)
    assert begun == "Dynamic Partitioning can neither be enabled nor disabled on an existing Firehose"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BufferingHints": {"SizeInMBs": 1}}, "BufferingHints must specify both SizeInMBs and IntervalInSeconds"),
        (
            {"DynamicPartitioningConfiguration": {"Enabled": True}},
            "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
        ),
        (
            {
                "DynamicPartitioningConfiguration": {"Enabled": True},
                "Prefix": "!{partitionKeyFromLambda:who}/",
                "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
            },
            "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.",
        ),
    ],
    ids=["half a hint", "no partition keys", "too little"],
)
def test_hints_and_partitions_go_together(world: SyncSimulation, settings: dict[str, Any], message: str) -> None:
    """Both hints or none; partitions need keys in the prefix, and much that gathers."""
    assert refusal(create, client=sdk.client("firehose"), ErrorOutputPrefix="bad/", **settings).startswith(message)


def test_everything_that_was_set_is_described(world: SyncSimulation) -> None:
    """The backup among it, and what an update changes."""
    client = sdk.client("firehose")
    backup = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake", "Prefix": "all/"}
    create(
        client,
        Prefix="!{partitionKeyFromLambda:who}/",
        ErrorOutputPrefix="bad/",
        FileExtension=".json",
        CustomTimeZone="Asia/Tokyo",
        DynamicPartitioningConfiguration={"Enabled": True, "RetryOptions": {"DurationInSeconds": 10}},
        S3BackupMode="Enabled",
        S3BackupConfiguration=backup,
    )

    told = client.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]

    extended = told["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert (extended["FileExtension"], extended["CustomTimeZone"]) == (".json", "Asia/Tokyo")
    assert extended["DynamicPartitioningConfiguration"] == {"Enabled": True, "RetryOptions": {"DurationInSeconds": 10}}
    assert extended["S3BackupDescription"]["Prefix"] == "all/"
    assert "FileExtension" not in told["Destinations"][0]["S3DestinationDescription"]


def test_prefixes_tell_the_time_of_a_zone(world: SyncSimulation) -> None:
    """The rest of the key tells it in UTC."""
    client = sdk.client("firehose")
    create(client, Prefix="in/!{timestamp:yyyy-MM-dd-HH}/", ErrorOutputPrefix="bad/", CustomTimeZone="Asia/Tokyo")

    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
    world.until_idle()

    assert list(objects(world)) == ["in/2025-03-04-14/clicks-1-2025-03-04-05-06-07"]


def test_encryption_is_said_and_taken_back(world: SyncSimulation) -> None:
    """With AWS's own key or a customer's; nothing is encrypted, and the trace says so."""
    client = sdk.client("firehose")
    create(client)
    name, key = {"DeliveryStreamName": "clicks"}, "arn:aws:kms:us-east-1:123456789012:key/k"
    mine = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}

    def told() -> Any:
        description = client.describe_delivery_stream(**name)["DeliveryStreamDescription"]
        return description["DeliveryStreamEncryptionConfiguration"]

    before = told()
    client.start_delivery_stream_encryption(**name)
    own = told()
    client.start_delivery_stream_encryption(**name, DeliveryStreamEncryptionConfigurationInput=mine)
    customers = told()
    is_encrypted = client.put_record(**name, Record={"Data": b"a"})["Encrypted"]
    client.stop_delivery_stream_encryption(**name)

    assert before == told() == {"Status": "DISABLED"}
    assert own == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert customers == {**mine, "Status": "ENABLED"}
    assert is_encrypted
    (entry,) = world.trace.entries(["accepted without effect"])
    assert entry.detail["parameter"] == "DeliveryStreamEncryptionConfigurationInput"


def test_a_key_goes_with_its_type(world: SyncSimulation) -> None:
    """A customer's key is named, and AWS's own is not."""
    client = sdk.client("firehose")
    wrong = {"KeyType": "CUSTOMER_MANAGED_CMK"}

    with pytest.raises(client.exceptions.InvalidArgumentException, match="KeyARN is required"):
        client.create_delivery_stream(
            DeliveryStreamName="clicks",
            DeliveryStreamEncryptionConfigurationInput=wrong,
            S3DestinationConfiguration={"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::l"},
        )


def test_tags_are_listed_page_by_page(world: SyncSimulation) -> None:
    """By their keys; 50 are the most."""
    client = sdk.client("firehose")
    create(client)
    name = {"DeliveryStreamName": "clicks"}
    client.tag_delivery_stream(**name, Tags=[{"Key": key, "Value": key.upper()} for key in ("b", "c", "a")])

    first = client.list_tags_for_delivery_stream(**name, Limit=2)
    rest = client.list_tags_for_delivery_stream(**name, ExclusiveStartTagKey=first["Tags"][-1]["Key"])
    with pytest.raises(client.exceptions.LimitExceededException):
        client.tag_delivery_stream(**name, Tags=[{"Key": f"t{number}"} for number in range(48)])

    assert first["HasMoreTags"]
    assert first["Tags"] == [{"Key": "a", "Value": "A"}, {"Key": "b", "Value": "B"}]
    assert (rest["Tags"], rest["HasMoreTags"]) == ([{"Key": "c", "Value": "C"}], False)


BATCH = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": "one"}, {"message": "two"}]}


@pytest.mark.parametrize(
    ("processors", "content"),
    [
        ([{"Type": "Decompression"}], json.dumps(BATCH).encode()),
        (
            [
                {"Type": "Decompression"},
                {
                    "Type": "CloudWatchLogProcessing",
                    "Parameters": [{"ParameterName": "DataMessageExtraction", "ParameterValue": "true"}],
                },
            ],
            b"one\ntwo\n",
        ),
    ],
    ids=["whole", "messages"],
)
def test_batches_of_log_events_are_unpacked(world: SyncSimulation, processors: Any, content: bytes) -> None:
    """As they are, or only their messages; what is not packed lies with the errors."""
    client = sdk.client("firehose")
    create(client, Prefix="in/", ProcessingConfiguration={"Enabled": True, "Processors": processors})

    for data in (gzip.compress(json.dumps(BATCH).encode()), b"plain"):
        client.put_record(DeliveryStreamName="clicks", Record={"Data": data})
    world.until_idle()

    found = {key.partition("/")[0]: value for key, value in objects(world).items()}
    assert found["in"] == content
    assert base64.b64decode(json.loads(found["decompression-failed"])["rawData"]) == b"plain"


@pytest.mark.parametrize(
    ("prefix", "is_on", "message"),
    [
        ("!{partitionKeyFromLambda:who}/", False, "can only be part of a prefix expression when Dynamic Partitioning"),
        ("!{partitionKeyFromQuery:who}/", True, "MetadataExtraction processor should be present"),
    ],
)
def test_partition_keys_come_from_somewhere(world: SyncSimulation, prefix: str, is_on: bool, message: str) -> None:
    """Keys without them would have holes."""
    client = sdk.client("firehose")

    with pytest.raises(client.exceptions.InvalidArgumentException, match=message):
        create(client, Prefix=prefix, DynamicPartitioningConfiguration={"Enabled": is_on})


def test_other_destinations_are_refused_by_name(world: SyncSimulation) -> None:
    """Nothing is taken in silence."""
    client = sdk.client("firehose")
    bucket = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake"}
    destination = {"HECEndpoint": "https://example.com", "HECEndpointType": "Raw", "S3Configuration": bucket}

    with pytest.raises(client.exceptions.ClientError, match="SplunkDestinationConfiguration is not simulated"):
        client.create_delivery_stream(DeliveryStreamName="x", SplunkDestinationConfiguration=destination)


@pytest.mark.parametrize(
    ("prefix", "error", "expected"),
    [
        ("", "", "2025/03/04/05/"),
        ("raw/", "", "raw/2025/03/04/05/"),
        ("y=!{timestamp:yyyy}/d=!{timestamp:dd}/", "", "y=2025/d=04/"),
        ("!{timestamp:yyyy'/'MM-dd}/", "", "2025/03-04/"),
        ("!{timestamp:yy-M-d}/!{timestamp:DDD}/", "", "25-3-4/063/"),
        ("!{timestamp:EEE d MMM, h a}/", "", "Tue 4 Mar, 5 AM/"),
        ("!{timestamp:EEEE' in 'MMMM HH'h'''mm ss.SSS}/", "", "Tuesday in March 05h'06 07.000/"),
        ("", "processing-failed", "processing-failed/2025/03/04/05/"),
        ("e/!{firehose:error-output-type}/!{timestamp:HHmmss}/", "processing-failed", "e/processing-failed/050607/"),
        ("who=!{partitionKeyFromLambda:who}/", "", "who=ann/"),
    ],
)
def test_prefixes_hold_expressions(prefix: str, error: str, expected: str) -> None:
    """One that says nothing of the time gets year, month, day and hour."""
    keys = {"who": "ann"} if "who" in prefix else {}

    assert evaluated(prefix, AT, random=lambda: "RANDOM", error=error, keys=keys) == expected


@pytest.mark.parametrize(
    ("prefix", "error_prefix", "message"),
    [
        ("y=!{timestamp:yyyy}/", "", "ErrorOutputPrefix must be specified when Prefix contains expressions"),
        ("", "bad/!{timestamp:yyyy}/", "ErrorOutputPrefix must contain !{firehose:error-output-type} when it contains"),
        ("!{firehose:error-output-type}/", "bad/", "Prefix must not contain !{firehose:error-output-type}"),
        ("in/!{", "bad/", "Prefix must contain !{ in expressions only"),
        ("!{when:yyyy}/", "bad/", "Unknown namespace when in Prefix"),
        ("!{firehose:luck}/", "bad/", "Unknown expression luck in Prefix"),
        ("!{timestamp:yyyy'}/", "bad/", "Unterminated quote in the timestamp yyyy' of Prefix"),
        (
            "!{timestamp:YYYY}/",
            "bad/",
            "Y in the timestamp YYYY of Prefix is not simulated; the calendar's year is yyyy",
        ),
    ],
)
def test_a_prefix_that_makes_no_sense_is_refused(
    world: SyncSimulation, prefix: str, error_prefix: str, message: str
) -> None:
    """The rules are documented."""
    with pytest.raises(ClientError, match=re.escape(message)):
        create(sdk.client("firehose"), Prefix=prefix, ErrorOutputPrefix=error_prefix)


LOGGING = {"CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "/firehose", "LogStreamName": "S3Delivery"}}


def logged(world: SyncSimulation) -> list[dict[str, Any]]:
    """Return the errors in the log stream."""
    place = {"logGroupName": "/firehose", "logStreamName": "S3Delivery"}
    events: Any = world.request("logs", "GetLogEvents", place)["events"]
    return [json.loads(event["message"]) for event in events]


def test_errors_are_written_where_the_settings_want_them(world: SyncSimulation) -> None:
    """Once for all records of a lot with which the same is wrong, in the form that the developer guide shows."""

    def process(event: Any, context: Any) -> Any:
        return {"records": [{**each, "result": "ProcessingFailed"} for each in event["records"]]}

    world.add_function("process", process)
    world.request("logs", "CreateLogGroup", {"logGroupName": "/firehose"})
    world.request("logs", "CreateLogStream", {"logGroupName": "/firehose", "logStreamName": "S3Delivery"})
    client = sdk.client("firehose")
    arn = create(client, function="process", **LOGGING)["DeliveryStreamARN"]

    client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": b"a"}, {"Data": b"b"}])
    world.until_idle()

    told = {
        "deliveryStreamARN": arn,
        "destination": "arn:aws:s3:::lake",
        "deliveryStreamVersionId": 1,
        "message": "ProcessingFailed status set for record",
        "errorCode": "Lambda.ProcessingFailedStatus",
        "processor": "arn:aws:lambda:us-east-1:123456789012:function:process",
    }
    assert logged(world) == [told]


def test_an_error_without_a_log_group_is_told_in_the_trace(world: SyncSimulation) -> None:
    """As is the bucket that is not there."""
    client = sdk.client("firehose")
    create(client, BucketARN="arn:aws:s3:::nowhere", **LOGGING)

    client.put_record(DeliveryStreamName="clicks", Record={"Data": b"a"})
    world.until_idle()

    (entry,) = world.trace.entries(["delivery error not logged"])
    assert entry.detail["to"] == "/firehose/S3Delivery"
    assert "The specified log group does not exist" in entry.detail["reason"]


@pytest.mark.parametrize("stream", ["raw", "arn:aws:kinesis:us-east-1:123456789012:stream/raw"])
def test_a_scenario_has_delivery_streams(world: SyncSimulation, tmp_path: Path, stream: str) -> None:
    """By name, as all other sources; a stream may feed one, which is named, too, or has its ARN there."""
    file = tmp_path / "clicks.yaml"
    file.write_text(
        "buckets: {archive: }\n"
        "streams: {raw: {shards: 1}}\n"
        f"delivery_streams: {{clicks: {{bucket: archive, stream: '{stream}', buffering_interval: 1 minute}}}}\n"
    )

    with SyncSimulation() as simulation:
        build(load(file), simulation)
        simulation.advance(5)
        simulation.request("kinesis", "PutRecord", {"StreamName": "raw", "PartitionKey": "k", "Data": b"a"})
        simulation.until_idle()

        assert simulation.numbers("delivery_streams", "clicks") == {
            "records": 1,
            "delivered": 1,
            "objects": 1,
            "failed": 0,
            "lost": 0,
        }
