"""Are headers of HTTP/2 read as they were meant? With the examples of RFC 7541, appendix C."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.live.hpack import TABLE_BYTES_MAX, HeaderReader, Unreadable, header_block

SITE = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")]
PACKED = (
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
)
TEXTS = st.text(st.characters(min_codepoint=0, max_codepoint=255))


def test_text_may_be_packed() -> None:
    """Huffman's code has five to thirty bits for a letter; what came before is named by its place (C.4)."""
    reader = HeaderReader()

    first, second, third = (reader.read(bytes.fromhex(block)) for block in PACKED)

    assert first == SITE
    assert second == [*SITE, ("cache-control", "no-cache")]
    assert third == [
        (":method", "GET"),
        (":scheme", "https"),
        (":path", "/index.html"),
        (":authority", "www.example.com"),
        ("custom-key", "custom-value"),
    ]


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", [("custom-key", "custom-header")]),
        ("040c2f73616d706c652f70617468", [(":path", "/sample/path")]),
        ("100870617373776f726406736563726574", [("password", "secret")]),
        ("82", [(":method", "GET")]),
    ],
    ids=["remembered", "not remembered", "never remembered", "known"],
)
def test_a_header_stands_there_in_four_ways(block: str, headers: list[tuple[str, str]]) -> None:
    """By its place, or as text that is remembered or not (C.2)."""
    assert HeaderReader().read(bytes.fromhex(block)) == headers


def test_the_oldest_must_go() -> None:
    """A table of no bytes holds nothing, though it is large again later."""
    reader = HeaderReader()
    reader.read(bytes.fromhex(PACKED[0]))
    reader.read(bytes.fromhex("20") + bytes.fromhex("3fe11f"))

    with pytest.raises(Unreadable, match="not there"):
        reader.read(bytes.fromhex("be"))


@pytest.mark.parametrize(
    "block",
    ["80", "ff8080808080", "be", "0003", "3fe21f", "0081ff00", "008100", "0084ffffffff00"],
    ids=["nothing", "endless", "unknown", "short", "large table", "end in a text", "wrong rest", "end of text"],
)
def test_what_makes_no_sense_is_refused(block: str) -> None:
    """Two readers could understand it differently."""
    with pytest.raises(Unreadable):
        HeaderReader().read(bytes.fromhex(block))


@given(st.lists(st.tuples(TEXTS.map(str.lower), TEXTS)))
def test_what_is_written_is_read(headers: list[tuple[str, str]]) -> None:
    """Nothing is packed, whatever it is."""
    latin = [(name.encode("latin-1", "replace").decode("latin-1"), value) for name, value in headers]

    assert HeaderReader().read(header_block(tuple(latin))) == latin


@given(st.binary())
def test_no_bytes_surprise_the_reader(block: bytes) -> None:
    """They are headers, or they are refused; the table keeps its bound."""
    reader = HeaderReader()
    with contextlib.suppress(Unreadable):
        reader.read(block * 3)

    assert reader.size_bytes <= TABLE_BYTES_MAX
