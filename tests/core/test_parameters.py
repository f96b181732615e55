"""What calls in process are checked for, and how YAML's values are fitted."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from eventsim import ApiError, ConfigurationError, SyncSimulation
from eventsim.calls.parameters import check_parameters, fitted_parameters


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(("sqs", "SendMessage", {"QueueUrl": "u"}), "must contain the parameter MessageBody", id="absent"),
        pytest.param(
            ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "m", "Delay": 1}),
            "Unknown parameter in input: 'Delay', must be one of: QueueUrl, MessageBody, DelaySeconds",
            id="unknown",
        ),
        pytest.param(
            ("events", "PutRule", {"Name": "a b"}), r"'a b' at 'name' failed to satisfy constraint", id="pattern"
        ),
        pytest.param(
            ("kinesis", "GetRecords", {"ShardIterator": "i", "Limit": 10_001}), "'10001' at 'limit'", id="max"
        ),
        pytest.param(
            ("sns", "SetEndpointAttributes", {"EndpointArn": "a", "Attributes": {}}),
            "Value null at 'attributes' failed to satisfy constraint: Member must not be null",
            id="an empty map in the query protocol",
        ),
        pytest.param(
            ("sqs", "SendMessageBatch", {"QueueUrl": "u", "Entries": [{"Id": 1, "MessageBody": "m"}]}),
            r"Invalid type for parameter Entries\[0\].Id, value: 1, type: <class 'int'>, valid types: <class 'str'>",
            id="a member of another type",
        ),
        pytest.param(
            ("dynamodb", "PutItem", {"TableName": "t", "Item": {"id": "a"}}),
            r"Invalid type for parameter Item.id, value: a, type: <class 'str'>, valid types: <class 'dict'>",
            id="a value of a map of another type",
        ),
        pytest.param(
            ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": "m"}),
            r"Invalid type for parameter MetricData, value: m, type: <class 'str'>, valid types: <class 'list'>, <cla",
            id="no list",
        ),
    ],
)
def test_a_call_in_process_is_checked_as_one_over_http(call: tuple[str, str, Any], message: str) -> None:
    """By the service's model, in AWS's words."""
    with pytest.raises(ApiError, match=message):
        check_parameters(*call)


def test_a_whole_number_may_have_a_fraction_of_nothing() -> None:
    """As JSONata's quotients have, and other programs' numbers."""
    sent = {"QueueUrl": "u", "Entries": [{"Id": "a", "MessageBody": "m", "DelaySeconds": 5.0}]}

    (entry,) = check_parameters("sqs", "SendMessageBatch", sent)["Entries"]

    assert (entry["DelaySeconds"], type(entry["DelaySeconds"])) == (5, int)
    with pytest.raises(ApiError, match=r"DelaySeconds, value: 5.5, type: <class 'float'>, valid types: <class 'int'>"):
        check_parameters("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "m", "DelaySeconds": 5.5})


def test_what_is_null_is_absent() -> None:
    """However deep, as in the JSON of a request."""
    tagged = {"resourceArn": "arn:a", "tags": [{"key": "a", "value": None}]}

    assert check_parameters("stepfunctions", "TagResource", tagged)["tags"] == [{"key": "a"}]
    with pytest.raises(ApiError, match="Value null at 'tags'"):
        check_parameters("stepfunctions", "TagResource", {**tagged, "tags": None})


def test_who_calls_from_python_sees_the_refusal_and_the_trace_tells_of_it() -> None:
    """Before the operation sees anything."""
    with SyncSimulation() as simulation:
        with pytest.raises(ApiError, match="at 'name'"):
            simulation.request("events", "PutRule", {"Name": "a b", "ScheduleExpression": "rate(1 day)"})

        assert [entry.detail["code"] for entry in simulation.trace.entries(["call refused"])] == ["ValidationException"]


@pytest.mark.parametrize("start", [1_767_225_600, "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_date_may_be_seconds_or_a_text(start: object) -> None:
    """As in boto3; what is neither is told."""
    asked = {"Namespace": "Shop", "MetricName": "n", "Period": 60, "Statistics": ["Sum"], "EndTime": "2026-01-01T01:00"}
    with SyncSimulation() as simulation:
        found = simulation.request("cloudwatch", "GetMetricStatistics", {**asked, "StartTime": start})
        with pytest.raises(ConfigurationError, match=r'cloudwatch\.GetMetricStatistics: Invalid timestamp "soon"'):
            simulation.request("cloudwatch", "GetMetricStatistics", {**asked, "StartTime": "soon"})

    assert found == {"Label": "n", "Datapoints": []}


def test_a_stub_takes_whatever_it_gets() -> None:
    """It decides itself."""
    with SyncSimulation() as simulation:
        simulation.stub("events", "PutRule", {"RuleArn": "a"})

        assert simulation.request("events", "PutRule", {"Name": "a b"}) == {"RuleArn": "a"}


@pytest.mark.parametrize(
    ("call", "fitted"),
    [
        (("stepfunctions", "StartExecution", {"name": 7, "input": {"a": 1}}), {"name": "7", "input": '{"a": 1}'}),
        (("kinesis", "PutRecord", {"Data": 5, "PartitionKey": 1}), {"Data": b"5", "PartitionKey": "1"}),
        (
            ("kinesis", "GetShardIterator", {"Timestamp": "2026-01-01T08:00:00Z"}),
            {"Timestamp": datetime(2026, 1, 1, 8, tzinfo=UTC)},
        ),
        (
            ("scheduler", "CreateSchedule", {"StartDate": date(2026, 1, 1)}),
            {"StartDate": datetime(2026, 1, 1, tzinfo=UTC)},
        ),
        (
            ("dynamodb", "PutItem", {"Item": {"n": {"N": 5}, "s": {"S": "x"}}}),
            {"Item": {"n": {"N": "5"}, "s": {"S": "x"}}},
        ),
        (("sqs", "SendMessage", {"DelaySeconds": "5", "Unknown": [1]}), {"DelaySeconds": 5, "Unknown": [1]}),
        (("nobody", "Knows", {"A": 1}), {"A": 1}),
    ],
    ids=["text", "bytes", "instant", "date", "inside", "number", "no model"],
)
def test_what_yaml_writes_plainly_is_fitted(call: tuple[str, str, Any], fitted: dict[str, Any]) -> None:
    """To the types of the operation; what does not fit stays as it is."""
    assert fitted_parameters(*call) == fitted
