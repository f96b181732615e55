"""May a function make a call? By the policies that its role has, in the words of AWS."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import FunctionFailed, SyncSimulation

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
LOGGING = "AWSLambdaBasicExecutionRole"


def send(_event: Any, _context: object) -> str:
    boto3.client("sqs").send_message(QueueUrl=QUEUE_URL, MessageBody="1")
    return "sent"


@contextmanager
def world_with(policies: list[Any] | None, permissions: Any = "enforced") -> Iterator[SyncSimulation]:
    """Lend a world with a function that sends to a queue."""
    with SyncSimulation(permissions=permissions) as world:
        world.request("sqs", "CreateQueue", {"QueueName": "orders"})
        world.add_function("send", send, policies=policies)
        yield world


def told(world: SyncSimulation, kind: str) -> list[Any]:
    """Return the details of all entries of a kind."""
    return [entry.detail for entry in world.trace.entries((kind,))]


def test_a_function_does_what_its_policies_allow() -> None:
    """A statement by itself is a policy."""
    with world_with([LOGGING, {"Effect": "Allow", "Action": "sqs:Send*", "Resource": QUEUE_ARN}]) as world:
        assert world.invoke("send", {}) == "sent"


def test_what_no_policy_allows_is_refused_in_aws_s_words() -> None:
    """SQS writes its actions in small letters."""
    with world_with([LOGGING]) as world, pytest.raises(FunctionFailed) as failure:
        world.invoke("send", {})

    assert str(failure.value).endswith(
        "An error occurred (AccessDenied) when calling the SendMessage operation: User: "
        "arn:aws:sts::123456789012:assumed-role/eventsim/send is not authorized to perform: sqs:sendmessage on "
        f"resource: {QUEUE_ARN} because no identity-based policy allows the sqs:sendmessage action"
    )


def test_what_is_only_told_is_done() -> None:
    """The trace says what would have been refused."""
    with world_with([LOGGING], "told") as world:
        assert world.invoke("send", {}) == "sent"

        (missing,) = told(world, "permission missing")
        assert (missing["action"], missing["resource"]) == ("sqs:SendMessage", QUEUE_ARN)


def test_nobody_asks_unless_it_is_said() -> None:
    """A scenario of a few lines shall not need a policy."""
    with world_with([], "ignored") as world:
        assert world.invoke("send", {}) == "sent"
        assert world.permissions_needed() == {}


def test_a_role_of_which_nobody_tells_is_not_checked() -> None:
    """The trace says so, once."""
    with world_with(None) as world:
        world.invoke("send", {})
        world.invoke("send", {})

        (unknown,) = told(world, "permissions unknown")
        assert unknown["reason"] == "nothing is said of its `policies`"


def test_clients_outside_do_what_they_like() -> None:
    """They are the owner of the account."""
    with world_with([]) as world:
        world.request("sqs", "SendMessage", {"QueueUrl": QUEUE_URL, "MessageBody": "1"})


def test_what_calls_have_needed_is_the_least_policy() -> None:
    """One statement for each set of actions, with the resources that need it."""
    with world_with(None, "noted") as world:
        world.invoke("send", {})

        statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE_ARN]}
        assert world.permissions_needed() == {"send": {"Version": "2012-10-17", "Statement": [statement]}}


def test_the_policy_of_a_resource_is_enough() -> None:
    """Within an account, either the role's policies allow a call, or the resource's."""
    role = {"AWS": "arn:aws:iam::123456789012:role/eventsim"}
    statement = {"Effect": "Allow", "Principal": role, "Action": "sqs:SendMessage", "Resource": QUEUE_ARN}
    attributes = {"Policy": json.dumps({"Statement": [statement]})}
    with world_with([LOGGING]) as world:
        world.request("sqs", "SetQueueAttributes", {"QueueUrl": QUEUE_URL, "Attributes": attributes})

        assert world.invoke("send", {}) == "sent"


def test_a_policy_that_aws_does_not_keep_is_told() -> None:
    """What the function may do is not known then; it is not taken for nothing."""
    with world_with(["AWSLambdaBasicExecutionRol"]) as world:
        assert world.invoke("send", {}) == "sent"

        (unknown,) = told(world, "permissions unknown")
        assert unknown["reason"] == (
            "AWS keeps no policy AWSLambdaBasicExecutionRol; did you mean `AWSLambdaBasicExecutionRole`?"
        )


def ask_for_an_object(_event: Any, _context: object) -> list[str]:
    s3, codes = boto3.client("s3"), []
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as refused:
            ask(Bucket="reports", Key="missing")
        codes.append(refused.value.response["Error"]["Code"])
    return codes


@pytest.mark.parametrize(
    ("actions", "codes"),
    [
        pytest.param(["s3:GetObject", "s3:ListBucket"], ["NoSuchKey", "404"], id="may list"),
        pytest.param(["s3:GetObject"], ["AccessDenied", "403"], id="may not"),
        pytest.param(["s3:ListBucket"], ["AccessDenied", "403"], id="may not read"),
    ],
)
def test_that_an_object_is_missing_learns_who_may_list_its_bucket(actions: list[str], codes: list[str]) -> None:
    """Everybody else is told that access is denied, which has cost many an afternoon."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}
    with SyncSimulation(permissions="enforced") as world:
        world.request("s3", "CreateBucket", {"Bucket": "reports"})
        world.add_function("ask", ask_for_an_object, policies=[statement])

        assert world.invoke("ask") == codes


def test_who_learns_that_an_object_is_missing_needs_to_list_its_bucket() -> None:
    """A function that goes on after `NoSuchKey` would not with a least policy that left this out."""
    with SyncSimulation(permissions="noted") as world:
        world.request("s3", "CreateBucket", {"Bucket": "reports"})
        world.add_function("ask", ask_for_an_object)

        assert world.invoke("ask") == ["NoSuchKey", "404"]

        statements = world.permissions_needed()["ask"]["Statement"]
        assert {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::reports"]} in statements
