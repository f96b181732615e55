"""Who may do what, and who may say so? Access control lists are kept where S3 has them, and enforced nowhere."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
ALL_BLOCKED_BUT_LISTS = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket with lists switched on, and public ones allowed."""
    s3.create_bucket(Bucket="shared", ObjectOwnership="ObjectWriter")
    s3.put_public_access_block(Bucket="shared", PublicAccessBlockConfiguration=ALL_BLOCKED_BUT_LISTS)
    return "shared"


def granted(answer: Any) -> list[tuple[str, str]]:
    """Return who may do what; the owner is `me`."""
    return [
        ("me" if grant["Grantee"].get("ID") == answer["Owner"]["ID"] else grant["Grantee"]["URI"], grant["Permission"])
        for grant in answer["Grants"]
    ]


def test_a_new_bucket_takes_no_lists(s3: Any) -> None:
    """Reading is allowed, and so is what changes nothing (documented)."""
    s3.create_bucket(Bucket="plain")
    s3.put_bucket_acl(Bucket="plain", ACL="bucket-owner-full-control")

    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket="plain", ACL="public-read")

    assert granted(s3.get_bucket_acl(Bucket="plain")) == [("me", "FULL_CONTROL")]


@pytest.mark.parametrize(
    ("canned", "others"),
    [
        ("private", []),
        ("public-read", [(EVERYBODY, "READ")]),
        ("public-read-write", [(EVERYBODY, "READ"), (EVERYBODY, "WRITE")]),
    ],
)
def test_a_canned_list_grants_what_s3_says(s3: Any, bucket: str, canned: str, others: list[tuple[str, str]]) -> None:
    """To a bucket, and to an object, with its write or later."""
    s3.put_bucket_acl(Bucket=bucket, ACL=canned)
    s3.put_object(Bucket=bucket, Key="with", ACL=canned)
    s3.put_object(Bucket=bucket, Key="later")
    s3.put_object_acl(Bucket=bucket, Key="later", ACL=canned)

    expected = [("me", "FULL_CONTROL"), *others]
    assert granted(s3.get_bucket_acl(Bucket=bucket)) == expected
    assert granted(s3.get_object_acl(Bucket=bucket, Key="with")) == expected
    assert granted(s3.get_object_acl(Bucket=bucket, Key="later")) == expected


def test_grants_may_be_named_one_by_one(s3: Any, bucket: str) -> None:
    """In headers, or as a whole policy."""
    s3.put_object(Bucket=bucket, Key="a", GrantRead=f'uri="{EVERYBODY}"')
    by_header = s3.get_object_acl(Bucket=bucket, Key="a")
    policy = {"Owner": by_header["Owner"], "Grants": by_header["Grants"]}
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=policy)

    assert granted(by_header) == [(EVERYBODY, "READ")]
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"] == by_header["Grants"]


def test_public_lists_are_blocked_until_somebody_says_otherwise(s3: Any) -> None:
    """A new bucket blocks them (documented)."""
    s3.create_bucket(Bucket="blocked", ObjectOwnership="BucketOwnerPreferred")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_acl(Bucket="blocked", ACL="public-read")


def test_an_object_written_anew_is_its_owners_again(s3: Any, bucket: str) -> None:
    """A list belongs to a version, not to a key."""
    s3.put_object(Bucket=bucket, Key="a", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="a")

    assert granted(s3.get_object_acl(Bucket=bucket, Key="a")) == [("me", "FULL_CONTROL")]
