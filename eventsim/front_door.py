"""How do HTTP requests come in? The door for what answers them, and what a client in process sends and gets."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote, urlsplit

from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.spelling import did_you_mean
from eventsim.wire.http import Headers, HttpRequest, HttpResponse, whole

_SHORT_URL_PATH = "/_url/"
"""Below this path, a function URL is named by its identifier instead of by the host."""
_SHORT_PATHS = re.compile(
    r"/_api/|/_url/|/_code/|/_answer/|/_aws/execute-api/|/restapis/[a-z0-9]+/[^/]+/_user_request_(?:/|$)"
)
"""Below `/_api/`, an API by its id and stage. The last two are what people are used to from other emulators."""
_FRONT_HOST = re.compile(r"\.(?:execute-api|lambda-url|elb)(?:\.|$)|\.elb\.")
_ENDPOINT = re.compile(r"(?:^|\.)(?:s3|sqs|sns)(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?(?::\d+)?$")
"""Endpoints whose URLs AWS itself hands out: presigned ones, those of queues, and the links in notifications."""
_OF_AWS = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$")
"""Where front doors have their addresses, unless somebody has given an API a domain of its own."""
_SAFE_IN_PATHS = "/%:@!$&'()*+,;=~-._"
_SAFE_IN_QUERIES = "%:@!$&'()*+,;=~-._/?[]"

_JSON = ("Content-Type", "application/json")
_URL_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class FrontDoor(Protocol):
    """Answers HTTP requests at addresses of its own: found through the entry-point group `eventsim.front_doors`."""

    def addresses(self) -> Mapping[str, str]:
        """Return the URLs that are answered, by name, in order of creation: those of APIs, without their paths."""

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether this is where the request belongs, judging by its host or the start of its path."""

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request; whatever goes wrong behind the door is an answer, too."""


class PatientDoor:
    """A front door for clients that do not read an answer as it comes: they get it with its whole body."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door

    def addresses(self) -> Mapping[str, str]:
        """Return the URLs that are answered, by name."""
        return self._door.addresses()

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether this is where the request belongs."""
        return self._door.answers(request)

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request."""
        return whole(self._door.handle(request))


class Socket(Protocol):
    """The client's end of a WebSocket, as a front door sees it."""

    def send(self, message: str | bytes) -> None:
        """Hand a message to the client."""

    def close(self, code: int, reason: str) -> None:
        """Tell the client that the connection is over."""


class SocketEnd(Protocol):
    """The gateway's end of a WebSocket, as a client sees it."""

    @property
    def subprotocol(self) -> str:
        """Which of the protocols that the client offers is spoken over it, "" for none of them."""

    def receive(self, message: str | bytes) -> Awaitable[None]:
        """Take a message from the client."""

    def disconnected(self, code: int, reason: str) -> Awaitable[None]:
        """Take note that the client is gone."""


@runtime_checkable
class SocketDoor(Protocol):
    """A front door at which WebSockets are opened, too."""

    def connect(self, request: HttpRequest, socket: Socket) -> Awaitable[SocketEnd | HttpResponse]:
        """Open a connection, or return the response that refuses it."""


class Reply(Struct, frozen=True, kw_only=True, gc=False):
    """What a client in process gets.

    Attributes:
        headers: names compare without case.
    """

    status: int
    headers: Headers
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """Return the body's JSON as data.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.body)


class FrontDoors:
    """All front doors of one simulation; they are made when the first request comes.

    Args:
        makers: make the doors.
    """

    def __init__(self, makers: Callable[[], Iterable[FrontDoor]]) -> None:
        self._make = makers
        self._doors: tuple[FrontDoor, ...] | None = None
        self._first: list[FrontDoor] = []

    def put_first(self, door: FrontDoor) -> None:
        """Let a door be asked before all others, also before those that were put first earlier."""
        self._first.insert(0, door)

    def find(self, request: HttpRequest) -> FrontDoor | None:
        """Return whose request this is, None if it is nobody's."""
        return next((door for door in (*self._first, *self._all()) if door.answers(request)), None)

    def addresses(self) -> dict[str, str]:
        """Return the URLs that are answered, by name."""
        return {name: url for door in self._all() for name, url in door.addresses().items()}

    def url(self, api: str) -> str:
        """Return the URL of an API by its name or id; of the only one, if no name is given.

        Raises:
            ConfigurationError: there is none of this name, or several to choose from.
        """
        urls = self.addresses()
        if api:
            ids = {url.split("//", 1)[1].partition(".")[0]: url for url in urls.values()}
            found = urls.get(api) or ids.get(api)
            if found is None:
                raise ConfigurationError(f"there is no API {api!r}{did_you_mean(api, urls)}", key="api")
            return found
        if len(urls) != 1:
            message = f"there are several APIs: {', '.join(urls)}; say which" if urls else "there is no API to ask"
            raise ConfigurationError(message, key="api")
        return next(iter(urls.values()))

    def _all(self) -> tuple[FrontDoor, ...]:
        if self._doors is None:
            self._doors = tuple(self._make())
        return self._doors


def leads_to_front_door(host: str, path: str) -> bool:
    """Tell by host and path whether a request can be meant for a front door, before anybody is asked."""
    return _SHORT_PATHS.match(path) is not None or _is_front_host(host)


@lru_cache(maxsize=100)
def _is_front_host(host: str) -> bool:
    """Tell the same by the host alone; a client comes to the same one again and again."""
    return _FRONT_HOST.search(host.lower()) is not None


def is_of_aws(host: str) -> bool:
    """Tell whether a host, without its port, is one of AWS's own."""
    return _OF_AWS.search(host) is not None


def leads_to_endpoint(host: str) -> bool:
    """Tell whether a host is an endpoint to which plain clients of HTTP come with a URL: S3's, SQS's or SNS's."""
    return _ENDPOINT.search(host.lower()) is not None


def refuse(request: HttpRequest) -> HttpResponse:
    """Return what comes of a request to an address of AWS's that leads nowhere: 403 (recorded for function URLs)."""
    if ".lambda-url." not in request.headers.get("host") and not request.path.startswith(_SHORT_URL_PATH):
        return HttpResponse(status=403, headers=(_JSON, _error_type("Forbidden")), body=b'{"message":"Forbidden"}')
    body = json.dumps({"Message": _URL_FORBIDDEN}).encode()
    return HttpResponse(status=403, headers=(_JSON, _error_type("AccessDenied")), body=body)


def _error_type(name: str) -> tuple[str, str]:
    return ("x-amzn-ErrorType", f"{name}Exception")


def make_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    query: Mapping[str, str] | None = None,
    body: str | bytes | None = None,
    data: object = None,
) -> HttpRequest:
    """Return a request as a client in process sends it.

    Args:
        url: with scheme and host.
        query: further parameters of the query, not encoded yet.
        data: what becomes the body as JSON.

    Raises:
        ConfigurationError: the body is neither text nor bytes.
    """
    if not isinstance(body, str | bytes | None):
        raise ConfigurationError(
            f"the body of a request is text or bytes, not a {type(body).__name__}; `json=` takes data", key="body"
        )
    parts = urlsplit(url)
    given = list(headers.items() if isinstance(headers, Mapping) else headers or ())
    names = {name.lower() for name, _ in given}
    content = body.encode() if isinstance(body, str) else body or b""
    if data is not None:
        content = json.dumps(data).encode()
        if "content-type" not in names:
            given.append(("Content-Type", "application/json"))
    if "host" not in names:
        given.insert(0, ("Host", parts.netloc))
    if content and "content-length" not in names:
        given.append(("Content-Length", str(len(content))))
    more = "&".join(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in (query or {}).items())
    asked = quote(parts.query, safe=_SAFE_IN_QUERIES)
    return HttpRequest(
        method=method.upper(),
        path=quote(parts.path, safe=_SAFE_IN_PATHS) or "/",
        query=f"{asked}&{more}" if asked and more else asked or more,
        headers=Headers(given),
        body=content,
    )


def make_reply(response: HttpResponse) -> Reply:
    """Return a response with all of its body."""
    body = response.body
    if not isinstance(body, bytes):
        read = getattr(body, "read", None)
        body = read() if read is not None else b"".join(body)  # type: ignore[arg-type]  # a file, or pieces
    return Reply(status=response.status, headers=Headers(response.headers), body=body)
