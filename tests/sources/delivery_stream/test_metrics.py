"""What does a delivery stream emit? Its metrics, as Firehose tells them."""

from datetime import timedelta
from typing import Any

from eventsim import SyncSimulation
from tests import sdk
from tests.sources.delivery_stream.conftest import AT
from tests.sources.delivery_stream.test_delivery_stream import create
from tests.sources.delivery_stream.test_endpoints import Partner
from tests.sources.delivery_stream.test_endpoints import create as create_to_endpoint


def told(world: SyncSimulation, name: str, statistic: str = "Sum") -> float | None:
    """Return one statistic of a metric of the stream `clicks` over its first hour, None without data."""
    asked = {
        "Namespace": "AWS/Firehose",
        "MetricName": name,
        "Dimensions": [{"Name": "DeliveryStreamName", "Value": "clicks"}],
        "Statistics": [statistic],
        "Period": 86_400,
        "StartTime": AT - timedelta(hours=6),
        "EndTime": AT + timedelta(hours=1),
    }
    answer: Any = world.request("cloudwatch", "GetMetricStatistics", asked)
    return next((point[statistic] for point in answer["Datapoints"]), None)


def put(*data: bytes) -> None:
    client = sdk.client("firehose")
    client.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": each} for each in data])


def test_what_comes_and_goes_is_counted(world: SyncSimulation) -> None:
    """Records, bytes, the age of the oldest one, and whether the bucket took them."""
    create(sdk.client("firehose"))
    put(b"abc", b"de")
    world.until_idle()

    assert [told(world, f"Incoming{what}") for what in ("Records", "Bytes")] == [2, 5]
    names = ("Records", "Bytes", "DataFreshness", "Success")
    assert [told(world, f"DeliveryToS3.{name}") for name in names] == [2, 5, 300, 1]
    assert told(world, "BackupToS3.Records") is None
    assert told(world, "DataReadFromKinesisStream.Records") is None


def test_a_bucket_that_takes_nothing_is_told_of(world: SyncSimulation) -> None:
    """Each attempt that fails is a zero, so that the average is a rate."""
    create(sdk.client("firehose"))
    put(b"abc")
    world.request("s3", "DeleteBucket", {"Bucket": "lake"})
    world.advance("20 minutes")

    assert told(world, "DeliveryToS3.Success", "Average") == 0
    assert told(world, "DeliveryToS3.Records") is None


def test_a_backup_is_told_apart(world: SyncSimulation) -> None:
    """It has metrics of its own."""
    backup = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake", "Prefix": "all/"}
    create(sdk.client("firehose"), S3BackupMode="Enabled", S3BackupConfiguration=backup)
    put(b"abc")
    world.until_idle()

    assert [told(world, f"{to}.Records") for to in ("BackupToS3", "DeliveryToS3")] == [1, 1]


def test_what_is_read_from_a_stream_is_told_apart(world: SyncSimulation) -> None:
    """Nobody has put it."""
    world.add_source("streams", "raw")
    role = "arn:aws:iam::123456789012:role/r"
    source = {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/raw", "RoleARN": role}
    sdk.client("firehose").create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
        S3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::lake"},
    )
    world.request("kinesis", "PutRecord", {"StreamName": "raw", "Data": b"abc", "PartitionKey": "a"})
    world.until_idle()

    assert [told(world, f"DataReadFromKinesisStream.{what}") for what in ("Records", "Bytes")] == [1, 3]
    assert told(world, "IncomingRecords") is None


def test_processing_is_counted(world: SyncSimulation) -> None:
    """A function that fails is asked four times; what it could not process is not told of as delivered."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    world.add_function("process", handler=fail)
    create(sdk.client("firehose"), function="process")
    put(b"abc")
    world.until_idle()
    world.add_function("double", handler=double)
    sdk.client("firehose").delete_delivery_stream(DeliveryStreamName="clicks")
    create(sdk.client("firehose"), function="double")
    put(b"abc")
    world.until_idle()

    assert told(world, "ExecuteProcessing.Success", "SampleCount") == 5
    assert told(world, "ExecuteProcessing.Success") == 1
    assert [told(world, f"SucceedProcessing.{what}") for what in ("Records", "Bytes")] == [1, 6]
    assert told(world, "DeliveryToS3.Records") == 1


def double(event: Any, context: Any) -> Any:
    """Give back records of twice the length: base64 of three bytes is four characters without padding."""
    return {"records": [{**record, "result": "Ok", "data": record["data"] * 2} for record in event["records"]]}


def test_an_endpoint_tells_of_its_attempts(world: SyncSimulation) -> None:
    """Whether each was taken, and what was taken in the end."""
    Partner(world, 503)
    create_to_endpoint(sdk.client("firehose"))
    put(b"abc")
    world.until_idle()

    assert told(world, "DeliveryToHttpEndpoint.Success", "Average") == 0.5
    assert [told(world, f"DeliveryToHttpEndpoint.{what}") for what in ("Records", "Bytes")] == [1, 3]
