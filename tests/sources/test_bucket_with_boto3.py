"""The bucket as user code meets it: boto3 clients, paginators, waiters, transfers, and the events that follow."""

import io
import json
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from eventsim import OUTSIDE, ApiError, Caller, Chance, Clock, Inbox, Request, Source, Target, Trace, VirtualLoop
from eventsim.sdk import make_api_call
from eventsim_sources.bucket.api import operations
from eventsim_sources.bucket.source import Bucket, BucketKind
from eventsim_sources.bucket.spec import BucketSpec, NotificationSpec

QUEUE = "arn:aws:sqs:us-east-1:111122223333:uploads"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:resize"
MEGABYTE = 1024 * 1024


class SmallWorld:
    """A world that holds buckets and two destinations, and answers boto3."""

    def __init__(self, folder: Path) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.chance = Chance(1)
        self.trace = Trace(self.loop)
        self.region = "us-east-1"
        self.account_id = "111122223333"
        self.folder = folder
        self.database_path = None
        self.queue = Inbox(QUEUE)
        self.function = Inbox(FUNCTION)
        self.caller = OUTSIDE
        self._sources: dict[str, Source] = {}
        self._operations = operations(self)

    def target(self, arn: str) -> Target | None:
        """Return one of the two destinations."""
        return {QUEUE: self.queue, FUNCTION: self.function}.get(arn)

    def add(self, source: Source) -> None:
        """Keep a source."""
        self._sources[source.name] = source

    def remove(self, arn: str) -> None:
        """Forget a source."""
        self._sources = {name: source for name, source in self._sources.items() if source.arn != arn}

    def sources(self, kind: str) -> Mapping[str, Source]:
        """Return the buckets."""
        assert kind == "buckets"
        return self._sources

    def bucket(self, name: str, **settings: Any) -> Bucket:
        """Add a bucket as a scenario does."""
        kind, spec = BucketKind(), BucketSpec(**settings)
        bucket = kind.create(self, name, spec)
        self.add(bucket)
        kind.connect(self, bucket, spec)
        self.run()
        return bucket

    def run(self, seconds: float = 0) -> None:
        """Let virtual time pass."""
        self.loop.run_until(self.clock.now_us + int(seconds * 1_000_000))

    def told(self, inbox: Inbox) -> list[dict[str, Any]]:
        """Return the events that a destination was told of so far, and forget them."""
        self.run()
        bodies = [json.loads(envelope.body) for envelope in inbox.envelopes]
        inbox.envelopes.clear()
        return bodies

    # What a boto3 client needs of its backend.

    def call(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str, caller: Caller
    ) -> Mapping[str, Any]:
        """Carry out an operation of S3."""
        request = Request(service=service, operation=operation, parameters=parameters, region=region, caller=caller)
        result = self._operations[operation](request)
        assert isinstance(result, Mapping)
        return result

    def wait_for(self, answer: object) -> Mapping[str, Any]:
        """No operation of S3 waits."""
        raise AssertionError(answer)

    def sleep(self, delay_s: float) -> None:
        """Let virtual time pass."""
        self.run(delay_s)

    def request_id(self) -> str:
        """Return a request id."""
        return "R"

    def http_date(self) -> str:
        """Return a date."""
        return ""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SmallWorld]:
    """Return an empty world whose scenario folder is temporary."""
    made = SmallWorld(tmp_path)
    yield made
    made.trace.close()
    made.loop.close()


@pytest.fixture
def s3(world: SmallWorld) -> Any:
    """Return a boto3 client that the world answers."""
    return client_of(world)


def client_of(world: SmallWorld, region: str = "us-east-1") -> Any:
    """Return a boto3 client in a region, tied to the world and to nothing else."""
    client = boto3.client(
        "s3",
        region_name=region,
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1}),
    )
    wrapped = make_api_call(type(client)._make_api_call, lambda: (world, world.caller))
    client._make_api_call = types.MethodType(wrapped, client)
    return client


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    """Return status and code of a refused call."""
    return (
        error.value.response["ResponseMetadata"]["HTTPStatusCode"],
        error.value.response["Error"]["Code"],
    )


# --- objects -------------------------------------------------------------------------------------------------


def test_what_was_put_can_be_read(world: SmallWorld, s3: Any) -> None:
    """Bytes, type, metadata, tags and checksums come back."""
    world.bucket("photos")

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
def test_a_body_may_be_bytes_a_file_or_text(world: SmallWorld, s3: Any, body: Any) -> None:
    """Whatever boto3 takes."""
    world.bucket("photos")

    s3.put_object(Bucket="photos", Key="k", Body=body)

    assert s3.get_object(Bucket="photos", Key="k")["Body"].read() == b"data"


def test_an_object_is_replaced_and_deleted(world: SmallWorld, s3: Any) -> None:
    """Deleting twice is fine; reading what is gone is not."""
    bucket = world.bucket("photos")
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


def test_a_range_is_read(world: SmallWorld, s3: Any) -> None:
    """Content-Range says which bytes these are."""
    world.bucket("photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"0123456789")

    got = s3.get_object(Bucket="photos", Key="k", Range="bytes=-3")

    assert got["Body"].read() == b"789"
    assert got["ContentRange"] == "bytes 7-9/10"
    assert got["ContentLength"] == 3
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_conditions_are_heeded(world: SmallWorld, s3: Any) -> None:
    """A reader who has the object gets 304; a writer who must not replace gets 412."""
    world.bucket("photos")
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


def test_answers_can_be_dressed_by_the_reader(world: SmallWorld, s3: Any) -> None:
    """`ResponseContentType` and its like replace what the writer said."""
    world.bucket("photos")
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    s3.put_object(Bucket="photos", Key="k", Body=b"1", Expires=expires, CacheControl="no-store")

    got = s3.get_object(Bucket="photos", Key="k", ResponseContentType="text/html")

    assert got["ContentType"] == "text/html"
    assert (got["CacheControl"], got["Expires"]) == ("no-store", expires)


def test_a_copy_keeps_metadata_unless_told_otherwise(world: SmallWorld, s3: Any) -> None:
    """COPY takes all, REPLACE takes what comes with the request; onto itself something must change."""
    world.bucket("photos")
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


def test_many_objects_are_deleted_at_once(world: SmallWorld, s3: Any) -> None:
    """Each key has its own answer, whether it was there or not; Quiet keeps only errors."""
    world.bucket("photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"")

    answer = s3.delete_objects(
        Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "gone"}, {"Key": "x" * 1025}]}
    )
    quiet = s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}], "Quiet": True})

    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "gone"}]
    assert [error["Code"] for error in answer["Errors"]] == ["KeyTooLongError"]
    assert "Deleted" not in quiet


def test_tags_are_replaced_and_removed(world: SmallWorld, s3: Any) -> None:
    """A tag set is put as a whole."""
    world.bucket("photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"")

    s3.put_object_tagging(Bucket="photos", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    assert s3.get_object_tagging(Bucket="photos", Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]

    s3.delete_object_tagging(Bucket="photos", Key="k")
    assert s3.get_object_tagging(Bucket="photos", Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"SSECustomerAlgorithm": "AES256"}, 501, "NotImplemented"),
        ({"WriteOffsetBytes": 3}, 501, "NotImplemented"),
        ({"StorageClass": "GLACIER"}, 501, "NotImplemented"),
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
    world: SmallWorld, s3: Any, parameters: dict[str, Any], status: int, code: str
) -> None:
    """What S3 refuses is refused; what we do not simulate is refused by name; nothing is written then."""
    bucket = world.bucket("photos")

    with pytest.raises(ClientError) as raised:
        s3.put_object(**{"Bucket": "photos", "Key": "k", "Body": b"", **parameters})

    assert refusal(raised) == (status, code)
    assert bucket.summary() == {"objects": 0}


def test_attributes_are_told_as_asked(world: SmallWorld, s3: Any) -> None:
    """The ETag comes without quotes here."""
    world.bucket("photos")
    s3.put_object(Bucket="photos", Key="k", Body=b"hello", StorageClass="STANDARD_IA")

    told = s3.get_object_attributes(Bucket="photos", Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])

    assert (told["ETag"], told["ObjectSize"], told["StorageClass"]) == (
        "5d41402abc4b2a76b9719d911017c592",
        5,
        "STANDARD_IA",
    )


# --- versions ------------------------------------------------------------------------------------------------


def test_versions_are_kept_read_and_removed(world: SmallWorld, s3: Any) -> None:
    """Put, put, delete, delete of a version: as in the recorded story, with the events that it told."""
    world.bucket(
        "photos",
        versioning="enabled",
        notifications=[NotificationSpec(queue="uploads", events=["ObjectCreated:*", "ObjectRemoved:*"])],
    )
    world.told(world.queue)

    first = s3.put_object(Bucket="photos", Key="k", Body=b"thirteen byte")["VersionId"]
    second = s3.put_object(Bucket="photos", Key="k", Body=b"four")["VersionId"]
    marker = s3.delete_object(Bucket="photos", Key="k")
    removed = s3.delete_object(Bucket="photos", Key="k", VersionId=first)

    assert marker["DeleteMarker"] is True
    assert removed["VersionId"] == first
    assert s3.get_object(Bucket="photos", Key="k", VersionId=second)["Body"].read() == b"four"
    records = [body["Records"][0] for body in world.told(world.queue)]
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


def test_a_covered_object_is_gone_until_its_marker_is_removed(world: SmallWorld, s3: Any) -> None:
    """404 to a plain read, 405 to a read of the marker itself."""
    world.bucket("photos", versioning="enabled")
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
def test_a_version_that_is_not_there_is_refused(world: SmallWorld, s3: Any, version_id: str, code: str) -> None:
    """What cannot be a version id is an invalid argument; what could be is not found."""
    world.bucket("photos", versioning="enabled")
    s3.put_object(Bucket="photos", Key="k", Body=b"1")

    with pytest.raises(ClientError) as raised:
        s3.get_object(Bucket="photos", Key="k", VersionId=version_id)

    assert raised.value.response["Error"]["Code"] == code


def test_versions_are_listed_newest_first(world: SmallWorld, s3: Any) -> None:
    """Objects and delete markers have lists of their own; a paginator walks through single-entry pages."""
    world.bucket("photos")
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


# --- listings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_a_paginator_finds_every_key(world: SmallWorld, s3: Any, operation: str) -> None:
    """Keys come decoded and in byte order, whatever they contain."""
    world.bucket("photos")
    keys = sorted(["a", "a b", "a/b", "a//c", "ü", "x+y", "%41", "../x", "new\nline"])
    for key in keys:
        s3.put_object(Bucket="photos", Key=key, Body=b"")

    pages = list(s3.get_paginator(operation).paginate(Bucket="photos", PaginationConfig={"PageSize": 2}))

    assert [each["Key"] for page in pages for each in page["Contents"]] == keys
    assert len(pages) == 5


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_folders_are_common_prefixes(world: SmallWorld, s3: Any, operation: str) -> None:
    """A delimiter folds what lies below it; pages continue after a folded group."""
    world.bucket("photos")
    for key in ("in/1", "in/2", "in/deep/3", "out/4", "top"):
        s3.put_object(Bucket="photos", Key=key, Body=b"")

    pages = list(s3.get_paginator(operation).paginate(Bucket="photos", Delimiter="/", PaginationConfig={"PageSize": 1}))

    assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == ["in/", "out/"]
    assert [each["Key"] for page in pages for each in page.get("Contents", [])] == ["top"]


def test_an_empty_listing_has_no_contents(world: SmallWorld, s3: Any) -> None:
    """Tutorials write `response.get("Contents", [])` for this reason."""
    world.bucket("photos")

    listed = s3.list_objects_v2(Bucket="photos")

    assert (listed["KeyCount"], listed["IsTruncated"], "Contents" in listed) == (0, False, False)


# --- multipart and transfers ---------------------------------------------------------------------------------


def test_upload_file_and_download_file_go_in_parts(world: SmallWorld, s3: Any, tmp_path: Path) -> None:
    """Above 8 MB s3transfer uploads parts and downloads ranges; one event is told, at the end."""
    world.bucket("photos", notifications=[NotificationSpec(function="resize")])
    data = bytes(range(256)) * 4096 * 20
    (tmp_path / "large").write_bytes(data)
    config = TransferConfig(use_threads=False)

    s3.upload_file(str(tmp_path / "large"), "photos", "large", Config=config)
    s3.download_file("photos", "large", str(tmp_path / "again"), Config=config)

    assert (tmp_path / "again").read_bytes() == data
    assert s3.head_object(Bucket="photos", Key="large")["ETag"].endswith('-3"')
    assert s3.head_object(Bucket="photos", Key="large", PartNumber=3)["PartsCount"] == 3
    (body,) = world.told(world.function)
    assert body["Records"][0]["eventName"] == "ObjectCreated:CompleteMultipartUpload"


def test_file_objects_are_transferred(world: SmallWorld, s3: Any) -> None:
    """`upload_fileobj` and `download_fileobj`, small enough for one piece."""
    world.bucket("photos")
    target = io.BytesIO()

    s3.upload_fileobj(io.BytesIO(b"small"), "photos", "small", Config=TransferConfig(use_threads=False))
    s3.download_fileobj("photos", "small", target, Config=TransferConfig(use_threads=False))

    assert target.getvalue() == b"small"


def test_a_large_object_is_copied_in_parts(world: SmallWorld, s3: Any) -> None:
    """`client.copy` uses UploadPartCopy above its threshold."""
    world.bucket("photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"x" * (11 * MEGABYTE))
    config = TransferConfig(use_threads=False, multipart_threshold=6 * MEGABYTE, multipart_chunksize=6 * MEGABYTE)

    s3.copy({"Bucket": "photos", "Key": "a"}, "photos", "b", Config=config)

    assert s3.head_object(Bucket="photos", Key="b")["ContentLength"] == 11 * MEGABYTE


def test_an_upload_is_listed_completed_and_over(world: SmallWorld, s3: Any) -> None:
    """Parts are listed by number; Complete answers the same again; Abort finds nothing any more."""
    world.bucket("photos")
    upload_id = s3.create_multipart_upload(Bucket="photos", Key="k", ContentType="text/plain")["UploadId"]
    about = {"Bucket": "photos", "Key": "k", "UploadId": upload_id}
    etags = {
        number: s3.upload_part(**about, PartNumber=number, Body=b"x" * (5 * MEGABYTE))["ETag"] for number in (3, 1)
    }
    assert [part["PartNumber"] for part in s3.list_parts(**about)["Parts"]] == [1, 3]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket="photos")["Uploads"]] == ["k"]

    parts = {"Parts": [{"PartNumber": number, "ETag": etags[number]} for number in (1, 3)]}
    completed = s3.complete_multipart_upload(**about, MultipartUpload=parts)
    again = s3.complete_multipart_upload(**about, MultipartUpload=parts)

    assert completed["ETag"] == again["ETag"]
    assert s3.head_object(Bucket="photos", Key="k")["ContentType"] == "text/plain"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="photos")
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.abort_multipart_upload(**about)


def test_a_key_written_during_an_upload_is_not_overwritten_blindly(world: SmallWorld, s3: Any) -> None:
    """Complete with If-Match is a conflict if the key was rewritten meanwhile, even with the same bytes."""
    world.bucket("photos")
    etag = s3.put_object(Bucket="photos", Key="k", Body=b"1")["ETag"]
    upload_id = s3.create_multipart_upload(Bucket="photos", Key="k")["UploadId"]
    about = {"Bucket": "photos", "Key": "k", "UploadId": upload_id}
    part = s3.upload_part(**about, PartNumber=1, Body=b"2")["ETag"]
    s3.put_object(Bucket="photos", Key="k", Body=b"1")

    with pytest.raises(ClientError) as raised:
        s3.complete_multipart_upload(
            **about, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}, IfMatch=etag
        )

    assert refusal(raised) == (409, "ConditionalRequestConflict")


# --- buckets -------------------------------------------------------------------------------------------------


def test_buckets_are_created_found_and_deleted(world: SmallWorld, s3: Any) -> None:
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


def test_a_bucket_lies_in_the_region_that_was_asked_for(world: SmallWorld) -> None:
    """Outside us-east-1 the constraint must be given and be right; creating again is a conflict."""
    s3 = client_of(world, "eu-central-1")

    with pytest.raises(ClientError) as unspecified:
        s3.create_bucket(Bucket="photos")
    s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with pytest.raises(ClientError) as again:
        s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    assert refusal(unspecified) == (400, "IllegalLocationConstraintException")
    assert refusal(again) == (409, "BucketAlreadyOwnedByYou")
    assert s3.get_bucket_location(Bucket="photos")["LocationConstraint"] == "eu-central-1"


@pytest.mark.parametrize("name", ["ab", "Photos", "a..b", "-ab", "192.168.0.1", "xn--abc", "abc--x-s3", "a_b"])
def test_a_bucket_needs_a_proper_name(world: SmallWorld, name: str) -> None:
    """The rules of S3 for names."""
    request = Request(service="s3", operation="CreateBucket", parameters={"Bucket": name}, region="us-east-1")

    with pytest.raises(ApiError, match="InvalidBucketName"):
        operations(world)["CreateBucket"](request)


# --- notifications -------------------------------------------------------------------------------------------


def test_a_queue_gets_a_test_event_and_a_function_does_not(world: SmallWorld, s3: Any) -> None:
    """Exactly one test event when a queue becomes a destination."""
    world.bucket("photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"]}],
        },
    )

    (told,) = world.told(world.queue)
    assert (told["Event"], told["Bucket"]) == ("s3:TestEvent", "photos")
    assert world.told(world.function) == []
    configuration = s3.get_bucket_notification_configuration(Bucket="photos")
    assert configuration["QueueConfigurations"][0]["Events"] == ["s3:ObjectCreated:Put"]


def test_a_bad_configuration_leaves_the_old_one(world: SmallWorld, s3: Any) -> None:
    """All or nothing; skipping the validation skips the test event as well."""
    bucket = world.bucket("photos", notifications=[NotificationSpec(function="resize", id="old")])
    unknown = {"QueueConfigurations": [{"QueueArn": f"{QUEUE}2", "Events": ["s3:ObjectCreated:*"]}]}

    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=unknown)
    assert [rule.id for rule in bucket.rules] == ["old"]

    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration=unknown, SkipDestinationValidation=True
    )
    assert [rule.arn for rule in bucket.rules] == [f"{QUEUE}2"]


def test_only_matching_keys_are_told_and_the_trace_says_why_not(world: SmallWorld, s3: Any) -> None:
    """Prefix and suffix see the raw key; what is not told is recorded with its reason."""
    world.bucket("photos", notifications=[NotificationSpec(function="resize", prefix="in/", suffix=".jpg")])

    for key in ("in/red flower.jpg", "out/a.jpg", "in/a.png"):
        s3.put_object(Bucket="photos", Key=key, Body=b"x")

    told = world.told(world.function)
    assert [body["Records"][0]["s3"]["object"]["key"] for body in told] == ["in/red+flower.jpg"]
    reasons = [entry.detail["reason"] for entry in world.trace.entries() if entry.kind == "not notified"]
    assert reasons == ["prefix 'in/' does not match", "suffix '.jpg' does not match"]


def test_every_way_of_writing_has_its_event(world: SmallWorld, s3: Any) -> None:
    """Put, Copy, Delete and tags; deleting what is not there tells nobody."""
    world.bucket(
        "photos",
        notifications=[
            NotificationSpec(queue="uploads", events=["ObjectCreated:*", "ObjectRemoved:*", "s3:ObjectTagging:*"])
        ],
    )
    world.told(world.queue)

    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    s3.copy_object(Bucket="photos", Key="b", CopySource="photos/a")
    s3.put_object_tagging(Bucket="photos", Key="a", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket="photos", Key="a")
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    s3.delete_object(Bucket="photos", Key="a")

    assert [body["Records"][0]["eventName"] for body in world.told(world.queue)] == [
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
        "ObjectRemoved:Delete",
        "ObjectRemoved:Delete",
    ]


def test_an_event_says_who_wrote_and_when(world: SmallWorld, s3: Any) -> None:
    """Virtual time in milliseconds; a function appears as its role; the entry that led to it is its cause."""
    world.bucket("photos", notifications=[NotificationSpec(function="resize")])
    world.caller = Caller(arn="arn:aws:lambda:us-east-1:111122223333:function:import")
    world.run(90.5)

    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    world.run()

    (envelope,) = world.function.envelopes
    record = json.loads(envelope.body)["Records"][0]
    assert record["eventTime"] == "2026-01-01T00:01:30.500Z"
    assert record["userIdentity"]["principalId"].endswith(":import")
    entries = list(world.trace.entries())
    assert entries[envelope.cause - 1].kind == "notified"
    assert entries[entries[envelope.cause - 1].cause - 1].kind == "object created"


def test_a_notification_that_nobody_takes_is_recorded_as_lost(world: SmallWorld, s3: Any) -> None:
    """A destination may vanish after it was configured; the writer never notices."""
    world.bucket("photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": f"{QUEUE}2", "Events": ["s3:ObjectCreated:*"]}]
        },
        SkipDestinationValidation=True,
    )

    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    world.run()

    assert world.trace.count("notification lost", "bucket photos") == 1


# --- scenarios -----------------------------------------------------------------------------------------------


def test_files_of_a_directory_are_objects_and_can_be_announced(world: SmallWorld, s3: Any) -> None:
    """The folder is the bucket: it is read at the start and written by the run."""
    folder = world.folder / "photos"
    (folder / "in").mkdir(parents=True)
    (folder / "in/a.jpg").write_bytes(b"jpeg")

    bucket = world.bucket(
        "photos", directory="photos", announce=True, notifications=[NotificationSpec(function="resize")]
    )
    s3.put_object(Bucket="photos", Key="out/b.jpg", Body=b"small")
    s3.delete_object(Bucket="photos", Key="in/a.jpg")

    assert [body["Records"][0]["s3"]["object"]["key"] for body in world.told(world.function)] == [
        "in/a.jpg",
        "out/b.jpg",
    ]
    assert bucket.summary() == {"objects": 1}
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["out/b.jpg"]


def test_a_file_changed_by_hand_is_a_new_object(world: SmallWorld, s3: Any) -> None:
    """What the bucket remembers of an object counts only while the bytes are the same."""
    world.bucket("photos", directory="photos")
    s3.put_object(Bucket="photos", Key="same", Body=b"1", Metadata={"x": "1"})
    s3.put_object(Bucket="photos", Key="changed", Body=b"1", Metadata={"x": "1"})
    (world.folder / "photos/changed").write_bytes(b"2")

    world.bucket("photos", directory="photos")

    assert s3.head_object(Bucket="photos", Key="same")["Metadata"] == {"x": "1"}
    assert s3.head_object(Bucket="photos", Key="changed")["Metadata"] == {}
    assert s3.get_object(Bucket="photos", Key="changed")["Body"].read() == b"2"


def test_files_are_copied_in_and_their_folder_is_left_alone(world: SmallWorld, s3: Any) -> None:
    """`files` gives a bucket in memory its first objects."""
    (world.folder / "input").mkdir()
    (world.folder / "input/a.txt").write_bytes(b"1")

    world.bucket("photos", files="input")
    s3.delete_object(Bucket="photos", Key="a.txt")

    assert (world.folder / "input/a.txt").read_bytes() == b"1"
    assert sorted(path.name for path in world.folder.iterdir()) == ["input"]


def test_a_presented_date_is_virtual(world: SmallWorld, s3: Any) -> None:
    """An object is as old as the run says."""
    world.bucket("photos")
    world.run(3600)

    s3.put_object(Bucket="photos", Key="k", Body=b"")

    assert s3.head_object(Bucket="photos", Key="k")["LastModified"] == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
        hours=1
    )
