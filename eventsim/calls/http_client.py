"""How does an HTTP request of user code reach a front door without a socket?

Every client of Python's own (http.client, urllib) and those on urllib3 (requests, botocore) open a connection by
`connect`, write a request to its socket and read a response from a file of it. Where the host is that of a front door,
or an endpoint whose URLs AWS hands out (presigned URLs, URLs of queues, links of SNS's), or an extension beside the
handler, the connection gets a socket that is a buffer: what was written is a request once somebody wants to read, and
the simulation's answer is what they read. Connections to anybody else are as they were.
"""

import functools
import http
import io
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, NamedTuple, Protocol, cast

from msgspec import Struct

from eventsim.calls.backends import find_backend
from eventsim.calls.import_watch import wrapped_when_imported
from eventsim.front_door import FrontDoor, is_of_aws, leads_to_endpoint, leads_to_front_door, make_reply
from eventsim.handler import strand
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Answer, Surroundings, current
from eventsim.wire.http import Headers, HttpRequest, HttpResponse


class Backend(Protocol):
    """The simulation as a client of HTTP sees it."""

    def front_door(self, request: HttpRequest) -> FrontDoor | None:
        """Return who answers a request, None for nobody."""

    def answer_http(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request."""

    def wait_for(self, answer: Awaitable[Any], limit_s: float | None = None) -> Any:
        """Wait in virtual time until the answer is there, on behalf of blocking code.

        Raises:
            TimeoutError: it is not there within the limit, which counts for handlers.
        """


def answered_in_process() -> AbstractContextManager[None]:
    """Let front doors be reached by whatever client of HTTP is or will be imported."""
    return wrapped_when_imported(
        {"http.client": _connection_swaps, "urllib3.connection": _connection_swaps, "ssl": _context_swaps}
    )


def _connection_swaps(module: ModuleType) -> list[Swap]:
    classes = [module.__dict__[name] for name in ("HTTPConnection", "HTTPSConnection") if name in vars(module)]
    return [Swap(each, "connect", _connect) for each in classes if "connect" in vars(each)]


def _context_swaps(ssl: ModuleType) -> list[Swap]:
    return [Swap(ssl, "_create_default_https_context", _made_once)]


def _made_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make one context for the HTTPS of all user code that brings none of its own.

    To make one is to read all certificates that the machine trusts, which takes longer than a request that needs none.
    """
    once = functools.cache(original)

    @functools.wraps(original)
    def create(*given: Any, **settings: Any) -> Any:
        return original(*given, **settings) if given or settings or current() is None else once()

    return create


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any) -> Any:
        found = answer_at(self.host, self.port)
        if found is None:
            return original(self)
        self.sock = BufferSocket(found.waited, str(self.host))
        self.sock.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
        self.is_verified = True  # urllib3 warns of whom it could not prove
        return None

    return connect


class Found(NamedTuple):
    """Who answers at a host, and how blocking code waits where that takes time."""

    answer: Answer
    wait_for: Callable[[Awaitable[Any], float | None], Any]

    def waited(self, request: HttpRequest, limit_s: float | None = None) -> HttpResponse:
        """Answer a request of blocking code.

        Raises:
            TimeoutError: the answer is not there within the limit; whoever makes it goes on.
        """
        given = self.answer(request)
        return given if isinstance(given, HttpResponse) else cast("HttpResponse", self.wait_for(given, limit_s))


def answer_at(host: str, port: int, *, is_sdk: bool = False) -> Found | None:
    """Return who answers at a host, None for nobody here.

    Args:
        is_sdk: whether calls of an SDK come this way, to any endpoint of AWS's.
    """
    here = current()
    found = _answer_here(here, host, port, is_sdk=is_sdk)
    if found is None or here is None or here.home is None:
        return found
    home = here.home
    return Found(lambda request: home.ask(_Visit(host, port, is_sdk, request)), strand.wait_for)


def _answer_here(here: Surroundings | None, host: str, port: int, *, is_sdk: bool) -> Found | None:
    extension = None if here is None else here.extension_at(host, port) or here.visited(host, port)
    if extension is not None:
        return Found(extension, strand.wait_for)
    backend = _backend_for(host, port, is_sdk=is_sdk)
    return None if backend is None else Found(backend.answer_http, backend.wait_for)


class _Visit(Struct, frozen=True):
    """A request that a forked process makes: an errand to its home."""

    host: str
    port: int
    is_sdk: bool
    request: HttpRequest

    def __call__(self) -> HttpResponse:
        """Make it there, in a strand of user code."""
        found = answer_at(self.host, self.port, is_sdk=self.is_sdk)
        assert found is not None, "the child has found it"
        reply = make_reply(found.waited(self.request))
        return HttpResponse(status=reply.status, headers=reply.headers.pairs, body=reply.body)


def _backend_for(host: str, port: int, *, is_sdk: bool) -> Backend | None:
    """Return the simulation whose front door or endpoint a host is, None if there is none."""
    backend = cast("Backend | None", find_backend())
    if backend is None or port not in (80, 443):
        return None
    with strand.outside():
        probe = HttpRequest(method="GET", path="/", headers=Headers([("Host", host)]))
        is_known = is_of_aws(host) and (is_sdk or leads_to_front_door(host, "/") or leads_to_endpoint(host))
        is_ours = is_known or backend.front_door(probe) is not None
    return backend if is_ours else None


class BufferSocket:
    """What a client of HTTP takes for a socket: it carries one request and its response, then it is closed.

    Args:
        answer: answers the request.
        host: whom the client wanted to reach, for a request that does not say so.
    """

    def __init__(self, answer: Callable[[HttpRequest, float | None], HttpResponse], host: str) -> None:
        self._answer = answer
        self._timeout_s: float | None = None
        self._host = host
        self._sent = bytearray()

    def sendall(self, data: Any) -> None:
        """Take a piece of the request."""
        self._sent += data

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """Return the response as it will come over the wire: the request is answered when it is read."""
        return io.BufferedReader(_Response(self._answered))

    def _answered(self) -> bytes:
        with strand.outside():
            request = parse_request(bytes(self._sent), self._host)
        self._sent.clear()
        return written(self._answer(request, self._timeout_s), request.method)

    def settimeout(self, timeout_s: float | None) -> None:
        """Wait for the response for so long, of virtual time."""
        self._timeout_s = timeout_s

    def setsockopt(self, *_: object) -> None:
        """There is nothing to set."""

    def shutdown(self, how: int) -> None:
        """There is nobody on the other side."""

    def close(self) -> None:
        """There is nothing to close."""


class _Response(io.RawIOBase):
    """The bytes of a response, asked for when the first of them is wanted.

    A client whose environment ends meanwhile has its file by then, and can close it.
    """

    def __init__(self, ask: Callable[[], bytes]) -> None:
        self._ask = ask
        self._content: io.BytesIO | None = None

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give the next bytes."""
        if self._content is None:
            self._content = io.BytesIO(self._ask())
        return self._content.readinto(buffer)


def parse_request(data: bytes, host: str) -> HttpRequest:
    """Return the request that a client wrote."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, *_ = first.split(" ")
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    headers = Headers(pairs)
    if "chunked" in headers.get("transfer-encoding"):
        body = _unchunked(body)
        headers = headers.with_changes({"transfer-encoding": None, "content-length": str(len(body))})
    if "host" not in headers:
        headers = headers.with_changes({"host": host})
    path, _, query = target.partition("?")
    return HttpRequest(method=method, path=path or "/", query=query, headers=headers, body=body)


def _unchunked(body: bytes) -> bytes:
    whole, rest = bytearray(), body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if not length:
            break
        whole += rest[:length]
        rest = rest[length + 2 :]
    return bytes(whole)


def written(response: HttpResponse, method: str) -> bytes:
    """Return a response as it stands on the wire; the connection is closed after it."""
    reply = make_reply(response)
    taken = ("content-length", "transfer-encoding", "connection")
    pairs = [(name, value) for name, value in reply.headers.pairs if name.lower() not in taken]
    stated = reply.headers.get("content-length") if method == "HEAD" and not reply.body else ""
    length = stated or str(len(reply.body))
    pairs += [("Content-Length", length), ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    body = b"" if method == "HEAD" else reply.body
    return f"HTTP/1.1 {reply.status} {_reason(reply.status)}\r\n{head}\r\n".encode("latin-1") + body


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
