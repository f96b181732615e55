"""Does the report of a template name those whom AWS would not let in?"""

from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation, TemplateError

RECEIVERS = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic}
"""

POLICIES = """\
  JobsPolicy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Jobs], PolicyDocument: {Statement: [
    {Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]}}}
  NewsPolicy: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref News], PolicyDocument: {Statement: [
    {Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: "*"}]}}}
"""

RULE = "{Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}, Targets: [{Id: t, Arn: !GetAtt Jobs.Arn}]}"
SUBSCRIPTION = (
    "{Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Jobs.Arn}"
)
TOPIC = "{Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Jobs.Arn}]}"
BUCKET = (
    "{Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {"
    "QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Jobs.Arn}], "
    "TopicConfigurations: [{Event: 's3:ObjectRemoved:*', Topic: !Ref News}]}}"
)
TO_JOBS = "Sender: on AWS it may not send to Jobs, which has no AWS::SQS::QueuePolicy; here it may"
TO_NEWS = "Sender: on AWS it may not send to News, which has no AWS::SNS::TopicPolicy; here it may"


@pytest.mark.parametrize(
    ("sender", "notes"),
    [
        pytest.param(RULE, [TO_JOBS], id="a rule"),
        pytest.param(SUBSCRIPTION, [TO_JOBS], id="a subscription"),
        pytest.param(TOPIC, [TO_JOBS], id="a topic"),
        pytest.param(BUCKET, [TO_JOBS, TO_NEWS], id="a bucket"),
    ],
)
def test_who_sends_without_being_let_in_is_noted(
    world: SyncSimulation, tmp_path: Path, sender: str, notes: list[str]
) -> None:
    """AWS drops what they send and tells nobody; with a few lines of a template one wants to see it arrive."""
    (tmp_path / "t.yaml").write_text(f"{RECEIVERS}  Sender: {sender}}}\n")

    assert world.deploy(tmp_path / "t.yaml").notes == notes


@pytest.mark.parametrize("sender", [RULE, SUBSCRIPTION, TOPIC, BUCKET], ids=["rule", "subscription", "topic", "bucket"])
def test_a_policy_lets_them_in(world: SyncSimulation, tmp_path: Path, sender: str) -> None:
    """What it says is judged when something is sent."""
    depends = "DependsOn: [JobsPolicy, NewsPolicy]"
    (tmp_path / "t.yaml").write_text(f"{RECEIVERS}{POLICIES}  Sender: {sender}, {depends}}}\n")

    assert world.deploy(tmp_path / "t.yaml").notes == []


INVOKED = """\
Resources:
  Fn: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::123456789012:role/r", Runtime: python3.12,
    Handler: index.handler, Code: {ZipFile: "def handler(event, context): pass"}}}
  Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}, Targets: [{Id: t, Arn: !GetAtt Fn.Arn}]}}
"""
PERMISSION = """\
  May: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Fn, Action: lambda:InvokeFunction,
    Principal: events.amazonaws.com, SourceArn: !GetAtt Rule.Arn}}
"""


@pytest.mark.parametrize(
    ("permissions", "more", "invocations", "missing"),
    [
        ("ignored", "", 1, 0),
        ("told", "", 1, 1),
        ("enforced", "", 0, 1),
        ("enforced", PERMISSION, 1, 0),
    ],
)
def test_a_function_of_a_template_needs_a_permission_where_they_count(
    tmp_path: Path, permissions: Any, more: str, invocations: int, missing: int
) -> None:
    """EventBridge lets the event fall, and the story says which permission is missing."""
    (tmp_path / "t.yaml").write_text(INVOKED + more)
    with SyncSimulation(permissions=permissions) as world:
        world.deploy(tmp_path / "t.yaml")
        world.request("events", "PutEvents", {"Entries": [{"Source": "a", "DetailType": "d", "Detail": "{}"}]})
        world.until_idle()

        assert world.numbers("functions", "Fn")["invocations"] == invocations  # type: ignore[index]  # it is there
        assert world.trace.count("permission missing") == missing


def test_a_bucket_of_a_template_cannot_be_made_if_its_queue_does_not_let_it_in(tmp_path: Path) -> None:
    """The stack fails, as it does on AWS."""
    (tmp_path / "t.yaml").write_text(f"{RECEIVERS}  Sender: {BUCKET}}}\n")

    with SyncSimulation(permissions="enforced") as world, pytest.raises(TemplateError) as failure:
        world.deploy(tmp_path / "t.yaml")

    assert "Unable to validate the following destination configurations" in str(failure.value)


WITH_URL = """\
Resources:
  Fn: {Type: AWS::Lambda::Function, Properties: {Role: "arn:aws:iam::123456789012:role/r", Runtime: python3.12,
    Handler: index.handler, Code: {ZipFile: "def handler(event, context): return 'hello'"}}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Fn, AuthType: NONE}}
Outputs: {Url: {Value: !GetAtt Url.FunctionUrl}}
"""
PUBLIC = """\
  May: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Fn, Action: lambda:InvokeFunctionUrl,
    Principal: "*", FunctionUrlAuthType: NONE}}
"""


@pytest.mark.parametrize(
    ("permissions", "more", "status"), [("ignored", "", 200), ("enforced", "", 403), ("enforced", PUBLIC, 200)]
)
def test_a_url_of_a_template_is_open_to_whom_its_policy_lets_in(
    tmp_path: Path, permissions: Any, more: str, status: int
) -> None:
    """SAM writes the permission by itself, CloudFormation does not."""
    (tmp_path / "t.yaml").write_text(WITH_URL.replace("Outputs", f"{more}Outputs"))
    with SyncSimulation(permissions=permissions) as world:
        url = world.deploy(tmp_path / "t.yaml").outputs["Url"]

        assert world.http("GET", url).status == status
