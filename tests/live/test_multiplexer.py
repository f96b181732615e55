"""Are requests of one connection answered side by side? A host and a line that writes down need no socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from eventsim.live.answer import Answer, Follow, RefuseSize, Respond, Stream
from eventsim.live.hpack import HeaderReader, header_block
from eventsim.live.multiplexer import Multiplexer
from eventsim.spool import SPOOLED_BYTES_MIN
from eventsim.wire.http import HttpRequest, HttpResponse

DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 7, 8
END, WHOLE = 1, 4
TURNS = 20
WINDOW = (1 << 16) - 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def get(stream: int, path: str, method: str = "GET") -> bytes:
    """Return a request without a body."""
    return frame(HEADERS, WHOLE | END, stream, header_block(((":method", method), (":path", path))))


def post(stream: int, path: str, *pieces: bytes) -> bytes:
    """Return a request with a body."""
    head = frame(HEADERS, WHOLE, stream, header_block(((":method", "POST"), (":path", path))))
    last = len(pieces) - 1
    return head + b"".join(frame(DATA, END if at == last else 0, stream, piece) for at, piece in enumerate(pieces))


class Desk:
    """A host and a line, and what a client sees of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.respond: Respond = self._respond
        self.refuse_size: RefuseSize = lambda _request, size: HttpResponse(status=413, headers=(), body=b"%d" % size)
        self.follow: Follow = lambda request: self.followed.append if request.path == "/followed" else None
        self.followed: list[bytes] = []
        self.gate = asyncio.Event()
        self.ended: list[str] = []
        self.is_gone = False
        self.waits: list[tuple[bool, bool]] = []
        self.reader = HeaderReader()
        self.heads: dict[int, list[tuple[str, str]]] = {}
        self.bodies: dict[int, bytes] = {}
        self.whole: list[int] = []
        self.broken: list[int] = []

    def date(self) -> str:
        """Return the date."""
        return "today"

    def _respond(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        match request.path:
            case "/stream":
                return Stream(status=200, headers=(), pieces=self._pieces(), is_endless=True)
            case "/late":
                return self._late()
            case "/large":
                return HttpResponse(status=200, headers=(), body=b"#" * 200_000)
            case "/broken":
                return self._broken()
        body = f"{request.method} {request.path} {len(request.spool or request.body)}".encode()
        return HttpResponse(status=200, headers=(), body=body)

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await self.gate.wait()
            yield b"two"
        finally:
            self.ended.append("stream")

    async def _late(self) -> Answer:
        await self.gate.wait()
        return HttpResponse(status=200, headers=(), body=b"late")

    async def _broken(self) -> Answer:
        raise OSError("the disk is gone")

    def write(self, data: bytes) -> None:
        """Write down what a client reads."""
        while data:
            size, kind, flags = int.from_bytes(data[:3]), data[3], data[4]
            stream, payload = int.from_bytes(data[5:9]), data[9 : 9 + size]
            data = data[9 + size :]
            if kind == HEADERS:
                self.heads[stream] = self.reader.read(payload)
            elif kind == DATA:
                self.bodies[stream] = self.bodies.get(stream, b"") + payload
                if flags & END:
                    self.whole.append(stream)
            elif kind == RST_STREAM:
                self.broken.append(stream)

    async def drain(self) -> None:
        """Have room."""

    def hang_up(self) -> None:
        """Close."""
        self.is_gone = True

    def expect(self, *, is_answering: bool, is_reading: bool) -> None:
        """Write down what is waited for."""
        self.waits.append((is_answering, is_reading))


Part = Callable[[Desk, Multiplexer], Awaitable[None]]


def play(part: Part) -> Desk:
    """Have a client play its part, and return what it has seen."""

    async def whole() -> Desk:
        desk = Desk(asyncio.get_running_loop())
        multiplexer = Multiplexer(desk, desk)
        await part(desk, multiplexer)
        multiplexer.lost()
        await turns()
        return desk

    return asyncio.run(whole())


async def turns() -> None:
    """Let everybody do what they can."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def test_answers_come_in_the_order_in_which_they_are_ready() -> None:
    """A long poll does not hold up what was asked after it."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/late") + get(3, "/quick"))
        await turns()
        assert desk.whole == [3]
        desk.gate.set()
        await turns()

    desk = play(part)

    assert desk.bodies == {1: b"late", 3: b"GET /quick 0"}
    assert desk.heads[3] == [(":status", "200"), ("date", "today"), ("content-length", "12")]


def test_a_large_answer_waits_for_its_client_alone() -> None:
    """Without room nothing is sent, and others are answered; the body is whole in the end."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/large"))
        await turns()
        assert (len(desk.bodies[1]), desk.waits[-1]) == (WINDOW, (False, False))
        multiplexer.feed(frame(WINDOW_UPDATE, 0, 0, (1 << 20).to_bytes(4)) + get(3, "/small"))
        await turns()
        assert desk.whole == [3]
        multiplexer.feed(frame(WINDOW_UPDATE, 0, 1, (1 << 20).to_bytes(4)))
        await turns()

    desk = play(part)

    assert desk.bodies[1] == b"#" * 200_000
    assert desk.whole == [3, 1]


def test_a_body_comes_in_pieces_and_may_lie_in_a_file() -> None:
    """Who responds gets it whole; who follows sees it come."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(post(1, "/followed", b"one", b"two"))
        large = [b"#" * 16_000] * (SPOOLED_BYTES_MIN // 16_000 + 1)
        multiplexer.feed(post(3, "/large-one", *large))
        await turns()

    desk = play(part)

    assert desk.bodies[1] == b"POST /followed 6"
    assert desk.followed == [b"one", b"two"]
    assert int(desk.bodies[3].split()[-1]) > SPOOLED_BYTES_MIN


def test_nothing_is_done_for_who_does_not_want_it() -> None:
    """A stream ends with the client's interest in it."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/stream"))
        await turns()
        assert (desk.bodies[1], desk.ended, desk.waits[-1]) == (b"one", [], (True, False))
        multiplexer.feed(frame(RST_STREAM, 0, 1, b"\0\0\0\x08"))
        await turns()
        assert (desk.ended, desk.waits[-1]) == (["stream"], (False, False))

    assert play(part).whole == []


def test_an_answer_that_breaks_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    """The client sees that it is not whole; the connection goes on."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/broken"))
        await turns()
        multiplexer.feed(get(3, "/next", "HEAD"))

    desk = play(part)

    assert (desk.broken, desk.whole, desk.bodies[3]) == ([1], [3], b"")
    assert "the disk is gone" in caplog.text


def test_a_poll_that_is_sent_home_ends_alone() -> None:
    """Whoever stops calls off what waits; the client sees it at once, and the line can be closed."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        poll: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        desk.respond = lambda _request: poll
        multiplexer.feed(get(1, "/poll"))
        await turns()
        poll.cancel()
        await turns()
        multiplexer.leave()

    desk = play(part)

    assert (desk.broken, desk.is_gone) == ([1], True)


def test_who_stops_ends_what_has_an_end() -> None:
    """Streams without one are cut off; the line is closed when the last answer is sent."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/stream") + get(3, "/late"))
        await turns()
        multiplexer.leave()
        await turns()
        assert (desk.broken, desk.is_gone) == ([1], False)
        desk.gate.set()
        await turns()

    desk = play(part)

    assert (desk.whole, desk.is_gone) == ([3], True)


def test_nonsense_closes_the_line() -> None:
    """And drops what was asked before."""

    async def part(desk: Desk, multiplexer: Multiplexer) -> None:
        multiplexer.feed(get(1, "/stream"))
        await turns()
        multiplexer.feed(frame(DATA, 0, 99, b"?"))
        await turns()
        assert desk.ended == ["stream"]

    assert play(part).is_gone
