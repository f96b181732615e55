"""What the record of an asynchronous invocation says, and where it goes."""

import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.destination import Destinations, InvocationRecord, dead_letter_attributes, record_text
from eventsim.envelope import Envelope
from eventsim.errors import ApiError
from eventsim.loop import VirtualLoop
from eventsim.outcome import Attempt, Failure, Refused, Success
from eventsim.target import Target
from eventsim.trace import Trace

FAILED = Attempt(
    outcome=Failure(error_type="Exception", message="intentional", payload='{"errorMessage": "intentional"}'),
    executed_version="$LATEST",
)
SUCCEEDED = Attempt(outcome=Success('{"answer": 42}'), executed_version="1")


def record(attempt: Attempt | None, condition: str, count: int, qualifier: str = "") -> InvocationRecord:
    """Return the record of an invocation."""
    return InvocationRecord(
        request_id="e4b46cbf",
        function_arn="arn:aws:lambda:us-east-1:123456789012:function:resize",
        qualifier=qualifier,
        condition=condition,
        invoke_count=count,
        request_payload='{"message":"hello"}',
        attempt=attempt,
        at="2025-11-25T22:18:25.568Z",
    )


CONTEXT = (
    '{"version":"1.0","timestamp":"2025-11-25T22:18:25.568Z","requestContext":{"requestId":"e4b46cbf",'
    '"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:resize:%s","condition":"%s",'
    '"approximateInvokeCount":%d},"requestPayload":{"message":"hello"}'
)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(
            record(FAILED, "RetriesExhausted", 3),
            CONTEXT
            % ("$LATEST", "RetriesExhausted", 3)
            + ',"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
            '"responsePayload":{"errorMessage": "intentional"}}',
            id="failure",
        ),
        pytest.param(
            record(SUCCEEDED, "Success", 1, "live"),
            CONTEXT % ("live", "Success", 1)
            + ',"responseContext":{"statusCode":200,"executedVersion":"1"},"responsePayload":{"answer": 42}}',
            id="success of an alias",
        ),
        pytest.param(
            record(None, "ZeroReservedConcurrency", 0),
            CONTEXT % ("$LATEST", "ZeroReservedConcurrency", 0) + "}",
            id="never ran",
        ),
    ],
)
def test_a_record_has_these_members_in_this_order(given: InvocationRecord, text: str) -> None:
    """Always a qualified ARN; no response where no code ran (recorded)."""
    assert record_text(given) == text


@pytest.mark.parametrize(
    ("attempt", "refusal", "code", "message"),
    [
        (FAILED, None, "200", "intentional"),
        (None, None, "429", "Rate Exceeded."),
        (None, Refused("RecursiveInvocationException", "a loop"), "400", "a loop"),
    ],
    ids=["failed", "never ran", "stopped by loop detection"],
)
def test_a_dead_letter_tells_why(attempt: Attempt | None, refusal: Refused | None, code: str, message: str) -> None:
    """The status and the message of the last attempt (recorded for failures)."""
    attributes = dead_letter_attributes(record(attempt, "any", 1), refusal)

    assert [(name, value["DataType"], value["StringValue"]) for name, value in attributes.items()] == [
        ("RequestID", "String", "e4b46cbf"),
        ("ErrorCode", "Number", code),
        ("ErrorMessage", "String", message),
    ]


class Bucket:
    """A target that keeps events under keys."""

    arn = "arn:aws:s3:::failures"

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}

    def accept(self, envelope: Envelope) -> None:
        """Refuse: a bucket needs a key."""
        raise AssertionError(envelope)

    def accept_as(self, key: str, envelope: Envelope) -> None:
        """Keep the event."""
        self.objects[key] = envelope.body


class Full:
    """A target that takes nothing more."""

    arn = "arn:full"

    def accept(self, envelope: Envelope) -> None:
        """Refuse."""
        raise ApiError("OverLimit", "full")


def delivered_to(target: Target) -> list[tuple[str, object]]:
    """Deliver a record and return what the trace tells."""
    loop = VirtualLoop()
    clock = Clock(loop)
    trace = Trace(clock)
    destinations = Destinations(clock=clock, chance=Chance(1), trace=trace, find={"it": target}.get)

    destinations.deliver("it", record(FAILED, "RetriesExhausted", 3), subject=0, place=0, cause=0, lineage=None)

    told = [(entry.kind, entry.detail) for entry in trace.entries()]
    trace.close()
    loop.close()
    return told


def test_a_bucket_keeps_the_record_under_a_dated_key() -> None:
    """The key names the function and the instant (documented)."""
    bucket = Bucket()

    delivered_to(bucket)

    ((key, body),) = bucket.objects.items()
    assert key.startswith("aws/lambda/async/resize/2026/01/01/2026-01-01T00.00.00-")
    assert len(key.rpartition("00.00-")[2]) == 36
    assert body == record_text(record(FAILED, "RetriesExhausted", 3))


def test_a_destination_that_refuses_is_told() -> None:
    """The trace has the target's words."""
    told = delivered_to(Full())

    assert told[-1] == ("destination delivery failed", {"to": "it", "reason": "OverLimit: full"})
