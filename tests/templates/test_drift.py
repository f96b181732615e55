"""Stacks whose resources somebody changed behind their backs, and the operations that find it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from eventsim.template.drift import compared
from eventsim.template.live_state import READERS
from eventsim.template.table import KINDS
from tests import sdk

SHOP = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: b, AttributeType: S}, {AttributeName: a, AttributeType: S}]
      KeySchema: [{AttributeName: a, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: end, Enabled: true}
      GlobalSecondaryIndexes:
        - IndexName: by-b
          KeySchema: [{AttributeName: b, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ContributorInsightsSpecification: {Enabled: true}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: central, Description: all}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop], detail: {kind: [{prefix: a}]}}
      Targets: [{Id: q, Arn: !GetAtt Queue.Arn, RetryPolicy: {MaximumRetryAttempts: "3"}}]
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 2, RetentionPeriodHours: 48}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::000000000000:role/r
      Runtime: python3.12
      Handler: index.handler
      MemorySize: "256"
      ReservedConcurrentExecutions: 2
      Environment: {Variables: {SIZE: 10, FLAG: true}}
      Code: {ZipFile: "def handler(event, context): pass"}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {Name: live, FunctionName: !Ref Function, FunctionVersion: !GetAtt Version.Version}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn, BatchSize: 5, Enabled: false}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop, RetentionInDays: 7}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: news, FifoTopic: false}}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Queue.Arn
      RawMessageDelivery: true
      FilterPolicy: {kind: [a]}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: "3"
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
  Dead: {Type: AWS::SQS::Queue}
  Parameter: {Type: AWS::SSM::Parameter, Properties: {Name: size, Type: String, Value: xl}}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !GetAtt Queue.Arn, RoleArn: "arn:aws:iam::000000000000:role/r"}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Description: key, SecretString: s}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::000000000000:role/r
      DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
"""


class Shop:
    """A stack with a resource of every type that can be looked at."""

    def __init__(self, world: SyncSimulation, text: str = SHOP) -> None:
        self.world = world
        self.client = sdk.client("cloudformation")
        self.client.create_stack(StackName="shop", TemplateBody=text)

    def __getitem__(self, logical_id: str) -> str:
        found = self.client.describe_stack_resource(StackName="shop", LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def detect(self) -> dict[str, Any]:
        """Look at the stack and return the drift of each resource."""
        self.client.detect_stack_drift(StackName="shop")
        told = self.client.describe_stack_resource_drifts(StackName="shop")["StackResourceDrifts"]
        return {each["LogicalResourceId"]: each for each in told}


@pytest.fixture
def shop(world: SyncSimulation) -> Shop:
    return Shop(world)


def test_what_nobody_touched_is_in_sync(shop: Shop) -> None:
    """Numbers that a template writes as text, documents and defaults are no differences."""
    found = shop.detect()

    assert {each["ResourceType"] for each in found.values()} == READERS.keys()
    assert {name: each["PropertyDifferences"] for name, each in found.items() if each["PropertyDifferences"]} == {}
    assert {each["StackResourceDriftStatus"] for each in found.values()} == {"IN_SYNC"}
    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert stack["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"


CHANGES: dict[str, tuple[str, str, dict[str, Any], str, tuple[str, str, str, str]]] = {
    "a setting of a queue": (
        "Queue",
        "sqs",
        {"SetQueueAttributes": {"QueueUrl": "{}", "Attributes": {"DelaySeconds": "9"}}},
        "MODIFIED",
        ("/DelaySeconds", "3", "9", "NOT_EQUAL"),
    ),
    "a variable that is new": (
        "Function",
        "lambda",
        {
            "UpdateFunctionConfiguration": {
                "FunctionName": "{}",
                "Environment": {"Variables": {"SIZE": "10", "FLAG": "true", "MODE": "fast"}},
            }
        },
        "MODIFIED",
        ("/Environment/Variables/MODE", "null", "fast", "ADD"),
    ),
    "a retention that is no more": (
        "Logs",
        "logs",
        {"DeleteRetentionPolicy": {"logGroupName": "{}"}},
        "MODIFIED",
        ("/RetentionInDays", "7", "null", "REMOVE"),
    ),
    "a target that is new": (
        "Rule",
        "events",
        {
            "PutTargets": {
                "Rule": "{}",
                "EventBusName": "central",
                "Targets": [{"Id": "z", "Arn": "arn:aws:sqs:us-east-1:123456789012:z"}],
            }
        },
        "MODIFIED",
        ("/Targets/1", "null", '{"Arn":"arn:aws:sqs:us-east-1:123456789012:z","Id":"z"}', "ADD"),
    ),
    "a value of a parameter": (
        "Parameter",
        "ssm",
        {"PutParameter": {"Name": "{}", "Value": "s", "Overwrite": True}},
        "MODIFIED",
        ("/Value", "xl", "s", "NOT_EQUAL"),
    ),
}


@pytest.mark.parametrize(("logical_id", "service", "call", "status", "difference"), CHANGES.values(), ids=CHANGES)
def test_what_somebody_changed_is_found(
    shop: Shop, logical_id: str, service: str, call: dict[str, Any], status: str, difference: tuple[str, ...]
) -> None:
    """With its path, both values and the kind of difference; the stack has drifted."""
    ((operation, parameters),) = call.items()
    physical_id = shop[logical_id].rpartition("|")[2]
    given = {name: physical_id if value == "{}" else value for name, value in parameters.items()}
    shop.world.request(service, operation, given)

    found = shop.detect()

    drift = found.pop(logical_id)
    (told,) = drift["PropertyDifferences"]
    assert drift["StackResourceDriftStatus"] == status
    assert (told["PropertyPath"], told["ExpectedValue"], told["ActualValue"], told["DifferenceType"]) == difference
    assert {each["StackResourceDriftStatus"] for each in found.values()} == {"IN_SYNC"}


def test_what_somebody_deleted_is_found(shop: Shop) -> None:
    """A stack is looked at as a whole, and says when; so do its resources."""
    sdk.client("sqs").delete_queue(QueueUrl=shop["Dead"])
    sdk.client("logs").delete_log_group(logGroupName="/shop")
    before = shop.client.describe_stack_resource(StackName="shop", LogicalResourceId="Dead")["StackResourceDetail"]

    detection = shop.client.detect_stack_drift(StackName="shop")["StackDriftDetectionId"]

    told = shop.client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    assert (told["DetectionStatus"], told["StackDriftStatus"]) == ("DETECTION_COMPLETE", "DRIFTED")
    assert told["DriftedStackResourceCount"] == 2
    asked = {"StackName": "shop", "StackResourceDriftStatusFilters": ["DELETED"]}
    first = shop.client.describe_stack_resource_drifts(**asked, MaxResults=1)
    rest = shop.client.describe_stack_resource_drifts(**asked, NextToken=first["NextToken"])
    gone = first["StackResourceDrifts"] + rest["StackResourceDrifts"]
    assert [each["LogicalResourceId"] for each in gone] == ["Dead", "Logs"]
    assert "ExpectedProperties" not in gone[0]
    after = shop.client.describe_stack_resource(StackName="shop", LogicalResourceId="Dead")["StackResourceDetail"]
    assert [each["DriftInformation"]["StackResourceDriftStatus"] for each in (before, after)] == [
        "NOT_CHECKED",
        "DELETED",
    ]
    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert stack["DriftInformation"]["LastCheckTimestamp"] == told["Timestamp"]


def test_one_resource_can_be_looked_at(shop: Shop) -> None:
    """It tells what it should be and what it is; of types that cannot be looked at it is refused."""
    drift = shop.client.detect_stack_resource_drift(StackName="shop", LogicalResourceId="Stream")["StackResourceDrift"]

    assert json.loads(drift["ExpectedProperties"]) == {"ShardCount": 2, "RetentionPeriodHours": 48}
    assert json.loads(drift["ActualProperties"]) == {"ShardCount": 2, "RetentionPeriodHours": 48}
    with pytest.raises(ClientError, match="not supported for AWS::Lambda::Version"):
        shop.client.detect_stack_resource_drift(StackName="shop", LogicalResourceId="Version")
    assert "Version" not in shop.detect()


def test_a_stack_that_is_not_complete_is_not_looked_at(world: SyncSimulation) -> None:
    """Nor is there a detection that nobody asked for."""
    body = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 901}}}"
    shop = Shop(world, body)

    with pytest.raises(ClientError, match=r"while it is in \[ROLLBACK_COMPLETE\] state"):
        shop.client.detect_stack_drift(StackName="shop")
    with pytest.raises(ClientError, match=r"\[x\] does not exist"):
        shop.client.describe_stack_drift_detection_status(StackDriftDetectionId="x")


@pytest.mark.parametrize(
    ("given", "found", "differences"),
    [
        ({"A": 3}, {"A": "3"}, []),
        ({"A": False}, {"A": None}, []),
        ({"A": {"b": 1}}, {"A": {"b": 1, "c": 2}}, []),
        ({"A": ["x", "y"]}, {"A": ["y", "x"]}, []),
        ({"A": ["x"]}, {"A": ["y"]}, [("/A/0", "x", "null", "REMOVE"), ("/A/0", "null", "y", "ADD")]),
        ({"A": 1}, {}, []),
        ({"A": "{{resolve:ssm:/a}}"}, {"A": "3"}, []),
        ({"A": {"b": 1}}, {"A": None}, [("/A", '{"b":1}', "null", "REMOVE")]),
    ],
)
def test_what_is_other_than_it_should_be(
    given: dict[str, Any], found: dict[str, Any], differences: list[tuple[str, ...]]
) -> None:
    """Only what the template gives counts, as far as it can be read; the order of lists does not."""
    drift = compared("R", given, found, 0)

    assert [(each.path, each.expected, each.actual, each.kind) for each in drift.differences] == differences


def test_types_that_can_be_looked_at_are_made() -> None:
    """By the simulation itself."""
    assert READERS.keys() <= KINDS.keys()
