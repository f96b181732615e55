"""Versions, listings and buckets as user code meets them: clients, paginators, waiters."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, Request, SyncSimulation
from eventsim_sources.bucket.api import operations
from tests.sources.bucket.conftest import refusal, told


def test_versions_are_kept_read_and_removed(world: SyncSimulation, s3: Any, queue: Any) -> None:
    """Put, put, delete, delete of a version: as in the recorded story, with the events that it told."""
    world.add_source(
        "buckets",
        "photos",
        versioning="enabled",
        notifications=[{"queue": "uploads", "events": ["ObjectCreated:*", "ObjectRemoved:*"]}],
    )
    told(world, queue)

    first = s3.put_object(Bucket="photos", Key="k", Body=b"thirteen byte")["VersionId"]
    second = s3.put_object(Bucket="photos", Key="k", Body=b"four")["VersionId"]
    marker = s3.delete_object(Bucket="photos", Key="k")
    removed = s3.delete_object(Bucket="photos", Key="k", VersionId=first)

    assert marker["DeleteMarker"] is True
    assert removed["VersionId"] == first
    assert s3.get_object(Bucket="photos", Key="k", VersionId=second)["Body"].read() == b"four"
    records = [body["Records"][0] for body in told(world, queue)]
    assert [record["eventName"] for record in records] == [
        "ObjectCreated:Put",
        "ObjectCreated:Put",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRemoved:Delete",
    ]
    assert [record["s3"]["object"].get("size") for record in records] == [13, 4, None, None]
    assert [record["s3"]["object"]["versionId"] for record in records] == [first, second, marker["VersionId"], first]
    sequencers = [record["s3"]["object"]["sequencer"] for record in records]
    assert sequencers == sorted(set(sequencers))


def test_a_covered_object_is_gone_until_its_marker_is_removed(world: SyncSimulation, s3: Any) -> None:
    """404 to a plain read, 405 to a read of the marker itself."""
    world.add_source("buckets", "photos", versioning="enabled")
    s3.put_object(Bucket="photos", Key="k", Body=b"1")
    marker = s3.delete_object(Bucket="photos", Key="k")["VersionId"]

    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="photos", Key="k")
    with pytest.raises(ClientError) as by_version:
        s3.get_object(Bucket="photos", Key="k", VersionId=marker)
    assert refusal(by_version) == (405, "MethodNotAllowed")

    assert s3.delete_object(Bucket="photos", Key="k", VersionId=marker)["DeleteMarker"] is True
    assert s3.get_object(Bucket="photos", Key="k")["Body"].read() == b"1"


@pytest.mark.parametrize(
    ("version_id", "code"), [("nonsense", "InvalidArgument"), ("A" * 32, "NoSuchVersion")], ids=["form", "unknown"]
)
def test_a_version_that_is_not_there_is_refused(world: SyncSimulation, s3: Any, version_id: str, code: str) -> None:
    """What cannot be a version id is an invalid argument; what could be is not found."""
    world.add_source("buckets", "photos", versioning="enabled")
    s3.put_object(Bucket="photos", Key="k", Body=b"1")

    with pytest.raises(ClientError) as raised:
        s3.get_object(Bucket="photos", Key="k", VersionId=version_id)

    assert raised.value.response["Error"]["Code"] == code


def test_versions_are_listed_newest_first(world: SyncSimulation, s3: Any) -> None:
    """Objects and delete markers have lists of their own; a paginator walks through single-entry pages."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="a b", Body=b"0")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="photos")["Status"] == "Enabled"
    newest = s3.put_object(Bucket="photos", Key="a b", Body=b"1")["VersionId"]
    s3.delete_object(Bucket="photos", Key="c")

    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket="photos", MaxKeys=1))

    versions = [version for page in pages for version in page.get("Versions", [])]
    markers = [marker for page in pages for marker in page.get("DeleteMarkers", [])]
    assert [(each["Key"], each["VersionId"], each["IsLatest"]) for each in versions] == [
        ("a b", newest, True),
        ("a b", "null", False),
    ]
    assert [(each["Key"], each["IsLatest"]) for each in markers] == [("c", True)]
    assert len(pages) == 3


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_a_paginator_finds_every_key(world: SyncSimulation, s3: Any, operation: str) -> None:
    """Keys come decoded and in byte order, whatever they contain."""
    world.add_source("buckets", "photos")
    keys = sorted(["a", "a b", "a/b", "a//c", "ü", "x+y", "%41", "../x", "new\nline"])
    for key in keys:
        s3.put_object(Bucket="photos", Key=key, Body=b"")

    pages = list(s3.get_paginator(operation).paginate(Bucket="photos", PaginationConfig={"PageSize": 2}))

    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    assert len(pages) == 5


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_folders_are_common_prefixes(world: SyncSimulation, s3: Any, operation: str) -> None:
    """A delimiter folds what lies below it; pages continue after a folded group."""
    world.add_source("buckets", "photos")
    for key in ("in/1", "in/2", "in/deep/3", "out/4", "top"):
        s3.put_object(Bucket="photos", Key=key, Body=b"")

    pages = list(s3.get_paginator(operation).paginate(Bucket="photos", Delimiter="/", PaginationConfig={"PageSize": 1}))

    assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == ["in/", "out/"]
    assert [each["Key"] for page in pages for each in page.get("Contents", [])] == ["top"]


def test_an_empty_listing_has_no_contents(world: SyncSimulation, s3: Any) -> None:
    """Tutorials write `response.get("Contents", [])` for this reason."""
    world.add_source("buckets", "photos")

    listed = s3.list_objects_v2(Bucket="photos")

    assert (listed["KeyCount"], listed["IsTruncated"], "Contents" in listed) == (0, False, False)


def test_buckets_are_created_found_and_deleted(world: SyncSimulation, s3: Any) -> None:
    """Waiters see them come and go."""
    s3.create_bucket(Bucket="photos")
    s3.get_waiter("bucket_exists").wait(Bucket="photos")
    s3.create_bucket(Bucket="photos")  # in us-east-1 the owner may ask again
    s3.put_object(Bucket="photos", Key="k", Body=b"")
    s3.get_waiter("object_exists").wait(Bucket="photos", Key="k")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["photos"]

    with pytest.raises(ClientError) as not_empty:
        s3.delete_bucket(Bucket="photos")
    assert refusal(not_empty) == (409, "BucketNotEmpty")

    s3.delete_object(Bucket="photos", Key="k")
    s3.delete_bucket(Bucket="photos")
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_lies_in_the_region_that_was_asked_for(world: SyncSimulation) -> None:
    """Outside us-east-1 the constraint must be given and be right; creating again is a conflict."""
    s3 = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")

    with pytest.raises(ClientError) as unspecified:
        s3.create_bucket(Bucket="photos")
    s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with pytest.raises(ClientError) as again:
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    assert refusal(unspecified) == (400, "IllegalLocationConstraintException")
    assert refusal(again) == (409, "BucketAlreadyOwnedByYou")
    assert s3.get_bucket_location(Bucket="photos")["LocationConstraint"] == "eu-central-1"


@pytest.mark.parametrize("name", ["ab", "Photos", "a..b", "-ab", "192.168.0.1", "xn--abc", "abc--x-s3", "a_b"])
def test_a_bucket_needs_a_proper_name(world: SyncSimulation, name: str) -> None:
    """The rules of S3 for names."""
    request = Request(service="s3", operation="CreateBucket", parameters={"Bucket": name}, region="us-east-1")

    with pytest.raises(ApiError, match="InvalidBucketName"):
        operations(world)["CreateBucket"](request)
