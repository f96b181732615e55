"""What SQS refuses before it does anything: parameters that make no sense, in the words that users see."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk
from tests.sdk import refusal

_ARN = "arn:aws:sqs:us-east-1:123456789012"
_SHARED = {"Label": "l", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage"]}


@pytest.fixture
def sqs() -> Iterator[Any]:
    """A client of SQS in a simulation of its own."""
    with SyncSimulation(seed=1) as simulation:
        yield sdk.client("sqs")
    simulation.trace.close()


@pytest.fixture
def url(sqs: Any) -> str:
    """The URL of a standard queue."""
    return str(sqs.create_queue(QueueName="orders")["QueueUrl"])


@pytest.mark.parametrize("policy", ["abc", "[]", '"x"', '{"Statement": 5}', '{"Statement": ["allow"]}'])
def test_a_policy_is_a_json_object(sqs: Any, url: str, policy: str) -> None:
    """Whatever it says is kept, if it can be a policy at all: its statements are objects, too."""
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"Policy": policy}) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter Policy.",
    )


@pytest.mark.parametrize("name", ["Policy", "RedrivePolicy", "RedriveAllowPolicy"])
def test_a_policy_without_bottom_is_refused(sqs: Any, url: str, name: str) -> None:
    """As anything else that is no policy."""
    code, _ = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: "[" * 100_000})

    assert code in ("InvalidAttributeValue", "InvalidParameterValue")


@pytest.mark.parametrize("token", ["x", "ü"])
def test_a_token_that_is_none_of_ours_is_refused(sqs: Any, token: str) -> None:
    """Whatever it is made of."""
    refused = refusal(sqs.list_queues, MaxResults=1, NextToken=token)

    assert refused == ("InvalidParameterValue", "Invalid or expired next token.")


def test_a_refused_redrive_policy_is_quoted_as_it_was_written(sqs: Any, url: str) -> None:
    """Blanks and all: the message shows the caller's own text."""
    policy = json.dumps({"deadLetterTargetArn": f"{_ARN}:none", "maxReceiveCount": "4"})
    expected = (
        "InvalidParameterValue",
        f"Value {policy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
    )

    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": policy}) == expected
    assert refusal(sqs.create_queue, QueueName="new", Attributes={"RedrivePolicy": policy}) == expected


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("tag_queue", {"Tags": {}}, "MissingParameter", "The request must contain the parameter Tags."),
        ("untag_queue", {"TagKeys": []}, "MissingParameter", "The request must contain the parameter TagKeys."),
        (
            "tag_queue",
            {"Tags": {f"key-{number}": "v" for number in range(51)}},
            "InvalidParameterValue",
            "Too many tags added for queue orders.",
        ),
        (
            "tag_queue",
            {"Tags": {"": "v"}},
            "InvalidParameterValue",
            "Tag keys must be between 1 and 128 characters in length.",
        ),
        (
            "tag_queue",
            {"Tags": {"k" * 129: "v"}},
            "InvalidParameterValue",
            "Tag keys must be between 1 and 128 characters in length.",
        ),
        (
            "tag_queue",
            {"Tags": {"k": "v" * 257}},
            "InvalidParameterValue",
            "Tag values must be between 0 and 256 characters in length.",
        ),
    ],
    ids=["no tags", "no keys", "too many", "empty key", "long key", "long value"],
)
def test_tags_have_bounds(
    sqs: Any, url: str, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    """At least one in a request, at most fifty on a queue, of bounded length."""
    assert refusal(getattr(sqs, operation), QueueUrl=url, **parameters) == (code, message)


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        (
            {"Actions": []},
            "MissingParameter",
            "The request must contain the parameter Actions.",
        ),
        (
            {"Actions": ["CreateQueue"]},
            "InvalidParameterValue",
            "Value SQS:CreateQueue for parameter ActionName is invalid. "
            "Reason: Only the queue owner is allowed to invoke this action.",
        ),
        (
            {"Actions": ["Fly"]},
            "InvalidParameterValue",
            "Value SQS:Fly for parameter ActionName is invalid. "
            "Reason: Please refer to the appropriate WSDL for a list of valid actions.",
        ),
        (
            {"AWSAccountIds": []},
            "InvalidParameterValue",
            "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify.",
        ),
        (
            {"AWSAccountIds": ["me"]},
            "InvalidParameterValue",
            "Value [me] for parameter PrincipalId is invalid. Reason: Unable to verify.",
        ),
        (
            {"Label": "a b"},
            "InvalidParameterValue",
            "Value a b for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or "
            "underscores. 1 to 80 in length",
        ),
    ],
    ids=["no action", "the owner's", "unknown", "nobody", "no account", "label"],
)
def test_a_permission_names_actions_and_accounts(
    sqs: Any, url: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    """Only what can be shared, and only with accounts."""
    assert refusal(sqs.add_permission, QueueUrl=url, **{**_SHARED, **parameters}) == (code, message)


@pytest.mark.parametrize("parameter", ["AttributeNames", "MessageSystemAttributeNames"])
def test_a_receive_asks_for_attributes_that_exist(sqs: Any, url: str, parameter: str) -> None:
    """Names of system attributes are checked, those of message attributes are not (recorded)."""
    expected = ("InvalidAttributeName", "Unknown Attribute Colour.")

    assert refusal(sqs.receive_message, QueueUrl=url, **{parameter: ["Colour"]}) == expected
    assert "Messages" not in sqs.receive_message(QueueUrl=url, MessageAttributeNames=["Colour"])


def test_lists_are_no_values_of_message_attributes(sqs: Any, url: str) -> None:
    """The model has members for them; SQS has never taken them."""
    attributes = {"a": {"DataType": "String", "StringListValues": ["x"]}}

    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="b", MessageAttributes=attributes) == (
        "AWS.SimpleQueueService.UnsupportedOperation",
        "Message attribute list values in SendMessage operation are not supported.",
    )


@pytest.mark.parametrize("parameter", ["SourceArn", "DestinationArn"])
def test_a_move_task_wants_arns(sqs: Any, url: str, parameter: str) -> None:
    """Something that is no ARN is told apart from a queue that is not there."""
    arns = {"SourceArn": f"{_ARN}:orders", parameter: "orders"}

    assert refusal(sqs.start_message_move_task, **arns) == (
        "InvalidParameterValue",
        f"You must use this format to specify the {parameter}: "
        "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
    )
