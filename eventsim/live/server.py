"""How do requests come in and answers go out? HTTP/1.1 and HTTP/2 on one port; the only file that writes to clients.

A connection of HTTP/1.1 carries one request at a time. While one is answered, what comes behind it waits, and the
socket is not read beyond a bound; that somebody hangs up is still noticed, and whatever was done for them is cancelled.
One that begins as HTTP/2 does belongs to a multiplexer from there on.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

from msgspec import Struct

from eventsim.live.answer import (
    Answer,
    Follow,
    RefuseSize,
    Respond,
    Stream,
    bears_body,
    is_endless,
    pieces_of,
    request_of,
)
from eventsim.live.dialogue import Dialogue
from eventsim.live.http1 import HEAD_BYTES_MAX, End, Head, Malformed, Preface, RequestParser
from eventsim.live.multiplexer import Multiplexer
from eventsim.live.upload import TooLarge, Upload, bytes_max
from eventsim.spool import Spool
from eventsim.wire.http import HttpResponse, Pairs

PIPELINED_BYTES_MAX = 1 << 18
"""How much is read ahead while a request is answered."""

_log = logging.getLogger(__name__)


class Patience(Struct, frozen=True, kw_only=True):
    """How long clients may take, in seconds: slow ones must not hold connections.

    Attributes:
        keep_alive_s: between requests; longer than the pools of common clients keep a connection.
        head_s: for the first request's headers.
        pause_s: without a byte of a request that has begun.
        unread_s: until they read what is written.
        linger_s: to go on sending after they were refused; nothing of it is kept.
        sweep_s: how often somebody looks.
    """

    keep_alive_s: float = 75.0
    head_s: float = 20.0
    pause_s: float = 30.0
    unread_s: float = 60.0
    linger_s: float = 2.0
    sweep_s: float = 1.0


class Server:
    """Listens on one port.

    Args:
        respond: answers a request, at once or later; it does not raise.
        refuse_size: answers one whose body has too many bytes; the body is not there.
        date: tells the seconds since 1970 for the header `Date`.
        follow: says who sees a body while it comes; whoever responds gets it whole.

    Attributes:
        looked_at_s: when somebody last looked for slow clients.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        respond: Respond,
        refuse_size: RefuseSize,
        date: Callable[[], float],
        patience: Patience = Patience(),  # noqa: B008 - frozen
        follow: Follow = lambda _request: None,
        head_bytes_max: int = HEAD_BYTES_MAX,
    ) -> None:
        self.patience = patience
        self.head_bytes_max = head_bytes_max
        self.loop = loop
        self.respond = respond
        self.refuse_size = refuse_size
        self.follow = follow
        self._date = date
        self._date_s = -1
        self._date_text = ""
        self._listeners: list[asyncio.Server] = []
        self.connections: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self.is_stopping = False
        self.looked_at_s = loop.time()

    async def listen(self, sockets: list[socket.socket]) -> None:
        """Accept connections from now on."""
        for each in sockets:
            self._listeners.append(await self.loop.create_server(lambda: Connection(self), sock=each))
        self._sweep()

    async def stop(self, grace_s: float) -> None:
        """Accept nothing more, let what is under way end within a grace time, then cut it off."""
        self.is_stopping = True
        for listener in self._listeners:
            listener.close()
        for connection in list(self.connections):
            connection.close_if_idle()
        deadline_s = self.loop.time() + grace_s
        while self.connections and self.loop.time() < deadline_s:
            waiting = [connection.gone for connection in self.connections]
            await asyncio.wait(waiting, timeout=deadline_s - self.loop.time(), return_when=asyncio.ALL_COMPLETED)
        self.close()

    def close(self) -> None:
        """Accept nothing more and cut off every client, now."""
        for listener in self._listeners:
            listener.close()
        self.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def abort(self) -> None:
        """Cut off every client."""
        for connection in list(self.connections):
            connection.abort()

    def date(self) -> str:
        """Return the date that every answer bears."""
        now_s = int(self._date())
        if now_s != self._date_s:
            self._date_s = now_s
            self._date_text = formatdate(now_s, usegmt=True)
        return self._date_text

    def _sweep(self) -> None:
        """Cut off who is too slow; one timer for all costs less than one each."""
        now_s = self.looked_at_s = self.loop.time()
        for connection in list(self.connections):
            if connection.deadline_s is not None and now_s >= connection.deadline_s:
                connection.expire()
        self._sweeper = self.loop.call_later(self.patience.sweep_s, self._sweep)


class Connection(asyncio.Protocol):
    """One client.

    Attributes:
        deadline_s: when it is cut off, None while it waits for us.
        gone: done once it is closed.
    """

    _transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = server.loop
        self._patience = server.patience
        self._parser = RequestParser(server.head_bytes_max)
        self._head: Head | None = None
        self._upload = Upload()
        self._follower: Callable[[bytes], object] | None = None
        self._is_reading = True
        self._is_closing = False
        self._work: asyncio.Task[None] | None = None
        self._is_endless = False
        self._dialogue: Dialogue | Multiplexer | None = None
        self._room: asyncio.Event | None = None
        """Set once the client has read what is written; None while there is room for more."""
        self.deadline_s: float | None = None
        self.gone: asyncio.Future[None] = self._loop.create_future()

    # --- what the transport tells ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)
        self._wait(self._patience.head_s)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._server.connections.discard(self)
        self._is_closing = True
        self._upload.discard()
        self._make_room()
        if self._work is not None:
            self._work.cancel()
        if self._dialogue is not None:
            self._dialogue.lost()
        if not self.gone.done():
            self.gone.set_result(None)

    def eof_received(self) -> bool:
        """Take the end of what a client sends for its leaving: nobody else hangs up before an answer."""
        return False

    def pause_writing(self) -> None:
        self._room = asyncio.Event()
        self._wait(self._patience.unread_s)

    def resume_writing(self) -> None:
        self._make_room()
        if not self._is_closing:
            self.deadline_s = None
            self._read()
            if isinstance(self._dialogue, Multiplexer):
                self._dialogue.tell()

    def _make_room(self) -> None:
        if self._room is not None:
            self._room.set()
            self._room = None

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        if self._dialogue is not None:
            self._dialogue.feed(data)
            if self._room is not None and isinstance(self._dialogue, Multiplexer):
                self._read_no_further()
            return
        self._parser.feed(data)
        if self._work is None and self._room is None:
            self._read()
        elif self._parser.held_bytes > PIPELINED_BYTES_MAX:
            self._read_no_further()

    def _read_no_further(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._transport.pause_reading()

    # --- reading ---------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read on until bytes are wanting, or a request is to be answered first."""
        try:
            while self._work is None and not self._is_closing and self._room is None:
                match self._parser.next_event():
                    case bytes() as piece:
                        self._upload.add(piece)
                        if self._follower is not None:
                            self._follower(piece)
                    case Head() as head:
                        self._begin(head)
                    case End(trailers=trailers):
                        self._ask(self._upload.take(), trailers)
                    case Preface():
                        self._talk(Multiplexer(self._server, self))
                        break
                    case None:
                        if self._head is not None:
                            self._wait(self._patience.pause_s)
                        break
        except Malformed as error:
            self._refuse(error.status, str(error))
        except TooLarge as error:
            self._refuse_size(error.size_bytes)
        if not self._is_reading and self._work is None and not self._is_closing:
            self._is_reading = True
            self._transport.resume_reading()

    def _begin(self, head: Head) -> None:
        self._head = head
        body = self._parser.take_body()
        if body is not None:
            self._ask(body)
            return
        limit_bytes = bytes_max(head.method)
        if head.body_bytes is not None and head.body_bytes > limit_bytes:
            raise TooLarge(head.body_bytes)
        self._upload = Upload(limit_bytes)
        self._follower = self._server.follow(request_of(head, b"")) if head.body_bytes is None else None
        if head.expects_continue:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _ask(self, body: bytes | Spool, trailers: Pairs = ()) -> None:
        head = self._head
        assert head is not None, "a body has a head"
        request = request_of(head, body, trailers)
        self.deadline_s = None
        answer = self._server.respond(request)
        if isinstance(answer, HttpResponse) and isinstance(answer.body, bytes):
            self._write_at_once(head, answer, answer.body)
        else:
            self._work = self._loop.create_task(self._answer(head, answer))

    def _refuse(self, status: int, message: str) -> None:
        """Answer what is no request, and close: what follows cannot be understood."""
        headers = (("Content-Type", "text/plain; charset=utf-8"),)
        self._part_with(HttpResponse(status=status, headers=headers), f"{message}\n".encode())

    def _refuse_size(self, size_bytes: int) -> None:
        """Answer a request whose body is too long, of which the rest still comes."""
        assert self._head is not None, "a body has a head"
        answer = self._server.refuse_size(request_of(self._head, b""), size_bytes)
        self._part_with(answer, cast("bytes", answer.body))

    def _part_with(self, answer: HttpResponse, body: bytes) -> None:
        """Write a last answer, and close."""
        headers = (*answer.headers, ("Connection", "close"))
        self._transport.write(self._head_bytes(answer.status, headers, len(body)) + body)
        self._is_closing = True
        self._wait(self._patience.linger_s)  # closing a socket with unread bytes would take the answer back
        self._transport.write_eof()

    # --- answering -------------------------------------------------------------------------------------

    def _write_at_once(self, head: Head, answer: HttpResponse, body: bytes) -> None:
        keeps_alive = head.keeps_alive and not self._server.is_stopping
        headers = answer.headers if keeps_alive else (*answer.headers, ("Connection", "close"))
        has_body = bears_body(head.method, answer.status)
        size = len(body) if has_body or head.method == "HEAD" else None
        content = self._head_bytes(answer.status, headers, size)
        self._transport.write(content + body if has_body else content)
        self._end(keeps_alive=keeps_alive)

    async def _answer(self, head: Head, answer: Answer | Awaitable[Answer]) -> None:
        try:
            given = answer if isinstance(answer, HttpResponse | Stream | Dialogue) else await answer
            if isinstance(given, Dialogue):
                refusal = await given.begin(self._transport.write, self._close)
                if refusal is None:
                    self._talk(given)
                    return
                given = refusal
            self._is_endless = is_endless(given)
            if isinstance(given, HttpResponse) and isinstance(given.body, bytes):
                self._write_at_once(head, given, given.body)
            else:
                await self._write_pieces(head, given)
        except asyncio.CancelledError:
            self._close()
            raise
        except ConnectionError:
            self.abort()  # the body has broken off, and the client shall see that it is not whole
        except Exception:  # noqa: BLE001 - whatever broke, other clients must not notice
            _log.exception("an answer broke off")
            self.abort()
        finally:
            self._work = None
        if self._dialogue is None and (self._parser.held_bytes or not self._is_reading):
            self._loop.call_soon(self._read)  # what has come meanwhile

    def _talk(self, dialogue: Dialogue | Multiplexer) -> None:
        """Leave the connection to a WebSocket or to HTTP/2 from now on."""
        self._dialogue = dialogue
        if isinstance(dialogue, Dialogue):
            self.deadline_s = None
        rest = self._parser.rest()
        if rest:
            dialogue.feed(rest)

    async def _write_pieces(self, head: Head, answer: HttpResponse | Stream) -> None:
        """Write a body piece by piece, as fast as the client reads; in chunks unless its length is known."""
        headers, has_body = answer.headers, bears_body(head.method, answer.status)
        is_sized = any(name.lower() == "content-length" for name, _ in headers)
        in_chunks = has_body and not is_sized and head.speaks_chunks
        keeps_alive = head.keeps_alive and not self._server.is_stopping and (is_sized or in_chunks or not has_body)
        if in_chunks:
            headers = (*headers, ("Transfer-Encoding", "chunked"))
        if not keeps_alive:
            headers = (*headers, ("Connection", "close"))
        self._transport.write(self._head_bytes(answer.status, headers, None))
        async with contextlib.aclosing(pieces_of(answer)) as pieces:
            async for piece in pieces:
                if self._transport.is_closing():
                    return  # nobody is there any more
                if piece and has_body:
                    self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if in_chunks else piece)
                    if self._room is not None:
                        await self._room.wait()
        if in_chunks:
            self._transport.write(b"0\r\n\r\n")
        self._end(keeps_alive=keeps_alive)

    def _head_bytes(self, status: int, headers: tuple[tuple[str, str], ...], size: int | None) -> bytes:
        text = f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}\r\n"
        for name, value in headers:
            text += f"{name}: {value}\r\n"
        if size is not None and "\r\ncontent-length:" not in text.lower():
            text += f"Content-Length: {size}\r\n"
        return f"{text}Date: {self._server.date()}\r\n\r\n".encode("latin-1", "replace")

    def _end(self, *, keeps_alive: bool) -> None:
        self._head = None
        if keeps_alive:
            self._wait(self._patience.keep_alive_s)
        else:
            self._close()

    # --- what a multiplexer wants ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Return once there is room for more."""
        if self._room is not None:
            await self._room.wait()

    def hang_up(self) -> None:
        """Close, once everything is sent."""
        self._close()

    def expect(self, *, is_answering: bool, is_reading: bool) -> None:
        """Be as patient as what is waited for wants: an answer, the rest of a request, or the next one."""
        if self._is_closing or self._room is not None:
            return
        if is_answering:
            self.deadline_s = None
        else:
            self._wait(self._patience.pause_s if is_reading else self._patience.keep_alive_s)

    # --- closing ---------------------------------------------------------------------------------------

    def _wait(self, span_s: float) -> None:
        """Be cut off at the first look that is later than this span from now; the last one is close enough to now."""
        self.deadline_s = self._server.looked_at_s + self._patience.sweep_s + span_s

    def _close(self) -> None:
        """Close once everything is written; a client that does not read is cut off later."""
        self._is_closing = True
        self._wait(self._patience.unread_s)
        self._transport.close()

    def close_if_idle(self) -> None:
        """Close if no request is under way, or one that has no end of its own."""
        if self._dialogue is not None:
            self._dialogue.leave()
        elif self._work is None and self._head is None:
            self._close()
        elif self._work is not None and self._is_endless:
            self._work.cancel()

    def expire(self) -> None:
        """Cut it off: it was too slow. One that is in the middle of a request is told so."""
        if self._work is None and not self._is_closing and not self._parser.is_between_requests:
            self._refuse(408, "the request took too long to come")
        else:
            self.abort()

    def abort(self) -> None:
        """Cut it off without a word."""
        self._is_closing = True
        self._transport.abort()


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
