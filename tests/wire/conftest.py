"""How is a request read? As a server would."""

from eventsim.wire.answer import decode
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"


def send(method: str, url: str, body: bytes = b"", **headers: str) -> Call | HttpResponse:
    """Read a request."""
    path, _, query = url.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = HttpRequest(method=method, path=path, query=query, headers=Headers(named), body=body)
    return decode(request, request_id=ID, home=Home())


def call(method: str, url: str, body: bytes = b"", **headers: str) -> Call:
    """Read a request that is understood."""
    found = send(method, url, body, **headers)
    assert isinstance(found, Call), found
    return found
