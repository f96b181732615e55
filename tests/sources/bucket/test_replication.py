"""What one bucket copies to another by its replication rules, and what becomes known of it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

RULE = {
    "ID": "r",
    "Status": "Enabled",
    "Priority": 1,
    "Filter": {},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "Destination": {"Bucket": "arn:aws:s3:::copies"},
}
ENABLED = {"VersioningConfiguration": {"Status": "Enabled"}}


@pytest.fixture
def buckets(s3: Any) -> None:
    """Two buckets with versions."""
    for name in ("photos", "copies"):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_versioning(Bucket=name, **ENABLED)


def follow(s3: Any, *rules: dict[str, Any]) -> None:
    """Have the one bucket copied to others."""
    configuration = {"Role": "arn:aws:iam::123456789012:role/copies", "Rules": list(rules)}
    s3.put_bucket_replication(Bucket="photos", ReplicationConfiguration=configuration)


def ids(s3: Any, bucket: str) -> list[tuple[str, str]]:
    """Return keys and version ids, delete markers last."""
    listed = s3.list_object_versions(Bucket=bucket)
    found = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
    return [(each["Key"], each["VersionId"]) for each in found]


@pytest.mark.usefixtures("buckets")
def test_a_new_object_is_copied_as_it_is(world: SyncSimulation, s3: Any) -> None:
    """With its version id, date, metadata and tags; both sides tell how far it is."""
    s3.put_object(Bucket="photos", Key="before", Body=b"")
    follow(s3, RULE)
    put = s3.put_object(Bucket="photos", Key="k", Body=b"x", Metadata={"by": "me"}, Tagging="a=b")
    pending = s3.head_object(Bucket="photos", Key="k")["ReplicationStatus"]

    world.until_idle()

    original, copy = (s3.get_object(Bucket=name, Key="k") for name in ("photos", "copies"))
    assert (pending, original["ReplicationStatus"], copy["ReplicationStatus"]) == ("PENDING", "COMPLETED", "REPLICA")
    assert ids(s3, "copies") == [("k", put["VersionId"])]
    assert (copy["Body"].read(), copy["Metadata"], copy["TagCount"]) == (b"x", {"by": "me"}, 1)
    assert copy["LastModified"] == original["LastModified"]
    assert world.trace.count("object replicated") == 1


@pytest.mark.usefixtures("buckets")
def test_only_what_a_rule_is_about_is_copied(world: SyncSimulation, s3: Any) -> None:
    """By prefix and tags; what is encrypted by KMS only if the rule says so."""
    both = {"And": {"Prefix": "a/", "Tags": [{"Key": "copy", "Value": "yes"}]}}
    follow(s3, {**RULE, "Filter": both})

    s3.put_object(Bucket="photos", Key="a/1", Body=b"", Tagging="copy=yes")
    s3.put_object(Bucket="photos", Key="a/2", Body=b"")
    s3.put_object(Bucket="photos", Key="b/1", Body=b"", Tagging="copy=yes")
    s3.put_object(Bucket="photos", Key="a/3", Body=b"", Tagging="copy=yes", ServerSideEncryption="aws:kms")
    world.until_idle()

    assert [key for key, _ in ids(s3, "copies")] == ["a/1"]
    assert "ReplicationStatus" not in s3.head_object(Bucket="photos", Key="a/2")


@pytest.mark.usefixtures("buckets")
def test_of_two_rules_for_one_destination_the_higher_counts(world: SyncSimulation, s3: Any) -> None:
    """And it says which class the copy has."""
    cheap = {"Bucket": "arn:aws:s3:::copies", "StorageClass": "STANDARD_IA"}
    follow(s3, RULE, {**RULE, "ID": "cheap", "Priority": 2, "Destination": cheap})

    s3.put_object(Bucket="photos", Key="k", Body=b"")
    world.until_idle()

    assert s3.head_object(Bucket="copies", Key="k")["StorageClass"] == "STANDARD_IA"
    assert "StorageClass" not in s3.head_object(Bucket="photos", Key="k")


@pytest.mark.usefixtures("buckets")
@pytest.mark.parametrize("status", ["Enabled", "Disabled"])
def test_delete_markers_follow_if_the_rule_says_so(world: SyncSimulation, s3: Any, status: str) -> None:
    """What goes for good never does."""
    follow(s3, {**RULE, "DeleteMarkerReplication": {"Status": status}})
    version_id = s3.put_object(Bucket="photos", Key="k", Body=b"")["VersionId"]
    world.until_idle()

    marker_id = s3.delete_object(Bucket="photos", Key="k")["VersionId"]
    s3.delete_object(Bucket="photos", Key="k", VersionId=version_id)
    world.until_idle()

    assert ids(s3, "copies") == [("k", version_id)] + [("k", marker_id)] * (status == "Enabled")


@pytest.mark.usefixtures("buckets")
def test_copies_get_the_tags_that_come_later(world: SyncSimulation, s3: Any) -> None:
    """Tags of a copy itself stay where they are."""
    follow(s3, RULE)
    s3.put_object(Bucket="photos", Key="k", Body=b"")
    world.until_idle()

    s3.put_object_tagging(Bucket="photos", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    world.until_idle()

    assert s3.get_object_tagging(Bucket="copies", Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.head_object(Bucket="copies", Key="k")["ReplicationStatus"] == "REPLICA"


@pytest.mark.usefixtures("buckets")
def test_a_copy_is_told_of_where_it_arrives(world: SyncSimulation, s3: Any, queue: Any) -> None:
    """As any new object is; it is not copied on, not even where it came from."""
    rule = {"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket="copies", NotificationConfiguration={"QueueConfigurations": [rule]})
    follow(s3, RULE)
    back = {**RULE, "Destination": {"Bucket": "arn:aws:s3:::photos"}}
    configuration = {"Role": "arn:aws:iam::123456789012:role/copies", "Rules": [back]}
    s3.put_bucket_replication(Bucket="copies", ReplicationConfiguration=configuration)

    s3.put_object(Bucket="photos", Key="k", Body=b"")
    world.until_idle()

    told = [json.loads(each.body) for each in queue.envelopes[1:]]
    assert [each["Records"][0]["eventName"] for each in told] == ["ObjectCreated:Put"]
    assert len(ids(s3, "photos")) == 1


@pytest.mark.usefixtures("buckets")
def test_a_copy_that_nobody_takes_has_failed(world: SyncSimulation, s3: Any, queue: Any) -> None:
    """The object says so, and S3 tells why, in one of its words for it."""
    told = {"QueueArn": queue.arn, "Events": ["s3:Replication:*"]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"QueueConfigurations": [told]})
    follow(s3, RULE)
    s3.put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Suspended"})

    s3.put_object(Bucket="photos", Key="k", Body=b"")
    world.until_idle()

    assert s3.head_object(Bucket="photos", Key="k")["ReplicationStatus"] == "FAILED"
    assert world.trace.count("replication failed") == 1
    _, failed = (json.loads(each.body) for each in queue.envelopes)
    (record,) = failed["Records"]
    assert (record["eventName"], record["eventVersion"]) == ("Replication:OperationFailedReplication", "2.2")
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"}
    assert record["replicationEventData"] == {
        "replicationRuleId": "r",
        "destinationBucket": "arn:aws:s3:::copies",
        "s3Operation": "OBJECT_PUT",
        "requestTime": "2026-01-01T00:00:00.000Z",
        "failureReason": "DstBucketUnversioned",
    }


@pytest.mark.usefixtures("buckets")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Priority": None}, "Priority must be specified"),
        ({"DeleteMarkerReplication": None}, "DeleteMarkerReplication must be specified"),
        (
            {
                "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                "DeleteMarkerReplication": {"Status": "Enabled"},
            },
            "Delete marker replication is not supported if any Tag filter is specified",
        ),
    ],
    ids=["priority", "markers", "markers with tags"],
)
def test_a_rule_says_all_that_it_must(s3: Any, change: dict[str, Any], message: str) -> None:
    """In the words of S3."""
    rule = {name: value for name, value in {**RULE, **change}.items() if value is not None}

    with pytest.raises(ClientError, match=message):
        follow(s3, rule)


@pytest.mark.usefixtures("buckets")
def test_priorities_are_different(s3: Any) -> None:
    """Else it is not said which rule counts."""
    with pytest.raises(ClientError, match="Found duplicate priority 1"):
        follow(s3, RULE, {**RULE, "ID": "other"})


@pytest.mark.usefixtures("buckets")
def test_a_bucket_that_is_copied_keeps_its_versions(s3: Any) -> None:
    """Until nobody copies it any more."""
    suspended = {"Bucket": "photos", "VersioningConfiguration": {"Status": "Suspended"}}
    follow(s3, RULE)

    with pytest.raises(ClientError, match="A replication configuration is present on this bucket"):
        s3.put_bucket_versioning(**suspended)

    s3.delete_bucket_replication(Bucket="photos")
    s3.put_bucket_versioning(**suspended)
