"""How is a resource tagged: by its template, by its stack, by CloudFormation, which marks what it makes?

Tags come with the operation that makes a resource. Later ones are put on it, and those that are no more taken off, by
operations that every service calls otherwise.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from eventsim.template.fit import fit
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made, input_shape, tags_of


class _Tagging(Struct, frozen=True, kw_only=True, gc=False):
    """How one type of resource is tagged.

    Attributes:
        add, remove: the operations, each with its parameters for the resource and the tags or their keys.
        attribute: what identifies the resource, "" for its physical id.
        path: for parts of the gateway, the end of the ARN that identifies them.
        more: further parameters of both.
    """

    service: str
    add: tuple[str, str, str]
    remove: tuple[str, str, str]
    attribute: str = ""
    path: str = ""
    more: Mapping[str, Any] = {}

    def identifier(self, item: Item, made: Made) -> str:
        """Return what the operations call the resource."""
        if self.path:
            given = {name: item.properties.get(name) for name in ("ApiId", "RestApiId")}
            return item.site.arn("apigateway", self.path.format(made.physical_id, **given), account="")
        identifier = as_text(made.attributes[self.attribute]) if self.attribute else made.physical_id
        return identifier.removesuffix(":*")  # of log groups: their tags are not those of their streams


def _tagging(
    service: str, resource: str, *, attribute: str = "", path: str = "", words: str = "TagResource UntagResource"
) -> _Tagging:
    """Return how the many services tag that call it nearly the same."""
    add, remove = words.split()
    lowered = resource[0].islower()
    tags, keys = ("tags", "tagKeys") if lowered else ("Tags", "TagKeys")
    return _Tagging(
        service=service,
        add=(add, resource, tags),
        remove=(remove, resource, keys),
        attribute=attribute,
        path=path,
    )


TAGGINGS: Final[Mapping[str, _Tagging]] = {
    "AWS::ApiGateway::RestApi": _tagging("apigateway", "resourceArn", path="/restapis/{}"),
    "AWS::ApiGateway::Stage": _tagging("apigateway", "resourceArn", path="/restapis/{RestApiId}/stages/{}"),
    "AWS::ApiGatewayV2::Api": _tagging("apigatewayv2", "ResourceArn", path="/apis/{}"),
    "AWS::ApiGatewayV2::Stage": _tagging("apigatewayv2", "ResourceArn", path="/apis/{ApiId}/stages/{}"),
    "AWS::CloudWatch::Alarm": _tagging("cloudwatch", "ResourceARN", attribute="Arn"),
    "AWS::CloudWatch::CompositeAlarm": _tagging("cloudwatch", "ResourceARN", attribute="Arn"),
    "AWS::DynamoDB::Table": _tagging("dynamodb", "ResourceArn", attribute="Arn"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _tagging("elbv2", "ResourceArns", words="AddTags RemoveTags"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _tagging("elbv2", "ResourceArns", words="AddTags RemoveTags"),
    "AWS::Events::EventBus": _tagging("events", "ResourceARN", attribute="Arn"),
    "AWS::Events::Rule": _tagging("events", "ResourceARN", attribute="Arn"),
    "AWS::Kinesis::Stream": _tagging("kinesis", "StreamName", words="AddTagsToStream RemoveTagsFromStream"),
    "AWS::KinesisFirehose::DeliveryStream": _tagging(
        "firehose", "DeliveryStreamName", words="TagDeliveryStream UntagDeliveryStream"
    ),
    "AWS::Lambda::EventSourceMapping": _tagging("lambda", "Resource", attribute="EventSourceMappingArn"),
    "AWS::Lambda::Function": _tagging("lambda", "Resource", attribute="Arn"),
    "AWS::Logs::LogGroup": _tagging("logs", "resourceArn", attribute="Arn"),
    "AWS::Pipes::Pipe": _tagging("pipes", "resourceArn", attribute="Arn"),
    "AWS::SNS::Topic": _tagging("sns", "ResourceArn"),
    "AWS::SQS::Queue": _tagging("sqs", "QueueUrl", words="TagQueue UntagQueue"),
    "AWS::SSM::Parameter": _Tagging(
        service="ssm",
        add=("AddTagsToResource", "ResourceId", "Tags"),
        remove=("RemoveTagsFromResource", "ResourceId", "TagKeys"),
        more={"ResourceType": "Parameter"},
    ),
    "AWS::Scheduler::ScheduleGroup": _tagging("scheduler", "ResourceArn", attribute="Arn"),
    "AWS::SecretsManager::Secret": _tagging("secretsmanager", "SecretId"),
    "AWS::StepFunctions::Activity": _tagging("stepfunctions", "resourceArn"),
    "AWS::StepFunctions::StateMachine": _tagging("stepfunctions", "resourceArn"),
}
"""Types of which tags can change later, but for buckets, whose tags are one setting."""


_BUCKET: Final = "AWS::S3::Bucket"
_UNMARKED: Final = (_BUCKET, "AWS::KinesisFirehose::DeliveryStream")
"""Types on which the operations of their services put no tags of AWS's own."""


def is_tagged(kind: str) -> bool:
    """Tell whether resources of a type get the tags of their stack."""
    return kind in TAGGINGS or kind == _BUCKET


def marked(kind: str, given: Any, of_stack: Mapping[str, str], marks: Mapping[str, str]) -> Any:
    """Return the tags of a resource with those of its stack, which its own ones precede.

    Args:
        marks: what CloudFormation says of the resource: stack and logical id.
    """
    if not is_tagged(kind):
        return given
    all_tags = {**of_stack, **tags_of(given), **({} if kind in _UNMARKED else marks)}
    return [{"Key": key, "Value": value} for key, value in all_tags.items()] or None


async def retag(item: Item, made: Made, old: Mapping[str, str]) -> None:
    """Give a resource the tags that it shall have, and take off those of before that it shall not.

    Args:
        old: the tags that it has from its template.
    """
    tagging, tags = TAGGINGS[item.type], item.tags()
    gone = [key for key in old if key not in tags]
    fresh = [{"Key": key, "Value": value} for key, value in tags.items() if old.get(key) != value]
    for operation, told in ((tagging.remove, gone), (tagging.add, fresh)):
        if told:
            name, resource, member = operation
            shape = input_shape(tagging.service, name).members
            parameters = {resource: tagging.identifier(item, made), member: told, **tagging.more}
            unused: list[str] = []
            fitted = {key: fit(value, shape[key], unused, key) for key, value in parameters.items()}
            await item.site.ask(tagging.service, name, fitted)
