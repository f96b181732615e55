"""Which texts are attached to an object? Each has a name, needs no new version, and goes with its version."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

MIB = 1024 * 1024


@pytest.fixture
def photo(s3: Any) -> dict[str, str]:
    """Name an object in a bucket with versions."""
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="photos", Key="cat", Body=b"x")
    return {"Bucket": "photos", "Key": "cat"}


def text_of(s3: Any, name: str = "labels", **where: str) -> str:
    """Return the text of an annotation."""
    text: str = s3.get_object_annotation(**where, AnnotationName=name)["AnnotationPayload"].read().decode()
    return text


def refusal(s3: Any, operation: str, **parameters: Any) -> tuple[str, int]:
    """Return code and status of a refused call."""
    with pytest.raises(ClientError) as caught:
        getattr(s3, operation)(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_annotation_is_kept_beside_its_object(s3: Any, photo: dict[str, str]) -> None:
    """It has a size and an eTag of its own; the object's stay, and so does its version."""
    before = s3.head_object(**photo)

    put = s3.put_object_annotation(**photo, AnnotationName="labels", AnnotationPayload="Kätzchen".encode())
    got = s3.get_object_annotation(**photo, AnnotationName="labels")

    assert (put["Key"], put["AnnotationName"], put["ObjectVersionId"]) == ("cat", "labels", before["VersionId"])
    assert (got["ETag"], got["ContentLength"], got["AnnotationPayload"].read().decode()) == (put["ETag"], 9, "Kätzchen")
    after = s3.head_object(**photo)
    assert (after["ETag"], after["VersionId"]) == (before["ETag"], before["VersionId"])


def test_annotations_are_listed_by_name_in_pages(s3: Any, photo: dict[str, str]) -> None:
    """A token leads from page to page; a prefix picks."""
    for name in ("b", "a", "other", "c"):
        s3.put_object_annotation(**photo, AnnotationName=name, AnnotationPayload=name.encode() * 3)

    first = s3.list_object_annotations(**photo, MaxAnnotationResults=3)
    rest = s3.list_object_annotations(**photo, ContinuationToken=first["NextContinuationToken"])
    picked = s3.list_object_annotations(**photo, AnnotationPrefix="o")

    assert [each["AnnotationName"] for each in first["Annotations"]] == ["a", "b", "c"]
    assert [each["AnnotationName"] for each in rest["Annotations"]] == ["other"]
    assert "NextContinuationToken" not in rest
    assert (picked["AnnotationCount"], picked["Annotations"][0]["Size"]) == (1, 15)


def test_an_annotation_belongs_to_one_version(s3: Any, photo: dict[str, str]) -> None:
    """The next version has none, and the older one keeps its own."""
    old = s3.put_object_annotation(**photo, AnnotationName="labels", AnnotationPayload=b"old")["ObjectVersionId"]

    s3.put_object(**photo, Body=b"y")

    assert refusal(s3, "get_object_annotation", **photo, AnnotationName="labels") == ("NoSuchAnnotation", 404)
    assert text_of(s3, **photo, VersionId=old) == "old"


@pytest.mark.parametrize(("directive", "copied"), [({}, ["labels"]), ({"AnnotationDirective": "EXCLUDE"}, [])])
def test_a_copy_takes_annotations_along(
    s3: Any, photo: dict[str, str], directive: dict[str, str], copied: list[str]
) -> None:
    """Unless it is told to leave them out (documented)."""
    s3.put_object_annotation(**photo, AnnotationName="labels", AnnotationPayload=b"x")

    s3.copy_object(Bucket="photos", Key="copy", CopySource="photos/cat", **directive)

    listed = s3.list_object_annotations(Bucket="photos", Key="copy").get("Annotations", [])
    assert [each["AnnotationName"] for each in listed] == copied


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"AnnotationName": "x" * 513}, ("AnnotationNameTooLong", 400)),
        ({"AnnotationName": "AWS-labels"}, ("InvalidAnnotationName", 400)),
        ({"AnnotationName": "s3labels"}, ("InvalidAnnotationName", 400)),
        ({"AnnotationPayload": b""}, ("InvalidRequest", 400)),
        ({"AnnotationPayload": b"x" * (MIB + 1)}, ("InvalidRequest", 400)),
        ({"AnnotationPayload": b"\xff"}, ("UnsupportedMediaType", 415)),
        ({"ObjectIfMatch": '"other"'}, ("PreconditionFailed", 412)),
        ({"Key": "dog"}, ("NoSuchKey", 404)),
        ({"ChecksumSHA256": "AAAA"}, ("InvalidRequest", 400)),
    ],
    ids=[
        "long name",
        "name of aws",
        "name of s3",
        "empty",
        "large",
        "no text",
        "other object",
        "no object",
        "checksum",
    ],
)
def test_what_cannot_be_attached_is_refused(
    s3: Any, photo: dict[str, str], parameters: dict[str, Any], refused: tuple[str, int]
) -> None:
    """By names, sizes and conditions that are documented."""
    given = {**photo, "AnnotationName": "labels", "AnnotationPayload": b"x", **parameters}

    assert refusal(s3, "put_object_annotation", **given) == refused


def test_an_object_has_a_thousand_annotations(s3: Any, world: SyncSimulation) -> None:
    """One that is there may be replaced all the same."""
    world.request("s3", "CreateBucket", {"Bucket": "photos"})
    world.request("s3", "PutObject", {"Bucket": "photos", "Key": "cat", "Body": b""})
    one = {"Bucket": "photos", "Key": "cat", "AnnotationPayload": b"x"}
    for number in range(1_000):
        world.request("s3", "PutObjectAnnotation", {**one, "AnnotationName": f"n{number}"})

    assert refusal(s3, "put_object_annotation", **one, AnnotationName="more") == ("AnnotationLimitExceeded", 400)
    s3.put_object_annotation(**one, AnnotationName="n7")


def test_an_object_with_its_writers_key_has_none(s3: Any) -> None:
    """Annotations are encrypted as their object is, and S3 does not have this key (documented)."""
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_encryption(
        Bucket="photos",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                    "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
                }
            ]
        },
    )
    s3.put_object(Bucket="photos", Key="cat", Body=b"", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)

    refused = refusal(
        s3, "put_object_annotation", Bucket="photos", Key="cat", AnnotationName="n", AnnotationPayload=b""
    )

    assert refused == ("InvalidRequest", 400)


def test_a_protected_version_keeps_its_annotations(s3: Any) -> None:
    """As long as it is retained (documented for governance)."""
    s3.create_bucket(Bucket="vault", ObjectLockEnabledForBucket=True)
    where = {"Bucket": "vault", "Key": "k"}
    s3.put_object(**where, Body=b"", ObjectLockLegalHoldStatus="ON")
    s3.put_object_annotation(**where, AnnotationName="n", AnnotationPayload=b"x")

    assert refusal(s3, "delete_object_annotation", **where, AnnotationName="n") == ("AccessDenied", 403)


def test_annotations_are_told_of(world: SyncSimulation, s3: Any, photo: dict[str, str], queue: Any) -> None:
    """By events of their own, as they come and go."""
    rule = {"QueueArn": queue.arn, "Events": ["s3:ObjectAnnotation:*"]}
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"QueueConfigurations": [rule]})

    s3.put_object_annotation(**photo, AnnotationName="labels", AnnotationPayload=b"x")
    s3.delete_object_annotation(**photo, AnnotationName="labels")
    s3.delete_object_annotation(**photo, AnnotationName="labels")
    world.until_idle()

    records = [json.loads(each.body)["Records"][0] for each in queue.envelopes[1:]]
    assert [each["eventName"] for each in records] == ["ObjectAnnotation:Put", "ObjectAnnotation:Delete"]


def test_annotations_outlive_a_run_in_a_folder(tmp_path: Path) -> None:
    """They are kept beside the file, as metadata is."""
    where = {"Bucket": "photos", "Key": "cat"}
    for run in range(2):
        with SyncSimulation() as world:
            world.add_source("buckets", "photos", directory=str(tmp_path / "photos"))
            s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            if run == 0:
                s3.put_object(**where, Body=b"x")
                s3.put_object_annotation(**where, AnnotationName="labels", AnnotationPayload=b"tabby")

            assert text_of(s3, **where) == "tabby"
