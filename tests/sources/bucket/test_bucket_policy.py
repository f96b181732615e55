"""Which policies does S3 refuse to keep? Those that are none, are about others, or let everybody in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}
BUCKET_ONLY = "arn:aws:s3:::photos"


def _policy(statement: Any, **document: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement], **document})


def _without(member: str) -> dict[str, Any]:
    return {name: value for name, value in ALLOW.items() if name != member}


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket that may be public."""
    s3.create_bucket(Bucket="photos")
    s3.delete_public_access_block(Bucket="photos")
    return "photos"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("no", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
        (_policy(ALLOW, Version="2012-10-18"), "The policy must contain a valid version string"),
        (_policy(_without("Principal")), "Missing required field Principal"),
        (_policy(_without("Action")), "Missing required field Action"),
        (_policy({**ALLOW, "Effect": "Permit"}), "Invalid effect: Permit"),
        (_policy({**ALLOW, "Effect": ["Allow"]}), "Invalid effect: ['Allow']"),
        (_policy({**ALLOW, "Principal": {"AWS": "ada"}}), "Invalid principal in policy"),
        (_policy({**ALLOW, "Action": "sqs:SendMessage"}), "Policy has invalid action"),
        (_policy({**ALLOW, "Resource": "arn:aws:s3:::other/*"}), "Policy has invalid resource"),
        (_policy({**ALLOW, "Resource": BUCKET_ONLY}), "Action does not apply to any resource(s) in statement"),
        (_policy({**ALLOW, "Action": "s3:ListBucket", "Resource": f"{BUCKET_ONLY}/a"}), "Action does not apply to any"),
        (_policy({**ALLOW, "Principle": "*"}), "Unknown field Principle"),
        (_policy(ALLOW, Statements="x"), "Unknown field Statements"),
        (_policy({**ALLOW, "Condition": {"StringLikes": {"aws:SourceArn": "x"}}}), "Invalid policy syntax."),
    ],
)
def test_a_policy_that_is_none_is_refused(s3: Any, bucket: str, policy: str, words: str) -> None:
    """With the reason."""
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    assert refused.value.response["Error"]["Code"] == "MalformedPolicy"
    assert words in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "statement",
    [
        {**ALLOW, "Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/reader"]}},
        {**ALLOW, "Principal": {"Service": "cloudfront.amazonaws.com"}},
        {**ALLOW, "Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}},
        {**ALLOW, "Action": ["s3:Get*", "S3:listbucket"], "Resource": [BUCKET_ONLY, f"{BUCKET_ONLY}/*"]},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "NotAction": "s3:*", "NotResource": f"{BUCKET_ONLY}/*"},
    ],
    ids=["accounts and roles", "a service", "an identity of CloudFront", "actions in any case", "everything but"],
)
def test_a_policy_is_kept_as_it_is(s3: Any, bucket: str, statement: dict[str, Any]) -> None:
    """To the letter, with the status that S3 gives."""
    policy = _policy(statement)

    put = s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_public_policy_is_blocked_until_somebody_says_otherwise(s3: Any) -> None:
    """A new bucket blocks it; one that names somebody is not public (documented)."""
    s3.create_bucket(Bucket="photos")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_bucket_policy(Bucket="photos", Policy=_policy(ALLOW))

    s3.put_bucket_policy(Bucket="photos", Policy=_policy({**ALLOW, "Principal": {"AWS": "123456789012"}}))
    s3.delete_public_access_block(Bucket="photos")
    s3.put_bucket_policy(Bucket="photos", Policy=_policy(ALLOW))
