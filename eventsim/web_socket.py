"""How does a client in process use a WebSocket? What a server sends lies here until it is asked for."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from eventsim.errors import ConfigurationError, EventsimError
from eventsim.front_door import FrontDoors, Reply, SocketDoor, SocketEnd, make_reply
from eventsim.wire.http import HttpRequest, HttpResponse

Wait = Callable[[Awaitable[Any]], Any]

_NORMAL = 1000


class SocketRefused(EventsimError):  # noqa: N818 - a fact, as the field says it
    """A WebSocket was not opened.

    Attributes:
        reply: what the server said instead.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"the server answered {reply.status}: {reply.text}")
        self.reply = reply


class SocketClosed(EventsimError):  # noqa: N818 - a fact, as the field says it
    """A WebSocket is closed.

    Attributes:
        code: why, as a number: 1000 if all is well.
        reason: why, in words.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection was closed with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class WebSocket:
    """One connection, for coroutines; it is closed at the end of an `async with`.

    Attributes:
        messages: what came and nobody has received yet.
    """

    def __init__(self) -> None:
        self.messages: deque[str | bytes] = deque()
        self._end: SocketEnd | None = None
        self._closed: tuple[int, str] | None = None
        self._news: asyncio.Future[None] | None = None

    async def send(self, message: str | bytes) -> None:
        """Send a message, and wait until the server has dealt with it.

        Raises:
            SocketClosed: it is closed.
        """
        await self._open_end().receive(message)

    async def receive(self) -> str | bytes:
        """Wait for the next message.

        Raises:
            SocketClosed: it was closed, and there is none.
        """
        while not self.messages:
            if self._closed is not None:
                raise SocketClosed(*self._closed)
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        return self.messages.popleft()

    async def close(self, code: int = _NORMAL, reason: str = "") -> None:
        """Close the connection; a second time does nothing."""
        if self._closed is None:
            end = self._open_end()
            self._closed = (code, reason)
            await end.disconnected(code, reason)

    async def __aenter__(self) -> "WebSocket":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_open(self) -> bool:
        """Whether messages still go both ways."""
        return self._closed is None

    @property
    def subprotocol(self) -> str:
        """Which of the protocols that were offered is spoken, "" for none of them."""
        return "" if self._end is None else self._end.subprotocol

    def _open_end(self) -> SocketEnd:
        if self._end is None or self._closed is not None:
            raise SocketClosed(*(self._closed or (_NORMAL, "")))
        return self._end

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


class _Ear:
    """What the server sees of a client."""

    def __init__(self, client: WebSocket) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    def send(self, message: str | bytes) -> None:
        """Hand a message to the client."""
        self._client.messages.append(message)
        self._client._tell()

    def close(self, code: int, reason: str) -> None:
        """Tell the client that the connection is over; the server hears of it as of any other end."""
        client = self._client
        end, client._closed = client._end, (code, reason)
        client._tell()
        if end is not None:
            self._task = self._loop.create_task(_end(end, code, reason))


async def _end(end: SocketEnd, code: int, reason: str) -> None:
    await end.disconnected(code, reason)


async def open_socket(doors: FrontDoors, request: HttpRequest) -> WebSocket:
    """Open a WebSocket.

    Raises:
        SocketRefused: the server does not want it.
        ConfigurationError: nobody is there to answer.
    """
    door = doors.find(request)
    if not isinstance(door, SocketDoor):
        raise ConfigurationError(f"nobody opens WebSockets at {request.headers.get('host')}{request.path}")
    client = WebSocket()
    end = await door.connect(request, _Ear(client))
    if isinstance(end, HttpResponse):
        raise SocketRefused(make_reply(end))
    client._end = end
    return client


class SyncWebSocket:
    """One connection, for plain code; it is closed at the end of a `with`.

    Args:
        wait: runs the simulation until something is there.
    """

    def __init__(self, socket: WebSocket, wait: Wait) -> None:
        self._socket = socket
        self._wait = wait

    @property
    def messages(self) -> deque[str | bytes]:
        """What came and nobody has received yet."""
        return self._socket.messages

    @property
    def is_open(self) -> bool:
        """Whether messages still go both ways."""
        return self._socket.is_open

    @property
    def subprotocol(self) -> str:
        """Which of the protocols that were offered is spoken, "" for none of them."""
        return self._socket.subprotocol

    def send(self, message: str | bytes) -> None:
        """Send a message, and wait until the server has dealt with it.

        Raises:
            SocketClosed: it is closed.
        """
        self._wait(self._socket.send(message))

    def receive(self) -> str | bytes:
        """Wait for the next message, in virtual time.

        Raises:
            SocketClosed: it was closed, and there is none.
            Stalled: none can come any more.
        """
        message: str | bytes = self._wait(self._socket.receive())
        return message

    def close(self, code: int = _NORMAL, reason: str = "") -> None:
        """Close the connection; a second time does nothing."""
        self._wait(self._socket.close(code, reason))

    def __enter__(self) -> "SyncWebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
