"""What object lock keeps from being deleted: retention, by governance or compliance, and legal hold."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sdk import refusal

SOON = datetime(2026, 2, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)
PAST = datetime(2025, 1, 1, tzinfo=UTC)
PROTECTED = ("AccessDenied", "Access Denied because object protected by object lock.")


@pytest.fixture
def locked(s3: Any) -> dict[str, str]:
    """Name an object in a bucket with object lock."""
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    version_id = s3.put_object(Bucket="vault", Key="k", Body=b"x")["VersionId"]
    return {"Bucket": "vault", "Key": "k", "VersionId": version_id}


def test_a_bucket_is_born_with_object_lock(s3: Any, locked: dict[str, str]) -> None:
    """It has versions from the start, and cannot stop."""
    configuration = s3.get_object_lock_configuration(Bucket="vault")["ObjectLockConfiguration"]
    suspended = {"Bucket": "vault", "VersioningConfiguration": {"Status": "Suspended"}}

    assert configuration == {"ObjectLockEnabled": "Enabled"}
    assert s3.get_bucket_versioning(Bucket="vault")["Status"] == "Enabled"
    assert refusal(s3.put_bucket_versioning, **suspended)[0] == "InvalidBucketState"


def test_a_legal_hold_lasts_until_it_is_taken_away(s3: Any, locked: dict[str, str]) -> None:
    """Only the version is protected: a delete without its id adds a marker."""
    assert refusal(s3.get_object_legal_hold, **locked)[0] == "NoSuchObjectLockConfiguration"

    s3.put_object_legal_hold(**locked, LegalHold={"Status": "ON"})

    assert s3.get_object_legal_hold(**locked)["LegalHold"] == {"Status": "ON"}
    assert s3.head_object(**locked)["ObjectLockLegalHoldStatus"] == "ON"
    assert refusal(s3.delete_object, **locked, BypassGovernanceRetention=True) == PROTECTED
    assert s3.delete_object(Bucket="vault", Key="k")["DeleteMarker"]
    s3.put_object_legal_hold(**locked, LegalHold={"Status": "OFF"})
    s3.delete_object(**locked)


def test_governance_can_be_bypassed(s3: Any, locked: dict[str, str]) -> None:
    """By who asks for it: to shorten, to take away, to delete."""
    assert refusal(s3.get_object_retention, **locked)[0] == "NoSuchObjectLockConfiguration"

    s3.put_object_retention(**locked, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": LATER})

    assert s3.get_object_retention(**locked)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": LATER}
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": SOON}
    assert refusal(s3.put_object_retention, **locked, Retention=shorter) == PROTECTED
    assert refusal(s3.delete_object, **locked) == PROTECTED
    s3.put_object_retention(**locked, Retention=shorter, BypassGovernanceRetention=True)
    s3.delete_object(**locked, BypassGovernanceRetention=True)


def test_compliance_can_be_prolonged_only(s3: Any, locked: dict[str, str]) -> None:
    """Nobody shortens it, changes its mode or deletes before its end."""
    s3.put_object_retention(**locked, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": SOON})

    s3.put_object_retention(**locked, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": LATER})

    for retention in (
        {"Mode": "COMPLIANCE", "RetainUntilDate": SOON},
        {"Mode": "GOVERNANCE", "RetainUntilDate": LATER},
    ):
        refused = {"Retention": retention, "BypassGovernanceRetention": True}
        assert refusal(s3.put_object_retention, **locked, **refused) == PROTECTED
    errors = s3.delete_objects(
        Bucket="vault",
        Delete={"Objects": [{"Key": "k", "VersionId": locked["VersionId"]}]},
        BypassGovernanceRetention=True,
    )["Errors"]
    assert [(each["Code"], each["Message"]) for each in errors] == [PROTECTED]


def test_a_retention_ends(world: Any, s3: Any, locked: dict[str, str]) -> None:
    """Afterwards the version can go."""
    s3.put_object_retention(**locked, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": SOON})

    world.advance(32 * 86_400)

    s3.delete_object(**locked)


def test_a_write_brings_its_locks_or_gets_the_buckets(s3: Any, locked: dict[str, str]) -> None:
    """A default retention holds for what has none of its own."""
    default = {"Mode": "GOVERNANCE", "Days": 1}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": default}}
    s3.put_object_lock_configuration(Bucket="vault", ObjectLockConfiguration=configuration)

    s3.put_object(Bucket="vault", Key="default", Body=b"")
    own = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": LATER, "ObjectLockLegalHoldStatus": "OFF"}
    s3.put_object(Bucket="vault", Key="own", Body=b"", **own)

    head = s3.head_object(Bucket="vault", Key="default")
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"] == datetime(2026, 1, 2, tzinfo=UTC)
    assert {name: s3.head_object(Bucket="vault", Key="own")[name] for name in own} == own


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"ObjectLockMode": "GOVERNANCE"},
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
        ),
        ({"ObjectLockMode": "SOFT", "ObjectLockRetainUntilDate": SOON}, "Unknown wormMode directive."),
        (
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": PAST},
            "The retain until date must be in the future!",
        ),
        ({"ObjectLockLegalHoldStatus": "MAYBE"}, "Legal Hold must be either of 'ON' or 'OFF'"),
    ],
    ids=["half", "mode", "past", "hold"],
)
def test_locks_that_make_no_sense_are_refused(
    s3: Any, locked: dict[str, str], parameters: dict[str, Any], message: str
) -> None:
    """Before anything is written."""
    expected = ("InvalidArgument", message)

    assert refusal(s3.put_object, Bucket="vault", Key="new", Body=b"", **parameters) == expected


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_object", {"Body": b"", "ObjectLockEventHold": "ON"}),
        ("put_object_retention", {"Retention": {"EventHold": "ON", "EventHoldDuration": {"Days": 1}}}),
        (
            "put_object_lock_configuration",
            {
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "DefaultEventHold": {"Days": 1}}},
                }
            },
        ),
    ],
)
def test_event_holds_are_refused_by_name(
    s3: Any, locked: dict[str, str], operation: str, parameters: dict[str, Any]
) -> None:
    """Nobody shall believe that a version is held which is not."""
    where = {} if operation == "put_object_lock_configuration" else {"Key": "k"}

    code, message = refusal(getattr(s3, operation), Bucket="vault", **where, **parameters)

    assert code == "NotImplemented"
    assert "EventHold" in message


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_object_retention", {}),
        ("put_object_retention", {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": SOON}}),
        ("get_object_legal_hold", {}),
        ("put_object_legal_hold", {"LegalHold": {"Status": "ON"}}),
        ("put_object", {"ObjectLockLegalHoldStatus": "ON"}),
    ],
)
def test_a_bucket_without_object_lock_has_no_locks(s3: Any, operation: str, parameters: dict[str, Any]) -> None:
    """Whatever is asked."""
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="k", Body=b"")

    assert refusal(getattr(s3, operation), Bucket="open", Key="k", **parameters) == (
        "InvalidRequest",
        "Bucket is missing Object Lock Configuration",
    )


def test_a_retention_and_a_list_are_told_of(world: Any, s3: Any, locked: dict[str, str], queue: Any) -> None:
    """By their own events; the bus hears of the list only."""
    rule = {"QueueArn": queue.arn, "Events": ["s3:ObjectRetention:Put", "s3:ObjectAcl:Put"]}
    configuration = {"QueueConfigurations": [rule], "EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="vault", NotificationConfiguration=configuration)

    s3.put_object_retention(**locked, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": SOON})
    s3.put_object_acl(**locked, ACL="bucket-owner-full-control")
    world.until_idle()

    records = [json.loads(each.body)["Records"][0] for each in queue.envelopes[1:]]
    assert [each["eventName"] for each in records] == ["ObjectRetention:Put", "ObjectAcl:Put"]
