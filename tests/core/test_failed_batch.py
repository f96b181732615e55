"""What does a destination learn of records that were given up? The recorded members, in their order."""

import json
from typing import Any

import pytest

from eventsim.mapping.failed_batch import FailedBatch
from eventsim.mapping.progress import AGE, RETRIES
from eventsim.outcome import Attempt, Failure, Success

RAISED = Attempt(outcome=Failure(error_type="E", message="", payload="{}"), executed_version="$LATEST")
REPORTED = Attempt(outcome=Success("{}"), executed_version="7")


def batch(**more: Any) -> FailedBatch:
    settings: dict[str, Any] = {
        "request_id": "c9b8fa9f-5a7f-4d0c-af9c-0c604cde93a5",
        "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:myfunction",
        "condition": RETRIES,
        "invoke_count": 2,
        "attempt": RAISED,
        "at": "2025-11-25T16:35:30.021Z",
        "service": "kinesis",
        "shard": "shardId-000000000000",
        "stream_arn": "arn:aws:kinesis:us-east-1:123456789012:stream/mystream",
        "first": "49601189658422359378836298521827638475320189012309704722",
        "last": "49601189658422359378836298522902373528957594348623495186",
        "first_at": "2025-11-25T16:35:28.835Z",
        "last_at": "2025-11-25T16:35:29.580Z",
        "size": 500,
    }
    return FailedBatch(**{**settings, **more})


def test_the_record_is_as_recorded() -> None:
    """Byte for byte, but for white space."""
    recorded = """{
      "requestContext": {
        "requestId": "c9b8fa9f-5a7f-4d0c-af9c-0c604cde93a5",
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:myfunction",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2
      },
      "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
      "version": "1.0",
      "timestamp": "2025-11-25T16:35:30.021Z",
      "KinesisBatchInfo": {
        "shardId": "shardId-000000000000",
        "startSequenceNumber": "49601189658422359378836298521827638475320189012309704722",
        "endSequenceNumber": "49601189658422359378836298522902373528957594348623495186",
        "approximateArrivalOfFirstRecord": "2025-11-25T16:35:28.835Z",
        "approximateArrivalOfLastRecord": "2025-11-25T16:35:29.580Z",
        "batchSize": 500,
        "streamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/mystream"
      }
    }"""

    assert batch().text() == json.dumps(json.loads(recorded), separators=(",", ":"))


@pytest.mark.parametrize(
    ("settings", "response", "invoke_count"),
    [
        pytest.param({"attempt": REPORTED}, {"executedVersion": "7", "functionError": None}, 2, id="reported failures"),
        pytest.param({"condition": AGE, "invoke_count": 4}, None, 4, id="too old in the end"),
        pytest.param({"condition": AGE, "invoke_count": 0, "attempt": None}, None, 1, id="too old from the start"),
    ],
)
def test_a_response_is_told_if_retries_were_used_up(
    settings: dict[str, Any], response: dict[str, Any] | None, invoke_count: int
) -> None:
    """What never ran counts as one invocation all the same (recorded)."""
    record = json.loads(batch(**settings).text())

    assert record.get("responseContext") == (None if response is None else {"statusCode": 200, **response})
    assert ("responseContext" in record) == (response is not None)
    assert record["requestContext"]["approximateInvokeCount"] == invoke_count


def test_a_table_tells_seconds() -> None:
    """Recorded; the member has another name too."""
    info = json.loads(batch(service="dynamodb").text())["DDBStreamBatchInfo"]

    assert info["approximateArrivalOfFirstRecord"] == "2025-11-25T16:35:28Z"
    assert info["approximateArrivalOfLastRecord"] == "2025-11-25T16:35:29Z"


def test_a_payload_comes_last_as_text() -> None:
    """Only buckets get it."""
    record = json.loads(batch().text('{"Records":[]}'))

    assert list(record)[-1] == "payload"
    assert record["payload"] == '{"Records":[]}'
