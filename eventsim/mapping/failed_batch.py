"""What does an on-failure destination learn of records that a mapping gave up? A value, and its text as AWS has it."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim.mapping.progress import RETRIES
from eventsim.outcome import Attempt, Failure, Success
from eventsim.subscription import FailedInfo

INFO_KEYS: Mapping[str, str] = {"kinesis": "KinesisBatchInfo", "dynamodb": "DDBStreamBatchInfo"}
"""Service → the member that tells of the batch."""
_SECONDS_ONLY = frozenset({"dynamodb"})


class FailedBatch(Struct, frozen=True, kw_only=True, gc=False):
    """What there is to say of records that were given up.

    Attributes:
        function_arn: qualified only if the mapping names a qualifier (recorded).
        condition: `RetryAttemptsExhausted`, `RecordAgeExceeded`, `MaximumPayloadSizeExceeded`.
        invoke_count: how often the function ran with this very batch; at least 1 is told (recorded).
        attempt: the last one that ran code, None if none did.
        at: when it was given up; like the others ISO 8601 with milliseconds.
        service, shard, stream_arn: where the records lie.
        first, last: their sequence numbers; `first_at`, `last_at` their arrivals.
        size: how many they are.
        info: what their source says of them, None for what streams say.
    """

    request_id: str
    function_arn: str
    condition: str
    invoke_count: int
    attempt: Attempt | None
    at: str
    service: str
    shard: str
    stream_arn: str
    first: str
    last: str
    first_at: str
    last_at: str
    size: int
    info: FailedInfo | None = None

    def text(self, payload: str | None = None) -> str:
        """Return the record as AWS sends it: these members, in this order (recorded).

        Args:
            payload: the event as JSON text, for buckets; queues and topics never get it.
        """
        record: dict[str, Any] = {
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": self.function_arn,
                "condition": self.condition,
                "approximateInvokeCount": max(1, self.invoke_count),
            }
        }
        if self.condition == RETRIES and self.attempt is not None:
            record["responseContext"] = _response(self.attempt)
        record["version"] = "1.0"
        record["timestamp"] = self.at
        info = self.info or self._of_stream()
        record[info.name] = info.members
        if payload is not None:
            record["payload"] = payload
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)

    def _of_stream(self) -> FailedInfo:
        members = {
            "shardId": self.shard,
            "startSequenceNumber": self.first,
            "endSequenceNumber": self.last,
            "approximateArrivalOfFirstRecord": self._arrival(self.first_at),
            "approximateArrivalOfLastRecord": self._arrival(self.last_at),
            "batchSize": self.size,
            "streamArn": self.stream_arn,
        }
        return FailedInfo(INFO_KEYS[self.service], members)

    def _arrival(self, at: str) -> str:
        """DynamoDB tells seconds, Kinesis milliseconds (recorded)."""
        return f"{at.partition('.')[0]}Z" if self.service in _SECONDS_ONLY else at


def _response(attempt: Attempt) -> dict[str, Any]:
    """A function that reported its failures did not fail itself: the member is there and null (recorded)."""
    error = None if isinstance(attempt.outcome, Success) else "Unhandled"
    version = attempt.executed_version if isinstance(attempt.outcome, Success | Failure) else ""
    return {"statusCode": 200, "executedVersion": version, "functionError": error}
