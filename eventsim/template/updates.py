"""How does a resource change in place? Where AWS changes it without interruption, by the operation that a client calls.

What may not change in place is named here, too: a resource of which that changes is replaced by a new one.
"""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, structs

from eventsim.template import kinds_cdk, kinds_gateway, kinds_messaging, kinds_storage, kinds_workflow, table_settings
from eventsim.template.bucket_settings import REMOVED_BY
from eventsim.template.code import check_handler, find_code
from eventsim.template.intrinsic import as_text
from eventsim.template.kinds_lambda import alias_weights
from eventsim.template.macro import TYPE as MACRO
from eventsim.template.macro import macro
from eventsim.template.site import Item, Made
from eventsim.template.table_changes import change_table, retag_table

Properties = Mapping[str, Any]
Change = Callable[[Item, Made, Properties], Awaitable[Made | None]]
"""Changes a resource, given what it was made of before; returns what it is now, None if that is what it was."""


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


def _taken(item: Item) -> None:
    item.taken |= set(item.properties)


def by(service: str, operation: str, **identity: str) -> Change:
    """Return a change by one operation that takes every property anew.

    Args:
        identity: parameter → the attribute of the resource that it is, "" for its physical id.
    """

    async def change(item: Item, made: Made, _: Properties) -> None:
        given = {
            name: made.attributes.get(attribute) if attribute else made.physical_id
            for name, attribute in identity.items()
        }
        await item.create(service, operation, given, without=tuple(identity))
        _taken(item)

    return change


def anew(make: Callable[[Item], Awaitable[Made]]) -> Change:
    """Return a change that makes the resource once more, where that puts the new in the old one's place."""

    async def change(item: Item, made: Made, _: Properties) -> Made:
        return structs.replace(await make(item), physical_id=made.physical_id)

    return change


async def function(item: Item, made: Made, before: Properties) -> Made | None:
    """Give a function other settings and other code."""
    name = made.physical_id
    if made.problem:
        return None
    given, handler = item.take("Code"), item.text("Handler")
    if item.properties.get("Code") != before.get("Code") or handler != before.get("Handler"):
        code = await find_code(item, given)
        if code.folder is None:
            item.site.notes.add(f"{item.logical_id} {code.problem}; it keeps the code that it had")
        else:
            check_handler(item, code.folder, handler)
            await item.site.ask("lambda", "UpdateFunctionCode", {"FunctionName": name, "ZipFile": _zipped(code.folder)})
    reserved = item.number("ReservedConcurrentExecutions")
    if reserved != before.get("ReservedConcurrentExecutions"):
        parameters: dict[str, Any] = {"FunctionName": name}
        if reserved is None:
            await item.site.ask("lambda", "DeleteFunctionConcurrency", parameters)
        else:
            parameters["ReservedConcurrentExecutions"] = reserved
            await item.site.ask("lambda", "PutFunctionConcurrency", parameters)
    unread = ("Layers", "VpcConfig", "TracingConfig", "Role", "Code", "FunctionName", "SnapStart", "KmsKeyArn", "Tags")
    changed = {key: value for key, value in item.properties.items() if value != before.get(key) and key not in unread}
    gone = {key: _EMPTY[key] for key in before if key not in item.properties and key in _EMPTY}
    settings = Item(item.logical_id, item.type, {**gone, **changed}, item.site)
    if settings.properties:
        await settings.create("lambda", "UpdateFunctionConfiguration", {"FunctionName": name})
    _taken(item)
    return None


_EMPTY: Final[Mapping[str, Any]] = {
    "Environment": {"Variables": {}},
    "Timeout": 3,
    "MemorySize": 128,
    "Description": "",
    "DeadLetterConfig": {"TargetArn": ""},
}
"""What a function has that a template no longer speaks of."""


def _zipped(folder: Path) -> bytes:
    """Return the files of a folder as an archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


async def alias(item: Item, made: Made, _: Properties) -> None:  # noqa: ARG001 - the door's signature
    """Let an alias lead to another version."""
    weights = alias_weights(item.take("RoutingConfig"))
    more = {"Name": item.text("Name"), "RoutingConfig": {"AdditionalVersionWeights": weights}}
    await item.create("lambda", "UpdateAlias", more, without=("RoutingConfig",))
    _taken(item)


async def queue(item: Item, made: Made, before: Properties) -> None:
    """Give a queue other attributes; what is no longer given has its default again."""
    attributes = kinds_messaging.queue_attributes(item)
    gone = {name: _QUEUE_DEFAULTS[name] for name in before if name not in item.properties and name in _QUEUE_DEFAULTS}
    parameters = {"QueueUrl": made.physical_id, "Attributes": {**gone, **attributes}}
    if parameters["Attributes"]:
        await item.site.ask("sqs", "SetQueueAttributes", parameters)
    _taken(item)


_QUEUE_DEFAULTS: Final[Mapping[str, str]] = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "VisibilityTimeout": "30",
}


async def topic(item: Item, made: Made, before: Properties) -> None:
    """Give a topic other attributes and other subscriptions."""
    arn = made.physical_id
    for name, value in kinds_messaging.topic_attributes(item).items():
        if item.properties.get(name) != before.get(name):
            parameters = {"TopicArn": arn, "AttributeName": name, "AttributeValue": value}
            await item.site.ask("sns", "SetTopicAttributes", parameters)
    wanted, old = item.take("Subscription", []), before.get("Subscription") or []
    listed = await item.site.ask("sns", "ListSubscriptionsByTopic", {"TopicArn": arn})
    for each in listed.get("Subscriptions", []):
        known = {"Protocol": each["Protocol"], "Endpoint": each["Endpoint"]}
        if known in old and known not in wanted:
            await item.site.ask("sns", "Unsubscribe", {"SubscriptionArn": each["SubscriptionArn"]})
    for each in wanted:
        if each not in old:
            await item.site.ask("sns", "Subscribe", {"TopicArn": arn, **each})
    _taken(item)


async def subscription(item: Item, made: Made, before: Properties) -> None:
    """Give a subscription other attributes."""
    for name, value in kinds_messaging.subscription_attributes(item, before).items():
        parameters = {"SubscriptionArn": made.physical_id, "AttributeName": name, "AttributeValue": value}
        await item.site.ask("sns", "SetSubscriptionAttributes", parameters)
    _taken(item)


async def rule(item: Item, made: Made, before: Properties) -> Made:
    """Give a rule another pattern and other targets."""
    bus = item.text("EventBusName")
    name = made.physical_id.rpartition("|")[2]
    where = {"Rule": name, **({"EventBusName": bus} if bus else {})}
    old = [each.get("Id") for each in before.get("Targets") or []]
    gone = [each for each in old if each not in [target.get("Id") for target in item.properties.get("Targets") or []]]
    if gone:
        await item.site.ask("events", "RemoveTargets", {**where, "Ids": gone})
    item.properties["Name"] = name
    return await kinds_messaging.rule(item)


async def schedule(item: Item, made: Made, _: Properties) -> None:
    """Give a schedule other times and another target."""
    await item.create("scheduler", "UpdateSchedule", {"Name": made.physical_id})
    _taken(item)


async def stream(item: Item, made: Made, before: Properties) -> None:
    """Give a stream more or fewer shards, and another retention."""
    name = made.physical_id
    count = item.number("ShardCount")
    if count is not None and as_text(before.get("ShardCount")) != str(count):
        parameters = {"StreamName": name, "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"}
        await item.site.ask("kinesis", "UpdateShardCount", parameters)
    hours, old = item.number("RetentionPeriodHours") or 24, int(as_text(before.get("RetentionPeriodHours") or 24))
    if hours != old:
        operation = "IncreaseStreamRetentionPeriod" if hours > old else "DecreaseStreamRetentionPeriod"
        await item.site.ask("kinesis", operation, {"StreamName": name, "RetentionPeriodHours": hours})
    _taken(item)


async def state_machine(item: Item, made: Made, _: Properties) -> None:
    """Give a state machine another definition."""
    parameters = {"stateMachineArn": made.physical_id, "definition": kinds_workflow.definition(item)}
    if item.text("RoleArn"):
        parameters["roleArn"] = item.text("RoleArn")
    await item.site.ask("stepfunctions", "UpdateStateMachine", parameters)
    _taken(item)


async def bucket(item: Item, made: Made, before: Properties) -> None:
    """Give a bucket other settings."""
    if before.get("NotificationConfiguration") and "NotificationConfiguration" not in item.properties:
        item.properties["NotificationConfiguration"] = {}
        empty = {"Bucket": made.physical_id, "NotificationConfiguration": {}}
        await item.site.ask("s3", "PutBucketNotificationConfiguration", empty)
    for property_, operation in REMOVED_BY.items():
        if before.get(property_) and not item.properties.get(property_):
            await item.site.ask("s3", operation, {"Bucket": made.physical_id})
    await kinds_storage.bucket_settings(item, made.physical_id)
    _taken(item)


async def table(item: Item, made: Made, before: Properties) -> Made:
    """Give a table another throughput, other indexes, another expiry, another stream."""
    name = made.physical_id
    await change_table(item, name, before)
    await table_settings.set_on_table(item, name, before)
    arn = made.attributes["Arn"]
    await retag_table(item, arn, before)
    _taken(item)
    described = (await item.site.ask("dynamodb", "DescribeTable", {"TableName": name}))["Table"]
    stream = {"StreamArn": described["LatestStreamArn"]} if item.properties.get("StreamSpecification") else {}
    return structs.replace(made, attributes={"Arn": arn, **stream})


async def parameter(item: Item, made: Made, _: Properties) -> Made:
    """Give a parameter another value."""
    value, kind = item.text("Value"), item.text("Type", "String")
    given = {"Name": made.physical_id, "Value": value, "Type": kind, "Overwrite": True}
    await item.site.ask("ssm", "PutParameter", given)
    _taken(item)
    return structs.replace(made, attributes={"Type": kind, "Value": value})


async def secret(item: Item, made: Made, _: Properties) -> None:
    """Give a secret another text; one that was made up stays as it is."""
    text = item.text("SecretString")
    if text:
        await item.site.ask("secretsmanager", "PutSecretValue", {"SecretId": made.physical_id, "SecretString": text})
    _taken(item)


async def rest_api(item: Item, made: Made, _: Properties) -> None:
    """Describe a REST API anew; its stages show it once it is deployed."""
    body = item.take("Body")
    if body is not None:
        settings = {"restApiId": made.physical_id, "mode": "overwrite", "body": json.dumps(body).encode()}
        await item.site.ask("apigateway", "PutRestApi", settings)
    _taken(item)


async def rest_stage(item: Item, made: Made, before: Properties) -> None:
    """Let a stage show another deployment, and have other variables."""
    changes = []
    if item.properties.get("DeploymentId") != before.get("DeploymentId"):
        changes.append({"op": "replace", "path": "/deploymentId", "value": item.text("DeploymentId")})
    for name, value in (item.take("Variables") or {}).items():
        changes.append({"op": "replace", "path": f"/variables/{name}", "value": as_text(value)})
    where = {"restApiId": item.text("RestApiId"), "stageName": made.physical_id}
    if changes:
        await item.site.ask("apigateway", "UpdateStage", {**where, "patchOperations": changes})
    _taken(item)


async def api(item: Item, made: Made, _: Properties) -> None:
    """Describe an HTTP or a WebSocket API anew."""
    body = item.take("Body")
    if body is not None:
        await item.site.ask("apigatewayv2", "ReimportApi", {"ApiId": made.physical_id, "Body": json.dumps(body)})
    else:
        await item.create("apigatewayv2", "UpdateApi", {"ApiId": made.physical_id})
    _taken(item)


async def nothing(item: Item, made: Made, before: Properties) -> None:  # noqa: ARG001 - the door's signature
    """Change nothing: what is other about it has no behaviour."""
    _taken(item)


UPDATES: Final[Mapping[str, Update]] = {
    "AWS::ApiGateway::Method": _fixed(anew(kinds_gateway.method), "HttpMethod ResourceId RestApiId"),
    "AWS::ApiGateway::RestApi": _fixed(rest_api),
    "AWS::ApiGateway::Stage": _fixed(rest_stage, "RestApiId StageName"),
    "AWS::ApiGatewayV2::Api": _fixed(api, "ProtocolType"),
    "AWS::ApiGatewayV2::Integration": _fixed(by("apigatewayv2", "UpdateIntegration", IntegrationId=""), "ApiId"),
    "AWS::ApiGatewayV2::Route": _fixed(by("apigatewayv2", "UpdateRoute", RouteId=""), "ApiId"),
    "AWS::ApiGatewayV2::Stage": _fixed(by("apigatewayv2", "UpdateStage", StageName=""), "ApiId StageName"),
    MACRO: _fixed(anew(macro), "Name"),
    "AWS::DynamoDB::Table": _fixed(
        table,
        "TableName KeySchema LocalSecondaryIndexes ImportSourceSpecification",
    ),
    "AWS::Events::ApiDestination": _fixed(by("events", "UpdateApiDestination", Name=""), "Name"),
    "AWS::Events::Connection": _fixed(by("events", "UpdateConnection", Name=""), "Name"),
    "AWS::Events::EventBusPolicy": _fixed(anew(kinds_messaging.bus_policy), "EventBusName StatementId"),
    "AWS::Events::Rule": _fixed(rule, "Name EventBusName"),
    "AWS::Kinesis::Stream": _fixed(stream, "Name"),
    "AWS::Lambda::Alias": _fixed(alias, "FunctionName Name"),
    "AWS::Lambda::EventSourceMapping": _fixed(
        by("lambda", "UpdateEventSourceMapping", UUID=""), "EventSourceArn StartingPosition StartingPositionTimestamp"
    ),
    "AWS::Lambda::Function": _fixed(function, "FunctionName PackageType"),
    "AWS::Lambda::Url": _fixed(by("lambda", "UpdateFunctionUrlConfig", FunctionName=""), "TargetFunctionArn Qualifier"),
    "AWS::Logs::LogGroup": _fixed(anew(kinds_storage.log_group), "LogGroupName"),
    "AWS::Logs::SubscriptionFilter": _fixed(anew(kinds_storage.subscription_filter), "FilterName LogGroupName"),
    "AWS::Pipes::Pipe": _fixed(by("pipes", "UpdatePipe", Name=""), "Name Source"),
    "AWS::S3::Bucket": _fixed(bucket, "BucketName ObjectLockEnabled"),
    "AWS::SNS::Subscription": _fixed(subscription, "Endpoint Protocol TopicArn"),
    "AWS::SNS::Topic": _fixed(topic, "TopicName FifoTopic"),
    "AWS::SNS::TopicPolicy": _fixed(anew(kinds_messaging.topic_policy)),
    "AWS::SQS::Queue": _fixed(queue, "QueueName FifoQueue"),
    "AWS::SQS::QueuePolicy": _fixed(anew(kinds_messaging.queue_policy)),
    "AWS::SSM::Parameter": _fixed(parameter, "Name"),
    "AWS::Scheduler::Schedule": _fixed(schedule, "Name GroupName"),
    "AWS::SecretsManager::Secret": _fixed(secret, "Name"),
    "AWS::StepFunctions::StateMachine": _fixed(state_machine, "StateMachineName StateMachineType"),
    "Custom::AWS": _fixed(kinds_cdk.call_on_update),
    "Custom::CDKBucketDeployment": _fixed(
        anew(kinds_cdk.deployment), "DestinationBucketName DestinationBucketKeyPrefix"
    ),
    "Custom::LogRetention": _fixed(anew(kinds_cdk.log_retention), "LogGroupName"),
    "Custom::S3AutoDeleteObjects": _fixed(anew(kinds_cdk.auto_delete), "BucketName"),
    "Custom::S3BucketNotifications": _fixed(anew(kinds_cdk.notifications)),
}
"""Types that change in place. Of all others a new resource takes the old one's place."""

NAMES: Final = (
    *("FunctionName", "QueueName", "TopicName", "BucketName", "TableName", "Name", "StateMachineName", "LogGroupName"),
    *("DeliveryStreamName", "ArchiveName", "LoadBalancerName", "UserPoolName"),
)
"""Properties by which a template names a resource itself."""
