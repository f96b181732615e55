"""Is there such a type of resources? Of services that are simulated CloudFormation's list is known, of others not.

Whatever looks like a type of another service, or of a third party, is taken for one. There may be services that are
newer than the list of those that have types: clients are told that there is no such type, and who deploys a template of
their own is not stopped.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

from eventsim.spelling import did_you_mean

AS_OF: Final = "2026-10"
"""When the lists were those of CloudFormation's registry; it grows month by month."""

KNOWN: Final[Mapping[str, str]] = {
    "ApiGateway": (
        "Account ApiKey Authorizer BasePathMapping BasePathMappingV2 ClientCertificate Deployment DocumentationPart "
        "DocumentationVersion DomainName DomainNameAccessAssociation DomainNameV2 GatewayResponse Method Model "
        "RequestValidator Resource RestApi Stage UsagePlan UsagePlanKey VpcLink"
    ),
    "ApiGatewayV2": (
        "Api ApiGatewayManagedOverrides ApiMapping Authorizer Deployment DomainName Integration IntegrationResponse "
        "Model PortalProduct Route RouteResponse RoutingRule Stage VpcLink"
    ),
    "AppConfig": (
        "Application ConfigurationProfile Deployment DeploymentStrategy Environment ExperimentDefinition "
        "ExperimentRun Extension ExtensionAssociation HostedConfigurationVersion"
    ),
    "CDK": "Metadata",
    "CloudFormation": (
        "ChangeSet CustomResource GeneratedTemplate GuardHook HookDefaultVersion HookTypeConfig HookVersion "
        "LambdaHook Macro ModuleDefaultVersion ModuleVersion PublicTypeVersion Publisher ResourceDefaultVersion "
        "ResourceVersion Stack StackSet TypeActivation WaitCondition WaitConditionHandle"
    ),
    "CloudWatch": (
        "AccessGrant AccessProfile Alarm AlarmMuteRule AnomalyDetector CompositeAlarm Dashboard Domain "
        "DomainAccessGrantForOrganization DomainForOrganization InsightRule Integration LogAlarm MetricStream "
        "OTelEnrichment OmniDashboard ResourceMetricsConfiguration Space View"
    ),
    "Cognito": (
        "IdentityPool IdentityPoolPrincipalTag IdentityPoolRoleAttachment LogDeliveryConfiguration "
        "ManagedLoginBranding Terms UserPool UserPoolClient UserPoolDomain UserPoolGroup UserPoolIdentityProvider "
        "UserPoolRegionalConfigurationAttachment UserPoolReplica UserPoolResourceServer "
        "UserPoolRiskConfigurationAttachment UserPoolUICustomizationAttachment UserPoolUser "
        "UserPoolUserToGroupAttachment"
    ),
    "DynamoDB": "Backup GlobalTable Table",
    "ElasticLoadBalancingV2": (
        "Listener ListenerCertificate ListenerRule LoadBalancer TargetGroup TrustStore TrustStoreRevocation"
    ),
    "EventSchemas": "Discoverer Registry RegistryPolicy Schema",
    "Events": "ApiDestination Archive Connection Endpoint EventBus EventBusPolicy Rule",
    "IAM": (
        "AccessKey Group GroupPolicy InstanceProfile ManagedPolicy OIDCProvider Policy Role RolePolicy SAMLProvider "
        "ServerCertificate ServiceLinkedRole User UserPolicy UserToGroupAddition VirtualMFADevice"
    ),
    "KMS": "Alias Key ReplicaKey",
    "Kinesis": "Channel ResourcePolicy Stream StreamConsumer",
    "KinesisFirehose": "DeliveryStream",
    "Lambda": (
        "Alias CapacityProvider CodeSigningConfig EventInvokeConfig EventSourceMapping Function LayerVersion "
        "LayerVersionPermission MicrovmImage NetworkConnector Permission ResourcePolicy Url Version WebFunction "
        "WebFunctionEndpoint WebFunctionRevision"
    ),
    "Logs": (
        "AccountPolicy Delivery DeliveryDestination DeliverySource Destination Integration LogAnomalyDetector "
        "LogGroup LogStream MetricFilter QueryDefinition ResourcePolicy ScheduledQuery StorageTierPolicy "
        "SubscriptionFilter Transformer"
    ),
    "Pipes": "Pipe",
    "S3": (
        "AccessGrant AccessGrantsInstance AccessGrantsLocation AccessPoint Bucket BucketPolicy "
        "MultiRegionAccessPoint MultiRegionAccessPointPolicy StorageLens StorageLensGroup"
    ),
    "SNS": "Subscription Topic TopicInlinePolicy TopicPolicy",
    "SQS": "Queue QueueInlinePolicy QueuePolicy",
    "SSM": (
        "Association CloudConnector Document MaintenanceWindow MaintenanceWindowTarget MaintenanceWindowTask OpsItem "
        "Parameter PatchBaseline ResourceDataSync ResourcePolicy ServiceSetting"
    ),
    "Scheduler": "Schedule ScheduleGroup",
    "SecretsManager": "ResourcePolicy RotationSchedule Secret SecretTargetAttachment",
    "Serverless": (
        "Api Application CapacityProvider Connector Function GraphQLApi HttpApi LayerVersion MicrovmImage "
        "NetworkConnector SimpleTable StateMachine WebFunction WebSocketApi"
    ),
    "StepFunctions": "Activity StateMachine StateMachineAlias StateMachineVersion",
    "XRay": "Group ResourcePolicy SamplingRule TransactionSearchConfig",
}
"""Service → all of its types, those of SAM too (documented; as CDK and cfn-lint have them)."""

OTHERS: Final = (
    "ACMPCA AIOps APS ARCRegionSwitch ARCZonalShift AWSExternalAnthropic AccessAnalyzer AccountAccess AgentRegistry "
    "AmazonMQ Amplify AmplifyUIBuilder AppFabric AppFlow AppIntegrations AppMesh AppRunner AppStream AppSync AppTest "
    "ApplicationAutoScaling ApplicationInsights ApplicationSignals Athena AuditManager AutoScaling AutoScalingPlans "
    "B2BI BCM BCMDataExports Backup BackupGateway Batch BcmPricingCalculator Bedrock BedrockAgentCore BedrockMantle "
    "Billing BillingConductor Braket Budgets CE CUR Cases Cassandra CertificateManager Chatbot Chime CleanRooms "
    "CleanRoomsML Cloud9 CloudFront CloudHSM CloudTrail CodeArtifact CodeBuild CodeCommit CodeConnections CodeDeploy "
    "CodeGuruProfiler CodeGuruReviewer CodePipeline CodeStar CodeStarConnections CodeStarNotifications Comprehend "
    "ComputeOptimizer Config Connect ConnectCampaigns ConnectCampaignsV2 ControlTower CustomerProfiles DAX DLM DMS "
    "DRS DSQL DataBrew DataExchange DataPipeline DataSync DataZone Deadline Detective DevOpsAgent DevOpsGuru "
    "DeviceFarm DirectConnect DirectoryService DocDB DocDBElastic EC2 ECR ECS EFS EKS EMR EMRContainers EMRServerless "
    "EVS ElastiCache ElasticBeanstalk ElasticLoadBalancing Elasticsearch ElementalInference EntityResolution EventsV2 "
    "Evidently FIS FMS FSx FinSpace Forecast FraudDetector GameLift GameLiftStreams GammaDilithium GlobalAccelerator "
    "Glue Grafana Greengrass GreengrassV2 GroundStation GuardDuty HealthAgent HealthImaging HealthLake IVS IVSChat "
    "IdentityStore ImageBuilder Inspector InspectorV2 Interconnect InternetMonitor Invoicing IoT IoTAnalytics "
    "IoTCoreDeviceAdvisor IoTEvents IoTFleetWise IoTManagedIntegrations IoTSecureTunneling IoTSiteWise IoTThingsGraph "
    "IoTTwinMaker IoTWireless KafkaConnect Kendra KendraRanking KinesisAnalytics KinesisAnalyticsV2 KinesisVideo "
    "LakeFormation LaunchWizard Lex LicenseManager LicenseManagerLinuxSubscriptions LicenseManagerUserSubscriptions "
    "Lightsail Location LookoutEquipment LookoutVision M2 MGN MPA MSK MWAA MWAAServerless Macie ManagedBlockchain "
    "MediaConnect MediaConvert MediaLive MediaPackage MediaPackageV2 MediaStore MediaTailor MemoryDB Neptune "
    "NeptuneGraph NetworkFirewall NetworkFlowMonitor NetworkManager NetworkMonitor NetworkSecurityManager "
    "NimbleStudio Notifications NotificationsContacts NovaAct ODB OSIS Oam ObservabilityAdmin Omics OpenSearch "
    "OpenSearchServerless OpenSearchService OpsWorks Organizations Outposts PCAConnectorAD PCAConnectorSCEP PCS PI "
    "Panorama PaymentCryptography Personalize Pinpoint PinpointEmail Polly PricingPlanManager Proton QBusiness QLDB "
    "QuickSight RAM RDS RTBFabric RUM Rbin Redshift RedshiftServerless RefactorSpaces Rekognition ResilienceHub "
    "ResilienceHubV2 ResourceExplorer2 ResourceGroups RoboMaker RolesAnywhere Route53 Route53GlobalResolver "
    "Route53Profiles Route53RecoveryControl Route53RecoveryReadiness Route53Resolver S3Express S3Files S3ObjectLambda "
    "S3Outposts S3Tables S3Vectors SCN SDB SES SMSVOICE SSMContacts SSMGuiConnect SSMIncidents SSMQuickSetup SSO "
    "SageMaker SecurityAgent SecurityHub SecurityLake ServerlessRepo ServiceCatalog ServiceCatalogAppRegistry "
    "ServiceDiscovery Shield Signer SimSpaceWeaver StorageGateway SupportApp SupportAuthZ Synthetics "
    "SystemsManagerSAP Textract Timestream Transcribe Transfer Translate UXC VerifiedPermissions VoiceID VpcLattice "
    "WAF WAFRegional WAFv2 WellArchitected Wickr Wisdom WorkSpaces WorkSpacesThinClient WorkSpacesWeb "
    "WorkspacesInstances"
)
"""Services that have types, too, of which nothing more is known here."""

_FORM = re.compile(r"\w{2,64}::\w{2,64}::\w{2,64}(::MODULE)?", re.ASCII)
_SAM: Final = "AWS::Serverless::"
_NEAR: Final = 0.8
"""How much of a service's name must be right so that it is taken for a slip of the pen."""


def mistake_in(type_name: str, *, is_sam: bool) -> str:
    """Return why CloudFormation does not recognise a type, "" if it does or may.

    Args:
        is_sam: whether the template asks for SAM's transform.
    """
    if type_name.startswith("Custom::"):
        return ""
    if not _FORM.fullmatch(type_name):
        return f"`{type_name}` is no resource type; types are such as `AWS::SQS::Queue` or `Custom::Name`"
    vendor, service, noun = type_name.split("::")[:3]
    if vendor != "AWS":
        is_slip = vendor.upper() == "AWS"
        return f"`{type_name}` is no resource type; AWS's begin with `AWS::`" if is_slip else ""
    if type_name.startswith(_SAM) and not is_sam:
        return f"`{type_name}` is a type of SAM's, and the template has no `Transform: AWS::Serverless-2016-10-31`"
    nouns = KNOWN.get(service, noun).split()
    if noun in nouns:
        return ""
    return f"`{type_name}` is no resource type of CloudFormation's (as of {AS_OF}){did_you_mean(noun, nouns)}"


def is_unheard_of(type_name: str) -> bool:
    """Tell whether a type is one of a service that has no types."""
    vendor, service, *_ = [*type_name.split("::"), ""]
    return vendor == "AWS" and service not in KNOWN and service not in OTHERS.split()


def refusal(type_names: Iterable[str]) -> str:
    """Return what CloudFormation says of types that it does not recognise."""
    return f"Template format error: Unrecognized resource types: [{', '.join(dict.fromkeys(type_names))}]"


def perhaps_meant(type_name: str) -> str:
    """Return `; did you mean …?` for a type of a service that has nearly the name of one that has such a type."""
    _, service, noun = type_name.split("::")[:3]
    if service in KNOWN:
        return ""
    near = difflib.get_close_matches(service, KNOWN, n=1, cutoff=_NEAR)
    return f"; did you mean `AWS::{near[0]}::{noun}`?" if near and noun in KNOWN[near[0]].split() else ""
