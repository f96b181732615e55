"""Do requests come in and answers go out, whatever clients do?"""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any

import pytest

from eventsim.live.answer import Answer, Stream
from eventsim.live.hpack import header_block
from eventsim.live.http1 import HTTP2_PREFACE
from eventsim.live.loop import LiveLoop
from eventsim.live.ports import open_sockets
from eventsim.live.server import PIPELINED_BYTES_MAX, Connection, Patience, Server
from eventsim.spool import SPOOLED_BYTES_MIN
from eventsim.wire.http import HttpRequest, HttpResponse

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, Any]]
CALM = Patience()
QUICK = Patience(keep_alive_s=0.05, head_s=0.05, pause_s=0.05, unread_s=0.05, linger_s=0.05, sweep_s=0.01)


def echo(request: HttpRequest) -> Answer | Awaitable[Answer]:
    """Answer with what was asked, in the manner that the path names."""
    match request.path:
        case "/file":
            return HttpResponse(status=200, headers=(), body=io.BytesIO(b"#" * 600_000))
        case "/sized":
            return HttpResponse(status=200, headers=(("Content-Length", "3"),), body=iter([b"a", b"bc"]))
        case "/stream":
            return Stream(status=200, headers=(), pieces=_pieces())
        case "/nothing":
            return HttpResponse(status=204, headers=())
        case "/late":
            return _late()
        case "/broken":
            return HttpResponse(status=200, headers=(), body=_broken())
    size = f"{request.method} {request.path} {len(request.spool or request.body)}".encode()
    return HttpResponse(status=200, headers=(("Content-Type", "text/plain"),), body=size)


def too_long(request: HttpRequest, size_bytes: int) -> HttpResponse:
    """Answer a request whose body is not taken."""
    return HttpResponse(status=413, headers=(), body=b"too long")


async def _pieces() -> AsyncIterator[bytes]:
    for piece in (b"one", b"two"):
        yield piece


async def _late() -> Answer:
    await asyncio.sleep(0)
    return HttpResponse(status=200, headers=(), body=b"late")


def _broken() -> Iterator[bytes]:
    yield b"begun"
    raise OSError("the disk is gone")


class Room:
    """A server and clients on one loop."""

    def __init__(self, loop: LiveLoop) -> None:
        self.loop = loop

    def talk(self, *talks: Talk, respond: Any = echo, patience: Patience = CALM, **more: Any) -> list[Any]:
        """Let clients talk to a server, one after another, and return what they return."""

        async def run() -> list[Any]:
            sockets, port = open_sockets("", 0)
            server = Server(self.loop, respond, too_long, lambda: 0.0, patience, **more)
            await server.listen(sockets)
            results = []
            for talk in talks:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                results.append(await asyncio.wait_for(talk(reader, writer), 5))
                writer.close()
            await server.stop(0)
            return results

        return self.loop.run_until_complete(run())


@pytest.fixture
def room() -> Iterator[Room]:
    """A loop for server and clients."""
    loop = LiveLoop()
    yield Room(loop)
    loop.close()


def says(*texts: bytes) -> Talk:
    """Return a talk that sends texts, and then reads until the server closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for text in texts:
            writer.write(text)
            await writer.drain()
        return await reader.read()

    return talk


def get(path: str, *headers: str, version: str = "1.1") -> bytes:
    """Return a request that lets the server close."""
    return "\r\n".join([f"GET {path} HTTP/{version}", "Connection: close", *headers, "", ""]).encode()


def test_an_answer_has_date_and_length(room: Room) -> None:
    """What HTTP wants is added to what the operation gives."""
    (answer,) = room.talk(says(get("/x")))

    assert answer == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 8\r\n"
        b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nGET /x 0"
    )


def test_a_connection_serves_one_request_after_another(room: Room) -> None:
    """Requests that come in one piece are answered in their order, late answers included."""
    (answer,) = room.talk(says(b"GET /late HTTP/1.1\r\n\r\nGET /1 HTTP/1.1\r\n\r\n" + get("/2")))

    assert [part.rpartition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"late",
        b"GET /1 0",
        b"GET /2 0",
    ]


@pytest.mark.parametrize(
    ("path", "version", "ending"),
    [
        ("/stream", "1.1", b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"),
        ("/stream", "1.0", b"\r\n\r\nonetwo"),
        ("/sized", "1.1", b"\r\n\r\nabc"),
    ],
    ids=["in chunks", "until the end", "sized"],
)
def test_a_body_is_written_as_it_comes(room: Room, path: str, version: str, ending: bytes) -> None:
    """Without a length it goes in chunks, to clients who know these."""
    (answer,) = room.talk(says(get(path, version=version)))

    assert answer.endswith(ending)


def test_a_file_is_sent_whole(room: Room) -> None:
    """It is read piece by piece, as fast as the client takes it."""
    (answer,) = room.talk(says(get("/file")))

    assert answer.count(b"#") == 600_000


def test_head_and_204_have_no_body(room: Room) -> None:
    """HEAD tells the length of what GET would give; 204 tells nothing."""
    head, nothing = room.talk(
        says(b"HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n"),
        says(get("/nothing")),
    )

    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 9\r\n" in head
    assert b"Content-Length" not in nothing


def test_a_client_that_asks_first_is_told_to_go_on(room: Room) -> None:
    """`Expect: 100-continue` is answered before the body comes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"PUT /x HTTP/1.1\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ab")
        return await reader.read()

    (answer,) = room.talk(talk)

    assert answer.endswith(b"PUT /x 2")


def test_a_big_body_goes_through_a_file(room: Room) -> None:
    """Beyond a size it waits on the disk for its end."""
    size = SPOOLED_BYTES_MIN * 3
    (answer,) = room.talk(
        says(b"PUT /x HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size)
    )

    assert answer.endswith(b"PUT /x %d" % size)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b"431"),
    ],
    ids=["no HTTP", "absurd length", "absurd header"],
)
def test_what_is_no_request_is_told_so_and_closed(room: Room, text: bytes, status: bytes) -> None:
    """The next client is served as ever."""
    refused, served = room.talk(says(text), says(get("/x")), patience=QUICK)

    assert refused.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in refused
    assert served.endswith(b"GET /x 0")


@pytest.mark.parametrize(
    ("text", "answer"),
    [(b"", b""), (b"GET / HT", b"HTTP/1.1 408"), (b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhal", b"HTTP/1.1 408")],
    ids=["nothing", "half a head", "half a body"],
)
def test_slow_clients_are_cut_off(room: Room, text: bytes, answer: bytes) -> None:
    """They may not hold a connection for ever; one in the middle of a request is told why."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(text)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

    (said,) = room.talk(talk, patience=QUICK)

    assert said.startswith(answer)


class Pipe(asyncio.Transport):
    """A socket whose client sends and does not read."""

    is_read = True

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def write(self, data: object) -> None:
        pass


def test_who_sends_without_reading_is_not_read_either(room: Room) -> None:
    """What has come waits in the socket, and so in the client, until there is room for answers."""
    connection, pipe = Connection(Server(room.loop, echo, too_long, lambda: 0.0)), Pipe()
    connection.connection_made(pipe)
    connection.pause_writing()

    connection.data_received(b"#" * (PIPELINED_BYTES_MAX + 1))

    assert not pipe.is_read


def test_who_reads_again_is_read_again(room: Room) -> None:
    """And answered what was asked meanwhile."""
    asked: list[str] = []

    def respond(request: HttpRequest) -> Answer | Awaitable[Answer]:
        asked.append(request.path)
        return echo(request)

    connection, pipe = Connection(Server(room.loop, respond, too_long, lambda: 0.0)), Pipe()
    connection.connection_made(pipe)
    connection.pause_writing()
    connection.data_received(b"PUT /a HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + b"#" * 300_000)

    connection.resume_writing()

    assert asked == ["/a"]
    assert pipe.is_read


def test_a_client_that_hangs_up_is_no_longer_worked_for(room: Room) -> None:
    """Whatever waits on its behalf is cancelled, at once."""
    cancelled = room.loop.create_future()

    def respond(request: HttpRequest) -> Awaitable[Answer]:
        return wait()

    async def wait() -> Answer:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set_result(True)
            raise
        raise AssertionError

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(get("/x"))
        await writer.drain()
        writer.close()
        return bool(await cancelled)

    (was_cancelled,) = room.talk(talk, respond=respond)

    assert was_cancelled


def test_a_server_that_stops_waits_for_nobody_who_only_follows(room: Room) -> None:
    """What has no end of its own is cut off; an answer under way is not."""

    async def run() -> tuple[bytes, bytes]:
        sockets, port = open_sockets("", 0)
        server = Server(room.loop, respond, too_long, lambda: 0.0)
        await server.listen(sockets)
        follower, first = await asyncio.open_connection("127.0.0.1", port)
        first.write(b"GET /follow HTTP/1.1\r\n\r\n")
        assert (await follower.readuntil(b"tick")).endswith(b"tick")
        asker, second = await asyncio.open_connection("127.0.0.1", port)
        second.write(b"GET /slow HTTP/1.1\r\n\r\n")
        await began
        await server.stop(5)
        answers = await follower.read(), await asker.read()
        first.close()
        second.close()
        return answers

    def respond(request: HttpRequest) -> Answer | Awaitable[Answer]:
        if request.path == "/follow":
            return Stream(status=200, headers=(), pieces=ticks(), is_endless=True)
        return slow()

    async def ticks() -> AsyncIterator[bytes]:
        yield b"tick"
        await asyncio.sleep(60)

    async def slow() -> Answer:
        began.set_result(None)
        await asyncio.sleep(0.01)
        return HttpResponse(status=200, headers=(), body=b"done")

    began = room.loop.create_future()
    followed, answered = room.loop.run_until_complete(asyncio.wait_for(run(), 2))

    assert followed == b"\r\n"
    assert answered.endswith(b"done")


def test_an_answer_that_breaks_off_ends_its_connection_only(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """A body that fails in its middle must not look whole."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"GET /broken HTTP/1.1\r\n\r\n")
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

    broken, served = room.talk(talk, says(get("/x")))

    assert not broken.endswith(b"0\r\n\r\n")
    assert served.endswith(b"GET /x 0")
    assert "the disk is gone" in caplog.text


def test_a_body_that_breaks_off_is_no_trouble_of_the_server_s(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """A function that fails in the middle of its answer is none; the client sees that it is not whole."""

    async def body() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ConnectionError("the function failed")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(get("/"))
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

    (broken,) = room.talk(talk, respond=lambda _: HttpResponse(status=200, headers=(), body=body()))

    assert not broken.endswith(b"0\r\n\r\n")
    assert caplog.text == ""


def test_a_body_may_be_seen_as_it_comes(room: Room) -> None:
    """By whoever wants that; who responds gets it whole."""
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\none\r\n")
        assert await seen.get() == b"one"
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")
        return await reader.read()

    (answer,) = room.talk(talk, follow=lambda _: seen.put_nowait)

    assert seen.get_nowait() == b"two"
    assert answer.endswith(b"POST /x 6")


def test_nothing_is_written_for_a_client_that_has_hung_up(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """The rest of a large object is not even read, though nobody has had time to cancel the answer."""
    read_count = 0

    async def run() -> None:
        sockets, port = open_sockets("", 0)
        server = Server(room.loop, lambda _: HttpResponse(status=200, headers=(), body=large()), too_long, lambda: 0.0)

        def large() -> Iterator[bytes]:
            nonlocal read_count
            for read_count in range(1, 1_000):
                if read_count == 3:
                    for connection in server.connections:
                        connection.abort()
                yield b"a piece"

        await server.listen(sockets)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get("/large"))
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        await server.stop(1)

    room.loop.run_until_complete(asyncio.wait_for(run(), 5))

    assert read_count == 3
    assert "raised exception" not in caplog.text


def test_a_client_that_begins_so_speaks_http_2(room: Room) -> None:
    """Its answers come in frames, and nonsense ends the connection; two parts of the preface are one."""
    block = header_block(((":method", "GET"), (":path", "/x")))
    ask = len(block).to_bytes(3) + b"\x01\x05\0\0\0\x01" + block
    nonsense = b"\0\0\0\x05\0\0\0\0\x01"

    (answer,) = room.talk(says(HTTP2_PREFACE[:20], HTTP2_PREFACE[20:] + ask, nonsense))

    assert answer.startswith(b"\0\0\x0c\x04\0\0\0\0\0")
    assert b"\0\0\x08\0\0\0\0\0\x01GET /x 0\0\0\0\0\x01\0\0\0\x01" in answer
    assert answer.endswith(b"a client does not push")


def test_a_wrong_preface_is_refused(room: Room) -> None:
    """It is neither version."""
    (answer,) = room.talk(says(HTTP2_PREFACE[:18] + b"XX\r\n\r\n"))

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_who_says_nothing_over_http_2_is_cut_off(room: Room) -> None:
    """Patience is the same for both versions."""
    (answer,) = room.talk(says(HTTP2_PREFACE), patience=QUICK)

    assert answer.startswith(b"\0\0\x0c\x04")
