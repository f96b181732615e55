"""Which resources bear tags, and by which operations of their own service are they listed, read and tagged?"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct


class Kind(Struct, frozen=True, kw_only=True):
    """A sort of resources that bear tags.

    Attributes:
        type: what filters call it: a service and a sort.
        service: the service that has it, by boto3's name.
        lists: the operation that lists them, and the member of its answer in which they stand.
        asks: what that operation is asked beside.
        pages: under which names the next page is asked for, and told of.
        within: the operation that lists what they stand in, its member, the name in that, and under which it is asked.
        arn: the member of an item that is its ARN; if items have none, a text into which region, account and name go.
        name: the member of an item by which operations on tags know it, "" for the ARN.
        by: under which name these operations take it; `[]` behind it means in a list.
        reads: the operation that tells the tags, and the member of its answer.
        tag: the operation that sets tags.
        untag: the operation that takes tags away.
        member: under which name tags are set.
        form: how tags are set: as a map, or as a list of pairs whose first member has this name.
        extra: what operations on tags are asked beside.
    """

    type: str
    service: str
    lists: tuple[str, str]
    asks: Mapping[str, Any] = {}
    pages: tuple[str, str] = ("NextToken", "NextToken")
    within: tuple[str, str, str, str] | None = None
    arn: str
    name: str = ""
    by: str = "ResourceArn"
    reads: tuple[str, str] = ("ListTagsForResource", "Tags")
    tag: str = "TagResource"
    untag: str = "UntagResource"
    member: str = "Tags"
    form: str = "Key"
    extra: Mapping[str, Any] = {}

    @property
    def keys_member(self) -> str:
        """Under which name the keys are told that are to go."""
        return "TagKeys" if self.member[0].isupper() else "tagKeys"


_alarm = partial(Kind, type="cloudwatch:alarm", service="cloudwatch", arn="AlarmArn", by="ResourceARN")
_balancer = partial(
    Kind,
    service="elbv2",
    pages=("Marker", "NextMarker"),
    by="ResourceArns[]",
    reads=("DescribeTags", "TagDescriptions"),
    tag="AddTags",
    untag="RemoveTags",
)
_in_small_letters = partial(Kind, by="resourceArn", reads=("ListTagsForResource", "tags"), member="tags", form="")
_of_applications = partial(
    Kind, service="appconfig", within=("ListApplications", "Items", "Id", "ApplicationId"), form=""
)
_of_events = partial(Kind, service="events", arn="Arn", by="ResourceARN")
_of_lambda = partial(
    Kind, service="lambda", pages=("Marker", "NextMarker"), by="Resource", reads=("ListTags", "Tags"), form=""
)
_of_states = partial(_in_small_letters, service="stepfunctions", pages=("nextToken", "nextToken"), form="key")

KINDS = (
    _in_small_letters(
        type="apigateway:restapis",
        service="apigateway",
        lists=("GetRestApis", "items"),
        pages=("position", "position"),
        arn="arn:aws:apigateway:{region}::/restapis/{id}",
        reads=("GetTags", "tags"),
    ),
    Kind(
        type="apigateway:apis",
        service="apigatewayv2",
        lists=("GetApis", "Items"),
        arn="arn:aws:apigateway:{region}::/apis/{ApiId}",
        reads=("GetTags", "Tags"),
        form="",
    ),
    Kind(
        type="appconfig:application",
        service="appconfig",
        lists=("ListApplications", "Items"),
        arn="arn:aws:appconfig:{region}:{account}:application/{Id}",
        form="",
    ),
    _of_applications(
        type="appconfig:configurationprofile",
        lists=("ListConfigurationProfiles", "Items"),
        arn="arn:aws:appconfig:{region}:{account}:application/{ApplicationId}/configurationprofile/{Id}",
    ),
    _of_applications(
        type="appconfig:environment",
        lists=("ListEnvironments", "Items"),
        arn="arn:aws:appconfig:{region}:{account}:application/{ApplicationId}/environment/{Id}",
    ),
    _alarm(lists=("DescribeAlarms", "MetricAlarms"), asks={"AlarmTypes": ["MetricAlarm"]}),
    _alarm(lists=("DescribeAlarms", "CompositeAlarms"), asks={"AlarmTypes": ["CompositeAlarm"]}),
    Kind(
        type="dynamodb:table",
        service="dynamodb",
        lists=("ListTables", "TableNames"),
        pages=("ExclusiveStartTableName", "LastEvaluatedTableName"),
        arn="arn:aws:dynamodb:{region}:{account}:table/{name}",
        reads=("ListTagsOfResource", "Tags"),
    ),
    _balancer(
        type="elasticloadbalancing:loadbalancer",
        lists=("DescribeLoadBalancers", "LoadBalancers"),
        arn="LoadBalancerArn",
    ),
    _balancer(
        type="elasticloadbalancing:targetgroup", lists=("DescribeTargetGroups", "TargetGroups"), arn="TargetGroupArn"
    ),
    _of_events(type="events:event-bus", lists=("ListEventBuses", "EventBuses")),
    _of_events(
        type="events:rule",
        lists=("ListRules", "Rules"),
        within=("ListEventBuses", "EventBuses", "Name", "EventBusName"),
    ),
    Kind(
        type="firehose:deliverystream",
        service="firehose",
        lists=("ListDeliveryStreams", "DeliveryStreamNames"),
        asks={"Limit": 10_000},
        arn="arn:aws:firehose:{region}:{account}:deliverystream/{name}",
        name="name",
        by="DeliveryStreamName",
        reads=("ListTagsForDeliveryStream", "Tags"),
        tag="TagDeliveryStream",
        untag="UntagDeliveryStream",
    ),
    Kind(
        type="kinesis:stream",
        service="kinesis",
        lists=("ListStreams", "StreamNames"),
        arn="arn:aws:kinesis:{region}:{account}:stream/{name}",
        by="ResourceARN",
        form="",
    ),
    _of_lambda(type="lambda:function", lists=("ListFunctions", "Functions"), arn="FunctionArn"),
    _of_lambda(
        type="lambda:event-source-mapping",
        lists=("ListEventSourceMappings", "EventSourceMappings"),
        arn="EventSourceMappingArn",
    ),
    _in_small_letters(
        type="logs:log-group",
        service="logs",
        lists=("DescribeLogGroups", "logGroups"),
        pages=("nextToken", "nextToken"),
        arn="logGroupArn",
    ),
    _in_small_letters(type="pipes:pipe", service="pipes", lists=("ListPipes", "Pipes"), arn="Arn"),
    Kind(
        type="s3:bucket",
        service="s3",
        lists=("ListBuckets", "Buckets"),
        pages=("ContinuationToken", "ContinuationToken"),
        arn="arn:aws:s3:::{Name}",
        name="Name",
        by="Bucket",
        reads=("GetBucketTagging", "TagSet"),
        tag="PutBucketTagging",
        untag="PutBucketTagging",
    ),
    Kind(
        type="scheduler:schedule-group", service="scheduler", lists=("ListScheduleGroups", "ScheduleGroups"), arn="Arn"
    ),
    Kind(
        type="secretsmanager:secret",
        service="secretsmanager",
        lists=("ListSecrets", "SecretList"),
        arn="ARN",
        by="SecretId",
        reads=("DescribeSecret", "Tags"),
    ),
    Kind(type="sns:topic", service="sns", lists=("ListTopics", "Topics"), arn="TopicArn"),
    Kind(
        type="sqs:queue",
        service="sqs",
        lists=("ListQueues", "QueueUrls"),
        arn="arn:aws:sqs:{region}:{account}:{last}",
        name="name",
        by="QueueUrl",
        reads=("ListQueueTags", "Tags"),
        tag="TagQueue",
        untag="UntagQueue",
        form="",
    ),
    Kind(
        type="ssm:parameter",
        service="ssm",
        lists=("DescribeParameters", "Parameters"),
        arn="ARN",
        name="Name",
        by="ResourceId",
        reads=("ListTagsForResource", "TagList"),
        tag="AddTagsToResource",
        untag="RemoveTagsFromResource",
        extra={"ResourceType": "Parameter"},
    ),
    _of_states(type="states:activity", lists=("ListActivities", "activities"), arn="activityArn"),
    _of_states(type="states:stateMachine", lists=("ListStateMachines", "stateMachines"), arn="stateMachineArn"),
)
"""What is found; resources of services that moto answers are not."""
