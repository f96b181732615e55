"""Is HTTP/2 read and written as its frames say?"""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.live.hpack import HeaderReader, header_block
from eventsim.live.http2 import FRAME_BYTES_MAX, STREAMS_MAX, Asked, Complete, Dropped, Event, Http2, Nonsense, Piece
from eventsim.wire.http import Headers

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
END, ACK, WHOLE, PADDED, RANKED = 1, 1, 4, 8, 32
ASK = ((":method", "POST"), (":scheme", "http"), (":path", "/a?b=c"), (":authority", "here"), ("x-a", "1"))


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def ask(stream: int, *more: tuple[str, str], flags: int = WHOLE | END) -> bytes:
    """Return a request without a body, or its head."""
    return frame(HEADERS, flags, stream, header_block((*ASK, *more)))


def sent(wire: Http2) -> list[tuple[int, int, int, bytes]]:
    """Return the frames that are to be sent: kind, flags, stream, payload."""
    return frames_in(wire.take())


def frames_in(data: bytes) -> list[tuple[int, int, int, bytes]]:
    """Return kinds, flags, streams and payloads of frames."""
    frames = []
    while data:
        size = int.from_bytes(data[:3])
        frames.append((data[3], data[4], int.from_bytes(data[5:9]), data[9 : 9 + size]))
        data = data[9 + size :]
    return frames


def begun(*requests: bytes) -> Http2:
    """Return a connection on which requests have come."""
    wire = Http2()
    for request in requests:
        list(wire.feed(request))
    wire.take()
    return wire


def test_a_request_is_headers_and_data() -> None:
    """Its authority is its host; the path and the query stand in one header."""
    wire = begun()

    events = list(wire.feed(ask(1, flags=WHOLE) + frame(DATA, 0, 1, b"he") + frame(DATA, END, 1, b"llo")))

    headers = Headers([("host", "here"), ("x-a", "1")])
    asked = Asked(stream=1, method="POST", path="/a", query="b=c", headers=headers, has_length=False)
    assert events == [asked, Piece(1, b"he"), Piece(1, b"llo"), Complete(1)]


def test_headers_may_come_in_parts_with_padding_and_rank() -> None:
    """What is not needed is skipped; cookies that come apart are one header."""
    block = header_block((*ASK, ("cookie", "a=1"), ("cookie", "b=2"), ("content-length", "0")))
    ranked = b"\x03" + b"\0\0\0\0\x10" + block[:9] + b"\0\0\0"

    (asked,) = begun().feed(frame(HEADERS, PADDED | RANKED, 1, ranked) + frame(CONTINUATION, WHOLE, 1, block[9:]))

    assert isinstance(asked, Asked)
    assert (asked.headers.get("cookie"), asked.has_length) == ("a=1; b=2", True)


def test_it_does_not_matter_how_bytes_arrive() -> None:
    """TCP keeps no boundaries: byte by byte gives what one piece gives."""
    stream = ask(1) + frame(PING, 0, 0, b"12345678") + ask(3, flags=WHOLE) + frame(DATA, PADDED | END, 3, b"\x01x\0")
    wire = Http2()

    one_by_one = [event for at in range(len(stream)) for event in wire.feed(stream[at : at + 1])]

    assert one_by_one == list(Http2().feed(stream))


def test_trailers_end_a_request() -> None:
    """They come behind the body, as headers do."""
    head = ask(1, flags=WHOLE)

    events = list(begun().feed(head + frame(HEADERS, WHOLE | END, 1, header_block((("x-sum", "7"),)))))

    assert events[1:] == [Complete(1, (("x-sum", "7"),))]


def test_an_answer_has_a_head_without_words_about_the_connection() -> None:
    """HTTP/2 has frames for that."""
    wire = begun(ask(1))

    wire.answer(1, 200, (("Content-Type", "text/plain"), ("Connection", "close")))
    wire.data(1, b"hello")
    wire.end(1)

    (_, flags, _, block), data, end = sent(wire)
    assert (flags, HeaderReader().read(block)) == (WHOLE, [(":status", "200"), ("content-type", "text/plain")])
    assert (data, end) == ((DATA, 0, 1, b"hello"), (DATA, END, 1, b""))


def test_long_headers_go_in_parts() -> None:
    """No frame is longer than what both sides take."""
    wire = begun(ask(1))

    wire.answer(1, 200, (("x", "y" * FRAME_BYTES_MAX),))

    assert [(kind, flags) for kind, flags, _, _ in sent(wire)] == [(HEADERS, 0), (CONTINUATION, WHOLE)]


def test_what_is_sent_waits_for_room() -> None:
    """A client says how much it takes, on a stream and of all together."""
    small = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 10))
    wire = begun(small, ask(1))
    rooms = [wire.room(1)]

    wire.data(1, b"#" * 10)
    rooms.append(wire.room(1))
    list(wire.feed(frame(WINDOW_UPDATE, 0, 1, (5).to_bytes(4))))
    rooms.append(wire.room(1))
    list(wire.feed(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 20))))
    rooms.append(wire.room(1))

    assert rooms == [10, 0, 5, FRAME_BYTES_MAX]


def test_a_client_may_send_more_when_something_has_come() -> None:
    """Its body has the bounds of the server, and no other."""
    wire = begun(ask(1, flags=WHOLE))

    list(wire.feed(frame(DATA, 0, 1, b"hello")))

    assert sent(wire) == [(WINDOW_UPDATE, 0, 0, b"\0\0\0\x05"), (WINDOW_UPDATE, 0, 1, b"\0\0\0\x05")]


def test_housekeeping_is_answered_once() -> None:
    """An answer wants none, and what nobody knows is ignored."""
    wire = begun()

    list(wire.feed(frame(PING, 0, 0, b"12345678") + frame(PING, ACK, 0, b"12345678") + frame(77, 0, 0, b"?")))
    list(wire.feed(frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0) + frame(GOAWAY, 0, 0, b"\0" * 8)))

    assert sent(wire) == [(PING, ACK, 0, b"12345678"), (SETTINGS, ACK, 0, b"")]


def test_who_drops_a_request_is_told_of_once() -> None:
    """What comes behind it is nothing any more."""
    wire = begun(ask(1, flags=WHOLE))

    events = list(wire.feed(frame(RST_STREAM, 0, 1, b"\0\0\0\x08") * 2 + frame(DATA, END, 1, b"late")))

    assert events == [Dropped(1)]


@pytest.mark.parametrize(
    "headers",
    [
        ((":method", "GET"),),
        ((":method", "GET"), (":path", "no slash")),
        (*ASK, ("connection", "close")),
        (*ASK, ("x", "a\r\nb")),
        (*ASK, ("a b", "c")),
    ],
    ids=["no path", "no target", "connection", "line break", "no name"],
)
def test_a_request_that_makes_no_sense_ends_alone(headers: tuple[tuple[str, str], ...]) -> None:
    """Others go on."""
    wire = begun()

    events: list[Event] = list(wire.feed(frame(HEADERS, WHOLE | END, 1, header_block(headers))))

    assert events == []
    assert sent(wire) == [(RST_STREAM, 0, 1, b"\0\0\0\x01")]
    assert len(list(wire.feed(ask(3)))) == 2


def test_too_many_requests_are_refused() -> None:
    """The client may try again."""
    wire = begun(*(ask(1 + 2 * number) for number in range(STREAMS_MAX)))

    list(wire.feed(ask(1001)))

    assert sent(wire) == [(RST_STREAM, 0, 1001, b"\0\0\0\x07")]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (frame(DATA, 0, 1, b"x"), 1),
        (frame(HEADERS, 0, 1) + frame(PING, 0, 0, b"12345678"), 1),
        (frame(CONTINUATION, WHOLE, 1), 1),
        (frame(HEADERS, WHOLE, 2, header_block(ASK)), 1),
        (frame(HEADERS, WHOLE | PADDED, 1, b"\x09x"), 1),
        (frame(PUSH_PROMISE, 0, 1, b"\0\0\0\x02"), 1),
        (frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31)), 3),
        (frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\0"), 3),
        (frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"), 3),
        (frame(PING, 0, 0, b"1234"), 6),
        (b"\x01\0\0", 6),
        (frame(HEADERS, WHOLE, 1, b"\x80"), 9),
        (frame(HEADERS, 0, 1, b"x" * 16384) + frame(CONTINUATION, 0, 1, b"x" * 16384) * 4, 11),
    ],
    ids=[
        "data before headers",
        "interrupted headers",
        "no headers before",
        "a stream of ours",
        "padding",
        "push",
        "large window",
        "no room",
        "too much room",
        "short ping",
        "long frame",
        "no headers",
        "endless headers",
    ],
)
def test_nonsense_ends_the_connection(stream: bytes, code: int) -> None:
    """And the client is told why, by the code of the standard."""
    wire = begun()

    with pytest.raises(Nonsense):
        list(wire.feed(stream + b"\0" * 9))

    kind, _, _, payload = sent(wire)[-1]
    assert (kind, int.from_bytes(payload[4:8])) == (GOAWAY, code)


@given(st.lists(st.builds(frame, st.integers(0, 10), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=12))))
def test_no_frames_surprise_the_server(frames: list[bytes]) -> None:
    """They are requests, or they are refused."""
    wire = begun(ask(1, flags=WHOLE))
    try:
        list(wire.feed(b"".join(frames)))
    except Nonsense:
        assert sent(wire)[-1][0] == GOAWAY
