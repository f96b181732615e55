"""As which role does somebody call, and where is it said what that may do?"""

import json
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, ConfigurationError, FunctionFailed, SyncSimulation
from eventsim.permissions.managed import document_of
from tests.roles import make_role, missing, unknown

ROLE_ARN = "arn:aws:iam::123456789012:role/writer"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def list_queues(_event: Any, _context: object) -> int:
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))


def as_somebody_else(event: Any, _context: object) -> int:
    agreed = {"ExternalId": event["agreed"]} if "agreed" in event else {}
    lent = boto3.client("sts").assume_role(RoleArn=event["role"], RoleSessionName="me", **agreed)["Credentials"]
    keys = {"aws_access_key_id": lent["AccessKeyId"], "aws_secret_access_key": lent["SecretAccessKey"]}
    sqs = boto3.client("sqs", **keys, aws_session_token=lent["SessionToken"])
    return len(sqs.list_queues().get("QueueUrls", []))


def trusting(statement: dict[str, Any]) -> str:
    """Return the policy that says who may become a role."""
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def create_role(world: SyncSimulation, name: str, *actions: str, **more: Any) -> None:
    """Make a role that may do something."""
    everybody = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    given = {"RoleName": name, "AssumeRolePolicyDocument": trusting(everybody), **more}
    world.request("iam", "CreateRole", given)
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        world.request("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "own", "PolicyDocument": document})


def create_function(world: SyncSimulation, handler: Any) -> None:
    """Make a function that runs as the role `writer`."""
    world.add_function("work", handler)
    world.services.lambda_api.echo("work", {"Role": ROLE_ARN})


def lent(role_arn: str, **more: str) -> Any:
    """Return what makes clients with the credentials of a role, as somebody outside has them."""
    sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    told = sts.assume_role(RoleArn=role_arn, RoleSessionName="me", **more)["Credentials"]
    keys = {"aws_access_key_id": told["AccessKeyId"], "aws_secret_access_key": told["SecretAccessKey"]}
    return partial(boto3.client, region_name="us-east-1", **keys, aws_session_token=told["SessionToken"])


def test_a_role_of_iam_says_what_its_function_may_do() -> None:
    """What changes there counts from the next call on."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "s3:*")
        create_function(world, list_queues)
        with pytest.raises(FunctionFailed, match="no identity-based policy allows the sqs:listqueues action"):
            world.invoke("work")

        managed = world.request("iam", "CreatePolicy", {"PolicyName": "all", "PolicyDocument": json.dumps(ALLOW_ALL)})
        arn = managed["Policy"]["Arn"]  # type: ignore[index]  # as IAM answers
        world.request("iam", "AttachRolePolicy", {"RoleName": "writer", "PolicyArn": arn})

        assert world.invoke("work") == 0


def test_a_boundary_of_iam_ends_what_a_role_may_do() -> None:
    """Whatever its policies allow."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "*", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        create_function(world, list_queues)

        with pytest.raises(FunctionFailed, match="no permissions boundary allows the sqs:listqueues action"):
            world.invoke("work")


def test_a_role_that_is_nowhere_is_not_checked() -> None:
    """The trace says which."""
    with SyncSimulation(permissions="enforced") as world:
        create_function(world, list_queues)

        assert world.invoke("work") == 0
        (unknown,) = world.trace.entries(("permissions unknown",))
        assert unknown.detail["reason"] == "the role writer is not there"


def test_lent_credentials_may_do_what_their_role_may() -> None:
    """Not what the function's own role may, which needs the permission to assume the other one."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sts:AssumeRole", "sqs:*")
        create_role(world, "reader", "s3:*")
        create_function(world, as_somebody_else)

        with pytest.raises(FunctionFailed, match="assumed-role/reader/me is not authorized to perform: sqs:listqueues"):
            world.invoke("work", {"role": "arn:aws:iam::123456789012:role/reader"})


def test_a_role_is_assumed_by_whom_its_policies_let() -> None:
    """STS asks as the others do."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sqs:*")
        create_function(world, as_somebody_else)

        with pytest.raises(FunctionFailed, match=r"perform: sts:AssumeRole on resource: arn:aws:iam::.*:role/reader"):
            world.invoke("work", {"role": "arn:aws:iam::123456789012:role/reader"})


def test_a_role_is_assumed_by_whom_it_trusts() -> None:
    """Whatever the policies of the others allow; one that it names needs none."""
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    by_name = {**service, "Principal": {"AWS": ROLE_ARN}}
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sqs:*")
        create_role(world, "reader", "sqs:*", AssumeRolePolicyDocument=trusting(by_name))
        create_function(world, as_somebody_else)
        event = {"role": "arn:aws:iam::123456789012:role/reader"}
        assert world.invoke("work", event) == 0

        trust = trusting(service)
        world.request("iam", "UpdateAssumeRolePolicy", {"RoleName": "reader", "PolicyDocument": trust})
        world.request("iam", "AttachRolePolicy", {"RoleName": "writer", "PolicyArn": ADMINISTRATOR})

        with pytest.raises(FunctionFailed, match="no resource-based policy allows the sts:AssumeRole action"):
            world.invoke("work", event)


def test_a_role_is_trusted_under_its_whole_name() -> None:
    """With its path, which its sessions do not show."""
    by_name = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/team/writer"}}
    trust = trusting({**by_name, "Action": "sts:AssumeRole"})
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", Path="/team/")
        create_role(world, "reader", AssumeRolePolicyDocument=trust)

        sts = lent("arn:aws:iam::123456789012:role/team/writer")("sts")
        told = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/reader", RoleSessionName="me")

    assert told["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/reader/me"


def test_who_changes_its_own_role_is_judged_by_the_new_one() -> None:
    """From the next call on."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sqs:*", "iam:*")
        client = lent(ROLE_ARN)
        client("sqs").list_queues()

        client("iam").delete_role_policy(RoleName="writer", PolicyName="own")

        with pytest.raises(ClientError, match="no identity-based policy allows the sqs:listqueues action"):
            client("sqs").list_queues()


def test_the_policy_of_a_session_must_allow_it_too() -> None:
    """Who assumes a role may give a part of it."""
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sqs:*", "s3:*")
        client = lent(ROLE_ARN, Policy=json.dumps(policy))

        client("s3").list_buckets()

        with pytest.raises(ClientError, match="no session policy allows the sqs:listqueues action"):
            client("sqs").list_queues()


def test_a_role_is_assumed_by_who_says_what_was_agreed_on() -> None:
    """An external id that the trust asks for has to be the same, and to be there."""
    condition = {"StringEquals": {"sts:ExternalId": "tea"}}
    by_name = {"Effect": "Allow", "Principal": {"AWS": ROLE_ARN}, "Action": "sts:AssumeRole", "Condition": condition}
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "sqs:*")
        create_role(world, "reader", "sqs:*", AssumeRolePolicyDocument=trusting(by_name))
        create_function(world, as_somebody_else)
        event = {"role": "arn:aws:iam::123456789012:role/reader"}

        assert world.invoke("work", {**event, "agreed": "tea"}) == 0
        for wrong in (event, {**event, "agreed": "coffee"}):
            with pytest.raises(FunctionFailed, match="not authorized to perform: sts:AssumeRole"):
                world.invoke("work", wrong)


@pytest.mark.parametrize(
    "policy",
    [
        "AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "AmazonDynamoDBFullAccess",
    ],
)
def test_policies_of_aws_are_known_by_name_and_arn(policy: str) -> None:
    """Those that functions mostly have, without moto; all others with it."""
    document = document_of(policy)

    assert document is not None
    assert document["Version"] == "2012-10-17"


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    """With the setting at fault."""
    with SyncSimulation() as world, pytest.raises(ConfigurationError, match="`Alow` is no effect") as refusal:
        world.add_function("work", list_queues, policies=[{"Effect": "Alow", "Action": "*", "Resource": "*"}])

    assert refusal.value.key == "functions.work.policies[0][0].Effect"


def test_there_are_four_ways_to_have_permissions() -> None:
    """A fifth is refused with what may be meant."""
    with pytest.raises(ConfigurationError, match="no permissions are 'enforce'; did you mean `enforced`"):
        SyncSimulation(permissions="enforce")  # type: ignore[arg-type]  # that is the mistake


def allow_itself(_event: Any, _context: object) -> int:
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    boto3.client("iam").put_role_policy(RoleName="writer", PolicyName="more", PolicyDocument=document)
    return list_queues(_event, _context)


def test_a_function_may_change_its_own_role() -> None:
    """Its next call is judged by what it has made of it."""
    with SyncSimulation(permissions="enforced") as world:
        create_role(world, "writer", "iam:*")
        create_function(world, allow_itself)

        assert world.invoke("work") == 0


def of_lambda(world: SyncSimulation) -> None:
    """Make the role `writer`, which Lambda can become and which may do nothing."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    create_role(world, "writer", AssumeRolePolicyDocument=trusting(trust))


def delete_role(world: SyncSimulation) -> None:
    world.request("iam", "DeleteRole", {"RoleName": "writer"})


def test_a_function_whose_role_is_deleted_does_not_run() -> None:
    """Lambda cannot become it; once it is made anew, the function runs again."""
    with SyncSimulation(permissions="enforced") as world:
        of_lambda(world)
        create_function(world, lambda _event, _context: "ran")
        delete_role(world)

        with pytest.raises(ApiError) as refused:
            world.request("lambda", "Invoke", {"FunctionName": "work"})
        of_lambda(world)
        answer = world.request("lambda", "Invoke", {"FunctionName": "work"})

    assert (refused.value.code, refused.value.status, refused.value.message) == (
        "AccessDeniedException",
        403,
        "The role defined for the function cannot be assumed by Lambda.",
    )
    assert answer["StatusCode"] == 200


def test_what_runs_as_a_role_that_is_deleted_may_do_nothing() -> None:
    """An event that waits is still handled here; its calls are refused, and the role is not one that nobody knows."""
    with SyncSimulation(permissions="enforced") as world:
        of_lambda(world)
        create_function(world, list_queues)
        delete_role(world)
        world.request("lambda", "Invoke", {"FunctionName": "work", "InvocationType": "Event"})
        world.advance("1 s")

        assert ("sqs:ListQueues", "*") in missing(world)
        assert unknown(world) == []


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionConfiguration"])
def test_a_role_that_is_deleted_is_refused_to_a_function(operation: str) -> None:
    """As one that does not trust Lambda."""
    code = {"Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": b"PK"}}
    with SyncSimulation(permissions="enforced") as world:
        of_lambda(world)
        world.add_function("work", list_queues)
        delete_role(world)

        given = {"FunctionName": "work"} if operation.startswith("Update") else {"FunctionName": "other", **code}
        with pytest.raises(ApiError, match="The role defined for the function cannot be assumed by Lambda"):
            world.request("lambda", operation, {**given, "Role": ROLE_ARN})


def test_a_role_of_a_stack_that_is_deleted_is_gone() -> None:
    """Also where it was of no function."""
    with SyncSimulation(permissions="enforced") as world:
        make_role(world, "writer", {"sqs:*": "*"}, trusts=["lambda"])
        create_function(world, list_queues)
        assert world.invoke("work") == 0
        world.request("cloudformation", "DeleteStack", {"StackName": "writer"})
        world.until_idle()

        with pytest.raises(ApiError, match="cannot be assumed by Lambda"):
            world.request("lambda", "Invoke", {"FunctionName": "work"})


def test_a_role_that_is_deleted_changes_nothing_where_it_is_only_told() -> None:
    """The function runs, and the trace names what it lacks."""
    with SyncSimulation(permissions="told") as world:
        of_lambda(world)
        create_function(world, list_queues)
        delete_role(world)

        assert world.invoke("work") == 0
        assert "sqs:ListQueues" in [action for action, _ in missing(world)]
