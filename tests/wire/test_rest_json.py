"""JSON over URIs, byte by byte."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim.wire.answer import encode
from eventsim.wire.http import HttpResponse
from tests.wire.conftest import ID, call, send

FUNCTIONS = "/2015-03-31/functions"


def test_an_invocation_is_read() -> None:
    """Path, query and headers are parameters; the body is the payload, whatever it is."""
    found = call("POST", f"{FUNCTIONS}/f/invocations?Qualifier=2", b"\xff no JSON", X_Amz_Log_Type="Tail")

    assert found.operation.name == "Invoke"
    assert found.parameters == {
        "FunctionName": "f",
        "Qualifier": "2",
        "LogType": "Tail",
        "Payload": b"\xff no JSON",
    }


def test_an_invocation_is_answered() -> None:
    """The payload goes as it is; what else there is goes in headers, the status in its place."""
    found = call("POST", f"{FUNCTIONS}/f/invocations")

    answer = encode(found, {"StatusCode": 200, "Payload": b"null", "ExecutedVersion": "$LATEST"})
    later = encode(found, {"StatusCode": 202, "Payload": b""})
    dry = encode(found, {"StatusCode": 204, "Payload": b""})

    assert answer == HttpResponse(
        status=200,
        headers=(
            ("x-amzn-RequestId", ID),
            ("X-Amz-Executed-Version", "$LATEST"),
            ("Content-Type", "application/json"),
        ),
        body=b"null",
    )
    assert (later.status, later.body) == (202, b"")
    assert dry == HttpResponse(status=204, headers=(("x-amzn-RequestId", ID),))


def test_a_document_is_read_and_answered() -> None:
    """Members that are not bound elsewhere stand in the body; the status is the operation's."""
    body = (
        b'{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:000000000000:q","StartingPositionTimestamp":1.5}'
    )

    found = call("POST", "/2015-03-31/event-source-mappings", body)
    answer = encode(found, {"UUID": "u", "LastModified": found.parameters["StartingPositionTimestamp"], "BatchSize": 1})

    assert found.parameters["StartingPositionTimestamp"].isoformat() == "1970-01-01T00:00:01.500000+00:00"
    assert (answer.status, answer.body) == (202, b'{"UUID":"u","BatchSize":1,"LastModified":1.5}')


def test_an_error_is_named_in_a_header() -> None:
    """The name of the message's member differs from error to error; header members go to headers."""
    found = call("POST", f"{FUNCTIONS}/f/invocations")

    missing = encode(found, ApiError("ResourceNotFoundException", "No.", status=404))
    fields = {"Reason": "ConcurrentInvocationLimitExceeded", "retryAfterSeconds": "3"}
    busy = encode(found, ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, fields=fields))

    assert (missing.status, missing.body) == (404, b'{"Type":"User","Message":"No."}')
    assert dict(missing.headers)["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert dict(busy.headers)["Retry-After"] == "3"
    assert busy.body == (b'{"Type":"User","Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}')


@pytest.mark.parametrize(
    ("method", "url", "body", "status", "code"),
    [
        ("POST", FUNCTIONS, b"{", 400, "SerializationException"),
        ("POST", FUNCTIONS, b'{"Timeout":"long"}', 400, "SerializationException"),
        ("GET", f"{FUNCTIONS}?MaxItems=many", b"", 400, "SerializationException"),
        ("GET", f"{FUNCTIONS}/%FF", b"", 400, "SerializationException"),
        ("PATCH", FUNCTIONS, b"", 404, "UnknownOperationException"),
        ("POST", FUNCTIONS, b'{"Role":"' + b"x" * (97 << 20) + b'"}', 413, "RequestEntityTooLargeException"),
    ],
    ids=["no JSON", "a text for a number", "a word in the query", "not UTF-8", "unknown", "too big"],
)
def test_what_is_malformed_is_refused(method: str, url: str, body: bytes, status: int, code: str) -> None:
    """Every error bears its name in the header."""
    answer: Any = send(method, url, body)

    assert answer.status == status
    assert dict(answer.headers)["x-amzn-ErrorType"] == code
