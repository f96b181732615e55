"""How do queues, topics, buses, rules, streams and deliveries change?"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from eventsim.template import kinds_messaging as kinds
from eventsim.template.changes import Properties, defaulted, differs
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made


async def queue(item: Item, made: Made, before: Properties) -> None:
    """Give a queue other attributes; what is no longer given has its default again."""
    attributes = kinds.queue_attributes(item)
    gone = defaulted(item, before, _QUEUE_DEFAULTS)
    if attributes or gone:
        parameters = {"QueueUrl": made.physical_id, "Attributes": {**gone, **attributes}}
        await item.site.ask("sqs", "SetQueueAttributes", parameters)


_QUEUE_DEFAULTS: Final[Mapping[str, str]] = {
    "ContentBasedDeduplication": "false",
    "DelaySeconds": "0",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "VisibilityTimeout": "30",
}


async def queue_policy(item: Item, made: Made, before: Properties) -> Made:
    """Say of other queues who may send to them; the others may have anybody again."""
    for url in before.get("Queues") or []:
        if url not in item.take("Queues", []):
            await item.site.ask("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": ""}})
    return structs.replace(await kinds.queue_policy(item), physical_id=made.physical_id)


async def topic(item: Item, made: Made, before: Properties) -> None:
    """Give a topic other attributes and other subscriptions."""
    arn = made.physical_id
    attributes = kinds.topic_attributes(item)
    for name, value in {**defaulted(item, before, _TOPIC_DEFAULTS), **attributes}.items():
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


_TOPIC_DEFAULTS: Final[Mapping[str, str]] = {
    "ContentBasedDeduplication": "false",
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


async def subscription(item: Item, made: Made, before: Properties) -> None:
    """Give a subscription other attributes."""
    for name, value in kinds.subscription_attributes(item, before).items():
        parameters = {"SubscriptionArn": made.physical_id, "AttributeName": name, "AttributeValue": value}
        await item.site.ask("sns", "SetSubscriptionAttributes", parameters)


async def event_bus(item: Item, made: Made, before: Properties) -> Made:
    """Give a bus another description, another dead-letter queue, another policy."""
    name = made.physical_id
    await item.create("events", "UpdateEventBus", {"Name": name}, without=("Policy", "EventSourceName"))
    if differs(item, before, "Policy"):
        if not item.take("Policy"):
            await item.site.ask("events", "RemovePermission", {"EventBusName": name, "RemoveAllPermissions": True})
        else:
            await kinds.put_bus_policy(item, name)
    return structs.replace(made, attributes={**made.attributes, "Policy": kinds.bus_policy_text(item)})


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
    item.taken |= {"Description", "EventPattern", "RoleArn", "ScheduleExpression", "State"}  # PutRule resets them all
    return await kinds.rule(item)


async def stream(item: Item, made: Made, before: Properties) -> None:
    """Give a stream another mode, more or fewer shards, another retention, another key, other metrics."""
    name = made.physical_id
    await _change_mode(item, name, before)
    await _change_retention(item, name, before)
    if differs(item, before, "MaxRecordSizeInKiB"):
        parameters = {
            "StreamARN": made.attributes["Arn"],
            "MaxRecordSizeInKiB": item.number("MaxRecordSizeInKiB") or 1024,
        }
        await item.site.ask("kinesis", "UpdateMaxRecordSize", parameters)
    if differs(item, before, "StreamEncryption"):
        old = before.get("StreamEncryption")
        if old:
            await item.site.ask("kinesis", "StopStreamEncryption", {"StreamName": name, **kinds.stream_key(old)})
        await kinds.encrypt_stream(item, name)
    if differs(item, before, "DesiredShardLevelMetrics"):
        old = before.get("DesiredShardLevelMetrics")
        if old:
            parameters = {"StreamName": name, "ShardLevelMetrics": old}
            await item.site.ask("kinesis", "DisableEnhancedMonitoring", parameters)
        await kinds.measure_shards(item, name)


async def _change_mode(item: Item, name: str, before: Properties) -> None:
    mode = item.take("StreamModeDetails") or {"StreamMode": "PROVISIONED"}
    if mode != (before.get("StreamModeDetails") or {"StreamMode": "PROVISIONED"}):
        parameters = {"StreamARN": item.site.arn("kinesis", f"stream/{name}"), "StreamModeDetails": mode}
        await item.site.ask("kinesis", "UpdateStreamMode", parameters)
    count = item.number("ShardCount")
    if count is not None and as_text(before.get("ShardCount")) != str(count):
        parameters = {"StreamName": name, "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"}
        await item.site.ask("kinesis", "UpdateShardCount", parameters)


async def _change_retention(item: Item, name: str, before: Properties) -> None:
    hours, old = item.number("RetentionPeriodHours") or 24, int(as_text(before.get("RetentionPeriodHours") or 24))
    if hours != old:
        operation = "IncreaseStreamRetentionPeriod" if hours > old else "DecreaseStreamRetentionPeriod"
        await item.site.ask("kinesis", operation, {"StreamName": name, "RetentionPeriodHours": hours})


async def delivery_stream(item: Item, made: Made, before: Properties) -> None:
    """Give a delivery stream another destination of the same sort."""
    where: dict[str, Any] = {"DeliveryStreamName": made.physical_id}
    for name in (
        "ExtendedS3DestinationConfiguration",
        "S3DestinationConfiguration",
        "HttpEndpointDestinationConfiguration",
    ):
        if not item.properties.get(name) or not differs(item, before, name):
            continue
        told = (await item.site.ask("firehose", "DescribeDeliveryStream", where))["DeliveryStreamDescription"]
        more = {
            **where,
            "CurrentDeliveryStreamVersionId": told["VersionId"],
            "DestinationId": told["Destinations"][0]["DestinationId"],
        }
        update = name.replace("Configuration", "Update")
        part = Item(item.logical_id, item.type, {update: item.properties[name]}, item.site)
        await part.create("firehose", "UpdateDestination", more)
        item.unused += part.unused


async def pipe(item: Item, made: Made, before: Properties) -> None:
    """Give a pipe other settings; what is no longer given is taken away, for `UpdatePipe` alone would keep it."""
    for name in ("SourceParameters", "EnrichmentParameters", "TargetParameters"):
        given, old = item.properties.get(name) or {}, before.get(name) or {}
        item.properties[name] = {**{member: _NO_PARAMETERS.get(member, {}) for member in old}, **given}
    gone = defaulted(item, before, _PIPE_DEFAULTS)
    await item.create("pipes", "UpdatePipe", {"Name": made.physical_id, **gone})


_NO_PARAMETERS: Final[Mapping[str, Any]] = {"FilterCriteria": {"Filters": []}, "InputTemplate": ""}
"""What takes parameters of a pipe away (documented)."""

_PIPE_DEFAULTS: Final[Mapping[str, str]] = {
    "Description": "",
    "DesiredState": "RUNNING",
    "Enrichment": "",
    "KmsKeyIdentifier": "",
}
