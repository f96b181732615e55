"""What lies in an archive: told of, not read, until a copy of it is restored."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

HOUR_S = 3600
DAY_S = 24 * HOUR_S
OLD = {"Bucket": "photos", "Key": "old"}


@pytest.fixture
def archived(world: SyncSimulation, s3: Any) -> dict[str, str]:
    """Name an object in an archive."""
    world.add_source("buckets", "photos")
    s3.put_object(**OLD, Body=b"x", StorageClass="GLACIER")
    return OLD


def code(s3: Any, operation: str, **parameters: Any) -> tuple[int, str]:
    """Return status and code of a refused call."""
    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(**parameters)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_an_archived_object_is_told_of_but_not_read(s3: Any, archived: dict[str, str]) -> None:
    """Nor can it be copied."""
    assert s3.head_object(**archived)["StorageClass"] == "GLACIER"
    assert s3.list_objects_v2(Bucket="photos")["Contents"][0]["StorageClass"] == "GLACIER"
    assert code(s3, "get_object", **archived) == (403, "InvalidObjectState")
    copy = {"Bucket": "photos", "Key": "copy", "CopySource": archived}
    assert code(s3, "copy_object", **copy) == (403, "ObjectNotInActiveTierError")


def test_a_refusal_names_the_class_where_clients_look(s3: Any, archived: dict[str, str]) -> None:
    """Beside `Error` and within it: the model gives this error members."""
    with pytest.raises(s3.exceptions.InvalidObjectState) as caught:
        s3.get_object(**archived)

    assert caught.value.response["StorageClass"] == "GLACIER"
    assert caught.value.response["Error"]["StorageClass"] == "GLACIER"


def test_a_restored_copy_comes_and_goes(world: SyncSimulation, s3: Any, archived: dict[str, str]) -> None:
    """It takes hours, and lasts until the midnight after as many days as were asked for."""
    begun = s3.restore_object(**archived, RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Standard"}})
    at_first = s3.head_object(**archived)["Restore"]
    again = code(s3, "restore_object", **archived, RestoreRequest={"Days": 2})

    world.advance(5 * HOUR_S)
    then = s3.head_object(**archived)["Restore"]
    prolonged = s3.restore_object(**archived, RestoreRequest={"Days": 2})
    data = s3.get_object(**archived)["Body"].read()
    world.advance(3 * DAY_S)

    statuses = [each["ResponseMetadata"]["HTTPStatusCode"] for each in (begun, prolonged)]
    assert statuses == [202, 200]
    assert at_first == 'ongoing-request="true"'
    assert again == (409, "RestoreAlreadyInProgress")
    assert then == 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 00:00:00 GMT"'
    assert data == b"x"
    assert "Restore" not in s3.head_object(**archived)
    assert code(s3, "get_object", **archived) == (403, "InvalidObjectState")


def test_a_restore_is_told_of(world: SyncSimulation, s3: Any, archived: dict[str, str], queue: Any) -> None:
    """When it begins, when its copy comes, on behalf of the owner, and when S3 takes that away."""
    rule = {"QueueArn": queue.arn, "Events": ["s3:ObjectRestore:*"]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"QueueConfigurations": [rule]})

    s3.restore_object(**archived, RestoreRequest={"Days": 1})
    world.advance(3 * DAY_S)

    begun, ended, gone = (json.loads(each.body)["Records"][0] for each in queue.envelopes[1:])
    assert begun["eventName"] == "ObjectRestore:Post"
    assert begun["s3"]["object"]["size"] == 1
    assert ended["eventName"] == "ObjectRestore:Completed"
    assert ended["userIdentity"]["principalId"].startswith("AmazonCustomer:")
    assert ended["glacierEventData"]["restoreEventData"] == {
        "lifecycleRestorationExpiryTime": "2026-01-03T00:00:00.000Z",
        "lifecycleRestoreStorageClass": "GLACIER",
    }
    assert gone["eventName"] == "ObjectRestore:Delete"
    assert gone["eventTime"] == "2026-01-03T00:00:00.000Z"
    assert gone["userIdentity"]["principalId"] == "s3.amazonaws.com"


def test_a_copy_that_stays_longer_goes_once(
    world: SyncSimulation, s3: Any, archived: dict[str, str], queue: Any
) -> None:
    """At its new end only."""
    rule = {"QueueArn": queue.arn, "Events": ["s3:ObjectRestore:Delete"]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"QueueConfigurations": [rule]})
    s3.restore_object(**archived, RestoreRequest={"Days": 1})
    world.advance(6 * HOUR_S)

    s3.restore_object(**archived, RestoreRequest={"Days": 5})
    world.advance(9 * DAY_S)

    (gone,) = (json.loads(each.body)["Records"][0] for each in queue.envelopes[1:])
    assert gone["eventTime"] == "2026-01-07T00:00:00.000Z"


@pytest.mark.parametrize(
    ("storage_class", "request_", "expected"),
    [
        ("STANDARD", {"Days": 1}, (403, "InvalidObjectState")),
        ("GLACIER", {}, (400, "MalformedXML")),
        ("GLACIER", {"Days": 0}, (400, "InvalidArgument")),
        ("DEEP_ARCHIVE", {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}, (400, "InvalidArgument")),
    ],
    ids=["no archive", "for how long", "no day", "too fast"],
)
def test_odd_restores_are_refused(
    world: SyncSimulation, s3: Any, storage_class: str, request_: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Only archives, for at least a day, and not everything in minutes."""
    world.add_source("buckets", "photos")
    s3.put_object(**OLD, Body=b"", StorageClass=storage_class)

    assert code(s3, "restore_object", **OLD, RestoreRequest=request_) == expected
