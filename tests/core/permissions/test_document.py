"""Would IAM take that for a policy?"""

from datetime import date
from typing import Any

import pytest

from eventsim import ConfigurationError
from eventsim.permissions.document import read_document

SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}


def test_a_document_is_read() -> None:
    """As it is; only its statements become a list, and a version that YAML takes for a date a text."""
    whole = {
        "Version": date(2012, 10, 17),
        "Id": "x",
        "Statement": {
            "Sid": "Own1",
            "Effect": "Deny",
            "NotAction": ["*", "s3:*"],
            "NotResource": ["arn:aws:s3:::photos/*", "${aws:PrincipalTag/queue}"],
            "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", 5, True]}, "Null": {"aws:x": "true"}},
        },
    }

    read = read_document(whole, key="policy")

    assert read == {"Version": "2012-10-17", "Id": "x", "Statement": [whole["Statement"]]}


def test_statements_alone_are_a_policy_of_the_latest_version() -> None:
    """So that variables work; a document that leaves its version out has the older one, as on AWS."""
    assert read_document([SEND], key="policy") == {"Version": "2012-10-17", "Statement": [SEND]}
    assert read_document({"Statement": [SEND]}, key="policy") == {"Statement": [SEND]}


def without(member: str, **others: Any) -> dict[str, Any]:
    """Return a statement without something, and with others."""
    return {name: value for name, value in {**SEND, **others}.items() if name != member}


@pytest.mark.parametrize(
    ("statement", "place", "message"),
    [
        ("sqs:*", "", "a statement has `Effect`, `Action` and `Resource`"),
        (without("Effect"), ".Effect", "the statement has no `Effect`; write `Allow` or `Deny`"),
        ({**SEND, "Effect": "allow"}, ".Effect", "`allow` is no effect; write `Allow` or `Deny`"),
        (without("Action"), "", "the statement has no `Action`"),
        (without("Resource"), "", "the statement has no `Resource`"),
        (
            {**SEND, "NotAction": "sns:*"},
            "",
            "the statement has both `Action` and `NotAction`; write one of them",
        ),
        (
            {**SEND, "NotResource": "*"},
            "",
            "the statement has both `Resource` and `NotResource`; write one of them",
        ),
        ({**SEND, "Action": []}, ".Action", "`Action` is empty"),
        ({**SEND, "Action": {"sqs": "*"}}, ".Action", "`Action` is a text or a list of texts"),
        (
            {**SEND, "Action": ["sqs:*", "SendMessage"]},
            "",
            "the action `SendMessage` names no service; write `sqs:SendMessage`, `sqs:*` or `*`",
        ),
        (without("Action", NotAction="Send*"), "", "the action `Send*` names no service; write"),
        ({**SEND, "Resource": "orders"}, "", "the resource `orders` is no ARN, and not `*`"),
        ({**SEND, "Actions": "*"}, ".Actions", "a statement has no `Actions`; did you mean `Action`?"),
        (
            {**SEND, "Principal": "*"},
            ".Principal",
            "a role's policy has no `Principal`: it is about whoever has the role",
        ),
        ({**SEND, "Sid": "my queue"}, ".Sid", "the id of a statement has letters and digits only"),
        ({**SEND, "Condition": ["x"]}, ".Condition", "conditions are operators with keys and values"),
        (
            {**SEND, "Condition": {"StringEqual": {"aws:x": "y"}}},
            ".Condition.StringEqual",
            "there is no condition operator `StringEqual`; did you mean `StringEquals`?",
        ),
        (
            {**SEND, "Condition": {"NullIfExists": {"aws:x": "true"}}},
            ".Condition.NullIfExists",
            "there is no condition operator `NullIfExists`",
        ),
        ({**SEND, "Condition": {"Bool": "true"}}, ".Condition.Bool", "`Bool` has condition keys with values"),
        (
            {**SEND, "Condition": {"Bool": {"SecureTransport": "true"}}},
            ".Condition.Bool",
            "the condition key `SecureTransport` names no service; write `aws:SourceArn` or `s3:prefix`",
        ),
        (
            {**SEND, "Condition": {"Bool": {"aws:SecureTransport": {"is": True}}}},
            ".Condition.Bool.aws:SecureTransport",
            "values of a condition are texts, numbers, `true` or `false`",
        ),
    ],
)
def test_a_statement_that_iam_would_not_take_is_refused(statement: Any, place: str, message: str) -> None:
    """With its place and the remedy."""
    with pytest.raises(ConfigurationError) as refused:
        read_document([SEND, statement], key="functions.resize.policy")

    assert str(refused.value).startswith(message)
    assert refused.value.key == f"functions.resize.policy[1]{place}"


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        ("sqs:*", "", "a policy has `Version` and `Statement`, or is a list of statements"),
        ({"Version": "2012-10-17"}, "", "the policy has no `Statement`"),
        (
            {"Version": "2012-10-18", "Statement": SEND},
            ".Version",
            "the version of a policy's language is `2012-10-17` or `2008-10-17`, not `2012-10-18`",
        ),
        ({"Statements": [SEND]}, ".Statements", "a policy has no `Statements`; did you mean `Statement`?"),
        ({"Statement": [{**SEND, "Sid": "a"}] * 2}, ".Statement[1].Sid", "two statements have the id `a`"),
        ({"Statement": without("Effect")}, ".Statement[0].Effect", "the statement has no `Effect`"),
    ],
)
def test_a_document_that_iam_would_not_take_is_refused(document: Any, place: str, message: str) -> None:
    """It is no policy, or its statements are none."""
    with pytest.raises(ConfigurationError) as refused:
        read_document(document, key="policy")

    assert str(refused.value).startswith(message)
    assert refused.value.key == f"policy{place}"
