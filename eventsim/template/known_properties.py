"""Which properties does a type of resources have, and which must it be given? CloudFormation refuses what is otherwise.

It does so before it makes anything of a resource. Of the types that are simulated, and of common ones of IAM, the
properties are known; what stands within one is not looked at. They are those of CloudFormation's registry as of
`known_types.AS_OF`, among them what a resource only tells.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from eventsim.template.trouble import Worded

REFUSED: Final = "Properties validation failed for resource"
"""How CloudFormation begins to say that a resource has properties that do not suit its type."""


class Mistake(Struct, frozen=True, gc=False):
    """A property that a type does not have, or one that it must have and was not given."""

    name: str
    is_missing: bool

    @property
    def words(self) -> str:
        """What CloudFormation says of it."""
        name = self.name
        return (
            f"#: required key [{name}] not found" if self.is_missing else f"#: extraneous key [{name}] is not permitted"
        )


class InvalidProperties(Worded):
    """A resource has properties that do not suit its type."""

    def __init__(self, logical_id: str, mistakes: Sequence[Mistake]) -> None:
        told = "\n".join(each.words for each in mistakes)
        super().__init__(told, f"{REFUSED} {logical_id} with message:\n{told}")


def mistakes_in(type_name: str, names: Collection[str]) -> list[Mistake]:
    """Return what is wrong with the properties that a resource is given; nothing if its type is not known."""
    known = KNOWN.get(type_name)
    if known is None:
        return []
    properties = {name.removesuffix("*"): name.endswith("*") for name in known.split()}
    missing = [
        Mistake(name, is_missing=True) for name, is_needed in properties.items() if is_needed and name not in names
    ]
    return missing + [Mistake(name, is_missing=False) for name in names if name not in properties]


KNOWN: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::Account": "CloudWatchRoleArn Id",
    "AWS::ApiGateway::ApiKey": "APIKeyId CustomerId Description Enabled GenerateDistinctId Name StageKeys Tags Value",
    "AWS::ApiGateway::Authorizer": (
        "AuthType AuthorizerCredentials AuthorizerId AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource "
        "IdentityValidationExpression Name* ProviderARNs RestApiId* Type*"
    ),
    "AWS::ApiGateway::BasePathMapping": "BasePath DomainName* RestApiId Stage",
    "AWS::ApiGateway::Deployment": (
        "DeploymentCanarySettings DeploymentId Description RestApiId* StageDescription StageName"
    ),
    "AWS::ApiGateway::DomainName": (
        "CertificateArn DistributionDomainName DistributionHostedZoneId DomainName DomainNameArn EndpointAccessMode "
        "EndpointConfiguration MutualTlsAuthentication OwnershipVerificationCertificateArn RegionalCertificateArn "
        "RegionalDomainName RegionalHostedZoneId RoutingMode SecurityPolicy Tags"
    ),
    "AWS::ApiGateway::GatewayResponse": "Id ResponseParameters ResponseTemplates ResponseType* RestApiId* StatusCode",
    "AWS::ApiGateway::Method": (
        "ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId HttpMethod* Integration MethodResponses "
        "OperationName RequestModels RequestParameters RequestValidatorId ResourceId* RestApiId*"
    ),
    "AWS::ApiGateway::Model": "ContentType Description Name RestApiId* Schema",
    "AWS::ApiGateway::RequestValidator": (
        "Name RequestValidatorId RestApiId* ValidateRequestBody ValidateRequestParameters"
    ),
    "AWS::ApiGateway::Resource": "ParentId* PathPart* ResourceId RestApiId*",
    "AWS::ApiGateway::RestApi": (
        "ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom Description DisableExecuteApiEndpoint "
        "EndpointAccessMode EndpointConfiguration FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy "
        "RestApiId RootResourceId SecurityPolicy Tags Version"
    ),
    "AWS::ApiGateway::Stage": (
        "AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId DeploymentId "
        "Description DocumentationVersion MethodSettings RestApiId* StageName Tags TracingEnabled Variables"
    ),
    "AWS::ApiGateway::UsagePlan": "ApiStages Description Id Quota Tags Throttle UsagePlanName",
    "AWS::ApiGateway::UsagePlanKey": "Id KeyId* KeyType* UsagePlanId*",
    "AWS::ApiGatewayV2::Api": (
        "ApiEndpoint ApiId ApiKeySelectionExpression BasePath Body BodyS3Location CorsConfiguration CredentialsArn "
        "Description DisableExecuteApiEndpoint DisableSchemaValidation ExecuteApiArn FailOnWarnings IpAddressType Name "
        "ProtocolType RouteKey RouteSelectionExpression Tags Target Version"
    ),
    "AWS::ApiGatewayV2::ApiMapping": "ApiId* ApiMappingId ApiMappingKey DomainName* Stage*",
    "AWS::ApiGatewayV2::Authorizer": (
        "ApiId* AuthorizerCredentialsArn AuthorizerId AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds "
        "AuthorizerType* AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression "
        "JwtConfiguration Name*"
    ),
    "AWS::ApiGatewayV2::Deployment": "ApiId* DeploymentId Description StageName",
    "AWS::ApiGatewayV2::DomainName": (
        "DomainName* DomainNameArn DomainNameConfigurations MutualTlsAuthentication RegionalDomainName "
        "RegionalHostedZoneId RoutingMode Tags"
    ),
    "AWS::ApiGatewayV2::Integration": (
        "ApiId* ConnectionId ConnectionType ContentHandlingStrategy CredentialsArn Description IntegrationId "
        "IntegrationMethod IntegrationSubtype IntegrationType* IntegrationUri PassthroughBehavior PayloadFormatVersion "
        "RequestParameters RequestTemplates ResponseParameters TemplateSelectionExpression TimeoutInMillis TlsConfig"
    ),
    "AWS::ApiGatewayV2::IntegrationResponse": (
        "ApiId* ContentHandlingStrategy IntegrationId* IntegrationResponseId IntegrationResponseKey* "
        "ResponseParameters ResponseTemplates TemplateSelectionExpression"
    ),
    "AWS::ApiGatewayV2::Model": "ApiId* ContentType Description ModelId Name* Schema*",
    "AWS::ApiGatewayV2::Route": (
        "ApiId* ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId ModelSelectionExpression "
        "OperationName RequestModels RequestParameters RouteId RouteKey* RouteResponseSelectionExpression Target"
    ),
    "AWS::ApiGatewayV2::RouteResponse": (
        "ApiId* ModelSelectionExpression ResponseModels ResponseParameters RouteId* RouteResponseId RouteResponseKey*"
    ),
    "AWS::ApiGatewayV2::Stage": (
        "AccessLogSettings ApiId* AutoDeploy ClientCertificateId DefaultRouteSettings DeploymentId Description "
        "RouteSettings StageName* StageVariables Tags"
    ),
    "AWS::AppConfig::Application": "ApplicationId Description Name* Tags",
    "AWS::AppConfig::ConfigurationProfile": (
        "ApplicationId* ConfigurationProfileId DeletionProtectionCheck Description KmsKeyArn KmsKeyIdentifier "
        "LocationUri* Name* RetrievalRoleArn Tags Type Validators"
    ),
    "AWS::AppConfig::Deployment": (
        "ApplicationId* ConfigurationProfileId* ConfigurationVersion* DeploymentNumber DeploymentStrategyId* "
        "Description DynamicExtensionParameters EnvironmentId* KmsKeyIdentifier State Tags"
    ),
    "AWS::AppConfig::DeploymentStrategy": (
        "DeploymentDurationInMinutes* Description FinalBakeTimeInMinutes GrowthFactor* GrowthType Id Name* "
        "ReplicateTo* Tags"
    ),
    "AWS::AppConfig::Environment": (
        "ApplicationId* DeletionProtectionCheck Description EnvironmentId Monitors Name* Tags"
    ),
    "AWS::AppConfig::HostedConfigurationVersion": (
        "ApplicationId* ConfigurationProfileId* Content* ContentType* Description LatestVersionNumber VersionLabel "
        "VersionNumber"
    ),
    "AWS::CloudFormation::Macro": "Description FunctionName* Id LogGroupName LogRoleARN Name*",
    "AWS::CloudFormation::WaitCondition": "Count Data Handle Id Timeout",
    "AWS::CloudFormation::WaitConditionHandle": "Id",
    "AWS::CloudWatch::Alarm": (
        "ActionConfiguration ActionsEnabled AlarmActions AlarmDescription AlarmName Arn ComparisonOperator "
        "DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationCriteria EvaluationInterval "
        "EvaluationPeriods EvaluationWindow ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace "
        "OKActions Period Statistic Tags Threshold ThresholdMetricId TreatMissingData Unit WarmUpConfiguration"
    ),
    "AWS::CloudWatch::CompositeAlarm": (
        "ActionConfiguration ActionsEnabled ActionsSuppressor ActionsSuppressorExtensionPeriod "
        "ActionsSuppressorWaitPeriod AlarmActions AlarmDescription AlarmName AlarmRule* Arn InsufficientDataActions "
        "OKActions Tags"
    ),
    "AWS::CloudWatch::Dashboard": "DashboardBody* DashboardName Tags",
    "AWS::Cognito::UserPool": (
        "AccountRecoverySetting AdminCreateUserConfig AliasAttributes Arn AutoVerifiedAttributes DeletionProtection "
        "DeviceConfiguration EmailAuthenticationMessage EmailAuthenticationSubject EmailConfiguration "
        "EmailVerificationMessage EmailVerificationSubject EnabledMfas IssuerConfiguration KeyConfiguration "
        "LambdaConfig MfaConfiguration Policies ProviderName ProviderURL Schema SmsAuthenticationMessage "
        "SmsConfiguration SmsVerificationMessage UserAttributeUpdateSettings UserPoolAddOns UserPoolId UserPoolName "
        "UserPoolTags UserPoolTier UsernameAttributes UsernameConfiguration VerificationMessageTemplate "
        "WebAuthnFactorConfiguration WebAuthnRelyingPartyID WebAuthnUserVerification"
    ),
    "AWS::Cognito::UserPoolClient": (
        "AccessTokenValidity AllowedOAuthFlows AllowedOAuthFlowsUserPoolClient AllowedOAuthScopes "
        "AnalyticsConfiguration AuthSessionValidity CallbackURLs ClientId ClientName ClientSecret DefaultRedirectURI "
        "EnablePropagateAdditionalUserContextData EnableTokenRevocation ExplicitAuthFlows GenerateSecret "
        "IdTokenValidity LogoutURLs Name PreventUserExistenceErrors ReadAttributes RefreshTokenRotation "
        "RefreshTokenValidity SupportedIdentityProviders TokenValidityUnits UserPoolId* WriteAttributes"
    ),
    "AWS::Cognito::UserPoolGroup": "Description GroupName Precedence RoleArn UserPoolId*",
    "AWS::DynamoDB::GlobalTable": (
        "Arn AttributeDefinitions BillingMode GlobalSecondaryIndexes GlobalTableSourceArn GlobalTableWitnesses "
        "KeySchema LocalSecondaryIndexes MultiRegionConsistency ReadOnDemandThroughputSettings "
        "ReadProvisionedThroughputSettings Replicas* SSESpecification StreamArn StreamSpecification TableId TableName "
        "TableType TimeToLiveSpecification VectorIndexes WarmThroughput WriteOnDemandThroughputSettings "
        "WriteProvisionedThroughputSettings"
    ),
    "AWS::DynamoDB::Table": (
        "Arn AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled "
        "GlobalSecondaryIndexes ImportSourceSpecification KeySchema* KinesisStreamSpecification LocalSecondaryIndexes "
        "OnDemandThroughput PointInTimeRecoverySpecification ProvisionedThroughput ResourcePolicy SSESpecification "
        "StreamArn StreamSpecification TableClass TableName Tags TimeToLiveSpecification VectorIndexes WarmThroughput"
    ),
    "AWS::ElasticLoadBalancingV2::Listener": (
        "AlpnPolicy Certificates DefaultActions* ListenerArn ListenerAttributes LoadBalancerArn* MutualAuthentication "
        "Port Protocol SslPolicy Tags"
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        "Actions* Conditions* IsDefault ListenerArn Priority* RuleArn Tags Transforms"
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "CanonicalHostedZoneID DNSName EnableCapacityReservationProvisionStabilize EnablePrefixForIpv6SourceNat "
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic IpAddressType Ipv4IpamPoolId LoadBalancerArn "
        "LoadBalancerAttributes LoadBalancerFullName LoadBalancerName MinimumLoadBalancerCapacity Name Scheme "
        "SecurityGroups SubnetMappings Subnets Tags Type"
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol "
        "HealthCheckTimeoutSeconds HealthyThresholdCount IpAddressType LoadBalancerArns Matcher Name Port Protocol "
        "ProtocolVersion Tags TargetControlPort TargetGroupArn TargetGroupAttributes TargetGroupFullName "
        "TargetGroupName TargetType Targets UnhealthyThresholdCount VpcId"
    ),
    "AWS::Events::ApiDestination": (
        "Arn ArnForPolicy ConnectionArn* Description HttpMethod* InvocationEndpoint* InvocationRateLimitPerSecond Name"
    ),
    "AWS::Events::Archive": "ArchiveName Arn Description EventPattern KmsKeyIdentifier RetentionDays SourceArn*",
    "AWS::Events::Connection": (
        "Arn ArnForPolicy AuthParameters AuthorizationType Description InvocationConnectivityParameters "
        "KmsKeyIdentifier Name SecretArn"
    ),
    "AWS::Events::EventBus": (
        "Arn DeadLetterConfig Description EventSourceName KmsKeyIdentifier LogConfig Name* Policy Tags"
    ),
    "AWS::Events::EventBusPolicy": "Action Condition EventBusName Principal Statement StatementId*",
    "AWS::Events::Rule": (
        "Arn Description EventBusName EventPattern Name RoleArn RuleName ScheduleExpression State Tags Targets"
    ),
    "AWS::IAM::Group": "Arn GroupName ManagedPolicyArns Path Policies",
    "AWS::IAM::InstanceProfile": "Arn InstanceProfileName Path Roles*",
    "AWS::IAM::ManagedPolicy": (
        "AttachmentCount CreateDate DefaultVersionId Description Groups IsAttachable ManagedPolicyName Path "
        "PermissionsBoundaryUsageCount PolicyArn PolicyDocument* PolicyId Roles UpdateDate Users"
    ),
    "AWS::IAM::Policy": "Groups Id PolicyDocument* PolicyName* Roles Users",
    "AWS::IAM::Role": (
        "Arn AssumeRolePolicyDocument* Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary "
        "Policies RoleId RoleName Tags"
    ),
    "AWS::IAM::User": "Arn Groups LoginProfile ManagedPolicyArns Path PermissionsBoundary Policies Tags UserName",
    "AWS::KMS::Alias": "AliasName* TargetKeyId*",
    "AWS::KMS::Key": (
        "Arn BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyId KeyPolicy KeySpec KeyUsage "
        "MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags"
    ),
    "AWS::Kinesis::Stream": (
        "Arn DesiredShardLevelMetrics MaxRecordSizeInKiB Name RecordDistributionStrategy RetentionPeriodHours "
        "ShardCount StreamEncryption StreamModeDetails Tags WarmThroughputMiBps WarmThroughputObject"
    ),
    "AWS::Kinesis::StreamConsumer": (
        "ConsumerARN ConsumerCreationTimestamp ConsumerName* ConsumerStatus StreamARN* Tags"
    ),
    "AWS::KinesisFirehose::DeliveryStream": (
        "AmazonOpenSearchServerlessDestinationConfiguration AmazonopensearchserviceDestinationConfiguration Arn "
        "DatabaseSourceConfiguration DeliveryStreamEncryptionConfigurationInput DeliveryStreamName DeliveryStreamType "
        "DirectPutSourceConfiguration ElasticsearchDestinationConfiguration ExtendedS3DestinationConfiguration "
        "HttpEndpointDestinationConfiguration IcebergDestinationConfiguration KinesisStreamSourceConfiguration "
        "MSKSourceConfiguration RedshiftDestinationConfiguration S3DestinationConfiguration "
        "SnowflakeDestinationConfiguration SplunkDestinationConfiguration Tags"
    ),
    "AWS::Lambda::Alias": (
        "AliasArn Description FunctionName* FunctionVersion* Name* ProvisionedConcurrencyConfig RoutingConfig"
    ),
    "AWS::Lambda::EventInvokeConfig": (
        "DestinationConfig FunctionName* MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier*"
    ),
    "AWS::Lambda::EventSourceMapping": (
        "AmazonManagedKafkaEventSourceConfig BatchSize BisectBatchOnFunctionError DestinationConfig "
        "DocumentDBEventSourceConfig Enabled EventSourceArn EventSourceMappingArn FilterCriteria FunctionName* "
        "FunctionResponseTypes Id KmsKeyArn LoggingConfig MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds "
        "MaximumRetryAttempts MetricsConfig ParallelizationFactor ProvisionedPollerConfig Queues ScalingConfig "
        "SelfManagedEventSource SelfManagedKafkaEventSourceConfig SourceAccessConfigurations StartingPosition "
        "StartingPositionTimestamp Tags Topics TumblingWindowInSeconds"
    ),
    "AWS::Lambda::Function": (
        "Architectures Arn CapacityProviderConfig Code* CodeSigningConfigArn DeadLetterConfig Description "
        "DurableConfig Environment EphemeralStorage FileSystemConfigs FunctionName FunctionScalingConfig Handler "
        "ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType PublishToLatestPublished RecursiveLoop "
        "ReservedConcurrentExecutions Role* Runtime RuntimeManagementConfig SnapStart SnapStartResponse Tags "
        "TenancyConfig Timeout TracingConfig VpcConfig"
    ),
    "AWS::Lambda::LayerVersion": (
        "CompatibleArchitectures CompatibleRuntimes Content* Description LayerName LayerVersionArn LicenseInfo"
    ),
    "AWS::Lambda::Permission": (
        "Action* EventSourceToken FunctionName* FunctionUrlAuthType Id InvokedViaFunctionUrl Principal* PrincipalOrgID "
        "SourceAccount SourceArn"
    ),
    "AWS::Lambda::Url": "AuthType* Cors FunctionArn FunctionUrl InvokeMode Qualifier TargetFunctionArn*",
    "AWS::Lambda::Version": (
        "CodeSha256 Description FunctionArn FunctionName* FunctionScalingConfig ProvisionedConcurrencyConfig "
        "RuntimePolicy Version"
    ),
    "AWS::Logs::LogGroup": (
        "Arn BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled FieldIndexPolicies "
        "KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument RetentionInDays Tags"
    ),
    "AWS::Logs::LogStream": "LogGroupName* LogStreamName",
    "AWS::Logs::MetricFilter": (
        "ApplyOnTransformedLogs EmitSystemFieldDimensions FieldSelectionCriteria FilterName FilterPattern* "
        "LogGroupName* MetricTransformations*"
    ),
    "AWS::Logs::QueryDefinition": "LogGroupNames Name* Parameters QueryDefinitionId QueryLanguage QueryString*",
    "AWS::Logs::ResourcePolicy": "PolicyDocument* PolicyName*",
    "AWS::Logs::SubscriptionFilter": (
        "ApplyOnTransformedLogs DestinationArn* Distribution EmitSystemFields FieldSelectionCriteria FilterName "
        "FilterPattern* LogGroupName* RoleArn"
    ),
    "AWS::Pipes::Pipe": (
        "Arn CreationTime CurrentState Description DesiredState Enrichment EnrichmentParameters KmsKeyIdentifier "
        "LastModifiedTime LogConfiguration Name RoleArn* Source* SourceParameters StateReason Tags Target* "
        "TargetParameters"
    ),
    "AWS::S3::Bucket": (
        "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations Arn BucketEncryption BucketName "
        "BucketNamePrefix BucketNamespace CorsConfiguration DomainName DualStackDomainName "
        "IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration LoggingConfiguration "
        "MetadataConfiguration MetadataTableConfiguration MetricsConfigurations NotificationConfiguration "
        "ObjectLockConfiguration ObjectLockEnabled OwnershipControls PublicAccessBlockConfiguration RegionalDomainName "
        "ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration WebsiteURL"
    ),
    "AWS::S3::BucketPolicy": "Bucket* PolicyDocument*",
    "AWS::SNS::Subscription": (
        "Arn DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol* RawMessageDelivery RedrivePolicy Region "
        "ReplayPolicy SubscriptionRoleArn TopicArn*"
    ),
    "AWS::SNS::Topic": (
        "ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging DisplayName "
        "FifoThroughputScope FifoTopic KmsMasterKeyId MaximumMessageSize SignatureVersion Subscription Tags TopicArn "
        "TopicName TracingConfig"
    ),
    "AWS::SNS::TopicPolicy": "Id PolicyDocument* Topics*",
    "AWS::SQS::Queue": (
        "Arn ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit "
        "KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName QueueUrl "
        "ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout"
    ),
    "AWS::SQS::QueuePolicy": "Id PolicyDocument* Queues*",
    "AWS::SSM::Parameter": "AllowedPattern Arn DataType Description Name Policies Tags Tier Type* Value*",
    "AWS::Scheduler::Schedule": (
        "Arn Description EndDate FlexibleTimeWindow* GroupName KmsKeyArn Name ScheduleExpression* "
        "ScheduleExpressionTimezone StartDate State Target*"
    ),
    "AWS::Scheduler::ScheduleGroup": "Arn CreationDate LastModificationDate Name State Tags",
    "AWS::SecretsManager::ResourcePolicy": "BlockPublicPolicy Id ResourcePolicy* SecretId*",
    "AWS::SecretsManager::RotationSchedule": (
        "ExternalSecretRotationMetadata ExternalSecretRotationRoleArn HostedRotationLambda Id "
        "RotateImmediatelyOnUpdate RotationLambdaARN RotationRules SecretId*"
    ),
    "AWS::SecretsManager::Secret": (
        "Description GenerateSecretString Id KmsKeyId Name ReplicaRegions SecretString Tags Type"
    ),
    "AWS::StepFunctions::Activity": "Arn EncryptionConfiguration Name* Tags",
    "AWS::StepFunctions::StateMachine": (
        "Arn Definition DefinitionS3Location DefinitionString DefinitionSubstitutions EncryptionConfiguration "
        "LoggingConfiguration Name RoleArn* StateMachineName StateMachineRevisionId StateMachineType Tags "
        "TracingConfiguration"
    ),
    "AWS::StepFunctions::StateMachineAlias": (
        "Arn DeploymentPreference Description Name RoutingConfiguration StateMachineArn"
    ),
    "AWS::StepFunctions::StateMachineVersion": "Arn Description StateMachineArn* StateMachineRevisionId",
}
"""Type → its properties, a star behind those that must be given (documented; as cfn-lint has them)."""
