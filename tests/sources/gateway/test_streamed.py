"""What does a client get of an answer that a function streams?"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim_sources.gateway.streamed import HTTP_ANSWER, described_answer, rest_answer, streamed_response, url_answer
from tests.sources.gateway.conftest import Aws

COMPLETE: dict[str, Any] = {"InvokeComplete": {}}
FAILED: dict[str, Any] = {"InvokeComplete": {"ErrorCode": "Unhandled", "ErrorDetails": "{}"}}

STREAM = """
def pieces():
    yield b'{"statusCode": 201, "headers": {"Content-Type": "image/x"}, "cookies": ["a=1"]}'
    yield bytes(8) + b"one" + bytes([255])
    sleep(40_000_000)
    yield b"two"
kind = "application/vnd.awslambda.http-integration-response"
headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": kind}
path = f"/2018-06-01/runtime/invocation/{request_id}/response"
runtime.request("POST", path, pieces(), headers, encode_chunked=True)
runtime.getresponse().read()
"""


def piece(data: bytes) -> dict[str, Any]:
    """Return an event with a piece."""
    return {"PayloadChunk": {"Payload": data}}


def answered(*events: dict[str, Any], content_type: str = HTTP_ANSWER) -> tuple[int, dict[str, str], bytes, bool]:
    """Return what the client of a URL gets: status, headers, body, and whether that breaks off."""

    async def run() -> tuple[int, dict[str, str], bytes, bool]:
        async def come() -> AsyncIterator[dict[str, Any]]:
            for event in events:
                yield event

        result = {"ResponseStreamContentType": content_type, "EventStream": come()}
        response = await streamed_response(result, ())
        if isinstance(response.body, bytes):
            return response.status, dict(response.headers), response.body, False
        body, breaks_off = b"", False
        try:
            async for data in response.body:  # type: ignore[union-attr]  # it is a stream
                body += data
        except ConnectionError:
            breaks_off = True
        return response.status, dict(response.headers), body, breaks_off

    return asyncio.run(run())


def test_what_is_said_of_the_response_may_come_in_parts() -> None:
    """Its end may lie in a piece together with the body."""
    got = answered(piece(b'{"statusCode"'), piece(b": 203}" + bytes(5)), piece(bytes(3) + b"x"), piece(b"y"), COMPLETE)

    assert got == (203, {"Content-Type": "application/octet-stream"}, b"xy", False)


def test_without_it_the_pieces_are_the_body() -> None:
    """Of the content type that the function names."""
    assert answered(piece(b"x\0"), COMPLETE, content_type="text/x") == (200, {"Content-Type": "text/x"}, b"x\0", False)


def test_a_function_that_fails_late_breaks_off() -> None:
    """Its status is sent; one that fails before it has said anything is a bad gateway."""
    late = answered(piece(b"x"), FAILED, content_type="text/x")
    early = answered(FAILED)

    assert late == (200, {"Content-Type": "text/x"}, b"x", True)
    assert early == (502, {"Content-Type": "text/plain"}, b"Internal Server Error", False)


@pytest.mark.parametrize("said", [b"no JSON" + bytes(8), b"[]" + bytes(8), b"{}"], ids=["text", "list", "no end"])
def test_what_describes_no_response_is_a_bad_gateway(said: bytes) -> None:
    """As an answer that is no response."""
    assert answered(piece(said), COMPLETE)[0] == 502


def test_cookies_of_a_rest_api_are_headers() -> None:
    """Beside headers with several values; a URL has cookies anyway."""

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    said = json.dumps({"multiValueHeaders": {"X": ["1", "2"]}, "cookies": ["a=1"]}).encode() + bytes(8) + b"body"
    answer, body = asyncio.run(described_answer(said, nothing(), rest_answer))

    assert (answer.status, body) == (200, b"body")
    assert answer.headers == (("X", "1"), ("X", "2"), ("Set-Cookie", "a=1"))
    assert url_answer({"cookies": ["a=1"]}).headers == (("Set-Cookie", "a=1"),)


@pytest.fixture
def streams(aws: Aws, program: Callable[..., Path]) -> dict[str, Any]:
    """Return an integration with a function that streams for more than half a minute."""
    aws.simulation.add_function("f", code=str(program()), runtime="provided.al2023", timeout=60)
    arn = f"arn:aws:lambda:{aws.simulation.region}:{aws.simulation.account_id}:function:f"
    uri = aws.uri(arn).replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations")
    return {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri, "responseTransferMode": "STREAM"}


def test_a_rest_api_hands_a_stream_on(aws: Aws, streams: dict[str, Any]) -> None:
    """Status and headers stand before the body; only the beginning has to come in time."""
    api = aws.make_rest({"POST /a": streams})
    api.deploy()

    reply = aws.simulation.http("POST", f"https://{api.id}.execute-api.us-east-1.amazonaws.com/prod/a", body=STREAM)

    assert (reply.status, reply.body) == (201, b"one\xfftwo")
    assert (reply.headers.get("content-type"), reply.headers.get("set-cookie")) == ("image/x", "a=1")


def test_mode_and_address_of_a_stream_belong_together(aws: Aws, streams: dict[str, Any]) -> None:
    """One without the other leads nowhere, and the trace says so."""
    api = aws.make_rest({"GET /a": {**streams, "responseTransferMode": "BUFFERED"}})
    api.deploy()

    reply = aws.simulation.http("GET", f"https://{api.id}.execute-api.us-east-1.amazonaws.com/prod/a")

    assert reply.status == 500
    assert "does not lead to" in aws.refusals()[0]


def test_an_integration_that_streams_may_take_longer(aws: Aws, streams: dict[str, Any]) -> None:
    """A quarter of an hour instead of half a minute."""
    aws.make_rest({"GET /a": {**streams, "timeoutInMillis": 900_000}})

    with pytest.raises(aws.rest.exceptions.BadRequestException, match="Timeout should be between 50 ms and 29000 ms"):
        aws.make_rest({"GET /a": {**streams, "responseTransferMode": "BUFFERED", "timeoutInMillis": 900_000}})
