"""What lifecycle rules make of the versions under a key, as tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim_sources.bucket.lifetime import DAY_S, Due, Rule, abortion_of, chosen, dues, expiration_of, rules_of
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version

NOON = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp())
MIDNIGHT = NOON - DAY_S // 2
LARGE_BYTES = 200_000


def rules(*given: dict[str, Any], least_size: str = "") -> tuple[Rule, ...]:
    """Return rules for everything, each with an id of its number."""
    completed = [{"ID": str(n), "Status": "Enabled", "Filter": {}, **rule} for n, rule in enumerate(given)]
    return rules_of({"Rules": completed, "TransitionDefaultMinimumObjectSize": least_size})


def version(version_id: str = "null", *, size_bytes: int = LARGE_BYTES, at_s: int = NOON, **told: str) -> ObjectVersion:
    """Return a version of the object `a/x`."""
    tags = {"k": "v"}
    return ObjectVersion(
        key="a/x", version_id=version_id, etag="", size_bytes=size_bytes, modified_s=at_s, tags=tags, properties=told
    )


def marker(version_id: str, at_s: int = NOON) -> DeleteMarker:
    """Return a delete marker of the same key."""
    return DeleteMarker(key="a/x", version_id=version_id, modified_s=at_s)


def told(given: list[Due]) -> list[tuple[str, str, int]]:
    """Return what happens to which version, and after how many midnights."""
    names = [(due.storage_class or ("remove" if due.is_final else "cover"), due.version.version_id) for due in given]
    return [(*name, (due.at_s - MIDNIGHT) // DAY_S) for name, due in zip(names, given, strict=True)]


def acts(given: tuple[Rule, ...], *versions: Version, is_versioned: bool = True) -> list[tuple[str, str, int]]:
    """Return all that becomes of versions, newest first."""
    return told(list(dues(given, versions, is_versioned=is_versioned)))


@pytest.mark.parametrize(
    ("rule", "midnights"),
    [
        ({"Expiration": {"Days": 1}}, 2),
        ({"Expiration": {"Date": datetime(2026, 1, 8, tzinfo=UTC)}}, 7),
        ({"Expiration": {"Days": 1}, "Status": "Disabled"}, None),
        ({"Expiration": {"Days": 1}, "Filter": {"Prefix": "a/"}}, 2),
        ({"Expiration": {"Days": 1}, "Filter": {"Prefix": "b/"}}, None),
        ({"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "k", "Value": "v"}}}, 2),
        ({"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "k", "Value": "w"}}}, None),
        ({"Expiration": {"Days": 1}, "Filter": {"ObjectSizeGreaterThan": LARGE_BYTES}}, None),
        ({"Expiration": {"Days": 1}, "Filter": {"And": {"Prefix": "a/", "ObjectSizeLessThan": 9}}}, None),
        ({"Expiration": {"ExpiredObjectDeleteMarker": True}}, None),
    ],
    ids=["days", "date", "disabled", "prefix", "another", "tag", "other tag", "size", "and", "markers only"],
)
def test_an_object_goes_at_the_midnight_after_so_many_days(rule: dict[str, Any], midnights: int | None) -> None:
    """Only if the rule is about it."""
    end = expiration_of(rules(rule), version())

    assert (None if end is None else (end[0] - MIDNIGHT) // DAY_S) == midnights


def test_the_first_of_several_rules_counts() -> None:
    """Answers name the rule that lets an object go first."""
    given = rules({"Expiration": {"Days": 3}}, {"Expiration": {"Days": 2}})

    assert expiration_of(given, version()) == (MIDNIGHT + 3 * DAY_S, "1")


def test_a_current_version_goes_under_a_marker() -> None:
    """Only a bucket that never had versioning loses it for good."""
    given = rules({"Expiration": {"Days": 1}})

    assert acts(given, version()) == [("cover", "null", 2)]
    assert acts(given, version(), is_versioned=False) == [("remove", "null", 2)]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ((marker("m"),), [("remove", "m", 0), ("remove", "m", 2)]),
        ((marker("m"), version("v")), []),
    ],
    ids=["alone", "with versions"],
)
def test_a_marker_goes_when_it_covers_nothing(
    versions: tuple[Version, ...], expected: list[tuple[str, str, int]]
) -> None:
    """At once by a rule for markers, by any other when an object of its age would."""
    given = rules({"Expiration": {"ExpiredObjectDeleteMarker": True}}, {"Expiration": {"Days": 1}})

    assert acts(given, *versions) == expected


def test_what_is_not_current_ages_from_its_successor_on() -> None:
    """Markers too; the current version is no matter of such a rule."""
    given = rules({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
    versions = (version("c", at_s=NOON + 9 * DAY_S), marker("m", NOON + 4 * DAY_S), version("v"))

    assert acts(given, *versions) == [("remove", "m", 11), ("remove", "v", 6)]


def test_some_newer_versions_stay() -> None:
    """So many that are not current, the newest of them."""
    given = rules({"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}})
    versions = [version(each) for each in "edcba"]

    assert acts(given, *versions) == [("remove", "b", 2), ("remove", "a", 2)]


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ({"ObjectLockLegalHoldStatus": "ON"}, []),
        ({"ObjectLockLegalHoldStatus": "OFF"}, [("remove", "v", 2)]),
        (
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2026-01-08T12:00:00+00:00"},
            [("remove", "v", 8)],
        ),
    ],
    ids=["hold", "no hold", "retention"],
)
def test_a_locked_version_stays_as_long_as_it_is_locked(
    lock: dict[str, str], expected: list[tuple[str, str, int]]
) -> None:
    """Lifecycle rules bypass no lock (documented)."""
    given = rules({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})

    assert acts(given, version("c"), version("v", **lock)) == expected


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ("STANDARD", "STANDARD_IA", True),
        ("STANDARD_IA", "INTELLIGENT_TIERING", True),
        ("ONEZONE_IA", "GLACIER_IR", False),
        ("ONEZONE_IA", "GLACIER", True),
        ("GLACIER", "DEEP_ARCHIVE", True),
        ("GLACIER", "STANDARD_IA", False),
        ("GLACIER", "GLACIER", False),
    ],
)
def test_classes_are_a_waterfall(before: str, after: str, moves: bool) -> None:
    """Nothing moves up, nor where it is already."""
    given = rules({"Transitions": [{"Days": 0, "StorageClass": after}]})

    assert acts(given, version(StorageClass=before)) == ([(after, "null", 1)] if moves else [])


@pytest.mark.parametrize(
    ("filter_", "least_size", "moved_to"),
    [
        ({}, "", []),
        ({}, "varies_by_storage_class", ["GLACIER"]),
        ({"ObjectSizeLessThan": LARGE_BYTES}, "", ["GLACIER_IR", "GLACIER"]),
    ],
    ids=["as a rule", "archives only", "size in the filter"],
)
def test_small_objects_move_only_where_they_may(filter_: dict[str, Any], least_size: str, moved_to: list[str]) -> None:
    """Below 128 KiB a move does not pay; who names sizes decides (documented)."""
    moves = [{"Days": 1, "StorageClass": each} for each in ("GLACIER_IR", "GLACIER")]
    given = rules({"Transitions": moves, "Filter": filter_}, least_size=least_size)

    assert [each[0] for each in acts(given, version(size_bytes=1000))] == moved_to


def test_what_is_not_current_moves_too() -> None:
    """At its own age, to its own class."""
    given = rules({"NoncurrentVersionTransitions": [{"NoncurrentDays": 2, "StorageClass": "GLACIER"}]})

    assert acts(given, version("c"), version("v")) == [("GLACIER", "v", 3)]


def test_one_thing_a_day_becomes_of_a_version() -> None:
    """To go for good comes before a move, a move before a marker, and the cheapest class before others."""
    given = rules(
        {"Expiration": {"Days": 1}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        {"Transitions": [{"Days": 0, "StorageClass": "GLACIER"}, {"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}]},
        {"NoncurrentVersionTransitions": [{"NoncurrentDays": 0, "StorageClass": "GLACIER"}]},
    )

    done = chosen(list(dues(given, (version("c"), version("v")), is_versioned=True)))

    assert told(done) == [("remove", "v", 2), ("GLACIER", "c", 1)]


def test_an_upload_that_is_not_completed_goes() -> None:
    """By the first rule whose prefix its key has."""
    abort = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    given = rules({**abort, "Filter": {"Prefix": "b/"}}, abort)

    assert abortion_of(given, "a/x", NOON) == (MIDNIGHT + 8 * DAY_S, "1")
    assert abortion_of(given[:1], "a/x", NOON) is None
