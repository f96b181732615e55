"""How do test clients that know ASGI reach a simulation? As an application whose answers are its front doors'.

    client = starlette.testclient.TestClient(asgi_app(simulation, api="shop"))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(asgi_app(simulation)), base_url="https://ID.execute-api.…")

Requests to an address of a front door go there; all others are paths of one API. WebSockets are for
`simulation.websocket`: such an application refuses them.
"""

import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from eventsim.front_door import Reply
from eventsim.simulation import Simulation, SyncSimulation
from eventsim.wire.http import Headers, HttpRequest

_SAFE = "/%:@!$&'()*+,;=~-._"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def asgi_app(simulation: Simulation | SyncSimulation, *, api: str = "") -> AsgiApp:
    """Return an ASGI application (version 3) whose answers a simulation gives; waiting takes virtual time.

    Args:
        simulation: one for coroutines is asked on its own loop; the other on any, which stands still meanwhile.
        api: the API, by name or id, to which paths belong when the host is no front door's; the only one if not given.

    Raises:
        ConfigurationError: when asked: nobody in the simulation has this address.
    """

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                reply = await _answer(simulation, api, scope, await _body(receive))
                headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.pairs]
                await send({"type": "http.response.start", "status": reply.status, "headers": headers})
                await send({"type": "http.response.body", "body": reply.body})
            case "lifespan":
                await _live(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1011, "reason": "use simulation.websocket"})
            case other:
                raise NotImplementedError(f"ASGI of the type {other!r}")

    return app


async def _answer(simulation: Simulation | SyncSimulation, api: str, scope: Message, body: bytes) -> Reply:
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"], safe=_SAFE)
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    target = f"{path}?{query}" if query else path
    request = HttpRequest(method=scope["method"], path=path, query=query, headers=Headers(pairs), body=body)
    if simulation.front_door(request) is None:
        pairs = [pair for pair in pairs if pair[0].lower() != "host"]
        asked = simulation.http(scope["method"], target, api=api, headers=pairs, body=body)
    else:
        host = request.headers.get("host")
        asked = simulation.http(scope["method"], f"https://{host}{target}", headers=pairs, body=body)
    return await asked if inspect.isawaitable(asked) else asked


async def _body(receive: Receive) -> bytes:
    pieces = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(pieces)
        pieces += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(pieces)


async def _live(receive: Receive, send: Send) -> None:
    """Begin and end with the server; the simulation has a life of its own."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
