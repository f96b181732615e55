"""What may change of a resource in place, and what makes it another one? Type by type, as AWS documents it.

Types that are not here do not change: whatever is other about one of them, a new resource takes the old one's place.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim.template import (
    changes_gateway,
    changes_lambda,
    changes_messaging,
    changes_storage,
    global_table,
    kinds_cdk,
    kinds_gateway,
    kinds_key,
    kinds_lambda,
    kinds_messaging,
    kinds_storage,
    kinds_waiting,
    kinds_workflow,
)
from eventsim.template.changes import Change, Properties, anew, by, differs, patched
from eventsim.template.macro import TYPE as MACRO
from eventsim.template.macro import macro
from eventsim.template.site import Item, Made


class Update(Struct, frozen=True, kw_only=True, gc=False):
    """How resources of one type change.

    Attributes:
        change: changes one in place.
        fixed: properties that cannot change: if one does, the resource is replaced.
    """

    change: Change
    fixed: frozenset[str] = frozenset()


def _fixed(change: Change, names: str = "") -> Update:
    return Update(change=change, fixed=frozenset(names.split()))


async def _retagged(item: Item, made: Made, before: Properties) -> None:
    """Change nothing: tags are all that can change, and they change by themselves."""


async def _state_machine(item: Item, made: Made, _: Properties) -> None:
    """Give a state machine another definition, another role, other logs, other tracing."""
    parameters: dict[str, Any] = {"stateMachineArn": made.physical_id, "definition": kinds_workflow.definition(item)}
    if item.text("RoleArn"):
        parameters["roleArn"] = item.text("RoleArn")
    logging = kinds_workflow.logging_of(item)
    parameters["loggingConfiguration"] = logging or {"level": "OFF"}
    parameters["tracingConfiguration"] = {"enabled": kinds_workflow.is_traced(item)}
    await item.site.ask("stepfunctions", "UpdateStateMachine", parameters)


async def _machine_alias(item: Item, made: Made, before: Properties) -> None:
    """Let an alias lead to other versions of a state machine."""
    parameters: dict[str, Any] = {
        "stateMachineAliasArn": made.physical_id,
        "routingConfiguration": kinds_workflow.routes_of(item),
    }
    if differs(item, before, "Description"):
        parameters["description"] = item.text("Description")
    await item.site.ask("stepfunctions", "UpdateStateMachineAlias", parameters)


UPDATES: Final[Mapping[str, Update]] = {
    "AWS::ApiGateway::Account": _fixed(anew(kinds_gateway.account)),
    "AWS::ApiGateway::ApiKey": _fixed(
        patched(
            "UpdateApiKey",
            {"apiKey": ""},
            {"CustomerId": "/customerId", "Description": "/description", "Enabled": "/enabled"},
            {"Enabled": "false"},
        ),
        "GenerateDistinctId Name Value",
    ),
    "AWS::ApiGateway::Authorizer": _fixed(
        patched(
            "UpdateAuthorizer",
            {"restApiId": "RestApiId", "authorizerId": ""},
            {
                "AuthType": "/authType",
                "AuthorizerCredentials": "/authorizerCredentials",
                "AuthorizerResultTtlInSeconds": "/authorizerResultTtlInSeconds",
                "AuthorizerUri": "/authorizerUri",
                "IdentitySource": "/identitySource",
                "IdentityValidationExpression": "/identityValidationExpression",
                "Name": "/name",
                "Type": "/type",
            },
            {"AuthorizerResultTtlInSeconds": "300"},
        ),
        "RestApiId",
    ),
    "AWS::ApiGateway::Deployment": _fixed(
        patched(
            "UpdateDeployment",
            {"restApiId": "RestApiId", "deploymentId": ""},
            {"Description": "/description"},
        ),
        "DeploymentCanarySettings RestApiId",
    ),
    "AWS::ApiGateway::GatewayResponse": _fixed(anew(kinds_gateway.gateway_response), "ResponseType RestApiId"),
    "AWS::ApiGateway::Method": _fixed(changes_gateway.method, "HttpMethod ResourceId RestApiId"),
    "AWS::ApiGateway::Model": _fixed(
        patched(
            "UpdateModel",
            {"restApiId": "RestApiId", "modelName": ""},
            {"Description": "/description", "Schema": "/schema"},
        ),
        "ContentType Name RestApiId",
    ),
    "AWS::ApiGateway::RequestValidator": _fixed(
        patched(
            "UpdateRequestValidator",
            {"restApiId": "RestApiId", "requestValidatorId": ""},
            {
                "ValidateRequestBody": "/validateRequestBody",
                "ValidateRequestParameters": "/validateRequestParameters",
            },
            {"ValidateRequestBody": "false", "ValidateRequestParameters": "false"},
        ),
        "Name RestApiId",
    ),
    "AWS::ApiGateway::RestApi": _fixed(changes_gateway.rest_api),
    "AWS::ApiGateway::Stage": _fixed(changes_gateway.rest_stage, "RestApiId StageName"),
    "AWS::ApiGateway::UsagePlan": _fixed(changes_gateway.usage_plan),
    "AWS::ApiGatewayV2::Api": _fixed(changes_gateway.api, "ProtocolType"),
    "AWS::ApiGatewayV2::ApiMapping": _fixed(
        by("apigatewayv2", "UpdateApiMapping", ApiMappingId=""), "ApiId DomainName"
    ),
    "AWS::ApiGatewayV2::Authorizer": _fixed(by("apigatewayv2", "UpdateAuthorizer", AuthorizerId=""), "ApiId"),
    "AWS::ApiGatewayV2::Deployment": _fixed(by("apigatewayv2", "UpdateDeployment", DeploymentId=""), "ApiId"),
    "AWS::ApiGatewayV2::DomainName": _fixed(by("apigatewayv2", "UpdateDomainName", DomainName=""), "DomainName"),
    "AWS::ApiGatewayV2::Integration": _fixed(by("apigatewayv2", "UpdateIntegration", IntegrationId=""), "ApiId"),
    "AWS::ApiGatewayV2::IntegrationResponse": _fixed(
        by("apigatewayv2", "UpdateIntegrationResponse", IntegrationResponseId=""), "ApiId IntegrationId"
    ),
    "AWS::ApiGatewayV2::Model": _fixed(by("apigatewayv2", "UpdateModel", ModelId=""), "ApiId"),
    "AWS::ApiGatewayV2::Route": _fixed(by("apigatewayv2", "UpdateRoute", RouteId=""), "ApiId"),
    "AWS::ApiGatewayV2::RouteResponse": _fixed(
        by("apigatewayv2", "UpdateRouteResponse", RouteResponseId=""), "ApiId RouteId"
    ),
    "AWS::ApiGatewayV2::Stage": _fixed(by("apigatewayv2", "UpdateStage", StageName=""), "ApiId StageName"),
    "AWS::AppConfig::Application": _fixed(by("appconfig", "UpdateApplication", ApplicationId="")),
    "AWS::AppConfig::ConfigurationProfile": _fixed(
        by("appconfig", "UpdateConfigurationProfile", ConfigurationProfileId=""), "ApplicationId LocationUri Type"
    ),
    "AWS::AppConfig::DeploymentStrategy": _fixed(
        by("appconfig", "UpdateDeploymentStrategy", DeploymentStrategyId=""), "Name"
    ),
    "AWS::AppConfig::Environment": _fixed(by("appconfig", "UpdateEnvironment", EnvironmentId=""), "ApplicationId"),
    MACRO: _fixed(anew(macro), "Name"),
    kinds_waiting.CONDITION: _fixed(kinds_waiting.unchanging),
    "AWS::CloudWatch::Alarm": _fixed(anew(kinds_storage.alarm), "AlarmName"),
    "AWS::CloudWatch::CompositeAlarm": _fixed(anew(kinds_storage.composite_alarm), "AlarmName"),
    "AWS::CloudWatch::Dashboard": _fixed(anew(kinds_storage.dashboard), "DashboardName"),
    "AWS::Cognito::UserPool": _fixed(
        by("cognito-idp", "UpdateUserPool", UserPoolId="", without=("LambdaConfig", "UserPoolTags"), resets=True),
        "AliasAttributes UsernameAttributes UsernameConfiguration",
    ),
    "AWS::Cognito::UserPoolClient": _fixed(
        by("cognito-idp", "UpdateUserPoolClient", ClientId="", resets=True), "GenerateSecret UserPoolId"
    ),
    "AWS::Cognito::UserPoolGroup": _fixed(by("cognito-idp", "UpdateGroup", GroupName=""), "GroupName UserPoolId"),
    "AWS::DynamoDB::GlobalTable": _fixed(global_table.change, "TableName KeySchema LocalSecondaryIndexes"),
    "AWS::DynamoDB::Table": _fixed(
        changes_storage.table, "TableName KeySchema LocalSecondaryIndexes ImportSourceSpecification"
    ),
    "AWS::ElasticLoadBalancingV2::Listener": _fixed(by("elbv2", "ModifyListener", ListenerArn=""), "LoadBalancerArn"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _fixed(changes_gateway.listener_rule, "ListenerArn"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _fixed(
        changes_gateway.target_group, "IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId"
    ),
    "AWS::Events::ApiDestination": _fixed(by("events", "UpdateApiDestination", Name=""), "Name"),
    "AWS::Events::Archive": _fixed(by("events", "UpdateArchive", ArchiveName=""), "ArchiveName SourceArn"),
    "AWS::Events::Connection": _fixed(by("events", "UpdateConnection", Name=""), "Name"),
    "AWS::Events::EventBus": _fixed(changes_messaging.event_bus, "EventSourceName Name"),
    "AWS::Events::EventBusPolicy": _fixed(anew(kinds_messaging.bus_policy), "EventBusName StatementId"),
    "AWS::Events::Rule": _fixed(changes_messaging.rule, "Name EventBusName"),
    "AWS::KMS::Alias": _fixed(by("kms", "UpdateAlias", AliasName=""), "AliasName"),
    "AWS::KMS::Key": _fixed(kinds_key.change_key, "KeySpec KeyUsage MultiRegion Origin"),
    "AWS::Kinesis::Stream": _fixed(changes_messaging.stream, "Name"),
    "AWS::KinesisFirehose::DeliveryStream": _fixed(
        changes_messaging.delivery_stream,
        "DeliveryStreamName DeliveryStreamType KinesisStreamSourceConfiguration MSKSourceConfiguration",
    ),
    "AWS::Lambda::Alias": _fixed(changes_lambda.alias, "FunctionName Name"),
    "AWS::Lambda::EventInvokeConfig": _fixed(anew(kinds_lambda.event_invoke_config), "FunctionName Qualifier"),
    "AWS::Lambda::EventSourceMapping": _fixed(
        by("lambda", "UpdateEventSourceMapping", UUID=""),
        "EventSourceArn StartingPosition StartingPositionTimestamp SelfManagedEventSource Topics Queues",
    ),
    "AWS::Lambda::Function": _fixed(changes_lambda.function, "FunctionName PackageType TenancyConfig"),
    "AWS::Lambda::Url": _fixed(by("lambda", "UpdateFunctionUrlConfig", FunctionName=""), "TargetFunctionArn Qualifier"),
    "AWS::Logs::LogGroup": _fixed(changes_storage.log_group, "LogGroupName"),
    "AWS::Logs::MetricFilter": _fixed(anew(kinds_storage.metric_filter), "FilterName LogGroupName"),
    "AWS::Logs::QueryDefinition": _fixed(by("logs", "PutQueryDefinition", queryDefinitionId="", resets=True)),
    "AWS::Logs::ResourcePolicy": _fixed(anew(kinds_storage.log_policy), "PolicyName"),
    "AWS::Logs::SubscriptionFilter": _fixed(anew(kinds_storage.subscription_filter), "FilterName LogGroupName"),
    "AWS::Pipes::Pipe": _fixed(changes_messaging.pipe, "Name Source"),
    "AWS::S3::Bucket": _fixed(changes_storage.bucket, "BucketName ObjectLockEnabled"),
    "AWS::S3::BucketPolicy": _fixed(anew(kinds_storage.bucket_policy), "Bucket"),
    "AWS::SNS::Subscription": _fixed(changes_messaging.subscription, "Endpoint Protocol TopicArn"),
    "AWS::SNS::Topic": _fixed(changes_messaging.topic, "TopicName FifoTopic"),
    "AWS::SNS::TopicPolicy": _fixed(anew(kinds_messaging.topic_policy)),
    "AWS::SQS::Queue": _fixed(changes_messaging.queue, "QueueName FifoQueue"),
    "AWS::SQS::QueuePolicy": _fixed(changes_messaging.queue_policy),
    "AWS::SSM::Parameter": _fixed(changes_storage.parameter, "Name"),
    "AWS::Scheduler::Schedule": _fixed(by("scheduler", "UpdateSchedule", Name="", resets=True), "Name GroupName"),
    "AWS::Scheduler::ScheduleGroup": _fixed(_retagged, "Name"),
    "AWS::SecretsManager::ResourcePolicy": _fixed(anew(kinds_storage.secret_policy), "SecretId"),
    "AWS::SecretsManager::RotationSchedule": _fixed(changes_storage.rotation_schedule, "SecretId"),
    "AWS::SecretsManager::Secret": _fixed(changes_storage.secret, "Name"),
    "AWS::StepFunctions::Activity": _fixed(_retagged, "Name"),
    "AWS::StepFunctions::StateMachine": _fixed(_state_machine, "StateMachineName StateMachineType"),
    "AWS::StepFunctions::StateMachineAlias": _fixed(_machine_alias, "Name"),
    "Custom::AWS": _fixed(kinds_cdk.call_on_update),
    "Custom::CDKBucketDeployment": _fixed(
        anew(kinds_cdk.deployment), "DestinationBucketName DestinationBucketKeyPrefix"
    ),
    "Custom::LogRetention": _fixed(anew(kinds_cdk.log_retention), "LogGroupName"),
    "Custom::S3AutoDeleteObjects": _fixed(anew(kinds_cdk.auto_delete), "BucketName"),
    "Custom::S3BucketNotifications": _fixed(anew(kinds_cdk.notifications)),
}
"""Types that change in place. Of all others a new resource takes the old one's place."""

NAMED: Final[Mapping[str, str]] = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Events::ApiDestination": "Name",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::Connection": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""Types that a template may name itself, by which property; two cannot be there under one name at a time."""
