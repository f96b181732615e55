"""What becomes of log events? Subscriptions of functions and streams, metrics out of logs, settings that are kept."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

NOW_MS = 1_767_225_600_000
NOTE = "arn:aws:lambda:us-east-1:123456789012:function:note"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/logs"
ROLE = "arn:aws:iam::123456789012:role/r"
HOUR = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, 1, tzinfo=UTC)}


def unpacked(data: bytes) -> Any:
    return json.loads(gzip.decompress(data))


class Logs:
    """Calls operations as a client would, and keeps what the function `note` is sent."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.seen: list[Any] = []
        simulation.add_function("note", handler=self.note)
        self("CreateLogGroup", logGroupName="shop")
        self("CreateLogStream", logGroupName="shop", logStreamName="one")

    def note(self, event: Any, context: Any) -> None:
        """Keep a batch."""
        self.seen.append(unpacked(base64.b64decode(event["awslogs"]["data"])))

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("logs", operation, parameters)

    def put(self, *messages: str) -> None:
        """Put events of now."""
        events = [{"timestamp": NOW_MS, "message": message} for message in messages]
        self("PutLogEvents", logGroupName="shop", logStreamName="one", logEvents=events)

    def subscribe(
        self, group: str = "shop", pattern: str = "", to: str = NOTE, name: str = "all", role: str = ""
    ) -> None:
        """Subscribe somebody to a group."""
        given = {"destinationArn": to, **({"roleArn": role} if role else {})}
        self("PutSubscriptionFilter", logGroupName=group, filterName=name, filterPattern=pattern, **given)

    def measure(self, pattern: str, **transformation: Any) -> None:
        """Put a metric filter."""
        made = {"metricNamespace": "Shop", "metricName": "m", "metricValue": "1", **transformation}
        given = {"filterName": "f", "filterPattern": pattern, "metricTransformations": [made]}
        self("PutMetricFilter", logGroupName="shop", **given)

    def sums(self, *dimensions: tuple[str, str]) -> list[float]:
        """Return the sums of the metric `m`, minute by minute."""
        named = [{"Name": name, "Value": value} for name, value in dimensions]
        asked = {"Namespace": "Shop", "MetricName": "m", "Dimensions": named, "Period": 60, "Statistics": ["Sum"]}
        found: Any = self.simulation.request("cloudwatch", "GetMetricStatistics", {**asked, **HOUR})
        return [point["Sum"] for point in found["Datapoints"]]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with SyncSimulation(seed=4) as simulation:
        yield Logs(simulation)


def code_of(call: Any) -> str:
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value.code


# --- subscriptions -----------------------------------------------------------------------------------------


def test_a_function_gets_events_in_batches(logs: Logs) -> None:
    """Compressed, in base64, with the group, the stream and the filter (documented)."""
    logs.subscribe(pattern="ERROR")

    logs.put("ERROR one", "fine", "ERROR two")
    logs.simulation.until_idle()

    (batch,) = logs.seen
    assert (batch["messageType"], batch["owner"]) == ("DATA_MESSAGE", "123456789012")
    assert (batch["logGroup"], batch["logStream"]) == ("shop", "one")
    assert batch["subscriptionFilters"] == ["all"]
    assert [event["message"] for event in batch["logEvents"]] == ["ERROR one", "ERROR two"]
    assert batch["logEvents"][0]["timestamp"] == NOW_MS


def test_a_function_gets_what_another_one_logs(logs: Logs) -> None:
    """As soon as that one's invocation has ended; what was there before is not sent."""
    logs.simulation.add_function("talk", handler=lambda event, context: print("ERROR", event))
    logs.simulation.invoke("talk", 1)
    logs.subscribe("/aws/lambda/talk", "ERROR")

    logs.simulation.invoke("talk", 2)
    logs.simulation.until_idle()

    assert [event["message"] for batch in logs.seen for event in batch["logEvents"]] == ["ERROR 2\n"]


def test_a_stream_gets_compressed_records(logs: Logs) -> None:
    """The same batch, without base64 of its own, after a message that sees whether the stream is there (documented)."""
    request = logs.simulation.request
    request("kinesis", "CreateStream", {"StreamName": "logs", "ShardCount": 1})
    logs.simulation.until_idle()
    logs.subscribe(to=KINESIS, role=ROLE)

    logs.put("hello")
    logs.simulation.until_idle()

    shard = {"StreamName": "logs", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = request("kinesis", "GetShardIterator", shard)["ShardIterator"]
    records: Any = request("kinesis", "GetRecords", {"ShardIterator": iterator})["Records"]
    control, batch = (unpacked(record["Data"]) for record in records)
    assert [event["message"] for event in batch["logEvents"]] == ["hello"]
    message = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."
    assert control == {
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{"id": "", "timestamp": NOW_MS, "message": message}],
    }


def test_a_delivery_stream_gets_compressed_records(logs: Logs) -> None:
    """What lies in the bucket is the batch, once more compressed by nobody."""
    request = logs.simulation.request
    request("s3", "CreateBucket", {"Bucket": "lake"})
    to = {
        "BucketARN": "arn:aws:s3:::lake",
        "RoleARN": "arn:aws:iam::123456789012:role/r",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
    }
    request("firehose", "CreateDeliveryStream", {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": to})
    logs.simulation.until_idle()
    logs.subscribe(to="arn:aws:firehose:us-east-1:123456789012:deliverystream/d", role=ROLE)

    logs.put("hello")
    logs.simulation.advance("2 minutes")

    listed: Any = request("s3", "ListObjectsV2", {"Bucket": "lake"})["Contents"]
    found: Any = request("s3", "GetObject", {"Bucket": "lake", "Key": listed[0]["Key"]})["Body"]
    control, batch = gzip.decompress(found.read()).decode().replace("}{", "}\n{").splitlines()
    assert "Checking health of destination Firehose." in control
    assert [event["message"] for event in json.loads(batch)["logEvents"]] == ["hello"]


def test_subscriptions_are_described_and_end(logs: Logs) -> None:
    """By name, with their prefix."""
    logs.subscribe(pattern="ERROR")
    described = logs("DescribeSubscriptionFilters", logGroupName="shop", filterNamePrefix="a")["subscriptionFilters"]
    logs("DeleteSubscriptionFilter", logGroupName="shop", filterName="all")
    logs.put("ERROR")
    logs.simulation.until_idle()

    assert described == [
        {
            "filterName": "all",
            "logGroupName": "shop",
            "filterPattern": "ERROR",
            "destinationArn": NOTE,
            "distribution": "ByLogStream",
            "applyOnTransformedLogs": False,
            "creationTime": NOW_MS,
        }
    ]
    assert logs.seen == []


def test_a_bad_subscription_is_refused(logs: Logs) -> None:
    """Nobody there, more than two, an unknown filter, a function's own log."""
    logs.subscribe(name="a")
    logs.subscribe(name="b")
    logs("CreateLogGroup", logGroupName="/aws/lambda/note")

    nobody, firehose = NOTE.replace("note", "nobody"), "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"
    assert code_of(lambda: logs.subscribe(name="c")) == "LimitExceededException"
    assert code_of(lambda: logs.subscribe(name="a", to=nobody)) == "InvalidParameterException"
    for to, role, message in (
        (firehose, "", "destinationArn for vendor firehose cannot be used without roleArn"),
        (NOTE, ROLE, "destinationArn for vendor lambda cannot be used with roleArn"),
        (firehose, ROLE, "Could not deliver test message to specified Firehose stream."),
        (KINESIS, ROLE, "Check if the given kinesis stream is in ACTIVE state."),
        ("arn:aws:sqs:us-east-1:123456789012:q", "", "operation cannot work with destinationArn for vendor sqs"),
    ):
        with pytest.raises(ApiError, match=message):
            logs.subscribe(name="a", to=to, role=role)
    assert code_of(lambda: logs.subscribe(name="a", to="nonsense")) == "InvalidParameterException"
    assert code_of(lambda: logs.subscribe(name="a", to="arn:aws:logs:us-east-1:1:destination:d")) == "NotImplemented"
    assert code_of(lambda: logs.subscribe("nowhere")) == "ResourceNotFoundException"
    assert code_of(lambda: logs.subscribe("/aws/lambda/note")) == "InvalidParameterException"
    gone = {"logGroupName": "shop", "filterName": "c"}
    assert code_of(lambda: logs("DeleteSubscriptionFilter", **gone)) == "ResourceNotFoundException"


# --- metrics out of logs -----------------------------------------------------------------------------------


def test_a_metric_filter_counts_events(logs: Logs) -> None:
    """From when it was put."""
    logs.put("ERROR before")
    logs.measure("ERROR")

    logs.put("ERROR", "fine", "ERROR")

    assert logs.sums() == [2]


def test_a_minute_without_a_match_has_the_default_value(logs: Logs) -> None:
    """Where events came, and none that matches; a minute without any event has no data (documented)."""
    logs.measure("ERROR", metricValue="5", defaultValue=0.0)
    for second, message in ((0, "fine"), (10, "fine"), (60, "fine"), (70, "ERROR"), (180, "fine")):
        event = {"timestamp": NOW_MS + second * 1000, "message": message}
        logs("PutLogEvents", logGroupName="shop", logStreamName="one", logEvents=[event])

    logs.simulation.advance("3 minutes 30 seconds")
    before = logs.sums()
    logs.simulation.advance("30 seconds")

    assert (before, logs.sums()) == ([0.0, 5.0], [0.0, 5.0, 0.0])


def test_a_metric_filter_measures_members_by_dimensions(logs: Logs) -> None:
    """A member of JSON, or a field; an event without it measures nothing."""
    logs.measure("{ $.ms > 0 }", metricValue="$.ms", dimensions={"shop": "$.shop"})

    logs.put('{"ms": 20, "shop": "a"}', '{"ms": 30, "shop": "b"}', '{"ms": 5}', '{"ms": "x", "shop": "a"}')

    assert logs.sums(("shop", "a")) == [20]
    assert logs.sums(("shop", "b")) == [30]


def test_a_default_has_no_dimensions(logs: Logs) -> None:
    """A minute without events has no members to take dimensions from."""
    with pytest.raises(ApiError, match="dimensions and default value are mutually exclusive properties"):
        logs.measure("{ $.a = 1 }", defaultValue=0, dimensions={"a": "$.a"})


def test_metric_filters_are_described_by_group_and_metric(logs: Logs) -> None:
    """A metric's name needs its namespace (documented)."""
    logs.measure("[ip, bytes]", metricValue="$bytes")

    (described,) = logs("DescribeMetricFilters", metricName="m", metricNamespace="Shop")["metricFilters"]
    assert (described["filterName"], described["logGroupName"]) == ("f", "shop")
    assert logs("DescribeMetricFilters", metricName="n", metricNamespace="Shop")["metricFilters"] == []
    assert logs("DescribeLogGroups")["logGroups"][0]["metricFilterCount"] == 1
    assert code_of(lambda: logs("DescribeMetricFilters", metricName="m")) == "InvalidParameterException"
    logs("DeleteMetricFilter", logGroupName="shop", filterName="f")
    assert logs("DescribeMetricFilters", logGroupName="shop")["metricFilters"] == []


def test_a_pattern_is_tried_on_messages(logs: Logs) -> None:
    """With what it takes out of them."""
    found = logs("TestMetricFilter", filterPattern="[ip, bytes > 10]", logEventMessages=["::1 5", "::1 50"])

    extracted = {"$ip": "::1", "$bytes": "50"}
    assert found["matches"] == [{"eventNumber": 2, "eventMessage": "::1 50", "extractedValues": extracted}]


# --- what is kept ------------------------------------------------------------------------------------------


def test_policies_and_queries_are_kept(logs: Logs) -> None:
    """And given back, and forgotten."""
    logs("PutResourcePolicy", policyName="p", policyDocument="{}")
    made = logs("PutQueryDefinition", name="slow", queryString="fields @message")["queryDefinitionId"]

    assert [each["policyName"] for each in logs("DescribeResourcePolicies")["resourcePolicies"]] == ["p"]
    (query,) = logs("DescribeQueryDefinitions", queryDefinitionNamePrefix="s")["queryDefinitions"]
    assert (query["queryDefinitionId"], query["queryString"]) == (made, "fields @message")
    logs("PutQueryDefinition", name="slower", queryString="fields @message")
    first = logs("DescribeQueryDefinitions", maxResults=1)
    rest = logs("DescribeQueryDefinitions", maxResults=1, nextToken=first["nextToken"])
    assert [each["name"] for page in (first, rest) for each in page["queryDefinitions"]] == ["slow", "slower"]
    logs("DeleteResourcePolicy", policyName="p")
    assert logs("DeleteQueryDefinition", queryDefinitionId=made) == {"success": True}
    assert code_of(lambda: logs("DeleteResourcePolicy", policyName="p")) == "ResourceNotFoundException"
    assert code_of(lambda: logs("DeleteQueryDefinition", queryDefinitionId=made)) == "ResourceNotFoundException"


def test_a_group_keeps_its_key_class_and_protection(logs: Logs) -> None:
    """A protected group cannot be deleted (documented)."""
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    logs("CreateLogGroup", logGroupName="cold", logGroupClass="INFREQUENT_ACCESS", deletionProtectionEnabled=True)
    logs("AssociateKmsKey", logGroupName="cold", kmsKeyId=key)

    logs("DisassociateKmsKey", resourceIdentifier="arn:aws:logs:us-east-1:123456789012:log-group:cold:*")
    without = logs("DescribeLogGroups", logGroupClass="INFREQUENT_ACCESS")["logGroups"][0]
    logs("AssociateKmsKey", resourceIdentifier="arn:aws:logs:us-east-1:123456789012:log-group:cold", kmsKeyId=key)

    (described,) = logs("DescribeLogGroups", logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert "kmsKeyId" not in without
    assert (described["kmsKeyId"], described["deletionProtectionEnabled"]) == (key, True)
    assert code_of(lambda: logs("DeleteLogGroup", logGroupName="cold")) == "ValidationException"
    logs("PutLogGroupDeletionProtection", logGroupIdentifier="cold", deletionProtectionEnabled=False)
    logs("DeleteLogGroup", logGroupName="cold")
    listed = logs("ListLogGroups", logGroupNamePattern="^sho|nobody")["logGroups"]
    assert [each["logGroupName"] for each in listed] == ["shop"]
