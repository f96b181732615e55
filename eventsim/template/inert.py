"""Which resources have no behaviour here, and what do their names and attributes look like all the same?

Permissions, networks, keys, alarms: a template may be full of them, and nothing that runs here asks. Their ARNs and ids
have AWS's form, so that what is built from them does too.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from msgspec import structs

from eventsim.template.site import Item, Made

Make = Callable[[Item], Awaitable[Made]]

SERVICES: Final[Mapping[str, str]] = {
    "ACMPCA": "there are no certificates",
    "ApplicationAutoScaling": "nothing scales but functions and mappings",
    "ApplicationInsights": "nothing is observed but by the trace",
    "AutoScaling": "there are no machines",
    "Backup": "nothing is backed up",
    "Budgets": "costs are in the summary of a run",
    "CertificateManager": "there are no certificates",
    "CloudFront": "there is no content delivery network",
    "CloudTrail": "the trace tells of every call",
    "CloudWatch": "nobody looks at streams of metrics and anomalies",
    "CodeArtifact": "packages come from this machine",
    "CodeBuild": "nothing is built",
    "CodeCommit": "there are no repositories",
    "CodeDeploy": "new versions take over at once: no traffic is shifted step by step, no hook runs",
    "CodePipeline": "nothing is built",
    "EC2": "there is no network",
    "ECR": "there are no container images",
    "ECS": "there are no containers",
    "EFS": "file systems are not mounted",
    "ElasticLoadBalancingV2": "load balancers are simulated as far as they lead to functions",
    "IAM": "it counts if permissions are told or enforced",
    "KMS": "nothing is encrypted",
    "ResourceGroups": "resources are not grouped",
    "Route53": "there are no names",
    "ServiceDiscovery": "there are no names",
    "Synthetics": "nothing is observed but by the trace",
    "WAFv2": "requests are not inspected",
    "XRay": "groups and sampling rules are made by the API only",
}
"""Services of which every resource type is accepted without behaviour, and why."""

TYPES: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::ClientCertificate": "there are no certificates",
    "AWS::ApiGateway::DomainNameV2": "APIs are called by their own addresses",
    "AWS::ApiGatewayV2::VpcLink": "there is no network",
    "AWS::CDK::Metadata": "it is statistics of CDK's",
    "AWS::Cognito::UserPoolDomain": "nobody signs in on a page",
    "AWS::EventSchemas::Discoverer": "schemas are not discovered",
    "AWS::EventSchemas::Registry": "schemas are not checked",
    "AWS::EventSchemas::Schema": "schemas are not checked",
    "AWS::Lambda::CodeSigningConfig": "signatures are not checked",
    "AWS::Lambda::LayerVersionPermission": "permissions are not checked",
    "AWS::SecretsManager::SecretTargetAttachment": "there is no database to attach to",
    "Custom::AWSCDKOpenIdConnectProvider": "permissions are not checked",
}
"""Single types that are accepted without behaviour, and why."""


def reason_of(kind: str) -> str:
    """Return why a type has no behaviour, "" if it is not one that we know to be inert."""
    parts = kind.split("::")
    return TYPES.get(kind) or (SERVICES.get(parts[1], "") if len(parts) == 3 and parts[0] == "AWS" else "")


async def make_inert(item: Item) -> Made:
    """Give a resource a name and nothing else."""
    item.taken |= set(item.properties)
    return placeholder(item, is_inert=True)


def if_offered(service: str, operation: str, make: Make) -> Make:
    """Return a maker that gives a resource a name and nothing else where nobody answers for the service."""

    async def made(item: Item) -> Made:
        if item.site.ground.offers(service, operation):
            return await make(item)
        return await make_inert(item)

    return made


_NAMES = (
    *("Name", "RoleName", "PolicyName", "ManagedPolicyName", "UserName", "GroupName", "AliasName", "AlarmName"),
    *(
        "DashboardName",
        "RepositoryName",
        "ClusterName",
        "BrokerName",
        "TopicName",
        "DomainName",
        "BucketName",
        "ProjectName",
    ),
    *("UserPoolName", "ClientName", "TableName", "DBInstanceIdentifier", "LogGroupName", "SecretId"),
)
"""Properties that are what `Ref` gives; of what is attached to a secret, that is the secret."""
_IDENTIFIED: Final[Mapping[str, str]] = {
    "AWS::EC2::EIP": "eipalloc",
    "AWS::EC2::InternetGateway": "igw",
    "AWS::EC2::NatGateway": "nat",
    "AWS::EC2::NetworkAcl": "acl",
    "AWS::EC2::RouteTable": "rtb",
    "AWS::EC2::SecurityGroup": "sg",
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::VPC": "vpc",
    "AWS::EC2::VPCEndpoint": "vpce",
}
"""Types whose id begins with a word, and the word."""
_ARNS: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::IAM::Group": ("iam", "group/{}"),
    "AWS::IAM::InstanceProfile": ("iam", "instance-profile/{}"),
    "AWS::IAM::ManagedPolicy": ("iam", "policy/{}"),
    "AWS::IAM::Role": ("iam", "role/{}"),
    "AWS::IAM::User": ("iam", "user/{}"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:{}"),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", "alarm:{}"),
    "AWS::KMS::Key": ("kms", "key/{}"),
    "AWS::StepFunctions::StateMachine": ("states", "stateMachine:{}"),
}
_WITH_ARN_AS_REFERENCE = frozenset(
    {
        *("AWS::IAM::ManagedPolicy", "AWS::CertificateManager::Certificate", "AWS::StepFunctions::StateMachine"),
        *("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster"),
    }
)
_DECLARED: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::AmazonMQ::Broker": ("broker", "broker:{}:b-{}"),
    "AWS::MSK::Cluster": ("kafka cluster", "cluster/{}/{}-1"),
    "AWS::MSK::ServerlessCluster": ("kafka cluster", "cluster/{}/{}-1"),
}
"""Types that a scenario may declare under the same name: where their ids come from, there as here, and their ARNs."""
_WITHOUT_REGION = frozenset({"iam", "cloudfront", "route53"})


def placeholder(item: Item, *, problem: str = "", is_inert: bool = False) -> Made:
    """Return a resource that has a name and whatever attributes are asked for, and does nothing."""
    kind, site = item.type, item.site
    name = next((str(item.properties[each]) for each in _NAMES if isinstance(item.properties.get(each), str)), "")
    if kind in _IDENTIFIED:
        name = f"{_IDENTIFIED[kind]}-{int(site.identifier(item.logical_id, characters=12), 36):017x}"[:24]
    elif kind == "AWS::KMS::Key":
        name = site.ground.chance.uuids("key", site.stack_name, item.logical_id)()
    name = name or item.name(characters_max=64)
    service, form = _ARNS.get(kind, (_service_of(kind), f"{_noun_of(kind)}/{{}}"))
    if kind in _DECLARED:
        luck, declared = _DECLARED[kind]
        form = declared.format("{}", site.ground.chance.uuids(luck, name)())
    path = str(item.properties.get("Path") or "/").strip("/")
    own = f"{path}/{name}" if path and service == "iam" else name
    arn = site.arn(service, form.format(own), region="" if service in _WITHOUT_REGION else None)
    known = {"Arn": arn, **dict.fromkeys(_ids_of(kind), name)}
    ref = arn if kind in _WITH_ARN_AS_REFERENCE else name
    attributes = Guessed({**_scalars(item.properties), **known}, arn, item.logical_id)
    return Made(physical_id=name, ref=ref, attributes=attributes, problem=problem, is_inert=is_inert)


def guessing(made: Made, logical_id: str) -> Made:
    """Return a resource without behaviour that was written down, again with whatever attributes are asked for."""
    if "Arn" not in made.attributes or not (made.is_inert or made.problem):
        return made
    return structs.replace(made, attributes=Guessed(made.attributes, str(made.attributes["Arn"]), logical_id))


def _scalars(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template says itself: `Fn::GetAtt` of a network's `CidrBlock` is its property."""
    return {name: value for name, value in properties.items() if isinstance(value, str | int | float)}


class Guessed(dict[str, Any]):
    """Attributes that have the form of AWS's, whichever is asked for."""

    def __init__(self, known: Mapping[str, Any], arn: str, logical_id: str) -> None:
        super().__init__(known)
        self._arn = arn
        self._logical_id = logical_id

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        if name.endswith(("Arn", "ARN")):
            return self._arn
        if name.endswith("Id"):
            return self._arn.rpartition("/")[2]
        return f"{self._logical_id}.{name}".lower()


def _ids_of(kind: str) -> tuple[str, ...]:
    noun = kind.rpartition("::")[2]
    return (f"{noun}Id", "Id", f"{noun}Name", "KeyId", "GroupId")


_ARN_SERVICES: Final[Mapping[str, str]] = {
    "AmazonMQ": "mq",
    "KinesisFirehose": "firehose",
    "MSK": "kafka",
    "OpenSearchService": "es",
}
"""Services that ARNs call otherwise than types do."""


def _service_of(kind: str) -> str:
    parts = kind.split("::")
    return _ARN_SERVICES.get(parts[1], parts[1].lower()) if len(parts) == 3 else "cloudformation"


def _noun_of(kind: str) -> str:
    return kind.rpartition("::")[2].lower()
