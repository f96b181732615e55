"""What is said over a WebSocket? Frames between a socket of the server and a front door; wsproto knows the protocol.

It is loaded by the first client that asks for a WebSocket, and comes with the extra `eventsim[live]`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from eventsim.front_door import SocketEnd
from eventsim.wire.http import HttpRequest, HttpResponse

MESSAGE_BYTES_MAX = 1 << 20
"""A message that is longer than this is not even put together; front doors have lower limits."""

_GOING_AWAY, _BROKEN, _GONE, _TOO_BIG = 1001, 1002, 1006, 1009

Open = Callable[["Dialogue"], Awaitable[SocketEnd | HttpResponse]]
Run = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


def wants_socket(request: HttpRequest) -> bool:
    """Tell whether a request asks for a WebSocket."""
    headers = request.headers
    return headers.get("upgrade").lower() == "websocket" and "upgrade" in headers.get("connection").lower()


class Dialogue:
    """One WebSocket at the server; it is the client's end, as a front door sees it.

    Args:
        opens: asks the front door.
        run: carries out what the front door does, in the time of its world.
    """

    def __init__(self, request: HttpRequest, opens: Open, run: Run) -> None:
        self._request = request
        self._opens = opens
        self._run = run
        self._end: SocketEnd | None = None
        self._wire: Any = None
        self._write: Callable[[bytes], object] = lambda _: None
        self._hang_up: Callable[[], object] = lambda: None
        self._parts: list[str | bytes] = []
        self._size = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: list[tuple[str | bytes, None] | tuple[None, tuple[int, str]]] = []
        """What the front door said before the handshake was over."""

    async def begin(self, write: Callable[[bytes], object], hang_up: Callable[[], object]) -> HttpResponse | None:
        """Open it; return the response that refuses it, if it is refused."""
        try:
            import wsproto
            from wsproto.events import AcceptConnection
        except ImportError:
            body = b"WebSockets are spoken by wsproto: pip install 'eventsim[live]'\n"
            return HttpResponse(status=501, headers=(("Content-Type", "text/plain"),), body=body)
        self._write, self._hang_up = write, hang_up
        wire = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        request = self._request
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.pairs]
        try:
            wire.initiate_upgrade_connection(headers, f"{request.path}?{request.query}".encode("latin-1"))
        except wsproto.utilities.RemoteProtocolError as error:
            return HttpResponse(status=400, headers=(("Content-Type", "text/plain"),), body=f"{error}\n".encode())
        opened = await self._opens(self)
        if isinstance(opened, HttpResponse):
            return opened
        self._end, self._wire = opened, wire
        offered = [each.strip() for each in request.headers.get("sec-websocket-protocol").split(",")]
        chosen = opened.subprotocol if opened.subprotocol in offered else ""
        write(wire.send(AcceptConnection(subprotocol=chosen or None)))
        for message, farewell in self._waiting:
            if message is not None:
                self.send(message)
            elif farewell is not None:
                self.close(*farewell)
        return None

    def send(self, message: str | bytes) -> None:
        """Hand a message to the client."""
        if self._wire is None:
            self._waiting.append((message, None))
            return
        from wsproto.events import BytesMessage, TextMessage
        from wsproto.utilities import LocalProtocolError

        made = TextMessage(data=message) if isinstance(message, str) else BytesMessage(data=message)
        try:
            self._write(self._wire.send(made))
        except LocalProtocolError:  # the client has said goodbye already
            return

    def close(self, code: int, reason: str) -> None:
        """Tell the client that the connection is over."""
        if self._wire is None:
            self._waiting.append((None, (code, reason)))
            return
        from wsproto.events import CloseConnection
        from wsproto.utilities import LocalProtocolError

        try:
            self._write(self._wire.send(CloseConnection(code=code, reason=reason)))
        except LocalProtocolError:
            return
        self._leave(code, reason)

    def feed(self, data: bytes) -> None:
        """Take bytes from the client."""
        from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
        from wsproto.utilities import RemoteProtocolError

        try:
            self._wire.receive_data(data)
            for event in self._wire.events():
                if isinstance(event, Ping):
                    self._write(self._wire.send(event.response()))
                elif isinstance(event, CloseConnection):
                    self._write(self._wire.send(event.response()))
                    self._leave(int(event.code), event.reason or "")
                elif isinstance(event, TextMessage | BytesMessage):
                    self._take(
                        event.data if isinstance(event.data, str) else bytes(event.data),
                        is_whole=event.message_finished,
                    )
        except RemoteProtocolError as error:
            self.close(_BROKEN, str(error)[:100])

    def leave(self) -> None:
        """The server ends."""
        self.close(_GOING_AWAY, "the server ends")

    def lost(self) -> None:
        """The client is gone without a word."""
        self._leave(_GONE, "")

    def _take(self, data: str | bytes, *, is_whole: bool) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > MESSAGE_BYTES_MAX:
            self.close(_TOO_BIG, "Message too long")
            return
        if not is_whole:
            return
        parts, self._parts, self._size = self._parts, [], 0
        message = "".join(map(str, parts)) if isinstance(parts[0], str) else b"".join(map(_as_bytes, parts))
        end = self._end
        if end is not None:
            self._begin(lambda: end.receive(message))

    def _leave(self, code: int, reason: str) -> None:
        end, self._end = self._end, None
        if end is not None:
            self._begin(lambda: end.disconnected(code, reason))
            self._hang_up()

    def _begin(self, step: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(self._run(step))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _as_bytes(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part
