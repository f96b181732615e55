"""What does a client get of an answer that a function streams? Its pieces, behind status and headers.

A handler may say what those are before the body: JSON, and eight zero bytes (documented). Once the answer has begun,
nothing can take its status back: a function that fails then leaves a body that breaks off (unconfirmed).
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from msgspec import structs

from eventsim import HttpResponse, load_json
from eventsim_sources.gateway import format_v1, format_v2
from eventsim_sources.gateway.answer import Answer, Malformed, plain_response
from eventsim_sources.gateway.arrival import Pairs

HTTP_ANSWER = "application/vnd.awslambda.http-integration-response"
"""The content type of an answer that says its status and headers itself (documented)."""
_PRELUDE_END = b"\0" * 8
_PRELUDE_BYTES_MAX = 16 << 10
"""As much may stand before the body (unconfirmed)."""


async def streamed_response(result: Mapping[str, Any], more: Pairs) -> HttpResponse:
    """Return what the client of a function URL gets for the result of `InvokeWithResponseStream`.

    A function that does not stream gives the body, whatever it holds (unconfirmed).

    Args:
        more: further headers.
    """
    events = result["EventStream"]
    pieces = pieces_of(events)
    try:
        first = await anext(pieces, b"")
        if result["ResponseStreamContentType"] == HTTP_ANSWER:
            answer, first = await described_answer(first, pieces, url_answer)
            response = plain_response(answer, content_type="application/octet-stream", more=more)
        else:
            is_streamed = isinstance(events, AsyncIterator)
            content_type = result["ResponseStreamContentType"] if is_streamed else "application/json"
            response = HttpResponse(status=200, headers=(("Content-Type", content_type), *more))
    except (ConnectionError, Malformed):
        return HttpResponse(status=502, headers=(("Content-Type", "text/plain"),), body=b"Internal Server Error")
    return structs.replace(response, body=joined(first, pieces))


async def pieces_of(events: AsyncIterator[Mapping[str, Any]] | Iterable[Mapping[str, Any]]) -> AsyncIterator[bytes]:
    """Yield the pieces of an answer.

    Raises:
        ConnectionError: the function has failed.
    """
    if isinstance(events, AsyncIterator):
        async for event in events:
            if (piece := _piece(event)) is not None:
                yield piece
    else:
        for event in events:
            if (piece := _piece(event)) is not None:
                yield piece


def _piece(event: Mapping[str, Any]) -> bytes | None:
    if "PayloadChunk" in event:
        piece: bytes = event["PayloadChunk"]["Payload"]
        return piece
    if event["InvokeComplete"].get("ErrorCode"):
        raise ConnectionError(event["InvokeComplete"]["ErrorDetails"])
    return None


def url_answer(described: dict[str, Any]) -> Answer:
    """Return the answer that a handler behind a function URL describes.

    Raises:
        Malformed: it describes none.
    """
    return format_v2.answer(json.dumps({"statusCode": 200, **described}))


def rest_answer(described: dict[str, Any]) -> Answer:
    """Return the answer that a handler behind a REST API describes; beside what it has there, it may have cookies.

    Raises:
        Malformed: it describes none.
    """
    cookies = described.pop("cookies", None) or []
    answer = format_v1.answer(json.dumps(described))
    return structs.replace(answer, headers=(*answer.headers, *(("Set-Cookie", str(cookie)) for cookie in cookies)))


async def described_answer(
    first: bytes, pieces: AsyncIterator[bytes], read: Callable[[dict[str, Any]], Answer]
) -> tuple[Answer, bytes]:
    """Return the answer that stands before a body, without that, and the beginning of the body.

    Args:
        read: makes an answer of what is described.

    Raises:
        Malformed: there is none.
        ConnectionError: the function has failed before it was whole.
    """
    begun = bytearray(first)
    while _PRELUDE_END not in begun:
        piece = await anext(pieces, None)
        if piece is None or len(begun) > _PRELUDE_BYTES_MAX:
            raise Malformed("nothing separates status and headers from the body")
        begun += piece
    prelude, _, body = bytes(begun).partition(_PRELUDE_END)
    try:
        described = load_json(prelude)
    except ValueError as error:
        raise Malformed(f"what stands before the body is no JSON: {error}") from None
    if not isinstance(described, dict):
        raise Malformed("what stands before the body is no object")
    answer = structs.replace(read(described), body="", is_base64=False)
    answer.check()
    return answer, body


async def joined(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a first piece and those that follow."""
    if first:
        yield first
    async for piece in pieces:
        yield piece
