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


STRANGER = "f" * 64


@pytest.mark.parametrize(
    ("asked", "code", "fields"),
    [
        ({"ACL": "loud"}, "InvalidArgument", {"ArgumentName": "x-amz-acl", "ArgumentValue": "loud"}),
        ({}, "MissingSecurityHeader", {"MissingHeaderName": "x-amz-acl"}),
        ({"ACL": "private", "GrantRead": f'id="{STRANGER}"'}, "InvalidRequest", {}),
        ({"GrantRead": "everybody"}, "InvalidArgument", {"ArgumentName": "x-amz-grant-read"}),
        ({"GrantRead": 'id="ada"'}, "InvalidArgument", {"ArgumentName": "id", "ArgumentValue": "ada"}),
        ({"GrantRead": 'uri="http://a"'}, "InvalidArgument", {"ArgumentName": "uri", "ArgumentValue": "http://a"}),
        ({"GrantRead": 'emailAddress="a@example.com"'}, "MethodNotAllowed", {}),
        ({"GrantRead": "emailaddress=a@example.com,emailaddress=b@example.com"}, "MethodNotAllowed", {}),
    ],
    ids=["canned", "none", "two", "header", "id", "group", "email", "emails"],
)
def test_a_list_that_makes_no_sense_is_refused(
    s3: Any, bucket: str, asked: dict[str, Any], code: str, fields: dict[str, str]
) -> None:
    """The header is named, and what stood in it."""
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_acl(Bucket=bucket, **asked)

    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert fields.items() <= error.items()


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        ({"Grantee": {"Type": "CanonicalUser", "ID": STRANGER}, "Permission": "PEEK"}, "MalformedACLError"),
        ({"Grantee": {"Type": "CanonicalUser", "ID": "ada"}, "Permission": "READ"}, "InvalidArgument"),
        ({"Grantee": {"Type": "Group", "URI": "http://a"}, "Permission": "READ"}, "InvalidArgument"),
        ({"Grantee": {"Type": "Group"}, "Permission": "READ"}, "MalformedACLError"),
        ({"Permission": "READ"}, "MalformedACLError"),
    ],
    ids=["permission", "id", "group", "nobody", "no grantee"],
)
def test_a_document_that_grants_nothing_to_nobody_is_refused(
    s3: Any, bucket: str, grant: dict[str, Any], code: str
) -> None:
    """Each grant is looked at."""
    me = s3.get_bucket_acl(Bucket=bucket)["Owner"]

    with pytest.raises(ClientError, match=code):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Owner": me, "Grants": [grant]})


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"Grants": []}, "MalformedACLError"),
        ({"Owner": {"ID": "ada"}, "Grants": []}, "InvalidArgument"),
        ({"Owner": {"ID": STRANGER}, "Grants": []}, "AccessDenied"),
    ],
    ids=["nobody", "no id", "somebody else"],
)
def test_a_document_names_the_owner(s3: Any, bucket: str, policy: dict[str, Any], code: str) -> None:
    """A list cannot give a bucket away."""
    with pytest.raises(ClientError, match=code):
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy=policy)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ObjectOwnership": "Mine"}, "InvalidArgument"),
        ({"ACL": "loud"}, "InvalidArgument"),
        ({"ACL": "authenticated-read"}, "InvalidBucketAclWithObjectOwnership"),
        ({"ACL": "public-read", "ObjectOwnership": "ObjectWriter"}, "InvalidBucketAclWithBlockPublicAccessError"),
    ],
    ids=["ownership", "canned", "off", "blocked"],
)
def test_a_bucket_is_not_made_with_a_list_that_it_cannot_have(s3: Any, asked: dict[str, str], code: str) -> None:
    """Nothing is left behind."""
    with pytest.raises(ClientError, match=code):
        s3.create_bucket(Bucket="unmade", **asked)

    assert s3.list_buckets()["Buckets"] == []


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
