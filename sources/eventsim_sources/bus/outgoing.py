"""Who answers a request that leaves the world? An API of this world, a stub of the host, or this machine; else nobody.

A live server calls endpoints on its own machine and no others. In virtual time nobody is asked out there, and all is
well: the request counts as answered by an empty 200.
"""

import asyncio
import inspect
from collections.abc import Mapping

from msgspec import Struct

from eventsim import ApiError, Headers, HttpResponse, World
from eventsim_sources.bus import http_call
from eventsim_sources.bus.limits import HTTP_TIMEOUT_S
from eventsim_sources.topic.http_post import request_to


class OutgoingRequest(Struct, frozen=True, kw_only=True):
    """A request to an API destination or another endpoint, or for a token.

    Attributes:
        at_us: when, in microseconds since the run began.
        packed: the body as it is sent, if that is packed; None if it is sent as it is.
        timeout_s: how long the answer may take.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    at_us: int
    packed: bytes | None = None
    timeout_s: float = HTTP_TIMEOUT_S

    @property
    def content(self) -> bytes:
        """What is sent."""
        return self.body.encode() if self.packed is None else self.packed


class Answered(Struct, frozen=True, kw_only=True, gc=False):
    """What came of a request.

    Attributes:
        headers: what the answer tells besides.
        retry_after: the header `Retry-After`.
        is_imagined: whether nobody was asked.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    retry_after: str = ""
    is_imagined: bool = False


async def send_out(world: World, request: OutgoingRequest) -> Answered:
    """Send a request and return what is answered.

    Raises:
        ApiError: nobody answers, or not in time.
    """
    answered = await ask_door(world, request)
    if answered is not None:
        return answered
    return await _called(request) if world.is_live else Answered(status=200, is_imagined=True)


async def ask_door(world: World, request: OutgoingRequest) -> Answered | None:
    """Send a request to who is at its address in this world, and return what is answered; None if nobody is there.

    Raises:
        ApiError: there is no answer in time.
    """
    seen = request_to(request.url, request.headers.items(), request.content, method=request.method)
    door = world.front_door(seen)
    if door is None:
        return None
    answer = door.handle(seen)
    try:
        async with asyncio.timeout(request.timeout_s):
            return _answered(await answer if inspect.isawaitable(answer) else answer)
    except TimeoutError:
        raise ApiError("TIMEOUT", f"no answer within {request.timeout_s:g} s", status=504) from None


def _answered(response: HttpResponse) -> Answered:
    body = response.body
    retry_after = Headers(response.headers).get("retry-after")
    content = body if isinstance(body, bytes) else b""
    headers = tuple((name, value) for name, value in response.headers)
    return Answered(status=response.status, body=content, headers=headers, retry_after=retry_after)


async def _called(request: OutgoingRequest) -> Answered:
    if not http_call.is_loopback(request.url):
        message = "eventsim calls endpoints on this machine only; the request is kept in the outbox"
        raise ApiError("CONNECTION_FAILURE", message, status=400)
    given = (request.method, request.url, request.headers, request.content, request.timeout_s)
    return _answered(await asyncio.to_thread(http_call.call, *given))
