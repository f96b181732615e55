"""What does S3 say of a value that it cannot take? A table of operations, values, codes and what the error names."""

from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

NO_ID = "A version-id marker cannot be specified without a key marker."
REFUSALS = [
    ("get_object", {"Key": "k" * 1025}, "KeyTooLongError", {"Size": "1025", "MaxSizeAllowed": "1024"}),
    ("delete_object_tagging", {"Key": "ä" * 513}, "KeyTooLongError", {"Size": "1026"}),
    ("put_object", {"Key": "k", "StorageClass": "COLD"}, "InvalidStorageClass", {"StorageClassRequested": "COLD"}),
    ("put_object", {"Key": "k", "WebsiteRedirectLocation": "there"}, "InvalidRedirectLocation", {}),
    ("list_objects_v2", {"ExpectedBucketOwner": "ada"}, "InvalidBucketOwnerAWSAccountID", {}),
    ("list_objects_v2", {"ExpectedBucketOwner": "999999999999"}, "AccessDenied", {}),
    ("list_object_versions", {"VersionIdMarker": "v"}, "InvalidArgument", {"Message": NO_ID, "ArgumentValue": "v"}),
    (
        "list_object_versions",
        {"KeyMarker": "k", "VersionIdMarker": ""},
        "InvalidArgument",
        {"Message": "A version-id marker cannot be empty."},
    ),
    (
        "list_object_versions",
        {"KeyMarker": "k", "VersionIdMarker": "v"},
        "InvalidArgument",
        {"Message": "Invalid version id specified", "ArgumentName": "version-id-marker"},
    ),
]


@pytest.mark.parametrize(("operation", "parameters", "code", "fields"), REFUSALS)
def test_a_value_is_refused_by_name(
    world: SyncSimulation, s3: Any, operation: str, parameters: dict[str, Any], code: str, fields: dict[str, str]
) -> None:
    """With S3's code, and with what S3 tells besides."""
    world.add_source("buckets", "photos")

    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket="photos", **parameters)

    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert fields.items() <= error.items()


def test_an_unsigned_reader_cannot_dress_an_answer(world: SyncSimulation, s3: Any) -> None:
    """Only who signs may say what the headers tell (documented)."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k")
    unsigned = boto3.client("s3", region_name=world.region, config=Config(signature_version=UNSIGNED))

    with pytest.raises(ClientError, match="cannot be used for anonymous GET requests"):
        unsigned.get_object(Bucket="photos", Key="k", ResponseContentType="text/html")

    assert unsigned.get_object(Bucket="photos", Key="k")["ContentType"] == "binary/octet-stream"


def test_a_bucket_that_encrypts_takes_a_copy_onto_itself(world: SyncSimulation, s3: Any) -> None:
    """Once somebody has set how, the copy changes something."""
    world.add_source("buckets", "photos")
    s3.put_object(Bucket="photos", Key="k")
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    s3.put_bucket_encryption(Bucket="photos", ServerSideEncryptionConfiguration={"Rules": rules})

    copied = s3.copy_object(Bucket="photos", Key="k", CopySource="photos/k")

    assert copied["ServerSideEncryption"] == "aws:kms"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"BucketRegion": "moon"}, "bucket-region"), ({"MaxBuckets": 10_001}, "max-buckets")],
    ids=["region", "count"],
)
def test_a_list_of_buckets_is_asked_for_in_words_that_there_are(s3: Any, parameters: Any, name: str) -> None:
    """Regions are named, and a page has its bounds."""
    with pytest.raises(ClientError) as refused:
        s3.list_buckets(**parameters)

    assert refused.value.response["Error"]["ArgumentName"] == name


def test_a_list_of_buckets_tells_of_regions_when_asked(s3: Any) -> None:
    """Without any parameter it is as it always was (documented)."""
    s3.create_bucket(Bucket="photos")

    plain, asked = s3.list_buckets()["Buckets"][0], s3.list_buckets(Prefix="p")["Buckets"][0]

    assert "BucketRegion" not in plain
    assert asked["BucketRegion"] == "us-east-1"


def test_of_many_versions_one_that_cannot_be_is_not_there(world: SyncSimulation, s3: Any) -> None:
    """`DeleteObjects` does not mind its form, as `DeleteObject` does (recorded)."""
    world.add_source("buckets", "photos", versioning="enabled")

    answer = s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "k", "VersionId": "v"}]})

    assert answer["Errors"] == [
        {
            "Key": "k",
            "VersionId": "v",
            "Code": "NoSuchVersion",
            "Message": "The specified version does not exist.",
        }
    ]
    with pytest.raises(ClientError, match="Invalid version id specified"):
        s3.delete_object(Bucket="photos", Key="k", VersionId="v")


def test_a_page_that_ends_with_a_folder_names_no_version(world: SyncSimulation, s3: Any) -> None:
    """What follows is asked for by the folder alone."""
    world.add_source("buckets", "photos")
    for key in ("a/1", "b/1"):
        s3.put_object(Bucket="photos", Key=key)

    page = s3.list_object_versions(Bucket="photos", Delimiter="/", MaxKeys=1)

    assert (page["NextKeyMarker"], page.get("NextVersionIdMarker")) == ("a/", None)


def test_a_finished_upload_tells_where_its_object_is(world: SyncSimulation, s3: Any) -> None:
    """The key is encoded whole there, slashes too; the last page of uploads names the last one, too."""
    world.add_source("buckets", "photos")
    upload = {"Bucket": "photos", "Key": "a b/c"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    listed = s3.list_multipart_uploads(Bucket="photos")
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]

    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})

    assert done["Location"] == "https://photos.s3.us-east-1.amazonaws.com/a%20b%2Fc"
    assert (listed["NextKeyMarker"], listed["NextUploadIdMarker"]) == ("a b/c", upload["UploadId"])
