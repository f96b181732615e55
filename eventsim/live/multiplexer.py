"""How are many requests of one connection answered at a time? Each is an exchange; HTTP/2 keeps them apart.

An exchange lives until its answer has been sent, or the client has dropped it: then whatever was done for it is
cancelled. Who reads slowly is waited for, each exchange for itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

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
from eventsim.live.http2 import Asked, Complete, Dropped, Http2, Nonsense, Piece
from eventsim.live.upload import TooLarge, Upload, bytes_max
from eventsim.spool import Spool
from eventsim.wire.http import HttpRequest, HttpResponse, Pairs

_log = logging.getLogger(__name__)


class Host(Protocol):
    """Who answers requests."""

    loop: asyncio.AbstractEventLoop
    respond: Respond
    refuse_size: RefuseSize
    follow: Follow

    def date(self) -> str:
        """Return the date for an answer."""


class Line(Protocol):
    """The connection, as those see it who send over it."""

    def write(self, data: bytes) -> None:
        """Send."""

    async def drain(self) -> None:
        """Return once there is room for more."""

    def hang_up(self) -> None:
        """Close, once everything is sent."""

    def expect(self, *, is_answering: bool, is_reading: bool) -> None:
        """Take what is waited for: an answer, which takes its time, or for the client."""


class _Exchange:
    """A request, and its answer."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.upload = Upload(bytes_max(asked.method))
        self.follower: Callable[[bytes], object] | None = None
        self.work: asyncio.Task[None] | None = None
        self.is_endless = False
        self.is_waiting_for_room = False

    def request(self, body: bytes | Spool = b"", trailers: Pairs = ()) -> HttpRequest:
        """Return the request with its body, wherever that lies."""
        return request_of(self.asked, body, trailers)


class Multiplexer:
    """The exchanges of one connection."""

    def __init__(self, host: Host, line: Line) -> None:
        self._host = host
        self._line = line
        self._wire = Http2()
        self._exchanges: dict[int, _Exchange] = {}
        self._roomier = asyncio.Event()
        self._is_leaving = False
        self._flush()

    # --- what the connection tells ---------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take what the client has sent."""
        try:
            for event in self._wire.feed(data):
                match event:
                    case Asked():
                        self._begin(event)
                    case Piece(stream=stream, data=piece):
                        self._add(stream, piece)
                    case Complete(stream=stream, trailers=trailers):
                        self._respond(stream, trailers)
                    case Dropped(stream=stream):
                        self._drop(stream)
        except Nonsense:
            self._flush()
            self.lost()
            self._line.hang_up()
            return
        self._roomier.set()
        self._flush()

    def lost(self) -> None:
        """Take that nobody is there any more."""
        for stream in list(self._exchanges):
            self._drop(stream)

    def leave(self) -> None:
        """Take no further request, and hang up when the last one is answered; what has no end is cut off."""
        self._is_leaving = True
        self._wire.leave()
        for stream, exchange in list(self._exchanges.items()):
            if exchange.is_endless:
                self._wire.break_off(stream)
                self._drop(stream)
        self._flush()

    # --- requests --------------------------------------------------------------------------------------

    def _begin(self, asked: Asked) -> None:
        exchange = self._exchanges[asked.stream] = _Exchange(asked)
        if not asked.has_length:
            exchange.follower = self._host.follow(exchange.request())
        if asked.headers.get("expect").lower() == "100-continue":
            self._wire.answer(asked.stream, 100, ())

    def _add(self, stream: int, piece: bytes) -> None:
        exchange = self._exchanges.get(stream)
        if exchange is None or exchange.work is not None:
            return  # it was refused, or is answered already
        try:
            exchange.upload.add(piece)
        except TooLarge as error:
            self._answer(exchange, self._host.refuse_size(exchange.request(), error.size_bytes))
            return
        if exchange.follower is not None:
            exchange.follower(piece)

    def _respond(self, stream: int, trailers: Pairs) -> None:
        exchange = self._exchanges.get(stream)
        if exchange is not None and exchange.work is None:
            self._answer(exchange, self._host.respond(exchange.request(exchange.upload.take(), trailers)))

    def _drop(self, stream: int) -> None:
        exchange = self._exchanges.pop(stream, None)
        if exchange is not None:
            exchange.upload.discard()
            if exchange.work is not None:
                exchange.work.cancel()

    # --- answers ---------------------------------------------------------------------------------------

    def _answer(self, exchange: _Exchange, answer: Answer | Awaitable[Answer]) -> None:
        stream = exchange.asked.stream
        body = answer.body if isinstance(answer, HttpResponse) else None
        if isinstance(answer, HttpResponse) and isinstance(body, bytes) and len(body) <= self._wire.room(stream):
            self._write_head(exchange, answer)
            if body and bears_body(exchange.asked.method, answer.status):
                self._wire.data(stream, body)
            self._end(stream)
            return
        exchange.work = self._host.loop.create_task(self._write(exchange, answer))

    async def _write(self, exchange: _Exchange, answer: Answer | Awaitable[Answer]) -> None:
        stream = exchange.asked.stream
        try:
            given = answer if isinstance(answer, HttpResponse | Stream | Dialogue) else await answer
            if isinstance(given, Dialogue):
                given = HttpResponse(status=501, headers=(), body=b"WebSockets are spoken over HTTP/1.1\n")
            exchange.is_endless = is_endless(given)
            self._write_head(exchange, given)
            self._flush()
            async with contextlib.aclosing(pieces_of(given)) as pieces:
                async for piece in pieces:
                    if bears_body(exchange.asked.method, given.status):
                        await self._write_piece(exchange, piece)
            self._end(stream)
        except asyncio.CancelledError:
            self._break_off(stream)  # whoever was to answer was sent home, or nobody waits any more
            self._flush()
            raise
        except ConnectionError:
            self._break_off(stream)
        except Exception:  # noqa: BLE001 - whatever broke, other clients must not notice
            _log.exception("an answer broke off")
            self._break_off(stream)
        self._flush()

    async def _write_piece(self, exchange: _Exchange, piece: bytes) -> None:
        stream, at = exchange.asked.stream, 0
        while at < len(piece):
            room = self._wire.room(stream)
            if room == 0:
                self._roomier.clear()
                exchange.is_waiting_for_room = True
                self.tell()
                await self._roomier.wait()
                exchange.is_waiting_for_room = False
                continue
            self._wire.data(stream, piece[at : at + room])
            at += room
            self._flush()
            await self._line.drain()

    def _write_head(self, exchange: _Exchange, answer: HttpResponse | Stream) -> None:
        headers = (*answer.headers, ("Date", self._host.date()))
        body = answer.body if isinstance(answer, HttpResponse) else None
        is_sized = answer.status == 204 or any(name.lower() == "content-length" for name, _ in headers)
        if isinstance(body, bytes) and not is_sized:
            headers = (*headers, ("Content-Length", str(len(body))))
        self._wire.answer(exchange.asked.stream, answer.status, headers)

    def _end(self, stream: int) -> None:
        self._wire.end(stream)
        self._forget(stream)

    def _break_off(self, stream: int) -> None:
        self._wire.break_off(stream)
        self._forget(stream)

    def _forget(self, stream: int) -> None:
        exchange = self._exchanges.pop(stream, None)
        if exchange is not None:
            exchange.upload.discard()

    def _flush(self) -> None:
        out = self._wire.take()
        if out:
            self._line.write(out)
        if self._is_leaving and not self._exchanges:
            self._line.hang_up()
        else:
            self.tell()

    def tell(self) -> None:
        """Tell what is waited for."""
        working = [each for each in self._exchanges.values() if each.work is not None]
        self._line.expect(
            is_answering=any(not each.is_waiting_for_room for each in working),
            is_reading=len(working) < len(self._exchanges),
        )
