"""What do mappings of streams made by the API do? Their members, refusals and results are AWS's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim import ApiError

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


@pytest.fixture
def streamed(aws: Any) -> Any:
    """Lambda with a function, and a stream beside it."""
    aws.simulation.add_source("streams", "clicks")
    aws.create()
    return aws


def mapped(aws: Any, **parameters: Any) -> Any:
    given = {"EventSourceArn": STREAM, "FunctionName": "f", "StartingPosition": "LATEST", **parameters}
    return aws("CreateEventSourceMapping", **{name: value for name, value in given.items() if value is not None})


def entries(aws: Any, kind: str) -> list[Any]:
    return list(aws.simulation.trace.entries([kind]))


def put(aws: Any, data: str = "x", key: str = "k") -> None:
    aws.simulation.request("kinesis", "PutRecord", {"StreamName": "clicks", "Data": data.encode(), "PartitionKey": key})


def test_the_answer_has_the_members_of_a_stream_s_mapping(streamed: Any) -> None:
    """Recorded for Kinesis."""
    created = mapped(streamed)

    members = {name: value for name, value in created.items() if "Arn" not in name}
    del members["UUID"], members["LastModified"]
    assert members == {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "LATEST",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    }


def test_what_is_given_is_told_again(streamed: Any) -> None:
    """Settings come back as they were given, and are changed by an update."""
    at = datetime(2025, 12, 31, 23, tzinfo=UTC)
    given = {
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": at,
        "BatchSize": 7,
        "ParallelizationFactor": 3,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True,
        "TumblingWindowInSeconds": 30,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    }
    created = mapped(streamed, **given)
    streamed.simulation.until_idle()

    updated = streamed(
        "UpdateEventSourceMapping", UUID=created["UUID"], MaximumRetryAttempts=-1, DestinationConfig={"OnFailure": {}}
    )

    assert {name: created[name] for name in given} == given
    assert (updated["MaximumRetryAttempts"], updated["MaximumRecordAgeInSeconds"]) == (-1, 60)
    assert updated["DestinationConfig"] == {"OnFailure": {}}


def test_the_last_result_is_told(streamed: Any) -> None:
    """At first nothing was processed, then it went well, or not."""
    uuid = mapped(streamed)["UUID"]
    streamed.simulation.until_idle()
    put(streamed)
    streamed.simulation.until_idle()
    after_one = streamed("GetEventSourceMapping", UUID=uuid)["LastProcessingResult"]
    streamed.create("g", FAILS)
    other = mapped(streamed, FunctionName="g", MaximumRetryAttempts=0)["UUID"]
    streamed.simulation.until_idle()
    put(streamed)
    streamed.simulation.until_idle()

    assert after_one == "OK"
    assert streamed("GetEventSourceMapping", UUID=other)["LastProcessingResult"] == "PROBLEM: Function call failed"


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param(
            {"EventSourceArn": STREAM + "2"},
            "InvalidParameterValueException",
            f"Stream not found: {STREAM}2",
            id="no stream",
        ),
        pytest.param(
            {"StartingPosition": None},
            "InvalidParameterValueException",
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null.",
            id="no position",
        ),
        pytest.param(
            {"StartingPosition": "invalid"},
            "ValidationException",
            "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
            "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
            id="bad position",
        ),
        pytest.param(
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}},
            "InvalidParameterValueException",
            "Unsupported DestinationConfig parameter for given event source mapping type.",
            id="success",
        ),
        pytest.param(
            {"ScalingConfig": {"MaximumConcurrency": 5}},
            "InvalidParameterValueException",
            "Unsupported ScalingConfig parameter for given event source mapping type.",
            id="concurrency",
        ),
        pytest.param(
            {"MaximumRecordAgeInSeconds": 59},
            "InvalidParameterValueException",
            "1 validation error detected: Value '59' at 'maximumRecordAgeInSeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 60",
            id="age",
        ),
        pytest.param(
            {"FilterCriteria": {"Filters": [{"Pattern": '{"data": ["text"]}'}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
            id="filter of text",
        ),
    ],
)
def test_a_bad_mapping_is_refused(streamed: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    """In AWS's words (recorded)."""
    with pytest.raises(ApiError) as refused:
        mapped(streamed, **parameters)

    assert (refused.value.code, refused.value.message) == (code, message)


def test_a_second_mapping_is_a_conflict(streamed: Any) -> None:
    """The words differ from those for queues (recorded)."""
    uuid = mapped(streamed)["UUID"]

    with pytest.raises(ApiError) as refused:
        mapped(streamed)

    assert (refused.value.code, refused.value.status) == ("ResourceConflictException", 409)
    assert refused.value.message == (
        f'The event source arn (" {STREAM} ") and function (" f ") provided mapping already exists. Please update or '
        f"delete the existing mapping with UUID {uuid}"
    )


def test_a_consumer_is_pushed_what_it_registered_for(streamed: Any) -> None:
    """Enhanced fan-out waits for no poll; its records bear the consumer's ARN."""
    registered = streamed.simulation.request(
        "kinesis", "RegisterStreamConsumer", {"StreamARN": STREAM, "ConsumerName": "c"}
    )
    arn = registered["Consumer"]["ConsumerARN"]
    mapped(streamed, EventSourceArn=arn)
    streamed.simulation.advance("10.3 s")
    put(streamed)
    streamed.simulation.until_idle()

    (read,) = entries(streamed, "shard read")
    assert read.at_us == 10_300_000


def test_a_table_is_polled_from_its_stream(aws: Any) -> None:
    """P17: a new item, then its change, with old and new image (recorded)."""
    request = aws.simulation.request
    keep = "seen = []\ndef handler(event, context):\n    print(event['Records'])\n    return None\n"
    aws.create(source=keep)
    table = request(
        "dynamodb",
        "CreateTable",
        {
            "TableName": "items",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    )["TableDescription"]
    created = mapped(
        aws,
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"n": {"S": ["1", "2"]}}}}'}]},
    )
    aws.simulation.until_idle()
    for number in ("1", "2", "2", "3"):
        request("dynamodb", "PutItem", {"TableName": "items", "Item": {"id": {"S": "a"}, "n": {"S": number}}})
    aws.simulation.until_idle()

    with pytest.raises(ApiError, match="Unsupported starting position for arn type: arn:aws:dynamodb"):
        mapped(
            aws,
            EventSourceArn=table["LatestStreamArn"],
            FunctionName="f",
            StartingPosition="AT_TIMESTAMP",
            StartingPositionTimestamp=1,
        )
    assert created["EventSourceArn"] == table["LatestStreamArn"]
    assert [entry.value for entry in entries(aws, "shard read")] == [3]
    assert [entry.value for entry in entries(aws, "batched from shard")] == [2]
    (printed,) = [entry.detail["text"] for entry in entries(aws, "logged") if "eventName" in entry.detail["text"]]
    assert printed.count("'INSERT'") == printed.count("'MODIFY'") == printed.count("OldImage") == 1
