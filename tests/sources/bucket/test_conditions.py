"""The tables of conditional requests, row by row."""

from datetime import UTC, datetime

import pytest

from eventsim import ApiError
from eventsim_sources.bucket.conditions import (
    ReadConditions,
    ReadVerdict,
    WriteConditions,
    check_copy_source,
    check_delete,
    check_read,
    check_write,
    decide_read,
)
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version

MODIFIED_S = 1_767_225_600
NOW_S = MODIFIED_S + 3600
FOUND = ObjectVersion(key="k", etag="abc", size_bytes=1, modified_s=MODIFIED_S)
MARKER = DeleteMarker(key="k", version_id="v", modified_s=MODIFIED_S)


def instant(seconds: float) -> datetime:
    """Return an instant relative to the object's last change."""
    return datetime.fromtimestamp(MODIFIED_S + seconds, UTC)


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        pytest.param({}, ReadVerdict.GO_ON, id="none"),
        pytest.param({"if_match": '"abc"'}, ReadVerdict.GO_ON, id="match-quoted"),
        pytest.param({"if_match": "abc"}, ReadVerdict.GO_ON, id="match-bare"),
        pytest.param({"if_match": "*"}, ReadVerdict.GO_ON, id="match-any"),
        pytest.param({"if_match": '"x"'}, ReadVerdict.IF_MATCH, id="match-other"),
        pytest.param({"if_none_match": "abc"}, ReadVerdict.IF_NONE_MATCH, id="none-match-same"),
        pytest.param({"if_none_match": '"x"'}, ReadVerdict.GO_ON, id="none-match-other"),
        pytest.param({"if_unmodified_since": instant(0)}, ReadVerdict.GO_ON, id="unmodified-equal"),
        pytest.param({"if_unmodified_since": instant(-1)}, ReadVerdict.IF_UNMODIFIED_SINCE, id="unmodified-earlier"),
        pytest.param({"if_modified_since": instant(0)}, ReadVerdict.IF_MODIFIED_SINCE, id="modified-equal"),
        pytest.param({"if_modified_since": instant(0.9)}, ReadVerdict.IF_MODIFIED_SINCE, id="modified-same-second"),
        pytest.param({"if_modified_since": instant(-1)}, ReadVerdict.GO_ON, id="modified-earlier"),
        pytest.param({"if_modified_since": instant(7200)}, ReadVerdict.GO_ON, id="modified-in-the-future"),
        pytest.param(
            {"if_match": "abc", "if_unmodified_since": instant(-1)}, ReadVerdict.GO_ON, id="match-beats-unmodified"
        ),
        pytest.param(
            {"if_none_match": "abc", "if_modified_since": instant(-1)}, ReadVerdict.IF_NONE_MATCH, id="none-match-beats"
        ),
        pytest.param(
            {"if_none_match": "x", "if_modified_since": instant(0)}, ReadVerdict.GO_ON, id="none-match-other-beats"
        ),
        pytest.param({"if_match": "x", "if_none_match": "abc"}, ReadVerdict.IF_MATCH, id="match-comes-first"),
    ],
)
def test_a_read_goes_on_or_stops(conditions: dict[str, object], verdict: ReadVerdict) -> None:
    """If-Match, then If-Unmodified-Since; If-None-Match, then If-Modified-Since; whole seconds."""
    assert decide_read(ReadConditions(**conditions), FOUND, NOW_S) is verdict  # type: ignore[arg-type]  # a table of mixed types


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if_match": "x"}, 412),
        ({"if_unmodified_since": instant(-1)}, 412),
        ({"if_none_match": "abc"}, 304),
        ({"if_modified_since": instant(0)}, 304),
    ],
    ids=["match", "unmodified", "none-match", "modified"],
)
def test_a_reader_learns_that_it_has_the_object_and_a_copy_fails(conditions: dict[str, object], status: int) -> None:
    """A failed none-match or modified-since is 304 to a reader, but 412 to a copy."""
    parsed = ReadConditions(**conditions)  # type: ignore[arg-type]  # a table of mixed types

    with pytest.raises(ApiError) as read:
        check_read(parsed, FOUND, NOW_S)
    with pytest.raises(ApiError) as copy:
        check_copy_source(parsed, FOUND, NOW_S)

    assert read.value.status == status
    assert copy.value.status == 412
    assert str(copy.value.fields["Condition"]).startswith("x-amz-copy-source-If-")


@pytest.mark.parametrize(
    ("conditions", "latest", "refusal"),
    [
        pytest.param({}, FOUND, None, id="unconditional"),
        pytest.param({"if_none_match": "*"}, FOUND, (412, "PreconditionFailed"), id="none-match-exists"),
        pytest.param({"if_none_match": "*"}, None, None, id="none-match-absent"),
        pytest.param({"if_none_match": "*"}, MARKER, None, id="none-match-marker"),
        pytest.param({"if_none_match": "abc"}, None, (501, "NotImplemented"), id="none-match-etag"),
        pytest.param({"if_match": '"abc"'}, FOUND, None, id="match-equal"),
        pytest.param({"if_match": "x"}, FOUND, (412, "PreconditionFailed"), id="match-other"),
        pytest.param({"if_match": "abc"}, None, (404, "NoSuchKey"), id="match-absent"),
        pytest.param({"if_match": "abc"}, MARKER, (404, "NoSuchKey"), id="match-marker"),
        pytest.param({"if_match": "*"}, FOUND, (501, "NotImplemented"), id="match-any"),
        pytest.param({"if_match": "a", "if_none_match": "*"}, FOUND, (501, "NotImplemented"), id="both"),
    ],
)
def test_a_write_replaces_only_what_it_may(
    conditions: dict[str, str], latest: Version | None, refusal: tuple[int, str] | None
) -> None:
    """Writes know `If-None-Match: *` and `If-Match` with an ETag; everything else is not implemented by S3."""
    parsed = WriteConditions(**conditions)

    if refusal is None:
        check_write(parsed, "k", latest)
        return
    with pytest.raises(ApiError) as raised:
        check_write(parsed, "k", latest)

    assert (raised.value.status, raised.value.code) == refusal


@pytest.mark.parametrize(
    ("conditions", "latest"),
    [({"if_none_match": "*"}, None), ({"if_match": "abc"}, FOUND)],
    ids=["deleted", "rewritten"],
)
def test_a_change_during_a_multipart_upload_is_a_conflict(conditions: dict[str, str], latest: Version | None) -> None:
    """Complete refuses if somebody deleted or rewrote the key after the upload began, even with the same bytes."""
    with pytest.raises(ApiError) as raised:
        check_write(WriteConditions(**conditions), "k", latest, changed_since_begun=True)

    assert (raised.value.status, raised.value.code) == (409, "ConditionalRequestConflict")


@pytest.mark.parametrize(
    ("if_match", "latest", "status"),
    [(None, None, None), ("abc", FOUND, None), ("*", FOUND, None), ("x", FOUND, 412), ("abc", None, 404)],
    ids=["none", "equal", "any", "other", "absent"],
)
def test_a_delete_can_demand_an_etag(if_match: str | None, latest: Version | None, status: int | None) -> None:
    """DELETE supports If-Match."""
    if status is None:
        check_delete(if_match, "k", latest)
        return
    with pytest.raises(ApiError) as raised:
        check_delete(if_match, "k", latest)

    assert raised.value.status == status
