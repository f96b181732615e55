"""Does a server with a database go on with the stacks that clients of the last one deployed?"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.live.conftest import Served, bodies, url_of
from tests.live.test_durability import restarted
from tests.live.test_kept_calls import told
from tests.live.test_kept_functions import archive, ask
from tests.patience import until

Serve = Callable[..., Served]

SHOP = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Colour: {Type: String, Default: blue}
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Jobs.Arn}]}}
  Words: {Type: AWS::Lambda::LayerVersion, Properties: {Content: {S3Bucket: code, S3Key: words.zip}}}
  Inline:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Layers: [!Ref Words]
      Environment: {Variables: {COLOUR: !Ref Colour}}
      Events: {Cleaning: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}
      InlineCode: |
        import os, shared
        def handler(event, context):
            return [os.environ["COLOUR"], shared.WORD]
  Archived:
    Type: AWS::Lambda::Function
    Properties:
      {Runtime: python3.12, Role: role, Handler: app.handler, Code: {S3Bucket: code, S3Key: app.zip}}
  Foreign:
    Type: AWS::Lambda::Function
    Properties:
      {Runtime: java21, Role: role, Handler: app.handler, Code: {S3Bucket: code, S3Key: app.zip}}
  Limit: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: "1"}}
  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Wall: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt Net.DefaultSecurityGroup}}
Outputs:
  Queue: {Value: !GetAtt Jobs.Arn, Export: {Name: shop-queue}}
"""
USER = """
Resources:
  Pass: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue shop-queue}}
"""
ENDLESS = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Sleeping:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Role: role
      Handler: index.handler
      Timeout: 900
      Code: {ZipFile: "import time\\ndef handler(event, context):\\n    time.sleep(600)\\n"}
  Never: {Type: Custom::Never, DependsOn: Jobs, Properties: {ServiceToken: !GetAtt Sleeping.Arn}}
"""
CAPABLE = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def deployed(served: Served) -> Any:
    """Deploy the shop, whose code lies in a bucket, and return a client."""
    s3, cloudformation = served.client("s3"), served.client("cloudformation")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="words.zip", Body=archive(python__shared='WORD = "from the layer"'))
    s3.put_object(
        Bucket="code", Key="app.zip", Body=archive(app="def handler(event, context):\n    return 'archived'\n")
    )
    cloudformation.create_stack(
        StackName="shop", TemplateBody=SHOP, Capabilities=CAPABLE, Tags=[{"Key": "a", "Value": "b"}]
    )
    return cloudformation


def physical(cloudformation: Any, logical_id: str, stack: str = "shop") -> str:
    """Return what a resource is called in the world."""
    detail = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return str(detail["StackResourceDetail"]["PhysicalResourceId"])


def all_of(cloudformation: Any) -> list[str]:
    """Return all that is told of the shop."""
    answers = [
        cloudformation.describe_stacks(StackName="shop"),
        cloudformation.list_stack_resources(StackName="shop"),
        cloudformation.describe_stack_events(StackName="shop"),
        cloudformation.get_template(StackName="shop"),
        cloudformation.get_template(StackName="shop", TemplateStage="Processed"),
        cloudformation.list_exports(),
        cloudformation.list_imports(ExportName="shop-queue"),
    ]
    return [told(each) for each in answers]


def test_a_stack_goes_on_as_it_was(serve: Serve, tmp_path: Path) -> None:
    """With events, exports and functions, whose code needs no bucket any more; nothing is made twice."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    cloudformation = deployed(first)
    cloudformation.create_stack(StackName="user", TemplateBody=USER)
    before, names = all_of(cloudformation), {each: physical(cloudformation, each) for each in ("Inline", "Archived")}

    second = restarted(serve, first, path)
    cloudformation, functions = second.client("cloudformation"), second.client("lambda")

    assert all_of(cloudformation) == before
    assert ask(functions, names["Inline"]) == ["blue", "from the layer"]
    assert ask(functions, names["Archived"]) == "archived"
    assert "which is not run here" in ask(functions, physical(cloudformation, "Foreign"))["errorMessage"]
    assert len(second.client("sqs").list_queues()["QueueUrls"]) == 1
    assert len(second.client("sns").list_topics()["Topics"]) == 1
    with pytest.raises(ClientError, match="already exists"):
        cloudformation.create_stack(StackName="shop", TemplateBody=SHOP, Capabilities=CAPABLE)


def test_a_stack_can_be_changed_and_deleted_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    """Everything that it made goes with it, and stays away."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    identifier = deployed(first).describe_stacks(StackName="shop")["Stacks"][0]["StackId"]

    second = restarted(serve, first, path)
    cloudformation = second.client("cloudformation")
    cloudformation.update_stack(
        StackName="shop",
        TemplateBody=SHOP.replace("def handler", "# new\ndef handler").replace('"1"', '"2"').replace("# new\n", ""),
        Parameters=[{"ParameterKey": "Colour", "ParameterValue": "red"}],
        Capabilities=CAPABLE,
    )
    third = restarted(serve, second, path)
    cloudformation, functions = third.client("cloudformation"), third.client("lambda")
    status = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"]
    answer = ask(functions, physical(cloudformation, "Inline"))
    value = third.client("ssm").get_parameter(Name=physical(cloudformation, "Limit"))["Parameter"]["Value"]
    cloudformation.delete_stack(StackName="shop")
    last = restarted(serve, third, path)

    assert (status, answer, value) == ("UPDATE_COMPLETE", ["red", "from the layer"], "2")
    assert last.client("cloudformation").describe_stacks()["Stacks"] == []
    (left,) = last.client("cloudformation").describe_stacks(StackName=identifier)["Stacks"]
    assert left["StackStatus"] == "DELETE_COMPLETE"
    assert "QueueUrls" not in last.client("sqs").list_queues()
    assert last.client("sns").list_topics()["Topics"] == []
    assert last.client("lambda").list_functions()["Functions"] == []
    assert last.client("events").list_rules()["Rules"] == []
    assert not list((tmp_path / "state.db-lambda" / "work").glob("*/shop"))


def test_a_stack_that_was_under_way_is_told_as_failed(serve: Serve, tmp_path: Path) -> None:
    """It was killed while a custom resource was being made: what is there of it is known, and can be deleted."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    cloudformation = first.client("cloudformation")

    def create() -> None:
        with pytest.raises(BotoCoreError):  # nobody answers it
            cloudformation.create_stack(StackName="slow", TemplateBody=ENDLESS)

    creating = threading.Thread(target=create)
    creating.start()
    until(first.kinds, lambda kinds: "started" in kinds)
    second = restarted(serve, first, path)
    creating.join()
    cloudformation = second.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="slow")["Stacks"]
    resources = {
        each["LogicalResourceId"]: each["ResourceStatus"]
        for each in cloudformation.list_stack_resources(StackName="slow")["StackResourceSummaries"]
    }
    cloudformation.delete_stack(StackName="slow")

    assert stack["StackStatus"] == "CREATE_FAILED"
    assert resources == {"Jobs": "CREATE_COMPLETE", "Sleeping": "CREATE_COMPLETE", "Never": "CREATE_FAILED"}
    assert "The server ended before this was done" in stack["StackStatusReason"]
    assert "QueueUrls" not in second.client("sqs").list_queues()
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_a_change_set_can_be_executed_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    """It has its name, its instant and its changes; one of a stack that is gone is gone."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    cloudformation = first.client("cloudformation")
    body = "Resources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {QueueName: jobs}}}\n"
    new = {"ChangeSetName": "first", "ChangeSetType": "CREATE", "TemplateBody": body}
    for name in ("shop", "gone"):
        cloudformation.create_change_set(StackName=name, **new)
    before = told(cloudformation.describe_change_set(StackName="shop", ChangeSetName="first"))

    second = restarted(serve, first, path)
    cloudformation = second.client("cloudformation")
    cloudformation.delete_stack(StackName="gone")
    after = told(cloudformation.describe_change_set(StackName="shop", ChangeSetName="first"))
    cloudformation.execute_change_set(StackName="shop", ChangeSetName="first")

    assert after == before
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        cloudformation.describe_change_set(StackName="gone", ChangeSetName="first")


def test_the_stack_of_the_scenario_is_deployed_anew(serve: Serve, tmp_path: Path) -> None:
    """It takes the place of one that was kept under its name, and is not kept itself; its queue keeps its messages."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    first.client("cloudformation").create_stack(StackName="app-stack", TemplateBody=USER.replace("!ImportValue ", ""))
    first.end()
    template = "Resources: {Jobs: {Type: 'AWS::SQS::Queue', Properties: {QueueName: jobs}}}\n"
    own = ("app-stack.yaml", "--quiet", "--db", str(path), "--account-id", "000000000000")

    second = serve(*own, files={"app-stack.yaml": template})
    sqs = second.client("sqs")
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="kept")
    _, said = second.end()
    third = serve(*own, files={"app-stack.yaml": template})
    resources = third.client("cloudformation").list_stack_resources(StackName="app-stack")["StackResourceSummaries"]

    assert "the kept stack app-stack is passed over" in said
    assert [each["LogicalResourceId"] for each in resources] == ["Jobs"]
    assert bodies(third.client("sqs"), "jobs") == ["kept"]
    assert json.dumps("Jobs") not in (tmp_path / "state.db-stacks").read_text()
