"""What comes of a batch of which some entries are not permitted? Those are refused, and the others are carried out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from eventsim import SyncSimulation
from tests.roles import missing

BUCKET = "arn:aws:s3:::reports"
ORDERS = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
WHO = "User: arn:aws:sts::123456789012:assumed-role/eventsim/work is not authorized to perform:"


@contextmanager
def world_with(handler: Any, allowed: Sequence[tuple[str, str]], permissions: Any = "enforced") -> Iterator[Any]:
    """Lend a world whose function may do some actions, each on a resource."""
    policies = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allowed]
    with SyncSimulation(permissions=permissions) as world:
        world.add_function("work", handler, policies=["AWSLambdaBasicExecutionRole", *policies])
        yield world


def delete(_event: Any, _context: object) -> dict[str, Any]:
    objects = [{"Key": "old/1"}, {"Key": "kept/1"}, {"Key": "old/2", "VersionId": "null"}]
    answer = boto3.client("s3").delete_objects(Bucket="reports", Delete={"Objects": objects})
    return {name: answer[name] for name in ("Deleted", "Errors") if name in answer}


@contextmanager
def with_reports(permissions: Any) -> Iterator[Any]:
    """Lend a world whose function may delete what is old."""
    with world_with(delete, [("s3:DeleteObject", f"{BUCKET}/old/*")], permissions) as world:
        world.request("s3", "CreateBucket", {"Bucket": "reports"})
        for key in ("old/1", "kept/1", "old/2"):
            world.request("s3", "PutObject", {"Bucket": "reports", "Key": key, "Body": b"1"})
        yield world


def keys_in(world: SyncSimulation) -> list[str]:
    """Return what is left in the bucket."""
    return [each["Key"] for each in world.request("s3", "ListObjectsV2", {"Bucket": "reports"})["Contents"]]


def test_of_many_objects_those_stay_that_may_not_be_deleted() -> None:
    """To delete a version is another action; each object has its own answer."""
    with with_reports("enforced") as world:
        answer = world.invoke("work")
        left = keys_in(world)

    assert answer["Deleted"] == [{"Key": "old/1"}]
    assert answer["Errors"] == [
        {
            "Key": "kept/1",
            "Code": "AccessDenied",
            "Message": f'{WHO} s3:DeleteObject on resource: "{BUCKET}/kept/1" because no identity-based policy allows '
            "the s3:DeleteObject action",
        },
        {
            "Key": "old/2",
            "VersionId": "null",
            "Code": "AccessDenied",
            "Message": f'{WHO} s3:DeleteObjectVersion on resource: "{BUCKET}/old/2" because no identity-based policy '
            "allows the s3:DeleteObjectVersion action",
        },
    ]
    assert left == ["kept/1", "old/2"]


def test_what_is_only_told_of_objects_is_done() -> None:
    """The trace names those that AWS would keep."""
    with with_reports("told") as world:
        assert len(world.invoke("work")["Deleted"]) == 3

        assert missing(world) == [
            ("s3:DeleteObject", f"{BUCKET}/kept/1"),
            ("s3:DeleteObjectVersion", f"{BUCKET}/old/2"),
        ]


def test_each_object_of_a_batch_is_in_the_least_policy() -> None:
    """There is no action for many."""
    with with_reports("noted") as world:
        world.invoke("work")
        (first, second) = world.permissions_needed()["work"]["Statement"]

    assert (first["Action"], first["Resource"]) == (["s3:DeleteObject"], [f"{BUCKET}/kept/1", f"{BUCKET}/old/1"])
    assert (second["Action"], second["Resource"]) == (["s3:DeleteObjectVersion"], [f"{BUCKET}/old/2"])


def make_secrets(_event: Any, _context: object) -> None:
    client = boto3.client("secretsmanager", region_name="eu-west-1")
    for name in ("shop/db", "bank/db"):
        client.create_secret(Name=name, SecretString=f"of {name}")


def read_secrets(event: Any, _context: object) -> dict[str, Any]:
    answer = boto3.client("secretsmanager", region_name="eu-west-1").batch_get_secret_value(**event)
    values = [each["SecretString"] for each in answer["SecretValues"]]
    return {"values": values, "errors": [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]]}


@pytest.mark.parametrize(
    "asked", [{"SecretIdList": ["shop/db", "bank/db"]}, {"Filters": [{"Key": "name", "Values": ["shop", "bank"]}]}]
)
def test_of_many_secrets_those_are_shown_that_may_be_read(asked: dict[str, Any]) -> None:
    """Whether they were named, or found by a filter; they lie in another region than most."""
    allowed = [
        ("secretsmanager:BatchGetSecretValue", "*"),
        ("secretsmanager:ListSecrets", "*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/*"),
    ]
    with world_with(read_secrets, allowed) as world:
        world.add_function("make", make_secrets)
        world.invoke("make")
        answer = world.invoke("work", asked)

    assert answer["values"] == ["of shop/db"]
    ((refused, code),) = answer["errors"]
    assert "bank/db" in refused
    assert code == "AccessDeniedException"


def execute(_event: Any, _context: object) -> list[dict[str, Any]]:
    statements = [
        {"Statement": """INSERT INTO "orders" VALUE {'id': '1'}"""},
        {"Statement": """DELETE FROM "orders" WHERE id = '2'"""},
    ]
    responses: list[dict[str, Any]]
    responses = boto3.client("dynamodb").batch_execute_statement(Statements=statements)["Responses"]
    return responses


def test_of_many_statements_those_are_carried_out_that_are_permitted() -> None:
    """The others have an error of their own, whose code DynamoDB has for this alone."""
    with world_with(execute, [("dynamodb:PartiQLInsert", ORDERS)]) as world:
        world.add_source("tables", "orders", key={"hash": "id"})
        inserted, deleted = world.invoke("work")
        items = world.numbers("tables", "orders")["items"]

    assert inserted == {"TableName": "orders"}
    assert items == 1
    assert deleted["Error"]["Code"] == "AccessDenied"
    assert deleted["Error"]["Message"].startswith(f"{WHO} dynamodb:PartiQLDelete on resource: {ORDERS} because")


def tag(_event: Any, _context: object) -> Any:
    client = boto3.client("resourcegroupstaggingapi")
    arns = [BUCKET, "arn:aws:sqs:us-east-1:123456789012:orders"]
    return client.tag_resources(ResourceARNList=arns, Tags={"team": "shop"})["FailedResourcesMap"]


def test_of_many_resources_those_are_tagged_whose_service_lets_it() -> None:
    """A bucket's tags must be read before, so that it needs two actions (documented)."""
    allowed = [("tag:TagResources", "*"), ("sqs:TagQueue", "*"), ("s3:PutBucketTagging", "*")]
    with world_with(tag, allowed) as world:
        world.request("s3", "CreateBucket", {"Bucket": "reports"})
        url = world.request("sqs", "CreateQueue", {"QueueName": "orders"})["QueueUrl"]
        failed = world.invoke("work")
        tags = world.request("sqs", "ListQueueTags", {"QueueUrl": url})["Tags"]

    assert tags == {"team": "shop"}
    assert list(failed) == [BUCKET]
    assert failed[BUCKET]["ErrorCode"] == "AccessDenied"
    assert "s3:GetBucketTagging" in failed[BUCKET]["ErrorMessage"]
