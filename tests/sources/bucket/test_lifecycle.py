"""Objects grow old: what a bucket's lifecycle rules do as days pass, and who is told."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation

DAY_S = 86_400
EVERYTHING = {"ID": "r", "Status": "Enabled", "Filter": {}}
EXPIRES = {**EVERYTHING, "Expiration": {"Days": 1}}
ARCHIVES = {**EVERYTHING, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
LARGE = b"x" * 200_000


@pytest.fixture
def bucket(world: SyncSimulation) -> str:
    """A bucket; it is one o'clock in the morning of the first of January."""
    world.add_source("buckets", "photos")
    world.advance(3600)
    return "photos"


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    """The same with versioning."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def follow(s3: Any, *rules: dict[str, Any]) -> None:
    """Have the bucket follow rules."""
    s3.put_bucket_lifecycle_configuration(Bucket="photos", LifecycleConfiguration={"Rules": list(rules)})


def tell(s3: Any, queue: Any, *events: str) -> None:
    """Have the queue told of events, without a test event."""
    rule = {"QueueArn": queue.arn, "Events": list(events), "Id": "told"}
    configuration = {"QueueConfigurations": [rule], "EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration=configuration, SkipDestinationValidation=True
    )


def keys(s3: Any) -> list[str]:
    """Return the keys in the bucket."""
    return [each["Key"] for each in s3.list_objects_v2(Bucket="photos").get("Contents", ())]


def shown(s3: Any) -> tuple[list[str], list[str]]:
    """Return the ids of the versions, and of the delete markers."""
    listed = s3.list_object_versions(Bucket="photos")
    ids = [[each["VersionId"] for each in listed.get(kind, ())] for kind in ("Versions", "DeleteMarkers")]
    return ids[0], ids[1]


def records(world: SyncSimulation, queue: Any) -> list[dict[str, Any]]:
    """Return what the queue was told of."""
    world.advance(1)
    return [json.loads(each.body)["Records"][0] for each in queue.envelopes]


def test_an_object_goes_at_the_promised_midnight(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """The one that answers tell, not a second earlier."""
    follow(s3, EXPIRES)
    promised = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["Expiration"]

    world.advance(47 * 3600 - 1)
    before = keys(s3)
    world.advance(1)

    assert promised == 'expiry-date="Sat, 03 Jan 2026 00:00:00 GMT", rule-id="r"'
    assert (before, keys(s3)) == (["k"], [])


def test_what_is_overdue_goes_at_the_next_midnight(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """S3 looks once a day, at whatever age; a date that is over goes on to count (documented)."""
    s3.put_object(Bucket=bucket, Key="old", Body=b"x")
    world.advance(10 * DAY_S)
    follow(s3, {**EVERYTHING, "Expiration": {"Date": datetime(2026, 1, 5, tzinfo=UTC)}})
    s3.put_object(Bucket=bucket, Key="new", Body=b"x")

    at_first = keys(s3)
    world.advance(DAY_S)

    assert (at_first, keys(s3)) == (["new", "old"], [])


def test_an_object_that_is_written_anew_stays_on(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """Its age begins anew; and once the rules are gone nothing goes."""
    follow(s3, {**EVERYTHING, "Expiration": {"Days": 2}})
    for day in range(4):
        s3.put_object(Bucket=bucket, Key="k", Body=str(day))
        world.advance(DAY_S)

    s3.delete_bucket_lifecycle(Bucket=bucket)
    world.advance(9 * DAY_S)

    assert keys(s3) == ["k"]


def test_a_tag_brings_an_object_under_a_rule(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """However old it is when it gets it."""
    follow(s3, {**EXPIRES, "Filter": {"Tag": {"Key": "keep", "Value": "no"}}})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    world.advance(5 * DAY_S)
    at_first = keys(s3)

    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "keep", "Value": "no"}]})
    world.advance(DAY_S)

    assert (at_first, keys(s3)) == (["k"], [])


def test_rules_keep_no_run_from_being_idle(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """A year to wait is nothing to do."""
    follow(s3, EXPIRES)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    world.until_idle()

    assert keys(s3) == ["k"]


def test_the_end_of_an_object_is_told_of(world: SyncSimulation, s3: Any, bucket: str, queue: Any) -> None:
    """By S3 itself, without size and eTag, as another kind of event than a delete that somebody asks for."""
    follow(s3, EXPIRES)
    tell(s3, queue, "s3:LifecycleExpiration:*", "s3:ObjectRemoved:*")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    world.advance(3 * DAY_S)

    (record,) = records(world, queue)
    assert record["eventName"] == "LifecycleExpiration:Delete"
    assert record["eventVersion"] == "2.3"
    assert record["eventTime"] == "2026-01-03T00:00:00.000Z"
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert record["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}
    assert record["s3"]["object"].keys() == {"key", "sequencer"}
    assert world.trace.count("object expired") == 1


def test_in_versions_a_marker_comes_and_all_goes_step_by_step(
    world: SyncSimulation, s3: Any, versioned: str, queue: Any
) -> None:
    """First a delete marker, then the version below it, at last the marker that covers nothing."""
    follow(s3, {**EXPIRES, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
    tell(s3, queue, "s3:LifecycleExpiration:*")
    version_id = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]

    world.advance(2 * DAY_S)
    (kept, (marker_id,)) = shown(s3)
    world.advance(9 * DAY_S)

    assert kept == [version_id]
    assert shown(s3) == ([], [])
    happened = [(each["eventName"], each["s3"]["object"]["versionId"]) for each in records(world, queue)]
    assert happened == [
        ("LifecycleExpiration:DeleteMarkerCreated", marker_id),
        ("LifecycleExpiration:Delete", version_id),
        ("LifecycleExpiration:Delete", marker_id),
    ]


def test_so_many_older_versions_stay(world: SyncSimulation, s3: Any, versioned: str) -> None:
    """The current one, and the newest others."""
    follow(s3, {**EVERYTHING, "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}})
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"] for _ in range(4)]

    world.advance(3 * DAY_S)

    assert shown(s3) == ([ids[3], ids[2]], [])


def test_a_hold_that_ends_lets_a_version_go(world: SyncSimulation, s3: Any) -> None:
    """At the midnight that follows."""
    s3.create_bucket(Bucket="photos", ObjectLockEnabledForBucket=True)
    follow(s3, {**EVERYTHING, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
    old, new = (s3.put_object(Bucket="photos", Key="k", Body=b"x")["VersionId"] for _ in range(2))
    hold = {"Bucket": "photos", "Key": "k", "VersionId": old}
    s3.put_object_legal_hold(**hold, LegalHold={"Status": "ON"})
    world.advance(9 * DAY_S)
    at_first = shown(s3)[0]

    s3.put_object_legal_hold(**hold, LegalHold={"Status": "OFF"})
    world.advance(DAY_S)

    assert (at_first, shown(s3)[0]) == ([new, old], [new])


def test_an_object_moves_to_an_archive_and_is_told_of(world: SyncSimulation, s3: Any, bucket: str, queue: Any) -> None:
    """It keeps its date, and cannot be read before it is restored; a small one stays."""
    follow(s3, ARCHIVES)
    tell(s3, queue, "s3:LifecycleTransition")
    s3.put_object(Bucket=bucket, Key="large", Body=LARGE)
    s3.put_object(Bucket=bucket, Key="small", Body=b"x")
    written = s3.head_object(Bucket=bucket, Key="large")["LastModified"]

    world.advance(2 * DAY_S)

    moved = s3.head_object(Bucket=bucket, Key="large")
    assert (moved["StorageClass"], moved["LastModified"]) == ("GLACIER", written)
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="small")
    with pytest.raises(ClientError, match="InvalidObjectState"):
        s3.get_object(Bucket=bucket, Key="large")
    (record,) = records(world, queue)
    assert record["eventName"] == "LifecycleTransition"
    assert record["lifecycleEventData"] == {"transitionEventData": {"destinationStorageClass": "GLACIER"}}


def test_an_upload_that_nobody_completes_is_aborted(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """Answers promise the day; the trace tells of it, and nobody else is told."""
    follow(s3, {**EVERYTHING, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k")
    named = {"Bucket": bucket, "Key": "k", "UploadId": begun["UploadId"]}
    s3.upload_part(**named, PartNumber=1, Body=b"x")

    world.advance(2 * DAY_S)
    listed = s3.list_parts(**named)
    world.advance(DAY_S)

    expected = (datetime(2026, 1, 4, tzinfo=UTC), "r")
    assert (begun["AbortDate"], begun["AbortRuleId"]) == (listed["AbortDate"], listed["AbortRuleId"]) == expected
    with pytest.raises(ClientError, match="NoSuchUpload"):
        s3.list_parts(**named)
    assert world.trace.count("upload aborted") == 1


SCENARIO_RULES = [
    (
        {"prefix": "tmp/", "expire_days": 1},
        {"Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}},
    ),
    (
        {"tags": {"a": "b"}, "expire_date": "2026-03-01"},
        {
            "Filter": {"Tag": {"Key": "a", "Value": "b"}},
            "Expiration": {"Date": datetime(2026, 3, 1, tzinfo=UTC)},
        },
    ),
    (
        {"prefix": "a/", "larger_than_bytes": 5, "remove_lone_markers": False, "abort_upload_days": 3},
        {
            "Filter": {"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 5}},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
        },
    ),
    (
        {"remove_lone_markers": True, "noncurrent_expire_days": 9, "noncurrent_keep": 2},
        {
            "Filter": {},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 2},
        },
    ),
    (
        {
            "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}],
            "noncurrent_transitions": [{"days": 7, "keep": 1, "storage_class": "GLACIER"}],
        },
        {
            "Filter": {},
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
            "NoncurrentVersionTransitions": [
                {"NoncurrentDays": 7, "NewerNoncurrentVersions": 1, "StorageClass": "GLACIER"}
            ],
        },
    ),
]


@pytest.mark.parametrize(("said", "rule"), SCENARIO_RULES)
def test_a_scenario_says_rules_in_words_of_ours(
    world: SyncSimulation, s3: Any, said: dict[str, Any], rule: dict[str, Any]
) -> None:
    """Clients see them as S3 would show them."""
    world.add_source("buckets", "photos", lifecycle=[{"id": "r", **said}])

    (shown,) = s3.get_bucket_lifecycle_configuration(Bucket="photos")["Rules"]

    assert shown == {"ID": "r", "Status": "Enabled", **rule}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"expire_days": 1, "remove_lone_markers": True}, "make it two rules"),
        ({"noncurrent_keep": 1}, "needs `noncurrent_expire_days`"),
        ({"transitions": [{"storage_class": "GLACIER"}]}, "either `days` or `date`"),
        ({"prefix": "a/"}, "At least one action needs to be specified in a rule"),
        ({"transitions": [{"storage_class": "STANDARD_IA", "days": 1}]}, "greater than or equal to 30"),
    ],
    ids=["two ends", "keep", "when", "nothing", "too early"],
)
def test_a_scenario_that_makes_no_sense_is_refused(world: SyncSimulation, rule: dict[str, Any], message: str) -> None:
    """In words that tell what to mend, or in S3's."""
    with pytest.raises(ConfigurationError, match=message):
        world.add_source("buckets", "photos", lifecycle=[rule])


def test_what_a_scenario_puts_there_ages_too(world: SyncSimulation, s3: Any) -> None:
    """From the beginning of the run on."""
    world.add_source("buckets", "photos", lifecycle=[{"expire_days": 30}])
    world.put("photos", "k", b"x")

    world.advance(30 * DAY_S)

    assert keys(s3) == []
