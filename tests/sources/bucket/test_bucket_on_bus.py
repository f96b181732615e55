"""What does the default event bus hear of a bucket? Through boto3."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from eventsim import SyncSimulation
from tests.sources.conftest import Destination


@pytest.fixture
def heard(world: SyncSimulation, s3: Any, queue: Destination) -> Callable[[], list[dict[str, Any]]]:
    """Make a bucket that tells the bus, a rule that hears it, and return what reads the events."""
    keys = {"region_name": world.region, "aws_access_key_id": "none", "aws_secret_access_key": "none"}
    events: Any = boto3.client("events", **keys)
    events.put_rule(Name="r", EventPattern='{"source": ["aws.s3"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": queue.arn}])
    s3.create_bucket(Bucket="photos")
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=configuration)

    def read() -> list[dict[str, Any]]:
        world.until_idle()
        return [json.loads(envelope.body) for envelope in queue.envelopes]

    return read


def test_a_new_object_is_an_event(s3: Any, heard: Callable[[], list[dict[str, Any]]]) -> None:
    """Recorded: these members in this order; the key is as it is, the time to the second."""
    s3.put_object(Bucket="photos", Key="in/a b@c.txt", Body=b"hello")

    (event,) = heard()

    assert event["detail-type"] == "Object Created"
    assert event["resources"] == ["arn:aws:s3:::photos"]
    assert event["time"] == "2026-01-01T00:00:00Z"
    detail = event["detail"]
    members = ("version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason")
    assert tuple(detail) == members
    sequencer = detail["object"].pop("sequencer")
    assert sequencer == sequencer.lower()
    assert detail["object"] == {"key": "in/a b@c.txt", "size": 5, "etag": "5d41402abc4b2a76b9719d911017c592"}
    assert (detail["version"], detail["bucket"], detail["reason"]) == ("0", {"name": "photos"}, "PutObject")


def test_the_manner_of_a_change_is_told(s3: Any, heard: Callable[[], list[dict[str, Any]]]) -> None:
    """Recorded: reasons, kinds of deletion, and which members there are."""
    s3.put_object(Bucket="photos", Key="a", Body=b"1")
    s3.copy_object(Bucket="photos", Key="b", CopySource="photos/a")
    s3.put_object_tagging(Bucket="photos", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket="photos", Key="a")
    s3.delete_object(Bucket="photos", Key="a")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket="photos", Key="b")

    told = [
        (event["detail-type"], event["detail"].get("reason"), event["detail"].get("deletion-type")) for event in heard()
    ]

    assert told == [
        ("Object Created", "PutObject", None),
        ("Object Created", "CopyObject", None),
        ("Object Tags Added", None, None),
        ("Object Tags Deleted", None, None),
        ("Object Deleted", "DeleteObject", "Permanently Deleted"),
        ("Object Deleted", "DeleteObject", "Delete Marker Created"),
    ]
    marker = heard()[-1]["detail"]["object"]
    assert set(marker) == {"key", "etag", "version-id", "sequencer"}
    assert set(heard()[2]["detail"]["object"]) == {"key", "etag"}


def test_the_configuration_is_given_back(s3: Any, heard: Callable[[], list[dict[str, Any]]]) -> None:
    """And an empty one ends it."""
    assert s3.get_bucket_notification_configuration(Bucket="photos")["EventBridgeConfiguration"] == {}

    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={})
    s3.put_object(Bucket="photos", Key="a", Body=b"1")

    assert heard() == []


def test_a_scenario_may_ask_for_it(world: SyncSimulation, queue: Destination) -> None:
    """With one word."""
    world.add_source("buckets", "photos", eventbridge=True)
    world.add_source("rules", "r", pattern={"source": ["aws.s3"]}, targets=[{"arn": queue.arn}])

    world.put("photos", "a", b"1")
    world.until_idle()

    assert len(queue.envelopes) == 1


def test_nobody_need_listen(world: SyncSimulation) -> None:
    """Without rules nothing happens, and nothing is lost."""
    world.add_source("buckets", "photos", eventbridge=True)

    world.put("photos", "a", b"1")
    world.until_idle()

    assert world.trace.count("notification lost") == 0


def test_what_lifecycle_rules_do_is_told(
    world: SyncSimulation, s3: Any, heard: Callable[[], list[dict[str, Any]]]
) -> None:
    """S3 itself asks for it, from no address; a move names the class."""
    move = {"Days": 1, "StorageClass": "GLACIER"}
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 0}, "Transitions": [move]}
    rule["Expiration"] = {"Days": 2}
    s3.put_bucket_lifecycle_configuration(Bucket="photos", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="photos", Key="a", Body=b"1")
    world.advance(3 * 86_400)

    _, moved, gone = heard()

    assert moved["detail-type"] == "Object Storage Class Changed"
    assert moved["detail"]["destination-storage-class"] == "GLACIER"
    assert gone["detail-type"] == "Object Deleted"
    assert (gone["detail"]["reason"], gone["detail"]["deletion-type"]) == (
        "Lifecycle Expiration",
        "Permanently Deleted",
    )
    assert {each["detail"]["requester"] for each in (moved, gone)} == {"s3.amazonaws.com"}
    assert not any("source-ip-address" in each["detail"] for each in (moved, gone))
