"""Which resource types are simulated, and what do `Ref` and `Fn::GetAtt` give for each?

The one table of the engine: it makes resources by it, checks references against it before anything is made, and the
page `docs/reference/template.md` is written from it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from msgspec import Struct

from eventsim.template import custom
from eventsim.template.global_table import TYPE as GLOBAL_TABLE
from eventsim.template.global_table import global_table
from eventsim.template.inert import make_inert, reason_of
from eventsim.template.kinds_cdk import CDK, GOODBYES, Goodbye
from eventsim.template.kinds_configuration import CONFIGURATION
from eventsim.template.kinds_front import FRONT
from eventsim.template.kinds_gateway import GATEWAY
from eventsim.template.kinds_key import KEYS
from eventsim.template.kinds_lambda import LAMBDA
from eventsim.template.kinds_messaging import MESSAGING
from eventsim.template.kinds_storage import STORAGE
from eventsim.template.kinds_waiting import CONDITION, WAITING
from eventsim.template.kinds_workflow import WORKFLOW
from eventsim.template.macro import TYPE as MACRO
from eventsim.template.macro import macro
from eventsim.template.site import Item, Made

Make = Callable[[Item], Awaitable[Made]]


class ResourceKind(Struct, frozen=True, kw_only=True, gc=False):
    """What becomes of resources of one type.

    Attributes:
        make: makes one.
        ref: what `Ref` gives, in words.
        attributes: what `Fn::GetAtt` gives; None if it gives whatever is asked for.
        is_deferred: whether it is made as late as possible: it runs code that may rely on everything else.
        goodbye: what is done before it is taken away.
    """

    make: Make
    ref: str = "name"
    attributes: frozenset[str] | None = frozenset()
    is_deferred: bool = False
    goodbye: Goodbye | None = None


_WHATEVER: Final = "whatever is asked for"
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::ApiGateway::Account": ("name", "Id"),
    "AWS::ApiGateway::ApiKey": ("id", "APIKeyId"),
    "AWS::ApiGateway::Authorizer": ("id", "AuthorizerId"),
    "AWS::ApiGateway::BasePathMapping": ("name", ""),
    "AWS::ApiGateway::Deployment": ("id", "DeploymentId"),
    "AWS::ApiGateway::DomainName": (
        "name",
        "DistributionDomainName DistributionHostedZoneId DomainNameArn RegionalDomainName RegionalHostedZoneId",
    ),
    "AWS::ApiGateway::GatewayResponse": ("id", "Id"),
    "AWS::ApiGateway::Method": ("name", ""),
    "AWS::ApiGateway::Model": ("name", ""),
    "AWS::ApiGateway::RequestValidator": ("id", "RequestValidatorId"),
    "AWS::ApiGateway::Resource": ("id", "ResourceId"),
    "AWS::ApiGateway::RestApi": ("id", "RestApiId RootResourceId"),
    "AWS::ApiGateway::Stage": ("name", ""),
    "AWS::ApiGateway::UsagePlan": ("id", "Id"),
    "AWS::ApiGateway::UsagePlanKey": ("id", "Id"),
    "AWS::ApiGatewayV2::Api": ("id", "ApiId ApiEndpoint"),
    "AWS::ApiGatewayV2::ApiMapping": ("id", "ApiMappingId"),
    "AWS::ApiGatewayV2::Authorizer": ("id", "AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": ("id", "DeploymentId"),
    "AWS::ApiGatewayV2::DomainName": ("name", "DomainNameArn RegionalDomainName RegionalHostedZoneId"),
    "AWS::ApiGatewayV2::Integration": ("id", "IntegrationId"),
    "AWS::ApiGatewayV2::IntegrationResponse": ("id", "IntegrationResponseId"),
    "AWS::ApiGatewayV2::Model": ("id", "ModelId"),
    "AWS::ApiGatewayV2::Route": ("id", "RouteId"),
    "AWS::ApiGatewayV2::RouteResponse": ("id", "RouteResponseId"),
    "AWS::ApiGatewayV2::Stage": ("name", "StageName"),
    "AWS::AppConfig::Application": ("id", "ApplicationId"),
    "AWS::AppConfig::ConfigurationProfile": ("id", "ConfigurationProfileId"),
    "AWS::AppConfig::Deployment": ("number", "DeploymentNumber State"),
    "AWS::AppConfig::DeploymentStrategy": ("id", "Id"),
    "AWS::AppConfig::Environment": ("id", "EnvironmentId"),
    "AWS::AppConfig::HostedConfigurationVersion": ("number", "VersionNumber"),
    MACRO: ("name", ""),
    CONDITION: ("ARN", "Data"),
    "AWS::CloudFormation::WaitConditionHandle": ("address", ""),
    "AWS::CloudWatch::Alarm": ("name", "Arn"),
    "AWS::CloudWatch::CompositeAlarm": ("name", "Arn"),
    "AWS::CloudWatch::Dashboard": ("name", ""),
    "AWS::Cognito::UserPool": ("id", "Arn ProviderName ProviderURL UserPoolId"),
    "AWS::Cognito::UserPoolClient": ("id", "ClientId ClientSecret Name"),
    "AWS::Cognito::UserPoolGroup": ("name", ""),
    GLOBAL_TABLE: ("name", "Arn StreamArn TableId"),
    "AWS::DynamoDB::Table": ("name", "Arn StreamArn"),
    "AWS::ElasticLoadBalancingV2::Listener": ("ARN", "ListenerArn"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("ARN", "IsDefault RuleArn"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "ARN",
        "CanonicalHostedZoneID DNSName LoadBalancerArn LoadBalancerFullName LoadBalancerName SecurityGroups",
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "ARN",
        "LoadBalancerArns TargetGroupArn TargetGroupFullName TargetGroupName",
    ),
    "AWS::Events::ApiDestination": ("name", "Arn ArnForPolicy"),
    "AWS::Events::Archive": ("name", "Arn ArchiveName"),
    "AWS::Events::Connection": ("name", "Arn ArnForPolicy SecretArn"),
    "AWS::Events::EventBus": ("name", "Arn Name Policy"),
    "AWS::Events::EventBusPolicy": ("name", ""),
    "AWS::Events::Rule": ("name, `bus|rule` on a bus of one's own", "Arn"),
    "AWS::KMS::Alias": ("name", ""),
    "AWS::KMS::Key": ("id", "Arn KeyId"),
    "AWS::Kinesis::Stream": ("name", "Arn"),
    "AWS::Kinesis::StreamConsumer": ("ARN", "ConsumerARN ConsumerName ConsumerStatus StreamARN"),
    "AWS::KinesisFirehose::DeliveryStream": ("name", "Arn"),
    "AWS::Lambda::Alias": ("ARN", "AliasArn"),
    "AWS::Lambda::EventInvokeConfig": ("name", ""),
    "AWS::Lambda::EventSourceMapping": ("id", "Id EventSourceMappingArn"),
    "AWS::Lambda::Function": ("name", "Arn"),
    "AWS::Lambda::LayerVersion": ("ARN", "LayerVersionArn"),
    "AWS::Lambda::Permission": ("name", "Id"),
    "AWS::Lambda::Url": ("ARN of the function", "FunctionUrl FunctionArn"),
    "AWS::Lambda::Version": ("ARN", "Version FunctionArn"),
    "AWS::Logs::LogGroup": ("name", "Arn"),
    "AWS::Logs::LogStream": ("name", ""),
    "AWS::Logs::MetricFilter": ("name", ""),
    "AWS::Logs::QueryDefinition": ("id", "QueryDefinitionId"),
    "AWS::Logs::ResourcePolicy": ("name", ""),
    "AWS::Logs::SubscriptionFilter": ("name", ""),
    "AWS::Pipes::Pipe": ("name", "Arn CurrentState"),
    "AWS::S3::Bucket": ("name", "Arn DomainName DualStackDomainName RegionalDomainName WebsiteURL"),
    "AWS::S3::BucketPolicy": ("name of the bucket", ""),
    "AWS::SNS::Subscription": ("ARN", "Arn"),
    "AWS::SNS::Topic": ("ARN", "TopicArn TopicName"),
    "AWS::SNS::TopicPolicy": ("name", "Id"),
    "AWS::SQS::Queue": ("URL", "Arn QueueName QueueUrl"),
    "AWS::SQS::QueuePolicy": ("name", "Id"),
    "AWS::SSM::Parameter": ("name", "Type Value"),
    "AWS::Scheduler::Schedule": ("name", "Arn"),
    "AWS::Scheduler::ScheduleGroup": ("name", "Arn State"),
    "AWS::SecretsManager::ResourcePolicy": ("ARN of the secret", "Id"),
    "AWS::SecretsManager::RotationSchedule": ("ARN of the secret", "Id"),
    "AWS::SecretsManager::Secret": ("ARN", "Id"),
    "AWS::StepFunctions::Activity": ("ARN", "Arn Name"),
    "AWS::StepFunctions::StateMachine": ("ARN", "Arn Name StateMachineRevisionId"),
    "AWS::StepFunctions::StateMachineAlias": ("ARN", "Arn"),
    "AWS::StepFunctions::StateMachineVersion": ("ARN", "Arn"),
    "Custom::AWS": ("what the call says", _WHATEVER),
    "Custom::CDKBucketDeployment": ("id", "DestinationBucketArn SourceObjectKeys"),
    "Custom::LogRetention": ("name", "LogGroupName"),
    "Custom::S3AutoDeleteObjects": ("name", ""),
    "Custom::S3BucketNotifications": ("name", ""),
}
"""Type → what `Ref` gives, and the attributes."""


def _kinds() -> dict[str, ResourceKind]:
    makers: dict[str, Make] = {
        **CDK,
        **CONFIGURATION,
        **FRONT,
        **GATEWAY,
        **KEYS,
        **LAMBDA,
        GLOBAL_TABLE: global_table,
        MACRO: macro,
        **MESSAGING,
        **STORAGE,
        **WAITING,
        **WORKFLOW,
    }
    return {
        kind: ResourceKind(
            make=make,
            ref=_WORDS[kind][0],
            attributes=None if _WORDS[kind][1] == _WHATEVER else frozenset(_WORDS[kind][1].split()),
            is_deferred=kind in CDK,
            goodbye=GOODBYES.get(kind),
        )
        for kind, make in sorted(makers.items())
    }


KINDS: Final[Mapping[str, ResourceKind]] = _kinds()
"""Every type with behaviour, but for nested stacks and custom resources."""

INSTEAD: Final[Mapping[str, str]] = {
    "AWS::IoT::TopicRule": "; the step `invoke` of a workload takes its message: `event: {…}, type: asynchronous`",
}
"""Type that is not simulated → what one may do instead."""

NESTED: Final = "AWS::CloudFormation::Stack"
_INERT: Final = ResourceKind(make=make_inert, attributes=None)
_CUSTOM: Final = ResourceKind(
    make=custom.cloudformation_custom_resource,
    ref="what the function says",
    attributes=None,
    is_deferred=True,
    goodbye=custom.goodbye,
)


def kind_of(type_name: str) -> ResourceKind | None:
    """Return what becomes of resources of a type, None for one that nobody knows."""
    if type_name in KINDS:
        return KINDS[type_name]
    if reason_of(type_name):
        return _INERT
    if type_name.startswith("Custom::") or type_name == "AWS::CloudFormation::CustomResource":
        return _CUSTOM
    return None
