"""By which properties is a resource known, where a stack takes one in that is there already?"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_IDENTIFIERS: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::RestApi": "RestApiId",
    "AWS::ApiGatewayV2::Api": "ApiId",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Arn",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "PolicyArn",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::KMS::Key": "KeyId",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Alias": "AliasArn",
    "AWS::Lambda::EventSourceMapping": "Id",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerVersionArn",
    "AWS::Lambda::Version": "FunctionArn",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicArn",
    "AWS::SQS::Queue": "QueueUrl",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Id",
    "AWS::StepFunctions::Activity": "Arn",
    "AWS::StepFunctions::StateMachine": "Arn",
}
"""Type → its primary identifier in CloudFormation's registry; of other types nothing is said."""


def identified(resources: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return which properties identify the resources of a template, type by type.

    Args:
        resources: logical ids with their types.
    """
    told: dict[str, dict[str, Any]] = {}
    for logical_id, kind in resources:
        if kind in _IDENTIFIERS:
            empty = {"ResourceType": kind, "LogicalResourceIds": [], "ResourceIdentifiers": [_IDENTIFIERS[kind]]}
            told.setdefault(kind, empty)["LogicalResourceIds"].append(logical_id)
    return list(told.values())
