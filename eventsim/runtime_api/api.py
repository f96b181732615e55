"""What does Lambda's Runtime API answer? The state of one environment's runtime, and what each request does to it.

A runtime asks for its `next` invocation, which says that it is ready, and waits. It gets an event, posts a response or
an error, and asks again (documented: the paths, headers and codes; the words of refusals as AWS's own emulator of this
API has them).
"""

import base64
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from eventsim.invocation import Piece
from eventsim.limits import STREAMED_RESPONSE_BYTES_MAX, SYNC_RESPONSE_BYTES_MAX
from eventsim.runtime_api.line import Exchange, Written
from eventsim.runtime_api.replies import ACCEPTED, NOT_FOUND, refusal
from eventsim.wire.http import Headers, HttpRequest, HttpResponse

ROOT = "/2018-06-01/runtime/"
_ERROR_TYPE, _ERROR_BODY = "lambda-runtime-function-error-type", "lambda-runtime-function-error-body"
_MODE = "lambda-runtime-function-response-mode"


class Work(Struct, frozen=True, kw_only=True):
    """One event for a runtime.

    Attributes:
        headers: what belongs to it, by the names of the API.
    """

    request_id: str
    headers: Mapping[str, str]
    event: bytes


class Told(Struct, frozen=True, kw_only=True):
    """What a runtime has posted.

    Attributes:
        body: a result, or the description of an error.
        error_type: what kind of error it is, "" for a result.
        bytes_max: how much may be answered.
    """

    body: bytes
    error_type: str = ""
    bytes_max: int = SYNC_RESPONSE_BYTES_MAX

    @property
    def is_too_large(self) -> bool:
        """Whether it is more than may be answered."""
        return not self.error_type and len(self.body) > self.bytes_max


def is_streamed_answer(request: HttpRequest) -> bool:
    """Tell whether a request brings an answer that is written bit by bit (documented)."""
    is_answer = request.path.startswith(f"{ROOT}invocation/") and request.path.endswith("/response")
    return is_answer and request.headers.get(_MODE).lower() == "streaming"


class RuntimeApi:
    """The Runtime API of one environment.

    Attributes:
        failure: what its init came to, if it failed.
        told: what was posted about the current invocation.
        bytes_max: how much may be answered to it.
    """

    def __init__(self) -> None:
        self.bytes_max = SYNC_RESPONSE_BYTES_MAX
        self.failure: Told | None = None
        self.told: Told | None = None
        self._request_id = ""
        """Of the invocation that waits for its response."""
        self._next: Exchange | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the runtime waits for an event."""
        return self._next is not None

    def hand_out(self, work: Work, *, streams: bool = False) -> None:
        """Give the runtime its next event; it is ready.

        Args:
            streams: whether whoever wants the answer takes it as a stream.
        """
        self.bytes_max = STREAMED_RESPONSE_BYTES_MAX if streams else SYNC_RESPONSE_BYTES_MAX
        exchange, self._next = self._next, None
        assert exchange is not None, "it is ready"
        self.told = None
        self._request_id = work.request_id
        headers = (("Content-Type", "application/json"), *work.headers.items())
        exchange.reply(HttpResponse(status=200, headers=headers, body=work.event))

    def forget(self, exchange: Exchange) -> None:
        """Let go of a runtime that has hung up."""
        if exchange is self._next:
            self._next = None

    def take(self, exchange: Exchange) -> bool:
        """Answer a request, or keep it until there is an event; False if it is none for this API."""
        path = exchange.request.path
        if not path.startswith(ROOT):
            return False
        match exchange.request.method, path.removeprefix(ROOT).split("/"):
            case "GET", ["invocation", "next"] if self._request_id and self.told is None:
                exchange.reply(_out_of_turn("Running", "Ready"))
            case "GET", ["invocation", "next"]:
                self._next = exchange
            case "POST", ["init", "error"]:
                self.failure = _told(exchange, is_error=True)
                exchange.reply(ACCEPTED)
            case "POST", ["invocation", request_id, "response" | "error" as what]:
                exchange.reply(self._end(exchange, request_id, is_error=what == "error"))
            case _:
                exchange.reply(NOT_FOUND)
        return True

    def piece(self, written: Written) -> Piece | None:
        """Return the part of the current invocation's answer that was written, None for one that nobody wants."""
        path = f"{ROOT}invocation/{self._request_id}/response"
        if written.request.path != path or self.told is not None:
            return None
        content_type = written.request.headers.get("content-type", "application/octet-stream")
        return Piece(data=written.data, content_type=content_type)

    def _end(self, exchange: Exchange, request_id: str, *, is_error: bool) -> HttpResponse:
        if request_id != self._request_id:
            return refusal(400, "InvalidRequestID", "Invalid request ID")
        if self.told is not None:
            return _out_of_turn("Ready", "InvocationResponse")
        bytes_max = self.bytes_max if is_streamed_answer(exchange.request) else SYNC_RESPONSE_BYTES_MAX
        self.told = told = replace(_told(exchange, is_error=is_error), bytes_max=bytes_max)
        if told.is_too_large:
            message = f"Exceeded maximum allowed payload size ({bytes_max} bytes)."
            return refusal(413, "RequestEntityTooLarge", message)
        return ACCEPTED


def _out_of_turn(state: str, wanted: str) -> HttpResponse:
    return refusal(403, "InvalidStateTransition", f"Transition from {state} to {wanted} is not allowed.")


def _told(exchange: Exchange, *, is_error: bool) -> Told:
    request = exchange.request
    failed = Headers(request.trailers)  # an error in the middle of a stream
    if _ERROR_TYPE in failed:
        return _failure(_decoded(failed.get(_ERROR_BODY)), failed.get(_ERROR_TYPE))
    if is_error:
        return _failure(request.body, request.headers.get(_ERROR_TYPE))
    return Told(body=request.body)


def _failure(body: bytes, error_type: str) -> Told:
    return Told(body=body, error_type=error_type or str(described_error(body).get("errorType") or "Unhandled"))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


def described_error(body: bytes) -> Mapping[str, Any]:
    """Return the members of an error that a runtime describes, none of them if it is no JSON object."""
    try:
        described = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return described if isinstance(described, dict) else {}
