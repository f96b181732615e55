"""What do alarms see of things as they stand? Buckets day by day, throughput minute by minute, while they watch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
DAY_S = 86_400


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


def metric(namespace: str, name: str, **dimensions: str) -> dict[str, Any]:
    told = [{"Name": key, "Value": each} for key, each in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": told}


def watch(simulation: SyncSimulation, watched: dict[str, Any], period_s: int) -> None:
    """Make an alarm, on more than three, of the same name as the metric."""
    given = {
        "AlarmName": watched["MetricName"],
        "Statistic": "Maximum",
        "Period": period_s,
        "EvaluationPeriods": 1,
        "Threshold": 3,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    simulation.request("cloudwatch", "PutMetricAlarm", {**given, **watched})


def samples(simulation: SyncSimulation, watched: dict[str, Any], period_s: int) -> list[tuple[float, str]]:
    """Return what was sampled in the first three periods, with the unit."""
    span = {"StartTime": START_AT, "EndTime": START_AT + timedelta(seconds=3 * period_s)}
    asked = {**watched, **span, "Period": period_s, "Statistics": ["Maximum"]}
    answer: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
    return [(point["Maximum"], point["Unit"]) for point in answer["Datapoints"]]


def test_an_alarm_watches_how_much_lies_in_a_bucket(simulation: SyncSimulation) -> None:
    """Once a day, all versions; bytes by storage class (documented)."""
    simulation.add_source("buckets", "lake", versioning="enabled")
    standard = metric("AWS/S3", "BucketSizeBytes", BucketName="lake", StorageType="StandardStorage")
    glacier = metric("AWS/S3", "BucketSizeBytes", BucketName="lake", StorageType="GlacierStorage")
    objects = metric("AWS/S3", "NumberOfObjects", BucketName="lake", StorageType="AllStorageTypes")
    for watched in (standard, glacier, objects):
        watch(simulation, {**watched, "AlarmName": str(watched)}, DAY_S)
    for body in (b"12", b"345"):
        simulation.request("s3", "PutObject", {"Bucket": "lake", "Key": "a", "Body": body})
    simulation.advance("1 day")
    simulation.request("s3", "DeleteObject", {"Bucket": "lake", "Key": "a"})
    simulation.advance("1 day")

    assert samples(simulation, standard, DAY_S) == [(5, "Bytes"), (5, "Bytes")]
    assert samples(simulation, objects, DAY_S) == [(2, "Count"), (3, "Count")]
    assert samples(simulation, glacier, DAY_S) == []


def test_parts_of_uploads_count_with_the_objects(simulation: SyncSimulation) -> None:
    """Whoever forgets an upload pays for its parts (documented)."""
    simulation.add_source("buckets", "lake")
    where = {"Bucket": "lake", "Key": "a"}
    begun = simulation.request("s3", "CreateMultipartUpload", {**where, "StorageClass": "STANDARD_IA"})
    part = {**where, "UploadId": begun["UploadId"], "PartNumber": 1, "Body": b"1234"}
    size = metric("AWS/S3", "BucketSizeBytes", BucketName="lake", StorageType="StandardIAStorage")
    count = metric("AWS/S3", "NumberOfObjects", BucketName="lake", StorageType="AllStorageTypes")
    for watched in (size, count):
        watch(simulation, watched, DAY_S)
    simulation.request("s3", "UploadPart", part)
    simulation.advance("1 day")

    assert samples(simulation, size, DAY_S) == [(4, "Bytes")]
    assert samples(simulation, count, DAY_S) == [(1, "Count")]


def test_an_alarm_over_a_bucket_is_raised_at_the_end_of_the_day(simulation: SyncSimulation) -> None:
    """It sees the sample of the day that is over."""
    simulation.add_source("buckets", "lake")
    size = metric("AWS/S3", "BucketSizeBytes", BucketName="lake", StorageType="StandardStorage")
    watch(simulation, size, DAY_S)
    simulation.request("s3", "PutObject", {"Bucket": "lake", "Key": "a", "Body": b"12345"})
    simulation.advance("1 day")

    alarms: Any = simulation.request("cloudwatch", "DescribeAlarms", {})
    assert [alarm["StateValue"] for alarm in alarms["MetricAlarms"]] == ["ALARM"]


def test_groups_in_flight_are_counted(simulation: SyncSimulation) -> None:
    """Of FIFO queues alone: a group with two messages in flight is one (documented)."""
    simulation.add_source("queues", "jobs.fifo", visibility_timeout="5 minutes", content_based_deduplication=True)
    simulation.add_source("queues", "jobs")
    groups = [
        metric("AWS/SQS", "ApproximateNumberOfGroupsWithInflightMessages", QueueName=name)
        for name in ("jobs.fifo", "jobs")
    ]
    for watched in groups:
        watch(simulation, {**watched, "AlarmName": str(watched)}, 60)
    for number, group in enumerate("aab"):
        simulation.send("jobs.fifo", str(number), group=group)
    simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "jobs.fifo", "MaxNumberOfMessages": 10})
    simulation.advance("1 minute")

    assert [samples(simulation, watched, 60) for watched in groups] == [[(2, "Count")], []]


def test_provisioned_throughput_is_sampled(simulation: SyncSimulation) -> None:
    """By the minute, of a table and its global indexes."""
    simulation.request(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "carts",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
        },
    )
    reads, writes = (
        metric("AWS/DynamoDB", f"Provisioned{what}CapacityUnits", TableName="carts") for what in ("Read", "Write")
    )
    for watched in (reads, writes):
        watch(simulation, watched, 60)
    simulation.advance("2 minutes")

    assert samples(simulation, reads, 60) == [(5, "Count"), (5, "Count")]
    assert samples(simulation, writes, 60) == [(2, "Count"), (2, "Count")]


def test_consumed_capacity_is_told_while_an_alarm_watches_it(simulation: SyncSimulation) -> None:
    """What comes before is not; reads are halved if they need not be consistent, and a delete costs what was there."""
    simulation.add_source("tables", "carts", key="id")
    reads, writes = (
        metric("AWS/DynamoDB", f"Consumed{what}CapacityUnits", TableName="carts") for what in ("Read", "Write")
    )
    item = {"TableName": "carts", "Item": {"id": {"S": "1"}, "text": {"S": "x" * 1_500}}}
    key = {"TableName": "carts", "Key": {"id": {"S": "1"}}}
    simulation.request("dynamodb", "PutItem", item)
    for watched in (reads, writes):
        watch(simulation, watched, 60)

    simulation.request("dynamodb", "GetItem", key)
    simulation.request("dynamodb", "GetItem", {**key, "ConsistentRead": True})
    simulation.request("dynamodb", "Query", {"TableName": "carts", "KeyConditionExpression": "id = :i", **BY_ID})
    simulation.request("dynamodb", "BatchGetItem", {"RequestItems": {"carts": {"Keys": [key["Key"]]}}})
    simulation.request("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM carts"})
    simulation.request("dynamodb", "TransactGetItems", {"TransactItems": [{"Get": key}]})
    with pytest.raises(ApiError, match="conditional"):
        simulation.request("dynamodb", "PutItem", {**item, "ConditionExpression": "attribute_not_exists(id)"})
    simulation.request(
        "dynamodb", "BatchWriteItem", {"RequestItems": {"carts": [{"PutRequest": {"Item": item["Item"]}}]}}
    )
    for _ in range(2):  # the second one only reads
        once = {"TransactItems": [{"Put": item}], "ClientRequestToken": "once"}
        simulation.request("dynamodb", "TransactWriteItems", once)
    simulation.request("dynamodb", "ExecuteStatement", {"Statement": "UPDATE carts SET n = 1 WHERE id = '1'"})
    simulation.request("dynamodb", "DeleteItem", key)

    assert consumed(simulation, reads) == [0.5, 1, 0.5, 0.5, 0.5, 2, 2]
    assert consumed(simulation, writes) == [2, 2, 4, 2, 2]


BY_ID = {"ExpressionAttributeValues": {":i": {"S": "1"}}}


def consumed(simulation: SyncSimulation, watched: dict[str, Any]) -> list[float]:
    """Return what each request consumed, and see that the metric tells the sum."""
    what = "reads" if "Read" in watched["MetricName"] else "writes"
    each = [entry.detail[what] for entry in simulation.trace.entries(["capacity consumed"]) if entry.detail[what]]
    span = {"StartTime": START_AT, "EndTime": START_AT + timedelta(hours=1)}
    asked = {**watched, **span, "Period": 3_600, "Statistics": ["Sum"]}
    answer: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
    assert [point["Sum"] for point in answer["Datapoints"]] == [sum(each)]
    return each


def test_capacity_of_indexes_is_told_apart(simulation: SyncSimulation) -> None:
    """A global index has metrics of its own (documented), and an alarm over one is raised."""
    simulation.add_source("tables", "carts", key="id")
    simulation.request(
        "dynamodb",
        "UpdateTable",
        {
            "TableName": "carts",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")],
            "GlobalSecondaryIndexUpdates": [
                {
                    "Create": {
                        "IndexName": "by-owner",
                        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                }
            ],
        },
    )
    simulation.advance("10 minutes")
    of_table, of_index = {"TableName": "carts"}, {"TableName": "carts", "GlobalSecondaryIndexName": "by-owner"}
    for name, dimensions in (("table", of_table), ("index", of_index)):
        watched = metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", **dimensions)
        watch(simulation, {**watched, "AlarmName": name, "Threshold": 0, "Statistic": "Sum"}, 60)
    item = {"id": {"S": "1"}, "owner": {"S": "ada"}}
    simulation.request("dynamodb", "PutItem", {"TableName": "carts", "Item": item})
    simulation.advance("1 minute")

    told = [entry.detail for entry in simulation.trace.entries(["capacity consumed"])]
    assert told == [
        {"reads": 0, "writes": 1},
        {"reads": 0, "writes": 1, "index": "by-owner"},
    ]
    alarms: Any = simulation.request("cloudwatch", "DescribeAlarms", {})
    assert [alarm["StateValue"] for alarm in alarms["MetricAlarms"]] == ["ALARM", "ALARM"]


def test_a_cancelled_transaction_consumes_nothing(simulation: SyncSimulation) -> None:
    """Neither what would have been written, nor for the condition that does not hold (unconfirmed)."""
    simulation.add_source("tables", "carts", key="id")
    watch(simulation, metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName="carts"), 60)
    put = {"TableName": "carts", "Item": {"id": {"S": "1"}}}
    update = {"TableName": "carts", "Key": {"id": {"S": "2"}}, "UpdateExpression": "SET n = :n"}
    refused = {**update, "ConditionExpression": "n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}

    with pytest.raises(ApiError, match="cancelled"):
        simulation.request("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": put}, {"Update": refused}]})

    assert list(simulation.trace.entries(["capacity consumed"])) == []


def test_without_an_alarm_nothing_is_sampled(simulation: SyncSimulation) -> None:
    """The metric is refused by name, with what helps."""
    simulation.add_source("buckets", "lake")
    size = metric("AWS/S3", "BucketSizeBytes", BucketName="lake", StorageType="StandardStorage")

    with pytest.raises(ApiError, match="AWS/S3 BucketSizeBytes by BucketName by StorageType, unless an alarm watches"):
        samples(simulation, size, DAY_S)
