"""May a client outside do something? The owner may, and users of IAM what their policies allow."""

import json
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.roles import missing

ALICE = "arn:aws:iam::123456789012:user/alice"
TABLES = "arn:aws:dynamodb:us-east-1:123456789012:table/*"
READER = "arn:aws:iam::123456789012:role/reader"


def policy(*actions: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def client_of(keys: Any, service: str) -> Any:
    """Return a client with the keys that IAM or STS has given."""
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def make_user(world: SyncSimulation, **more: Any) -> Any:
    """Make the user Alice, and return what makes her clients."""
    world.request("iam", "CreateUser", {"UserName": "alice", **more})
    made: Any = world.request("iam", "CreateAccessKey", {"UserName": "alice"})
    return partial(client_of, made["AccessKey"])


def allow(world: SyncSimulation, *actions: str) -> None:
    given = {"UserName": "alice", "PolicyName": "own", "PolicyDocument": policy(*actions)}
    world.request("iam", "PutUserPolicy", given)


def test_a_user_may_do_what_its_policies_allow() -> None:
    """The words name the user; what changes in IAM counts from the next call on."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)

        with pytest.raises(ClientError) as refused:
            alice("dynamodb").list_tables()
        allow(world, "dynamodb:*")

        assert alice("dynamodb").list_tables()["TableNames"] == []
        assert refused.value.response["Error"] == {
            "Code": "AccessDeniedException",
            "Message": f"User: {ALICE} is not authorized to perform: dynamodb:ListTables on resource: {TABLES} because "
            "no identity-based policy allows the dynamodb:ListTables action",
        }
        assert missing(world) == [("dynamodb:ListTables", TABLES)]


def test_a_user_may_do_what_its_groups_may() -> None:
    """By policies of their own and by attached ones."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        for group in ("readers", "writers"):
            world.request("iam", "CreateGroup", {"GroupName": group})
            world.request("iam", "AddUserToGroup", {"GroupName": group, "UserName": "alice"})
        own = {"GroupName": "readers", "PolicyName": "own", "PolicyDocument": policy("dynamodb:ListTables")}
        world.request("iam", "PutGroupPolicy", own)
        arn = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
        world.request("iam", "AttachGroupPolicy", {"GroupName": "writers", "PolicyArn": arn})

        alice("dynamodb").list_tables()
        alice("sqs").list_queues()
        with pytest.raises(ClientError, match="AccessDenied"):
            alice("sqs").create_queue(QueueName="orders")


def test_a_boundary_of_a_user_is_told_to_be_left_out() -> None:
    """moto keeps none."""
    with SyncSimulation(permissions="enforced") as world:
        make_user(world, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")

        (told,) = world.trace.entries(("accepted without effect",))
        assert told.detail == {"parameter": "PermissionsBoundary", "reason": "boundaries of users are not kept"}


def test_the_policy_of_a_resource_lets_a_user_in() -> None:
    """Who is named there needs no policy of its own."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        world.request("s3", "CreateBucket", {"Bucket": "photos"})
        statement = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "s3:PutObject"}
        document = json.dumps({"Statement": [{**statement, "Resource": "arn:aws:s3:::photos/*"}]})
        world.request("s3", "PutBucketPolicy", {"Bucket": "photos", "Policy": document})

        alice("s3").put_object(Bucket="photos", Key="a", Body=b"1")
        with pytest.raises(ClientError, match="AccessDenied"):
            alice("s3").get_object(Bucket="photos", Key="a")


def test_conditions_know_who_calls() -> None:
    """A user's name, and that it is one."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        world.request("s3", "CreateBucket", {"Bucket": "homes"})
        statement = {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::homes/${aws:username}/*",
            "Condition": {"StringEquals": {"aws:PrincipalType": "User"}, "ArnEquals": {"aws:PrincipalArn": ALICE}},
        }
        own = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        world.request("iam", "PutUserPolicy", {"UserName": "alice", "PolicyName": "own", "PolicyDocument": own})

        alice("s3").put_object(Bucket="homes", Key="alice/a", Body=b"1")
        with pytest.raises(ClientError, match="AccessDenied"):
            alice("s3").put_object(Bucket="homes", Key="bob/a", Body=b"1")


def test_a_user_becomes_a_role_that_it_may() -> None:
    """Its policies and the role's trust decide, and then the role's policies."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        trust = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
        trusted = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        world.request("iam", "CreateRole", {"RoleName": "reader", "AssumeRolePolicyDocument": trusted})
        own = {"RoleName": "reader", "PolicyName": "own", "PolicyDocument": policy("sqs:ListQueues")}
        world.request("iam", "PutRolePolicy", own)
        assumed = partial(alice("sts").assume_role, RoleArn=READER, RoleSessionName="alice")

        lent = assumed()["Credentials"]
        client_of(lent, "sqs").list_queues()
        with pytest.raises(ClientError, match="AccessDenied"):
            client_of(lent, "dynamodb").list_tables()
        deny = {"UserName": "alice", "PolicyName": "own", "PolicyDocument": policy("sts:*", effect="Deny")}
        world.request("iam", "PutUserPolicy", deny)
        with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
            assumed()


def test_a_session_of_a_user_is_that_user() -> None:
    """`GetSessionToken` gives no more than she has."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        allow(world, "sts:*")
        lent = alice("sts").get_session_token()["Credentials"]

        assert client_of(lent, "sts").get_caller_identity()["Arn"] == ALICE
        with pytest.raises(ClientError, match=f"User: {ALICE} is not authorized"):
            client_of(lent, "sqs").list_queues()


def test_a_link_that_a_user_has_signed_opens_what_it_may_see() -> None:
    """The key stands in the link."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        world.request("s3", "CreateBucket", {"Bucket": "photos"})
        world.request("s3", "PutObject", {"Bucket": "photos", "Key": "a", "Body": b"1"})
        link = alice("s3").generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a"})

        assert world.http("GET", link).status == 403
        allow(world, "s3:GetObject")
        assert world.http("GET", link).status == 200


@pytest.mark.parametrize("permissions", ["ignored", "enforced"])
def test_sts_knows_users_by_their_keys(permissions: Any) -> None:
    """Whether anybody asks what they may do or not."""
    with SyncSimulation(permissions=permissions) as world:
        alice = make_user(world)

        assert alice("sts").get_caller_identity()["Arn"] == ALICE


def test_a_handler_with_keys_of_a_user_is_that_user() -> None:
    """Its own role does not matter then."""
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        allow(world, "sqs:*")
        world.add_function("work", lambda _event, _context: len(alice("sqs").list_queues()), policies=[])

        assert world.invoke("work") >= 1


@pytest.mark.parametrize("key", ["test", "AKIAIOSFODNN7EXAMPLE"])
def test_keys_that_iam_does_not_know_are_the_owner_s(key: str) -> None:
    """As those are that people put into tests."""
    with SyncSimulation(permissions="enforced") as world:
        make_user(world)
        keys = {"AccessKeyId": key, "SecretAccessKey": "x"}

        assert client_of(keys, "dynamodb").list_tables()["TableNames"] == []


def spent(world: SyncSimulation, alice: Any, operation: str, **given: str) -> list[str]:
    """Change the key of Alice, and return with which codes services refuse her."""
    (key,) = world.request("iam", "ListAccessKeys", {"UserName": "alice"})["AccessKeyMetadata"]
    world.request("iam", operation, {"UserName": "alice", "AccessKeyId": key["AccessKeyId"], **given})
    codes = []
    for service, call in (("s3", "list_buckets"), ("sqs", "list_queues"), ("sns", "list_topics")):
        with pytest.raises(ClientError) as refused:
            getattr(alice(service), call)()
        codes.append(refused.value.response["Error"]["Code"])
    with pytest.raises(ClientError) as refused:
        alice("dynamodb").list_tables()
    return [*codes, refused.value.response["Error"]["Code"]]


def test_a_key_that_is_no_more_opens_nothing() -> None:
    """Deleted or deactivated; services of each protocol have a code for it."""
    codes = ["InvalidAccessKeyId", "InvalidClientTokenId", "InvalidClientTokenId", "UnrecognizedClientException"]
    with SyncSimulation(permissions="enforced") as world:
        alice = make_user(world)
        allow(world, "*")

        assert spent(world, alice, "UpdateAccessKey", Status="Inactive") == codes
        assert spent(world, alice, "DeleteAccessKey") == codes


def test_what_a_user_lacks_is_only_told() -> None:
    """And done."""
    with SyncSimulation(permissions="told") as world:
        alice = make_user(world)

        assert alice("dynamodb").list_tables()["TableNames"] == []
        assert missing(world) == [("dynamodb:ListTables", TABLES)]


def test_the_least_policy_of_a_user_is_told() -> None:
    """By name, as those of functions are."""
    with SyncSimulation(permissions="noted") as world:
        make_user(world)("dynamodb").list_tables()
        (statement,) = world.permissions_needed()["alice"]["Statement"]

    assert statement["Action"] == ["dynamodb:ListTables"]
