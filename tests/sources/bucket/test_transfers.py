"""Uploads in parts, and boto3's transfers on top of them."""

import io
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.sources.bucket.conftest import refusal, told

MEGABYTE = 1024 * 1024


def test_upload_file_and_download_file_go_in_parts(
    world: SyncSimulation, s3: Any, tmp_path: Path, function: Any
) -> None:
    """Above 8 MB s3transfer uploads parts and downloads ranges; one event is told, at the end."""
    world.add_source("buckets", "photos", notifications=[{"function": "resize"}])
    data = bytes(range(256)) * 4096 * 20
    (tmp_path / "large").write_bytes(data)
    config = TransferConfig(use_threads=False)

    s3.upload_file(str(tmp_path / "large"), "photos", "large", Config=config)
    s3.download_file("photos", "large", str(tmp_path / "again"), Config=config)

    assert (tmp_path / "again").read_bytes() == data
    assert s3.head_object(Bucket="photos", Key="large")["ETag"].endswith('-3"')
    assert s3.head_object(Bucket="photos", Key="large", PartNumber=3)["PartsCount"] == 3
    (body,) = told(world, function)
    assert body["Records"][0]["eventName"] == "ObjectCreated:CompleteMultipartUpload"


def test_file_objects_are_transferred(world: SyncSimulation, s3: Any) -> None:
    """`upload_fileobj` and `download_fileobj`, small enough for one piece."""
    world.add_source("buckets", "photos")
    target = io.BytesIO()

    s3.upload_fileobj(io.BytesIO(b"small"), "photos", "small", Config=TransferConfig(use_threads=False))
    s3.download_fileobj("photos", "small", target, Config=TransferConfig(use_threads=False))

    assert target.getvalue() == b"small"


def test_a_large_object_is_copied_in_parts(world: SyncSimulation, s3: Any) -> None:
    """`client.copy` uses UploadPartCopy above its threshold."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="a", Body=b"x" * (11 * MEGABYTE))
    config = TransferConfig(use_threads=False, multipart_threshold=6 * MEGABYTE, multipart_chunksize=6 * MEGABYTE)

    s3.copy({"Bucket": "photos", "Key": "a"}, "photos", "b", Config=config)

    assert s3.head_object(Bucket="photos", Key="b")["ContentLength"] == 11 * MEGABYTE


def test_an_upload_is_listed_completed_and_over(world: SyncSimulation, s3: Any) -> None:
    """Parts are listed by number; Complete answers the same again; Abort finds nothing any more."""
    world.add_source("buckets", "photos")
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


def test_a_key_written_during_an_upload_is_not_overwritten_blindly(world: SyncSimulation, s3: Any) -> None:
    """Complete with If-Match is a conflict if the key was rewritten meanwhile, even with the same bytes."""
    world.add_source("buckets", "photos")
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


def test_a_part_is_read_with_its_own_checksum(world: SyncSimulation, s3: Any) -> None:
    """Of an object whose checksum is that of its parts' checksums; one that came whole is its own part."""
    world.add_source("buckets", "photos")
    place = {"Bucket": "photos", "Key": "k"}
    upload = s3.create_multipart_upload(**place, ChecksumAlgorithm="SHA256")["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256")
    named = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": [named]})
    whole = s3.put_object(Bucket="photos", Key="whole", Body=b"x")["ChecksumCRC32"]

    read = s3.head_object(**place, PartNumber=1, ChecksumMode="ENABLED")
    alone = s3.head_object(Bucket="photos", Key="whole", PartNumber=1, ChecksumMode="ENABLED")
    begun = s3.get_object(**place, Range="bytes=0-0", ChecksumMode="ENABLED")

    assert (read["ChecksumSHA256"], read["ChecksumType"]) == (part["ChecksumSHA256"], "COMPOSITE")
    assert (alone["ChecksumCRC32"], alone["ChecksumType"]) == (whole, "FULL_OBJECT")
    assert "ChecksumSHA256" not in begun
