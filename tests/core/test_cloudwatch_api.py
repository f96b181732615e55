"""What does CloudWatch answer? Metrics of functions and queues, worked out from the trace, and those that are put."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.calls.metric import Point
from eventsim.calls.statistics import statistic_of
from tests import sdk

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = {"StartTime": START_AT, "EndTime": START_AT + timedelta(hours=1)}


def work(event: Any, context: Any) -> None:
    if event.get("fails"):
        raise ValueError("no")


class CloudWatch:
    """Calls operations as a client would: `cloudwatch("ListMetrics")`."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("cloudwatch", operation, parameters)

    def points(self, name: str, statistic: str, namespace: str = "AWS/Lambda", **parameters: Any) -> list[float]:
        """Return one statistic of one metric, minute by minute."""
        asked = {"Namespace": namespace, "MetricName": name, "Statistics": [statistic], "Period": 60, **HOUR}
        return [each[statistic] for each in self("GetMetricStatistics", **{**asked, **parameters})["Datapoints"]]


def of(function: str) -> dict[str, Any]:
    return {"Dimensions": [{"Name": "FunctionName", "Value": function}]}


@pytest.fixture
def cloudwatch() -> Iterator[CloudWatch]:
    with SyncSimulation(seed=4) as simulation:
        simulation.add_function("work", handler=work, duration="20 ms")
        simulation.add_function("slow", handler=work, duration="150 s", timeout="5 minutes")
        yield CloudWatch(simulation)


def invoke(cloudwatch: CloudWatch, function: str = "work", payload: bytes = b"{}", kind: str = "Event") -> None:
    cloudwatch.simulation.request(
        "lambda", "Invoke", {"FunctionName": function, "InvocationType": kind, "Payload": payload}
    )


# --- what the run emits ------------------------------------------------------------------------------------


def test_invocations_and_errors_are_counted_by_the_minute(cloudwatch: CloudWatch) -> None:
    """An event that fails is tried after one minute and after two more: three invocations, three errors (recorded)."""
    invoke(cloudwatch, payload=b'{"fails": true}')
    invoke(cloudwatch)
    cloudwatch.simulation.until_idle()

    assert cloudwatch.points("Invocations", "Sum", **of("work")) == [2, 1, 1]
    assert cloudwatch.points("Errors", "Sum", **of("work")) == [1, 1, 1]
    assert cloudwatch.points("AsyncEventsReceived", "Sum", **of("work")) == [2]
    assert cloudwatch.points("AsyncEventsDropped", "Sum", **of("work")) == [1]
    assert cloudwatch.points("AsyncEventAge", "Maximum", **of("work"))[-1] == pytest.approx(180_000, abs=1_000)


def test_the_account_has_metrics_of_its_own(cloudwatch: CloudWatch) -> None:
    """Without dimensions, over all functions."""
    invoke(cloudwatch)
    invoke(cloudwatch, "slow")
    cloudwatch.simulation.until_idle()

    assert cloudwatch.points("Invocations", "Sum") == [2]
    assert cloudwatch.points("Invocations", "Sum", **of("slow")) == [1]


def test_durations_leave_the_cold_start_out(cloudwatch: CloudWatch) -> None:
    """In milliseconds, at the start of the invocation (documented)."""
    invoke(cloudwatch)
    cloudwatch.simulation.until_idle()

    (point,) = cloudwatch(
        "GetMetricStatistics",
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Statistics=["Average", "Maximum", "SampleCount"],
        ExtendedStatistics=["p99"],
        Period=60,
        **HOUR,
        **of("work"),
    )["Datapoints"]

    assert point["Timestamp"] == START_AT
    assert (point["Average"], point["Maximum"], point["SampleCount"], point["Unit"]) == (20, 20, 1, "Milliseconds")
    assert point["ExtendedStatistics"] == {"p99": 20}


def test_concurrency_is_told_while_it_lasts(cloudwatch: CloudWatch) -> None:
    """A long invocation counts in each minute that it touches."""
    for _ in range(2):
        invoke(cloudwatch, "slow")
    cloudwatch.simulation.until_idle()

    assert cloudwatch.points("ConcurrentExecutions", "Maximum", **of("slow")) == [2, 2, 2]


def test_throttles_are_counted(cloudwatch: CloudWatch) -> None:
    """Every refused attempt is one."""
    cloudwatch.simulation.add_function("closed", handler=work, reserved_concurrency=0)
    with pytest.raises(ApiError, match="Rate Exceeded"):
        invoke(cloudwatch, "closed", kind="RequestResponse")

    assert cloudwatch.points("Throttles", "Sum", **of("closed")) == [1]
    assert cloudwatch.points("Invocations", "Sum", **of("closed")) == []


def test_queues_have_metrics(cloudwatch: CloudWatch) -> None:
    """By the queue's name."""
    cloudwatch.simulation.add_source("queues", "jobs")
    cloudwatch.simulation.add_mapping(source="jobs", function="work")
    for _ in range(3):
        cloudwatch.simulation.send("jobs", "12345678")
    cloudwatch.simulation.until_idle()

    queue = {"namespace": "AWS/SQS", "Dimensions": [{"Name": "QueueName", "Value": "jobs"}]}
    numbers = [
        cloudwatch.points(name, "Sum", **queue)
        for name in ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "SentMessageSize")
    ]
    assert numbers == [[3], [3], [3], [24]]


def sums(cloudwatch: CloudWatch, namespace: str, dimension: str, value: str, *names: str) -> list[list[float]]:
    """Return the sums of metrics with one dimension, minute by minute."""
    of = {"namespace": namespace, "Dimensions": [{"Name": dimension, "Value": value}]}
    return [cloudwatch.points(name, "Sum", **of) for name in names]


def test_topics_have_metrics(cloudwatch: CloudWatch) -> None:
    """What is published, delivered, and filtered out, by the topic's name."""
    request = cloudwatch.simulation.request
    topic: Any = request("sns", "CreateTopic", {"Name": "news"})["TopicArn"]
    cloudwatch.simulation.add_source("queues", "jobs")
    queue = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:jobs"}
    request("sns", "Subscribe", queue)
    function = {"TopicArn": topic, "Protocol": "lambda", "Attributes": {"FilterPolicy": '{"kind": ["x"]}'}}
    request("sns", "Subscribe", {**function, "Endpoint": "arn:aws:lambda:us-east-1:123456789012:function:work"})
    request("sns", "Publish", {"TopicArn": topic, "Message": "1234"})
    cloudwatch.simulation.until_idle()

    names = [f"NumberOfNotifications{what}" for what in ("Delivered", "FilteredOut", "Failed")]
    found = sums(cloudwatch, "AWS/SNS", "TopicName", "news", "NumberOfMessagesPublished", "PublishSize", *names)
    assert found == [[1], [4], [1], [1], []]


def test_state_machines_have_metrics(cloudwatch: CloudWatch) -> None:
    """By the machine's ARN; an execution's time is told when it ends."""
    request = cloudwatch.simulation.request
    states = {"Wait": {"Type": "Wait", "Seconds": 90, "Next": "No"}, "No": {"Type": "Fail"}}
    made = request(
        "stepfunctions",
        "CreateStateMachine",
        {
            "name": "m",
            "definition": json.dumps({"StartAt": "Wait", "States": states}),
            "roleArn": "arn:aws:iam::123456789012:role/r",
        },
    )
    arn = str(made["stateMachineArn"])
    request("stepfunctions", "StartExecution", {"stateMachineArn": arn})
    cloudwatch.simulation.until_idle()

    names = ("ExecutionsStarted", "ExecutionsFailed", "ExecutionTime", "ExecutionsSucceeded")
    assert sums(cloudwatch, "AWS/States", "StateMachineArn", arn, *names) == [[1], [1], [90_000], []]


def test_streams_and_tables_have_metrics(cloudwatch: CloudWatch) -> None:
    """Few of them: what comes into a stream, and the conditions of a table that did not hold."""
    request = cloudwatch.simulation.request
    request("kinesis", "CreateStream", {"StreamName": "clicks", "ShardCount": 1})
    cloudwatch.simulation.until_idle()
    request("kinesis", "PutRecord", {"StreamName": "clicks", "Data": b"12345", "PartitionKey": "a"})
    cloudwatch.simulation.add_source("tables", "carts", key="id")
    given: dict[str, Any] = {"TableName": "carts", "Item": {"id": {"S": "1"}}}
    with pytest.raises(ApiError):
        request("dynamodb", "PutItem", {**given, "ConditionExpression": "attribute_exists(id)"})

    incoming = sums(cloudwatch, "AWS/Kinesis", "StreamName", "clicks", "IncomingRecords", "IncomingBytes")
    assert incoming == [[1], [5]]
    assert sums(cloudwatch, "AWS/DynamoDB", "TableName", "carts", "ConditionalCheckFailedRequests") == [[1]]


def test_several_metrics_are_asked_for_at_once(cloudwatch: CloudWatch) -> None:
    """The newest first unless asked otherwise (documented)."""
    invoke(cloudwatch, payload=b'{"fails": true}')
    cloudwatch.simulation.until_idle()
    stat = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors", **of("work")}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "errors", "MetricStat": stat}, {"Id": "hidden", "MetricStat": stat, "ReturnData": False}]

    (newest_first,) = cloudwatch("GetMetricData", MetricDataQueries=queries, **HOUR)["MetricDataResults"]
    (oldest_first,) = cloudwatch("GetMetricData", MetricDataQueries=queries, ScanBy="TimestampAscending", **HOUR)[
        "MetricDataResults"
    ]

    assert (newest_first["Id"], newest_first["Values"]) == ("errors", [1, 1, 1])
    assert oldest_first["Timestamps"] == newest_first["Timestamps"][::-1]
    assert oldest_first["Timestamps"][0] == START_AT


def test_expressions_are_worked_out_over_metrics(cloudwatch: CloudWatch) -> None:
    """Metrics that only expressions need are not told."""
    invoke(cloudwatch, payload=b'{"fails": true}')
    cloudwatch.simulation.until_idle()
    stat = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors", **of("work")}, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "errors", "MetricStat": stat, "ReturnData": False},
        {"Id": "twice", "Expression": "errors * 2", "Label": "double"},
    ]

    (twice,) = cloudwatch("GetMetricData", MetricDataQueries=queries, **HOUR)["MetricDataResults"]

    assert (twice["Id"], twice["Label"], twice["Values"]) == ("twice", "double", [2, 2, 2])


def test_an_expression_over_nothing_is_refused(cloudwatch: CloudWatch) -> None:
    """It names what no query has as its id."""
    queries = [{"Id": "twice", "Expression": "errors * 2"}]

    with pytest.raises(ApiError, match="Error in expression 'twice': Undefined variable errors") as refused:
        cloudwatch("GetMetricData", MetricDataQueries=queries, **HOUR)

    assert refused.value.code == "ValidationError"


def test_metrics_with_data_are_listed(cloudwatch: CloudWatch) -> None:
    """By name and dimensions."""
    invoke(cloudwatch)
    cloudwatch.simulation.until_idle()

    found = cloudwatch("ListMetrics", MetricName="Invocations", Dimensions=[{"Name": "FunctionName"}])["Metrics"]

    assert found == [{"Namespace": "AWS/Lambda", "MetricName": "Invocations", **of("work")}]


# --- what user code puts -----------------------------------------------------------------------------------


def test_what_a_function_puts_can_be_read(cloudwatch: CloudWatch) -> None:
    """It is dated in virtual time."""

    def measure(event: Any, context: Any) -> None:
        data = [
            {"MetricName": "Orders", "Value": 2.0, "Unit": "Count"},
            {"MetricName": "Orders", "Values": [1.0, 5.0], "Counts": [2.0, 1.0], "Unit": "Count"},
            {"MetricName": "Sizes", "StatisticValues": {"SampleCount": 4, "Sum": 20, "Minimum": 1, "Maximum": 9}},
        ]
        sdk.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)

    cloudwatch.simulation.add_function("measure", handler=measure)
    cloudwatch.simulation.invoke("measure")

    sums = [cloudwatch.points("Orders", statistic, "Shop") for statistic in ("Sum", "SampleCount", "Maximum")]
    sizes = [
        cloudwatch.points("Sizes", statistic, "Shop") for statistic in ("Sum", "SampleCount", "Minimum", "Maximum")
    ]
    assert sums == [[9], [4], [5]]
    assert sizes == [[20], [4], [1], [9]]


def test_data_stands_at_its_minute_or_second(cloudwatch: CloudWatch) -> None:
    """Only what is stored with a resolution of one second can be told apart within a minute (documented)."""
    at = START_AT + timedelta(seconds=75, milliseconds=250)
    for name, resolution_s in (("coarse", 60), ("fine", 1)):
        datum = {"MetricName": name, "Value": 1, "Timestamp": at, "StorageResolution": resolution_s}
        cloudwatch("PutMetricData", Namespace="Shop", MetricData=[datum])

    def begins(name: str) -> list[int]:
        asked = {"Namespace": "Shop", "MetricName": name, "Statistics": ["Sum"], "Period": 5}
        span = {"StartTime": START_AT, "EndTime": START_AT + timedelta(minutes=5)}
        points = cloudwatch("GetMetricStatistics", **asked, **span)["Datapoints"]
        return [(each["Timestamp"] - START_AT).seconds for each in points]

    assert (begins("coarse"), begins("fine")) == ([60], [75])


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("tm90", 5.0),
        ("TM(10%:90%)", 5.5),
        ("TM(2:4)", 3.5),
        ("IQM", 5.5),
        ("wm90", 5.4),
        ("WM(3:8)", 5.5),
        ("tc90", 9.0),
        ("TC(:3)", 3.0),
        ("ts90", 45.0),
        ("TS(8:)", 19.0),
        ("PR(2:4)", 20.0),
        ("PR(:5)", 50.0),
    ],
)
def test_extremes_are_trimmed(statistic: str, expected: float) -> None:
    """Of the numbers from 1 to 10; a lower bound is no part of what is left, an upper one is (documented)."""
    assert statistic_of([Point(0, number) for number in range(1, 11)], statistic) == pytest.approx(expected)


@pytest.mark.parametrize("statistic", ["tm101", "TM(:)", "TM(5:2)", "TM(5%:2)", "PR(5%:9%)", "median", "p101"])
def test_what_is_no_statistic_is_refused(statistic: str) -> None:
    """Bounds in percent and in values are not mixed."""
    with pytest.raises(ApiError, match=r"for parameter Stat is invalid"):
        statistic_of([Point(0, 1)], statistic)


def test_what_has_different_units_is_told_apart(cloudwatch: CloudWatch) -> None:
    """A data point for each unit, unless one is asked for (documented)."""
    data = [
        {"MetricName": "Size", "Value": value, "Unit": unit} for value, unit in ((2.0, "Bytes"), (3.0, "Kilobytes"))
    ]
    cloudwatch("PutMetricData", Namespace="Shop", MetricData=data)
    asked = {"Namespace": "Shop", "MetricName": "Size", "Statistics": ["Sum"], "Period": 60, **HOUR}

    every = cloudwatch("GetMetricStatistics", **asked)["Datapoints"]

    assert [(each["Unit"], each["Sum"]) for each in every] == [("Bytes", 2.0), ("Kilobytes", 3.0)]
    assert cloudwatch.points("Size", "Sum", "Shop", Unit="Kilobytes") == [3.0]


def test_values_come_in_pages(cloudwatch: CloudWatch) -> None:
    """A page may cut a series; the next one goes on there (documented)."""
    for value in (1, 2, 3):
        cloudwatch("PutMetricData", Namespace="N", MetricData=[{"MetricName": "m", "Value": value}])
        cloudwatch.simulation.advance("1 minute")
    metric = {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "late", "Expression": "a * 2"}, {"Id": "a", "MetricStat": metric}]
    asked = {"MetricDataQueries": queries, "ScanBy": "TimestampAscending", "MaxDatapoints": 4, **HOUR}

    first = cloudwatch("GetMetricData", **asked)
    rest = cloudwatch("GetMetricData", NextToken=first["NextToken"], **asked)

    shown = [
        [(each["Id"], each["Values"], each["StatusCode"]) for each in page["MetricDataResults"]]
        for page in (first, rest)
    ]
    assert shown == [[("late", [2, 4, 6], "Complete"), ("a", [1], "PartialData")], [("a", [2, 3], "Complete")]]
    assert "NextToken" not in rest


def test_an_expression_may_answer_in_several_series(cloudwatch: CloudWatch) -> None:
    """Each with its metric in the label."""
    for name in ("m", "n"):
        cloudwatch("PutMetricData", Namespace="N", MetricData=[{"MetricName": name, "Value": 1}])
    metrics = [
        {
            "Id": name,
            "MetricStat": {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }
        for name in ("m", "n")
    ]

    found = cloudwatch(
        "GetMetricData", MetricDataQueries=[*metrics, {"Id": "e", "Expression": "METRICS() + 1"}], **HOUR
    )

    results = found["MetricDataResults"]
    assert [(each["Id"], each["Label"], each["Values"]) for each in results] == [("e", "e m", [2]), ("e", "e n", [2])]


def test_metrics_of_an_entity_are_metrics(cloudwatch: CloudWatch) -> None:
    """The entity itself is not kept, and the trace tells that."""
    entity = {"KeyAttributes": {"Type": "Service", "Name": "shop"}}
    data = [{"Entity": entity, "MetricData": [{"MetricName": "m", "Value": 3}]}]
    cloudwatch("PutMetricData", Namespace="N", EntityMetricData=data)

    assert cloudwatch.points("m", "Sum", "N") == [3]
    assert [entry.kind for entry in cloudwatch.simulation.trace.entries(["accepted without effect"])]


def test_there_are_no_alarms_at_first(cloudwatch: CloudWatch) -> None:
    """Whoever looks for them finds none."""
    assert cloudwatch("DescribeAlarms") == {"CompositeAlarms": [], "MetricAlarms": []}
    assert cloudwatch("DescribeAlarmsForMetric", MetricName="Errors", Namespace="AWS/Lambda") == {"MetricAlarms": []}


@pytest.mark.parametrize(
    ("statistic", "expected"), [("p0", 1), ("p50", 2), ("p90", 4), ("p99.9", 4), ("p100", 4), ("Average", 2.5)]
)
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(statistic: str, expected: float) -> None:
    """Values count as often as they were put."""
    points = [Point(0, 4), Point(0, 1), Point(0, 2), Point(0, 3)]

    assert statistic_of(points, statistic) == expected


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        pytest.param("GetMetricStatistics", {"Period": 90}, "Period must be a multiple of 60", id="period"),
        pytest.param("GetMetricStatistics", {"Statistics": None}, "Must specify either", id="no statistics"),
        pytest.param("GetMetricStatistics", {"EndTime": START_AT}, "StartTime must be less", id="span"),
        pytest.param(
            "GetMetricStatistics",
            {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible"},
            "the metric AWS/SQS ApproximateNumberOfMessagesVisible is not simulated",
            id="a metric of AWS",
        ),
        pytest.param(
            "GetMetricStatistics",
            {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": "f"}, {"Name": "Resource", "Value": "f:1"}],
            },
            "Errors by FunctionName by Resource is not simulated",
            id="a dimension of AWS",
        ),
        pytest.param("PutMetricData", {"MetricData": []}, "MetricData is required", id="no data"),
        pytest.param(
            "PutMetricData", {"MetricData": [{"MetricName": "m"}] * 1001}, "size greater than 1000", id="too many data"
        ),
        pytest.param(
            "PutMetricData",
            {"MetricData": [{"MetricName": "m", "Value": 1, "Values": [1]}]},
            "member.1.Value and MetricData.member.1.Values are mutually exclusive",
            id="two sorts of values",
        ),
        pytest.param(
            "PutMetricData",
            {"MetricData": [{"MetricName": "m", "Value": 1}, {"MetricName": "m", "Value": float("nan")}]},
            "The value NaN for parameter MetricData.member.2.Value is invalid",
            id="not a number",
        ),
        pytest.param("PutMetricData", {"Namespace": "AWS/Mine"}, "Namespace is invalid", id="namespace"),
        pytest.param(
            "GetMetricData", {"MetricDataQueries": [{"Id": "a", "Expression": "b*2"}]}, "expression", id="expression"
        ),
        pytest.param("PutMetricData", {"EntityMetricData": [{}]}, "MetricData is required", id="no data of an entity"),
        pytest.param(
            "PutMetricData",
            {"MetricData": [{"MetricName": "m", "Value": 1, "Timestamp": START_AT - timedelta(days=15)}]},
            "member.1.Timestamp must specify a time no more than two weeks in the past",
            id="too old",
        ),
        pytest.param(
            "PutMetricData",
            {"MetricData": [{"MetricName": "m", "Value": 1, "Timestamp": START_AT + timedelta(hours=3)}]},
            "two hours in the future",
            id="too far ahead",
        ),
        pytest.param(
            "PutMetricData",
            {"MetricData": [{"MetricName": "m", "Value": 1, "StorageResolution": 7}]},
            "The value 7 for parameter MetricData.member.1.StorageResolution is invalid",
            id="resolution",
        ),
        pytest.param(
            "GetMetricStatistics",
            {"StartTime": START_AT - timedelta(days=10)},
            "You have requested up to 14,460 datapoints, which exceeds the limit of 1,440",
            id="too many periods",
        ),
        pytest.param(
            "GetMetricData",
            {"MetricDataQueries": [{"Id": "M", "Expression": "1"}]},
            "The value M for parameter MetricDataQueries.member.1.Id is not matching the expected pattern",
            id="id",
        ),
        pytest.param(
            "GetMetricData",
            {"MetricDataQueries": [{"Id": "a", "Expression": "1"}, {"Id": "a", "Expression": "1"}]},
            "The values for parameter id in MetricDataQueries are not unique.",
            id="ids",
        ),
        pytest.param("GetMetricData", {"MetricDataQueries": [{"Id": "a"}]}, "must be specified", id="nothing asked"),
        pytest.param(
            "GetMetricData",
            {"MetricDataQueries": [{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}]},
            "these expressions name each other: a, b",
            id="a circle",
        ),
        pytest.param(
            "GetMetricData",
            {"MetricDataQueries": [{"Id": "a", "Expression": "1"}], "NextToken": "x"},
            "next token is not valid",
            id="token",
        ),
    ],
)
def test_a_bad_request_is_refused(
    cloudwatch: CloudWatch, operation: str, parameters: dict[str, Any], message: str
) -> None:
    """By the parameter's name."""
    given: dict[str, dict[str, Any]] = {
        "GetMetricStatistics": {
            "Namespace": "N",
            "MetricName": "M",
            "Period": 60,
            "Statistics": ["Sum"],
            **HOUR,
        },
        "GetMetricData": {**HOUR},
        "PutMetricData": {"Namespace": "N"},
    }

    with pytest.raises(ApiError, match=message):
        cloudwatch(operation, **{**given[operation], **parameters})
