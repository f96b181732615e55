"""The JSON that a bucket sends, member for member."""

import json
from typing import Any
from urllib.parse import unquote_plus

import pytest

from eventsim_sources.bucket.record import Happening, encoded_key, record_json, s3_test_event_json
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version

VERSIONED = ObjectVersion(key="in/a b@c.txt", version_id="v1", etag="e1", size_bytes=13, modified_s=0)
UNVERSIONED = ObjectVersion(key="in/a b@c.txt", etag="e1", size_bytes=13, modified_s=0)
MARKER = DeleteMarker(key="in/a b@c.txt", version_id="v2", modified_s=0)


def record(event: str, version: Version) -> dict[str, Any]:
    """Return the one record of a notification."""
    happening = Happening(
        event=event,
        at="2025-01-21T18:20:00.123Z",
        region="us-east-1",
        bucket="my-bucket",
        version=version,
        sequencer="0055AED6DCD90281E5",
        request_id="C3D13FE58DE4C810",
        host_id="FMyUVURIY8",
        principal_id="AWS:AIDAJDPLRKLG7UEXAMPLE",
        owner_id="A3NL1KOZZKExample",
    )
    (only,) = json.loads(record_json(happening, "cfg1"))["Records"]
    return dict(only)


def test_a_put_is_told_as_s3_tells_it() -> None:
    """All members, in AWS's order."""
    told = record("ObjectCreated:Put", VERSIONED)

    assert json.dumps(told) == json.dumps(
        {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2025-01-21T18:20:00.123Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "AWS:AIDAJDPLRKLG7UEXAMPLE"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8"},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "cfg1",
                "bucket": {
                    "name": "my-bucket",
                    "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                    "arn": "arn:aws:s3:::my-bucket",
                },
                "object": {
                    "key": "in/a+b%40c.txt",
                    "size": 13,
                    "eTag": "e1",
                    "versionId": "v1",
                    "sequencer": "0055AED6DCD90281E5",
                },
            },
        }
    )


@pytest.mark.parametrize(
    ("event", "version", "event_version", "members"),
    [
        ("ObjectCreated:Copy", UNVERSIONED, "2.1", ["key", "size", "eTag", "sequencer"]),
        ("ObjectRemoved:Delete", UNVERSIONED, "2.1", ["key", "sequencer"]),
        ("ObjectRemoved:Delete", VERSIONED, "2.1", ["key", "versionId", "sequencer"]),
        ("ObjectRemoved:Delete", MARKER, "2.1", ["key", "versionId", "sequencer"]),
        ("ObjectRemoved:DeleteMarkerCreated", MARKER, "2.1", ["key", "eTag", "versionId", "sequencer"]),
        ("ObjectAcl:Put", VERSIONED, "2.3", ["key", "eTag", "versionId"]),
        ("ObjectTagging:Put", VERSIONED, "2.3", ["key", "eTag", "versionId"]),
        ("ObjectTagging:Delete", UNVERSIONED, "2.3", ["key", "eTag"]),
    ],
)
def test_each_event_has_its_own_members(event: str, version: Version, event_version: str, members: list[str]) -> None:
    """A delete has no size and no eTag, tags have no size and no sequencer, the null version has no id."""
    told = record(event, version)

    assert told["eventVersion"] == event_version
    assert list(told["s3"]["object"]) == members


def test_a_delete_marker_has_the_etag_of_nothing() -> None:
    """The MD5 of no bytes at all (recorded)."""
    told = record("ObjectRemoved:DeleteMarkerCreated", MARKER)

    assert told["s3"]["object"]["eTag"] == "d41d8cd98f00b204e9800998ecf8427e"


@pytest.mark.parametrize("key", ["in/a b@c.txt", "red flower.jpg", "a+b", "100%", "é/ü", "x (1).png", "a&b=c?d#e"])
def test_unquote_plus_gives_back_the_key(key: str) -> None:
    """The key is form-encoded, with `/` kept, as every tutorial expects."""
    assert unquote_plus(encoded_key(key)) == key
    assert " " not in encoded_key(key)


def test_a_new_destination_gets_a_test_event() -> None:
    """It is not wrapped in `Records`."""
    text = s3_test_event_json(bucket="my-bucket", at="2025-01-21T18:20:00.123Z", request_id="R", host_id="H")

    assert json.loads(text) == {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2025-01-21T18:20:00.123Z",
        "Bucket": "my-bucket",
        "RequestId": "R",
        "HostId": "H",
    }
