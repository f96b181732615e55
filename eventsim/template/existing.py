"""Is there something of this name already? A stack makes what it has, and takes over nothing that others made.

Some operations give back what is there, or put the new in the old one's place. So what a template names itself is
looked for before it is made.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim.errors import ApiError, NotSimulated
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Ground, asked
from eventsim.template.stack import Declared, Stack, StackResource, Stacks
from eventsim.template.trouble import Existing, Taken

_FUNCTIONS: Final = "functions"
"""Functions are no sources, and are known by their names."""


class _Search(Struct, frozen=True, kw_only=True, gc=False):
    """How something of a type is looked for: among the sources of the world, or by an operation.

    Attributes:
        named: the properties that make up its name; without the first of them CloudFormation gives it one.
        section: that of the sources; "" for an operation.
        ending: how its ARN ends, with properties in braces.
        operation: a service and one of its operations, which is not refused if there is nothing.
        parameters: those of the operation, with properties in braces; what is empty then is left out.
        listed: the list in the answer and the member of its elements that is the name; "" if any answer will do.
        is_refused: whether the operation that would make it refuses what is there, in words of its own.
        words: what CloudFormation says of it, if it is not what it says of most types.
        is_handled: whether a handler says so, and not CloudFormation by itself.
    """

    named: tuple[str, ...]
    section: str = ""
    ending: str = ""
    operation: str = ""
    parameters: Mapping[str, Any] = {}
    listed: str = ""
    is_refused: bool = False
    words: str = ""
    is_handled: bool = True


def _here(named: str, section: str, ending: str, **more: Any) -> _Search:
    return _Search(named=tuple(named.split()), section=section, ending=ending, **more)


def _asked(named: str, operation: str, listed: str, parameters: Mapping[str, Any], **more: Any) -> _Search:
    return _Search(named=tuple(named.split()), operation=operation, listed=listed, parameters=parameters, **more)


def _prefixed(named: str, operation: str, listed: str, prefix: str, **more: Any) -> _Search:
    return _asked(named, operation, listed, {prefix: f"{{{named}}}"}, **more)


_RESOURCE: Final = "Resource of type '{type}' with identifier '{name}' already exists."
_LOG_GROUP: Final = _RESOURCE.replace("{name}", '{{"/properties/LogGroupName":"{name}"}}')
_FILTER: Final = {"logGroupName": "{LogGroupName}", "filterNamePrefix": "{FilterName}"}
_ALARM: Final = {"AlarmNames": ["{AlarmName}"]}
_PARAMETER: Final = {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["{Name}"]}]}

_SEARCHES: Final[Mapping[str, _Search]] = {
    "AWS::CloudWatch::Alarm": _asked("AlarmName", "cloudwatch DescribeAlarms", "MetricAlarms AlarmName", _ALARM),
    "AWS::CloudWatch::CompositeAlarm": _asked(
        "AlarmName",
        "cloudwatch DescribeAlarms",
        "CompositeAlarms AlarmName",
        {**_ALARM, "AlarmTypes": ["CompositeAlarm"]},
    ),
    "AWS::CloudWatch::Dashboard": _prefixed(
        "DashboardName", "cloudwatch ListDashboards", "DashboardEntries DashboardName", "DashboardNamePrefix"
    ),
    "AWS::DynamoDB::GlobalTable": _here("TableName", "tables", ":table/{TableName}"),
    "AWS::DynamoDB::Table": _here("TableName", "tables", ":table/{TableName}"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _asked(
        "Name", "elbv2 DescribeLoadBalancers", "LoadBalancers LoadBalancerName", {}
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _asked(
        "Name", "elbv2 DescribeTargetGroups", "TargetGroups TargetGroupName", {}
    ),
    "AWS::Events::ApiDestination": _prefixed(
        "Name", "events ListApiDestinations", "ApiDestinations Name", "NamePrefix", is_refused=True
    ),
    "AWS::Events::Archive": _prefixed(
        "ArchiveName", "events ListArchives", "Archives ArchiveName", "NamePrefix", is_refused=True
    ),
    "AWS::Events::Connection": _prefixed(
        "Name", "events ListConnections", "Connections Name", "NamePrefix", is_refused=True
    ),
    "AWS::Events::EventBus": _here("Name", "buses", ":event-bus/{Name}", is_refused=True),
    "AWS::Events::Rule": _here("Name EventBusName", "rules", ":rule/{bus}{Name}"),
    "AWS::Kinesis::Stream": _here("Name", "streams", ":stream/{Name}", is_refused=True),
    "AWS::KinesisFirehose::DeliveryStream": _here(
        "DeliveryStreamName", "delivery_streams", ":deliverystream/{DeliveryStreamName}", is_refused=True
    ),
    "AWS::Lambda::Function": _here("FunctionName", _FUNCTIONS, "{FunctionName}", is_refused=True),
    "AWS::Logs::LogGroup": _prefixed(
        "LogGroupName", "logs DescribeLogGroups", "logGroups logGroupName", "logGroupNamePrefix", words=_LOG_GROUP
    ),
    "AWS::Logs::MetricFilter": _asked(
        "FilterName LogGroupName", "logs DescribeMetricFilters", "metricFilters filterName", _FILTER
    ),
    "AWS::Logs::ResourcePolicy": _asked(
        "PolicyName", "logs DescribeResourcePolicies", "resourcePolicies policyName", {}
    ),
    "AWS::Logs::SubscriptionFilter": _asked(
        "FilterName LogGroupName", "logs DescribeSubscriptionFilters", "subscriptionFilters filterName", _FILTER
    ),
    "AWS::Pipes::Pipe": _here("Name", "pipes", ":pipe/{Name}", is_refused=True),
    "AWS::S3::Bucket": _here(
        "BucketName", "buckets", ":::{BucketName}", words="{name} already exists", is_handled=False
    ),
    "AWS::S3::BucketPolicy": _asked(
        "Bucket",
        "s3 GetBucketPolicy",
        "",
        {"Bucket": "{Bucket}"},
        words="The bucket policy already exists on bucket {name}.",
    ),
    "AWS::SNS::Topic": _here("TopicName", "topics", ":{TopicName}"),
    "AWS::SQS::Queue": _here("QueueName", "queues", ":{QueueName}"),
    "AWS::SSM::Parameter": _asked("Name", "ssm DescribeParameters", "Parameters Name", _PARAMETER, is_refused=True),
    "AWS::Scheduler::Schedule": _here("Name GroupName", "schedules", ":schedule/{group}/{Name}", is_refused=True),
    "AWS::Scheduler::ScheduleGroup": _prefixed(
        "Name", "scheduler ListScheduleGroups", "ScheduleGroups Name", "NamePrefix", is_refused=True
    ),
    "AWS::SecretsManager::Secret": _asked(
        "Name",
        "secretsmanager ListSecrets",
        "SecretList Name",
        {"Filters": [{"Key": "name", "Values": ["{Name}"]}]},
        is_refused=True,
    ),
    "AWS::StepFunctions::Activity": _asked("Name", "stepfunctions ListActivities", "activities name", {}),
    "AWS::StepFunctions::StateMachine": _here("StateMachineName", "state_machines", ":stateMachine:{StateMachineName}"),
}
"""Types of which a template names some itself, with how one of them is looked for."""
_NEVER_TAKEN: Final = ("AWS::SecretsManager::Secret",)
"""Types of which each has an ARN of its own, whatever it is called: CloudFormation sees no stack that has it."""


def check_unowned(stacks: Stacks, declared: Declared, properties: Mapping[str, Any]) -> None:
    """See that no resource of a stack has the name of a new one.

    Raises:
        Taken: one has.
    """
    name = () if declared.type in _NEVER_TAKEN else _name(declared.type, properties)
    for stack, other in _resources(stacks) if name else ():
        is_there = other.made is not None and other.status != "DELETE_COMPLETE" and other.declared is not declared
        if is_there and other.declared.type == declared.type and _name(declared.type, other.properties) == name:
            raise Taken(name[0], other.physical_id, other.logical_id, stack.name, stack.identifier)


async def check_absent(ground: Ground, declared: Declared, properties: Mapping[str, Any]) -> None:
    """See that there is nothing of the name of a new resource, unless the operation that makes it looks itself.

    Raises:
        Existing: there is.
    """
    search = _SEARCHES.get(declared.type)
    if search is not None and not search.is_refused:
        found = await existing(ground, declared.type, properties)
        if found is not None:
            raise found


async def existing(ground: Ground, type_name: str, properties: Mapping[str, Any]) -> Existing | None:
    """Return what CloudFormation says if there is something of a resource's own name already."""
    search, name = _SEARCHES.get(type_name), _name(type_name, properties)
    if search is None or not name or not await _is_there(ground, search, properties):
        return None
    words = (search.words or _RESOURCE).format(type=type_name, name=name[0])
    return Existing(words, is_handled=search.is_handled)


def _resources(stacks: Stacks) -> Iterator[tuple[Stack, StackResource]]:
    for stack in stacks.all():
        for resource in stack.resources.values():
            yield stack, resource


def _name(type_name: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parts of the name that a resource has of its own, () if it has none."""
    search = _SEARCHES.get(type_name)
    if search is None or not properties.get(search.named[0]):
        return ()
    return tuple(as_text(properties.get(each) or "") for each in search.named)


async def _is_there(ground: Ground, search: _Search, properties: Mapping[str, Any]) -> bool:
    known = defaultdict(str, {name: as_text(properties[name]) for name in search.named if properties.get(name)})
    bus = known["EventBusName"].rpartition("/")[2]
    known |= {"bus": "" if bus in ("", "default") else f"{bus}/", "group": known["GroupName"] or "default"}
    if search.section == _FUNCTIONS:
        return search.ending.format_map(known) in ground.functions
    if search.section:
        ending = search.ending.format_map(known)
        return any(source.arn.endswith(ending) for source in ground.sources(search.section).values())
    service, _, operation = search.operation.partition(" ")
    parameters = {name: value for name, value in _filled(search.parameters, known).items() if value}
    try:
        answer = await asked(ground, service, operation, parameters)
    except (ApiError, NotSimulated):
        return False
    member, _, name = search.listed.partition(" ")
    return not member or any(each.get(name) == known[search.named[0]] for each in answer.get(member) or ())


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return value.format_map(known)
