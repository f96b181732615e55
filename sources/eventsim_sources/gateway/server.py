"""How is a server outside asked? Only one of this simulation, or one on this machine: nothing may reach the network."""

import http.client
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from eventsim import Headers, HttpRequest, HttpResponse, World
from eventsim_sources.gateway.arrival import Pairs
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.loopback import address_of, is_loopback

_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
_ANSWER_BYTES_MAX = 10_000_000


async def ask_server(world: World, url: str, request: HttpRequest, *, timeout_ms: int) -> HttpResponse:
    """Send a request on to a server and return what it answers.

    Args:
        url: the server's; the query of the request is added to its own.

    Raises:
        Refused: it is no server of this simulation or this machine, or it does not answer.
    """
    parts = urlsplit(url)
    kept = [(name, value) for name, value in request.headers.pairs if name.lower() not in _HOP_BY_HOP]
    onward = HttpRequest(
        method=request.method,
        path=parts.path or "/",
        query="&".join(each for each in (parts.query, request.query) if each),
        headers=Headers([("Host", parts.netloc), *kept]),
        body=request.body,
    )
    door = world.front_door(onward)
    if door is not None:
        answer = door.handle(onward)
        return answer if isinstance(answer, HttpResponse) else await answer
    if not is_loopback(parts.hostname or ""):
        raise Refused(
            "INTEGRATION_FAILURE",
            why=f"{parts.netloc} is outside the simulation, and nothing may reach the network; let the integration "
            "lead to an API of the simulation or to a server on localhost",
        )
    try:
        return await world.clock.loop.run_in_executor(None, _ask, parts, onward, timeout_ms / 1000)
    except TimeoutError as error:
        raise Refused("INTEGRATION_TIMEOUT", why=f"{parts.netloc} has not answered in time") from error
    except (OSError, http.client.HTTPException) as error:
        raise Refused("INTEGRATION_FAILURE", why=f"{parts.netloc} does not answer: {error}") from error


def text_of(response: HttpResponse) -> str:
    """Return a response's body as text."""
    return bytes_of(response).decode(errors="replace")


def bytes_of(response: HttpResponse) -> bytes:
    """Return all of a response's body."""
    body = response.body
    if not isinstance(body, bytes):
        read = getattr(body, "read", None)
        body = read() if read is not None else b"".join(cast("Any", body))
    return body


def _ask(parts: SplitResult, request: HttpRequest, timeout_s: float) -> HttpResponse:
    """Ask a server on this machine; called in a thread, while the clock is held."""
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(address_of(parts.hostname or ""), parts.port, timeout=timeout_s)
    try:
        target = f"{request.path}?{request.query}" if request.query else request.path
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.pairs:
            connection.putheader(name, value)
        if request.body:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        body = response.read(_ANSWER_BYTES_MAX)
        headers: Pairs = tuple(pair for pair in response.getheaders() if pair[0].lower() not in _HOP_BY_HOP)
        return HttpResponse(status=response.status, headers=headers, body=body)
    finally:
        connection.close()
