"""Objects as user code meets them: boto3 puts, reads, copies, deletes and tags."""

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.sources.bucket.conftest import refusal

EAST = timezone(timedelta(hours=2))


def test_what_was_put_can_be_read(world: SyncSimulation, s3: Any) -> None:
    """Bytes, type, metadata, tags and checksums come back."""
    world.add_source("buckets", "photos")

    put = s3.put_object(
        Bucket="photos",
        Key="a b/ü.txt",
        Body=b"hello",
        ContentType="text/plain",
        Metadata={"Colour": "red"},
        Tagging="x=1",
    )
    got = s3.get_object(Bucket="photos", Key="a b/ü.txt")

    assert put["ETag"] == got["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain"
    assert got["ContentLength"] == 5
    assert got["Metadata"] == {"colour": "red"}
    assert got["TagCount"] == 1
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    assert got["ServerSideEncryption"] == "AES256"
    assert got["LastModified"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert "VersionId" not in got


@pytest.mark.parametrize("body", [b"data", bytearray(b"data"), io.BytesIO(b"data"), "data"], ids=type)
def test_a_body_may_be_bytes_a_file_or_text(world: SyncSimulation, s3: Any, body: Any) -> None:
    """Whatever boto3 takes."""
    world.add_source("buckets", "photos")

    s3.put_object(Bucket="photos", Key="k", Body=body)

    assert s3.get_object(Bucket="photos", Key="k")["Body"].read() == b"data"


def test_an_object_is_replaced_and_deleted(world: SyncSimulation, s3: Any) -> None:
    """Deleting twice is fine; reading what is gone is not."""
    bucket = world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"1")
    s3.put_object(Bucket="photos", Key="k", Body=b"2")
    assert bucket.summary() == {"objects": 1}

    s3.delete_object(Bucket="photos", Key="k")
    s3.delete_object(Bucket="photos", Key="k")

    with pytest.raises(s3.exceptions.NoSuchKey, match="The specified key does not exist"):
        s3.get_object(Bucket="photos", Key="k")
    with pytest.raises(ClientError) as head:
        s3.head_object(Bucket="photos", Key="k")
    assert refusal(head) == (404, "404")
    assert head.value.response["Error"]["Message"] == "Not Found"


def test_a_missing_bucket_is_named(s3: Any) -> None:
    """NoSuchBucket, and 404 without a body to HEAD."""
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.put_object(Bucket="nowhere", Key="k", Body=b"")
    with pytest.raises(ClientError) as head:
        s3.head_bucket(Bucket="nowhere")

    assert refusal(head) == (404, "404")


def test_a_range_is_read(world: SyncSimulation, s3: Any) -> None:
    """Content-Range says which bytes these are."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"0123456789")

    got = s3.get_object(Bucket="photos", Key="k", Range="bytes=-3")

    assert got["Body"].read() == b"789"
    assert got["ContentRange"] == "bytes 7-9/10"
    assert got["ContentLength"] == 3
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_conditions_are_heeded(world: SyncSimulation, s3: Any) -> None:
    """A reader who has the object gets 304; a writer who must not replace gets 412."""
    world.add_source("buckets", "photos")
    etag = s3.put_object(Bucket="photos", Key="k", Body=b"1", IfNoneMatch="*")["ETag"]

    with pytest.raises(ClientError) as read:
        s3.get_object(Bucket="photos", Key="k", IfNoneMatch=etag)
    with pytest.raises(ClientError) as write:
        s3.put_object(Bucket="photos", Key="k", Body=b"2", IfNoneMatch="*")
    with pytest.raises(ClientError) as absent:
        s3.put_object(Bucket="photos", Key="other", Body=b"2", IfMatch=etag)

    assert refusal(read) == (304, "304")
    assert refusal(write) == (412, "PreconditionFailed")
    assert refusal(absent) == (404, "NoSuchKey")
    assert s3.put_object(Bucket="photos", Key="k", Body=b"2", IfMatch=etag)


def test_answers_can_be_dressed_by_the_reader(world: SyncSimulation, s3: Any) -> None:
    """`ResponseContentType` and its like replace what the writer said."""
    world.add_source("buckets", "photos")
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    s3.put_object(Bucket="photos", Key="k", Body=b"1", Expires=expires, CacheControl="no-store")

    got = s3.get_object(Bucket="photos", Key="k", ResponseContentType="text/html")

    assert got["ContentType"] == "text/html"
    assert (got["CacheControl"], got["Expires"]) == ("no-store", expires)


def test_a_reader_says_when_an_answer_expires(world: SyncSimulation, s3: Any) -> None:
    """By the date and in its words, whatever the writer said, and whatever zone the date is of."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"1", Expires=datetime(2030, 1, 1, tzinfo=UTC))

    got = s3.get_object(Bucket="photos", Key="k", ResponseExpires=datetime(2031, 1, 1, 2, tzinfo=EAST))

    assert got["Expires"] == datetime(2031, 1, 1, tzinfo=UTC)
    assert got["ExpiresString"] == "Wed, 01 Jan 2031 00:00:00 GMT"
    assert got["ResponseMetadata"]["HTTPHeaders"]["expires"] == "Wed, 01 Jan 2031 00:00:00 GMT"


def test_a_copy_keeps_metadata_unless_told_otherwise(world: SyncSimulation, s3: Any) -> None:
    """COPY takes all, REPLACE takes what comes with the request; onto itself something must change."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="a b", Body=b"1", ContentType="text/plain", Metadata={"x": "1"}, Tagging="t=1")
    source = {"Bucket": "photos", "Key": "a b"}

    s3.copy_object(Bucket="photos", Key="copied", CopySource=source)
    s3.copy_object(Bucket="photos", Key="replaced", CopySource="/photos/a b", MetadataDirective="REPLACE")
    with pytest.raises(ClientError, match="trying to copy an object to itself") as itself:
        s3.copy_object(Bucket="photos", Key="a b", CopySource=source)

    copied, replaced = (s3.head_object(Bucket="photos", Key=key) for key in ("copied", "replaced"))
    assert (copied["ContentType"], copied["Metadata"], copied["TagCount"]) == ("text/plain", {"x": "1"}, 1)
    assert (replaced["ContentType"], replaced["Metadata"], replaced["TagCount"]) == ("binary/octet-stream", {}, 1)
    assert refusal(itself) == (400, "InvalidRequest")


def test_many_objects_are_deleted_at_once(world: SyncSimulation, s3: Any) -> None:
    """Each key has its own answer, whether it was there or not; Quiet keeps only errors."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"")

    answer = s3.delete_objects(
        Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "gone"}, {"Key": "x" * 1025}]}
    )
    quiet = s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}], "Quiet": True})

    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "gone"}]
    assert [error["Code"] for error in answer["Errors"]] == ["KeyTooLongError"]
    assert "Deleted" not in quiet


def test_tags_are_replaced_and_removed(world: SyncSimulation, s3: Any) -> None:
    """A tag set is put as a whole."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"")

    s3.put_object_tagging(Bucket="photos", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    assert s3.get_object_tagging(Bucket="photos", Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]

    s3.delete_object_tagging(Bucket="photos", Key="k")
    assert s3.get_object_tagging(Bucket="photos", Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"WriteOffsetBytes": 0}, 501, "NotImplemented"),
        ({"WriteOffsetBytes": 3}, 501, "NotImplemented"),
        ({"StorageClass": "ATTIC"}, 400, "InvalidStorageClass"),
        ({"ACL": "public-read"}, 400, "AccessControlListNotSupported"),
        ({"ObjectLockLegalHoldStatus": "ON"}, 400, "InvalidRequest"),
        ({"Metadata": {"x": "y" * 2048}}, 400, "MetadataTooLarge"),
        ({"Tagging": "a=1&a=2"}, 400, "InvalidTag"),
        ({"ExpectedBucketOwner": "999999999999"}, 403, "AccessDenied"),
        ({"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, 400, "BadDigest"),
        ({"Key": "é" * 513}, 400, "KeyTooLongError"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_nothing_is_ignored_in_silence(
    world: SyncSimulation, s3: Any, parameters: dict[str, Any], status: int, code: str
) -> None:
    """What S3 refuses is refused; what we do not simulate is refused by name; nothing is written then."""
    bucket = world.add_source("buckets", "photos")

    with pytest.raises(ClientError) as raised:
        s3.put_object(**{"Bucket": "photos", "Key": "k", "Body": b"", **parameters})

    assert refusal(raised) == (status, code)
    assert bucket.summary() == {"objects": 0}


def test_attributes_are_told_as_asked(world: SyncSimulation, s3: Any) -> None:
    """The ETag comes without quotes here."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"hello", StorageClass="STANDARD_IA")

    told = s3.get_object_attributes(Bucket="photos", Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])

    assert (told["ETag"], told["ObjectSize"], told["StorageClass"]) == (
        "5d41402abc4b2a76b9719d911017c592",
        5,
        "STANDARD_IA",
    )


@pytest.mark.parametrize("read", ["get_object", "head_object"])
def test_headers_tell_that_a_delete_marker_hides_an_object(world: SyncSimulation, s3: Any, read: str) -> None:
    """It looks as if there were no object, and clients that care can see why there is none."""
    world.add_source("buckets", "photos", versioning="enabled")
    s3.put_object(Bucket="photos", Key="a", Body=b"hello")
    marker = s3.delete_object(Bucket="photos", Key="a")["VersionId"]

    with pytest.raises(ClientError) as caught:
        getattr(s3, read)(Bucket="photos", Key="a")

    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker)


@pytest.mark.parametrize("read", ["get_object", "head_object"])
def test_a_delete_marker_can_be_deleted_only(world: SyncSimulation, s3: Any, read: str) -> None:
    """Asked for by its version id, it says what it is, and since when."""
    world.add_source("buckets", "photos", versioning="enabled")
    marker = s3.delete_object(Bucket="photos", Key="a")["VersionId"]

    with pytest.raises(ClientError) as caught:
        getattr(s3, read)(Bucket="photos", Key="a", VersionId=marker)

    told = caught.value.response["ResponseMetadata"]
    expected = {
        "allow": "DELETE",
        "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        "x-amz-delete-marker": "true",
        "x-amz-version-id": marker,
    }
    assert told["HTTPStatusCode"] == 405
    assert expected.items() <= told["HTTPHeaders"].items()


@pytest.mark.parametrize("read", ["get_object", "head_object"])
def test_who_has_an_object_already_learns_which_it_is(world: SyncSimulation, s3: Any, read: str) -> None:
    """A 304 has no body; its headers name the object, as HTTP wants it."""
    world.add_source("buckets", "photos")
    etag = s3.put_object(Bucket="photos", Key="a", Body=b"hello")["ETag"]

    with pytest.raises(ClientError) as caught:
        getattr(s3, read)(Bucket="photos", Key="a", IfNoneMatch=etag)

    told = caught.value.response["ResponseMetadata"]
    expected = {"etag": etag, "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert told["HTTPStatusCode"] == 304
    assert expected.items() <= told["HTTPHeaders"].items()


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("copy_object", {"CopySource": "photos/k", "MetadataDirective": "MOVE"}, "Unknown metadata directive."),
        ("copy_object", {"CopySource": "photos/k", "TaggingDirective": "MOVE"}, "Unknown tagging directive."),
        ("get_object_attributes", {"ObjectAttributes": ["Colour"]}, "Invalid attribute name specified."),
        ("list_objects_v2", {"EncodingType": "rot13"}, "Invalid Encoding Method specified in Request"),
    ],
    ids=["metadata", "tags", "attributes", "encoding"],
)
def test_unknown_words_are_refused(
    world: SyncSimulation, s3: Any, operation: str, parameters: dict[str, Any], message: str
) -> None:
    """Which botocore lets pass."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"")

    with pytest.raises(ClientError) as raised:
        getattr(s3, operation)(Bucket="photos", **({} if operation.startswith("list") else {"Key": "k"}), **parameters)

    assert refusal(raised) == (400, "InvalidArgument")
    assert raised.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ({"Key": "aws:x", "Value": ""}, "Your TagKey cannot be prefixed with aws:"),
        ({"Key": "a?", "Value": ""}, "The TagKey you have provided is invalid"),
        ({"Key": "a", "Value": "!"}, "The TagValue you have provided is invalid"),
        ({"Key": "k" * 129, "Value": ""}, "The TagKey you have provided is invalid"),
    ],
    ids=["reserved", "key", "value", "long"],
)
def test_a_tag_has_rules(world: SyncSimulation, s3: Any, tag: dict[str, str], message: str) -> None:
    """Letters, digits, blanks and a few signs, and nothing of AWS's own."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"")

    with pytest.raises(ClientError) as raised:
        s3.put_object_tagging(Bucket="photos", Key="k", Tagging={"TagSet": [tag]})

    assert refusal(raised) == (400, "InvalidTag")
    assert raised.value.response["Error"]["Message"] == message
