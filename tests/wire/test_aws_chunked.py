"""Bodies wrapped in chunks, with signatures and trailers."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim.wire.answer import decode
from eventsim.wire.aws_chunked import is_chunked, unwrap
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest
from eventsim.wire.route import Home

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def put(body: bytes, **headers: str) -> HttpRequest:
    """Return an upload."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method="PUT", path="/shelf/k", headers=Headers(named), body=body)


def call(request: HttpRequest) -> Any:
    """Read an upload."""
    found = decode(request, request_id="0", home=Home())
    assert isinstance(found, Call), found
    return found.parameters


def test_signed_chunks_are_joined() -> None:
    """Each bears its length and a signature, which nobody checks; the length is the plain body's."""
    body = b"5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n world\r\n0;chunk-signature=ef\r\n\r\n"
    request = put(body, X_Amz_Content_Sha256=SIGNED, X_Amz_Decoded_Content_Length="11", Content_Length=str(len(body)))

    found = call(request)

    assert (found["Body"].read(), found["ContentLength"]) == (b"hello world", 11)
    assert "ContentEncoding" not in found


def test_a_trailer_becomes_a_parameter() -> None:
    """Checksums may stand behind the body; other trailers say nothing to the operation."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\nx-amz-trailer-signature:ab\r\nx-other:1\r\n\r\n"

    found = call(put(body, X_Amz_Content_Sha256=TRAILER, X_Amz_Trailer="x-amz-checksum-crc32c"))

    assert found["ChecksumCRC32C"] == "mnG7TA=="
    assert found["Body"].read() == b"hello"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("place", ["header", "trailer"])
def test_every_checksum_is_handed_over(algorithm: str, place: str) -> None:
    """The operation verifies them; here they only find their parameter."""
    name = f"x-amz-checksum-{algorithm.lower()}"
    if place == "header":
        request = put(b"hello", **{name: "abc="})
    else:
        request = put(b"0\r\n" + name.encode() + b":abc=\r\n\r\n", Content_Encoding="aws-chunked")

    assert call(request)[f"Checksum{algorithm}"] == "abc="


def test_other_encodings_stay() -> None:
    """What the object is encoded with is the object's."""
    found = call(put(b"0\r\n\r\n", Content_Encoding="gzip,aws-chunked"))

    assert found["ContentEncoding"] == "gzip"


def test_plain_bodies_are_left_alone() -> None:
    """Neither header, no chunks."""
    request = put(b"5\r\nhello\r\n0\r\n\r\n", X_Amz_Content_Sha256="UNSIGNED-PAYLOAD", Content_MD5="abc=")

    assert not is_chunked(request)
    assert (call(request)["Body"].read(), call(request)["ContentMD5"]) == (request.body, "abc=")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"5\r\nhel", id="cut off"),
        pytest.param(b"5\r\nhello", id="no end of a chunk"),
        pytest.param(b"5\r\nhello\r\n", id="no last chunk"),
        pytest.param(b"x\r\nhello\r\n0\r\n\r\n", id="no length"),
        pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", id="a negative length"),
        pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n", id="a prefix"),
        pytest.param(b"f" * 40 + b"\r\n", id="a length beyond the world"),
        pytest.param(b"5" * 10_000, id="no line"),
        pytest.param(b"0\r\nno colon\r\n\r\n", id="no trailer"),
    ],
)
def test_broken_chunks_are_refused(body: bytes) -> None:
    """S3 says that the body is incomplete."""
    with pytest.raises(ApiError, match="IncompleteBody"):
        unwrap(put(body, Content_Encoding="aws-chunked"))


def test_the_length_must_be_true() -> None:
    """A request says how long the plain body is."""
    with pytest.raises(ApiError, match="IncompleteBody"):
        unwrap(put(b"5\r\nhello\r\n0\r\n\r\n", Content_Encoding="aws-chunked", X_Amz_Decoded_Content_Length="6"))


@settings(max_examples=30, database=None, derandomize=True, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40)))
def test_chunks_are_joined_whatever_they_hold(chunks: list[bytes]) -> None:
    """Lengths rule, not what looks like the end of a line."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"

    assert unwrap(put(body, Content_Encoding="aws-chunked")).body == b"".join(chunks)
