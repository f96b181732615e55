"""What do calls of S3 need?"""

from typing import Any

import pytest

from eventsim.permissions.needs import needs_of
from tests.core.permissions.calls import asked, keys
from tests.core.permissions.test_needs import HERE

PRICES = "arn:aws:s3:::shop/prices.csv"
AT = {"Bucket": "shop", "Key": "prices.csv"}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("HeadBucket", "s3:ListBucket"),
        ("ListObjectsV2", "s3:ListBucket"),
        ("ListObjectVersions", "s3:ListBucketVersions"),
        ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
        ("GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
        ("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
        ("DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
        ("DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("ListBucketInventoryConfigurations", "s3:GetInventoryConfiguration"),
        ("DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
        ("DeleteBucketWebsite", "s3:DeleteBucketWebsite"),
    ],
)
def test_calls_about_a_bucket_need_an_action_on_it(operation: str, action: str) -> None:
    """IAM has names of its own for many of them, and none for taking a setting back."""
    assert asked("s3", operation, Bucket="shop") == [(action, "arn:aws:s3:::shop")]


def test_looking_for_all_buckets_is_about_none() -> None:
    """A statement that names a bucket does not allow it."""
    assert asked("s3", "ListBuckets") == [("s3:ListAllMyBuckets", "*")]


def test_a_bucket_for_others_needs_more_than_a_private_one() -> None:
    """Access for others is a second action, which nothing but `private` makes needless."""
    bucket = "arn:aws:s3:::shop"

    assert asked("s3", "CreateBucket", Bucket="shop", ACL="private") == [("s3:CreateBucket", bucket)]
    assert asked("s3", "CreateBucket", Bucket="shop", ACL="public-read", ObjectLockEnabledForBucket=True) == [
        ("s3:CreateBucket", bucket),
        ("s3:PutBucketAcl", bucket),
        ("s3:PutBucketObjectLockConfiguration", bucket),
        ("s3:PutBucketVersioning", bucket),
    ]


def test_replication_needs_its_role_to_be_passed() -> None:
    """Else anybody could let S3 act as whatever role there is."""
    role = "arn:aws:iam::123456789012:role/copier"

    assert asked("s3", "PutBucketReplication", Bucket="shop", ReplicationConfiguration={"Role": role}) == [
        ("s3:PutReplicationConfiguration", "arn:aws:s3:::shop"),
        ("iam:PassRole", role),
    ]


def test_a_list_tells_where_it_looks() -> None:
    """Policies open one folder to somebody by `s3:prefix`, which an empty prefix has as well, and none has not."""
    assert keys("s3", "ListObjectsV2", Bucket="shop", Prefix="home/", Delimiter="/", MaxKeys=10) == {
        "s3:prefix": ("home/",),
        "s3:delimiter": ("/",),
        "s3:max-keys": ("10",),
    }
    assert keys("s3", "ListObjects", Bucket="shop", Prefix="") == {"s3:prefix": ("",)}
    assert keys("s3", "ListObjects", Bucket="shop") == {}


def test_what_a_call_does_not_have_is_known_too() -> None:
    """A statement that asks for a prefix does not allow to list the whole bucket."""
    listing, upload = (
        next(iter(needs_of("s3", operation, AT, HERE))).keys for operation in ("ListObjectsV2", "PutObject")
    )

    assert listing["s3:prefix"] == ()
    assert upload["s3:x-amz-server-side-encryption"] == ()


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_an_object_is_read_by_one_action_and_a_version_by_another(operation: str) -> None:
    """To look at its head is to read it."""
    assert asked("s3", operation, **AT) == [("s3:GetObject", PRICES)]
    assert asked("s3", operation, **AT, VersionId="v1") == [("s3:GetObjectVersion", PRICES)]
    assert keys("s3", operation, **AT, VersionId="v1") == {"s3:VersionId": ("v1",)}


@pytest.mark.parametrize(
    ("operation", "actions", "of_versions"),
    [
        ("DeleteObject", ["s3:DeleteObject"], ["s3:DeleteObjectVersion"]),
        ("GetObjectTagging", ["s3:GetObjectTagging"], ["s3:GetObjectVersionTagging"]),
        ("PutObjectAcl", ["s3:PutObjectAcl"], ["s3:PutObjectVersionAcl"]),
        (
            "GetObjectAttributes",
            ["s3:GetObject", "s3:GetObjectAttributes"],
            ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
        ),
        ("PutObjectRetention", ["s3:PutObjectRetention"], ["s3:PutObjectRetention"]),
    ],
)
def test_versions_have_actions_of_their_own(operation: str, actions: list[str], of_versions: list[str]) -> None:
    """Only retention and legal holds have not."""
    assert [action for action, _ in asked("s3", operation, **AT)] == actions
    assert [action for action, _ in asked("s3", operation, **AT, VersionId="v1")] == of_versions


@pytest.mark.parametrize(
    "operation", ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PostObject"]
)
def test_whatever_writes_an_object_needs_one_action(operation: str) -> None:
    """There is none for parts."""
    assert asked("s3", operation, **AT) == [("s3:PutObject", PRICES)]


def test_an_upload_has_two_actions_of_its_own() -> None:
    """One to give it up, one to look at its parts."""
    assert asked("s3", "AbortMultipartUpload", **AT) == [("s3:AbortMultipartUpload", PRICES)]
    assert asked("s3", "ListParts", **AT) == [("s3:ListMultipartUploadParts", PRICES)]


@pytest.mark.parametrize(
    ("parameters", "action"),
    [
        ({"Tagging": "team=shop"}, "s3:PutObjectTagging"),
        ({"ACL": "bucket-owner-full-control"}, "s3:PutObjectAcl"),
        ({"GrantRead": 'id="abc"'}, "s3:PutObjectAcl"),
        ({"ObjectLockMode": "GOVERNANCE"}, "s3:PutObjectRetention"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
    ],
)
def test_what_is_given_with_an_object_needs_what_it_would_alone(parameters: dict[str, Any], action: str) -> None:
    """Tags, access and locks."""
    assert asked("s3", "PutObject", **AT, **parameters) == [("s3:PutObject", PRICES), (action, PRICES)]


def test_writing_tells_how_it_is_done() -> None:
    """Policies ask for encryption and tags that way."""
    parameters = {**AT, "ServerSideEncryption": "aws:kms", "ACL": "private", "Tagging": "team=shop&area="}

    assert keys("s3", "PutObject", **parameters) == {
        "s3:x-amz-acl": ("private",),
        "s3:x-amz-server-side-encryption": ("aws:kms",),
        "s3:RequestObjectTag/team": ("shop",),
        "s3:RequestObjectTag/area": ("",),
        "s3:RequestObjectTagKeys": ("team", "area"),
    }
    assert keys("s3", "PutObjectTagging", **AT, Tagging={"TagSet": [{"Key": "team", "Value": "shop"}]}) == {
        "s3:RequestObjectTag/team": ("shop",),
        "s3:RequestObjectTagKeys": ("team",),
    }


@pytest.mark.parametrize("operation", ["CopyObject", "UploadPartCopy"])
@pytest.mark.parametrize(
    ("source", "action"),
    [
        ("archive/2024/a%20b", "s3:GetObject"),
        ("/archive/2024/a b", "s3:GetObject"),
        ("archive/2024/a%20b?versionId=v1", "s3:GetObjectVersion"),
    ],
)
def test_a_copy_reads_one_object_and_writes_another(operation: str, source: str, action: str) -> None:
    """The source is a header, written as in a URL."""
    assert asked("s3", operation, **AT, CopySource=source) == [
        (action, "arn:aws:s3:::archive/2024/a b"),
        ("s3:PutObject", PRICES),
    ]


def test_to_bypass_governance_is_another_action() -> None:
    """Whoever may delete may not yet delete what is locked."""
    assert asked("s3", "DeleteObject", **AT, VersionId="v1", BypassGovernanceRetention=True) == [
        ("s3:DeleteObjectVersion", PRICES),
        ("s3:BypassGovernanceRetention", PRICES),
    ]
