"""Whose resource does a call name?"""

from typing import Any

import pytest

from eventsim.calls.whereabouts import owner_named

THEIRS = "444455556666"


@pytest.mark.parametrize(
    ("service", "parameters"),
    [
        ("sqs", {"QueueUrl": f"http://localhost:4566/{THEIRS}/inbox"}),
        ("sqs", {"QueueName": "inbox", "QueueOwnerAWSAccountId": THEIRS}),
        ("sns", {"TargetArn": f"arn:aws:sns:us-east-1:{THEIRS}:news"}),
        ("lambda", {"FunctionName": f"arn:aws-cn:lambda:cn-north-1:{THEIRS}:function:f:live"}),
        ("lambda", {"FunctionName": f"{THEIRS}:function:f"}),
        ("kms", {"KeyId": f"arn:aws:kms:us-east-1:{THEIRS}:alias/main"}),
        ("dynamodb", {"TableName": f"arn:aws:dynamodb:us-east-1:{THEIRS}:table/orders"}),
    ],
)
def test_an_arn_or_a_url_says_whose_it_is(service: str, parameters: dict[str, Any]) -> None:
    """Wherever the service is, and however short the ARN."""
    assert owner_named(service, "Anything", parameters) == THEIRS


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sqs", "SendMessage", {"QueueUrl": "inbox"}),
        ("sqs", "GetQueueUrl", {"QueueName": "inbox"}),
        ("lambda", "Invoke", {"FunctionName": "f:live"}),
        ("sns", "Publish", {"PhoneNumber": f"+{THEIRS}"}),
        ("events", "PutRule", {"EventBusName": f"arn:aws:events:us-east-1:{THEIRS}:event-bus/b"}),
    ],
)
def test_a_name_is_the_caller_s_own(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Whatever else looks like an account in it."""
    assert owner_named(service, operation, parameters) == ""


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sqs", "DeleteQueue", {"QueueUrl": f"http://localhost:4566/{THEIRS}/inbox"}),
        ("lambda", "CreateEventSourceMapping", {"FunctionName": f"arn:aws:lambda:us-east-1:{THEIRS}:function:f"}),
    ],
)
def test_some_operations_are_never_about_others(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """AWS lets no other account in to them."""
    assert owner_named(service, operation, parameters) == ""
