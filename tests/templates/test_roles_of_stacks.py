"""May the functions of a stack do what they do? By the roles that the stack makes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from eventsim import FunctionFailed, SyncSimulation, TemplateError
from tests.roles import make_role
from tests.templates.conftest import APPLICATIONS

CODE = """\
import boto3


def handler(event, context):
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))
"""
FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Count:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      %s
"""
DOCUMENT = "{Statement: [{Effect: Allow, Action: 'sqs:ListQueues', Resource: '*'}]}"
ROLE = """\
  Worker:
    Type: AWS::IAM::Role
    Properties:
      Path: /workers/
      AssumeRolePolicyDocument: {Statement: [
        {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      %s
"""
REFUSED = "no identity-based policy allows the sqs:listqueues action"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SyncSimulation]:
    """A simulation in a folder with a function, in which permissions count."""
    (tmp_path / "app.py").write_text(CODE)
    with SyncSimulation(folder=tmp_path, permissions="enforced") as simulation:
        yield simulation


def deploy(world: SyncSimulation, text: str) -> str:
    """Deploy a template and return the name of its function."""
    path = world.folder / "stack.yaml"
    path.write_text(text)
    return world.deploy(path)["Count"]


def test_sam_s_policies_count(world: SyncSimulation) -> None:
    """They become a role of the function's own."""
    allowed = deploy(world, FUNCTION % f"Policies: [{{Version: '2012-10-17', {DOCUMENT[1:]}]")

    assert world.invoke(allowed) == 0


def test_a_function_of_sam_may_log_and_no_more(world: SyncSimulation) -> None:
    """That is the role that it gets by default."""
    with pytest.raises(FunctionFailed, match=REFUSED):
        world.invoke(deploy(world, FUNCTION % "Timeout: 3"))


@pytest.mark.parametrize(
    ("of_role", "more"),
    [
        pytest.param(f"Policies: [{{PolicyName: own, PolicyDocument: {DOCUMENT}}}]", "", id="its own"),
        pytest.param("ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']", "", id="AWS's"),
        pytest.param(
            "ManagedPolicyArns: [!Ref Shared]",
            f"  Shared: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {DOCUMENT}}}}}",
            id="the stack's",
        ),
        pytest.param(
            "MaxSessionDuration: 3600",
            "  Attached: {Type: AWS::IAM::Policy, Properties: {PolicyName: attached, Roles: [!Ref Worker], "
            f"PolicyDocument: {DOCUMENT}}}}}",
            id="attached by name",
        ),
        pytest.param(
            "MaxSessionDuration: 3600",
            "  Attached: {Type: AWS::IAM::RolePolicy, Properties: {PolicyName: attached, RoleName: !Ref Worker, "
            f"PolicyDocument: {DOCUMENT}}}}}",
            id="attached to one",
        ),
    ],
)
def test_a_role_may_do_what_one_of_its_policies_allows(world: SyncSimulation, of_role: str, more: str) -> None:
    """Wherever the policy stands."""
    text = FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % of_role + more

    assert world.invoke(deploy(world, text)) == 0


def test_a_role_without_policies_may_do_nothing(world: SyncSimulation) -> None:
    """It is there, and allows nothing: that is another thing than a role of which nobody knows."""
    text = FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % "MaxSessionDuration: 3600"

    with pytest.raises(FunctionFailed, match=REFUSED):
        world.invoke(deploy(world, text))


def test_a_boundary_of_the_stack_s_own_ends_what_a_role_may_do(world: SyncSimulation) -> None:
    """Whatever its policies allow."""
    boundary = "  Fence: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: []}}}"
    of_role = (
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']\n      PermissionsBoundary: !Ref Fence"
    )
    text = FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % of_role + boundary

    with pytest.raises(FunctionFailed, match="no permissions boundary allows the sqs:listqueues action"):
        world.invoke(deploy(world, text))


def test_what_an_update_takes_away_is_gone(world: SyncSimulation) -> None:
    """The next call is judged by the role as it is now."""
    allowing = (
        FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % f"Policies: [{{PolicyName: a, PolicyDocument: {DOCUMENT}}}]"
    )
    name = deploy(world, allowing)
    assert world.invoke(name) == 0

    given = {"StackName": "stack", "TemplateBody": allowing.replace("sqs:ListQueues", "s3:List*")}
    world.request(
        "cloudformation", "UpdateStack", {**given, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]}
    )
    world.until_idle()

    with pytest.raises(FunctionFailed, match=REFUSED):
        world.invoke(name)


def test_a_function_needs_a_role_that_trusts_lambda(world: SyncSimulation) -> None:
    """In Lambda's words, whatever the role may do."""
    text = FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % "MaxSessionDuration: 3600"

    with pytest.raises(TemplateError, match="The role defined for the function cannot be assumed by Lambda"):
        deploy(world, text.replace("lambda.amazonaws.com", "states.amazonaws.com"))


def test_services_do_what_the_roles_of_an_application_allow() -> None:
    """SAM's policies for state machines and its own roles for what starts them are enough."""
    with SyncSimulation(permissions="enforced", folder=APPLICATIONS) as world:
        stack = world.deploy("service_roles/template.yaml")
        world.request("events", "PutEvents", {"Entries": [{"Source": "shop", "DetailType": "paid", "Detail": "{}"}]})
        world.request("sqs", "SendMessage", {"QueueUrl": stack["In"], "MessageBody": "1"})
        world.http("POST", "/go", json={})
        world.advance("10 minutes")

        assert world.numbers("state_machines", stack["Machine"].rpartition(":")[2])["succeeded"] == 3
        assert world.numbers("delivery_streams", stack["Fire"])["objects"] == 1
        assert world.trace.count("permission missing") == world.trace.count("permissions unknown") == 0


def test_a_pipe_that_may_not_read_fails_its_stack() -> None:
    """The event of the stack says what its role lacks."""
    pipe = {
        "RoleArn": {"Fn::GetAtt": "Role.Arn"},
        "Source": {"Fn::GetAtt": "In.Arn"},
        "Target": {"Fn::GetAtt": "Out.Arn"},
    }
    resources = {
        "In": {"Type": "AWS::SQS::Queue"},
        "Out": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }
    with SyncSimulation(permissions="enforced") as world:
        template = json.dumps({"Resources": resources})
        given = {"StackName": "s", "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]}
        world.request("cloudformation", "CreateStack", given)
        world.until_idle()

        told: Any = world.request("cloudformation", "DescribeStackEvents", {"StackName": "s"})["StackEvents"]
        (reason,) = [each["ResourceStatusReason"] for each in told if each["ResourceStatus"] == "CREATE_FAILED"]
        assert "is not authorized to perform: sqs:receivemessage on resource" in reason
        assert world.request("pipes", "ListPipes", {})["Pipes"] == []


CONNECTION = """\
Resources:
  Partner:
    Type: AWS::Events::Connection
    Properties: {Name: partner, AuthorizationType: API_KEY, AuthParameters: {ApiKeyAuthParameters: {
      ApiKeyName: key, ApiKeyValue: value}}}
Outputs: {Secret: {Value: !GetAtt Partner.SecretArn}}
"""


def test_the_secret_of_a_connection_is_the_one_that_a_role_is_asked_about(world: SyncSimulation) -> None:
    """An HTTP task's role names it by the attribute of the resource."""
    path = world.folder / "stack.yaml"
    path.write_text(CONNECTION)

    told = world.deploy(path).outputs["Secret"]

    assert told == world.request("events", "DescribeConnection", {"Name": "partner"})["SecretArn"]


def test_a_policy_may_be_a_text(world: SyncSimulation) -> None:
    """CloudFormation takes JSON for an object."""
    document = f"'{json.dumps({'Statement': {'Effect': 'Allow', 'Action': 'sqs:ListQueues', 'Resource': '*'}})}'"
    text = FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % (
        f"Policies: [{{PolicyName: own, PolicyDocument: {document}}}]"
    )

    assert world.invoke(deploy(world, text)) == 0


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("no JSON", id="a text"),
        pytest.param("[]", id="a list"),
        pytest.param("5", id="a number"),
        pytest.param("{Statement: [{Effect: Allow, Action: '*'}]}", id="without a resource"),
        pytest.param("{Statement: [{Effect: Allow, Resource: '*'}]}", id="without an action"),
        pytest.param("{Statement: [{Effect: Allow, Action: '*', Resource: '*', Principal: '*'}]}", id="of a resource"),
        pytest.param(
            "{Statement: [{Effect: Allow, Action: '*', Resource: '*', Condition: {StringEqual: {a:b: c}}}]}",
            id="no operator",
        ),
    ],
)
def test_a_broken_policy_allows_nothing(world: SyncSimulation, document: str) -> None:
    """The deployment says what IAM would not take."""
    policies = f"Policies: [{{PolicyName: own, PolicyDocument: {document}}}]"
    path = world.folder / "stack.yaml"
    path.write_text(FUNCTION % "Role: !GetAtt Worker.Arn" + ROLE % policies)

    deployed = world.deploy(path)

    assert any("IAM would not take its policy" in line for line in deployed.notes)
    with pytest.raises(FunctionFailed, match=REFUSED):
        world.invoke(deployed["Count"])


def count_queues(_event: Any, _context: object) -> int:
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))


def test_a_role_that_is_made_anew_is_read_anew() -> None:
    """However many stacks are gone, and however many have come instead."""
    with SyncSimulation(permissions="enforced") as world:
        role_arn = make_role(world, "worker", {"sqs:*": "*"})
        make_role(world, "other", {})
        world.add_function("count", count_queues)
        world.services.lambda_api.echo("count", {"Role": role_arn})
        assert world.invoke("count") == 0

        for name in ("worker", "other"):
            world.request("cloudformation", "DeleteStack", {"StackName": name})
            world.until_idle()
        resources = {
            name: {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "AssumeRolePolicyDocument": {}}}
            for name in ("worker", "other")
        }
        given = {"StackName": "both", "TemplateBody": json.dumps({"Resources": resources})}
        world.request("cloudformation", "CreateStack", {**given, "Capabilities": ["CAPABILITY_NAMED_IAM"]})
        world.until_idle()

        with pytest.raises(FunctionFailed, match=REFUSED):
            world.invoke("count")
