"""Typed values as text."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from eventsim.wire.models import Shape, find_service
from eventsim.wire.text import (
    Unreadable,
    join_list,
    read_text,
    read_timestamp,
    split_list,
    write_float,
    write_seconds,
    write_timestamp,
)

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def shape(service: str, operation: str, *names: str) -> Shape:
    """Return a shape of the models: the one below an operation's input."""
    model = find_service(service)
    assert model is not None
    found = model.operation(operation)
    assert found is not None
    assert found.input is not None
    here = found.input
    for name in names:
        here = here.members[name]
    return here


INTEGER = shape("s3", "ListObjectsV2", "MaxKeys")
BOOLEAN = shape("s3", "ListObjectsV2", "FetchOwner")
DOUBLE = shape("cloudwatch", "PutMetricAlarm", "Threshold")
BLOB = shape("kinesis", "PutRecord", "Data")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (INTEGER, "12", 12),
        (INTEGER, "-1", -1),
        (BOOLEAN, "true", True),
        (BOOLEAN, "False", False),
        (DOUBLE, "1.5", 1.5),
        (DOUBLE, "1e-07", 1e-07),
        (DOUBLE, "-Infinity", float("-inf")),
        (BLOB, "AP8=", b"\x00\xff"),
    ],
)
def test_text_is_read(kind: Shape, text: str, value: object) -> None:
    """Each kind has its spelling."""
    assert read_text(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((INTEGER, text) for text in ("", "x", "1.0", "1_0", "٣", "--1", "9" * 5_000)),
        *((BOOLEAN, text) for text in ("", "yes", "1")),
        *((DOUBLE, text) for text in ("", "nan", "inf", "1_0", "0x1")),
        *((BLOB, text) for text in ("%", "a", "ü")),
    ],
)
def test_other_text_is_refused(kind: Shape, text: str) -> None:
    """Python would read more than AWS does."""
    with pytest.raises(Unreadable):
        read_text(kind, text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", MOMENT),
        ("2026-01-02T04:04:05.678+01:00", MOMENT),
        ("2026-01-02T03:04:05", MOMENT.replace(microsecond=0)),
        ("2026-01-02", MOMENT.replace(hour=0, minute=0, second=0, microsecond=0)),
        ("Fri, 02 Jan 2026 03:04:05 GMT", MOMENT.replace(microsecond=0)),
        ("1767323045.678", MOMENT),
        (1767323045.678, MOMENT),
        (1767323045, MOMENT.replace(microsecond=0)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates_are_read(text: Any, moment: datetime) -> None:
    """Clients write them in three ways; all are aware of their zone."""
    assert read_timestamp(text) == moment


@pytest.mark.parametrize("text", ["", "never", "2026-13-01", "Fri, 99 Jan 2026", 1e300, float("nan"), "9" * 40])
def test_other_dates_are_refused(text: Any) -> None:
    """Whatever is no date, or none of the calendar's."""
    with pytest.raises(Unreadable):
        read_timestamp(text)


@pytest.mark.parametrize(
    ("form", "is_exact", "text"),
    [
        ("iso8601", False, "2026-01-02T03:04:05.678Z"),
        ("iso8601", True, "2026-01-02T03:04:05.678Z"),
        ("rfc822", False, "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("unixtimestamp", False, "1767323045.678"),
    ],
)
def test_dates_are_written(form: str, is_exact: bool, text: str) -> None:
    """In universal time, wherever they come from."""
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5)))

    assert write_timestamp(elsewhere, form, is_exact=is_exact) == text


def test_whole_seconds_are_written_as_such() -> None:
    """S3 and EC2 write milliseconds all the same."""
    moment = MOMENT.replace(microsecond=0)

    assert write_timestamp(moment, "iso8601") == "2026-01-02T03:04:05Z"
    assert write_timestamp(moment, "iso8601", is_exact=True) == "2026-01-02T03:04:05.000Z"
    assert write_seconds(moment) == 1767323045


def test_floats_are_written() -> None:
    """Those that are no numbers have names."""
    assert [write_float(value) for value in (1, 1.5, float("inf"), float("-inf"))] == [
        "1.0",
        "1.5",
        "Infinity",
        "-Infinity",
    ]


@pytest.mark.parametrize("values", [["a"], ["a", "b"], ["a,b", 'say "hi"', "back\\slash, too"], ["", "b"]])
def test_lists_in_headers_are_split_as_they_were_joined(values: list[str]) -> None:
    """Quotes hold what has a comma or a quote."""
    names = shape("s3", "GetObjectAttributes", "ObjectAttributes")

    assert split_list(names, join_list(values)) == values
