"""How do clients with sockets of their own reach front doors? httpx where it sends requests, aiohttp where it connects.

aiobotocore and aioboto3 stand on aiohttp, so their calls to AWS's endpoints come this way as well.
"""

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any

from eventsim.calls.http_client import answer_at, parse_request, written
from eventsim.calls.import_watch import wrapped_when_imported
from eventsim.front_door import make_reply
from eventsim.handler.event_loop import wait_in_loop
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Answer
from eventsim.wire.http import Headers, HttpRequest, HttpResponse

_HEAD_END = b"\r\n\r\n"
_IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_WAITS = re.compile(rb"\r\nexpect:\s*100-continue", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def answered_in_process() -> AbstractContextManager[None]:
    """Let front doors be reached by httpx and aiohttp, whenever they are or will be imported."""
    return wrapped_when_imported({"httpx._transports.default": _httpx_swaps, "aiohttp.connector": _aiohttp_swaps})


async def _answered(answer: Answer, request: HttpRequest) -> HttpResponse:
    given = answer(request)
    return given if isinstance(given, HttpResponse) else await wait_in_loop(given)


# --- httpx -------------------------------------------------------------------------------------------------


def _httpx_swaps(module: ModuleType) -> list[Swap]:
    return [
        Swap(module.__dict__["HTTPTransport"], "handle_request", _handle_request),
        Swap(module.__dict__["AsyncHTTPTransport"], "handle_async_request", _handle_async_request),
    ]


def _handle_request(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def handle_request(self: Any, request: Any) -> Any:
        found = answer_at(request.url.host, _port_of(request))
        if found is None:
            return original(self, request)
        with _timeouts_told(request):
            return _for_httpx(found.waited(_of_httpx(request, request.read()), _read_timeout_s(request)))

    return handle_request


def _handle_async_request(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def handle_async_request(self: Any, request: Any) -> Any:
        found = answer_at(request.url.host, _port_of(request))
        if found is None:
            return await original(self, request)
        asked = _of_httpx(request, await request.aread())
        with _timeouts_told(request):
            async with asyncio.timeout(_read_timeout_s(request)):
                return _for_httpx(await _answered(found.answer, asked))

    return handle_async_request


def _read_timeout_s(request: Any) -> float | None:
    timeout_s: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout_s


@contextmanager
def _timeouts_told(request: Any) -> Iterator[None]:
    """Tell httpx in its own words that an answer has not come in time."""
    try:
        yield
    except TimeoutError:
        import httpx

        raise httpx.ReadTimeout("The read operation timed out", request=request) from None


def _port_of(request: Any) -> int:
    return int(request.url.port or _PORTS.get(request.url.scheme, 0))


def _of_httpx(request: Any, body: bytes) -> HttpRequest:
    path, _, query = request.url.raw_path.decode("latin-1").partition("?")
    headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw])
    return HttpRequest(method=request.method, path=path, query=query, headers=headers, body=body)


def _for_httpx(response: HttpResponse) -> Any:
    import httpx

    reply = make_reply(response)
    return httpx.Response(reply.status, headers=list(reply.headers.pairs), content=reply.body)


# --- aiohttp -----------------------------------------------------------------------------------------------


def _aiohttp_swaps(module: ModuleType) -> list[Swap]:
    return [Swap(module.__dict__["TCPConnector"], "_create_connection", _create_connection)]


def _create_connection(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def create_connection(self: Any, request: Any, *others: Any) -> Any:
        host = str(request.url.host)
        found = answer_at(host, int(request.url.port or 0), is_sdk=True)
        if found is None:
            return await original(self, request, *others)
        protocol = self._factory()
        protocol.connection_made(_BufferTransport(protocol, self._loop, found.answer, host))
        return protocol

    return create_connection


class _BufferTransport:
    """What a protocol of asyncio's takes for its connection: it carries requests, one after the other.

    Args:
        protocol: gets the answers.
        answer: answers a request.
        host: whom the client wanted to reach, for a request that does not say so.
    """

    def __init__(self, protocol: Any, loop: Any, answer: Answer, host: str) -> None:
        self._protocol = protocol
        self._loop = loop
        self._answer = answer
        self._host = host
        self._sent = bytearray()
        self._is_told_to_go_on = False
        self._is_closing = False
        self._task: Any = None

    def write(self, data: Any) -> None:
        """Take a piece of a request; answer it once it is whole."""
        self._sent += data
        head, separator, body = bytes(self._sent).partition(_HEAD_END)
        if not separator:
            return
        if not _is_whole(head, body):
            self._tell_to_go_on(head)
            return
        request = parse_request(bytes(self._sent), self._host)
        self._sent.clear()
        self._is_told_to_go_on = False
        self._task = self._loop.create_task(self._reply(request))

    def writelines(self, pieces: Any) -> None:
        """Take several pieces."""
        self.write(b"".join(pieces))

    def _tell_to_go_on(self, head: bytes) -> None:
        if not self._is_told_to_go_on and _WAITS.search(head):
            self._is_told_to_go_on = True
            self._loop.call_soon(self._protocol.data_received, b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _reply(self, request: HttpRequest) -> None:
        try:
            response = await _answered(self._answer, request)
        except Exception as error:  # noqa: BLE001 - whoever asked is told of it
            self._end(error)
            return
        if not self._is_closing:
            self._protocol.data_received(written(response, request.method))

    def _end(self, error: Exception | None) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._protocol.connection_lost, error)

    def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
        self._end(None)

    abort = close

    def is_closing(self) -> bool:
        """Tell whether nothing comes any more."""
        return self._is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - asyncio's signature
        """There is no socket to tell of."""
        return default

    def get_write_buffer_size(self) -> int:
        """Nothing waits to be sent."""
        return 0

    def pause_reading(self) -> None:
        """What has come has come."""

    def resume_reading(self) -> None:
        """What has come has come."""


def _is_whole(head: bytes, body: bytes) -> bool:
    """Tell whether the body is there that the head of a request promises."""
    if _IN_CHUNKS.search(head):
        return body.endswith(b"0" + _HEAD_END)
    length = _LENGTH.search(head)
    return length is None or len(body) >= int(length[1])
