"""Is what comes over a socket read as one request, and as the same one by everybody?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim.live.http1 import CHUNK_LINE_BYTES_MAX, HEAD_BYTES_MAX, End, Head, Malformed, RequestParser

PLAIN = b"POST /path?a=%20b HTTP/1.1\r\nHost: here\r\nX-Two: 1\r\nx-two:\t2 \r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32: abc=\r\n\r\n"
)


def read(*pieces: bytes) -> tuple[list[Head], list[bytes]]:
    """Return the heads and whole bodies that pieces of a stream make."""
    parser = RequestParser()
    heads: list[Head] = []
    bodies: list[bytes] = []
    body = b""
    for piece in pieces:
        parser.feed(piece)
        while (event := parser.next_event()) is not None:
            match event:
                case Head():
                    heads.append(event)
                case bytes():
                    body += event
                case End():
                    bodies.append(body)
                    body = b""
    return heads, bodies


def test_a_request_is_a_head_and_a_body() -> None:
    """Method, path and query come as they stand; headers of one name are joined."""
    (head,), bodies = read(PLAIN)

    assert (head.method, head.path, head.query) == ("POST", "/path", "a=%20b")
    assert head.headers.get("x-two") == "1,2"
    assert head.keeps_alive
    assert bodies == [b"hello"]


@pytest.mark.parametrize("stream", [PLAIN, CHUNKED, CHUNKED + PLAIN], ids=["counted", "chunked", "both"])
def test_it_does_not_matter_how_bytes_arrive(stream: bytes) -> None:
    """TCP keeps no boundaries: byte by byte gives what one piece gives."""
    at_once = read(stream)
    one_by_one = read(*(stream[at : at + 1] for at in range(len(stream))))

    assert at_once[1] == one_by_one[1]
    assert [head.path for head in at_once[0]] == [head.path for head in one_by_one[0]]


def test_a_body_that_is_here_is_taken_at_once() -> None:
    """Then its request is over, and the next one follows."""
    parser = RequestParser()
    parser.feed(PLAIN + PLAIN)
    parser.next_event()

    body = parser.take_body()

    assert body == b"hello"
    assert isinstance(parser.next_event(), Head)


@pytest.mark.parametrize("stream", [PLAIN[:-1], CHUNKED], ids=["in part", "in chunks"])
def test_any_other_body_comes_piece_by_piece(stream: bytes) -> None:
    """Nothing of it is taken before."""
    parser = RequestParser()
    parser.feed(stream)
    parser.next_event()

    body = parser.take_body()

    assert body is None
    assert parser.next_event() in (b"hell", b"hello")


def test_chunks_are_put_together() -> None:
    """Extensions and trailers of the transfer encoding are read over."""
    _, bodies = read(CHUNKED)

    assert bodies == [b"hello world"]


@pytest.mark.parametrize(
    ("text", "keeps_alive"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
    ids=["1.1", "1.1 close", "1.0", "1.0 keep-alive"],
)
def test_the_version_says_whether_a_connection_stays(text: bytes, keeps_alive: bool) -> None:
    """HTTP/1.1 keeps connections unless told otherwise, HTTP/1.0 the other way round."""
    (head,), _ = read(text)

    assert head.keeps_alive is keeps_alive


def test_a_target_may_be_absolute() -> None:
    """Clients behind a proxy send the whole URL; host and fragment are no part of the path."""
    (head,), _ = read(b"GET http://elsewhere:1/a/b?c#d HTTP/1.1\r\n\r\n")

    assert (head.path, head.query) == ("/a/b", "c")


def test_empty_lines_before_a_request_are_read_over() -> None:
    """Some clients send one behind a body."""
    heads, _ = read(b"\r\n\r\n" + PLAIN)

    assert len(heads) == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nSpace : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\nB: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (CHUNK_LINE_BYTES_MAX + 1), 400),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * HEAD_BYTES_MAX, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
    ids=[
        "no request",
        "no version",
        "two spaces",
        "bad method",
        "HTTP/2",
        "no colon",
        "space before the colon",
        "folded",
        "bare line feed",
        "control character",
        "negative length",
        "two lengths",
        "length and chunks",
        "unknown encoding",
        "no chunk size",
        "chunk too long",
        "endless chunk size",
        "endless header",
        "TLS",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(text: bytes, status: int) -> None:
    """Malformed requests end the connection with a status, and need no memory beyond the limits."""
    with pytest.raises(Malformed) as caught:
        read(text)

    assert caught.value.status == status


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"no colon", "a header has no name: 'no colon'"),
        (b"Space : x", "a header has no name: 'Space : x'"),
        (b"A: b\nB: c", "the header A holds a control character"),
    ],
    ids=["no colon", "space before the colon", "bare line feed"],
)
def test_the_header_that_is_refused_is_named(line: bytes, told: str) -> None:
    """Whichever of many it is."""
    with pytest.raises(Malformed, match=told):
        read(b"GET / HTTP/1.1\r\nHost: here\r\n" + line + b"\r\nContent-Length: 0\r\n\r\n")


FRAGMENTS = st.sampled_from(
    [
        PLAIN,
        CHUNKED,
        b"GET / HTTP/1.1",
        b"\r\n",
        b"\n",
        b": ",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 3",
        b"0",
    ]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS | st.binary(max_size=20), max_size=12).map(b"".join), st.integers(1, 50))
def test_whatever_comes_is_read_alike_or_refused(stream: bytes, step: int) -> None:
    """No bytes make the parser fail in another way, and how they are cut makes no difference."""

    def outcome(*pieces: bytes) -> object:
        try:
            heads, bodies = read(*pieces)
        except Malformed as error:
            return error.status
        return [(head.method, head.path, list(head.headers.items())) for head in heads], bodies

    assert outcome(stream) == outcome(*(stream[at : at + step] for at in range(0, len(stream), step)))
