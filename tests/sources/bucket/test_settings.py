"""What do clients find that they set on a bucket? What they put; and what S3 says of a bucket that has nothing."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

RULE = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
CORS = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
BLOCK = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}
KMS = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]}

WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
POLICY = json.dumps(
    {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::photos/*"}}
)
LOGGING = {"LoggingEnabled": {"TargetBucket": "photos", "TargetPrefix": "a/"}}
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
REPLICATION = {
    "Role": "arn:aws:iam::123456789012:role/copies",
    "Rules": [{"ID": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::photos"}}],
}


@pytest.fixture
def bucket(world: SyncSimulation) -> str:
    world.add_source("buckets", "photos")
    return "photos"


@pytest.mark.parametrize(
    ("noun", "value", "answer"),
    [
        ("tagging", {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, {"TagSet": [{"Key": "a", "Value": "b"}]}),
        ("policy", {"Policy": POLICY}, {"Policy": POLICY}),
        ("logging", {"BucketLoggingStatus": LOGGING}, LOGGING),
        ("accelerate_configuration", {"AccelerateConfiguration": {"Status": "Enabled"}}, {"Status": "Enabled"}),
        ("request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}, {"Payer": "Requester"}),
        ("abac", {"AbacStatus": {"Status": "Enabled"}}, {"AbacStatus": {"Status": "Enabled"}}),
        ("encryption", {"ServerSideEncryptionConfiguration": KMS}, {"ServerSideEncryptionConfiguration": KMS}),
    ],
)
def test_what_was_set_is_read_and_told_of(
    world: SyncSimulation, s3: Any, bucket: str, noun: str, value: dict[str, Any], answer: dict[str, Any]
) -> None:
    """It comes back as it was put; the trace says that it has no effect."""
    getattr(s3, f"put_bucket_{noun}")(Bucket=bucket, **value)

    got = getattr(s3, f"get_bucket_{noun}")(Bucket=bucket)

    assert {name: got[name] for name in answer} == answer
    told = [entry.detail["parameter"] for entry in world.trace.entries(["accepted without effect"])]
    assert told == list(value)


def test_cors_rules_are_read_and_heeded(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """They come back as they were put; servers ask them for pages, so nothing says that they have no effect."""
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [CORS]})

    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [CORS]
    assert world.cors_rules(bucket) == [CORS]
    assert list(world.trace.entries(["accepted without effect"])) == []


def test_a_website_is_read_and_heeded(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """It comes back as it was put; browsers find it, so nothing says that it has no effect."""
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=WEBSITE)

    got = s3.get_bucket_website(Bucket=bucket)

    assert {name: got[name] for name in WEBSITE} == WEBSITE
    assert list(world.trace.entries(["accepted without effect"])) == []


def test_lifecycle_rules_are_read_and_heeded(world: SyncSimulation, s3: Any, bucket: str) -> None:
    """They come back as they were put; midnights follow them, so nothing says that they have no effect."""
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [RULE]})

    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [RULE]
    assert list(world.trace.entries(["accepted without effect"])) == []


def test_public_access_is_blocked_until_somebody_says_otherwise(s3: Any, bucket: str) -> None:
    """A new bucket blocks it all (documented); deleted, there is no configuration."""
    at_first = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=BLOCK)
    then = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)

    assert (set(at_first.values()), then) == ({True}, BLOCK)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=bucket)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_was_never_set_is_not_there(s3: Any, bucket: str, operation: str, code: str) -> None:
    """Each has a 404 of its own."""
    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket=bucket)

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_new_bucket_is_as_s3_makes_them(s3: Any, bucket: str) -> None:
    """Encrypted, owned by its owner, without logging; its owner pays."""
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"][0]

    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert ownership == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_what_was_deleted_is_gone(s3: Any, bucket: str) -> None:
    """Deleting works under the operation's own name, which for a lifecycle differs."""
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [RULE]})

    s3.delete_bucket_lifecycle(Bucket=bucket)

    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize(
    ("put", "get", "member", "value", "code"),
    [
        ("put_bucket_replication", "get_bucket_replication", "ReplicationConfiguration", REPLICATION, "InvalidRequest"),
        (
            "put_object_lock_configuration",
            "get_object_lock_configuration",
            "ObjectLockConfiguration",
            LOCK,
            "InvalidBucketState",
        ),
    ],
)
def test_what_needs_versions_is_refused_without(
    s3: Any, bucket: str, put: str, get: str, member: str, value: dict[str, Any], code: str
) -> None:
    """Copies and locks are of versions; with them, they are kept and given back."""
    with pytest.raises(ClientError, match=code):
        getattr(s3, put)(Bucket=bucket, **{member: value})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    getattr(s3, put)(Bucket=bucket, **{member: value})

    assert getattr(s3, get)(Bucket=bucket)[member] == value


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        ("analytics", {"StorageClassAnalysis": {}}),
        ("intelligent_tiering", {"Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}),
        (
            "inventory",
            {
                "IsEnabled": True,
                "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::photos", "Format": "CSV"}},
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Daily"},
            },
        ),
        ("metrics", {}),
    ],
)
def test_configurations_with_ids_are_kept(
    world: SyncSimulation, s3: Any, bucket: str, kind: str, configuration: dict[str, Any]
) -> None:
    """As many as are put, each under its id; what they would report or move, nobody does."""
    noun = "".join(word.capitalize() for word in kind.split("_")) + "Configuration"
    for id_ in ("b", "a"):
        getattr(s3, f"put_bucket_{kind}_configuration")(Bucket=bucket, Id=id_, **{noun: {"Id": id_, **configuration}})

    one = getattr(s3, f"get_bucket_{kind}_configuration")(Bucket=bucket, Id="a")[noun]
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    getattr(s3, f"delete_bucket_{kind}_configuration")(Bucket=bucket, Id="a")

    assert one == {"Id": "a", **configuration}
    assert [each["Id"] for each in listed[f"{noun}List"]] == ["a", "b"]
    assert not listed["IsTruncated"]
    with pytest.raises(ClientError, match="NoSuchConfiguration"):
        getattr(s3, f"get_bucket_{kind}_configuration")(Bucket=bucket, Id="a")
    assert world.trace.count("accepted without effect") == 2


def test_a_configuration_has_one_id(s3: Any, bucket: str) -> None:
    """That of the address, and no other within."""
    with pytest.raises(ClientError, match="IdMismatch"):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="a", MetricsConfiguration={"Id": "b"})


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        ("*", {}, True),
        ({"AWS": ["*"]}, {}, True),
        ("*", {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, {}, False),
    ],
    ids=["everybody", "everybody in a list", "on a condition", "somebody"],
)
def test_a_policy_for_everybody_is_public(
    s3: Any, bucket: str, principal: Any, condition: dict[str, Any], expected: bool
) -> None:
    """Without a policy there is no status."""
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy_status(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::photos/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [{**statement, **condition}]}))

    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": expected}


def test_a_bucket_is_born_with_tags(s3: Any) -> None:
    """Made again with the same tags, it is there already; with others, it is somebody else's wish."""
    tags = [{"Key": "team", "Value": "a"}]
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})

    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})

    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": [{"Key": "team", "Value": "b"}]})


def test_answers_tell_when_an_object_goes_by_rule(s3: Any, bucket: str) -> None:
    """Writes and reads of what a lifecycle rule is about."""
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [{**RULE, "Filter": {"Prefix": "a/"}}]}
    )
    expected = 'expiry-date="Sat, 31 Jan 2026 00:00:00 GMT", rule-id="old"'

    put = s3.put_object(Bucket=bucket, Key="a/x", Body=b"")
    copy = s3.copy_object(Bucket=bucket, Key="a/y", CopySource=f"{bucket}/a/x")

    assert put["Expiration"] == copy["Expiration"] == expected
    assert s3.head_object(Bucket=bucket, Key="a/x")["Expiration"] == expected
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="b/x", Body=b"")


@pytest.mark.filterwarnings("ignore:.*deprecated")
def test_old_operations_speak_of_the_same_settings(s3: Any, bucket: str, queue: Any) -> None:
    """Rules with one transition, and one destination of each kind."""
    transition = {"Days": 30, "StorageClass": "STANDARD_IA"}
    rule = {"ID": "r", "Prefix": "a/", "Status": "Enabled", "Transition": transition}
    told = {"QueueConfiguration": {"Id": "q", "Event": "s3:ObjectCreated:*", "Queue": queue.arn}}

    s3.put_bucket_lifecycle(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration=told)

    (new,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert new["Transitions"] == [transition]
    assert s3.get_bucket_lifecycle(Bucket=bucket)["Rules"] == [rule]
    (configuration,) = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert configuration == {"Id": "q", "QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}
    assert s3.get_bucket_notification(Bucket=bucket)["QueueConfiguration"]["Queue"] == queue.arn
    with pytest.raises(ClientError, match="MalformedXML"):
        s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={"QueueConfiguration": {"Id": "q"}})


def test_a_bucket_lies_in_a_region(s3: Any) -> None:
    """Or nowhere."""
    with pytest.raises(ClientError, match="InvalidLocationConstraint"):
        s3.create_bucket(Bucket="nowhere", CreateBucketConfiguration={"LocationConstraint": "atlantis"})
