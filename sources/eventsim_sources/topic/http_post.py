"""How does a message reach an HTTP endpoint? One request: to an API of the same world, or over loopback.

Only a live server opens sockets, and never to another machine.
"""

import asyncio
import inspect
import ssl
from collections.abc import Awaitable, Iterable
from urllib.parse import urlsplit

from eventsim import ApiError, Headers, HttpRequest, HttpResponse
from eventsim_sources.loopback import address_of
from eventsim_sources.topic.limits import HTTP_ANSWER_S

_HEAD_BYTES_MAX = 65_536


def request_to(url: str, headers: Iterable[tuple[str, str]], body: bytes, *, method: str = "POST") -> HttpRequest:
    """Return the request that goes to an endpoint, as a front door of this world would see it."""
    parts = urlsplit(url)
    fields = [("Host", parts.netloc.rpartition("@")[2]), *headers, ("Content-Length", str(len(body)))]
    return HttpRequest(method=method, path=parts.path or "/", query=parts.query, headers=Headers(fields), body=body)


async def answered(answer: HttpResponse | Awaitable[HttpResponse]) -> None:
    """Wait for what a front door answers, and see that it takes the request.

    Raises:
        ApiError: it does not, or not in time.
    """
    try:
        async with asyncio.timeout(HTTP_ANSWER_S):
            response = await answer if inspect.isawaitable(answer) else answer
    except TimeoutError:
        raise _too_late() from None
    check_status(response.status)


async def post(url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """Send a request and see that the endpoint takes it.

    Raises:
        ApiError: it does not, it does not answer in time, or nobody is there; status 4xx if it never will.
    """
    try:
        async with asyncio.timeout(HTTP_ANSWER_S):
            status = await _status(url, headers, body)
    except TimeoutError:
        raise _too_late() from None
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ApiError("EndpointUnreachable", str(error) or type(error).__name__, status=503) from None
    check_status(status)


def _too_late() -> ApiError:
    return ApiError("EndpointTimeout", f"no answer within {HTTP_ANSWER_S:g} s", status=504)


def check_status(status: int) -> None:
    """See that an endpoint took what it was sent.

    Raises:
        ApiError: it did not; 5xx and 429 may be tried again.
    """
    if not 200 <= status < 300:
        may_recover = status >= 500 or status == 429
        raise ApiError("EndpointRefused", f"it answered {status}", status=status if may_recover else 400)


async def _status(url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> int:
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(
        address_of(parts.hostname or ""), port, ssl=_own_certificates() if is_tls else None, limit=_HEAD_BYTES_MAX
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = [("Host", parts.netloc.rpartition("@")[2]), *headers, ("Content-Length", str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        writer.write(f"POST {path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()
        line = await reader.readuntil(b"\r\n")
        return int(line.split()[1])
    except IndexError:
        raise ValueError("the answer is no HTTP") from None
    finally:
        writer.close()


def _own_certificates() -> ssl.SSLContext:
    """Return a context for this machine, whose certificates nobody vouches for."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
