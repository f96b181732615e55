"""What becomes of a policy that is put as a document? It replaces, is told, is asked, and can be taken away."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from eventsim import ApiError
from eventsim.calls.lambda_api.policy import lets_everybody_call, lets_invoke

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
STATEMENT = {
    "Sid": "rules",
    "Effect": "Allow",
    "Principal": {"Service": ["events.amazonaws.com", "scheduler.amazonaws.com"]},
    "Action": ["lambda:InvokeFunction"],
    "Resource": ARN,
}


def document(*statements: Mapping[str, Any]) -> str:
    """Return a policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_document_replaces_what_was_added(aws: Any) -> None:
    """Either way shows what the other made, and each change is a revision of the function."""
    aws.create()
    aws("AddPermission", FunctionName="f", StatementId="s3", Action="lambda:*", Principal="s3.amazonaws.com")
    before = aws("GetResourcePolicy", ResourceArn=ARN)

    put = aws("PutResourcePolicy", ResourceArn=ARN, Policy=document(STATEMENT), RevisionId=before["RevisionId"])
    aws("AddPermission", FunctionName="f", StatementId="s3", Action="lambda:*", Principal="s3.amazonaws.com")

    policy = json.loads(aws("GetPolicy", FunctionName="f")["Policy"])
    assert [statement["Sid"] for statement in json.loads(before["Policy"])["Statement"]] == ["s3"]
    assert json.loads(put["Policy"]) == {"Version": "2012-10-17", "Statement": [STATEMENT]}
    assert [statement["Sid"] for statement in policy["Statement"]] == ["rules", "s3"]
    assert put["RevisionId"] != aws("GetResourcePolicy", ResourceArn=ARN)["RevisionId"]


def test_a_document_says_who_may_invoke(aws: Any) -> None:
    """As a statement does that was added; a denial beats it."""
    aws.create()
    aws("PutResourcePolicy", ResourceArn=ARN, Policy=document(STATEMENT))
    allowed = aws.simulation.permits(ARN, "scheduler.amazonaws.com", "arn:aws:scheduler:us-east-1:123456789012:x")

    denial = {**STATEMENT, "Sid": "not you", "Effect": "Deny", "Principal": "*"}
    aws("PutResourcePolicy", ResourceArn=ARN, Policy=document(STATEMENT, denial))

    assert allowed
    assert not aws.simulation.permits(ARN, "scheduler.amazonaws.com", "arn:aws:scheduler:us-east-1:123456789012:x")


def test_a_policy_can_be_taken_away_as_a_whole(aws: Any) -> None:
    """Who has seen an older one is refused; what is added later begins a policy of its own."""
    aws.create()
    old = aws("PutResourcePolicy", ResourceArn=ARN, Policy=document(STATEMENT))["RevisionId"]
    new = aws("PutResourcePolicy", ResourceArn=ARN, Policy=document({**STATEMENT, "Sid": ""}))["RevisionId"]
    with pytest.raises(ApiError, match="Call the GetResourcePolicy API") as refused:
        aws("DeleteResourcePolicy", ResourceArn=ARN, RevisionId=old)

    aws("DeleteResourcePolicy", ResourceArn=ARN, RevisionId=new)

    assert (refused.value.code, refused.value.status) == ("PreconditionFailedException", 412)
    for operation in ("GetResourcePolicy", "DeleteResourcePolicy"):
        with pytest.raises(ApiError, match="The resource you requested does not exist"):
            aws(operation, ResourceArn=ARN)
    aws("AddPermission", FunctionName="f", StatementId="s3", Action="lambda:*", Principal="s3.amazonaws.com")
    assert json.loads(aws("GetPolicy", FunctionName="f")["Policy"])["Id"] == "default"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{", "The policy is not valid JSON."),
        ("[]", "The policy is not valid JSON."),
        ("{}", "The policy is not valid: the policy has no `Statement`."),
        (document(), "The policy has no statements."),
        (
            document({**STATEMENT, "Principal": ""}),
            "The policy is not valid: a principal is `*`, or says of whom by `AWS`, `Service`, `Federated` or "
            "`CanonicalUser`.",
        ),
        (
            document({**STATEMENT, "Effect": "Maybe"}),
            "The policy is not valid: `Maybe` is no effect; write `Allow` or `Deny`.",
        ),
        (
            document({**STATEMENT, "Resource": f"{ARN}2"}),
            f"The Resource of a statement must be {ARN}, not {ARN}2.",
        ),
        (document(STATEMENT, STATEMENT), "Statement ids (Sid) in a policy must be unique: rules"),
    ],
    ids=["no JSON", "a list", "empty", "no statement", "no principal", "effect", "resource", "twice"],
)
def test_a_document_must_be_a_policy(aws: Any, policy: str, message: str) -> None:
    """And one for this function (words unconfirmed)."""
    aws.create()

    with pytest.raises(ApiError) as refused:
        aws("PutResourcePolicy", ResourceArn=ARN, Policy=policy)

    assert (refused.value.code, refused.value.message) == ("InvalidParameterValueException", message)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"{ARN}2", "ResourceNotFoundException"),
        (f"{ARN}:$LATEST", "InvalidParameterValueException"),
        ("arn:aws:lambda:us-east-1:123456789012:runtime/mine", "NotImplemented"),
    ],
    ids=["unknown", "latest", "runtime"],
)
def test_a_policy_is_a_functions(aws: Any, arn: str, code: str) -> None:
    """Runtimes of customers, which may have policies too, are not simulated."""
    aws.create()

    with pytest.raises(ApiError) as refused:
        aws("PutResourcePolicy", ResourceArn=arn, Policy=document({**STATEMENT, "Resource": arn}))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("condition", "lets"),
    [
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::sh*"}}, True),
        ({"StringEquals": {"aws:SourceArn": ["arn:aws:s3:::other", "arn:aws:s3:::shelf"]}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other"}}, False),
        ({"StringEquals": {"AWS:SourceAccount": "111122223333"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
    ],
    ids=["like", "one of two", "another", "an account that a bucket does not tell", "unknown"],
)
def test_conditions_on_the_source_are_looked_at(condition: Mapping[str, Any], *, lets: bool) -> None:
    """Whatever their spelling; others are taken as met."""
    statement = {**STATEMENT, "Principal": {"Service": "s3.amazonaws.com"}, "Condition": condition}

    assert lets_invoke({"s": statement}, "s3.amazonaws.com", "arn:aws:s3:::shelf") is lets


def test_a_denial_on_an_unknown_condition_denies_nothing() -> None:
    """It cannot be known to hold."""
    allowance = {**STATEMENT, "Principal": "*", "Action": "lambda:InvokeFunctionUrl"}
    denial = {**allowance, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}

    assert lets_everybody_call({"a": allowance, "d": denial})
    assert not lets_everybody_call({"a": allowance, "d": {**denial, "Condition": {}}})
