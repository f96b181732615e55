"""Is there such a type of resources? Of services that are simulated CloudFormation's list is known, of others not.

Whatever looks like a type of another service, or of a third party, is taken for one.
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
