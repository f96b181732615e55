"""How does a worker reach the extensions beside it? All of them at one port of the machine.

The ports that extensions have on Lambda belong to an environment each; here many environments share one machine. The
worker leads its connections to this port, and the requests say which one they mean (`Host`).
"""

import asyncio
import socket
from collections.abc import Awaitable

from eventsim.handler.surroundings import Surroundings
from eventsim.live.server import Server
from eventsim.wire.http import HttpRequest, HttpResponse, in_memory, plain


class Loopback:
    """The port of one process.

    Attributes:
        port: its number.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._server = Server(loop, self._respond, _refuse_size, lambda: surroundings.clock.epoch_ms() / 1000)
        self._begin = loop.create_task(self._server.listen([self._socket]))

    def close(self) -> None:
        """Hang up."""
        self._begin.cancel()
        self._server.close()
        self._socket.close()

    def _respond(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        extension = self._surroundings.extension_named(request.headers.get("host"))
        return plain(404, "there is no such extension") if extension is None else extension(in_memory(request))


def _refuse_size(_request: HttpRequest, size_bytes: int) -> HttpResponse:
    return plain(413, f"a body of {size_bytes:,} bytes is too long")
