"""Which bytes a `Range` asks for, as recorded from an object of ten bytes."""

import pytest

from eventsim import ApiError
from eventsim_sources.bucket.ranges import copy_span_of, span_of


@pytest.mark.parametrize(
    ("text", "content_range"),
    [
        ("bytes=0-8", "bytes 0-8/10"),
        ("bytes=1-", "bytes 1-9/10"),
        ("bytes=-2", "bytes 8-9/10"),
        ("bytes=-15", "bytes 0-9/10"),
        ("bytes=0-100", "bytes 0-9/10"),
        ("bytes=9-9", "bytes 9-9/10"),
    ],
)
def test_a_range_gives_the_bytes_that_there_are(text: str, content_range: str) -> None:
    """First and last are included, and cut to the object."""
    span = span_of(text, 10)

    assert span is not None
    assert span.content_range == content_range


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "bytes=1-0",
        "bytes=-1-",
        "bytes=0--1",
        "bytes=0-1,3-4",
        "characters=0-1",
        "bytes=-",
        "bytes 0-1",
        "0-1",
    ],
)
def test_what_is_no_single_range_is_ignored(text: str | None) -> None:
    """S3 gives the whole object for a range that it cannot read."""
    assert span_of(text, 10) is None


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("bytes=-0", 10), ("bytes=100-200", 10), ("bytes=10-", 10), ("bytes=0-", 0)]
)
def test_a_range_without_any_byte_is_refused(text: str, size_bytes: int) -> None:
    """416 names the object's size and the range."""
    with pytest.raises(ApiError) as raised:
        span_of(text, size_bytes)

    assert (raised.value.status, raised.value.code) == (416, "InvalidRange")
    assert raised.value.fields == {"ActualObjectSize": str(size_bytes), "RangeRequested": text}


@pytest.mark.parametrize("text", ["bytes=0-", "bytes=-5", "bytes=3-1", "0-5", "bytes=0-10", "bytes=0-1,2-3"])
def test_the_range_of_a_copied_part_must_be_exact(text: str) -> None:
    """`bytes=first-last`, and inside the source."""
    with pytest.raises(ApiError, match="InvalidArgument"):
        copy_span_of(text, 10)


def test_a_copied_part_takes_its_range() -> None:
    """An exact range is taken as it is."""
    span = copy_span_of("bytes=2-9", 10)

    assert span is not None
    assert (span.first, span.last, span.length_bytes) == (2, 9, 8)
