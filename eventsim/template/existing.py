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
from eventsim.template.site import Ground, asked, partition
from eventsim.template.stack import Declared, Stack, StackResource, Stacks
from eventsim.template.trouble import Existing, Taken


class _Search(Struct, frozen=True, kw_only=True, gc=False):
    """How something of a type is looked for.

    Attributes:
        named: the properties that make up its name; without the first of them CloudFormation gives it one.
        parameters: those of the operation, with properties in braces; what is empty then is left out.
        listed: the list in the answer and the member of its elements that is the name, if more may be in the answer.
        is_refused: whether the operation that would make it refuses what is there, in words of its own.
        words: what CloudFormation says of it, if it is not what it says of most types.
        is_handled: whether a handler says so, and not CloudFormation by itself.
    """

    named: tuple[str, ...]
    service: str
    operation: str
    parameters: Mapping[str, Any]
    listed: tuple[str, ...] = ()
    is_refused: bool = False
    words: str = ""
    is_handled: bool = True


def _by(
    named: str,
    service: str,
    operation: str,
    *,
    listed: str = "",
    is_refused: bool = False,
    words: str = "",
    is_handled: bool = True,
    **parameters: Any,
) -> _Search:
    return _Search(
        named=tuple(named.split()),
        service=service,
        operation=operation,
        parameters=parameters,
        listed=tuple(listed.split()),
        is_refused=is_refused,
        words=words,
        is_handled=is_handled,
    )


_ARN: Final = "arn:{partition}:SERVICE:{region}:{account}:"
_TOPIC: Final = _ARN.replace("SERVICE", "sns")
_STATES: Final = _ARN.replace("SERVICE", "states")
_RESOURCE: Final = "Resource of type '{type}' with identifier '{name}' already exists."
_LOG_GROUP: Final = _RESOURCE.replace("{name}", '{{"/properties/LogGroupName":"{name}"}}')
_FILTER: Final[Mapping[str, Any]] = {"logGroupName": "{LogGroupName}", "filterNamePrefix": "{FilterName}"}

_SEARCHES: Final[Mapping[str, _Search]] = {
    "AWS::CloudWatch::Alarm": _by(
        "AlarmName", "cloudwatch", "DescribeAlarms", listed="MetricAlarms AlarmName", AlarmNames=["{AlarmName}"]
    ),
    "AWS::CloudWatch::CompositeAlarm": _by(
        "AlarmName",
        "cloudwatch",
        "DescribeAlarms",
        listed="CompositeAlarms AlarmName",
        AlarmNames=["{AlarmName}"],
        AlarmTypes=["CompositeAlarm"],
    ),
    "AWS::CloudWatch::Dashboard": _by("DashboardName", "cloudwatch", "GetDashboard", DashboardName="{DashboardName}"),
    "AWS::DynamoDB::GlobalTable": _by("TableName", "dynamodb", "DescribeTable", TableName="{TableName}"),
    "AWS::DynamoDB::Table": _by("TableName", "dynamodb", "DescribeTable", TableName="{TableName}"),
    "AWS::Events::ApiDestination": _by("Name", "events", "DescribeApiDestination", is_refused=True, Name="{Name}"),
    "AWS::Events::Archive": _by(
        "ArchiveName", "events", "DescribeArchive", is_refused=True, ArchiveName="{ArchiveName}"
    ),
    "AWS::Events::Connection": _by("Name", "events", "DescribeConnection", is_refused=True, Name="{Name}"),
    "AWS::Events::EventBus": _by("Name", "events", "DescribeEventBus", is_refused=True, Name="{Name}"),
    "AWS::Events::Rule": _by(
        "Name EventBusName", "events", "DescribeRule", Name="{Name}", EventBusName="{EventBusName}"
    ),
    "AWS::Kinesis::Stream": _by("Name", "kinesis", "DescribeStreamSummary", is_refused=True, StreamName="{Name}"),
    "AWS::KinesisFirehose::DeliveryStream": _by(
        "DeliveryStreamName",
        "firehose",
        "DescribeDeliveryStream",
        is_refused=True,
        DeliveryStreamName="{DeliveryStreamName}",
    ),
    "AWS::Lambda::Function": _by(
        "FunctionName", "lambda", "GetFunction", is_refused=True, FunctionName="{FunctionName}"
    ),
    "AWS::Logs::LogGroup": _by(
        "LogGroupName",
        "logs",
        "DescribeLogGroups",
        listed="logGroups logGroupName",
        words=_LOG_GROUP,
        logGroupNamePrefix="{LogGroupName}",
    ),
    "AWS::Logs::MetricFilter": _by(
        "FilterName LogGroupName", "logs", "DescribeMetricFilters", listed="metricFilters filterName", **_FILTER
    ),
    "AWS::Logs::ResourcePolicy": _by(
        "PolicyName", "logs", "DescribeResourcePolicies", listed="resourcePolicies policyName"
    ),
    "AWS::Logs::SubscriptionFilter": _by(
        "FilterName LogGroupName",
        "logs",
        "DescribeSubscriptionFilters",
        listed="subscriptionFilters filterName",
        **_FILTER,
    ),
    "AWS::Pipes::Pipe": _by("Name", "pipes", "DescribePipe", is_refused=True, Name="{Name}"),
    "AWS::S3::Bucket": _by(
        "BucketName", "s3", "HeadBucket", words="{name} already exists", is_handled=False, Bucket="{BucketName}"
    ),
    "AWS::S3::BucketPolicy": _by(
        "Bucket",
        "s3",
        "GetBucketPolicy",
        words="The bucket policy already exists on bucket {name}.",
        Bucket="{Bucket}",
    ),
    "AWS::SNS::Topic": _by("TopicName", "sns", "GetTopicAttributes", TopicArn=_TOPIC + "{TopicName}"),
    "AWS::SQS::Queue": _by("QueueName", "sqs", "GetQueueUrl", QueueName="{QueueName}"),
    "AWS::SSM::Parameter": _by("Name", "ssm", "GetParameter", is_refused=True, Name="{Name}"),
    "AWS::Scheduler::Schedule": _by(
        "Name GroupName", "scheduler", "GetSchedule", is_refused=True, Name="{Name}", GroupName="{GroupName}"
    ),
    "AWS::Scheduler::ScheduleGroup": _by("Name", "scheduler", "GetScheduleGroup", is_refused=True, Name="{Name}"),
    "AWS::SecretsManager::Secret": _by("Name", "secretsmanager", "DescribeSecret", is_refused=True, SecretId="{Name}"),
    "AWS::StepFunctions::Activity": _by(
        "Name", "stepfunctions", "DescribeActivity", activityArn=_STATES + "activity:{Name}"
    ),
    "AWS::StepFunctions::StateMachine": _by(
        "StateMachineName",
        "stepfunctions",
        "DescribeStateMachine",
        stateMachineArn=_STATES + "stateMachine:{StateMachineName}",
    ),
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
    known = defaultdict(
        str,
        {name: properties[name] for name in search.named if properties.get(name)},
        partition=partition(ground.region),
    )
    known |= {"region": ground.region, "account": ground.account_id}
    parameters = {name: _filled(value, known) for name, value in search.parameters.items()}
    given = {name: value for name, value in parameters.items() if value}
    try:
        answer = await asked(ground, search.service, search.operation, given)
    except (ApiError, NotSimulated):
        return False
    if not search.listed:
        return True
    member, name = search.listed
    return any(each.get(name) == properties[search.named[0]] for each in answer.get(member) or ())


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    return value.format_map(known)
